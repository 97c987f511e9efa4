"""Keeping: what the sources say of an item joined, compared with what was kept, rendered and kept.

Its one rule: an item's revision moves in each family of formats exactly when its bytes there do (clients.md 2.5).
"""

import hashlib
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

from cecc_feeds import changes, doubts, times
from cecc_feeds.changes import Change, Difference
from cecc_feeds.marks import Marks
from cecc_feeds.memory import HEAVY, at_once, held_at_once
from cecc_feeds.merging import merged
from cecc_feeds.model import Edition, Item, Kept, Rejected, record_line
from cecc_feeds.rendering import Fresh, Job, Written, known_to_move, seen, steady, write_all
from cecc_feeds.same import NOTHING_SAID, Same
from cecc_feeds.store import Writing
from cecc_feeds.store.entries import Facts, Put, States, facts_of
from cecc_feeds.working import Workers

G = TypeVar("G", bound=Sequence[str])
KINDS: tuple[Literal["type", "topic"], ...] = ("type", "topic")


@dataclass(slots=True)
class Report:
    """What an import did: counts of items, refusals, the sentences that subscribers read (where `telling`; `told` by
    item), and what editors should see.

    By the numbers of items, `touched` are those that changed, `stayed` those that were read and are as they were, and
    `fresh` those that were not known before; `timed` those of the touched that begin at a known time, with their
    `occasions`.
    """

    telling: bool = True
    added: int = 0
    changed: int = 0
    withdrawn: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    told: dict[str, list[str]] = field(default_factory=dict)
    sentences: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    touched: Marks = field(default_factory=Marks)
    stayed: Marks = field(default_factory=Marks)
    fresh: Marks = field(default_factory=Marks)
    timed: Marks = field(default_factory=Marks)
    occasions: "array[int]" = field(default_factory=partial(array, "Q"))

    @property
    def unchanged(self) -> int:
        return self.stayed.without(self.touched)

    def __str__(self) -> str:
        return (
            f"added {self.added}, changed {self.changed}, unchanged {self.unchanged}, "
            f"withdrawn {self.withdrawn}, rejected {len(self.rejected)}"
        )


class _Put(NamedTuple):
    """An item that is to be written and kept, and what is told of it; `n` is the number of one that is fresh."""

    job: Job | Fresh
    told: Sequence[Difference] = ()
    retold: bool = False
    n: int = 0


