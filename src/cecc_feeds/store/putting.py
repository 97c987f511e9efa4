"""Putting: states of items on top of their history, with their entries, their lists and what is told of them.

Its one rule: many at once or one by one, the same comes to be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from functools import cached_property
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection

from cecc_feeds import text, times
from cecc_feeds.canonical import spelled
from cecc_feeds.changes import Difference
from cecc_feeds.marks import Traces
from cecc_feeds.model import Kept
from cecc_feeds.store import asking, index, rows
from cecc_feeds.store.entries import Put, States, facts_of, put_entries, take_entries
from cecc_feeds.store.reading import Reading
from cecc_feeds.store.schema import BITS, FAMILIES, version

COLUMNS = tuple(version.columns.keys())
OF_VERSION = itemgetter(*COLUMNS)
EVENT_COLUMNS = ("type", "topics", "status", "start", "first_day", "last_day", "shown_until", "withdrawn")
NEWS_COLUMNS = (*EVENT_COLUMNS, "dated", "dated_day")
ASKED = {"calendar": EVENT_COLUMNS, "news": NEWS_COLUMNS, "record": (*NEWS_COLUMNS, "updated")}
"""The columns that a query of each family can ask for or order by, besides the words that it searches."""

OF_DIFFERENCE = attrgetter(*(part.name for part in fields(Difference)))
EVERYTHING = sum(BITS.values())
NONE: Mapping[str, int] = {}


class Held(NamedTuple):
    """What there is of an item: its number, its seat, its revision state and its present version (None: it was never
    kept)."""

    n: int
    seat: int
    was: Sequence[Any] | None
    present: dict[str, Any] | None


class Putting(Reading):
    """The part of a Writing that keeps items."""

    now: datetime

    def __init__(self, connection: Connection, *, zone: str) -> None:
        super().__init__(connection, zone=zone)
        self._touched = False
        self._sources: dict[str, int] = {}
        self._spelled: set[tuple[str, str]] = set()
        self._numbers = index.numbers_of(connection)
        self._lists = index.Lists(connection, self._numbers)
        self._items: dict[str, int | None] = {}
        self._pending: dict[str, list[tuple[Any, ...]]] = {}
        self._next_item = (self._value("SELECT max(n) FROM item") or 0) + 1
        self.was_empty = self._next_item == 1
        """Whether the store held nothing before."""
        self._traces = Traces() if self.was_empty else None
        """Of such a store: the ids and keys that came, which nobody need look for otherwise."""
        self._next_seat = (self._value("SELECT max(seat) FROM item") or 0) + 1
        self._seated, self._falling = "", self._next_seat
        """The id that was seated last, and the seat from which on ids fall."""
        self._next_version = (self._value("SELECT max(n) FROM version") or 0) + 1

    def _rows(self, sql: str, *given: Any) -> list[Any]:
        self._catch_up()
        return super()._rows(sql, *given)

    def _value(self, sql: str, *given: Any) -> Any:
        self._catch_up()
        return super()._value(sql, *given)

    def _do(self, sql: str, *given: Any) -> int:
        """How many rows a statement wrote."""
        self._catch_up()
        return int(self._connection.exec_driver_sql(sql, given).rowcount)

    @cached_property
    def _today(self) -> str:
        return times.local_day(self.now, times.zone(self._zone)).isoformat()

    def _many(self, sql: str, given: Sequence[tuple[Any, ...]]) -> None:
        if given:
            self._catch_up()
            asking.many(self._connection, sql, given)

    def _later(self, sql: str, *given: Any) -> None:
        """Write a row before anything else is asked or written, together with others like it."""
        self._pending.setdefault(sql, []).append(given)

    def _catch_up(self) -> None:
        """Write what waits. Whatever asks or writes otherwise has to call it first."""
        if self._pending:
            pending, self._pending = self._pending, {}
            for sql, given in pending.items():
                asking.many(self._connection, sql, given)

    def _item(self, item_id: str) -> int:
        """The number of an item; one that was never spoken of gets it now."""
        if item_id not in self._items:
            self._items[item_id] = self._value("SELECT n FROM item WHERE id = ?", item_id)
        found = self._items[item_id]
        if found is None:
            found = self._items[item_id] = self._next_item
            self._next_item += 1
            self._trace(rows.id_key(item_id))
            self._later(SPEAK_OF, found, item_id)
        return found

    def _trace(self, key: str) -> None:
        if self._traces is not None:
            self._traces.add(key)

    def keep(
        self,
        kept: Kept,
        states: States,
        told: Sequence[Difference] = (),
        bodies: Mapping[str, bytes] | None = None,
        zone: str = "",
    ) -> None:
        """Keep an item's state on top of its history, with what is told of it; `states` as `states()` gives them."""
        state = rows.state_row(kept, zone=self._zone)
        self.keep_all([Put(facts_of(kept), states, state, told, bodies, zone)])

    def keep_all(self, puts: Sequence[Put]) -> None:
        """Keep the states of different items."""
        if not puts:
            return
        self._touched = True
        self._catch_up()
        for put in puts:
            self._keep_names(put.facts.names)
        there = self._held([put.facts.id for put in puts], {put.facts.id: put.n for put in puts if put.n})
        held = [there[put.facts.id] for put in puts]
        states = [self._state(put, one) for put, one in zip(puts, held, strict=True)]
        self._list([(row, one.present) for row, one in zip(states, held, strict=True) if row is not None])
        items = [_facts(put, one, row) for put, one, row in zip(puts, held, states, strict=True)]
        new = [OF_VERSION(row) for row in states if row is not None]
        entries = [(one.seat, put, row, one.present) for put, one, row in zip(puts, held, states, strict=True)]
        self._many(INSERT_VERSION, new)
        self._many(KEEP_ITEM, items)
        self._lists.flush(falling=self._falling)
        put_entries(self._connection, entries)

    def _state(self, put: Put, held: Held) -> dict[str, Any] | None:
        """The version that comes to be; None: the present one lasts."""
        row: dict[str, Any] = dict(put.state)
        old = held.present
        moved = _moved(put, held.was, old, row)
        same = old is not None and all(old[name] == value for name, value in row.items())
        if same and not put.told and (put.retold or not moved):
            return None
        row |= self._history_of(put.told, moved)
        row |= {"n": self._next_version, "item": held.n, "previous": old and old["n"], "gone": 0}
        row["seat"] = held.seat
        if put.words:
            row["words"] = put.words
        self._next_version += 1
        return row

    def _list(self, states: Sequence[tuple[Mapping[str, Any], Mapping[str, Any] | None]]) -> None:
        """Let versions be found instead of those before them."""
        for row, old in states:
            self._lists.change(old, row)
        for row, old in states:
            self._lists.tell(row["n"], row, old, None if row["told"] is None else row["kinds"])

    def _history_of(self, told: Sequence[Difference], moved: int) -> dict[str, Any]:
        kinds = rows.spaced(dict.fromkeys(one.kind for one in told))
        return {
            "at": rows.seconds(self.now),
            "day": self._today,
            "moved": moved,
            "kinds": kinds,
            "told": _spelled(told) if told else None,
        }

    def _held(self, ids: Sequence[str], fresh: Mapping[str, int] = NONE) -> dict[str, Held]:
        """What there is of each item; one without a number or seat gets it now. Of those that are `fresh` there is
        nothing but their numbers."""
        found: dict[str, Held] = {}
        numbers = dict(fresh)
        asked = [item_id for item_id in ids if item_id not in fresh]
        for row in self._rows(HELD, rows.listed(asked)) if asked else ():
            n, item_id, first_seen, seat, *was = row[:13]
            present = {"seat": seat, **dict(zip(COLUMNS, row[13:], strict=True))} if row[13] is not None else None
            numbers[item_id] = n
            if seat is not None:
                found[item_id] = Held(n, seat, None if first_seen is None else was, present)
        new = [item_id for item_id in ids if item_id not in numbers]
        numbers |= {item_id: self._next_item + number for number, item_id in enumerate(new)}
        self._many(SPEAK_OF, [(numbers[item_id], item_id) for item_id in new])
        self._items |= {item_id: numbers[item_id] for item_id in new}
        for item_id in new:
            self._trace(rows.id_key(item_id))
        self._next_item += len(new)
        for item_id in ids:
            if item_id not in found:
                found[item_id] = Held(numbers[item_id], self._next_seat, None, None)
                if item_id > self._seated:
                    self._falling = self._next_seat
                self._seated = item_id
                self._next_seat += 1
        return found

    def _keep_names(self, names: Sequence[str]) -> None:
        for named in (("type", names[0]), *(("topic", topic) for topic in names[1:])):
            if named not in self._spelled:
                self._spelled.add(named)
                self._name(named[0], text.slug(named[1]), named[1])

    def _name(self, kind: str, slug: str, name: str) -> None:
        """Let a type or topic be known."""
        if (kind, slug) not in self._numbers:
            self._do("INSERT INTO slug (kind, slug, name) VALUES (?, ?, ?)", kind, slug, name)
            asked = "SELECT n FROM slug WHERE kind = ? AND slug = ?"
            self._numbers[kind, slug] = self._value(asked, kind, slug)

    def keep_entries(self, item_id: str, bodies: Mapping[str, bytes], zone: str) -> None:
        """Replace the item's entries: suffix to bytes; `zone` is the TZID its calendar entry uses, or ""."""
        self._touched = True
        seat, old = self._held([item_id])[item_id][1::2]
        take_entries(self._connection, seat, old)
        if old is not None:
            kept = self.held(item_id)
            assert kept is not None  # noqa: S101 - it has a present state
            put_entries(self._connection, [(seat, Put(facts_of(kept), {}, {}, (), bodies, zone), None, old)])

    def _end(self, item_id: str, told: Sequence[Difference]) -> bool:
        """The item's present state ends, and its lists and entries with it; whether it had one."""
        n, seat, _, old = self._held([item_id])[item_id]
        if old is None:
            return False
        row = {**old, **self._history_of(told, EVERYTHING), "n": self._next_version, "previous": old["n"], "gone": 1}
        self._next_version += 1
        self._lists.change(old, None)
        self._lists.tell(row["n"], row, old, row["kinds"] if told else None)
        self._lists.flush()
        self._many(INSERT_VERSION, [OF_VERSION(row)])
        self._do("UPDATE item SET version = NULL WHERE n = ?", n)
        take_entries(self._connection, seat, old)
        return True


