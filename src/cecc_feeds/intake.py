"""Intake: the one way in. Reads sources, tells which item each record is, keeps what changed and renders it.

Its one rule: one transaction a source; afterwards the store holds all of it or none of it.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import groupby
from typing import Protocol

from cecc_feeds import changes, doubts, identity
from cecc_feeds.arrangement import UNLISTED, Arrangement, Source
from cecc_feeds.errors import SourceError
from cecc_feeds.keeping import Keeper, Report, bring_to_edition
from cecc_feeds.matching import Matcher, together
from cecc_feeds.merging import merged, recalled
from cecc_feeds.model import Edition, Item, Rejected, item_from, record_line
from cecc_feeds.sources import Located, read_path
from cecc_feeds.store import Store, Writing
from cecc_feeds.store.lineage import Abandoned
from cecc_feeds.store.rows import digest
from cecc_feeds.store.writing import id_key

MOST_WITHDRAWN = 5
MOST_WITHDRAWN_SHARE = 5
"""A source may lose five items, or a fifth of what it had, without being asked (interface.md, "Sources")."""

ARRANGED = "arrangement"
"""The note that holds the digest of the arrangement under which items were last settled."""

NOTHING_ARRANGED = Arrangement()


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms sources are brought in."""

    edition: Edition
    arrangement: Arrangement = NOTHING_ARRANGED
    allow_withdrawals: bool = False
    progress: Callable[[int], None] = lambda _count: None


def bring_all_in(
    store: Store,
    wanted: Iterable[Source],
    *,
    edition: Edition,
    arrangement: Arrangement = NOTHING_ARRANGED,
    feeds: Mapping[str, str] | None = None,
    now: Callable[[], datetime],
    pause: Callable[[float], None] = lambda _seconds: None,
    allow_withdrawals: bool = False,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda _count: None,
) -> Report:
    """Bring the store to the edition and up to date with the arrangement and each source; one report of all.

    `feeds` are the named feeds, name to digest. `pause` waits some seconds: two changes that readers can see apart must
    not bear the same second.
    """
    terms = Terms(edition, arrangement, allow_withdrawals, progress)
    if dry_run:
        return rehearse(store, wanted, terms, now=now())
    unseen = store.revision() == 0
    if bring_to_edition(store, edition, now=now(), progress=progress) and not unseen:
        pause(1)
    run = _Run(store, terms, now=now, pause=pause, unseen=unseen)
    run.rearrange(feeds or {})
    _each(wanted, run.attempt)
    return run.report


class _Run:
    """An import of several sources, a transaction each."""

    def __init__(
        self, store: Store, terms: Terms, *, now: Callable[[], datetime], pause: Callable[[float], None], unseen: bool
    ) -> None:
        self.store = store
        self.terms = terms
        self.now = now
        self.pause = pause
        self.unseen = unseen
        self.report = Report()

    def rearrange(self, feeds: Mapping[str, str]) -> None:
        with self.store.write(now=self.now(), unseen=self.unseen) as writing:
            writing.keep_feeds(feeds)
            report = rearrange(writing, self.terms)
        self._took(report)

    def attempt(self, source: Source, *, patient: bool) -> bool:
        with self.store.write(now=self.now(), unseen=self.unseen) as writing:
            report, kept = _take_in(writing, source, self.terms, patient=patient)
            if not kept:
                writing.abandon()
        if report is not None:
            self._took(report)
        return report is not None

    def _took(self, report: Report) -> None:
        self.report.take(report)
        if report.touched and not self.unseen:
            self.pause(1)


def rehearse(store: Store, wanted: Iterable[Source], terms: Terms, *, now: datetime) -> Report:
    """The report of bringing everything in, in one transaction that is undone: an item that is new is told once."""
    report = Report()
    with store.write(now=now, unseen=True) as writing:
        report.take(rearrange(writing, terms))

        def attempt(source: Source, *, patient: bool) -> bool:
            took: Report | None = None
            with writing.trial():
                took, kept = _take_in(writing, source, terms, patient=patient)
                if not kept:
                    raise Abandoned
            if took is not None:
                report.take(took)
            return took is not None

        _each(wanted, attempt)
        report.sentences = list(_told_once(writing, report))
        writing.abandon()
    return report


def _told_once(writing: Writing, report: Report) -> Iterator[str]:
    """The sentences, of a new item only the one that says it is, and as it is in the end."""
    told: set[str] = set()
    for sentence in report.sentences:
        item_id = sentence.partition(": ")[0]
        if item_id not in report.fresh:
            yield sentence
        elif item_id not in told:
            told.add(item_id)
            kept = writing.held(item_id)
            if kept is not None and kept.withdrawn is None:
                yield f"{item_id}: {changes.announced(kept.item).sentence}"


