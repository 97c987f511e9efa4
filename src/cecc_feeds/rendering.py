"""Rendering: the entries of many items, as other processes can be told to write them.

Its one rule: an item goes to another process as its canonical line, which is sooner read than what pickle makes of it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from cecc_feeds import changes
from cecc_feeds.errors import RenderError
from cecc_feeds.memory import at_once
from cecc_feeds.model import DEFAULT_ZONE, Edition, Item, Kept, Revision, dated, item_of_record, record_line
from cecc_feeds.render import Drafts, Family, drafts
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
    """What is told of a fresh item: its `names` (see `Facts`), the sentence, and the day on which its event begins at a
    known time."""

    names: tuple[str, ...]
    sentence: str
    day: date | None


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


def loaded() -> None:
    """What another process does first: when this is found, all is loaded that writing takes."""


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
    kept = [job.kept if isinstance(job, Job) else seen(item, now, zone) for job, item in zip(jobs, items, strict=True)]
    states = [state_row(one, zone=zone) for one in kept]
    words = [spelled(item.searched) for item in items]
    drafted = drafts(kept, edition)
    entries = [_stamped(draft, job.states, now) for job, draft in zip(jobs, drafted, strict=True)]
    return [Written(*one) for one in zip(entries, states, words, told, strict=True)]


def seen(item: Item, first_seen: datetime, zone: str) -> Kept:
    """What is kept of an item that was first seen then; its revisions do not count."""
    return Kept(item, first_seen, *dated(item, first_seen=first_seen, zone=zone), news=NEVER)


def timed_day(item: Item) -> date | None:
    """The day on which its event begins at a known time; None where it has none such."""
    return None if item.event is None or item.event.all_day else item.event.first_day


def _announced(item: Item) -> Announced:
    return Announced((item.type, *item.topics), changes.announced(item).sentence, timed_day(item))


def _stamped(draft: Drafts | str, was: States, now: datetime) -> Entries:
    if isinstance(draft, str):
        return _left_out(draft, was, now)
    hashes = draft.fingerprint
    moved = {family: _revision(was.get(family), hashes[family], now) for family in FAMILIES}
    try:
        bodies = draft.stamped(news=moved["news"], calendar=moved["calendar"] if draft.kept.item.event else None)
    except RenderError as error:
        return _left_out(str(error), was, now)
    return Entries({family: (hashes[family], moved[family]) for family in FAMILIES}, bodies, draft.zone)


def _left_out(why: str, was: States, now: datetime) -> Entries:
    return Entries({family: ("", _revision(was.get(family), "", now)) for family in FAMILIES}, {}, fault=why)


@lru_cache(maxsize=1)
def _first(now: datetime) -> Revision:
    """The revision of all that is new: one value, which goes through a pipe once."""
    return changes.revised(None, now)


def _revision(was: tuple[str, Revision] | None, fresh: str, now: datetime) -> Revision:
    if was is None:
        return _first(now)
    return was[1] if was[0] in (fresh, STEADY) else changes.revised(was[1], now)


STEADY = "steady"
"""The hash of a state whose revision stays, whatever the bytes."""
