"""Intake: the one way in. Reads sources, tells which item each record is, keeps what changed and renders it.

Its one rule: an import is one transaction; afterwards the store holds all of it or none of it.
"""

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby

from cecc_feeds import doubts, times
from cecc_feeds.arrangement import UNLISTED, Source
from cecc_feeds.keeping import Keeper, Report, bring_to_edition
from cecc_feeds.marks import Marks
from cecc_feeds.matching import together
from cecc_feeds.memory import seldom_collected
from cecc_feeds.model import Rejected
from cecc_feeds.store import Store, Writing
from cecc_feeds.taking import Taking, Terms
from cecc_feeds.working import Workers

__all__ = ["Terms", "bring_all_in"]

MOST_WITHDRAWN = 5
MOST_WITHDRAWN_SHARE = 5
"""A source may lose five items, or a fifth of what it had, without being asked (interface.md, "Sources")."""

ARRANGED = "arrangement"
"""The note that holds the digest of the arrangement under which items were last settled."""


def bring_all_in(
    store: Store,
    wanted: Iterable[Source],
    terms: Terms,
    workers: Workers,
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
        self.report = Report(telling=terms.telling, rejected=list(dict.fromkeys(refused.values())))
        self.keeper = Keeper(writing, workers, terms.edition, self.report, terms.arrangement.same)
        anew = (writing.note(ARRANGED) or "") != terms.arrangement.digest
        self.batches = [
            Taking(writing, source, terms, self.report, workers, anew=anew)
            for source in sources
            if source.name not in refused
        ]
        self.lost: dict[str, Rejected] = {}
        """Sources that would lose too much, by name."""

    def bring_in(self) -> None:
        """Do it all; where `lost` is not empty afterwards, it must be undone."""
        self.writing.keep_feeds(self.terms.feeds or {})
        stale = Marks(n for item_id in self._rearranged() if (n := self.writing.number(item_id)) is not None)
        for batch in self.batches:
            batch.read()
        if not self.report.rejected:
            self._withdraw()
        if self.lost:
            return
        for batch in self.batches:
            stale.update(batch.stale)
        self._settle(stale)
        heirs = {self.writing.number(item_id) for item_id in self.keeper.heirs}
        for batch in self.batches:
            self.report.stayed.update(n for n in batch.claimed.places if n not in heirs)
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
        self, those: "Sequence[Taking]", where: str, missing: Mapping[str, set[str]], *, of: "Sequence[Taking]"
    ) -> None:
        """Refuse sources that together would lose too much of what those `of` had."""
        lost = {
            item_id
            for batch in those
            for item_id in missing[batch.source.name]
            if all(item_id in missing.get(name, ()) for name, _ in self.writing.readings(item_id))
        }
        if len(lost) <= MOST_WITHDRAWN:
            return
        had = len(Marks(n for batch in of for n in batch.before))
        if len(lost) * MOST_WITHDRAWN_SHARE > had:
            why = (
                f"would withdraw {len(lost)} of {had} items, so nothing of it was taken; "
                "if that is meant: cecc-feeds import --allow-withdrawals"
            )
            self.lost |= dict.fromkeys((batch.source.name for batch in those), Rejected(where, why))

    def _settle(self, stale: Marks) -> None:
        """Join what all sources say of each touched item and of those that are one with it; keep what that changed.

        Lists of changes hold the last one first: so the items of one import stand there in the order of their ids.
        """
        settled: list[tuple[str, ...]] = []
        for part in self.keeper.begun(self._wanted(stale)):
            for item_ids in part:
                self.keeper.settle(*item_ids)
                if self.terms.telling:
                    settled.append((*item_ids[1:], item_ids[0]))
                self.terms.progress(1)
            self.keeper.flush()
        self.keeper.finish()
        told = self.report.told
        self.report.sentences = [one for ids in reversed(settled) for item_id in ids for one in told.get(item_id, ())]

    def _wanted(self, stale: Marks) -> Iterator[tuple[str, ...]]:
        """Each touched item with those that are one with it, in the place of the first of them that was touched."""
        groups = together(self.writing, self.terms.arrangement.same)
        first: dict[tuple[str, ...], str] = {}
        for item_id in sorted(groups, reverse=True):
            if self.writing.number(item_id) in stale:
                first[groups[item_id]] = item_id
        for item_id in self.writing.descending(stale):
            group = groups.get(item_id)
            if group is None:
                yield (item_id,)
            elif first[group] == item_id:
                yield group

    def _alike(self) -> Iterator[str]:
        """Which events may be one with an event of the same day that was touched; the one read last is named first."""
        days = doubts.days_of_alike if self.writing.was_empty else doubts.days
        for _, rows in groupby(self.writing.timed_on(days(self.report.occasions)), key=operator.itemgetter(0)):
            of_day = {item_id: (n, title) for _, n, item_id, title in rows}
            touched = {one: self._order(n) for one, (n, _) in of_day.items() if n in self.report.timed}
            latest = sorted(touched, key=lambda one: (*map(operator.neg, touched[one]), one))
            for pair in doubts.may_be_alike({one: title for one, (_, title) in of_day.items()}, latest):
                other, one = (kept.item for item_id in pair if (kept := self.writing.held(item_id)))
                if doubts.alike(one, other) and not self.terms.arrangement.same.silences(one, other):
                    yield doubts.may_be_one(one, self._place(one.id), other)

    def _order(self, n: int) -> tuple[int, int]:
        """The later an item was read, the larger: the number of the source that named it first, the place there."""
        found = ((at, batch.claimed.places.order(n)) for at, batch in enumerate(self.batches))
        return next((one for one in found if one[1]), (-1, 0))

    def _place(self, item_id: str) -> str:
        """Where it was read last, in the order of sources."""
        n = self.writing.number(item_id)
        return next((where for batch in reversed(self.batches) if (where := batch.claimed.places.get(n))), item_id)
