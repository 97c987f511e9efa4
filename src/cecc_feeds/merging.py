"""Merging: one item out of what several readings say of it.

Its one rule: the first reading that has a field decides it; nothing that only a later one knows is lost.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from cecc_feeds import text
from cecc_feeds.model import Event, Item

T = TypeVar("T")


def merged(parts: Sequence[Item], item_id: str) -> Item:
    """What several readings say of one item: the first that has a field decides it; topics and links are joined."""
    fields = {name: next((value for part in parts if (value := getattr(part, name))), None) for name in SCALARS}
    return parts[0].model_copy(
        update={
            **fields,
            "id": item_id,
            "topics": _joined((topic for part in parts for topic in part.topics), text.slug),
            "links": _joined((link for part in parts for link in part.links), lambda link: link.url),
            "event": _merged_event([part.event for part in parts if part.event]),
        }
    )


SCALARS = ("type", "title", "url", "published", "updated", "summary", "language")


def _merged_event(events: Sequence[Event]) -> Event | None:
    """The first's times, its end also from one that starts with it; place, status, webcast from the first that has them."""
    if not events:
        return None
    fields = {name: next((v for event in events if (v := getattr(event, name))), None) for name in EVENT_SCALARS}
    ends = (event.end for event in events if event.end is not None and event.start == events[0].start)
    return events[0].model_copy(update={**fields, "end": next(ends, None)})


EVENT_SCALARS = ("location", "status", "webcast")


def _joined(values: Iterable[T], key: Callable[[T], str]) -> tuple[T, ...]:
    found: dict[str, T] = {}
    for value in values:
        found.setdefault(key(value), value)
    return tuple(found.values())
