"""Taking: what one source says, record by record, and which items its records are.

Its one rule: what a source once said of an item stays until the source itself says otherwise.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from cecc_feeds import doubts, identity
from cecc_feeds.arrangement import Arrangement, Source
from cecc_feeds.errors import SourceError
from cecc_feeds.keeping import AT_ONCE, Report
from cecc_feeds.marks import Marks, Places
from cecc_feeds.matching import Matcher
from cecc_feeds.memory import held_at_once
from cecc_feeds.merging import merged, recalled
from cecc_feeds.model import Edition, Item, Rejected, record_line
from cecc_feeds.sources import Each, Located, Skip, Told, Unread, nothing_known, read_path
from cecc_feeds.store import Writing
from cecc_feeds.store.rows import digest
from cecc_feeds.store.writing import id_key
from cecc_feeds.working import Workers, is_large

NOTHING_ARRANGED = Arrangement()


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms sources are brought in; `feeds` are the named feeds, name to digest; `telling`: the report is to
    hold what subscribers read."""

    edition: Edition
    arrangement: Arrangement = NOTHING_ARRANGED
    feeds: Mapping[str, str] | None = None
    allow_withdrawals: bool = False
    telling: bool = True
    progress: Callable[[int], None] = lambda _count: None


class Claims:
    """Which items the records of a source were told to be: the id of the first record of each, and its place."""

    def __init__(self, writing: Writing) -> None:
        self._writing = writing
        self._named_otherwise: dict[str, str] = {}
        self.places = Places()

    def put(self, item_id: str, record_id: str, where: str) -> None:
        self.places.put(self._writing.known(item_id), where)
        if record_id != item_id:
            self._named_otherwise[item_id] = record_id

    def get(self, item_id: str) -> tuple[str, str] | None:
        where = self.places.get(self._writing.number(item_id))
        return None if where is None else (self._named_otherwise.get(item_id, item_id), where)

    def place(self, item_id: str) -> str:
        return self.places.get(self._writing.number(item_id)) or item_id

    def __contains__(self, item_id: object) -> bool:
        return self._writing.number(str(item_id)) in self.places


Read = Located | Told


def _found(
    source: Source, zone: str, skip: Skip, rejected: list[Rejected], workers: Workers | None = None
) -> Iterator[Read | Unread]:
    for path in source.paths:
        try:
            for found in read_path(path, zone=zone, skip=skip, each=_each(path, skip, workers)):
                if isinstance(found, Rejected):
                    rejected.append(found)
                else:
                    yield found
        except SourceError as error:
            rejected.append(Rejected(error.where, error.why))


def _each(path: Path, skip: Skip, workers: Workers | None) -> Each | None:
    """How the lines of a file are read: many at once, by all processes, where it is large."""
    if workers is None or not is_large(path):
        return None
    if skip is nothing_known:
        workers.begin()  # they come to be while the ids of all lines are looked at
    return workers.each


