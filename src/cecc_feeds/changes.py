"""What differs between two states of an item, each difference with the sentence that a person reads; the next revision.

Its one rule: a sentence names facts of the two states only, never the time of day it is said.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cecc_feeds import times
from cecc_feeds.model import Event, Item, Kept, Link, Revision, record_line


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that changed. `kind` is one of `fields.CHANGES`, `field` the record's, "" where it is the whole item;
    `old` and `new` are the values as records spell them, "" for none."""

    kind: str
    sentence: str
    field: str = ""
    old: str = ""
    new: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """An entry of the ledger: all that changed of an item at one moment (UTC); `item` is what it was afterwards."""

    item: Item
    at: datetime
    differences: tuple[Difference, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(difference.kind for difference in self.differences))

    @property
    def sentences(self) -> tuple[str, ...]:
        return tuple(difference.sentence for difference in self.differences)


NEWSWORTHY = frozenset({"scheduled", "moved", "place", "tentative", "confirmed", "returned", "transcript", "webcast"})
"""What entries say first (clients.md 2.6); that an event is cancelled or postponed they say anyway."""


def revised(old: Revision | None, now: datetime) -> Revision:
    """The revision after `old` (None: the first): at least a second later, SEQUENCE one more (clients.md 2.5)."""
    at = now.replace(microsecond=0)
    return Revision(at) if old is None else Revision(max(at, old.at + timedelta(seconds=1)), old.sequence + 1)


ANNOUNCED = "announced"


def announced(item: Item) -> Difference:
    """The difference that makes an item known."""
    return Difference(ANNOUNCED, f"New: {when_and_where(item.event)}" if item.event else "New")


WITHDRAWN = Difference("withdrawn", "Withdrawn")
RETURNED = Difference("returned", "Back again")
"""What was withdrawn is named again by a source."""


def joined(other: str) -> Difference:
    """What is told of an item that was found to be the one of that id."""
    return Difference("joined", f"Is one with {other}, which stays", "id", "", other)


def from_to(old: Kept | None, new: Item) -> list[Difference]:
    """What is told when the sources name an item: that it is new, back again, or what is different."""
    if old is None:
        return [announced(new)]
    return [*([RETURNED] if old.withdrawn else []), *differences(old.item, new)]


def differences(old: Item, new: Item) -> list[Difference]:
    """What changed from one state to the other, what matters most first; [] exactly when the records are equal."""
    found = [*_of_event(old.event, new.event), *_of_links(old, new), *_of_fields(old, new)]
    if not found and record_line(old) != record_line(new):
        found.append(Difference("text", "Details changed"))
    return found


def when_and_where(event: Event) -> str:
    """`Thursday, April 30, 2015, 2:00–4:00 p.m. EDT, Room 301`."""
    when = times.span_words(event.start, event.end)
    return f"{when}, {event.location}" if event.location else when


def news(change: Change | None, item: Item, zone: str) -> str:
    """The first line of an entry of the item: `Changed November 24, 2026: Moved from …`; "" for nothing worth it."""
    if change is None:
        return ""
    standing = item.event.standing if item.event else ""
    overtaken = STANDINGS.keys() - {standing}  # what it was once and is no longer
    told = [one.sentence for one in change.differences if one.kind in NEWSWORTHY - overtaken]
    if not told:
        return ""
    return f"Changed {times.day_words(times.local_day(change.at, times.zone(zone)))}: {'; '.join(told)}."


def _of_event(old: Event | None, new: Event | None) -> Iterable[Difference]:
    if old is None or new is None:
        if new is not None:
            what = "Day" if _day_only(new) else "Time"
            yield Difference("scheduled", f"{what} announced: {when_and_where(new)}", "event.start", "", _spelled(new))
        elif old is not None:
            was = times.span_words(old.start, old.end)
            yield Difference("moved", f"No longer announced for {was}", "event.start", _spelled(old), "")
        return
    if old.standing != new.standing:
        yield Difference(new.standing, STANDINGS[new.standing], "event.status", old.standing, new.standing)
    yield from _of_time(old, new)
    if old.location != new.location:
        was = f" (was {old.location})" if old.location else ""
        sentence = f"Place: {new.location or 'to be announced'}{was}"
        yield Difference("place", sentence, "event.location", old.location or "", new.location or "")
    if old.webcast != new.webcast:
        sentence = (
            "Webcast removed" if not new.webcast else "Webcast address changed" if old.webcast else "Webcast added"
        )
        yield Difference("webcast", sentence, "event.webcast", old.webcast or "", new.webcast or "")


