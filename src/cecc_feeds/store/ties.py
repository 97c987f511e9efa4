"""Ties: the seconds whose items do not lie in the lists by date in the order of their ids.

Its one rule: a second that is not noted can be walked as it lies, the greatest place first; one that is noted may be in
order all the same.

An import settles items in the descending order of their ids and seats new ones so: what it brings of one second lies in
order, were it a million items. What comes to a second later is noted, where it does not fit behind what is there.
"""

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise

from sqlalchemy import Connection

from cecc_feeds.store import asking
from cecc_feeds.store.rows import listed
from cecc_feeds.store.seats import MASK, SHIFT


def note(connection: Connection, places: Iterable[int]) -> None:
    """Note the seconds that places put out of order which are about to come to the list of all by date."""
    come: dict[int, list[int]] = defaultdict(list)
    for k in places:
        come[k >> SHIFT].append(k)
    for second, last in connection.exec_driver_sql(LAST, (listed(come),)):
        if last is not None:
            come[second].insert(0, last)
    several = [(second, lie) for second, lie in come.items() if len(lie) > 1]
    asked = connection.exec_driver_sql(IDS, (listed(k & MASK for _, lie in several for k in lie),))
    ids: dict[int, str] = {seat: item_id for seat, item_id in asked}  # noqa: C416 - rows are no pairs to mypy
    mixed = [(second,) for second, lie in several if not _in_order(lie, [ids[k & MASK] for k in lie])]
    if mixed:
        connection.exec_driver_sql("INSERT OR IGNORE INTO mixed (second) VALUES (?)", mixed)


def _in_order(places: list[int], ids: list[str]) -> bool:
    return all(a < b for a, b in pairwise(places)) and all(a > b for a, b in pairwise(ids))


def look(connection: Connection) -> None:
    """Note what is out of order in the list of all by date."""
    connection.exec_driver_sql("DELETE FROM mixed")
    connection.exec_driver_sql(LOOK)


def among(connection: Connection, low: int, high: int) -> bool:
    """Whether one of the seconds of the places from `low` to `high` is noted."""
    asked = "SELECT EXISTS (SELECT 1 FROM mixed WHERE second BETWEEN ? AND ?)"
    return bool(asking.value(connection, asked, (low >> SHIFT, high >> SHIFT)))


OF_SECOND = f"k BETWEEN value << {SHIFT} AND (value << {SHIFT}) + {MASK}"
LAST = " ".join(("SELECT value, (SELECT max(k) FROM listed WHERE facet = 0 AND", OF_SECOND, ") FROM json_each(?)"))
IDS = "SELECT seat, id FROM item WHERE seat IN (SELECT value FROM json_each(?))"
LOOK = " ".join(
    (
        "INSERT INTO mixed (second) SELECT DISTINCT second FROM (SELECT",
        f"k >> {SHIFT} AS second, id, lag(id) OVER (PARTITION BY k >> {SHIFT} ORDER BY k) AS earlier",
        f"FROM listed JOIN item ON item.seat = (k & {MASK}) WHERE facet = 0) WHERE earlier <= id",
    )
)
