"""Merging: one item out of what several readings say of it.

Its one rule: the first reading that has a field decides it; nothing that only a later one knows is lost.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from cecc_feeds import text
from cecc_feeds.doubts import lost_time
from cecc_feeds.model import Event, Item

T = TypeVar("T")


def merged(parts: Sequence[Item], item_id: str) -> Item:
    """What several readings say of one item: the first that has a field decides it; topics and links are joined."""
    if len(parts) == 1:
        return parts[0] if parts[0].id == item_id else parts[0].model_copy(update={"id": item_id})
    fields = {name: next((value for part in parts if (value := getattr(part, name))), None) for name in SCALARS}
    return parts[0].model_copy(
        update={
            **fields,
            "id": item_id,
            "topics": _joined([part.topics for part in parts], text.slug),
            "links": _joined([part.links for part in parts], lambda link: link.url),
            "event": _merged_event([part.event for part in parts if part.event]),
        }
    )


def recalled(now: Item, earlier: Item) -> Item:
    """What a page says of an item, with what it said before where that was lost: a time of which the day is left."""
    if now.event and earlier.event and lost_time(now, earlier):
        known = {name: getattr(earlier.event, name) for name in ("start", "end", "timezone")}
        now = now.model_copy(update={"event": now.event.model_copy(update=known)})
    return merged([now, earlier], earlier.id)


SCALARS = ("type", "title", "url", "published", "updated", "summary", "language")


def _merged_event(events: Sequence[Event]) -> Event | None:
    """The first's times, its end also from one that starts with it; the rest from the first that has it."""
    if not events:
        return None
    fields = {name: next((v for event in events if (v := getattr(event, name))), None) for name in EVENT_SCALARS}
    start = events[0].start
    end = next((event.end for event in events if event.end is not None and event.start == start), None)
    if isinstance(end, datetime) and isinstance(start, datetime):
        end = end.astimezone(start.tzinfo)
    return events[0].model_copy(update={**fields, "end": end})


EVENT_SCALARS = ("location", "status", "webcast")


def _joined(several: Sequence[tuple[T, ...]], key: Callable[[T], str]) -> tuple[T, ...]:
    """The first's values as they are, and of the others those whose key is new."""
    found = list(several[0])
    known = {key(value) for value in found}
    for value in (value for values in several[1:] for value in values):
        if key(value) not in known:
            known.add(key(value))
            found.append(value)
    return tuple(found)
