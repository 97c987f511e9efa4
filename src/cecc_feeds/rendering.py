"""Rendering: the entries of many items, as other processes can be told to write them.

Its one rule: an item goes to another process as its canonical line, which is sooner read than what pickle makes of it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from cecc_feeds import changes, doubts
from cecc_feeds.memory import at_once
from cecc_feeds.model import DEFAULT_ZONE, Edition, Item, Kept, Revision, dated, item_of_record, record_line
from cecc_feeds.render import Family, Rendered, fingerprint, rendered
from cecc_feeds.store.entries import States
from cecc_feeds.store.index import spelled
from cecc_feeds.store.rows import state_row

FAMILIES: tuple[Family, ...] = ("calendar", "news", "record")


class Job(NamedTuple):
    """An item to be written, and its revisions as it was last (none: it never was); those of `kept` do not count."""

    kept: Kept
    states: States

    def __reduce__(self) -> tuple[Callable[..., "Job"], tuple[Any, ...]]:
        kept = self.kept
        rest = kept.first_seen, kept.dated, kept.dated_day, NEVER, None, kept.withdrawn, kept.was_coming, kept.news_line
        zone = (kept.item.event and kept.item.event.zone) or DEFAULT_ZONE
        return _unpacked, (record_line(kept.item), zone, rest, self.states)


class Fresh(NamedTuple):
    """An item that was never kept, by the canonical record in which one source speaks of it."""

    id: str
    record: str

    @property
    def states(self) -> States:
        return {}


class Announced(NamedTuple):
    """What is told of a fresh item: its `names` (see `Facts`), the sentence, and the `doubts.occasion`."""

    names: tuple[str, ...]
    sentence: str
    occasion: int | None


class Entries(NamedTuple):
    """An item's revisions and entries by suffix, and the time zone of its event. `fault` is why it cannot be written;
    then it has no entries."""

    states: States
    bodies: Mapping[str, bytes]
    zone: str = ""
    fault: str = ""


class Written(NamedTuple):
    """What came of a job: entries, the columns of its state, and what it is found by; of one that is fresh, also what
    is told of it."""

    entries: Entries
    state: Mapping[str, Any]
    words: str
    announced: Announced | None


def _unpacked(line: str, zone: str, rest: tuple[Any, ...], states: States) -> Job:
    return Job(Kept(item_of_record(line, zone), *rest), states)


NEVER = Revision(datetime.min.replace(tzinfo=UTC))


def write_all(jobs: Sequence[Job | Fresh], edition: Edition, now: datetime) -> list[Written]:
    """What comes of each: each family's revision moves where its bytes do."""
    return [written for part in at_once(jobs, TOGETHER) for written in _write(part, edition, now)]


TOGETHER = 100
"""How many items go from step to step together: what a step needs is at hand for the second one already, and what so
many come to is a megabyte or two."""


def _write(jobs: Sequence[Job | Fresh], edition: Edition, now: datetime) -> list[Written]:
    zone = edition.zone
    items = [job.kept.item if isinstance(job, Job) else item_of_record(job.record, zone) for job in jobs]
    told = [None if isinstance(job, Job) else _announced(item) for job, item in zip(jobs, items, strict=True)]
    was = [job.states or _new(now) for job in jobs]
    kept = [
        seen(item, now, zone, states["news"][1]) if isinstance(job, Fresh) else _revised(job.kept, states)
        for job, item, states in zip(jobs, items, was, strict=True)
    ]
    rows = [state_row(one, zone=zone) for one in kept]
    words = [spelled(item.searched) for item in items]
    return [Written(*one) for one in zip(_entries(kept, was, edition, now), rows, words, told, strict=True)]


def seen(item: Item, first_seen: datetime, zone: str, revision: Revision = NEVER) -> Kept:
    """What is kept of an item that was first seen then; its revisions, where none is given, do not count."""
    calendar = None if item.event is None else revision
    return Kept(item, first_seen, *dated(item, first_seen=first_seen, zone=zone), revision, calendar)


def _revised(kept: Kept, states: States) -> Kept:
    return replace(kept, news=states["news"][1], calendar=states["calendar"][1] if kept.item.event else None)


def _announced(item: Item) -> Announced:
    return Announced((item.type, *item.topics), changes.announced(item).sentence, doubts.occasion(item))


def _entries(kept: list[Kept], was: Sequence[States], edition: Edition, now: datetime) -> list[Entries]:
    """What is written of each in the revisions that it was in; where that is not what it was, in new ones."""
    made = [_stated(*one, now) for one in zip(kept, rendered(kept, edition), was, strict=True)]
    moved = [n for n, (one, entries) in enumerate(zip(kept, made, strict=True)) if _is_moved(one, entries)]
    anew = [_revised(kept[n], made[n].states) for n in moved]
    for n, one, found in zip(moved, anew, rendered(anew, edition), strict=True):
        made[n] = _stated(one, found, steady(made[n].states), now)
    return made


def _stated(kept: Kept, found: Rendered | str, was: States, now: datetime) -> Entries:
    """What was rendered, and the revision of each family: another one where its bytes are not what they were."""
    hashes = NO_BYTES if isinstance(found, str) else fingerprint(kept, found.entries)
    states = {family: (hashes[family], _revision(was[family], hashes[family], now)) for family in hashes}
    return Entries(states, {}, fault=found) if isinstance(found, str) else Entries(states, *found)


def _is_moved(kept: Kept, made: Entries) -> bool:
    """Whether other revisions than those of the item must stand in its entries."""
    news, calendar = made.states["news"][1], made.states["calendar"][1]
    return not made.fault and (kept.news is not news or kept.calendar not in (None, calendar))


@lru_cache(maxsize=1)
def _new(now: datetime) -> States:
    """The state of all that is new: its first revision, one value, which goes through a pipe once."""
    return dict.fromkeys(FAMILIES, (STEADY, changes.revised(None, now)))


def _revision(was: tuple[str, Revision], fresh: str, now: datetime) -> Revision:
    return was[1] if was[0] in (fresh, STEADY) else changes.revised(was[1], now)


STEADY = "steady"
"""The hash of a state whose revision stays, whatever the bytes."""

NO_BYTES: Mapping[str, str] = dict.fromkeys(FAMILIES, "")
"""The hashes of what cannot be written."""


def steady(states: States) -> States:
    """The same revisions, which stay, whatever the bytes."""
    return {family: (STEADY, revision) for family, (_, revision) in states.items()}


def known_to_move(states: States) -> States:
    """The same revisions, none of which stays where nobody knows what the bytes were: those of an older schema."""
    return {family: ("" if old == STEADY else old, revision) for family, (old, revision) in states.items()}
