"""The pages for people, over a store that is only `Query.matches` and `sort_key`: the meaning without the SQL."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import html5lib
import pytest

from cecc_feeds import text
from cecc_feeds.changes import Change, Difference, differences
from cecc_feeds.config import NamedFeed
from cecc_feeds.errors import RecordError
from cecc_feeds.identity import identify
from cecc_feeds.model import Edition, Kept, Revision, dated, item_from
from cecc_feeds.query import NEWS_LIMIT, Day, Query, sort_key
from cecc_feeds.store import Reading
from cecc_feeds.store.browsing import MakeUp
from cecc_feeds.web import pages
from cecc_feeds.web.paper import asset
from cecc_feeds.web.paper import told as sentence
from cecc_feeds.web.site import Listing, Site

ZONE = "America/New_York"
TODAY = date(2026, 11, 23)
SEEN = datetime(2026, 11, 20, 12, tzinfo=UTC)
EDITION = Edition(base_url="https://feeds.example.gov")
HTML = "{http://www.w3.org/1999/xhtml}"


def make(withdrawn: datetime | None = None, **changes: Any) -> Kept:
    """A hearing of April 30, 2015, but for the changes; None leaves a field out."""
    record = {
        "type": "Hearing",
        "title": "Population Control in China",
        "published": "2015-04-30",
        "topics": ["Human Trafficking"],
        "event": {"start": "2015-04-30T14:00:00-04:00", "end": "2015-04-30T16:00:00-04:00", "timezone": ZONE},
    }
    item = identify(item_from({**record, **changes}, zone=ZONE))
    instant, day = dated(item, first_seen=SEEN, zone=ZONE)
    revision = Revision(SEEN)
    return Kept(item, SEEN, instant, day, revision, revision if item.event else None, withdrawn)


@dataclass
class Shelf:
    """The questions that pages ask of a `store.Reading`, answered by the meaning of the query; each is noted."""

    kept: list[Kept]
    asked: list[str] = field(default_factory=list)
    read: dict[str, tuple[str, bool, datetime | None]] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)

    def find(self, query: Query, *, today: date, offset: int = 0, size: int | None = None) -> list[Kept]:
        self.asked.append("find")
        found = [kept for kept in self.kept if not kept.withdrawn and query.matches(kept, today=today)]
        limit = size if size is not None else query.size or NEWS_LIMIT
        skipped = offset if size is not None else (query.page - 1) * limit
        return sorted(found, key=sort_key(query, ZONE))[skipped : skipped + limit]

    def count(self, query: Query, *, today: date) -> int:
        self.asked.append("count")
        return sum(1 for kept in self.kept if not kept.withdrawn and query.matches(kept, today=today))

    def names(self, kind: str) -> dict[str, str]:
        self.asked.append("names")
        return {text.slug(name): name for kept in self.kept for name in _names(kept, kind)}

    def renamed(self, kind: str) -> dict[str, str]:
        self.asked.append("renamed")
        return {}

    def counts(self, kind: str, *, events: bool = False) -> dict[str, int]:
        self.asked.append("counts")
        there = [kept for kept in self.kept if not kept.withdrawn and (kept.item.event or not events)]
        return Counter(text.slug(name) for kept in there for name in _names(kept, kind))

    def sources(self) -> dict[str, tuple[str, bool, datetime | None]]:
        self.asked.append("sources")
        return self.read

    @property
    def ledger(self) -> "Told":
        return Told(self)

    @property
    def browsing(self) -> "Shelf":
        return self

    def make_up(self, query: Query, *, today: date, most: int) -> MakeUp | None:
        self.asked.append("make up")
        found = [kept for kept in self.kept if not kept.withdrawn and query.matches(kept, today=today)]
        if len(found) > most:
            return None
        years = ({day.year for day in _days(query, kept)} for kept in found)
        return MakeUp(
            Counter(kept.item.type_slug for kept in found),
            Counter(slug for kept in found for slug in kept.item.topic_slugs),
            Counter(year for named in years for year in named),
        )

    def near(self, query: Query, kept: Kept, *, today: date, most: int) -> list[Kept]:
        self.asked.append("near")
        others = [other for other in self.kept if other.item.id != kept.item.id and not other.withdrawn]
        found = [other for other in others if query.matches(other, today=today)]
        return sorted(found, key=lambda other: abs(other.dated - kept.dated))[:most]

    def event_counts(self, kind: str) -> dict[str, int]:
        self.asked.append("counts of events")
        events = [kept for kept in self.kept if kept.item.event and not kept.withdrawn]
        return Counter(text.slug(name) for kept in events for name in _names(kept, kind))

    def months(self) -> list[tuple[int, int, int]]:
        self.asked.append("months")
        days = [kept.item.event.first_day for kept in self.kept if kept.item.event and not kept.withdrawn]
        return sorted((*month, count) for month, count in Counter((day.year, day.month) for day in days).items())


@dataclass
class Told:
    """The ledger of a shelf."""

    shelf: Shelf

    def of_item(self, item_id: str) -> list[tuple[int, Change]]:
        self.shelf.asked.append("ledger")
        return [(n, change) for n, change in enumerate(self.shelf.changes) if change.item.id == item_id]

    def find(self, query: Query, *, today: date) -> list[Change]:
        self.shelf.asked.append("changes")
        start = query.start.on(today) if query.start else date.min
        kinds = set(query.change)
        found = [one for one in self.shelf.changes if one.at.date() >= start and not kinds.isdisjoint(one.kinds)]
        return found[: query.limit]


def _days(query: Query, kept: Kept) -> tuple[date, ...]:
    event = kept.item.event
    return (event.first_day, event.last_day) if query.by_event and event else (kept.dated_day,)


def _names(kept: Kept, kind: str) -> tuple[str, ...]:
    return (kept.item.type,) if kind == "type" else kept.item.topics


FEEDS = (
    NamedFeed("hearings", "CECC hearings", "Hearings with times and places.", Query(only="events", types=("hearing",))),
    NamedFeed("news", "CECC news", "Everything.", Query()),
)


def site(*kept: Kept, edition: Edition = EDITION, today: date = TODAY, feeds: Iterable[NamedFeed] = FEEDS) -> Site:
    store = cast("Reading", Shelf(list(kept)))
    return Site(store=store, edition=edition, feeds={feed.name: feed for feed in feeds}, today=today)


def listing(path: str = "/items", query: Query | None = None, title: str = "All items") -> Listing:
    return Listing(path, title, "A sentence on the list.", query or Query())


def events(**asked: list[str]) -> Listing:
    return listing("/events", Query.from_args(asked, only="events"), "Events")


MARKS = '<script>alert("1")</script> & "quotes" \'too\' <b>'
HOSTILE = make(
    title="A ]]> & \"b\" 'c' <",
    summary=f"{MARKS}\n\nSee https://example.org/?a=1&b=2.",
    topics=['Topic "of" <x', "法律", "&amp;"],
    type="Type & <Kind",
    url="https://example.org/?a=1&b=%22",
    links=[{"url": "https://example.org/a.pdf?x=1&y=2", "title": 'Paper "1" <', "type": "application/pdf"}],
    event={"start": "2026-12-01T09:30:00-05:00", "location": 'Room <1> & "2"', "timezone": ZONE, "status": "postponed"},
    language="zh-Hans",
)
CANCELLED = make(title="Tibet", event={"start": "2026-12-02", "end": "2026-12-04", "status": "cancelled"})
WEBCAST = make(
    title="Online",
    event={"start": "2026-12-08T10:00:00+01:00", "timezone": "Europe/Berlin", "webcast": "https://example.org/live"},
    links=[{"rel": "related", "url": "https://example.org/more"}, {"rel": "transcript", "url": "mailto:a@example.org"}],
)
BARE = make(type="Press Release", title=None, topics=[], event=None, published="2026-11-01")
UNDATED = make(type="Event", title="No record date", published=None)
GONE = make(title="Taken back", withdrawn=SEEN, event={"start": "2026-12-01T09:30:00-05:00", "timezone": ZONE})
MIXED = site(make(), HOSTILE, CANCELLED, WEBCAST, BARE, UNDATED, GONE)
MANY = site(
    *(make(title=f"Number {n}", published=f"20{n // 12 + 10}-{n % 12 + 1:02}-01", event=None) for n in range(120))
)

TURNED = site(make(), HOSTILE)
cast(Shelf, TURNED.store).changes.append(
    Change(HOSTILE.item, SEEN, tuple(differences(make().item, HOSTILE.item))),
)

PAGES: dict[str, Callable[[], str]] = {
    "home": lambda: pages.home(MIXED),
    "empty home": lambda: pages.home(site(feeds=())),
    "home without coming": lambda: pages.home(site(make(), BARE)),
    "home with changes": lambda: pages.home(TURNED),
    "items": lambda: pages.listing(MIXED, listing()),
    "items, narrowed": lambda: pages.listing(
        MIXED, listing(query=Query(types=("hearing", "x"), words=("a",), start=Day()))
    ),
    "items, page 2": lambda: pages.listing(MANY, listing(query=Query(page=2))),
    "items, no such page": lambda: pages.listing(MANY, listing(query=Query(page=9))),
    "empty list": lambda: pages.listing(site(), listing()),
    "events": lambda: pages.listing(MIXED, events()),
    "events by order": lambda: pages.listing(MIXED, events(order=["start"])),
    "events, none coming": lambda: pages.listing(site(make()), events()),
    "type": lambda: pages.listing(MIXED, listing("/types/hearing", Query(base=Query(types=("hearing",))), "Hearing")),
    "topic": lambda: pages.listing(
        MIXED, listing("/topics/%E6%B3%95%E5%BE%8B", Query(base=Query(topics=("法律",))), "法律")
    ),
    "named feed": lambda: pages.listing(MIXED, listing("/feeds/hearings", Query(base=FEEDS[0].query), FEEDS[0].title)),
    "month": lambda: pages.month(MIXED, 2026, 12),
    "month without events": lambda: pages.month(MIXED, 2026, 3),
    "first month": lambda: pages.month(MIXED, 1900, 1),
    "last month": lambda: pages.month(MIXED, 2199, 12),
    "types": lambda: pages.index(MIXED, "types"),
    "topics": lambda: pages.index(MIXED, "topics"),
    "feeds": lambda: pages.index(MIXED, "feeds"),
    "no feeds": lambda: pages.index(site(feeds=()), "feeds"),
    "problem": lambda: pages.problem(MIXED, 404, "Not here", 'There is no "<x>".'),
    **{
        f"item {kept.item.heading}": lambda kept=kept: pages.item(MIXED, kept)
        for kept in cast("Shelf", MIXED.store).kept
    },
}
LISTS = ("items", "items, narrowed", "empty list", "events", "type", "topic", "named feed")

every_page = pytest.mark.parametrize("made", PAGES.values(), ids=PAGES)


def parsed(page: str) -> Any:
    """The element tree of a page; a fault in its HTML is an error."""
    return html5lib.HTMLParser(strict=True).parse(page)


def found(page: str, path: str) -> list[Any]:
    return list(parsed(page).findall(re.sub(r"(^|//?)(?=[a-z])", rf"\1{HTML}", path)))


def offered(page: str) -> list[Any]:
    """The links to the other forms of a page, but for those of oEmbed."""
    links = [e for e in found(page, ".//link") if e.get("rel") == "alternate"]
    return [e for e in links if not e.get("type").endswith("+oembed")]


def words(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def main_words(page: str) -> str:
    return words(found(page, ".//main")[0])


def titles(page: str) -> list[str]:
    return [words(element) for element in parsed(page).iter() if element.get("class") == "title"]


# --- every page -----------------------------------------------------------------------------------------------------


@every_page
def test_is_valid_html_with_one_heading_one_language_and_landmarks(made: Callable[[], str]) -> None:
    page = made()
    tree = parsed(page)
    assert tree.get("lang") == "en"
    assert [len(found(page, f".//{name}")) for name in ("h1", "main", "title")] == [1, 1, 1]
    assert [element.get("id") for element in found(page, ".//main")] == ["main"]


@every_page
def test_headings_go_down_one_step_at_a_time(made: Callable[[], str]) -> None:
    levels = [int(element.tag[-1]) for element in parsed(made()).iter() if re.fullmatch(r".*}h[1-6]", str(element.tag))]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@every_page
def test_has_one_script_file_nothing_inline_and_asks_nobody_else(made: Callable[[], str]) -> None:
    page = made()
    forbidden = [
        (element.tag, name)
        for element in parsed(page).iter()
        for name in ("", *element.attrib)
        if str(element.tag) == f"{HTML}style" or name == "style" or name.startswith("on")
    ]
    fetched = [
        element.get("href") for element in found(page, ".//link") if element.get("rel") in ("stylesheet", "icon")
    ]
    assert forbidden == []
    scripts = [
        (element.get("type"), element.get("src"), words(element))
        for element in found(page, ".//script")
        if element.get("type") != "application/ld+json"
    ]
    assert scripts == [("module", asset("pages.js"), "")]
    assert all(element.get("src").startswith("/") for element in found(page, ".//img"))
    assert all(re.fullmatch(r"/static/[a-z0-9.-]+(\?v=[0-9a-f]{8})?", address) for address in fetched)
    assert len(fetched) == 2


@every_page
def test_every_address_is_absolute_or_from_the_root(made: Callable[[], str]) -> None:
    addresses = [e.get(name) for e in parsed(made()).iter() for name in ("href", "action") if e.get(name) is not None]
    assert addresses
    assert [a for a in addresses if not re.match(r"(https://|webcal://|mailto:|/(?!/)|#(main|more|follow)$)", a)] == []


@every_page
def test_every_time_says_its_instant_or_day(made: Callable[[], str]) -> None:
    stamps = [element.get("datetime") for element in found(made(), ".//time")]
    assert all(datetime.fromisoformat(stamp).tzinfo or date.fromisoformat(stamp) for stamp in stamps)


@every_page
def test_says_once_whose_time_it_is(made: Callable[[], str]) -> None:
    whole = words(found(made(), ".//body")[0])
    assert whole.count("Times are Washington, D.C. time (America/New_York) unless said otherwise.") == 1


@every_page
def test_every_field_has_a_label_and_every_id_is_one(made: Callable[[], str]) -> None:
    page = made()
    tree = parsed(page)
    labels = {element.get("for") for element in found(page, ".//label")}
    fields = {
        e.get("id") for name in ("input", "select") for e in found(page, f".//{name}") if e.get("type") != "hidden"
    }
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert fields == labels
    assert len(ids) == len(set(ids))
    named = {e.get(name) for e in tree.iter() for name in ("aria-labelledby",) if e.get(name)}
    assert named <= set(ids)


@every_page
def test_is_the_same_each_time(made: Callable[[], str]) -> None:
    assert made() == made()


def test_a_service_below_a_path_links_below_it() -> None:
    below = replace(EDITION, base_url="https://www.example.gov/feeds")
    own = [
        e.get("href")
        for e in parsed(pages.home(site(make(), edition=below))).iter()
        if e.get("href", "").startswith("/")
    ]
    assert own
    assert [address for address in own if not address.startswith("/feeds/")] == []


# --- escaping -------------------------------------------------------------------------------------------------------


def test_hostile_text_is_text() -> None:
    item = HOSTILE.item
    page = pages.item(MIXED, HOSTILE)
    assert words(found(page, ".//h1")[0]) == item.heading
    assert item.event
    assert words(found(page, ".//main//dd")[1]) == item.event.location
    assert [words(e) for e in parsed(page).iter() if e.get("rel") == "external"] == [
        'Paper "1" <',
        "The publisher’s page",
    ]


def test_an_address_with_a_script_is_no_record() -> None:
    with pytest.raises(RecordError):
        make(url="javascript:alert(1)")


def test_markup_that_came_around_the_door_is_escaped() -> None:
    """The model cleans titles; should one ever hold markup, pages still show it as text."""
    past_the_door = replace(
        make(), item=make().item.model_copy(update={"title": MARKS, "summary": MARKS, "topics": (MARKS,)})
    )
    for page in (pages.item(site(past_the_door), past_the_door), pages.listing(site(past_the_door), listing())):
        script, data = sorted(found(page, ".//script"), key=lambda one: one.get("type") == "application/ld+json")
        assert (script.get("src"), words(script)) == (asset("pages.js"), "")
        assert data.get("type") == "application/ld+json"
        assert list(data) == []
        assert MARKS in [words(element) for element in found(page, ".//a") + found(page, ".//h1")]


def test_words_asked_for_are_escaped_in_the_form() -> None:
    page = pages.listing(MIXED, listing(query=Query(words=('"><script>',))))
    assert [e.get("value") for e in found(page, ".//input") if e.get("id") == "q"] == ['"><script>']


def read_when(*sources: tuple[str, bool, datetime | None]) -> Site:
    """A site whose sources, by name, are followed or not and were last read then."""
    made = site()
    cast(Shelf, made.store).read = {name: ("records", followed, at) for name, followed, at in sources}
    return made


def foot(made: Site) -> list[str]:
    """The words of the lines about sources at the foot of a page, its summary first."""
    page = pages.home(made)
    below = found(page, ".//footer")[0]
    lines = [*below.iter(f"{HTML}summary"), *below.iter(f"{HTML}li"), *below.iter(f"{HTML}p")]
    return [words(line) for line in lines if "records" in words(line) or "others" in words(line)]


def test_the_foot_says_when_the_one_source_was_last_read() -> None:
    assert foot(read_when(("cecc.jsonl", True, datetime(2026, 11, 24, 5, 17, 2, tzinfo=UTC)))) == [
        "Last read: records cecc.jsonl, Tuesday, November 24, 2026, 12:17 a.m. EST"
    ]


def test_a_source_never_read_well_says_so_whether_it_is_told_as_nothing_or_as_the_beginning_of_time() -> None:
    for never in (None, datetime(1970, 1, 1, tzinfo=UTC)):
        assert foot(read_when(("cecc.jsonl", True, never))) == ["Last read: records cecc.jsonl, never"]


def test_of_several_sources_the_foot_names_the_one_that_was_read_longest_ago() -> None:
    days = {day: datetime(2026, 11, day, 17, tzinfo=UTC) for day in (1, 2, 3)}
    assert foot(
        read_when(("by-hand.jsonl", False, days[1]), ("b.jsonl", True, days[3]), ("a.jsonl", True, days[2]))
    ) == [
        "Last read: records a.jsonl, Monday, November 2, 2026, noon EST, and 2 more",
        "records b.jsonl, Tuesday, November 3, 2026, noon EST",
        "records by-hand.jsonl, Sunday, November 1, 2026, noon EST",
    ]


def test_the_foot_of_many_sources_stays_short() -> None:
    told = foot(read_when(*((f"{number:03}.jsonl", True, SEEN) for number in range(300))))
    assert (len(told), told[0][-12:], told[-1]) == (21, "and 299 more", "280 others later")


def test_the_name_of_a_source_is_escaped() -> None:
    page = pages.home(read_when(("<b>&amp;.jsonl", True, SEEN)))
    assert "records &lt;b&gt;&amp;amp;.jsonl, <time" in page


def test_text_in_another_language_says_so() -> None:
    page = pages.item(MIXED, HOSTILE)
    assert [e.tag for e in parsed(page).iter() if e.get("lang") == "zh-Hans"] == [f"{HTML}h1", f"{HTML}div"]


# --- lists ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LISTS)
def test_each_list_offers_its_feeds_to_readers(name: str) -> None:
    links = offered(PAGES[name]())
    assert [(e.get("type"), urlsplit(e.get("href")).path.rpartition(".")[2]) for e in links] == [
        ("application/rss+xml", "rss"),
        ("application/atom+xml", "atom"),
        ("application/feed+json", "json"),
        ("text/calendar", "ics"),
        ("text/csv", "csv"),
    ]
    assert all(e.get("href").startswith(EDITION.base_url) and e.get("title") for e in links)


def test_a_narrowed_list_has_the_same_parameters_in_its_feeds() -> None:
    asked = {"topic": ["tibet"], "order": ["updated"], "page": ["2"], "alarm": ["30"], "utm_source": ["x"]}
    page = pages.listing(MIXED, listing(query=Query.from_args(asked)))
    links = {e.get("rel") + e.get("type", ""): e.get("href") for e in found(page, ".//link")}
    others = ("stylesheet", "iconimage/png", "alternateapplication/json+oembed", "alternatetext/xml+oembed")
    assert {name: urlsplit(links[name]).query for name in links if name not in others} == {
        "canonical": "topic=tibet&order=updated&page=2",
        "alternateapplication/rss+xml": "topic=tibet&order=updated",
        "alternateapplication/atom+xml": "topic=tibet&order=updated",
        "alternateapplication/feed+json": "topic=tibet&order=updated",
        "alternatetext/calendar": "topic=tibet&alarm=30",
        "alternatetext/csv": "topic=tibet&order=updated",
    }


def test_calendar_links_carry_the_address_in_the_spelling_of_each_app() -> None:
    page = pages.listing(MIXED, events(topic=["tibet"]))
    https, webcal = (f"{scheme}://feeds.example.gov/events.ics?topic=tibet" for scheme in ("https", "webcal"))
    links = [e.get("href") for e in found(page, ".//main//a") if e.get("class") == "button"]
    assert [e.get("value") for e in found(page, ".//input") if e.get("id") == "calendar-address"] == [https]
    assert links.pop(1) == webcal
    assert [(urlsplit(link).netloc, parse_qs(urlsplit(link).query)) for link in links] == [
        ("calendar.google.com", {"cid": [webcal]}),
        ("outlook.live.com", {"url": [https], "name": ["Events: about tibet"]}),
        ("outlook.office.com", {"url": [https], "name": ["Events: about tibet"]}),
    ]


@pytest.mark.parametrize(("kept", "offered"), [(make(), 1), (BARE, 0)])
def test_a_list_without_events_offers_no_calendar(kept: Kept, offered: int) -> None:
    page = pages.listing(site(kept), listing())
    assert sum(1 for e in found(page, ".//input") if e.get("id") == "calendar-address") == offered


def test_an_empty_list_offers_the_calendar_that_may_come() -> None:
    page = pages.listing(site(make()), listing(query=Query(words=("nothing",))))
    assert "In your calendar" in main_words(page)


def test_events_come_first_soonest_first_then_the_past_newest_first() -> None:
    days = ["2026-11-22", "2026-11-23", "2026-11-20", "2027-01-01", "2025-01-01"]
    kept = [make(title=day, event={"start": day}) for day in days]
    assert titles(pages.listing(site(*kept), events())) == [
        "2026-11-23",
        "2027-01-01",
        "2026-11-22",
        "2026-11-20",
        "2025-01-01",
    ]


def test_a_list_of_past_days_promises_nothing_to_come() -> None:
    page = pages.listing(site(make()), events(**{"from": ["2015-01-01"], "to": ["2015-12-31"]}))
    assert titles(page) == ["Population Control in China"]
    assert "Nothing is announced now" not in main_words(page)


def test_an_event_that_goes_on_is_coming_and_stands_once() -> None:
    goes_on = make(title="Goes on", event={"start": "2026-11-20", "end": "2026-11-24"})
    over = make(title="Over", event={"start": "2026-11-21"})
    assert titles(pages.listing(site(goes_on, over), events())) == ["Goes on", "Over"]


def test_pages_of_events_hold_each_event_once() -> None:
    kept = [make(title=f"{n}", event={"start": f"2026-{n % 12 + 1:02}-{n % 28 + 1:02}"}) for n in range(130)]
    kept += [make(title="Goes on", event={"start": "2026-01-01", "end": "2026-12-31"})]
    shown = [title for n in (1, 2, 3) for title in titles(pages.listing(site(*kept), events(page=[str(n)])))]
    assert sorted(shown) == sorted(one.item.heading for one in kept)


def test_an_order_that_is_asked_for_is_kept() -> None:
    kept = [make(title=day, event={"start": day}) for day in ("2026-11-22", "2027-01-01", "2025-01-01")]
    assert titles(pages.listing(site(*kept), events(order=["start"]))) == ["2025-01-01", "2026-11-22", "2027-01-01"]


def test_the_pager_keeps_what_is_asked() -> None:
    page = pages.listing(MANY, listing(query=Query(types=("hearing",), page=2)))
    pager = [(words(e), e.get("href")) for e in found(page, ".//nav//a") if e.get("rel") in ("prev", "next")]
    assert pager == [("← Newer", "/items?type=hearing"), ("Older →", "/items?type=hearing&page=3")]
    assert "Page 2 of 3" in main_words(page)


def test_from_beyond_the_end_the_pager_leads_back() -> None:
    page = pages.listing(MANY, listing(query=Query(page=9)))
    assert "There is no page 9: this list ends with page 3." in main_words(page)
    assert [e.get("href") for e in found(page, ".//nav//a") if e.get("rel") in ("prev", "next")] == ["/items?page=3"]


def form_fields(page: str) -> dict[str, str]:
    form = next(e for e in found(page, ".//main//form"))
    fields = {e.get("name"): e.get("value", "") for e in form.iter(f"{HTML}input")}
    chosen = {
        e.get("name"): o.get("value") for e in form.iter(f"{HTML}select") for o in e if o.get("selected") is not None
    }
    return {**fields, **chosen}


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {
            "type": ["hearing"],
            "topic": ["human-trafficking"],
            "q": ["water law"],
            "from": ["2026-01-01"],
            "to": ["2026-12-31"],
        },
        {"type": ["hearing,press-release"], "topic": ["nobody-knows"], "from": ["-90d"], "to": ["today"]},
        {"status": ["cancelled"], "order": ["updated"], "limit": ["10"], "page": ["2"]},
    ],
)
def test_the_form_asks_again_what_is_asked(asked: dict[str, list[str]]) -> None:
    query = Query.from_args(asked)
    fields = form_fields(pages.listing(MIXED, listing(query=query)))
    again = Query.from_args({name: [value] for name, value in fields.items()})
    assert again == replace(query, page=1)


def test_the_form_of_a_type_does_not_ask_for_the_type() -> None:
    assert sorted(form_fields(PAGES["type"]())) == ["from", "q", "to", "topic"]


def test_a_list_says_how_many_and_what_is_asked() -> None:
    page = pages.listing(MIXED, listing(query=Query(topics=("human-trafficking",))))
    assert "4 items: about Human Trafficking" in main_words(page)
    assert (
        words(found(page, ".//title")[0])
        == "All items: about Human Trafficking – Congressional-Executive Commission on China"
    )


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (lambda: pages.listing(site(), listing(query=Query(words=("x",)))), "Nothing here matches."),
        (lambda: pages.listing(site(), listing()), "Nothing is in this list now."),
        (lambda: pages.listing(site(make()), events()), "Nothing is announced now."),
        (lambda: pages.home(site(make())), "Nothing is announced now. The most recent:"),
        (lambda: pages.home(site()), "Follow the events and the next one comes to you when it is announced."),
        (lambda: pages.home(site()), "Nothing has been published here yet."),
        (lambda: pages.month(site(make()), 2026, 3), "The nearest month before with events is April 2015."),
        (lambda: pages.month(site(make()), 2001, 3), "The nearest month after with events is April 2015."),
    ],
)
def test_an_empty_place_says_something_useful(made: Callable[[], str], sentence: str) -> None:
    assert sentence in main_words(made())


def test_a_longer_list_asks_the_store_no_more() -> None:
    def asked(count: int) -> Counter[str]:
        shelf = Shelf([make(title=f"{n}", event={"start": f"20{n % 10 + 20}-01-01"}) for n in range(count)])
        place = replace(MIXED, store=cast("Reading", shelf))
        for made in (pages.home, lambda s: pages.listing(s, events()), lambda s: pages.month(s, 2026, 1)):
            made(place)
        return Counter(shelf.asked)

    assert asked(300) <= asked(10)


# --- items ----------------------------------------------------------------------------------------------------------


def facts(page: str) -> list[tuple[str, str]]:
    return [(words(one), words(two)) for one, two in zip(found(page, ".//dt"), found(page, ".//dd"), strict=True)]


def test_an_item_says_all_it_knows() -> None:
    kept = make(
        updated="2024-08-14",
        event={"start": "2015-04-30T14:00:00", "end": "2015-04-30T16:00:00", "location": "Room 301"},
    )
    assert facts(pages.item(MIXED, kept)) == [
        ("When", "Thursday, April 30, 2015, 2:00–4:00 p.m. EDT (Washington, D.C. time)"),
        ("Where", "Room 301"),
        ("Published", "Thursday, April 30, 2015"),
        ("Updated", "Wednesday, August 14, 2024"),
        ("Topics", "Human Trafficking"),
    ]


def test_when_something_was_published_is_told_as_clocks_of_the_publisher_show_it() -> None:
    kept = make(event=None, published="2026-11-02T20:30:00Z", updated="2026-07-03T09:00:00+08:00")
    assert facts(pages.item(MIXED, kept))[:2] == [
        ("Published", "Monday, November 2, 2026, 3:30 p.m. EST"),
        ("Updated", "Thursday, July 2, 2026, 9:00 p.m. EDT"),
    ]


def test_an_event_offers_its_calendar_file_and_its_record() -> None:
    page = pages.item(MIXED, make())
    address = "/items/hearing-2015-04-30-population-control-in-china"
    assert [e.get("href") for e in found(page, ".//a") if e.get("download")] == [f"{address}.ics"]
    assert [(e.get("type"), e.get("href")) for e in offered(page)] == [
        ("text/calendar", f"{EDITION.base_url}{address}.ics"),
        ("application/json", f"{EDITION.base_url}{address}.json"),
    ]


def test_an_item_without_event_has_no_calendar() -> None:
    page = pages.item(MIXED, BARE)
    assert [e.get("type") for e in offered(page)] == ["application/json"]
    assert "Add to calendar" not in page


def test_documents_come_transcript_first_then_the_webcast() -> None:
    page = pages.item(MIXED, WEBCAST)
    assert [e.get("href") for e in found(page, ".//aside//a") if e.get("rel") == "external"] == [
        "mailto:a@example.org",
        "https://example.org/live",
        "https://example.org/more",
    ]


def test_a_withdrawn_item_is_readable_and_says_so() -> None:
    page = pages.item(MIXED, GONE)
    assert "Withdrawn. The publisher no longer lists this item, as of Nov 20, 2026." in main_words(page)
    assert words(found(page, ".//h1")[0]) == "Taken back"
    assert "Add to calendar" not in page
    assert [e for e in found(page, ".//link") if e.get("rel") == "alternate"] == []


@pytest.mark.parametrize("status", ["cancelled", "postponed", "tentative"])
def test_a_status_is_said_in_words_everywhere(status: str) -> None:
    kept = make(event={"start": "2026-12-02", "status": status})
    for page in (pages.item(site(kept), kept), pages.home(site(kept)), pages.listing(site(kept), events())):
        assert status.capitalize() in main_words(page)
    assert f"({status})" in main_words(pages.month(site(kept), 2026, 12))


def test_an_item_names_what_is_near_it_and_alike() -> None:
    kept = [make(title=f"{day}", topics=["Law"], published=day, event=None) for day in ("2026-01-01", "2026-02-01")]
    other = make(title="Of another topic", topics=["Tibet"], published="2026-01-02", event=None)
    page = pages.item(site(*kept, other), kept[0])
    assert titles(page) == ["2026-02-01"]
    assert titles(pages.item(site(*kept, other), other)) == ["2026-01-01", "2026-02-01"]
    assert "Related" not in pages.item(site(other), other)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"start": "2026-12-08T10:00:00+01:00", "timezone": "Europe/Berlin"}, "10:00 a.m. CET (Berlin time)"),
        ({"start": "2026-12-08"}, "Tuesday, December 8, 2026 (no time is given)"),
        ({"start": "2026-12-08", "end": "2026-12-09"}, "December 8–9, 2026"),
    ],
)
def test_an_event_says_whose_time_it_is_in(event: dict[str, str], words: str) -> None:
    kept = make(event=event)
    assert dict(facts(pages.item(site(kept), kept)))["When"].endswith(words)


def test_a_change_says_its_times_to_machines_and_anything_else_as_it_is() -> None:
    before, after = make().item, make(event={"start": "2026-12-08T10:00:00-05:00", "timezone": ZONE}).item
    (moved,) = (one for one in differences(before, after) if one.kind == "moved")
    assert sentence(moved, after) == (
        'Moved from <time datetime="2015-04-30T14:00:00-04:00">Thursday, April 30, 2015, 2:00–4:00 p.m. EDT</time> '
        'to <time datetime="2026-12-08T10:00:00-05:00">Tuesday, December 8, 2026, 10:00 a.m. EST</time>'
    )
    place = Difference("place", "Place: <b> (was 2026-12-08)", "event.location", "2026-12-08", "<b>")
    assert sentence(place, after) == "Place: &lt;b&gt; (was 2026-12-08)"
    assert sentence(Difference("text", "Text changed", "summary", "x/y", ""), BARE.item) == "Text changed"


def test_home_tells_what_was_moved_or_cancelled_lately() -> None:
    item = make(title="Put off").item
    changes = [
        Change(item, datetime(2026, 11, day, 12, tzinfo=UTC), (Difference(kind, f"Told on the {day}th"),))
        for day, kind in ((20, "cancelled"), (19, "text"), (18, "moved"), (17, "moved"), (16, "moved"))
    ]
    place = site(make())
    cast(Shelf, place.store).changes += [*changes, replace(changes[0], at=datetime(2026, 1, 5, tzinfo=UTC))]
    page = pages.home(place)
    assert [words(one) for one in found(page, ".//ul[@class='told']/li")] == [
        f"Told on the {n}th" for n in (20, 18, 17)
    ]
    assert "Moved or cancelled" not in pages.home(site(make()))


def test_home_leads_to_what_can_be_followed() -> None:
    for feeds in (FEEDS, ()):
        page = pages.home(site(make(), feeds=feeds))
        links = {e.get("href") for e in found(page, ".//main//a")}
        assert {"/subscribe", "/events", "/items"} <= links
        assert {media for media in (e.get("type") for e in found(page, ".//main//a")) if media} == {
            "text/calendar",
            "application/rss+xml",
        }


# --- months ---------------------------------------------------------------------------------------------------------


def test_a_month_is_weeks_from_sunday_with_each_event_on_its_days() -> None:
    page = pages.month(MIXED, 2026, 12)
    rows = [[words(cell) for cell in row] for row in found(page, ".//tbody/tr")]
    assert words(found(page, ".//thead//th")[0]) == "Sunday"
    assert [len(row) for row in rows] == [7, 7, 7, 7, 7]
    assert rows[0] == [
        "",
        "",
        '1 9:30 a.m. EST A ]]> & "b" \'c\' < (postponed), Room <1> & "2"',
        "2 all day Tibet (cancelled)",
        "3 all day Tibet (cancelled)",
        "4 all day Tibet (cancelled)",
        "5",
    ]
    assert rows[1][2] == "8 10:00 a.m. CET Online"


def test_months_lead_to_their_neighbours_within_the_years() -> None:
    steps = [
        [e.get("href") for e in found(PAGES[name](), ".//nav//a") if e.get("rel")]
        for name in ("month", "first month", "last month")
    ]
    assert steps == [["/events/2026-11", "/events/2027-01"], ["/events/1900-02"], ["/events/2199-11"]]
