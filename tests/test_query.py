"""What a list holds and how it is spelled: one spelling for one meaning, one sentence for one fault."""

from datetime import date
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cecc_feeds import text
from cecc_feeds.errors import QueryError
from cecc_feeds.fields import CHANGES
from cecc_feeds.model import Item, Kept
from cecc_feeds.query import BREADTH, Day, Only, Query, sort_key, sought
from tests.strategies import NOW, SEARCHES, TODAY, keep, kept_items, make, near_days, queries, relative_days

NEW_YORK = "America/New_York"


def read(args: str, *, only: Only = "items", base: Query | None = None) -> Query:
    return Query.from_args(parse_qs(args, keep_blank_values=True), only=only, base=base)


@given(queries())
def test_a_query_reads_its_own_spelling(query: Query) -> None:
    assert read(query.to_args(), only=query.only, base=query.base) == query


@given(
    st.dictionaries(
        st.sampled_from("type topic q from to status order limit page alarm busy x".split()), st.lists(st.text())
    )
)
def test_whatever_is_asked_is_a_query_or_a_query_error(args: dict[str, list[str]]) -> None:
    fault = None
    try:
        query = Query.from_args(args)
    except QueryError as refused:
        fault = refused
    if fault is None:
        assert read(query.to_args()) == query
    else:
        assert str(fault).startswith(f"{fault.parameter}: takes ")
        assert str(fault) == text.clean_line(str(fault))


ONE_SPELLING = {
    "type=hearing,press-release": "type=press-release&type=Hearing type=hearing,,Press+Release,HEARING",
    "topic=rule-of-law": "topic=Rule+of+Law topic=rule-of-law&topic= topic=RULE%20OF%20LAW,",
    "type=%E6%B3%95%E5%BE%8B": "type=法律 type=%E6%B3%95%E5%BE%8B",
    "q=chinas+law": "q=law+chinas q=Law,+CHINAS! q=law&q=chinas q=++chinas++law+law q=Chinas-Lâw",
    "q=cafe": "q=café q=CAFÉ q=cafe%CC%81 q=ｃａｆｅ",
    "from=2026-04-30": "from=2026-04-30 from=+2026-04-30+ from=today&from=2026-04-30",
    "from=today": "from=today from=TODAY from=-0d from=%2B0m from=+0y",
    "from=-90d": "from=-90d from=-90D from=-0090d",
    "from=-14d": "from=-14d from=-2w",
    "to=%2B1y": "to=%2B1y to=+1y to=+12m to=%2B12M",
    "to=%2B7d": "to=+7d to=+1w to=%2B7d",
    "status=cancelled,postponed": "status=postponed,cancelled status=Cancelled&status=+postponed,",
    "order=updated": "order=updated order=UPDATED order=start&order=updated",
    "limit=20": "limit=20 limit=020 limit=+20+ limit=5&limit=20",
    "page=3": "page=3 page=03",
    "": "page=1 page=01 busy=0 type= topic=,&q=!%3F from= to=+ utm_source=x&fbclid=y limit=&status=,&order=",
    "archive=0001-01": "archive=0001-01 archive=+0001-01+",
    "limit=9": "limit=9&cancelled=status limit=9&cancelled=",
    "cancelled=keep": "cancelled=keep cancelled=KEEP cancelled=drop&cancelled=keep",
    "busy=1": "busy=1 busy=01",
    "alarm=0": "alarm=0 alarm=000",
    "type=hearing&topic=a&q=b&from=-1d&to=%2B1d&status=tentative&order=start&limit=2&page=3&alarm=4&busy=1": (
        "busy=1&alarm=4&page=3&limit=2&order=start&status=tentative&to=%2B1d&from=-1d&q=b&topic=a&type=hearing"
    ),
}


@pytest.mark.parametrize(
    ("told", "asked"), [(told, asked) for told, spellings in ONE_SPELLING.items() for asked in spellings.split()]
)
def test_spellings_of_one_meaning_become_one(told: str, asked: str) -> None:
    assert read(asked).to_args() == told


def test_a_blank_before_a_number_of_days_reads_as_the_plus_that_it_was() -> None:
    assert [read(f"to={value}").until for value in ("+90d", "%2B90d", "%2090d")] == [Day(days=90)] * 3


