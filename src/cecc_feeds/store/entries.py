"""Entries: the rendered bytes of items, each format in a table of its own, those of calendars in the order of events.

Its one rule: only a present item has any.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from cecc_feeds.changes import Difference
from cecc_feeds.model import Kept, Revision
from cecc_feeds.store import asking, index
from cecc_feeds.store.schema import ENTRIES

Row = Mapping[str, Any]
States = Mapping[str, tuple[str, Revision]]
"""Family to (hash of the item's bytes, revision)."""


class Facts(NamedTuple):
    """What is kept of an item besides its state: `names` are its type and topics as they are written."""

    id: str
    names: tuple[str, ...]
    first_seen: datetime
    withdrawn: datetime | None = None
    was_coming: bool = True


def facts_of(kept: Kept) -> Facts:
    item = kept.item
    return Facts(item.id, (item.type, *item.topics), kept.first_seen, kept.withdrawn, kept.was_coming)


class Put(NamedTuple):
    """A state of an item to be kept. `bodies`: its entries, suffix to bytes (None: they stay), `zone` the TZID that its
    calendar entry uses. `retold`: every list changes anyway, so that new bytes alone are no change of this item.
    `state` is `rows.state_row` of it, and `words` `index.spelled`, where that is at hand. `n` is the number of an item
    of which nothing was ever kept, 0 where what there is of it has to be looked up."""

    facts: Facts
    states: States
    state: Row
    told: Sequence[Difference] = ()
    bodies: Mapping[str, bytes] | None = None
    zone: str = ""
    retold: bool = False
    words: str = ""
    n: int = 0


def put_entries(connection: Connection, puts: Iterable[tuple[int, Put, Row | None, Row | None]]) -> None:
    """Replace the entries of items: seat, what is put, its new version (None: the old one lasts), its old one."""
    written: dict[str, list[tuple[int, bytes]]] = {suffix: [] for suffix in ENTRIES}
    emptied: dict[str, list[tuple[int]]] = {suffix: [] for suffix in ENTRIES}
    events, gone, moved = [], [], []
    for seat, put, new, old in puts:
        row = new or old
        was, now = _place(seat, old), _place(seat, row)
        if put.bodies is None:
            if was is not None and new is not None:
                moved.append((now, new["last_day"], new["shown_until"], was))
            continue
        for suffix in ENTRIES:
            if put.bodies.get(suffix):
                written[suffix].append((seat, put.bodies[suffix]))
            elif old is not None:
                emptied[suffix].append((seat,))
        if was is not None:
            gone.append((was,))
        if now is not None and row is not None and put.bodies.get(".ics"):
            body = put.bodies[".ics"]
            events.append((now, put.facts.id, put.zone, row["last_day"], row["shown_until"], body))
    for suffix in ENTRIES:
        asking.many(connection, PUT[suffix], written[suffix])
        asking.many(connection, TAKE[suffix], emptied[suffix])
    asking.many(connection, "DELETE FROM vevent WHERE k = ?", gone)
    asking.many(connection, PUT_EVENT, sorted(events))
    _move(connection, moved)


def _move(connection: Connection, moved: list[tuple[Any, ...]]) -> None:
    """Calendar entries stay with events that move."""
    asking.many(connection, "DELETE FROM vevent WHERE k = ?", [(was,) for now, *_, was in moved if now is None])
    there = [row for row in moved if row[0] is not None]
    asking.many(connection, "UPDATE vevent SET k = ?, last_day = ?, shown_until = ? WHERE k = ?", there)


def take_entries(connection: Connection, seat: int, old: Row | None) -> None:
    """An item has no entries any more."""
    for statement in TAKE.values():
        connection.exec_driver_sql(statement, (seat,))
    connection.exec_driver_sql("DELETE FROM vevent WHERE k = ?", (_place(seat, old),))


def _place(seat: int, row: Row | None) -> int | None:
    return None if row is None or row["start"] is None else index.place(row["start"], seat)


PUT = {
    suffix: " ".join(["INSERT OR REPLACE INTO", table.name, "(seat, body) VALUES (?, ?)"])
    for suffix, table in ENTRIES.items()
}
TAKE = {suffix: " ".join(["DELETE FROM", table.name, "WHERE seat = ?"]) for suffix, table in ENTRIES.items()}
PUT_EVENT = "INSERT INTO vevent (k, id, zone, last_day, shown_until, body) VALUES (?, ?, ?, ?, ?, ?)"
