"""Intake: the one way in. Reads sources, tells which item each record is, keeps what changed and renders it.

Its one rule: one transaction a source; afterwards the store holds all of it or none of it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from cecc_feeds import identity
from cecc_feeds.errors import SourceError
from cecc_feeds.keeping import Keeper, Report, bring_to_edition
from cecc_feeds.merging import merged
from cecc_feeds.model import Edition, Item, Rejected, record_line
from cecc_feeds.sources import Located, kind_of, paths_in, read_path
from cecc_feeds.store import Store, Writing
from cecc_feeds.store.rows import digest
from cecc_feeds.store.writing import Kind, id_key

MOST_WITHDRAWN = 5
MOST_WITHDRAWN_SHARE = 5
"""A source may lose five items, or a fifth of what it had, without being asked (interface.md, "Sources")."""


@dataclass(frozen=True, slots=True)
class Source:
    """A name under which files are read. `complete`: what the files no longer hold is withdrawn."""

    name: str
    paths: tuple[Path, ...]
    kind: Kind
    complete: bool
    configured: bool = False


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
    kind: Kind = "page"  # a file that no reader takes withdraws nothing; reading it gives the refusal
    with suppress(SourceError):
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
    feeds: Mapping[str, str] | None = None,
    now: Callable[[], datetime],
    pause: Callable[[float], None] = lambda _seconds: None,
    allow_withdrawals: bool = False,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda _count: None,
) -> Report:
    """Bring the store to the edition and up to date with each source in turn; one report of all.

    `feeds` are the named feeds, name to digest. `pause` waits some seconds: two changes that readers can see apart must
    not bear the same second.
    """
    report = Report()
    unseen = store.revision() == 0
    if not dry_run and bring_to_edition(store, edition, now=now(), progress=progress) and not unseen:
        pause(1)
    if feeds and not dry_run:
        with store.write(now=now(), unseen=unseen) as writing:
            writing.keep_feeds(feeds)
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
            batch.take(located.item)
            progress(1)
        for read in batch.renamed:
            batch.take(read, renamed=True)
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


def all_sources(store: Store, data: Path) -> list[Source]:
    """Every configured source, those among them whose files are gone. Raises SourceError where there is no folder.

    A folder that is not there must not read as one from which everything was deleted.
    """
    if not data.is_dir():
        why = "there is no such folder; CECC_FEEDS_DATA names the one that holds records/ and pages/"
        raise SourceError(str(data), why)
    present = configured(data)
    return [*present, *gone(store, present)]


def unread(data: Path) -> list[str]:
    """What stands in a data folder under a name that will mean something, and is not read yet: a sentence each."""
    return [f"{data / name}: is not read by this version" for name in NOT_READ_YET if (data / name).exists()]


NOT_READ_YET = ("sources.toml", "same.toml")


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
        self.keeper = Keeper(writing, edition, report)
        self.before = writing.digests(source.name)
        self.claimed: set[str] = set()
        self.stale: set[str] = set()
        self.renamed: list[Item] = []

    def take(self, read: Item, *, renamed: bool = False) -> None:
        """Tell which item a record is and keep what the source says of it.

        What looks like a known item under another title waits in `renamed`: another record may turn out to be it.
        """
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
            self.writing.learn(item_id, keys, found)
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
        again = item_id in self.claimed
        if not again and (self.source.kind != "page" or item_id not in self.before):
            return merged([read], item_id)
        earlier = self.writing.reading_of(self.source.name, item_id)
        return merged([part for part in ((earlier, read) if again else (read, earlier)) if part], item_id)

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
        """Whether the two are named apart, or this source names both: under titles that differ, or by ids of their own
        on different days, as the days of one hearing."""
        known = self._known(item_id)
        if known is None or identity.named_apart(read, known):
            return known is not None
        said = self.writing.reading_of(self.source.name, item_id)
        if said is None or (item_id in self.claimed and identity.titled_apart(read, said)):
            return said is not None
        return identity.has_own_id(read) and identity.has_own_id(said) and not identity.same_day(read, said)

    def _same_day(self, read: Item, item_id: str) -> bool:
        known = self._known(item_id)
        return known is not None and identity.same_day(read, known)

    def _known(self, item_id: str) -> Item | None:
        """What this source said of an item, else what all say."""
        said = self.writing.reading_of(self.source.name, item_id)
        kept = self.writing.get(item_id) if said is None else None
        return said or (kept.item if kept else None)

    def withdraw(self, *, allow: bool) -> bool:
        """Take back what a complete source no longer names. False: that would be too much, and nothing is done."""
        missing = self.before.keys() - self.claimed
        if not missing or not self.source.complete or self.report.rejected:
            return True
        lost = missing - self.writing.read_elsewhere(self.source.name)
        if len(lost) > MOST_WITHDRAWN and len(lost) * MOST_WITHDRAWN_SHARE > len(self.before) and not allow:
            why = (
                f"would withdraw {len(lost)} of {len(self.before)} items, so nothing of it was taken; "
                "if that is meant: cecc-feeds import --allow-withdrawals"
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
