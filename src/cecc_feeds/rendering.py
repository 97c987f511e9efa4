"""Rendering: the entries of many items, as other processes can be told to write them.

Its one rule: an item goes to another process as its canonical line, which is sooner read than what pickle makes of it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from cecc_feeds import changes
from cecc_feeds.errors import RenderError
from cecc_feeds.model import DEFAULT_ZONE, Edition, Item, Kept, Revision, dated, item_of_record, record_line
from cecc_feeds.render import Family, drafts
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


class Written(NamedTuple):
    """What came of a job: revisions, entries by suffix, the time zone of its event, the columns of its state, and what
    it is found by.

    `fault` is why it cannot be written; then it has no entries. Of one that is fresh, also its `names` (see `Facts`),
    what is `announced`, and the `day` on which its event begins at a known time.
    """

    states: States
    bodies: Mapping[str, bytes]
    zone: str
    state: Mapping[str, Any]
    words: str
    fault: str = ""
    names: tuple[str, ...] = ()
    announced: str = ""
    day: date | None = None


def _unpacked(line: str, zone: str, rest: tuple[Any, ...], states: States) -> Job:
    return Job(Kept(item_of_record(line, zone), *rest), states)


NEVER = Revision(datetime.min.replace(tzinfo=UTC))


def write_all(jobs: Sequence[Job | Fresh], edition: Edition, now: datetime) -> list[Written]:
    """What comes of each."""
    return [write(job, edition, now) if isinstance(job, Job) else _write_fresh(job, edition, now) for job in jobs]


def seen(item: Item, first_seen: datetime, zone: str) -> Kept:
    """What is kept of an item that was first seen then; its revisions do not count."""
    return Kept(item, first_seen, *dated(item, first_seen=first_seen, zone=zone), news=NEVER)


def timed_day(item: Item) -> date | None:
    """The day on which its event begins at a known time; None where it has none such."""
    return None if item.event is None or item.event.all_day else item.event.first_day


def _write_fresh(fresh: Fresh, edition: Edition, now: datetime) -> Written:
    item = item_of_record(fresh.record, edition.zone)
    announced = changes.announced(item).sentence
    named = (item.type, *item.topics)
    return _written(seen(item, now, edition.zone), {}, edition, now, named, announced, timed_day(item))


def write(job: Job, edition: Edition, now: datetime) -> Written:
    """An item's entries: each family's revision moves where its bytes do."""
    return _written(job.kept, job.states, edition, now)


def _written(kept: Kept, was: States, edition: Edition, now: datetime, *fresh: Any) -> Written:
    state, words = state_row(kept, zone=edition.zone), spelled(kept.item.searched)
    try:
        drafted = drafts(kept, edition)
        hashes = drafted.fingerprint
        moved = {family: _revision(was.get(family), hashes[family], now) for family in FAMILIES}
        calendar = moved["calendar"] if kept.item.event else None
        bodies = drafted.stamped(news=moved["news"], calendar=calendar)
    except RenderError as error:
        moved = {family: _revision(was.get(family), "", now) for family in FAMILIES}
        return Written({family: ("", moved[family]) for family in FAMILIES}, {}, "", state, words, str(error), *fresh)
    states: States = {family: (hashes[family], moved[family]) for family in FAMILIES}
    return Written(states, bodies, drafted.zone, state, words, "", *fresh)


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