class Keeper:
    """Brings single items up to date within a transaction; `workers` write their entries.

    `steady`: no revision moves, whatever the bytes.
    """

    def __init__(
        self,
        writing: Writing,
        workers: Workers,
        edition: Edition,
        report: Report,
        same: Same = NOTHING_SAID,
        *,
        steady: bool = False,
    ) -> None:
        self.steady = steady
        self.workers = workers
        self.writing = writing
        self.same = same
        self.heirs = writing.heirs()
        self.edition = edition
        self.report = report
        self.today = writing.now.astimezone(times.zone(edition.zone)).date()
        self.puts: list[_Put] = []
        self.many = AT_ONCE
        """How many of those are worth it to begin other processes."""
        self.waiting: deque[list[_Put]] = deque()

    def begun(self, groups: Iterable[G]) -> Iterator[list[G]]:
        """The same, as many at once as can be held, after what will be asked of their items was looked up; each time to
        be ended by `flush`."""
        for several in at_once(groups, AT_ONCE):
            weights = self.writing.weights([item_id for group in several for item_id in group])
            weight = partial(_weight, weights)
            for part in held_at_once(several, weight):
                self.many = len(part) if sum(map(weight, part)) >= HEAVY else AT_ONCE
                self.writing.foresee_items([item_id for group in part for item_id in group])
                yield part

    def flush(self) -> None:
        """Hand in what was settled since the last time, and keep what is written of what was handed in before."""
        puts, self.puts = self.puts, []
        self.writing.foresee_items([])
        while self.workers.ready:
            self._keep_first()
        if puts:
            task = partial(write_all, [put.job for put in puts], self.edition, self.writing.now)
            self.workers.hand_in(task, worth=len(puts) >= self.many)
            self.waiting.append(puts)

    def finish(self) -> None:
        """Keep all that was handed in: only then is it there."""
        while self.waiting:
            self._keep_first()

    def _keep_first(self) -> None:
        puts = self.waiting.popleft()
        self.writing.keep_all(
            [self._put(put, written) for put, written in zip(puts, self.workers.take_back(), strict=True)]
        )

    def _put(self, put: _Put, written: Written) -> Put:
        told, entries = put.told, written.entries
        if isinstance(put.job, Job):
            facts = facts_of(put.job.kept)
        else:
            assert written.announced is not None  # noqa: S101 - so it is of what is fresh
            names, sentence, occasion = written.announced
            facts = Facts(put.job.id, names, self.writing.now)
            told = [Difference(changes.ANNOUNCED, sentence)]
            self._count(put.n, occasion, new=True)
        self._tell(facts.id, told)
        if entries.fault:
            self.report.rejected.append(Rejected(facts.id, f"left out of the feeds: {entries.fault}"))
        return Put(
            facts, entries.states, written.state, told, entries.bodies, entries.zone, put.retold, written.words, put.n
        )

    def settle(self, item_id: str, *others: str) -> None:
        """Keep what the sources now say of an item together; `others` are the same one and lead to it."""
        fresh = None if others else self._fresh(item_id)
        if fresh is not None:
            self.puts.append(_Put(fresh, n=self.writing.known(item_id)))
            return
        for other in others:
            self.finish()  # what becomes of items comes to be in the order in which they are settled
            self._lead(other, item_id)
        old = self.writing.held(item_id)
        said = [item for _, item in self.writing.readings(item_id, *others)]
        if not said:
            self._withdraw(old)
            return
        item = self.same.called_now(merged(said, item_id))
        if old is not None and old.withdrawn is None and record_line(old.item) == record_line(item):
            self.report.stayed.add(self.writing.known(item_id))
            return
        first = old.first_seen if old else self.writing.first_seen(item_id) if item_id in self.heirs else None
        parted = old is None and first is not None  # it was another item until same.toml said otherwise
        self._count(self.writing.known(item_id), doubts.occasion(item), new=old is None and not parted)
        before = self.writing.last(item_id) if parted else None
        told = [changes.RETURNED, *changes.differences(before, item)] if before else changes.from_to(old, item)
        told = [one for one in told if not self._renames(one, old.item if old else before, item)]
        self.keep(seen(item, first or self.writing.now, self.edition.zone), told)

    def _fresh(self, item_id: str) -> Fresh | None:
        """An item of which nothing was ever kept and one source speaks; None for any other. All that is to be told of
        it is what its record says, so that whoever writes it finds that out."""
        if self.same.types or self.same.topics or item_id in self.heirs:
            return None
        record = self.writing.sole_reading(item_id)
        return None if record is None else Fresh(item_id, record)

    @cached_property
    def called(self) -> dict[str, dict[str, str]]:
        """What types and topics are called at last, old slug to new; the arrangement is noted before items are kept."""
        return {kind: self.writing.led(kind) for kind in KINDS}

    def _renames(self, told: Difference, old: Item | None, new: Item) -> bool:
        """Whether a difference is but another name for the same type or topics: nothing happened to the item."""
        if old is None or told.kind not in ("type", "topics"):
            return False
        called = self.called["type" if told.kind == "type" else "topic"]
        before, after = ({one.type_slug} if told.kind == "type" else set(one.topic_slugs) for one in (old, new))
        present = [{called.get(slug, slug) for slug in slugs} for slugs in (before, after)]
        return before != after and present[0] == present[1]

    def _lead(self, item_id: str, other: str) -> None:
        """The item is another one: whoever asks for it is led there, and no list holds it any more."""
        old = self.writing.held(item_id)
        if old is None and self.heirs.get(item_id) == other:
            return
        told = changes.joined(other)
        self.heirs[item_id] = other
        if self.writing.become(item_id, other, (told,)):
            self.report.changed += 1
            self.report.touched.add(self.writing.known(item_id))
            self._tell(item_id, (told,))

    def _count(self, n: int, occasion: int | None, *, new: bool) -> None:
        """The item of that number changed; see `doubts.occasion`."""
        self.report.touched.add(n)
        if new:
            self.report.added += 1
            self.report.fresh.add(n)
        else:
            self.report.changed += 1
        if occasion is not None:
            self.report.timed.add(n)
            self.report.occasions.append(occasion)

    def _withdraw(self, old: Kept | None) -> None:
        if old is None:
            return
        if old.withdrawn is not None:
            called = self.same.called_now(old.item)
            if called is not old.item:
                self.keep(replace(old, item=called))
            return
        self.report.withdrawn += 1
        self.report.touched.add(self.writing.known(old.item.id))
        coming = old.item.event is not None and old.item.event.last_day >= self.today
        self.keep(replace(old, withdrawn=self.writing.now, was_coming=coming), [changes.WITHDRAWN])

    def refresh(self, item_id: str, *, retold: bool) -> None:
        """Render an item anew; what comes out the same is left as it is. `retold`: for a changed edition."""
        old = self.writing.held(item_id)
        if old is not None:
            kept = seen(old.item, old.first_seen, self.edition.zone)
            self.keep(replace(kept, withdrawn=old.withdrawn, was_coming=old.was_coming), retold=retold)

    def _states(self, item_id: str, told: Sequence[Difference]) -> States:
        states = self.writing.states(item_id)
        return steady(states) if self.steady else known_to_move(states) if told else states

    def keep(self, kept: Kept, told: Sequence[Difference] = (), *, retold: bool = False) -> None:
        """Let an item be rendered and kept with what is told of it.

        `retold`: every list says anyway that it changed.
        """
        change = Change(kept.item, self.writing.now, tuple(told))
        if line := self._news_line(change):
            kept = replace(kept, news_line=line)
        self.puts.append(_Put(Job(kept, self._states(kept.item.id, told)), told, retold))

    def _tell(self, item_id: str, told: Sequence[Difference]) -> None:
        if self.report.telling:
            self.report.told.setdefault(item_id, []).extend(f"{item_id}: {one.sentence}" for one in told)

    def _news_line(self, change: Change) -> str:
        """What entries say first: of this change, else of the last one that was worth it."""
        zone = self.edition.zone
        item = change.item
        return changes.news(change, item, zone) or changes.news(self.writing.newsworthy(item.id), item, zone)


