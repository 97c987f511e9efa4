"""The values of the service: Item, Event, Link as records give them; Kept and Feed as store and web hold them.

Its one rule: this is the one validation. Whatever is an Item is clean, dated and publishable; nobody asks again.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, model_validator

from cecc_feeds import text, times
from cecc_feeds.errors import RecordError
from cecc_feeds.fields import (
    Edge,
    Id,
    Language,
    Line,
    LinkUrl,
    Prose,
    Stamp,
    Url,
    blank,
    sentences,
    shown,
)

CANCELLED_DAYS = 90
"""How many days after its end a cancelled or withdrawn event stays in calendars (interface.md, 4)."""

DEFAULT_ZONE = "America/New_York"


class Value(BaseModel):
    """A frozen part of a record; null, blank and empty values are the same as a missing field."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, raw: object) -> object:
        if not isinstance(raw, Mapping):
            return raw
        return {key: value for key, value in raw.items() if not blank(value)}

    @model_validator(mode="after")
    def _without_emptied(self) -> Self:
        """A text that cleaning left empty is missing, too."""
        for name, described in type(self).model_fields.items():
            if getattr(self, name) == "" and described.default is None:
                object.__setattr__(self, name, None)
                self.__pydantic_fields_set__.discard(name)
        return self


class Link(Value):
    """A document or page that belongs to an item; `rel` such as transcript, webcast, related."""

    rel: Line | None = None
    title: Line | None = None
    url: LinkUrl
    type: Line | None = Field(default=None, description="media type, such as application/pdf")


class Event(Value):
    """When and where. Timed edges are aware, in a ZoneInfo zone; all-day edges are dates, `end` the last day.

    `end` None: the end is unknown. `start` a date and `end` None: the day is known, the time is not.
    """

    start: Edge
    end: Edge | None = None
    timezone: Line | None = None
    location: Line | None = None
    status: Literal["confirmed", "tentative", "postponed", "cancelled"] | None = None
    webcast: Url | None = None

    @model_validator(mode="before")
    @classmethod
    def _read_edges(cls, raw: object, info: ValidationInfo) -> object:
        if not isinstance(raw, Mapping):
            return raw
        zone = _zone_name(raw, info)
        tz = times.zone(zone)
        written = {name: raw[name] for name in ("start", "end") if isinstance(raw.get(name), str)}
        written = {name: value for name, value in written.items() if value.strip()}
        known = {**raw, **{name: _parsed_edge(name, value, tz) for name, value in written.items()}}
        if blank(raw.get("timezone")) and any(map(_is_floating, written.values())):
            known["timezone"] = zone
        return known

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end is None:
            return self
        if isinstance(self.start, datetime) != isinstance(self.end, datetime):
            raise RecordError("start and end must both be dates or both be date-times")
        start, end = _comparable(self.start), _comparable(self.end)
        if end < start:
            raise RecordError(f"the end {times.fmt_stamp(self.end)} is before the start {times.fmt_stamp(self.start)}")
        if end == start and not self.all_day:
            object.__setattr__(self, "end", None)
            self.__pydantic_fields_set__.discard("end")
        return self

    @property
    def all_day(self) -> bool:
        return not isinstance(self.start, datetime)

    @property
    def zone(self) -> str | None:
        """The IANA name of the zone that the edges are in; None for all-day events."""
        return getattr(self.start.tzinfo, "key", None) if isinstance(self.start, datetime) else None

    @property
    def first_day(self) -> date:
        return _day(self.start)

    @property
    def last_day(self) -> date:
        """The last day it touches; an event that ends at midnight does not touch the next day."""
        if isinstance(self.end, datetime):
            return max(self.first_day, (self.end - timedelta(seconds=1)).date())
        return self.first_day if self.end is None else _day(self.end)

    @property
    def standing(self) -> str:
        """The status, `confirmed` where the record says none."""
        return self.status or "confirmed"


def _zone_name(raw: Mapping[str, Any], info: ValidationInfo) -> str:
    named = raw.get("timezone")
    if blank(named):
        return str((info.context or {}).get("zone", DEFAULT_ZONE))
    return text.clean_line(named if isinstance(named, str) else shown(named))


def _parsed_edge(name: str, value: str, tz: Any) -> date | datetime:
    try:
        return times.parse_edge(text.clean_line(value), tz)
    except RecordError as error:
        raise RecordError(f"{name}: {error}") from None


