"""Records, items, queries and kept items for tests: `make(**changes)` by hand, the rest for Hypothesis.

`items()` is as wide as the model allows. `kept_items()` and `queries()` draw from a few words, types, topics and days
around TODAY, so that queries find some of the items and miss others.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from cecc_feeds import identity
from cecc_feeds.fields import CHANGES, STATUSES
from cecc_feeds.model import DEFAULT_ZONE, Event, Item, Kept, Link, Revision, dated, item_from
from cecc_feeds.query import ALARM_MOST, BREADTH, CALENDAR_MOST, CANCELLED, NEWS_MOST, ORDERS, Day, Only, Query

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
"""Ten in the morning of TODAY in Washington."""

RECORD: dict[str, Any] = {"type": "Hearing", "title": "Trade and data", "published": "2026-11-02"}


def make(**changes: Any) -> Item:
    """A hearing's news item with fields of its record changed, identified; None leaves a field out."""
    return identity.identify(item_from({**RECORD, **changes}))


def keep(item: Item, *, first_seen: datetime = NOW, at: datetime | None = None, **changes: Any) -> Kept:
    """The item as the store keeps it: first seen, and last revised at `at`, else then, too."""
    instant, day = dated(item, first_seen=first_seen, zone=DEFAULT_ZONE)
    revision = Revision(at or first_seen)
    told = {"news": revision, "calendar": revision if item.event else None}
    return Kept(item, first_seen, instant, day, **{**told, **changes})


# The whole width of the model.

MARKUP = "<p> </p> <br> <b> </b> <li> &amp; &lt; &#38; &nbsp; <!-- --> <script> https://a.example/b".split()
SPECIAL = [
    "\r\n",
    "\r",
    "\n\n\n",
    "\t",
    "\x00",
    "\x0b",
    "\x85",
    "\xa0",
    "\u200b",
    "\u2028",
    "\ufeff",
    "\ufffe",
    "\ud800",
]
SCRIPTS = ["café", "cafe\u0301", "法律", "ﬁ", "ß", "ｶﾞ", "한국", "شَرِكة", "😀", "’", "İ", "ΐ", "Ǆ"]


def texts(max_size: int = 12) -> SearchStrategy[str]:
    """Text as it may stand in a file: any character, markup, line ends, scripts with marks."""
    piece = st.one_of(st.sampled_from(MARKUP + SPECIAL + SCRIPTS), st.text(max_size=6), st.just(" "))
    return st.lists(piece, max_size=max_size).map("".join)


def visible_texts() -> SearchStrategy[str]:
    """Text of which cleaning leaves something."""
    return st.builds("{}a{}".format, texts(4), texts(4))


def urls() -> SearchStrategy[str]:
    """Web addresses in many spellings, escapes and archive prefixes among them."""
    segment = st.one_of(
        st.sampled_from(["events", "Events", "a.b", "..", "%41", "%FF", "%E6%B3%95", "法", "x y"]), plain_words()
    )
    prefix = st.sampled_from(
        ["", "", "https://web.archive.org/web/20200101000000/", "https://web.archive.org/web/2020/"]
    )
    host = st.sampled_from(["www.cecc.gov", "CECC.gov", "cecc.gov:8080", "法.example", "[::1]"])
    query = st.sampled_from(["", "", "?page=0", "?page=1", "?b=2&a=1", "?q=%FF", "?x=法", "#top"])
    path = st.lists(segment, max_size=4).map("/".join)
    scheme = st.sampled_from(["http", "https", "HTTPS"])
    built = st.builds("{}{}://{}/{}{}".format, prefix, scheme, host, path, query)
    return built.map(lambda url: url.replace(" ", "%20"))


def plain_words() -> SearchStrategy[str]:
    return st.text("abcxyz-019", min_size=1, max_size=8)


def days(least: date = date(1900, 1, 1), most: date = date(2199, 12, 31)) -> SearchStrategy[date]:
    return st.dates(least, most)


def stamps() -> SearchStrategy[str]:
    """`published` and `updated`: a date, or a date-time with offset."""
    offset = st.sampled_from(["Z", "+00:00", "-05:00", "+08:00", "+05:45", "-12:00", "+14:00"])
    clock = st.times().map(lambda time: time.isoformat("seconds"))
    return st.one_of(days().map(str), st.builds("{}T{}{}".format, days(), clock, offset))


ZONES = ("America/New_York", "Asia/Shanghai", "Europe/Berlin", "Africa/Casablanca", "UTC")