def _weight(weights: Mapping[str, int], item_ids: Sequence[str]) -> int:
    return sum(weights[item_id] for item_id in item_ids)


def bring_to_edition(keeper: Keeper, progress: Callable[[int], None] = lambda _count: None) -> None:
    """Render every item anew where the settings or the program that entries depend on changed."""
    digest = edition_digest(keeper.edition)
    before = keeper.writing.edition()
    if before == digest:
        return
    if before is not None:  # where nothing was rendered before, everything has just been
        keeper.writing.relist()
        refresh_all(keeper, retold=True, progress=progress)
    keeper.writing.keep_edition(digest)


def refresh_all(keeper: Keeper, *, retold: bool, progress: Callable[[int], None]) -> int:
    """Render every item anew; how many there are."""
    every = keeper.writing.every()
    for part in keeper.begun((item_id,) for item_id in every):
        for (item_id,) in part:
            keeper.refresh(item_id, retold=retold)
            progress(1)
        keeper.flush()
    keeper.finish()
    return len(every)


AT_ONCE = 500
"""How many records or items are looked up and kept together; a thousand save little time and take 27 MiB more."""


def edition_digest(edition: Edition) -> str:
    """What entries depend on besides their item: the settings, and the code that writes them."""
    code = hashlib.sha256(repr(edition).encode())
    package = Path(__file__).parent
    for file in sorted([*package.joinpath("render").glob("*.py"), *(package / name for name in WRITERS)]):
        code.update(file.read_bytes())
    return code.hexdigest()


WRITERS = (
    "text.py", "folding.py", "times.py", "datewords.py", "model.py", "item.py", "canonical.py", "changes.py",
)  # fmt: skip
