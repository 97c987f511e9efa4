"""Keeping: what the sources say of an item joined, compared with what was kept, rendered and kept.

Its one rule: an item's revision moves in each family of formats exactly when its bytes there do (clients.md 2.5).
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from cecc_feeds import changes, times
from cecc_feeds.errors import RenderError
from cecc_feeds.merging import merged
from cecc_feeds.model import Edition, Item, Kept, Rejected, Revision, dated, record_line
from cecc_feeds.render import Family, entries, fingerprint
from cecc_feeds.render.calendar import tzid
from cecc_feeds.store import Store, Writing

FAMILIES: tuple[Family, ...] = ("calendar", "news", "record")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Report:
    """What an import did: counts of items, refusals, and the sentences that subscribers read."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    withdrawn: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"added {self.added}, changed {self.changed}, unchanged {self.unchanged}, "
            f"withdrawn {self.withdrawn}, rejected {len(self.rejected)}"
        )

    def take(self, other: "Report") -> None:
        """Add another source's report to this one."""
        self.added += other.added
        self.changed += other.changed
        self.unchanged += other.unchanged
        self.withdrawn += other.withdrawn
        self.rejected += other.rejected
        self.sentences += other.sentences


class Keeper:
    """Brings single items up to date within a transaction."""

    def __init__(self, writing: Writing, edition: Edition, report: Report) -> None:
        self.writing = writing
        self.edition = edition
        self.report = report
        self.today = writing.now.astimezone(times.zone(edition.zone)).date()

    def settle(self, item_id: str) -> None:
        """Keep what the sources now say of an item together."""
        old = self.writing.held(item_id)
        said = [item for _, item in self.writing.readings(item_id)]
        if not said:
            self._withdraw(old)
            return
        item = merged(said, item_id)
        if old is not None and old.withdrawn is None and record_line(old.item) == record_line(item):
            self.report.unchanged += 1
            return
        self._count(old, item)
        self.keep(self._kept(item, old.first_seen if old else self.writing.now))

    def _count(self, old: Kept | None, item: Item) -> None:
        if old is None:
            self.report.added += 1
        else:
            self.report.changed += 1
        told = ["Back again"] if old and old.withdrawn else changes.sentences(old.item if old else None, item)
        self.report.sentences += [f"{item.id}: {sentence}" for sentence in told]

    def _withdraw(self, old: Kept | None) -> None:
        if old is None or old.withdrawn is not None:
            return
        self.report.withdrawn += 1
        self.report.sentences.append(f"{old.item.id}: Withdrawn")
        coming = old.item.event is not None and old.item.event.last_day >= self.today
        self.keep(replace(old, withdrawn=self.writing.now, was_coming=coming))

    def _kept(self, item: Item, first_seen: datetime) -> Kept:
        instant, day = dated(item, first_seen=first_seen, zone=self.edition.zone)
        return Kept(item, first_seen, instant, day, news=Revision(EPOCH))

    def refresh(self, item_id: str) -> None:
        """Render an item anew for a changed edition; what comes out the same is left as it is."""
        old = self.writing.held(item_id)
        if old is None:
            return
        kept = self._kept(old.item, old.first_seen)
        self.keep(replace(kept, withdrawn=old.withdrawn, was_coming=old.was_coming))

    def keep(self, kept: Kept) -> None:
        """Render an item and keep it: each family's revision moves where its bytes did (clients.md 2.5)."""
        states = self.writing.states(kept.item.id)
        try:
            hashes = fingerprint(kept, self.edition)
            moved = {family: self._revision(states.get(family), hashes[family]) for family in FAMILIES}
            calendar = moved["calendar"] if kept.item.event else None
            kept = replace(kept, news=moved["news"], calendar=calendar)
            bodies = entries(kept, self.edition)
        except RenderError as error:
            self.report.rejected.append(Rejected(kept.item.id, f"left out of the feeds: {error}"))
            hashes, bodies = dict.fromkeys(FAMILIES, ""), {}
            moved = {family: self._revision(states.get(family), "") for family in FAMILIES}
        zone = tzid(kept.item.event) if kept.item.event else None
        self.writing.keep(kept, {family: (hashes[family], moved[family]) for family in FAMILIES})
        self.writing.keep_entries(kept.item.id, bodies, zone or "")

    def _revision(self, state: tuple[str, Revision] | None, fresh: str) -> Revision:
        if state is None:
            return changes.revised(None, self.writing.now)
        return state[1] if state[0] == fresh else changes.revised(state[1], self.writing.now)


def bring_to_edition(
    store: Store, edition: Edition, *, now: datetime, progress: Callable[[int], None] = lambda _count: None
) -> int:
    """Render every item anew when the settings or the program that entries depend on changed; how many were."""
    digest = edition_digest(edition)
    with store.write(now=now) as writing:
        if writing.edition() == digest:
            writing.abandon()
            return 0
        report = Report()
        keeper = Keeper(writing, edition, report)
        every = list(writing.every())
        for item_id in every:
            keeper.refresh(item_id)
            progress(1)
        writing.keep_edition(digest)
    return len(every)


def edition_digest(edition: Edition) -> str:
    """What entries depend on besides their item: the settings, and the code that writes them."""
    code = hashlib.sha256(repr(edition).encode())
    package = Path(__file__).parent
    for file in sorted([*package.joinpath("render").glob("*.py"), *(package / name for name in WRITERS)]):
        code.update(file.read_bytes())
    return code.hexdigest()


WRITERS = ("text.py", "times.py", "model.py")