@st.composite
def event_records(draw: st.DrawFn, start: SearchStrategy[date] | None = None) -> dict[str, Any]:
    """An event as a record gives it: whole days, or times that are an instant in each zone."""
    first = draw(start if start is not None else days(date(1900, 1, 2), date(2199, 12, 20)))
    found: dict[str, Any] = {"start": str(first)}
    length = draw(st.sampled_from([None, 0, 1, 3]))
    if draw(st.booleans()):
        begin = datetime(first.year, first.month, first.day, tzinfo=UTC) + timedelta(minutes=draw(st.integers(0, 1439)))
        found["start"] = begin.isoformat()
        found["timezone"] = draw(st.sampled_from([None, *ZONES]))
        found["end"] = None if length is None else (begin + timedelta(hours=length * 9)).isoformat()
    elif length is not None:
        found["end"] = str(first + timedelta(days=length))
    found["status"] = draw(st.sampled_from([None, *STATUSES]))
    found["location"] = draw(st.none() | texts(4))
    found["webcast"] = draw(st.none() | urls())
    return found


def link_records() -> SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"url": st.one_of(urls(), st.just("mailto:press@cecc.gov"))},
        optional={"rel": texts(3), "title": texts(3), "type": st.just("application/pdf")},
    )


def records(with_event: SearchStrategy[dict[str, Any]] | None = None) -> SearchStrategy[dict[str, Any]]:
    """Records that the model takes: any field may be missing, null or hold odd text."""
    events = event_records() if with_event is None else with_event
    return st.fixed_dictionaries(
        {"type": visible_texts(), "published": stamps()},
        optional={
            "id": st.none() | ids(),
            "title": st.none() | texts(),
            "url": st.none() | urls(),
            "updated": st.none() | stamps(),
            "topics": st.lists(texts(3), max_size=4),
            "summary": st.none() | texts(20),
            "language": st.sampled_from([None, "en", "zh-Hans"]),
            "event": st.none() | events,
            "links": st.lists(link_records(), max_size=2),
        },
    )


def ids() -> SearchStrategy[str]:
    return st.text("abcz09-_.", min_size=1, max_size=30).filter(lambda value: set(value) != {"."})


def items() -> SearchStrategy[Item]:
    """Any item, as the model makes it of a record; its id may be missing."""
    return records().map(item_from)


def events() -> SearchStrategy[Event]:
    return event_records().map(lambda record: _event_of(item_from({"type": "Hearing", "event": record})))


def _event_of(item: Item) -> Event:
    assert item.event is not None
    return item.event


def links() -> SearchStrategy[Link]:
    return link_records().map(Link.model_validate)


def json_values() -> SearchStrategy[Any]:
    """Whatever `json.loads` can return."""
    leaf = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts(3), stamps(), urls())
    return st.recursive(leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts(2), inner, max_size=3))


# Few values, so that queries and items meet.

TYPES = ("Hearing", "Press Release", "Réunion", "法律")
TOPICS = ("Rule of Law", "Civil Society", "新闻 自由", "Café")
WORDS = (
    "law", "lawyer", "café", "CAFÉ", "cafe", "法律", "人权与法律", "ﬁle", "file", "Straße", "strasse", "شَرِكة", "شركة",
    "한국", "한", "ｶﾀｶﾅ", "カタカナ", "タカ", "2026", "A4", "don't", "x_y",
)  # fmt: skip


SEARCHES = {
    "café": ("cafe CAFÉ cafe\u0301 ＣＡＦＥ", "caf afe"),
    "CAFE": ("café", "ca"),
    "ﬁle": ("file FILE ﬁle", "fi le"),
    "Straße": ("strasse STRASSE straße STRAẞE", "stras ße"),
    "人权与法律": ("法律 人权 与 人权与法律", "律人 law"),
    "ﾎﾟﾘﾃｨｶ カタカナ": ("ポリティカ ホリ カナ", "かな カイ"),
    "한국 법": ("한국 법", "한 국"),
    "شَرِكة": ("شركة شَرِكَة", "شرك"),
    "ΣΊΣΥΦΟΣ": ("σίσυφος Σισυφος σισυφοσ", "σισυ"),
    "İstanbul": ("istanbul ISTANBUL", "stanbul"),
    "don't stop": ("don t don't", "dont"),
    "H.R. 1234-A": ("1234 a h r", "hr 123"),
    "snake_case": ("snake case snake_case", "snakecase"),
    "100% 5½": ("100 100% 2 51", "10 1"),
}
"""Titles, and the words that find or miss them."""


