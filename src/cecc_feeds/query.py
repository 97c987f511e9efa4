"""Query: which items a list holds and in which order; its one spelling and its sentence.

Its one rule: `matches` and `sort_key` are the meaning; the store's SQL only has to agree with them.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any, Literal, TypeVar
from urllib.parse import urlencode

from cecc_feeds import text, times
from cecc_feeds.errors import QueryError, RecordError
from cecc_feeds.fields import CHANGES, STATUSES
from cecc_feeds.model import Kept

T = TypeVar("T")
S = TypeVar("S", bound=str)
Only = Literal["items", "changes", "events", "calendar"]
Cancelled = Literal["status", "keep", "drop"]
Order = Literal["start", "published", "updated"]

NEWS_LIMIT = 50
NEWS_MOST = 500
ARCHIVE_LIMIT = 100
CALENDAR_MOST = 5_000
ALARM_MOST = 40_320
"""Four weeks in minutes."""

BREADTH: tuple[Only, ...] = ("items", "changes", "events", "calendar")
CANCELLED: tuple[Cancelled, ...] = ("status", "keep", "drop")
ORDERS: tuple[Order, ...] = ("start", "published", "updated")
PARAMETERS = (
    "type", "topic", "q", "from", "to", "status", "change", "order", "limit", "page", "archive",
    "alarm", "busy", "cancelled",
)  # fmt: skip
"""The names that `from_args` reads; any other is ignored."""

WORDS = {"d": "day", "m": "month", "y": "year"}
UNITS = {"d": (1, 0), "w": (7, 0), "m": (0, 1), "y": (0, 12)}
MONTH = re.compile(r"(?!0000|9999)\d{4}-(?:0[1-9]|1[0-2])", re.ASCII)
RELATIVE = re.compile(r"([+-])(\d{1,5})([dwmy])", re.ASCII)
FAR_PAST, FAR_FUTURE = date(1, 1, 2), date(9999, 12, 30)


@dataclass(frozen=True, slots=True)
class Day:
    """A day as parameters name it: fixed, or so many days or months from today (one of the two is 0)."""

    fixed: date | None = None
    days: int = 0
    months: int = 0

    def on(self, today: date) -> date:
        """The day it means today; a month too short for its day ends with it; held within the years 1 to 9999."""
        if self.fixed:
            return self.fixed
        months = today.year * 12 + today.month - 1 + self.months
        year, month = divmod(months, 12)
        if not 1 <= year <= 9998:
            return FAR_PAST if year < 1 else FAR_FUTURE
        day = date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))
        low, high = (FAR_PAST - day).days, (FAR_FUTURE - day).days
        return day + timedelta(days=min(max(self.days, low), high))

    def __str__(self) -> str:
        if self.fixed:
            return self.fixed.isoformat()
        if self.months:
            years, rest = divmod(abs(self.months), 12)
            return f"{'-' if self.months < 0 else '+'}{abs(self.months) if rest else years}{'m' if rest else 'y'}"
        return f"{self.days:+d}d" if self.days else "today"

    @classmethod
    def parse(cls, spelling: str) -> "Day":
        """`2026-04-30`, `today`, `-90d`, `+1y` (also w, m); raises ValueError for anything else."""
        if spelling.lower() == "today":
            return cls()
        relative = RELATIVE.fullmatch(spelling.lower())
        if not relative:
            if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", spelling, re.ASCII):
                raise ValueError(spelling)
            return cls(fixed=date.fromisoformat(spelling))
        sign = -1 if relative[1] == "-" else 1
        days, months = (sign * int(relative[2]) * part for part in UNITS[relative[3]])
        if abs(days) > 36_600 or abs(months) > 1_200:
            raise ValueError(spelling)
        return cls(days=days, months=months)

    @property
    def relative(self) -> bool:
        return self.fixed is None

    @property
    def in_words(self) -> str:
        """`2026-04-30`, `today`, `90 days ago`, `1 year from today`."""
        spelling = str(self)
        if self.fixed or spelling == "today":
            return spelling
        number = int(spelling[1:-1])
        unit = WORDS[spelling[-1]] + ("" if number == 1 else "s")
        return f"{number:,} {unit} {'ago' if spelling[0] == '-' else 'from today'}"


@dataclass(frozen=True, slots=True)
class Query:
    """A selection of items. `base` is the list it narrows: the path's or the named feed's own query.

    `types` and `topics` hold slugs, any of which will do; `words` must all occur; `start` and `until` are the days of
    `from` and `to`. `only`: everything, the changes of everything, what has an event, or what belongs into a calendar.
    `archive` is the first day of the month that a page of the archive holds (RFC 5005, 4).
    """

    only: Only = "items"
    base: "Query | None" = None
    types: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    start: Day | None = None
    until: Day | None = None
    status: tuple[str, ...] = ()
    change: tuple[str, ...] = ()
    order: Order | None = None
    limit: int | None = None
    page: int = 1
    archive: date | None = None
    alarm: int | None = None
    busy: bool = False
    cancelled: Cancelled | None = None

    @classmethod
    def from_args(
        cls, args: Mapping[str, Iterable[str]], *, only: Only = "items", base: "Query | None" = None
    ) -> "Query":
        """Read a request's parameters (name to values). Unknown names are ignored; raises QueryError for bad values."""
        given = {name: [value for value in values if value.strip()] for name, values in args.items()}
        cancelled = _one(given, "cancelled", lambda name, value: _choice(name, value, CANCELLED))
        limit = CALENDAR_MOST if only == "calendar" else NEWS_MOST
        return cls(
            only=only,
            base=base,
            types=_slugs(given.get("type", [])),
            topics=_slugs(given.get("topic", [])),
            words=_words(given.get("q", [])),
            start=_one(given, "from", _day),
            until=_one(given, "to", _day),
            status=_choices("status", given.get("status", []), STATUSES),
            change=_choices("change", given.get("change", []), CHANGES) if only == "changes" else (),
            order=_one(given, "order", lambda name, value: _choice(name, value, ORDERS)),
            limit=_one(given, "limit", lambda name, value: _number(name, value, 1, limit)),
            page=_one(given, "page", lambda name, value: _number(name, value, 1, 100_000)) or 1,
            archive=_one(given, "archive", _month),
            alarm=_one(given, "alarm", lambda name, value: _number(name, value, 0, ALARM_MOST)),
            busy=bool(_one(given, "busy", lambda name, value: _number(name, value, 0, 1))),
            cancelled=None if cancelled == (base or cls()).cancelled_as else cancelled,
        )

    def pairs(self) -> list[tuple[str, str]]:
        """The parameters in their one order and spelling; those of `base` stand in the path and are left out."""
        spelled: list[tuple[str, object]] = [
            ("type", ",".join(self.types)),
            ("topic", ",".join(self.topics)),
            ("q", " ".join(self.words)),
            ("from", self.start),
            ("to", self.until),
            ("status", ",".join(self.status)),
            ("change", ",".join(self.change)),
            ("order", self.order),
            ("limit", self.limit),
            ("page", self.page if self.page > 1 else None),
            ("archive", self.archive and self.archive.isoformat()[:7]),
            ("alarm", self.alarm),
            ("busy", 1 if self.busy else None),
            ("cancelled", self.cancelled),
        ]
        return [(name, str(value)) for name, value in spelled if value is not None and value != ""]

    def to_args(self) -> str:
        """The one spelling as a query string, "" when nothing is asked: for links, self addresses and cache keys."""
        return urlencode(self.pairs(), safe=",")

    def all(self) -> "tuple[Query, ...]":
        """This query and those it narrows: an item must match each."""
        return (self, *self.base.all()) if self.base else (self,)

    @property
    def scope(self) -> Only:
        return max((query.only for query in self.all()), key=BREADTH.index) if self.base else self.only

    @property
    def by_event(self) -> bool:
        """Whether `from` and `to` are days of the event."""
        return self.scope in ("events", "calendar")

    @property
    def ordering(self) -> Order:
        return next((query.order for query in self.all() if query.order), "published")

    @property
    def size(self) -> int | None:
        """The limit asked for; None: the default of the format."""
        return next((query.limit for query in self.all() if query.limit), None)

    @property
    def page_size(self) -> int:
        """How many entries a page of news holds; a named feed's limit may be one that only calendars take."""
        if self.archive:
            return self.limit or ARCHIVE_LIMIT
        return min(self.size or NEWS_LIMIT, NEWS_MOST)

    @property
    def reminder(self) -> int | None:
        """Minutes before each event at which calendars remind; None: they don't."""
        return next((query.alarm for query in self.all() if query.alarm is not None), None)

    @property
    def blocks_time(self) -> bool:
        return any(query.busy for query in self.all())

    @property
    def cancelled_as(self) -> Cancelled:
        """How a calendar tells of cancelled and withdrawn events: by their status, under the title only, not at all."""
        return next((query.cancelled for query in self.all() if query.cancelled is not None), "status")

    def matches(self, kept: Kept, *, today: date) -> bool:
        """Whether the list holds the item on that day."""
        if self.scope == "calendar" and self.cancelled_as == "drop" and kept.called_off:
            return False
        return _in_scope(kept, self.scope, today) and all(
            query.narrows(kept, by_event=self.by_event, today=today) for query in self.all()
        )

    def narrows(self, kept: Kept, *, by_event: bool, today: date) -> bool:
        """Whether this query alone, its base and scope left aside, takes the item."""
        item = kept.item
        first, last = (
            (item.event.first_day, item.event.last_day) if by_event and item.event else (kept.dated_day, kept.dated_day)
        )
        found = item.search_text if self.words else ""
        return (
            (not self.types or item.type_slug in self.types)
            and (not self.topics or not set(self.topics).isdisjoint(item.topic_slugs))
            and (not self.status or (item.event is not None and item.event.standing in self.status))
            and (self.start is None or last >= self.start.on(today))
            and (self.until is None or first <= self.until.on(today))
            and (self.archive is None or kept.dated_day.replace(day=1) == self.archive)
            and all(sought(word) in found for word in self.words)
        )

    def describe(self, names: Mapping[str, str] | None = None) -> str:
        """The sentence people read, such as "Hearing about Tibet with the words law and water since 2026-01-01".

        `names` gives the spelling of slugs. "" when nothing is asked.
        """
        named = names or {}
        parts = [
            _listed([named.get(slug, slug) for slug in self.types], "or"),
            _phrase("about", _listed([named.get(slug, slug) for slug in self.topics], "or")),
            _phrase("with", _listed([f"“{word}”" for word in self.words], "and")),
            _phrase("from", self.start.in_words if self.start else ""),
            _phrase("to", self.until.in_words if self.until else ""),
            _phrase("that are", _listed(list(self.status), "or")),
            _phrase("of the kind", _listed(list(self.change), "or")),
            _phrase("of", self.archive.isoformat()[:7] if self.archive else ""),
        ]
        return " ".join(part for part in parts if part)

    def renamed(self, types: Mapping[str, str], topics: Mapping[str, str]) -> "Query":
        """The same query by the present slugs of types and topics; old ones to present ones are given."""
        return replace(
            self,
            base=self.base and self.base.renamed(types, topics),
            types=tuple(sorted({types.get(slug, slug) for slug in self.types})),
            topics=tuple(sorted({topics.get(slug, slug) for slug in self.topics})),
        )

    def without(self, *names: str) -> "Query":
        """The same query with those fields at their defaults."""
        return replace(self, **{name: DEFAULTS[name] for name in names})


