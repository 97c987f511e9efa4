"""Restoring: a store made anew from the ledger of another, its entries rendered again.

Its one rule: where program and settings are the same, everything served is the same, byte for byte.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from cecc_feeds.keeping import Keeper, Report, edition_digest, refresh_all
from cecc_feeds.model import Edition
from cecc_feeds.store import Store
from cecc_feeds.store.transfer import taken_in
from cecc_feeds.working import writers


def restore(
    lines: Iterable[bytes],
    *,
    name: str,
    database: str,
    edition: Edition,
    now: Callable[[], datetime],
    processes: int = 1,
    progress: Callable[[int], None] = lambda _count: None,
) -> Report:
    """Bring the lines of the ledger `name` into a database that has no history, all of them or none.

    Raises SourceError for what is no whole ledger, before the database is looked for, and StoreError where there is
    a history already. Under another edition than the ledger's this is an upgrade as well, as every import makes it.
    """
    report = Report()
    digest = edition_digest(edition)
    with (
        taken_in(lines, name=name, progress=progress) as ledger,
        Store.open(database, zone=edition.zone) as store,
        store.write(now=now(), ledger=ledger) as writing,
    ):
        retold = writing.edition() != digest
        with writers(processes) as workers:
            keeper = Keeper(writing, workers, edition, report)
            report.added = refresh_all(keeper, retold=retold, progress=progress)
        if retold:
            writing.keep_edition(digest)
        else:
            writing.settle()
    return report