NUMBER = "takes a whole number from"
DAY = "takes a day such as 2026-04-30, today, -90d or +1y; not"
STATUS = "takes confirmed, tentative, postponed, cancelled; not"
REFUSALS: list[tuple[Only, str, str]] = [
    ("items", "from=yesterday", f'from: {DAY} "yesterday"'),
    ("items", "from=90d", f'from: {DAY} "90d"'),
    ("items", "from=0", f'from: {DAY} "0"'),
    ("items", "from=2026-02-29", f'from: {DAY} "2026-02-29"'),
    ("items", "from=0000-01-01", f'from: {DAY} "0000-01-01"'),
    ("items", "from=20260430", f'from: {DAY} "20260430"'),
    ("items", "from=2026-W10-1", f'from: {DAY} "2026-W10-1"'),
    ("items", "from=٢٠٢٦-٠٤-٣٠", f'from: {DAY} "٢٠٢٦-٠٤-٣٠"'),
    ("items", "to=-1h", f'to: {DAY} "-1h"'),
    ("items", "to=%2B101y", f'to: {DAY} "+101y"'),
    ("items", "to=-36601d", f'to: {DAY} "-36601d"'),
    ("items", "to=-99999w", f'to: {DAY} "-99999w"'),
    ("items", "to=%2B-1d", f'to: {DAY} "+-1d"'),
    ("items", "to=today%00", f'to: {DAY} "today"'),
    ("items", f"to={'x' * 100}", f'to: {DAY} "{"x" * 59}…"'),
    ("items", "status=over", f'status: {STATUS} "over"'),
    ("items", "status=confirmed,gone,b", f'status: {STATUS} "gone"'),
    ("changes", "change=moved,gone", f'change: takes {", ".join(CHANGES)}; not "gone"'),
    ("items", "archive=2026-13", 'archive: takes a month such as 2026-04; not "2026-13"'),
    ("items", "archive=9999-12", 'archive: takes a month such as 2026-04; not "9999-12"'),
    ("items", "archive=0000-12", 'archive: takes a month such as 2026-04; not "0000-12"'),
    ("items", "archive=1-01", 'archive: takes a month such as 2026-04; not "1-01"'),
    ("items", "archive=2026", 'archive: takes a month such as 2026-04; not "2026"'),
    ("calendar", "cancelled=yes", 'cancelled: takes status, keep, drop; not "yes"'),
    ("items", "order=title", 'order: takes start, published, updated; not "title"'),
    ("items", "limit=0", f'limit: {NUMBER} 1 to 500; not "0"'),
    ("items", "limit=501", f'limit: {NUMBER} 1 to 500; not "501"'),
    ("events", "limit=501", f'limit: {NUMBER} 1 to 500; not "501"'),
    ("calendar", "limit=5001", f'limit: {NUMBER} 1 to 5000; not "5001"'),
    ("items", "limit=-1", f'limit: {NUMBER} 1 to 500; not "-1"'),
    ("items", "limit=1.5", f'limit: {NUMBER} 1 to 500; not "1.5"'),
    ("items", "limit=٣", f'limit: {NUMBER} 1 to 500; not "٣"'),
    ("items", "limit=9999999999", f'limit: {NUMBER} 1 to 500; not "9999999999"'),
    ("items", "page=0", f'page: {NUMBER} 1 to 100000; not "0"'),
    ("items", "page=x%0Ay", f'page: {NUMBER} 1 to 100000; not "x y"'),
    ("items", "alarm=40321", f'alarm: {NUMBER} 0 to 40320; not "40321"'),
    ("items", "busy=yes", f'busy: {NUMBER} 0 to 1; not "yes"'),
    (
        "items",
        "q=" + "+".join(f"w{number}" for number in range(31)),
        "q: takes at most 30 words of 500 characters in all",
    ),
    ("items", "q=" + "x" * 501, "q: takes at most 30 words of 500 characters in all"),
    ("items", "type=" + ",".join(f"t{number}" for number in range(51)), "type or topic: takes at most 50 names"),
]


@pytest.mark.parametrize(("only", "args", "why"), REFUSALS)
def test_a_bad_value_is_refused_in_one_sentence_that_names_the_parameter(only: Only, args: str, why: str) -> None:
    with pytest.raises(QueryError) as refused:
        read(args, only=only)
    assert (str(refused.value), refused.value.parameter) == (why, why.partition(":")[0])


@pytest.mark.parametrize(("only", "most"), [("items", 500), ("events", 500), ("calendar", 5000)])
def test_limits_go_up_to(only: Only, most: int) -> None:
    assert [read(f"limit={number}", only=only).size for number in (1, most)] == [1, most]


def test_what_is_not_asked_is_not_decided() -> None:
    query = Query()
    assert (read(""), query.size, query.ordering, query.scope, query.page) == (
        query,
        None,
        "published",
        "items",
        1,
    )


