"""Intake: the one way in. Reads sources, tells which item each record is, keeps what changed and renders it.

Its one rule: one transaction a source; afterwards the store holds all of it or none of it.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from cecc_feeds import changes, identity, times
from cecc_feeds.errors import RenderError, SourceError
from cecc_feeds.merging import merged
from cecc_feeds.model import Edition, Item, Kept, Rejected, Revision, dated, record_line
from cecc_feeds.render import Family, entries, fingerprint
from cecc_feeds.render.calendar import tzid
from cecc_feeds.sources import Located, kind_of, paths_in, read_path
from cecc_feeds.store import Store, Writing
from cecc_feeds.store.rows import digest
from cecc_feeds.store.writing import Kind, id_key

MOST_WITHDRAWN = 5
MOST_WITHDRAWN_SHARE = 5
"""A source may lose five items, or a fifth of what it had, without being asked (interface.md, "Sources")."""

FAMILIES: tuple[Family, ...] = ("calendar", "news", "record")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Source:
    """A name under which files are read. `complete`: what the files no longer hold is withdrawn."""

    name: str
    paths: tuple[Path, ...]
    kind: Kind
    complete: bool
    configured: bool = False


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


def configured(data: Path) -> list[Source]:
    """The sources that a data folder holds: each file below `records/` (complete) and `pages/` (partial)."""
    found: dict[str, Source] = {}
    for folder in (data / "records", data / "pages"):
        for path in paths_in(folder) if folder.is_dir() else []:
            earlier = found.get(path.name)
            made = source_of(path, configured=True)
            found[path.name] = replace(earlier, paths=(*earlier.paths, path)) if earlier else made
    return list(found.values())


def source_of(path: Path, *, configured: bool = False) -> Source:
    """The source that a file is by itself: its name, its kind, and whether it is complete."""
    kind = kind_of(path)
    return Source(path.name, (path,), kind, complete=kind == "records", configured=configured)


def given(
    paths: Iterable[Path], *, configured: Iterable[Source], name: str | None = None, complete: bool | None = None
) -> list[Source]:
    """The sources that named paths are: `name`, else the configured one that holds the path, else the file's name."""
    held = {path.resolve(): source for source in configured for path in source.paths}
    found: dict[str, Source] = {}
    for path in paths:
        made = held.get(path.resolve()) or source_of(path)
        made = replace(
            made, paths=(path,), name=name or made.name, complete=made.complete if complete is None else complete
        )
        earlier = found.get(made.name)
        found[made.name] = replace(earlier, paths=(*earlier.paths, path)) if earlier else made
    return list(found.values())


def bring_all_in(
    store: Store,
    wanted: Iterable[Source],
    *,
    edition: Edition,
    now: Callable[[], datetime],
    pause: Callable[[float], None] = lambda _seconds: None,
    allow_withdrawals: bool = False,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda _count: None,
) -> Report:
    """Bring the store to the edition and up to date with each source in turn; one report of all.

    `pause` waits some seconds: two changes that readers can see apart must not bear the same second.
    """
    report = Report()
    unseen = store.revision() == 0
    if not dry_run and bring_to_edition(store, edition, now=now(), progress=progress) and not unseen:
        pause(1)
    for source in wanted:
        took = bring_in(
            store,
            source,
            edition=edition,
            now=now(),
            unseen=unseen,
            allow_withdrawals=allow_withdrawals,
            dry_run=dry_run,
            progress=progress,
        )
        report.take(took)
        if took.added + took.changed + took.withdrawn and not unseen and not dry_run:
            pause(1)
    return report


def bring_in(
    store: Store,
    source: Source,
    *,
    edition: Edition,
    now: datetime,
    unseen: bool = False,
    allow_withdrawals: bool = False,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda _count: None,
) -> Report:
    """Bring the store up to date with one source. Raises StoreError; a file that cannot be read is a refusal."""
    with store.write(now=now, unseen=unseen) as writing:
        batch = _Batch(writing, source, edition, Report())
        for located in _located(source, edition.zone, batch.report.rejected):
            batch.take(located)
            progress(1)
        if batch.withdraw(allow=allow_withdrawals):
            batch.settle()
        else:
            writing.abandon()
        if dry_run:
            writing.abandon()
    return batch.report


def _located(source: Source, zone: str, rejected: list[Rejected]) -> Iterator[Located]:
    for path in source.paths:
        try:
            for found in read_path(path, zone=zone):
                if isinstance(found, Rejected):
                    rejected.append(found)
                else:
                    yield found
        except SourceError as error:
            rejected.append(Rejected(error.where, error.why))


def gone(store: Store, present: Iterable[Source]) -> list[Source]:
    """Configured record files that are no longer there: read as empty, so that what only they held is withdrawn."""
    names = {source.name for source in present}
    with store.read() as reading:
        known = reading.sources()
    return [
        Source(name, (), "records", complete=True, configured=True)
        for name, (kind, was_configured, _) in known.items()
        if was_configured and kind == "records" and name not in names
    ]


