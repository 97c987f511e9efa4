"""What differs between two states of an item, as the sentence that a person reads; and the next revision.

Its one rule: a sentence names facts of the two states only, never the time of day it is said.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

from cecc_feeds import times
from cecc_feeds.model import Event, Item, Revision


def revised(old: Revision | None, now: datetime) -> Revision:
    """The revision after `old` (None: the first): at least a second later, SEQUENCE one more (clients.md 2.5)."""
    at = now.replace(microsecond=0)
    return Revision(at) if old is None else Revision(max(at, old.at + timedelta(seconds=1)), old.sequence + 1)


def sentences(old: Item | None, new: Item | None) -> list[str]:
    """What subscribers would read of this change; [] when nothing that they see differs."""
    if new is None:
        return ["Withdrawn"] if old else []
    if old is None:
        return [f"New: {when_and_where(new.event)}" if new.event else "New"]
    return [*_of_event(old.event, new.event), *_of_links(old, new), *_of_fields(old, new)]


def when_and_where(event: Event) -> str:
    """`Thursday, April 30, 2015, 2:00–4:00 p.m. EDT, Room 301`."""
    when = times.span_words(event.start, event.end)
    return f"{when}, {event.location}" if event.location else when


def _of_event(old: Event | None, new: Event | None) -> Iterable[str]:
    if old is None or new is None:
        if new is not None:
            yield f"Time announced: {when_and_where(new)}"
        elif old is not None:
            yield "The time is no longer announced"
        return
    if old.standing != new.standing:
        yield STANDINGS[new.standing]
    if _instant(old.start) != _instant(new.start):
        yield f"Moved from {times.span_words(old.start, old.end)} to {times.span_words(new.start, new.end)}"
    elif times.span_words(old.start, old.end) != times.span_words(new.start, new.end):
        yield f"Now {times.span_words(new.start, new.end)}"
    if old.location != new.location:
        yield f"Place: {new.location or 'to be announced'}" + (f" (was {old.location})" if old.location else "")
    if old.webcast != new.webcast and new.webcast:
        yield "Webcast added" if old.webcast is None else "Webcast address changed"


def _instant(edge: date | datetime) -> date | datetime:
    """What tells two starts apart: clocks of one zone compare as they read, also in the hour that comes twice."""
    return times.utc(edge) if isinstance(edge, datetime) else edge


STANDINGS = {
    "confirmed": "Confirmed",
    "tentative": "Tentative",
    "postponed": "Postponed",
    "cancelled": "Cancelled",
}


def _of_links(old: Item, new: Item) -> Iterable[str]:
    known = {link.url for link in old.links}
    for link in new.links:
        if link.url not in known:
            yield "Transcript posted" if link.rel == "transcript" else f"Link added: {link.title or link.url}"


def _of_fields(old: Item, new: Item) -> Iterable[str]:
    for sentence, read in FIELDS:
        if read(old) != read(new):
            yield sentence


FIELDS: tuple[tuple[str, Callable[[Item], object]], ...] = (
    ("Title changed", lambda item: item.title),
    ("Type changed", lambda item: item.type),
    ("Topics changed", lambda item: item.topic_slugs),
    ("Text changed", lambda item: item.summary),
    ("Date changed", lambda item: item.published),
    ("Address changed", lambda item: item.url),
)