DAYS = {
    ("2026-04-30", "2000-01-01"): "2026-04-30",
    ("today", "2026-11-23"): "2026-11-23",
    ("+1d", "2026-12-31"): "2027-01-01",
    ("-1d", "2024-03-01"): "2024-02-29",
    ("-1d", "2026-03-01"): "2026-02-28",
    ("+2w", "2026-02-20"): "2026-03-06",
    ("+1m", "2026-01-31"): "2026-02-28",
    ("+1m", "2024-01-31"): "2024-02-29",
    ("+1m", "2026-12-31"): "2027-01-31",
    ("-1m", "2026-01-15"): "2025-12-15",
    ("-1m", "2026-03-31"): "2026-02-28",
    ("+1y", "2024-02-29"): "2025-02-28",
    ("+4y", "2024-02-29"): "2028-02-29",
    ("-100y", "2026-11-23"): "1926-11-23",
    ("-36600d", "0050-01-01"): "0001-01-02",
    ("+36600d", "9990-01-01"): "9999-12-30",
    ("-100y", "0050-01-01"): "0001-01-02",
    ("+100y", "9950-01-01"): "9999-12-30",
    ("today", "9999-01-01"): "9999-12-30",
}


@pytest.mark.parametrize(("spelling", "today"), DAYS)
def test_a_day_named_from_today_is(spelling: str, today: str) -> None:
    assert Day.parse(spelling).on(date.fromisoformat(today)) == date.fromisoformat(DAYS[spelling, today])


@given(relative_days() | st.builds(Day, fixed=st.dates()))
def test_a_day_reads_its_own_spelling(day: Day) -> None:
    assert Day.parse(str(day)) == day


@given(relative_days(), st.dates(), st.dates())
def test_a_relative_day_never_goes_back_as_days_pass(day: Day, one: date, other: date) -> None:
    assert day.on(min(one, other)) <= day.on(max(one, other))


def matches(args: str, item: Item | Kept, *, only: Only = "items", base: Query | None = None) -> bool:
    kept = keep(item) if isinstance(item, Item) else item
    return read(args, only=only, base=base).matches(kept, today=TODAY)


NEWS = make(title="Café law", topics=["Rule of Law", "Tibet"], summary="人权与法律", published="2026-11-02")
HEARING = make(event={"start": "2026-12-01", "end": "2026-12-03", "location": "Room 301"}, published="2026-11-02")

MATCHES = {
    "type=hearing": True,
    "type=roundtable": False,
    "type=roundtable,hearing": True,
    "topic=tibet": True,
    "topic=law": False,
    "topic=x&topic=rule-of-law": True,
    "type=roundtable&topic=tibet": False,
    "q=cafe": True,
    "q=caf": False,
    "q=tibet+law+café": True,
    "q=law+x": False,
    "q=法律": True,
    "q=权与": True,
    "q=律法": False,
    "from=2026-11-02&to=2026-11-02": True,
    "from=2026-11-03": False,
    "to=2026-11-01": False,
    "from=-21d": True,
    "from=-20d": False,
    "status=confirmed": False,
    "": True,
}


@pytest.mark.parametrize("args", MATCHES)
def test_a_news_item_is_found_by(args: str) -> None:
    assert matches(args, NEWS) is MATCHES[args]


EVENTS_MATCH = {
    ("events", ""): True,
    ("items", "from=2026-12-01"): False,
    ("items", "to=2026-11-02"): True,
    ("events", "from=2026-12-03"): True,
    ("events", "from=2026-12-04"): False,
    ("events", "to=2026-12-01"): True,
    ("events", "to=2026-11-30"): False,
    ("events", "from=2026-12-02&to=2026-12-02"): True,
    ("calendar", "from=%2B10d"): True,
    ("calendar", "from=%2B11d"): False,
    ("events", "q=301"): True,
    ("events", "status=confirmed"): True,
    ("events", "status=cancelled,tentative"): False,
    ("items", "status=confirmed"): True,
}


@pytest.mark.parametrize(("only", "args"), EVENTS_MATCH)
def test_an_event_is_found_by(only: Only, args: str) -> None:
    assert matches(args, HEARING, only=only) is EVENTS_MATCH[only, args]


@pytest.mark.parametrize("only", BREADTH)
def test_what_has_no_event_is_in_no_list_of_events(only: Only) -> None:
    assert matches("", NEWS, only=only) is (only in ("items", "changes"))


@pytest.mark.parametrize(
    ("end", "held"),
    [("2026-08-25", True), ("2026-08-24", False)],
    ids=["90 days after its end", "91 days after its end"],
)
def test_calendars_let_a_cancelled_event_go(end: str, held: bool) -> None:
    gone = make(event={"start": "2026-08-20", "end": end, "status": "cancelled"})
    assert [matches("", gone, only=only) for only in BREADTH] == [True, True, True, held]