class Attempt(Protocol):
    """Brings a source in; a patient one that would withdraw something is left to wait: False."""

    def __call__(self, source: Source, *, patient: bool) -> bool: ...


def _each(wanted: Iterable[Source], attempt: Attempt) -> None:
    """Bring in one source after the other.

    What would withdraw something waits until the others were read, which may speak of it now; last come those whose
    files are gone.
    """
    sources = list(wanted)
    present = [source for source in sources if source.paths]
    waiting = [source for source in present if not attempt(source, patient=source is not present[-1])]
    for source in (*waiting, *(source for source in sources if not source.paths)):
        attempt(source, patient=False)


def rearrange(writing: Writing, terms: Terms) -> Report:
    """Put the sources in their order and note what is called otherwise; where that changed, settle all items again."""
    report = Report()
    arrangement = terms.arrangement
    same = arrangement.same
    writing.keep_ranks(arrangement.ranks, UNLISTED)
    writing.keep_renamed("type", same.types)
    writing.keep_renamed("topic", same.topics)
    writing.keep_renamed("feed", same.feeds)
    if (writing.note(ARRANGED) or "") != arrangement.digest:
        _settle(Keeper(writing, terms.edition, report, same), writing.spoken_of(), terms.progress)
        writing.keep_note(ARRANGED, arrangement.digest)
        report.stayed.clear()
    return report


def _settle(keeper: Keeper, item_ids: Iterable[str], progress: Callable[[int], None] = lambda _count: None) -> None:
    """Settle items, and those that are one with them."""
    groups = together(keeper.writing, keeper.same)
    for item_ids_that_are_one in dict.fromkeys(groups.get(item_id, (item_id,)) for item_id in sorted(item_ids)):
        keeper.settle(*item_ids_that_are_one)
        progress(1)


def _take_in(writing: Writing, source: Source, terms: Terms, *, patient: bool) -> tuple[Report | None, bool]:
    """Bring one source in: the report, and whether what was written is to be kept. No report: it waits."""
    batch = _Batch(writing, source, terms)
    for located in _located(source, terms.edition.zone, batch.report.rejected):
        batch.take(located)
        terms.progress(1)
    for located in batch.renamed:
        batch.take(located, renamed=True)
    if patient and batch.missing:
        return None, False
    if not batch.withdraw(allow=terms.allow_withdrawals):
        return batch.report, False
    batch.settle()
    batch.doubt()
    return batch.report, True


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