def _is_floating(value: str) -> bool:
    """A date-time without offset: the zone that gave it its instant belongs into the record."""
    clock = text.clean_line(value)[10:]
    return bool(clock) and not any(mark in clock for mark in "Zz+-")


def _comparable(edge: date | datetime) -> datetime:
    """An instant in UTC: within one zone, Python compares clock faces, which show one hour twice (PEP 495)."""
    return times.sort_instant(edge, times.zone("UTC"))


def _day(edge: date | datetime) -> date:
    return edge.date() if isinstance(edge, datetime) else edge


class Item(Value):
    """One published thing. `id` is "" only between reading and `identity.identify`."""

    id: Id | Literal[""] = Field(
        default="", description="lasting name; left out, it is made from url or title and date"
    )
    type: Line = Field(description="free text, such as Hearing, Roundtable, Analysis, Press Release")
    title: Line | None = None
    url: Url | None = None
    published: Stamp | None = Field(default=None, description="date of the record, never of the event")
    updated: Stamp | None = None
    topics: tuple[Line, ...] = ()
    summary: Prose | None = Field(default=None, description="plain text; paragraphs parted by a blank line")
    language: Language | None = None
    event: Event | None = None
    links: tuple[Link, ...] = ()

    @model_validator(mode="after")
    def _dated_and_named(self) -> Self:
        if not self.type:
            raise RecordError('"type" is missing')
        if self.published is None and self.event is None:
            raise RecordError('needs "published" or "event": nothing says when')
        unique = {text.slug(topic): topic for topic in reversed(self.topics) if topic}
        object.__setattr__(self, "topics", tuple(reversed(unique.values())))
        return self

    @property
    def type_slug(self) -> str:
        return text.slug(self.type)

    @property
    def topic_slugs(self) -> tuple[str, ...]:
        return tuple(text.slug(topic) for topic in self.topics)

    @property
    def heading(self) -> str:
        """What stands where a title should: the title, else the first words, else type and date (display only)."""
        if self.title:
            return self.title
        if self.summary:
            return text.shorten(text.clean_line(self.summary), 90)
        if self.event:
            return f"{self.type}, {times.day_words(self.event.first_day)}"
        return f"{self.type}, published {times.day_words(_day(self.published or date.min))}"

    @property
    def search_text(self) -> str:
        """The words that `q` looks in: title, summary, topics, place."""
        place = self.event.location if self.event else None
        return text.search_text(part for part in (self.title, self.summary, *self.topics, place) if part)


def item_from(raw: object, *, zone: str = DEFAULT_ZONE) -> Item:
    """The Item that a decoded record (a mapping) stands for; naive event times are in `zone` unless it names one.

    Raises RecordError with one sentence that names every bad field.
    """
    if not isinstance(raw, Mapping):
        raise RecordError(f"a record must be an object with fields, not {shown(raw)}")
    try:
        return Item.model_validate(raw, context={"zone": zone})
    except ValidationError as error:
        raise RecordError("; ".join(sentences(error, FIELDS))) from None


FIELDS = (
    *Item.model_fields,
    *(f"event.{name}" for name in Event.model_fields),
    *(f"links.{name}" for name in Link.model_fields),
)


def canonical(item: Item) -> dict[str, Any]:
    """The record in its one form: fields in the order of the interface, missing ones left out, times with offset."""
    return {name: _plain(value) for name, value in _present(item)}


def _present(value: Value) -> Iterable[tuple[str, Any]]:
    for name in type(value).model_fields:
        part = getattr(value, name)
        if part not in (None, "", ()):
            yield name, part


def _plain(value: Any) -> Any:
    if isinstance(value, Value):
        return {name: _plain(part) for name, part in _present(value)}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return times.fmt_stamp(value) if isinstance(value, date) else value