@pytest.mark.parametrize(("status", "held"), [(None, True), ("postponed", True), ("cancelled", False)])
def test_calendars_can_be_asked_to_leave_out_what_is_cancelled(status: str | None, held: bool) -> None:
    item = make(event={"start": "2026-12-01", "status": status})
    assert [matches(args, item, only="calendar") for args in ("", "cancelled=keep", "cancelled=drop")] == [
        True,
        True,
        held,
    ]


@pytest.mark.parametrize("title", SEARCHES)
def test_words_are_found_whole_and_whatever_their_case_marks_and_width(title: str) -> None:
    found, missed = (spelled.split() for spelled in SEARCHES[title])
    held = keep(make(title=title, type="x"))
    asked = {word: Query.from_args({"q": [word]}).matches(held, today=TODAY) for word in [*found, *missed]}
    assert asked == dict.fromkeys(found, True) | dict.fromkeys(missed, False)


def test_a_word_is_sought_whole_and_a_chinese_one_anywhere() -> None:
    assert [sought("law"), sought("法律")] == [" law ", "法律"]


def test_a_query_narrows_the_list_that_it_is_asked_of() -> None:
    base = Query(types=("hearing",), start=Day(), only="events", order="start", limit=7)
    narrowed = read("type=roundtable,hearing&to=+1m&page=2", base=base)
    assert narrowed == Query(base=base, types=("hearing", "roundtable"), until=Day(months=1), page=2)
    assert narrowed.all() == (narrowed, base)
    assert (narrowed.scope, narrowed.ordering, narrowed.size) == ("events", "start", 7)
    assert narrowed.to_args() == "type=hearing,roundtable&to=%2B1m&page=2"
    assert [
        narrowed.matches(keep(item), today=TODAY) for item in (HEARING, NEWS, make(event={"start": "2026-11-22"}))
    ] == [
        True,
        False,
        False,
    ]


def test_what_the_request_asks_goes_before_what_its_list_says() -> None:
    base = Query(order="start", limit=7)
    assert (read("order=updated&limit=9", base=base).ordering, read("order=updated&limit=9", base=base).size) == (
        "updated",
        9,
    )


@given(queries(), kept_items("a"), near_days(3))
def test_narrowing_never_finds_more(query: Query, kept: Kept, today: date) -> None:
    alone = Query(only=query.scope, base=query.base)
    assert query.matches(kept, today=today) <= alone.matches(kept, today=today)


def test_a_query_without_fields_has_their_defaults() -> None:
    query = read("type=hearing&order=start&page=2&limit=3", only="events")
    assert query.without("page", "order") == read("type=hearing&limit=3", only="events")


NAMES = {"hearing": "Hearing", "press-release": "Press Release", "tibet": "Tibet"}
DESCRIBED = {
    "": "",
    "limit=5&page=2&order=start&alarm=5&busy=1": "",
    "type=hearing": "Hearing",
    "type=hearing,press-release,x": "Hearing, Press Release or x",
    "topic=tibet": "about Tibet",
    "type=hearing&topic=tibet,unknown": "Hearing about Tibet or unknown",
    "q=law+water": "with “law” and “water”",
    "from=2026-01-01&to=%2B1y": "from 2026-01-01 to 1 year from today",
    "from=-90d&to=today": "from 90 days ago to today",
    "from=-1m&to=%2B18m": "from 1 month ago to 18 months from today",
    "from=-2w&to=%2B2000d": "from 14 days ago to 2,000 days from today",
    "to=today": "to today",
    "status=cancelled,postponed": "that are cancelled or postponed",
    "type=hearing&topic=tibet&q=law&status=tentative": "Hearing about Tibet with “law” that are tentative",
}


@pytest.mark.parametrize("args", DESCRIBED)
def test_a_query_is_described_in_words(args: str) -> None:
    assert read(args).describe(NAMES) == DESCRIBED[args]


ORDERED = [
    keep(make(id="c", published="2026-11-02")),
    keep(make(id="a", published="2026-11-02", updated="2026-11-09", event={"start": "2026-12-01"})),
    keep(make(id="b", published="2026-11-03", event={"start": "2026-12-01T00:00:00-05:00"})),
    keep(make(id="d", published=None, event={"start": "2026-11-30T23:00:00-05:00"}), first_seen=NOW),
]


@pytest.mark.parametrize(
    ("args", "ids"), [("", "dbac"), ("order=published", "dbac"), ("order=updated", "dabc"), ("order=start", "dabc")]
)
def test_lists_have_an_order_and_ids_decide_ties(args: str, ids: str) -> None:
    assert "".join(kept.item.id for kept in sorted(ORDERED, key=sort_key(read(args), NEW_YORK))) == ids