class _Batch:
    """One source's import while it runs."""

    def __init__(self, writing: Writing, source: Source, terms: Terms) -> None:
        self.writing = writing
        self.source = source
        self.same = terms.arrangement.same
        self.zone = terms.edition.zone
        self.report = Report()
        self.keeper = Keeper(writing, terms.edition, self.report, self.same)
        self.before = writing.digests(source.name)
        self.claimed: dict[str, tuple[str, str]] = {}
        """Item to the id and the place of the record that was first told to be it."""
        self.matcher = Matcher(writing, source.name, self.same, self.claimed)
        self.stale: set[str] = set()
        self.renamed: list[Located] = []
        self.doubles: list[tuple[str, str]] = []
        self.told: dict[str, tuple[Item, Item | None]] = {}
        """Of a page, item to what it says now and what it said before."""

    def take(self, located: Located, *, renamed: bool = False) -> None:
        """Tell which item a record is and keep what the source says of it.

        What looks like a known item under another title waits in `renamed`: another record may turn out to be it.
        """
        read = located.item
        if read.id not in self.claimed and self.before.get(read.id) == digest(record_line(read)):
            self.claimed[read.id] = read.id, located.where
            if self.source.kind == "page":
                self.told[read.id] = read, None
            return
        keys = {id_key(read.id), *identity.keys(read)}
        found = self.writing.candidates(keys)
        item_id = self.matcher.match(read, found)
        if not renamed and self.matcher.retitled(read, item_id):
            self.renamed.append(located)
            return
        first_id, place = self.claimed.get(item_id, (read.id, ""))
        if first_id != read.id:
            self.doubles.append((item_id, doubts.taken_for_one(located.where, first_id, place)))
        said = self._said(read, item_id)
        if self.before.get(item_id) != digest(record_line(said)):
            fresh = item_id not in self.before and item_id not in self.claimed
            self.writing.keep_reading(self.source.name, item_id, said, fresh=fresh)
            self.stale.add(item_id)
        self.writing.learn(item_id, keys, found)
        self.claimed.setdefault(item_id, (read.id, located.where))

    def _said(self, read: Item, item_id: str) -> Item:
        """The record under the item's id, with what the same source said before where that must not be lost.

        A second record of one import adds to the first; a page that lost a value never erases it.
        """
        again = item_id in self.claimed
        if self.source.kind != "page":
            earlier = self.writing.reading_of(self.source.name, item_id) if again else None
            return merged([earlier, read] if earlier else [read], item_id)
        if item_id in self.told:
            now, earlier = self.told[item_id]
            now = merged([now, read], item_id)
        else:
            earlier = self.writing.reading_of(self.source.name, item_id) if item_id in self.before else None
            now = merged([earlier, read] if again and earlier else [read], item_id)
        self.told[item_id] = now, earlier
        return recalled(now, earlier) if earlier else now

    @property
    def missing(self) -> set[str]:
        """What a complete source no longer names; a refusal may hide anything, so that nothing is missing then."""
        if not self.source.complete or self.report.rejected:
            return set()
        return self.before.keys() - self.claimed.keys()

    def withdraw(self, *, allow: bool) -> bool:
        """Take back what is missing. False: that would be too much, and nothing is done."""
        missing = self.missing
        lost = missing - self.writing.read_elsewhere(self.source.name) if missing else missing
        if len(lost) > MOST_WITHDRAWN and len(lost) * MOST_WITHDRAWN_SHARE > len(self.before) and not allow:
            why = (
                f"would withdraw {len(lost)} of {len(self.before)} items, so nothing of it was taken; "
                "if that is meant: cecc-feeds import --allow-withdrawals"
            )
            self.report = Report(rejected=[Rejected(self.source.name, why)])
            return False
        parted = self.matcher.parted & self.before.keys() - self.claimed.keys()  # what it said was of others
        for item_id in sorted(missing | parted):
            self.writing.drop_reading(self.source.name, item_id)
        self.stale |= missing | parted
        return True

    def settle(self) -> None:
        """Join what all sources say of each touched item, and keep and render what that changed."""
        source = self.source
        whole = not self.report.rejected
        self.writing.keep_source(source.name, source.kind, configured=source.configured, rank=source.rank, whole=whole)
        _settle(self.keeper, self.stale)
        self.report.stayed |= {item_id for item_id in self.claimed if item_id not in self.keeper.heirs}
        if not source.paths:
            self.writing.drop_source(source.name)

    def doubt(self) -> None:
        """Name what an editor should look at in what was touched."""
        touched = self.report.touched
        findings = [*self._lost(), *(sentence for item_id, sentence in self.doubles if item_id in touched)]
        days = {day for day in touched.values() if day is not None}
        for _, events in groupby(self.writing.events_on(days), key=lambda row: row[0]):
            findings += self._alike({item_id: record for _, item_id, record in events})
        self.report.findings = findings

    def _lost(self) -> Iterator[str]:
        """What the page no longer says, told once."""
        if not self.told:
            return
        beginning = f"lost\t{self.source.name}\t"
        known = self.writing.notes(beginning)
        for item_id, (now, earlier) in self.told.items():
            values = doubts.lost(now, earlier) if earlier else {}
            note = "\n".join(values)
            if values and note != known.get(item_id):
                yield doubts.no_longer_there(self.claimed[item_id][1], item_id, values)
            if note != known.get(item_id, ""):
                self.writing.keep_note(beginning + item_id, note)

    def _alike(self, records: Mapping[str, str]) -> Iterator[str]:
        """Which of one day's events may be one with one that was touched."""
        if len(records) < 2 or self.report.touched.keys().isdisjoint(records):
            return
        told = {item_id: json.loads(record) for item_id, record in records.items()}
        told = {item_id: record for item_id, record in told.items() if "T" in record["event"]["start"]}
        touched = [item_id for item_id in told if item_id in self.report.touched]
        latest = sorted(touched, key=lambda item_id: self._order.get(item_id, -1), reverse=True)
        for other_id, one_id in doubts.may_be_alike(told, latest):
            one, other = (item_from(told[item_id], zone=self.zone) for item_id in (one_id, other_id))
            if doubts.alike(one, other) and not self.same.silences(one, other):
                yield doubts.may_be_one(one, self.claimed.get(one_id, ("", one_id))[1], other)

    @cached_property
    def _order(self) -> dict[str, int]:
        return {item_id: number for number, item_id in enumerate(self.claimed)}