class _Batch:
    """One source's import while it runs."""

    def __init__(self, writing: Writing, source: Source, edition: Edition, report: Report) -> None:
        self.writing = writing
        self.source = source
        self.report = report
        self.keeper = _Keeper(writing, edition, report)
        self.before = writing.digests(source.name)
        self.claimed: set[str] = set()
        self.stale: set[str] = set()
        self.renamed: list[Item] = []

    def take(self, located: Located) -> None:
        """Tell which item a record is and keep what the source says of it."""
        self._take(located.item, renamed=False)

    def take_renamed(self) -> None:
        """What looked like a known item under another title: that item, unless another record turned out to be it."""
        for read in self.renamed:
            self._take(read, renamed=True)

    def _take(self, read: Item, *, renamed: bool) -> None:
        if read.id not in self.claimed and self.before.get(read.id) == digest(record_line(read)):
            self.claimed.add(read.id)
            return
        keys = {id_key(read.id), *identity.keys(read)}
        found = self.writing.candidates(keys)
        item_id = self._match(read, found)
        if not renamed and self._retitled(read, item_id):
            self.renamed.append(read)
            return
        said = self._said(read, item_id)
        if self.before.get(item_id) == digest(record_line(said)):
            self.claimed.add(item_id)
            return
        fresh = item_id not in self.before and item_id not in self.claimed
        self.writing.keep_reading(self.source.name, item_id, said, fresh=fresh)
        self.writing.learn(item_id, keys, found)
        self.claimed.add(item_id)
        self.stale.add(item_id)

    def _said(self, read: Item, item_id: str) -> Item:
        """The record under the item's id, with what the same source said before where that must not be lost.

        A second record of one import adds to the first; a page that lost a value never erases it.
        """
        parts = [read]
        if item_id in self.claimed or (self.source.kind == "page" and item_id in self.before):
            earlier = self.writing.reading_of(self.source.name, item_id)
            parts = (
                [*parts, earlier]
                if earlier and item_id not in self.claimed
                else [*([earlier] if earlier else []), read]
            )
        return merged(parts, item_id)

    def _match(self, read: Item, found: Mapping[str, Sequence[str]]) -> str:
        """The id of the item that the record is: known by id, else by address or words, else a new one."""
        own = id_key(read.id)
        if own in found:
            return found[own][0]
        likely = [item_id for those in found.values() for item_id in those if not self._told_apart(read, item_id)]
        return next((item_id for item_id in likely if self._same_day(read, item_id)), (likely or [read.id])[0])

    def _retitled(self, read: Item, item_id: str) -> bool:
        """Whether the record would be an item that this source told by another title, not yet read this time."""
        if item_id == read.id or item_id in self.claimed or item_id not in self.before:
            return False
        said = self.writing.reading_of(self.source.name, item_id)
        return said is not None and identity.titled_apart(read, said)

    def _told_apart(self, read: Item, item_id: str) -> bool:
        """Whether this source names both: under titles that differ, or by ids of their own on different days, as the
        days of one hearing."""
        said = self.writing.reading_of(self.source.name, item_id)
        if said is None:
            return False
        if item_id in self.claimed and identity.titled_apart(read, said):
            return True
        return identity.has_own_id(read) and identity.has_own_id(said) and not identity.same_day(read, said)

    def _same_day(self, read: Item, item_id: str) -> bool:
        said = self.writing.reading_of(self.source.name, item_id)
        kept = self.writing.get(item_id) if said is None else None
        known = said or (kept.item if kept else None)
        return known is not None and identity.same_day(read, known)

    def withdraw(self, *, allow: bool) -> bool:
        """Take back what a complete source no longer names. False: that would be too much, and nothing is done."""
        missing = self.before.keys() - self.claimed
        if not missing or not self.source.complete or self.report.rejected:
            return True
        lost = missing - self.writing.read_elsewhere(self.source.name)
        if len(lost) > MOST_WITHDRAWN and len(lost) * MOST_WITHDRAWN_SHARE > len(self.before) and not allow:
            why = (
                f"would withdraw {len(lost)} of {len(self.before)} items; nothing was done. --allow-withdrawals does it"
            )
            self.report = Report(rejected=[Rejected(self.source.name, why)])
            return False
        for item_id in sorted(missing):
            self.writing.drop_reading(self.source.name, item_id)
        self.stale |= missing
        return True

    def settle(self) -> None:
        """Join what all sources say of each touched item, and keep and render what that changed."""
        self.writing.keep_source(self.source.name, self.source.kind, configured=self.source.configured)
        for item_id in sorted(self.stale):
            self.keeper.settle(item_id)
        self.report.unchanged += len(self.claimed - self.stale)
        if not self.source.paths:
            self.writing.drop_source(self.source.name)


class _Keeper:
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
    with store.write(now=now) as writing:
        if writing.edition() == edition_digest(edition):
            writing.abandon()
            return 0
        report = Report()
        keeper = _Keeper(writing, edition, report)
        every = list(writing.every())
        for item_id in every:
            keeper.refresh(item_id)
            progress(1)
        writing.keep_edition(edition_digest(edition))
    return len(every)


def edition_digest(edition: Edition) -> str:
    """What entries depend on besides their item: the settings, and the code that writes them."""
    code = hashlib.sha256(repr(edition).encode())
    package = Path(__file__).parent
    for file in sorted([*package.joinpath("render").glob("*.py"), *(package / name for name in WRITERS)]):
        code.update(file.read_bytes())
    return code.hexdigest()


WRITERS = ("text.py", "times.py", "model.py")