def _moved(put: Put, was: Sequence[Any] | None, old: Mapping[str, Any] | None, row: Mapping[str, Any]) -> int:
    """The families whose lists show the new state: where the bytes moved, or what queries ask for."""
    if was is None or old is None:
        return EVERYTHING
    searched = old["record"] == row["record"] or rows.search_text(old["record"]) == rows.search_text(row["record"])
    moved = 0
    for number, family in enumerate(FAMILIES):
        _, at, sequence = was[3 * number : 3 * number + 3]
        revision = put.states[family][1]
        stays = (at, sequence) == (rows.seconds(revision.at), revision.sequence)
        if not (stays and searched and all(old[name] == row[name] for name in ASKED[family])):
            moved |= BITS[family]
    return moved


def _spelled(told: Sequence[Difference]) -> str:
    """Differences as `Ledger` reads them."""
    return spelled(tuple(map(OF_DIFFERENCE, told)))


def _facts(put: Put, held: Held, new: Mapping[str, Any] | None) -> tuple[Any, ...]:
    facts, present = put.facts, new or held.present
    assert present is not None  # noqa: S101 - what was never kept gets a version
    revisions: list[Any] = []
    for family in FAMILIES:
        digest, revision = put.states[family]
        revisions += digest, rows.seconds(revision.at), revision.sequence
    withdrawn = None if facts.withdrawn is None else rows.seconds(facts.withdrawn)
    return (
        rows.seconds(facts.first_seen),
        withdrawn,
        int(facts.was_coming),
        present["n"],
        held.seat,
        *revisions,
        held.n,
    )


