"""Writing: one transaction that brings items up to date.

Its one rule: what was once kept stays in the history; only entries, lists and readings are replaced.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection

from cecc_feeds import times
from cecc_feeds.marks import Marks
from cecc_feeds.memory import at_once
from cecc_feeds.model import Item
from cecc_feeds.store import asking, index, rows
from cecc_feeds.store.foresight import NUMBERS, Foresight
from cecc_feeds.store.rows import id_key

Kind = Literal["records", "page"]
Known = tuple[bool, int, str]
"""Whether an item was never kept, when it was first, and its id: the order of candidates."""


class Writing(Foresight):
    """A Reading that also writes; made by `Store.write`. `abandon` undoes all of it at the end.

    `now` is the instant of the transaction (whole seconds), later than that of the last one that changed something:
    HTTP dates have no fractions, and two states of one second would have one Last-Modified (clients.md 2.5).
    """

    def __init__(self, connection: Connection, *, zone: str, now: datetime) -> None:
        super().__init__(connection, zone=zone)
        self._clock = now
        midnight = rows.midnight(times.local_day(now, times.zone(zone)), zone)  # lists turn then by themselves
        earliest = max(self.changed(), midnight) + timedelta(seconds=1)
        self.now = max(now.replace(microsecond=0), earliest)
        self.abandoned = False
        self._foreseen: dict[str, list[Known]] = {}
        self._ages: dict[str, Known] = {}

    def abandon(self) -> None:
        self.abandoned = True

    def settle(self) -> None:
        """Let the transaction count as one that showed readers nothing new, where no state of an item began in it."""
        latest = self._value("SELECT at FROM version ORDER BY n DESC LIMIT 1")
        if latest is None or latest < rows.seconds(self.now):
            self._touched = False

    def finish(self) -> None:
        """Count the commit where it changed something that readers see."""
        self._catch_up()
        self._lists.finish()
        if self.note("founded") is None:
            self.keep_note("founded", str(rows.seconds(self.now)))
        if self._touched:
            self.keep_note("changed", str(rows.seconds(self.now)))
            self.keep_note("revision", str(int(self.note("revision") or 0) + 1))

    def keep_edition(self, edition: str) -> None:
        """Note what the entries are rendered for: every feed says of itself that it changed."""
        self._touched = True
        self.keep_note("edition", edition)
        self.keep_note("edition changed", str(rows.seconds(self.now)))

    def keep_feeds(self, feeds: Mapping[str, str]) -> None:
        """Note the named feeds, name to digest: one that reads otherwise than before has changed now."""
        for name, digest in feeds.items():
            held = self.note(f"feed {name}")
            if held is None or held.split()[0] != digest:
                self._touched = True
                self.keep_note(f"feed {name}", f"{digest} {rows.seconds(self.now)}")

    def keep_source(self, name: str, kind: Kind, *, configured: bool, rank: int = 0, whole: bool = True) -> None:
        """Note the import of a source; `whole`: nothing of it was refused."""
        n = self._source(name)
        held = self._value("SELECT imported FROM source WHERE n = ? AND there", n) or 0
        imported = rows.seconds(self._clock) if whole else held
        self._do(
            "UPDATE source SET there = 1, kind = ?, configured = ?, imported = ?, rank = ? WHERE n = ?",
            *(kind, int(configured), imported, rank, n),
        )

    def drop_source(self, name: str) -> None:
        self._do("UPDATE source SET there = 0 WHERE name = ?", name)

    def _source(self, name: str) -> int:
        """The number of a source; a new one is not there until it is kept."""
        if name not in self._sources:
            found = self._value("SELECT n FROM source WHERE name = ?", name)
            if found is None:
                self._do(
                    "INSERT INTO source (name, there, kind, configured, imported, rank) VALUES (?, 0, '', 0, 0, 0)",
                    name,
                )
                found = self._value("SELECT n FROM source WHERE name = ?", name)
            self._sources[name] = found
        return self._sources[name]

    def foresee(self, keys: Mapping[str, Collection[str]], also: Iterable[str] = ()) -> None:
        """Look up at once what will be asked of records: ids to the keys that each is known by, and other ids of items.
        It holds until the next time, and what is learned meanwhile is among it; so nothing waits longer to be written.
        """
        self._catch_up()
        own = {id_key(item_id): item_id for item_id in keys}
        wanted = {key for those in keys.values() for key in those} | own.keys()
        self._foreseen = dict[str, list[Known]]()
        there = self._may_be_there(wanted)
        found = self._candidates(there)
        self._items = dict.fromkeys(keys)
        asked = [*(item_id for key, item_id in own.items() if key in there), *also]
        self._items |= dict(self._rows(NUMBERS, rows.listed(asked))) if asked else {}
        self._foreseen = {key: found.get(key, []) for key in wanted}
        self._ages = {known[2]: known for those in self._foreseen.values() for known in those}

    def _may_be_there(self, keys: set[str]) -> set[str]:
        """Without those of which it is known that no item has them."""
        traces = self._traces
        return keys if traces is None else {key for key in keys if traces.may_hold(key)}

    def candidates(self, keys: Collection[str]) -> dict[str, list[str]]:
        """Identity key to the ids of the items known under it, the longest known first."""
        if not all(key in self._foreseen for key in keys):
            found = self._candidates(keys)
        else:
            found = {key: self._foreseen[key] for key in keys}
        return {key: [item_id for *_, item_id in those] for key, those in found.items() if those}

    def _candidates(self, keys: Collection[str]) -> dict[str, list[Known]]:
        wanted = {rows.key_bytes(key): key for key in keys}
        own = {key.removeprefix("id:"): key for key in keys if key.startswith("id:")}
        found = [(own[item_id], first, item_id) for first, item_id in self._rows(OWN, rows.listed(own))] if own else []
        for part in at_once(wanted, AT_ONCE):
            rows_of_part = self._rows(_among(KNOWN, part), *part)
            found += [(wanted[key], first, item_id) for key, first, item_id in rows_of_part]
        told: dict[str, list[Known]] = {}
        for key, first, item_id in set(found):
            told.setdefault(key, []).append((first is None, first or 0, item_id))
        return {key: sorted(those) for key, those in told.items()}

    def learn(self, item_id: str, keys: Collection[str], held: Mapping[str, Collection[str]]) -> None:
        """Remember the identity keys of an item; `held` are the candidates that they had."""
        missing = [key for key in sorted(keys) if item_id not in held.get(key, ())]
        n = self._item(item_id)
        for key in missing:
            if key != id_key(item_id):
                self._trace(key)
                self._later(LEARN, rows.key_bytes(key), n)
        self._note(item_id, missing)

    def _note(self, item_id: str, keys: Collection[str]) -> None:
        """What was foreseen of keys holds no longer: the item is known by them as well."""
        for key in keys:
            known = self._ages.get(item_id)
            if known is None:
                self._foreseen.pop(key, None)
            elif key in self._foreseen and known not in self._foreseen[key]:
                self._foreseen[key] = sorted([*self._foreseen[key], known])

    def _item(self, item_id: str) -> int:
        new = self._items.get(item_id, 0) is None
        n = super()._item(item_id)
        if new:
            self._ages[item_id] = (True, 0, item_id)
            self._note(item_id, [id_key(item_id)])
        return n

    def reading_of(self, source_name: str, item_id: str) -> Item | None:
        """What the source last said of the item."""
        record = self._value(READING_OF, self._source(source_name), item_id)
        return None if record is None else rows.item_of(record, zone=self._zone)

    def keep_reading(
        self, source_name: str, item_id: str, record: str, *, fresh: bool, line: bytes | None = None
    ) -> int:
        """Keep the canonical record of what a source says of an item; `fresh`: it has not spoken of it before. The
        item's number.

        `line` tells the line that says so from others, where one alone does.
        """
        statement = INSERT_READING if fresh else KEEP_READING
        self._said.pop(item_id, None)
        n = self._item(item_id)
        self._later(statement, self._source(source_name), n, rows.digest(record), line, record)
        return n

    def keep_line(self, source_name: str, item_id: str, line: bytes) -> None:
        """Another line says the same of an item."""
        self._later(KEEP_LINE, line, self._source(source_name), self.known(item_id))

    def read_before(self, source_name: str) -> Callable[[Sequence[bytes]], dict[bytes, str]]:
        """Takes what tells lines from others and gives, by that, the id of the item of which each said all when it was
        last read; nothing of one that is new, or was not all.
        """
        source = self._source(source_name)

        def known(lines: Sequence[bytes]) -> dict[bytes, str]:
            return dict(asking.rows(self._connection, _among(READ_BEFORE, lines), (source, *lines)))

        return known

    def drop_reading(self, source_name: str, item_id: str) -> None:
        self._said.pop(item_id, None)
        self._do(
            "DELETE FROM reading WHERE source = ? AND item = (SELECT n FROM item WHERE id = ?)",
            *(self._source(source_name), item_id),
        )

    def digests(self, source_name: str, item_ids: Iterable[str]) -> dict[str, bytes]:
        """Item id to the digest of what the source said of it, of those of which it said anything."""
        return dict(self._rows(DIGESTS, self._source(source_name), rows.listed(item_ids)))

    def spoken_of_by(self, source_name: str) -> Iterator[int]:
        """The numbers of the items that the source speaks of."""
        source = self._source(source_name)
        self._catch_up()
        found = self._connection.exec_driver_sql("SELECT item FROM reading WHERE source = ?", (source,))
        return (n for (n,) in found)

    def number(self, item_id: str) -> int | None:
        """The number of an item; None where it was never spoken of."""
        if item_id in self._items:
            return self._items[item_id]
        found: int | None = self._value("SELECT n FROM item WHERE id = ?", item_id)
        return found

    def known(self, item_id: str) -> int:
        """The number of an item that was spoken of."""
        n = self.number(item_id)
        assert n is not None  # noqa: S101 - so the caller says
        return n

    def ids(self, numbers: Iterable[int]) -> Iterator[str]:
        """The ids of items, in any order."""
        for part in at_once(numbers, AT_ONCE):
            yield from (item_id for (item_id,) in self._rows(NAMES, rows.listed(part)))

    def descending(self, numbers: Marks) -> Iterator[str]:
        """The ids of items, the greatest first; of many, some at once."""
        if len(numbers) <= FEW:
            yield from sorted(self.ids(numbers), reverse=True)
            return
        last = ABOVE_ALL
        while found := self._rows("SELECT id, n FROM item WHERE id < ? ORDER BY id DESC LIMIT ?", last, FEW):
            last = found[-1][0]
            yield from (item_id for item_id, n in found if n in numbers)

    def relist(self) -> None:
        """Make all lists anew: how words are told apart may have changed with the program."""
        self._lists.finish()
        index.rebuild(self._connection)


def _among(asked: str, values: Sequence[object]) -> str:
    """A statement that ends with IN, for so many values."""
    return f"{asked} ({', '.join('?' * len(values))})"


AT_ONCE = 1_000
FEW = 20_000
ABOVE_ALL = "~"
"""Greater than every id."""

DIGESTS = (
    "SELECT item.id, reading.digest FROM item JOIN reading ON reading.item = item.n AND reading.source = ? "
    "WHERE item.id IN (SELECT value FROM json_each(?))"
)
NAMES = "SELECT id FROM item WHERE n IN (SELECT value FROM json_each(?))"
OWN = "SELECT first_seen, id FROM item WHERE id IN (SELECT value FROM json_each(?))"
KNOWN = "SELECT known.key, item.first_seen, item.id FROM known JOIN item ON item.n = known.item WHERE known.key IN"
LEARN = "INSERT INTO known (key, item) VALUES (?, ?)"
READING_OF = (
    "SELECT reading.record FROM item JOIN reading ON reading.item = item.n WHERE reading.source = ? AND item.id = ?"
)
KEEP_LINE = "UPDATE reading SET line = ? WHERE source = ? AND item = ?"
READ_BEFORE = (
    "SELECT reading.line, item.id FROM reading JOIN item ON item.n = reading.item "
    "WHERE reading.source = ? AND reading.line IN"
)
INSERT_READING = "INSERT INTO reading (source, item, digest, line, record) VALUES (?, ?, ?, ?, ?)"
KEEP_READING = (
    f"{INSERT_READING} ON CONFLICT (item, source) DO UPDATE "
    "SET digest = excluded.digest, line = excluded.line, record = excluded.record"
)

__all__ = ["Kind", "Writing", "id_key"]