class Taking:
    """One source's import while it runs; `workers` read its large files."""

    def __init__(
        self, writing: Writing, source: Source, terms: Terms, report: Report, workers: Workers, *, anew: bool
    ) -> None:
        """`anew`: no line is passed over because it was read before; what it says may mean something else now."""
        self.writing = writing
        self.source = source
        self.terms = terms
        self.same = terms.arrangement.same
        self.zone = terms.edition.zone
        self.report = report
        self.workers = workers
        self.before = Marks(writing.spoken_of_by(source.name))
        """The numbers of the items of which it spoke."""
        self.skip: Skip = nothing_known if anew or not self.before else writing.read_before(source.name)
        self.digests: Mapping[str, bytes] = {}
        """What it said of those of a batch that it named by their ids."""
        self.claimed = Claims(writing)
        self.matcher = Matcher(writing, source.name, self.same, self.claimed)
        self.stale = Marks()
        self.renamed: list[Read] = []
        self.doubles: list[tuple[str, str]] = []
        self.retold = Places()
        """Where something else was read of items now."""
        self.shared = Marks()
        """Those of them that were known before."""
        self.told: dict[str, tuple[Item, Item | None]] = {}
        """Of a page, item to what it says now and what it said before."""

    def read(self) -> None:
        """Take in every record; an import of the source is whole where none was refused."""
        rejected: list[Rejected] = []
        again: set[str] = set()
        new = _found(self.source, self.zone, self.skip, rejected, self.workers)
        for part in held_at_once(new, attrgetter("weight"), AT_ONCE):
            for one, known in self._looked_up(part):
                if not isinstance(one, Unread):
                    self.take(one, known)
                elif one.item_id in self.claimed:
                    again.add(one.where)
                else:
                    self.claimed.put(one.item_id, one.item_id, one.where)
                self.terms.progress(1)
        for found in _found(self.source, self.zone, nothing_known, []) if again else ():
            if not isinstance(found, Unread) and found.where in again:
                self.take(found, found.keys)
        for located in self.renamed:
            self.take(located, located.keys, renamed=True)
        own = self.source
        self.writing.keep_source(own.name, own.kind, configured=own.configured, rank=own.rank, whole=not rejected)
        self.report.rejected += rejected

    def _looked_up(self, part: Sequence[Read | Unread]) -> Iterator[tuple[Read | Unread, Sequence[str] | None]]:
        """Each with its identity keys (None: the source says what it said), after what will be asked was looked up."""
        named = [one.id for one in part if not isinstance(one, Unread)] if self.before else []
        self.digests = self.writing.digests(self.source.name, named) if named else {}
        keys = [None if isinstance(one, Unread) or self._is_as_before(one) else one.keys for one in part]
        asked = {
            one.id: known
            for one, known in zip(part, keys, strict=True)
            if known is not None and not isinstance(one, Unread)
        }
        self.writing.foresee(asked, also=[one.item_id for one in part if isinstance(one, Unread)])
        return zip(part, keys, strict=True)

    def take(self, located: Read, known: Sequence[str] | None, *, renamed: bool = False) -> None:
        """Tell which item a record is and keep what the source says of it.

        `known` are its identity keys; None where the source says the same under the same id as it did.
        What looks like a known item under another title waits in `renamed`: another record may turn out to be it.
        """
        own = located.id
        if known is None and own not in self.claimed:
            self.claimed.put(own, own, located.where)
            if located.digest is not None:
                self.writing.keep_line(self.source.name, own, located.digest)
            if self.source.kind == "page":
                self.told[own] = located.item, None
            return
        keys = {id_key(own), *(located.keys if known is None else known)}
        found = self.writing.candidates(keys)
        item_id = self.matcher.match(located.item, found) if found else own
        if found and not renamed and self.matcher.retitled(located.item, item_id):
            self.renamed.append(located)
            return
        first_id, place = self.claimed.get(item_id) or (own, "")
        if first_id != own:
            self.doubles.append((item_id, doubts.taken_for_one(located.where, first_id, place)))
        record, line = self._said(located, item_id)
        n = self.writing.number(item_id)
        before = self._said_before(item_id, n)
        if n in self.stale or before is None or before != digest(record):
            fresh = n not in self.before and n not in self.claimed.places
            n = self.writing.keep_reading(self.source.name, item_id, record, fresh=fresh, line=line)
            self.stale.add(n)
            self.retold.put(n, located.where)
            if any(item_id in those for those in found.values()):
                self.shared.add(n)
        self.writing.learn(item_id, keys, found)
        if not place:
            self.claimed.put(item_id, own, located.where)

    def _is_as_before(self, read: Read) -> bool:
        before = self.digests.get(read.id)
        return before is not None and before == digest(read.record)

    def _said_before(self, item_id: str, n: int | None) -> bytes | None:
        """The digest of what the source said of an item that it has not yet named this time."""
        if n not in self.before:
            return None
        if item_id not in self.digests:
            return self.writing.digests(self.source.name, [item_id]).get(item_id)
        return self.digests[item_id]

    def _said(self, located: Read, item_id: str) -> tuple[str, bytes | None]:
        """The canonical record of what the source says of the item, and the digest of the line that alone says it."""
        if item_id == located.id and item_id not in self.claimed and self.source.kind != "page":
            return located.record, located.digest
        read = located.item
        said = self._joined(read, item_id)
        return record_line(said), located.digest if said is read else None

    def _joined(self, read: Item, item_id: str) -> Item:
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
            known = self.writing.number(item_id) in self.before
            earlier = self.writing.reading_of(self.source.name, item_id) if known else None
            now = merged([earlier, read] if again and earlier else [read], item_id)
        self.told[item_id] = now, earlier
        return recalled(now, earlier) if earlier else now

    @property
    def missing(self) -> set[str]:
        """What a complete source no longer names."""
        return set(self._unnamed()) if self.source.complete else set()

    def _unnamed(self) -> Iterator[str]:
        """The items of which it spoke, and now does not."""
        return self.writing.ids(n for n in self.before if n not in self.claimed.places)

    def drop(self, missing: set[str]) -> None:
        """The source no longer speaks of these, nor of what it said of items that are now said to be others."""
        parted = self.matcher.parted and self.matcher.parted & set(self._unnamed())
        for item_id in sorted(missing | parted):
            self.writing.drop_reading(self.source.name, item_id)
            self.stale.add(self.writing.known(item_id))

    def doubt(self, later: "Sequence[Taking]") -> Iterator[str]:
        """What an editor should look at in what was read; `later` are the sources that were read after this one."""
        yield from self._lost()
        for n, item_id in self._in_order(self.shared):
            told = {batch.source.name for batch in later if n in batch.retold}
            yield from self._other_times(item_id, self.retold.get(n) or "", told)
        yield from self._moved_away()
        touched = self.report.touched
        yield from (sentence for item_id, sentence in self.doubles if self.writing.number(item_id) in touched)

    def _in_order(self, numbers: Iterable[int]) -> list[tuple[int, str]]:
        """Numbers and ids of items, in the order in which they were read."""
        found = sorted(numbers, key=self.claimed.places.order)
        return [(n, item_id) for n in found for item_id in self.writing.ids([n])]

    def _other_times(self, item_id: str, where: str, told: set[str]) -> Iterator[str]:
        """Which other sources have the item's event at another time, whichever decides; those in `told` say so."""
        others = dict(self.writing.readings(item_id))
        said = others.pop(self.source.name, None)
        for name in others.keys() - told if said and said.event else ():
            other = others[name]
            if said and other.event and not identity.same_day(said, other):
                own = (self.claimed.get(item_id) or ("",))[0] == item_id
                yield doubts.other_time(where, item_id, name, other.event, own_id=own)

    def _moved_away(self) -> Iterator[str]:
        """Which new event of a page bears the title of one that the page no longer names: moved to another day, say."""
        if self.source.kind != "page":
            return
        fresh = {
            item_id: self.retold.get(n) or ""
            for n, item_id in self._in_order(n for n in self.retold if n in self.report.fresh)
        }
        gone = [self.writing.reading_of(self.source.name, one) for one in sorted(self._unnamed())] if fresh else []
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
                yield doubts.no_longer_there(self.claimed.place(item_id), item_id, values)
            if note != known.get(item_id, ""):
                self.writing.keep_note(beginning + item_id, note)