def phrases(max_size: int = 4) -> SearchStrategy[str]:
    separator = st.sampled_from([" ", "-", ", ", "\u3000", ""])
    parts = st.lists(st.tuples(st.sampled_from(WORDS), separator), max_size=max_size)
    return parts.map(lambda pairs: "".join(word + between for word, between in pairs))


def near_days(reach: int = 100) -> SearchStrategy[date]:
    return st.integers(-reach, reach).map(lambda count: TODAY + timedelta(days=count))


@st.composite
def near_records(draw: st.DrawFn) -> dict[str, Any]:
    """A record with a title, topics and days that queries may ask for."""
    published = st.one_of(near_days(5).map(str), near_days(5).map(lambda day: f"{day}T23:30:00-05:00"))
    event = draw(st.none() | event_records(near_days()))
    if event is not None:
        event |= {"location": draw(st.none() | phrases(2)), "webcast": None}
    return {
        "type": draw(st.sampled_from(TYPES)),
        "title": draw(phrases()) or None,
        "published": draw(published if event is None else st.none() | published),
        "updated": draw(st.none() | published),
        "topics": draw(st.lists(st.sampled_from(TOPICS), max_size=2, unique=True)),
        "summary": draw(phrases()) or None,
        "event": event,
    }


@st.composite
def kept_items(draw: st.DrawFn, item_id: str) -> Kept:
    """An item of that id as the store keeps it, withdrawn or not."""
    item = item_from({"id": item_id, **draw(near_records())})
    first_seen = NOW - timedelta(seconds=draw(st.integers(0, 10_000_000)))
    withdrawn = draw(st.none() | st.just(NOW - timedelta(days=1)))
    return keep(
        item,
        first_seen=first_seen,
        at=first_seen + timedelta(hours=draw(st.integers(0, 3))),
        withdrawn=withdrawn,
        was_coming=withdrawn is None or draw(st.booleans()),
    )


def relative_days() -> SearchStrategy[Day]:
    counted = st.builds(Day, days=st.integers(-120, 120)) | st.builds(Day, months=st.integers(-14, 14))
    return st.just(Day()) | counted


def near_bounds() -> SearchStrategy[Day]:
    return near_days().map(lambda day: Day(fixed=day)) | relative_days()


OF_ITEMS = tuple(only for only in BREADTH if only != "changes")
"""What lists of items hold; the ledger has queries of its own."""


@st.composite
def queries(draw: st.DrawFn, *, bases: bool = True) -> Query:
    """A query of items as `from_args` makes it, perhaps one that narrows another."""
    only = draw(st.sampled_from(OF_ITEMS))
    args = _asked(draw, only)
    base = draw(st.none() | queries(bases=False)) if bases else None
    return Query.from_args(args, only=only, base=base)


@st.composite
def queries_of_changes(draw: st.DrawFn) -> Query:
    return Query.from_args(_asked(draw, "changes"), only="changes")


def _asked(draw: st.DrawFn, only: Only) -> dict[str, list[str]]:
    """Parameters, few at once, or nothing would match."""
    args = {
        "type": draw(st.lists(st.sampled_from(TYPES), max_size=2)),
        "topic": draw(st.lists(st.sampled_from(TOPICS), max_size=2)),
        "q": draw(st.lists(phrases(2), max_size=1)),
        "from": draw(st.lists(near_bounds().map(str), max_size=1)),
        "to": draw(st.lists(near_bounds().map(str), max_size=1)),
        "status": draw(st.lists(st.sampled_from(STATUSES), max_size=2)),
        "order": draw(st.lists(st.sampled_from(ORDERS), max_size=1)),
        "limit": draw(
            st.lists(st.integers(1, CALENDAR_MOST if only == "calendar" else NEWS_MOST).map(str), max_size=1)
        ),
        "page": draw(st.lists(st.integers(1, 9).map(str), max_size=1)),
        "archive": draw(st.lists(near_days().map(lambda day: f"{day:%Y-%m}"), max_size=1)),
        "change": draw(st.lists(st.sampled_from(CHANGES), max_size=4)),
        "cancelled": draw(st.lists(st.sampled_from(CANCELLED), max_size=1)),
        "alarm": draw(st.lists(st.integers(0, ALARM_MOST).map(str), max_size=1)),
        "busy": draw(st.lists(st.sampled_from("01"), max_size=1)),
    }
    asked = draw(st.sets(st.sampled_from(sorted(args)), max_size=4))
    return {name: args[name] for name in asked}