DEFAULTS: dict[str, Any] = {part.name: part.default for part in fields(Query)}
"""What each field of a Query is where nothing is asked."""


def sought(word: str) -> str:
    """What to look for in `Item.search_text`: a whole word, or a substring where Chinese or Japanese has no blanks."""
    return word if text.is_cjk(word) else f" {word} "


def _in_scope(kept: Kept, scope: Only, today: date) -> bool:
    if scope in ("items", "changes"):
        return True
    if kept.item.event is None:
        return False
    return scope == "events" or kept.shown_until is None or kept.shown_until >= today


def sort_key(query: Query, zone: str) -> Callable[[Kept], tuple[float, str]]:
    """Ascending key of a list: newest first by `published` or `updated`, soonest first by `start`; ties by id."""
    tz = times.zone(zone)

    def key(kept: Kept) -> tuple[float, str]:
        item = kept.item
        if query.ordering == "start":
            return (times.sort_instant(item.event.start, tz).timestamp() if item.event else float("inf")), item.id
        if query.ordering == "updated" and item.updated is not None:
            return -times.sort_instant(item.updated, tz).timestamp(), item.id
        return -kept.dated.timestamp(), item.id

    return key


def _one(given: Mapping[str, list[str]], name: str, read: Callable[[str, str], T]) -> T | None:
    values = given.get(name)
    return read(name, values[-1]) if values else None


