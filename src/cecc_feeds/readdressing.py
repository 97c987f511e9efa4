"""Readdressing: a copy of the store whose entries say another address of the service.

Its one rule: nothing happened to any item, so every revision and every time of change stays what it was; only where
links lead is another.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cecc_feeds.keeping import Keeper, Report, refresh_all
from cecc_feeds.model import Edition
from cecc_feeds.store.rehearsal import duplicate
from cecc_feeds.working import writers


@contextmanager
def readdressed(
    url: str, edition: Edition, *, processes: int = 1, progress: Callable[[int], None] = lambda _count: None
) -> Iterator[str]:
    """The URL of a copy of the store, for the block alone, that was rendered for `edition`. Raises StoreError.

    It holds what a service under that address would hold that had lived through the same.
    """
    with duplicate(url, zone=edition.zone) as (copy, store):
        with (
            store.write(now=store.changed()) as writing,
            writers(processes) as workers,
        ):
            refresh_all(Keeper(writing, workers, edition, Report(), steady=True), retold=True, progress=progress)
        yield copy
