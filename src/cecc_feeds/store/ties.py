"""Ties: the seconds whose items do not stand in the order of ids as they are listed by date.

Its one rule: a second that is not in `mixed` is read backwards in the order of ids; so a page is read without looking
at all that is of one second, of which an import of records without dates makes one for tens of thousands.

Seats are given in falling order of ids (`item.seat`), so what one import brings is in order already.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby

from sqlalchemy import Connection

from cecc_feeds.store import asking, rows

SHIFT = 29
MASK = (1 << SHIFT) - 1
"""A place is a second, and in its lower bits a seat: see `store.index`."""
FIRST, NONE = 1, MASK + 1
"""The first of all seats, and one that none reaches."""


def note(connection: Connection, come: Iterable[int], *, falling: int) -> None:
    """Note the seconds that get out of order with what is about to be listed: the places by date. From the seat
    `falling` on, all that are taken were given in falling order of ids."""
    if falling <= FIRST:
        return
    groups = [list(group) for _, group in groupby(sorted(come), key=_second)]
    if not groups:
        return
    asked = rows.listed([group[0] | MASK for group in groups])
    last = [k for (k,) in asking.rows(connection, LAST, (asked,))]  # in the order of what is asked
    chains = []
    inner: list[int] = []
    for group, before in zip(groups, last, strict=True):
        if before is not None and _second(before) == _second(group[0]):
            if before > group[0]:
                inner += group
                continue
            group.insert(0, before)
        if len(group) > 1 and group[0] & MASK < falling:
            chains.append(group)
    chains += _among(connection, inner)
    mixed = [(second,) for second in _mixed(connection, chains)]
    asking.many(connection, "INSERT OR IGNORE INTO mixed (second) VALUES (?)", mixed)


def mixed(connection: Connection, first: int, last: int) -> set[int]:
    """Those of the seconds between two that are out of order."""
    return {second for (second,) in asking.rows(connection, WITHIN, (first, last))}


def _second(k: int) -> int:
    return k >> SHIFT


def _among(connection: Connection, places: Sequence[int]) -> list[list[int]]:
    """Places of seats lower than others of their second, by second, each with its neighbours."""
    if not places:
        return []
    found = asking.rows(connection, NEIGHBOURS, (MASK, rows.listed(places)))
    chain = sorted({k for row in found for k in row if k is not None})
    return [list(group) for _, group in groupby(chain, key=_second)]


def _mixed(connection: Connection, chains: Sequence[Sequence[int]]) -> list[int]:
    """The seconds of those chains of places whose ids do not fall."""
    seats = sorted([k & MASK for chain in chains for k in chain])  # as they lie: a page is looked up once
    if not seats:
        return []
    ids = dict(asking.rows(connection, IDS, (rows.listed(seats),)))
    found = []
    for chain in chains:
        named = [ids[k & MASK] for k in chain]
        if named != sorted(named, reverse=True):
            found.append(_second(chain[0]))
    return found


LAST = (
    "SELECT (SELECT max(k) FROM listed WHERE facet = 0 AND k <= asked.value) FROM json_each(?) asked ORDER BY asked.key"
)
NEIGHBOURS = (
    "SELECT (SELECT max(k) FROM listed WHERE facet = 0 AND k < asked.value AND k >= asked.value & ~?1), "
    "asked.value, (SELECT min(k) FROM listed WHERE facet = 0 AND k > asked.value AND k <= asked.value | ?1) "
    "FROM json_each(?2) asked"
)
IDS = "SELECT item.seat, item.id FROM json_each(?) asked CROSS JOIN item ON item.seat = asked.value"
WITHIN = "SELECT second FROM mixed WHERE second BETWEEN ? AND ?"