def _parts(values: Iterable[str]) -> Iterable[str]:
    return (part for value in values for part in value.split(",") if part.strip())


def _slugs(values: Iterable[str]) -> tuple[str, ...]:
    slugs = tuple(sorted({text.slug(part) for part in _parts(values)}))
    if len(slugs) > 50:
        raise QueryError("type or topic", "takes at most 50 names")
    return slugs


def _words(values: Iterable[str]) -> tuple[str, ...]:
    found = tuple(sorted({word for value in values for word in text.words(value)}))
    if len(found) > 30 or sum(map(len, found)) > 500:
        raise QueryError("q", "takes at most 30 words of 500 characters in all")
    return found


def _choices(name: str, values: Iterable[str], known: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({_choice(name, part, known) for part in _parts(values)}))


def _choice(name: str, value: str, known: Sequence[S]) -> S:
    for word in known:
        if word == value.strip().lower():
            return word
    raise QueryError(name, f"takes {', '.join(known)}; not {_quoted(value)}")


def _day(name: str, value: str) -> Day:
    spelling = value.strip()
    if value[:1] == " " and spelling[:1].isdigit() and RELATIVE.fullmatch(f"+{spelling.lower()}"):
        spelling = f"+{spelling}"
    try:
        return Day.parse(spelling)
    except (ValueError, RecordError):
        raise QueryError(name, f"takes a day such as 2026-04-30, today, -90d or +1y; not {_quoted(value)}") from None


def _month(name: str, value: str) -> date:
    if not MONTH.fullmatch(value.strip()):
        raise QueryError(name, f"takes a month such as 2026-04; not {_quoted(value)}")
    return date.fromisoformat(f"{value.strip()}-01")


def _number(name: str, value: str, least: int, most: int) -> int:
    digits = value.strip()
    if re.fullmatch(r"\d{1,6}", digits, re.ASCII) and least <= int(digits) <= most:
        return int(digits)
    raise QueryError(name, f"takes a whole number from {least} to {most}; not {_quoted(value)}")


def _quoted(value: str) -> str:
    return f'"{text.shorten(text.clean_line(value), 60)}"'


def _listed(parts: list[str], joiner: str) -> str:
    return f" {joiner} ".join((", ".join(parts[:-1]), parts[-1])) if len(parts) > 1 else "".join(parts)


def _phrase(opening: str, rest: str) -> str:
    return f"{opening} {rest}" if rest else ""
