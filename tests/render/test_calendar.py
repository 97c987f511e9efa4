"""Calendars: what real clients choked on, each failure of clients.md 6 by its number; and the life of an event."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cecc_feeds.errors import RenderError
from cecc_feeds.model import Event, Kept, Revision
from cecc_feeds.render import FORMATS, item_calendar
from cecc_feeds.render.calendar import tzid
from tests.other_parsers import agreed, lint, titles
from tests.render import CHANGED, EDITION, calendar, feed, make, unfolded, values, without_event

UID = "roundtable-1@cecc.gov"
TEXT_NAMES = ("SUMMARY", "DESCRIPTION", "LOCATION", "CATEGORIES")
ZONES = (
    "America/New_York", "Europe/London", "Europe/Berlin", "Europe/Dublin", "Australia/Sydney", "Australia/Lord_Howe",
    "Asia/Tokyo", "Asia/Kolkata", "Asia/Shanghai", "Africa/Casablanca", "America/Santiago", "Pacific/Apia", "UTC",
)  # fmt: skip
instants = st.datetimes(datetime(1990, 1, 1), datetime(2060, 12, 31), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=0)
)
prose = st.text(st.characters(codec="utf-8"), min_size=1, max_size=200)


def timed(start: datetime, end: datetime | None, zone: str, **changes: Any) -> Kept:
    edges = {"start": start.isoformat(), "end": end.isoformat() if end else None, "timezone": zone}
    return make(event=edges, **changes)


def bytes_of(**changes: Any) -> bytes:
    return FORMATS[".ics"].entry(make(**changes), EDITION)


def folds(ics: bytes) -> list[bytes]:
    return ics.split(b"\r\n")[:-1]


# --- bytes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("escape", [",", ";", "\\", "\n", "\\\\", "\\n", "\\,"])
def test_F01_an_escape_is_never_folded_apart_wherever_it_stands(escape: str) -> None:
    spread = {f"e{before}": "x" * before + escape * 3 + "y" for before in range(60, 85)}
    ics = calendar(
        *(make(id=i, summary=said, title=said, event={"location": said}, topics=[said]) for i, said in spread.items())
    )
    assert lint(ics) == []
    for parser, found in titles(ics).items():
        for item_id, said in spread.items():
            title, description, location = found[f"{item_id}@cecc.gov"]
            line = " ".join(said.split())
            assert (title, location) == (f"Roundtable: {line}", line), parser
            assert description.split("\n\nPublisher")[0] == re.sub("\n{3,}", "\n\n", said), parser


@pytest.mark.parametrize("character", ["é", "日", "😀", "e\N{COMBINING ACUTE ACCENT}\N{COMBINING MACRON}"])
def test_F02_no_physical_line_is_longer_than_75_octets(character: str) -> None:
    said = ["x" * before + character * 60 for before in range(75)]
    ics = calendar(*(make(id=f"e{number}", title=text, summary=text) for number, text in enumerate(said)))
    assert max(map(len, folds(ics))) == 75
    assert lint(ics) == []


@given(title=prose)
@example("👩‍👩‍👧‍👦" * 20)
def test_F03_every_physical_line_is_utf_8_by_itself(title: str) -> None:
    ics = calendar(make(title=title, summary=title * 3))
    assert b"\r\n".join(line.decode().encode() for line in folds(ics)) + b"\r\n" == ics


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n", "\x85", "\u2028", "\u2029", "\x0b", "\x0c"])
def test_F04_no_kind_of_line_end_gets_into_the_file(end: str) -> None:
    ics = calendar(make(title=f"a{end}b", summary=f"a{end}b", event={"location": f"a{end}b"}, topics=[f"a{end}b"]))
    assert lint(ics) == []
    assert values(ics, "SUMMARY") == [":Roundtable: a b"]
    assert values(ics, "LOCATION") == [":a b"]
    assert values(ics, "DESCRIPTION")[0].startswith(r":a\nb\n\n")


LIKE_HTML = "HTML in DESCRIPTION"
"""What the lint says of `a <b`, which is text (F49); that no HTML gets there is for F24 to show."""


@given(said=prose)
@example(r"C:\New \n \N \\, \; ,;:" + '"')
@example("a\\")
@example("=\\\\\\" * 40)
@example("a <b and b> c; <A")
def test_F06_every_text_comes_back_from_other_parsers_as_it_was(said: str) -> None:
    item = make(title=said, summary=said, event={"location": said})
    ics = calendar(item)
    assert [fault for fault in lint(ics) if LIKE_HTML not in fault] == []
    event = item.item.event
    assert event is not None
    for parser, found in titles(ics).items():
        title, description, location = found[UID]
        if item.item.title and len(item.item.title) < 200:
            assert title.removeprefix("Roundtable: ") == item.item.title, parser
        assert description.startswith(item.item.summary or ""), parser
        assert location == (event.location or ""), parser


def test_F08_sequence_is_the_kept_number_and_one_too_big_for_32_bits_is_refused() -> None:
    for sequence in (0, 1, 1_000, 999_999):
        assert values(calendar(make(kept={"calendar": Revision(CHANGED, sequence)})), "SEQUENCE") == [f":{sequence}"]
    for sequence, why in (
        (1_000_000, "SEQUENCE cannot be '1000000'"),
        (1_764_000_000_000, "outside the RFC 5545 range"),
    ):
        with pytest.raises(RenderError, match=why):
            bytes_of(kept={"calendar": Revision(CHANGED, sequence)})


def test_F12_the_days_of_one_hearing_are_events_of_their_own() -> None:
    first, second = make(id="hearing-day-1"), make(id="hearing-day-2", event={"start": "2026-12-02T09:30", "end": None})
    ics = calendar(first, second)
    assert lint(ics) == []
    assert list(agreed(ics)) == ["hearing-day-1@cecc.gov", "hearing-day-2@cecc.gov"]
    assert any("duplicate UID" in fault for fault in lint(calendar(first, first)))


# --- zones and times ------------------------------------------------------------------------------------------------


def test_F13_every_zone_that_is_used_is_declared_and_the_services_own_always() -> None:
    london = timed(datetime(2026, 12, 1, 9, tzinfo=UTC), None, "Europe/London", id="a")
    assert values(calendar(make(), london), "TZID", "VTIMEZONE") == [":America/New_York", ":Europe/London"]
    assert lint(calendar(make(), london)) == []
    assert values(calendar(), "TZID", "VTIMEZONE") == [":America/New_York"]
    assert lint(calendar()) == []


@pytest.mark.parametrize("zone", ["Africa/Casablanca", "UTC", "Etc/GMT+5"])
def test_a_calendar_is_never_without_a_component_even_where_its_zone_has_no_rule(zone: str) -> None:
    edition = replace(EDITION, zone=zone)
    ics = calendar(edition=edition)
    assert values(ics, "TZID", "VTIMEZONE") == [":America/New_York"]
    assert lint(ics) == []


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2026-07-01T09:00", datetime(2026, 7, 1, 13, tzinfo=UTC)),
        ("2026-12-01T09:00", datetime(2026, 12, 1, 14, tzinfo=UTC)),
        ("2039-07-01T09:00", datetime(2039, 7, 1, 13, tzinfo=UTC)),
        ("2039-12-01T09:00", datetime(2039, 12, 1, 14, tzinfo=UTC)),
    ],
)
def test_F14_zones_are_rules_and_right_in_summer_winter_and_after_2037(local: str, utc: datetime) -> None:
    ics = calendar(make(event={"start": local, "end": None}))
    assert agreed(ics) == {UID: (utc, utc + timedelta(hours=2))}
    assert b"RDATE" not in ics


@pytest.mark.parametrize(
    "start", ["2026-12-01T09:30", "2026-12-01T09:30:00-05:00", "2026-12-01T14:30:00Z", "2026-12-01T23:30:00+09:00"]
)
def test_F15_no_time_is_floating_whatever_the_record_says(start: str) -> None:
    ics = calendar(make(event={"start": start, "end": None}))
    assert values(ics, "DTSTART") == [";TZID=America/New_York:20261201T093000"]
    assert lint(ics) == []


def test_F16_a_coming_event_is_in_the_time_of_its_place() -> None:
    ics = calendar(make())
    assert values(ics, "DTSTART") == [";TZID=America/New_York:20261201T093000"]
    assert values(ics, "DTEND") == [";TZID=America/New_York:20261201T110000"]


@pytest.mark.parametrize(
    ("start", "written"),
    [
        ("2005-03-21T14:00", ":20050321T190000Z"),
        ("2006-11-02T10:00", ":20061102T150000Z"),
        ("2006-04-03T10:00", ":20060403T140000Z"),
        ("2007-03-20T10:00", ";TZID=America/New_York:20070320T100000"),
    ],
)
def test_F17_events_before_the_present_rule_are_in_utc(start: str, written: str) -> None:
    ics = calendar(make(event={"start": start, "end": None}))
    assert values(ics, "DTSTART") == [written]
    expected = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo("America/New_York")).astimezone(UTC)
    assert agreed(ics) == {UID: (expected, expected + timedelta(hours=2))}


@pytest.mark.parametrize(
    ("first", "last", "after"),
    [
        ("2026-12-03", "2026-12-03", date(2026, 12, 4)),
        ("2026-11-29", "2026-11-30", date(2026, 12, 1)),
        ("2028-02-28", "2028-02-29", date(2028, 3, 1)),
        ("2026-12-31", "2026-12-31", date(2027, 1, 1)),
    ],
)
def test_F18_an_all_day_event_ends_on_the_day_after_its_last(first: str, last: str, after: date) -> None:
    ics = calendar(make(event={"start": first, "end": last, "timezone": None}))
    assert agreed(ics) == {UID: (date.fromisoformat(first), after)}
    assert values(ics, "SUMMARY") == [":Roundtable: Trade & data"]
    assert lint(ics) == []


@given(start=instants, minutes=st.integers(1, 3_000), zone=st.sampled_from(ZONES))
@example(datetime(2026, 11, 1, 5, 30, tzinfo=UTC), 60, "America/New_York")
@example(datetime(2026, 11, 1, 6, 30, tzinfo=UTC), 30, "America/New_York")
@example(datetime(2026, 3, 8, 6, 59, tzinfo=UTC), 2, "America/New_York")
@example(datetime(2007, 1, 1, 4, 59, tzinfo=UTC), 300, "America/New_York")
def test_all_parsers_read_the_same_instants_from_1990_to_2060(start: datetime, minutes: int, zone: str) -> None:
    end = start + timedelta(minutes=minutes)
    ics = calendar(timed(start, end, zone))
    assert lint(ics) == []
    assert agreed(ics) == {UID: (start, end)}


def test_many_instants_in_every_zone_are_right_in_all_parsers_at_once() -> None:
    starts = [datetime(year, month, 9, 15, 7, tzinfo=UTC) for year in range(1990, 2061, 7) for month in (1, 4, 7, 10)]
    wanted = {
        f"{zone.lower().replace('/', '.').replace('_', '-')}-{start:%Y%m}": (zone, start)
        for zone in ZONES
        for start in starts
    }
    ics = calendar(*(timed(start, None, zone, id=item_id) for item_id, (zone, start) in wanted.items()))
    assert agreed(ics) == {
        f"{item_id}@cecc.gov": (start, start + timedelta(hours=2)) for item_id, (_, start) in wanted.items()
    }
    assert lint(ics) == []


def test_the_hour_that_clocks_show_twice_is_written_in_utc() -> None:
    twice = make(event={"start": "2026-11-01T01:30:00-05:00", "end": "2026-11-01T03:00:00-05:00"})
    assert values(calendar(twice), "DTSTART") == [":20261101T063000Z"]
    assert values(calendar(twice), "DTEND") == [":20261101T080000Z"]


def test_an_end_that_nobody_knows_is_two_hours_later_and_says_so() -> None:
    ics = calendar(make(event={"end": None}, summary=None, url=None))
    assert values(ics, "DTEND") == [";TZID=America/New_York:20261201T113000"]
    assert values(ics, "DESCRIPTION") == [
        r":End time not announced.\n\nDetails: https://feeds.example.org/items/roundtable-1"
    ]


def test_a_day_without_a_time_is_a_whole_day_to_be_announced() -> None:
    ics = calendar(make(title="x" * 300, event={"start": "2026-12-03", "end": None, "timezone": None}))
    assert agreed(ics) == {UID: (date(2026, 12, 3), date(2026, 12, 4))}
    (title,) = values(ics, "SUMMARY")
    assert (title[-27:], len(title)) == ("… (time to be announced)"[-27:].rjust(27, "x"), 251)


# --- properties -----------------------------------------------------------------------------------------------------


def test_F19_the_refresh_interval_says_that_it_is_a_duration() -> None:
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H" in unfolded(calendar())


def test_F20_every_property_name_is_in_capitals() -> None:
    names = [re.split("[:;]", line)[0] for line in unfolded(calendar(make())) if line]
    assert [name for name in names if not re.fullmatch("[A-Z-]+", name)] == []


def test_F21_an_event_has_no_alarm_unless_it_is_asked_for_and_then_one_that_home_assistant_takes() -> None:
    assert [line for line in unfolded(calendar(make())) if line.startswith("BEGIN:V")] == [
        "BEGIN:VCALENDAR", "BEGIN:VTIMEZONE", "BEGIN:VEVENT",
    ]  # fmt: skip
    cancelled = make(id="off", event={"status": "cancelled"})
    ics = calendar(make(), cancelled, alarm=30)
    lines = unfolded(ics)
    begin = lines.index("BEGIN:VALARM")
    assert lines[begin : begin + 6] == [
        "BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:Reminder", "TRIGGER:-PT30M", "END:VALARM", "END:VEVENT",
    ]  # fmt: skip
    assert lines.count("BEGIN:VALARM") == 1
    assert agreed(ics) == agreed(calendar(make(), cancelled))


def test_F22_nobody_is_organizer_or_attendee() -> None:
    assert [fault for fault in lint(calendar(make())) if fault.startswith("L31")] == []
    assert values(calendar(make()), "ORGANIZER") + values(calendar(make()), "ATTENDEE") == []


def test_F23_events_leave_people_free_unless_they_ask_for_busy_time() -> None:
    free, busy = calendar(make()), calendar(make(), busy=True)
    assert values(free, "TRANSP") + values(free, "X-MICROSOFT-CDO-BUSYSTATUS") == [":TRANSPARENT", ":FREE"]
    assert values(busy, "TRANSP") + values(busy, "X-MICROSOFT-CDO-BUSYSTATUS") == [":OPAQUE", ":BUSY"]
    assert busy == free.replace(b"TRANSP:TRANSPARENT", b"TRANSP:OPAQUE").replace(b"STATUS:FREE", b"STATUS:BUSY")


def test_F24_a_description_is_plain_text() -> None:
    ics = calendar(make(summary="<p>Bread &amp; butter</p><p>R&amp;D, a<b and <x></p>", url=None))
    assert values(ics, "DESCRIPTION") == [
        r":Bread & butter\n\nR&D\, a<b and <x>\n\nDetails: https://feeds.example.org/items/roundtable-1"
    ]


def test_F25_there_is_no_second_description_in_html() -> None:
    assert values(calendar(make()), "X-ALT-DESC") == []


def test_F55_all_that_a_calendar_says_of_itself_stands_before_its_components() -> None:
    lines = unfolded(calendar(make()))
    assert [line.split(":")[0].split(";")[0] for line in lines[: lines.index("BEGIN:VTIMEZONE")]] == [
        "BEGIN", "VERSION", "PRODID", "CALSCALE", "METHOD", "NAME", "X-WR-CALNAME", "DESCRIPTION", "X-WR-CALDESC",
        "X-WR-TIMEZONE", "URL", "SOURCE", "LAST-MODIFIED", "REFRESH-INTERVAL", "X-PUBLISHED-TTL",
    ]  # fmt: skip


def test_F57_both_hints_when_to_come_again_stand_in_every_variant() -> None:
    for ics in (calendar(), calendar(make()), calendar(make(), alarm=5, busy=True), item_calendar(make(), EDITION)):
        head = unfolded(ics)[:16]
        assert head[13:15] == ["REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H"]


def test_a_name_has_no_character_that_would_be_escaped() -> None:
    ics = calendar(title="Hearings, roundtables; a\\b – é\x01")
    assert values(ics, "NAME", "VCALENDAR") == [":Hearings roundtables a b – é"]
    assert values(ics, "X-WR-CALNAME", "VCALENDAR") == [":Hearings roundtables a b – é"]


def test_a_calendar_that_was_cut_says_so() -> None:
    ics = calendar(note="Holds 1,000 of 1,200 events.")
    said = r":Public hearings and roundtables. Holds 1\,000 of 1\,200 events."
    assert values(ics, "DESCRIPTION", "VCALENDAR") == [said]
    assert values(ics, "X-WR-CALDESC", "VCALENDAR") == [said]


def test_a_description_is_shortened_in_the_summary_and_never_in_its_last_lines() -> None:
    links = [{"url": f"https://www.cecc.gov/{'y' * 300}/{number}", "title": f"Paper {number}"} for number in range(40)]
    for given_links in ([], links):
        ics = calendar(make(summary="word; \\ " * 3_000, links=given_links))
        (description,) = {found[UID][1] for name, found in titles(ics).items() if name == "ical"}
        assert 3_900 < len(description) <= 4_000
        assert description.endswith("\nDetails: https://feeds.example.org/items/roundtable-1")
        assert lint(ics) == []


def test_everything_there_is_stands_in_the_description_in_order() -> None:
    full = make(
        event={"webcast": "https://live.example.org/1", "status": "cancelled", "end": None},
        links=[
            {"rel": "transcript", "title": "Transcript (PDF)", "url": "https://www.cecc.gov/t.pdf"},
            {"rel": "related", "url": "https://www.cecc.gov/r"},
            {"url": "https://www.cecc.gov/u"},
            {"rel": "webcast", "title": "Again", "url": "https://live.example.org/1"},
        ],
    )
    assert titles(calendar(full))["ical"][UID][1] == "\n".join(
        [
            "This event is cancelled.",
            "",
            "A roundtable on trade.",
            "",
            "With three panelists.",
            "",
            "End time not announced.",
            "",
            "Webcast: https://live.example.org/1",
            "Transcript (PDF): https://www.cecc.gov/t.pdf",
            "Related: https://www.cecc.gov/r",
            "Link: https://www.cecc.gov/u",
            "Publisher’s page: https://www.cecc.gov/events/roundtables/trade-data",
            "Details: https://feeds.example.org/items/roundtable-1",
        ]
    )


def test_categories_are_one_line_with_commas_escaped() -> None:
    ics = calendar(make(topics=["Rule of law, courts", r"C:\New", "Tibet"]))
    assert values(ics, "CATEGORIES") == [r":Roundtable,Rule of law\, courts,C:\\New,Tibet"]


# --- the life of an event -------------------------------------------------------------------------------------------

WITHDRAWN = {"withdrawn": datetime(2026, 11, 3, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("changes", "status", "title"),
    [
        ({}, "CONFIRMED", "Roundtable: Trade & data"),
        ({"event": {"status": "tentative"}}, "TENTATIVE", "Roundtable: Trade & data"),
        ({"event": {"status": "postponed"}}, "TENTATIVE", "POSTPONED: Roundtable: Trade & data"),
        ({"event": {"status": "cancelled"}}, "CANCELLED", "CANCELLED: Roundtable: Trade & data"),
        ({"kept": WITHDRAWN}, "CANCELLED", "WITHDRAWN: Roundtable: Trade & data"),
        ({"kept": WITHDRAWN, "event": {"status": "postponed"}}, "CANCELLED", "WITHDRAWN: Roundtable: Trade & data"),
        ({"title": "Roundtable: Trade"}, "CONFIRMED", "Roundtable: Trade"),
        ({"title": None, "summary": None}, "CONFIRMED", "Roundtable, Tuesday, December 1, 2026"),
    ],
)
def test_status_and_title_say_what_became_of_it(changes: dict[str, Any], status: str, title: str) -> None:
    ics = calendar(make(**changes))
    assert (values(ics, "STATUS"), values(ics, "SUMMARY")) == (
        [f":{status}"],
        [":" + title.replace(",", "\\,")],
    )
    assert lint(ics) == []


def test_a_withdrawn_past_event_is_not_in_the_calendar_and_one_without_event_never_was() -> None:
    assert bytes_of(kept={**WITHDRAWN, "was_coming": False}) == b""
    assert FORMATS[".ics"].entry(without_event(), EDITION) == b""


def test_cancelled_events_can_keep_the_status_confirmed_under_a_title_that_says_cancelled() -> None:
    ics = calendar(make(event={"status": "cancelled"}), keep_cancelled=True)
    assert (values(ics, "STATUS"), values(ics, "SUMMARY")) == ([":CONFIRMED"], [":CANCELLED: Roundtable: Trade & data"])


def test_the_calendar_of_one_event_is_its_feed_with_that_event() -> None:
    ics = item_calendar(make(), EDITION)
    assert lint(ics) == []
    assert list(agreed(ics)) == [UID]
    assert values(ics, "LAST-MODIFIED", "VCALENDAR")[0] == ":20261101T140000Z"
    assert values(ics, "SOURCE", "VCALENDAR") == [";VALUE=URI:https://feeds.example.org/items/roundtable-1.ics"]
    assert values(ics, "PRODID", "VCALENDAR") == [":-//cecc-feeds//cecc-feeds//EN"]


def test_the_calendar_of_one_event_is_the_same_under_another_release() -> None:
    later = replace(EDITION, version="10.20.30")
    assert item_calendar(make(), later) == item_calendar(make(), EDITION)


def test_events_without_a_zone_of_their_own_name_none() -> None:
    fixed = Event.model_construct(start=datetime(2026, 12, 1, 9, tzinfo=UTC), end=None)
    assert tzid(fixed) is None


# --- one bad event --------------------------------------------------------------------------------------------------

POISONS: list[dict[str, Any]] = [
    {field: poison}
    for field in ("title", "type", "summary", "url", "id")
    for poison in ("\x00\x0b\x0c\x7f\x85", "\ud800", "a\r\nb", "\ufffe", "x" * 100_000, "\u2028", 7, None)
]


@pytest.mark.parametrize("poison", POISONS, ids=lambda poison: repr(poison)[:40])
def test_F58_one_poisoned_event_of_fifty_leaves_the_others_as_they_were(poison: dict[str, Any]) -> None:
    others = [make(id=f"event-{number}") for number in range(49)]
    bad = make(id="bad")
    bad = replace(bad, item=bad.item.model_copy(update=poison))
    written, failures = [], []
    for kept in [*others[:25], bad, *others[25:]]:
        for suffix, made in FORMATS.items():
            try:
                written.append((suffix, made.entry(kept, EDITION)))
            except RenderError as error:
                failures.append((kept, str(error)))
    assert all(kept is bad for kept, _ in failures)
    ours = [entry for suffix, entry in written if suffix == ".ics"]
    assert [entry for entry in ours if b"UID:event-" in entry] == [
        FORMATS[".ics"].entry(kept, EDITION) for kept in others
    ]
    ics = FORMATS[".ics"].document(feed(zones=("America/New_York",)), ours)
    assert lint(ics) == []
    assert len(values(ics, "UID")) == len(ours)


@pytest.mark.parametrize(
    "edges",
    [
        {"end": date(2026, 12, 2)},
        {"end": datetime(2026, 12, 1, 8, tzinfo=UTC)},
        {"start": datetime(2026, 12, 1, 8)},
        {"start": datetime(9999, 12, 31, 23, tzinfo=UTC), "end": None},
        {"start": date(9999, 12, 31), "end": None},
        {"location": "a\x00b"},
        {"location": "a\nb\ud800"},
    ],
    ids=repr,
)
def test_F58_an_event_that_cannot_be_written_is_one_sentence_that_names_it(edges: dict[str, Any]) -> None:
    good = make()
    assert good.item.event is not None
    bad = good.item.model_copy(update={"event": good.item.event.model_copy(update=edges)})
    kept = replace(good, item=bad)
    with pytest.raises(RenderError, match=r"^roundtable-1 cannot be written as iCalendar: "):
        FORMATS[".ics"].entry(kept, EDITION)