def record_line(item: Item) -> str:
    """The canonical record as one line of JSON, without the newline."""
    return json.dumps(canonical(item), ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that was not taken: `where` is FILE:LINE or FILE#ID, `why` quotes the offending text."""

    where: str
    why: str

    def __str__(self) -> str:
        return f"{self.where}: {self.why}"


@dataclass(frozen=True, slots=True)
class Revision:
    """The state of an item's bytes in one family of formats: when they last changed (UTC, whole seconds), how often."""

    at: datetime
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """An item as the store keeps it.

    `dated` is the instant that the item is listed under and `dated_day` its local day (see `dated`). `calendar` is None
    where the item has no event. `withdrawn` is when its sources stopped naming it, `was_coming` whether the event still
    lay ahead then; `news_line` is what entries say first of its last change.
    """

    item: Item
    first_seen: datetime
    dated: datetime
    dated_day: date
    news: Revision
    calendar: Revision | None = None
    withdrawn: datetime | None = None
    was_coming: bool = True
    news_line: str = ""

    @property
    def called_off(self) -> bool:
        """Whether calendars say STATUS:CANCELLED."""
        event = self.item.event
        return event is not None and (self.withdrawn is not None or event.standing == "cancelled")

    @property
    def shown_until(self) -> date | None:
        """The last day on which calendars hold the event; None: for ever (clients.md 2.6)."""
        event = self.item.event
        if event is None or not self.called_off:
            return None
        if self.withdrawn is not None and not self.was_coming:
            return date.min
        return event.last_day + timedelta(days=CANCELLED_DAYS)


def dated(item: Item, *, first_seen: datetime, zone: str) -> tuple[datetime, date]:
    """The instant (UTC) and local day that an item is listed under (clients.md 3.1, 4): never later than first seen.

    Where no date was published: when it was first seen, but an event that was over by then on its last day, so that an
    archive taken in today is not today's news.
    """
    tz = times.zone(zone)
    if isinstance(item.published, datetime):
        return min(times.utc(item.published), first_seen), item.published.astimezone(tz).date()
    seen = first_seen.astimezone(tz).date()
    over = item.event.last_day if item.event and item.event.last_day < seen else None
    day = item.published or over
    return (first_seen, seen) if day is None else (min(_noon(day, tz), first_seen), day)


def _noon(day: date, tz: ZoneInfo) -> datetime:
    return times.utc(datetime(day.year, day.month, day.day, 12, tzinfo=tz))


@dataclass(frozen=True, slots=True)
class Edition:
    """All that an entry's bytes depend on besides its item: a changed edition means that entries are rendered anew."""

    base_url: str = "http://127.0.0.1:8000"
    uid_domain: str = "cecc.gov"
    zone: str = DEFAULT_ZONE
    publisher: str = "Congressional-Executive Commission on China"
    version: str = "0"

    def uid(self, item_id: str) -> str:
        """The iCalendar UID (RFC 5545 3.8.4.7), which outlives addresses and databases."""
        return f"{item_id}@{self.uid_domain}"

    def entry_id(self, item_id: str) -> str:
        """The tag URI (RFC 4151) that is atom:id, RSS guid and JSON Feed id."""
        return f"tag:{self.uid_domain},2002:item/{item_id}"

    def change_id(self, item_id: str, at: datetime) -> str:
        return f"tag:{self.uid_domain},2002:change/{item_id}/{times.utc(at):%Y%m%dT%H%M%SZ}"

    def item_url(self, item_id: str, suffix: str = "") -> str:
        return f"{self.base_url}/items/{item_id}{suffix}"


@dataclass(frozen=True, slots=True)
class Feed:
    """What a document says around its entries.

    `path` is the list's address without suffix, percent-encoded, `args` the canonical query ("" or "from=today") and
    `calendar_args` that of the `.ics` where it differs; `modified` (UTC) is at once HTTP Last-Modified, atom:updated,
    lastBuildDate and the calendar's LAST-MODIFIED; `newest` the newest `dated` among the entries; `zones` the
    TZIDs that the entries use; `note` the sentence that says what was cut; `pages` RFC 5005 relations to addresses;
    `deleted` (entry id, when) of withdrawn items.
    """

    edition: Edition
    path: str
    title: str
    description: str
    modified: datetime
    args: str = ""
    calendar_args: str | None = None
    newest: datetime | None = None
    zones: tuple[str, ...] = ()
    note: str = ""
    pages: Mapping[str, str] = field(default_factory=dict)
    deleted: tuple[tuple[str, datetime], ...] = ()
    alarm: int | None = None
    busy: bool = False
    keep_cancelled: bool = False
    archive: bool = False

    def url(self, suffix: str = "") -> str:
        """The absolute canonical address of this list in one format ("" is the page for people)."""
        args = self.args if suffix != ".ics" or self.calendar_args is None else self.calendar_args
        return f"{self.edition.base_url}{self.path}{suffix}" + (f"?{args}" if args else "")

    @property
    def id(self) -> str:
        """atom:id of the feed: a tag URI that does not move with the address of the service."""
        return f"tag:{self.edition.uid_domain},2002:feed{self.path}" + (f"?{self.args}" if self.args else "")