SPEAK_OF = (
    "INSERT INTO item (n, id, was_coming, calendar_hash, calendar_at, calendar_sequence, news_hash, news_at, "
    "news_sequence, record_hash, record_at, record_sequence) VALUES (?, ?, 0, '', 0, 0, '', 0, 0, '', 0, 0)"
)
REVISIONS = tuple(f"{family}_{part}" for family in FAMILIES for part in ("hash", "at", "sequence"))
KEEP_ITEM = " ".join(
    [
        "UPDATE item SET first_seen = ?, withdrawn = ?, was_coming = ?, became = NULL, version = ?, seat = ?,",
        ", ".join(f"{name} = ?" for name in REVISIONS),
        "WHERE n = ?",
    ]
)
INSERT_VERSION = " ".join(
    [
        "INSERT INTO version (",
        ", ".join(f'"{name}"' for name in COLUMNS),
        ") VALUES (",
        ", ".join("?" * len(COLUMNS)),
        ")",
    ]
)
HELD = " ".join(
    [
        "SELECT item.n, item.id, item.first_seen, item.seat,",
        ", ".join(f"item.{name}" for name in REVISIONS),
        ",",
        ", ".join(f"version.{name}" for name in COLUMNS),
        "FROM item LEFT JOIN version ON version.n = item.version WHERE item.id IN (SELECT value FROM json_each(?))",
    ]
)
