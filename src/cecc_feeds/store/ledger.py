"""The ledger: what changed of which item when, found by the same queries as items.

Its one rule: it only grows; a change is in a list when the item was in it before or after.
"""

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from cecc_feeds.changes import NEWSWORTHY, Change, Difference
from cecc_feeds.query import Query
from cecc_feeds.store import asking, index, rows, selection
from cecc_feeds.store.history import History
from cecc_feeds.store.selection import Condition

TOLD = Condition("{v}.told IS NOT NULL")
DAY = "v.day"
CHANGE = "v.at, v.told, v.record"


class Ledger:
    """The ledger in one state of the store; `Reading.ledger`."""

    def __init__(self, connection: Connection, history: History, *, zone: str) -> None:
        self._connection = connection
        self._zone = zone
        self._history = history

    def find(self, query: Query, *, today: date) -> list[Change]:
        """The changes of one page of a list, newest first."""
        size = query.page_size
        statement = self._listed(CHANGE, query, today, f"ORDER BY {_order(query)} LIMIT ? OFFSET ?")
        if statement is None:
            return []
        sql, given = statement
        return self._changes(asking.rows(self._connection, sql, (*given, size, (query.page - 1) * size)))

    def count(self, query: Query, *, today: date, most: int | None = None) -> int:
        """How many changes match, limit and page left aside; no more than `most` are counted."""
        if not any((selection.conditions(query, today), selection.kinds(query))):
            asked = "SELECT total FROM tally WHERE facet = ?"
            return int(asking.value(self._connection, asked, (index.TOLD,)) or 0)
        statement = self._listed("1", query, today, "LIMIT ?")
        if statement is None:
            return 0
        asked, given = " ".join(["SELECT count(*) FROM (", statement[0], ")"]), statement[1]
        return int(asking.value(self._connection, asked, (*given, -1 if most is None else most)))

    def _listed(self, columns: str, query: Query, today: date, ending: str) -> tuple[str, tuple[Any, ...]] | None:
        kinds = selection.kinds(query)
        held = selection.conditions(query, today, DAY)
        return self._history.found(columns, held, [TOLD, *kinds, *_between(query, today)], ending, kinds)

    def older(self, query: Query, *, today: date) -> date | None:
        """The month before an archive's in which something changed."""
        if query.archive is None:
            return None
        before = [Condition("{v}.day < ?", (query.archive.isoformat(),))]
        return rows.month_of(self._last_day(query.without("archive"), today, before))

    def _last_day(self, query: Query, today: date, own: Iterable[Condition]) -> str | None:
        """The last day of the list on which something changed that meets further conditions."""
        kinds = selection.kinds(query)
        held = selection.conditions(query, today, DAY)
        statement = self._history.found(DAY, held, [TOLD, *kinds, *own], f"ORDER BY {_order(query)} LIMIT 1", kinds)
        day: str | None = None if statement is None else asking.value(self._connection, *statement)
        return day

    def modified(self, query: Query, *, today: date, before: date | None = None) -> datetime:
        """The last matching change, or the later midnight at which one left or entered by itself (clients.md 2.5).

        `before` is the month that an archive's page leads to.
        """
        months = []
        if query.archive is not None:
            months.append(Condition("{v}.day < ?", (selection.month_after(query.archive).isoformat(),)))
            months += [Condition("{v}.day >= ?", (before.isoformat(),))] if before else []
            query = query.without("archive")
        kinds = selection.kinds(query)
        held = selection.conditions(query, today, DAY)
        ending = f"ORDER BY {_order(query)} LIMIT 1"
        statement = self._history.found("v.at", held, [TOLD, *kinds, *months], ending, kinds)
        last = None if statement is None else asking.value(self._connection, *statement)
        instants = [rows.EPOCH if last is None else rows.instant(last)]
        for _, others, turned in selection.turnings(query, today, DAY):
            statement = self._history.found(DAY, others, [TOLD, *kinds], f"ORDER BY {_order(query)} LIMIT 1", kinds)
            day = None if statement is None else asking.value(self._connection, *statement)
            if day is not None:
                instants.append(rows.midnight(turned(day), self._zone))
        return max(instants)

    def of_item(self, item_id: str) -> list[tuple[int, Change]]:
        """Number and change of all that changed of one item, newest first."""
        asked = "JOIN item ON item.n = v.item WHERE item.id = ? AND v.told IS NOT NULL ORDER BY v.n DESC"
        sql = " ".join(["SELECT v.n,", CHANGE, "FROM version v", asked])
        found = asking.rows(self._connection, sql, (item_id,))
        return list(zip((n for n, *_ in found), self._changes(told for _, *told in found), strict=True))

    def newsworthy(self, item_id: str) -> Change | None:
        """The last change of an item that its entries speak of; None where there was none."""
        kinds = sorted(NEWSWORTHY)
        worth = " OR ".join(["instr(v.kinds, ?)"] * len(kinds))
        asked = "JOIN item ON item.n = v.item WHERE item.id = ? AND v.told IS NOT NULL AND"
        sql = " ".join(["SELECT", CHANGE, "FROM version v", asked, "(", worth, ") ORDER BY v.n DESC LIMIT 1"])
        given = (item_id, *(f" {kind} " for kind in kinds))
        return next(iter(self._changes(asking.rows(self._connection, sql, given))), None)

    def _changes(self, found: Iterable[Any]) -> list[Change]:
        return [
            Change(
                rows.item_of(record, zone=self._zone),
                rows.instant(at),
                tuple(Difference(*one) for one in json.loads(told)),
            )
            for at, told, record in found
        ]


def _order(query: Query) -> str:
    """Newest first: by the words of the trail, else by days, which lie in the order of numbers."""
    narrowed = any(part.types or part.topics or part.status or part.words or part.change for part in query.all())
    return "{n} DESC" if narrowed else "v.day DESC, v.n DESC"


def _between(query: Query, today: date) -> list[Condition]:
    """The numbers of the versions of the days that a list is of."""
    lows = [part.start.on(today) for part in query.all() if part.start]
    lows += [part.archive for part in query.all() if part.archive]
    highs = [part.until.on(today) for part in query.all() if part.until]
    found = []
    if lows:
        first = "{v}.n >= (SELECT n FROM version WHERE day >= ? ORDER BY day, n LIMIT 1)"
        found.append(Condition(first, (max(lows).isoformat(),)))
    highs += [selection.month_after(part.archive) for part in query.all() if part.archive]
    if highs:
        last = "{v}.n <= (SELECT n FROM version WHERE day <= ? ORDER BY day DESC, n DESC LIMIT 1)"
        found.append(Condition(last, (min(highs).isoformat(),)))
    return found