def _of_time(old: Event, new: Event) -> Iterable[Difference]:
    before, after = times.span_words(old.start, old.end), times.span_words(new.start, new.end)
    edges = _spelled(old), _spelled(new)
    if _day_only(new) and not old.all_day and old.first_day == new.first_day:
        yield Difference("moved", f"Time to be announced (was {before})", "event.start", *edges)
    elif _day_only(old) and not new.all_day and old.first_day == new.first_day:
        yield Difference("scheduled", f"Time announced: {after}", "event.start", *edges)
    elif _instant(old.start) != _instant(new.start):
        yield Difference("moved", f"Moved from {before} to {after}", "event.start", *edges)
    elif before != after:
        yield Difference("moved", f"Now {after}", "event.end" if old.start == new.start else "event.start", *edges)


def _day_only(event: Event) -> bool:
    """Whether the day is known and the time is not."""
    return event.all_day and event.end is None


def _spelled(event: Event) -> str:
    """Start and end as RFC 3339 writes an interval in words: both edges, parted by a slash; one where it is all."""
    return "/".join(times.fmt_stamp(edge) for edge in (event.start, event.end) if edge is not None)


def _instant(edge: date | datetime) -> date | datetime:
    """What tells two starts apart: clocks of one zone compare as they read, also in the hour that comes twice."""
    return times.utc(edge) if isinstance(edge, datetime) else edge


STANDINGS = {
    "confirmed": "Confirmed",
    "tentative": "Tentative",
    "postponed": "Postponed",
    "cancelled": "Cancelled",
}


def _of_links(old: Item, new: Item) -> Iterable[Difference]:
    before, after = ({link.url: link for link in item.links} for item in (old, new))
    for url, link in after.items():
        if url not in before:
            yield _of_link(link, "Transcript posted", "Link added", new=url)
        elif _is_transcript(link) and not _is_transcript(before[url]):
            yield _of_link(link, "Transcript posted", "", new=url)
        elif link != before[url]:
            yield _of_link(link, "Transcript changed", "Link changed", old=_line(before[url]), new=_line(link))
    for url, link in before.items():
        if url not in after:
            yield _of_link(link, "Transcript removed", "Link removed", old=url)


def _of_link(link: Link, transcript: str, other: str, **edges: str) -> Difference:
    if _is_transcript(link):
        return Difference("transcript", transcript, "links", **edges)
    return Difference("link", f"{other}: {link.title or link.url}", "links", **edges)


def _is_transcript(link: Link) -> bool:
    return (link.rel or "").lower() == "transcript"


def _line(link: Link) -> str:
    """A link as records spell it."""
    return link.model_dump_json(exclude_none=True)


def _of_fields(old: Item, new: Item) -> Iterable[Difference]:
    for field, kind, sentence in FIELDS:
        before, after = (_value(item, field) for item in (old, new))
        if before != after:
            yield Difference(kind, sentence, field, before, after)


FIELDS = (
    ("title", "title", "Title changed"),
    ("type", "type", "Type changed"),
    ("topics", "topics", "Topics changed"),
    ("summary", "text", "Text changed"),
    ("published", "date", "Date changed"),
    ("updated", "updated", "Marked as updated"),
    ("url", "address", "Address changed"),
    ("language", "text", "Language changed"),
)
"""Field, kind, sentence."""


def _value(item: Item, field: str) -> str:
    value = getattr(item, field)
    if isinstance(value, tuple):
        return ", ".join(value)
    return times.fmt_stamp(value) if isinstance(value, date) else value or ""
