"""Item, Event and Link: what a record gives.

Its one rule: this is the one validation. Whatever is an Item is clean, dated and publishable; nobody asks again.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Literal, Self

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

DEFAULT_ZONE = "America/New_York"


class Value(BaseModel):
    """A frozen part of a record; null, blank and empty values are the same as a missing field."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, raw: object) -> object:
        if not isinstance(raw, dict) and not isinstance(raw, Mapping):  # the latter alone is slow to ask
            return raw
        for value in raw.values():
            if not value or (isinstance(value, str) and value.isspace()):
                return {key: value for key, value in raw.items() if not blank(value)}
        return raw if isinstance(raw, dict) else dict(raw)

    @model_validator(mode="after")
    def _without_emptied(self) -> Self:
        """A text that cleaning left empty is missing, too."""
        if "" in self.__dict__.values():
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
        known = dict(raw)
        floating = False
        for name in ("start", "end"):
            value = raw.get(name)
            if isinstance(value, str) and not blank(value):
                known[name] = _parsed_edge(name, value, tz)
                floating = floating or _is_floating(value)
        if floating and blank(raw.get("timezone")):
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
    if value[-6:-5] in ("+", "-"):  # the offset; of a day alone, what stands before the month
        return False
    clock = text.clean_line(value)[10:]
    return bool(clock) and not any(mark in clock for mark in "Zz+-")


def _comparable(edge: date | datetime) -> datetime:
    """An instant in UTC: within one zone, Python compares clock faces, which show one hour twice (PEP 495)."""
    return times.sort_instant(edge, times.zone("UTC"))


def _day(edge: date | datetime) -> date:
    return edge.date() if isinstance(edge, datetime) else edge


class Item(Value):
    """One published thing. `id` is "" only between reading and `identity.identify`."""

    id: Id = Field(default="", description="lasting name; left out, it is made from url or title and date")
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
        if self.topics:
            unique = {text.slug(topic): topic for topic in reversed(self.topics) if topic}
            if len(unique) < len(self.topics):
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
        """The words that `q` looks in."""
        return text.search_text([self.searched])

    @property
    def searched(self) -> str:
        """The texts that `q` looks in, a line each: title, summary, topics, place."""
        place = self.event.location if self.event else None
        return "\n".join([part for part in (self.title, self.summary, *self.topics, place) if part])


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
