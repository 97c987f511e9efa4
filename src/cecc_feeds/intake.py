"""Intake: the one way in. Reads sources, tells which item each record is, keeps what changed and renders it.

Its one rule: an import is one transaction; afterwards the store holds all of it or none of it.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from cecc_feeds import doubts, identity, times
from cecc_feeds.arrangement import UNLISTED, Arrangement, Source
from cecc_feeds.errors import SourceError
from cecc_feeds.keeping import Keeper, Report, batches, bring_to_edition
from cecc_feeds.matching import Matcher, together
from cecc_feeds.merging import merged, recalled
from cecc_feeds.model import Edition, Item, Rejected, item_from, record_line
from cecc_feeds.rendering import Workers, seldom_collected
from cecc_feeds.sources import Located, read_path
from cecc_feeds.store import Store, Writing
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
    """On what terms sources are brought in; `feeds` are the named feeds, name to digest; `processes`, how many
    take part."""

    edition: Edition
    arrangement: Arrangement = NOTHING_ARRANGED
    feeds: Mapping[str, str] | None = None
    allow_withdrawals: bool = False
    processes: int = 1
    progress: Callable[[int], None] = lambda _count: None


def bring_all_in(
    store: Store,
    wanted: Iterable[Source],
    terms: Terms,
    *,
    now: Callable[[], datetime],
    pause: Callable[[float], None] = lambda _seconds: None,
    dry_run: bool = False,
) -> Report:
    """Bring the store up to date with the arrangement, each source and the edition; what was done.

    A source that would lose too much is refused: then all is undone and begun again without it. `pause` waits some
    seconds: two states that readers can see apart must not bear the same second.
    """
    sources = tuple(wanted)
    refused: dict[str, Rejected] = {}
    while True:
        early = (store.changed() + timedelta(seconds=1) - now()).total_seconds()
        if 0 < early <= 1 and not dry_run:
            pause(early)
        with seldom_collected(), store.write(now=now()) as writing:
            with Workers(terms.edition, writing.now, terms.processes) as workers:
                run = _Import(writing, workers, sources, terms, refused)
                run.bring_in()
            over = _day(writing.now, terms) < _day(now(), terms)  # who read at midnight was told of midnight
            if run.lost or over or dry_run:
                writing.abandon()
        refused |= run.lost
        if not run.lost and (dry_run or not over):
            return run.report


def _day(instant: datetime, terms: Terms) -> date:
    return times.local_day(instant, times.zone(terms.edition.zone))


class _Import:
    """An import while it runs: all sources are read, then what they lost is withdrawn, then items are kept."""

    def __init__(
        self,
        writing: Writing,
        workers: Workers,
        sources: Iterable[Source],
        terms: Terms,
        refused: Mapping[str, Rejected],
    ) -> None:
        self.writing = writing
        self.terms = terms
        self.report = Report(rejected=list(dict.fromkeys(refused.values())))
        self.keeper = Keeper(writing, workers, terms.edition, self.report, terms.arrangement.same)
        self.batches = [_Batch(writing, source, terms, self.report) for source in sources if source.name not in refused]
        self.lost: dict[str, Rejected] = {}
        """Sources that would lose too much, by name."""

    def bring_in(self) -> None:
        """Do it all; where `lost` is not empty afterwards, it must be undone."""
        self.writing.keep_feeds(self.terms.feeds or {})
        stale = set(self._rearranged())
        for batch in self.batches:
            batch.read()
        if not self.report.rejected:
            self._withdraw()
        if self.lost:
            return
        self._settle(stale.union(*(batch.stale for batch in self.batches)))
        for batch in self.batches:
            self.report.stayed |= batch.claimed.keys() - self.keeper.heirs.keys()
            if not batch.source.paths and not self.report.rejected:
                self.writing.drop_source(batch.source.name)
        bring_to_edition(self.keeper, self.terms.progress)
        doubted = [doubt for n, batch in enumerate(self.batches) for doubt in batch.doubt(self.batches[n + 1 :])]
        self.report.findings = list(dict.fromkeys([*doubted, *self._alike()]))

    def _rearranged(self) -> Iterable[str]:
        """Put the sources in their order and note what is called otherwise; the items to settle where that changed."""
        arrangement = self.terms.arrangement
        moved = self.writing.keep_ranks({**arrangement.ranks, **self._last()}, UNLISTED)
        self.writing.keep_renamed("type", arrangement.same.types)
        self.writing.keep_renamed("topic", arrangement.same.topics)
        self.writing.keep_renamed("feed", arrangement.same.feeds)
        if (self.writing.note(ARRANGED) or "") == arrangement.digest:
            return self.writing.shared_by(moved)
        self.writing.keep_note(ARRANGED, arrangement.digest)
        return self.writing.spoken_of()

    def _last(self) -> dict[str, int]:
        """Configured sources whose files are gone, pages that is: what they once said stays, where nobody says else."""
        there = {source.name for source in self.terms.arrangement.sources}
        known = self.writing.sources().items()
        return {name: UNLISTED + 1 for name, (_, configured, _) in known if configured and name not in there}

    def _withdraw(self) -> None:
        """Take back what complete sources no longer name: nothing after any refusal, since that may hide anything."""
        missing = {batch.source.name: batch.missing for batch in self.batches}
        if not self.terms.allow_withdrawals:
            for batch in self.batches:
                self._guard([batch], batch.source.name, missing, of=[batch])
            gone = [batch for batch in self.batches if not batch.source.paths]
            if not self.lost and gone:  # a folder that was emptied, file by small file, is no smaller loss
                others = f" and {len(gone) - 1} other files that are gone" if len(gone) > 1 else ""
                self._guard(gone, f"{gone[0].source.name}{others}", missing, of=self.batches)
        if not self.lost:
            for batch in self.batches:
                batch.drop(missing[batch.source.name])

    def _guard(
        self, those: "Sequence[_Batch]", where: str, missing: Mapping[str, set[str]], *, of: "Sequence[_Batch]"
    ) -> None:
        """Refuse sources that together would lose too much of what those `of` had."""
        lost = {
            item_id
            for batch in those
            for item_id in missing[batch.source.name]
            if all(item_id in missing.get(name, ()) for name, _ in self.writing.readings(item_id))
        }
        had = len(set().union(*(batch.before for batch in of)))
        if len(lost) > MOST_WITHDRAWN and len(lost) * MOST_WITHDRAWN_SHARE > had:
            why = (
                f"would withdraw {len(lost)} of {had} items, so nothing of it was taken; "
                "if that is meant: cecc-feeds import --allow-withdrawals"
            )
            self.lost |= dict.fromkeys((batch.source.name for batch in those), Rejected(where, why))

    def _settle(self, stale: Iterable[str]) -> None:
        """Join what all sources say of each touched item and of those that are one with it; keep what that changed.

        Lists of changes hold the last one first: so the items of one import stand there in the order of their ids.
        """
        groups = together(self.writing, self.terms.arrangement.same)
        told: list[list[str]] = []
        wanted = reversed(dict.fromkeys(groups.get(item_id, (item_id,)) for item_id in sorted(stale)))
        for part in batches(wanted):
            self.keeper.begin(part)
            for item_ids in part:
                before = len(self.report.sentences)
                self.keeper.settle(*item_ids)
                told.append(self.report.sentences[before:])
                self.terms.progress(1)
            self.keeper.flush()
        self.keeper.finish()
        self.report.sentences = [sentence for part in reversed(told) for sentence in part]

    def _alike(self) -> Iterator[str]:
        """Which events may be one with an event of the same day that was touched; the one read last is named first."""
        places = {item_id: claim[1] for batch in self.batches for item_id, claim in batch.claimed.items()}
        order = {item_id: number for number, item_id in enumerate(places)}
        touched = self.report.touched
        days = {day for day in touched.values() if day is not None}
        for _, rows in groupby(self.writing.events_on(days), key=lambda row: row[0]):
            told = {item_id: json.loads(record) for _, item_id, record in rows}
            told = {item_id: record for item_id, record in told.items() if "T" in record["event"]["start"]}
            latest = sorted(told.keys() & touched.keys(), key=lambda one: (-order.get(one, -1), one))
            for pair in doubts.may_be_alike(told, latest):
                other, one = (item_from(told[item_id], zone=self.terms.edition.zone) for item_id in pair)
                if doubts.alike(one, other) and not self.terms.arrangement.same.silences(one, other):
                    yield doubts.may_be_one(one, places.get(one.id, one.id), other)


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

    def __init__(self, writing: Writing, source: Source, terms: Terms, report: Report) -> None:
        self.writing = writing
        self.source = source
        self.terms = terms
        self.same = terms.arrangement.same
        self.zone = terms.edition.zone
        self.report = report
        self.before = writing.digests(source.name)
        self.claimed: dict[str, tuple[str, str]] = {}
        """Item to the id and the place of the record that was first told to be it."""
        self.matcher = Matcher(writing, source.name, self.same, self.claimed)
        self.stale: set[str] = set()
        self.renamed: list[Located] = []
        self.doubles: list[tuple[str, str]] = []
        self.retold: dict[str, str] = {}
        """Item to the place of the record that now says something else of it."""
        self.shared: list[str] = []
        """Those of them that were known before."""
        self.told: dict[str, tuple[Item, Item | None]] = {}
        """Of a page, item to what it says now and what it said before."""

    def read(self) -> None:
        """Take in every record; an import of the source is whole where none was refused."""
        rejected: list[Rejected] = []
        for part in batches(_located(self.source, self.zone, rejected)):
            keys = [None if self._is_as_before(one.item) else identity.keys(one.item) for one in part]
            self.writing.foresee(
                {one.item.id: known for one, known in zip(part, keys, strict=True) if known is not None}
            )
            for located, known in zip(part, keys, strict=True):
                self.take(located, known)
                self.terms.progress(1)
        for located in self.renamed:
            self.take(located, identity.keys(located.item), renamed=True)
        one = self.source
        self.writing.keep_source(one.name, one.kind, configured=one.configured, rank=one.rank, whole=not rejected)
        self.report.rejected += rejected

    def take(self, located: Located, known: Sequence[str] | None, *, renamed: bool = False) -> None:
        """Tell which item a record is and keep what the source says of it.

        `known` are its identity keys; None where the source says the same under the same id as it did.
        What looks like a known item under another title waits in `renamed`: another record may turn out to be it.
        """
        read = located.item
        if known is None and read.id not in self.claimed:
            self.claimed[read.id] = read.id, located.where
            if self.source.kind == "page":
                self.told[read.id] = read, None
            return
        keys = {id_key(read.id), *(identity.keys(read) if known is None else known)}
        found = self.writing.candidates(keys)
        item_id = self.matcher.match(read, found)
        if not renamed and self.matcher.retitled(read, item_id):
            self.renamed.append(located)
            return
        first_id, place = self.claimed.get(item_id, (read.id, ""))
        if first_id != read.id:
            self.doubles.append((item_id, doubts.taken_for_one(located.where, first_id, place)))
        said = self._said(read, item_id)
        if item_id in self.stale or self.before.get(item_id) != digest(record_line(said)):
            fresh = item_id not in self.before and item_id not in self.claimed
            self.writing.keep_reading(self.source.name, item_id, said, fresh=fresh)
            self.stale.add(item_id)
            self.retold[item_id] = located.where
            if any(item_id in those for those in found.values()):
                self.shared.append(item_id)
        self.writing.learn(item_id, keys, found)
        self.claimed.setdefault(item_id, (read.id, located.where))

    def _is_as_before(self, read: Item) -> bool:
        before = self.before.get(read.id)
        return before is not None and before == digest(record_line(read))

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
        """What a complete source no longer names."""
        return self.before.keys() - self.claimed.keys() if self.source.complete else set()

    def drop(self, missing: set[str]) -> None:
        """The source no longer speaks of these, nor of what it said of items that are now said to be others."""
        parted = self.matcher.parted & self.before.keys() - self.claimed.keys()
        for item_id in sorted(missing | parted):
            self.writing.drop_reading(self.source.name, item_id)
        self.stale |= missing | parted

    def doubt(self, later: "Sequence[_Batch]") -> Iterator[str]:
        """What an editor should look at in what was read; `later` are the sources that were read after this one."""
        yield from self._lost()
        for item_id in dict.fromkeys(self.shared):
            told = {batch.source.name for batch in later if item_id in batch.retold}
            yield from self._other_times(item_id, self.retold[item_id], told)
        yield from self._moved_away()
        yield from (sentence for item_id, sentence in self.doubles if item_id in self.report.touched)

    def _other_times(self, item_id: str, where: str, told: set[str]) -> Iterator[str]:
        """Which other sources have the item's event at another time, whichever decides; those in `told` say so."""
        others = dict(self.writing.readings(item_id))
        said = others.pop(self.source.name, None)
        for name in others.keys() - told if said and said.event else ():
            other = others[name]
            if said and other.event and not identity.same_day(said, other):
                own = self.claimed[item_id][0] == item_id
                yield doubts.other_time(where, item_id, name, other.event, own_id=own)

    def _moved_away(self) -> Iterator[str]:
        """Which new event of a page bears the title of one that the page no longer names: moved to another day, say."""
        fresh = {item_id: where for item_id, where in self.retold.items() if item_id in self.report.fresh}
        if self.source.kind != "page" or not fresh:
            return
        gone = [
            self.writing.reading_of(self.source.name, one) for one in sorted(self.before.keys() - self.claimed.keys())
        ]
        for item_id, where in fresh.items():
            new = self.writing.reading_of(self.source.name, item_id)
            for old in gone:
                if new and old and doubts.moved_away(new, old) and not self.same.silences(new, old):
                    yield doubts.may_have_moved(new, where, old)

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
