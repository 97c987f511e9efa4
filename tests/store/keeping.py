"""Stores for tests, each database in turn, and ways to put items into them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from cecc_feeds import times
from cecc_feeds.changes import Difference, revised
from cecc_feeds.model import DEFAULT_ZONE, Item, Kept, Revision, canonical, record_line
from cecc_feeds.store import Store, Writing
from tests.strategies import NOW, TODAY, keep

Fresh = Callable[[], AbstractContextManager[Store]]

FAMILIES = ("calendar", "news", "record")
BEFORE = NOW - timedelta(days=365)
"""When the stores are made."""


def revision(store: Store) -> int:
    """A number that grows with every commit that changed something."""
    with store.read() as reading:
        return int(reading.note("revision") or 0)


@cache
def empty_sqlite() -> bytes:
    """A database file that a first, empty write made."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "made.sqlite"
        with Store.open(f"sqlite:///{path}", zone=DEFAULT_ZONE) as store, store.write(now=BEFORE):
            pass
        return path.read_bytes()


@contextmanager
def fresh_sqlite() -> Iterator[Store]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "store.sqlite"
        path.write_bytes(empty_sqlite())
        with Store.open(f"sqlite:///{path}", zone=DEFAULT_ZONE) as store:
            yield store


DATABASES: dict[str, Fresh] = {"sqlite": fresh_sqlite}

on_each_database = pytest.mark.parametrize("fresh", DATABASES.values(), ids=DATABASES)
"""For Hypothesis, which needs a new store for each example; other tests ask for the fixture `store`."""


def put(store: Store, kept_items: Iterable[Kept], *, now: datetime = NOW) -> None:
    """Keep items as they are, with an entry a format that holds the id."""
    with store.write(now=now) as writing:
        for kept in kept_items:
            _keep(writing, kept, dict.fromkeys(FAMILIES, ""))


def bring(store: Store, item: Item, *, now: datetime, withdrawn: bool = False, told: Sequence[Difference] = ()) -> Kept:
    """Keep an item the way intake does: each family's revision moves where what it shows does.

    `told` goes into the ledger.
    """
    with store.write(now=now) as writing:
        old, states = writing.get(item.id), writing.states(item.id)
        hashes = shown(item, withdrawn=withdrawn)
        moved = {
            family: states[family][1]
            if states and states[family][0] == hashes[family]
            else revised(states[family][1] if states else None, writing.now)
            for family in FAMILIES
        }
        kept = keep(
            item,
            first_seen=old.first_seen if old else writing.now,
            news=moved["news"],
            calendar=moved["calendar"] if item.event else None,
            withdrawn=writing.now if withdrawn else None,
            was_coming=not withdrawn or (item.event is not None and item.event.last_day >= local_day(now)),
        )
        _keep(writing, kept, hashes, moved, told)
    return kept


def shown(item: Item, *, withdrawn: bool) -> dict[str, str]:
    """Stands in for the hash of an item's bytes: calendars do not show when it was published."""
    unseen = ("published", "updated", "language")
    event = {name: value for name, value in canonical(item).items() if name not in unseen}
    mark = " withdrawn" if withdrawn else ""
    record = record_line(item) + mark
    return {"calendar": f"{event}{mark}" if item.event else "", "news": record, "record": record}


def _keep(
    writing: Writing,
    kept: Kept,
    hashes: dict[str, str],
    moved: dict[str, Revision] | None = None,
    told: Sequence[Difference] = (),
) -> None:
    own = {"calendar": kept.calendar or kept.news, "news": kept.news, "record": kept.news}
    writing.keep(kept, {family: (hashes[family], (moved or own)[family]) for family in FAMILIES}, told)
    formats = [".rss", ".csv", *([".ics"] if kept.item.event else [])]
    zone = kept.item.event.zone if kept.item.event else None
    writing.keep_entries(kept.item.id, {suffix: kept.item.id.encode() for suffix in formats}, zone or "")


def local_day(instant: datetime) -> date:
    return times.local_day(instant, times.zone(DEFAULT_ZONE))


assert local_day(NOW) == TODAY
