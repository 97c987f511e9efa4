"""History: among all versions, the newest that came into or out of a list, and the greatest day that turned it.

Its one rule: a version counts where it or the one before it met the conditions of the list (clients.md 2.5).
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from cecc_feeds.query import Query
from cecc_feeds.store import asking, rows, selection
from cecc_feeds.store.selection import Condition, Turning
from cecc_feeds.store.walks import EMPTY, Walks

NEWEST = 5_000
"""Among how many of the newest versions a change is looked for before all are searched."""

FEW = 300
"""Up to how many versions are looked at one by one, rather than all in the order of their days."""

Statement = tuple[str, tuple[Any, ...]]


class History:
    """All versions of one state of the store."""

    def __init__(self, connection: Connection, walks: Walks) -> None:
        self._connection = connection
        self._walks = walks

    def found(
        self,
        columns: str,
        held: Sequence[Condition],
        own: Sequence[Condition],
        ending: str,
        marks: Sequence[Condition] = (),
    ) -> Statement | None:
        """The statement for versions `v` that meet `own`, and that meet `held` or follow one `p` that does; None where
        there can be none. `marks`: what further narrows the search among the words of the trail."""
        matched = self._matched([*held, *marks])
        if matched == EMPTY:
            return None
        places, given = ("version v", ()) if not matched else (TRAIL, (matched,))
        either, values = _either(held)
        mine, others = selection.joined(own, "v")
        parts = [*(["trail MATCH ?"] if matched else []), mine, either]
        sql = " ".join(["SELECT", columns, "FROM", places, BEFORE, "WHERE", " AND ".join(parts), ending])
        return sql.replace("{n}", "trail.rowid" if matched else "v.n"), (*given, *others, *values)

    def _matched(self, held: Sequence[Condition]) -> str:
        return self._walks.matched([group for one in held for group in one.groups], past=True)

    def last(self, held: Sequence[Condition], own: Sequence[Condition], *, months: bool = False) -> datetime | None:
        """When a version came to be last that meets `own` and came into or out of a list; `months`: of an archive."""
        if months:
            return self._searched(held, own)
        if any(one.groups for one in held):
            statement = self.found("v.at", held, own, "ORDER BY {n} DESC LIMIT 1")
            return None if statement is None else self._instant(*statement)
        near = Condition("{v}.n > (SELECT max(n) FROM version) - ?", (NEWEST,))
        statement = self.found("v.at", held, [near, *own], "ORDER BY {n} DESC LIMIT 1")
        found = None if statement is None else self._instant(*statement)
        return self._searched(held, own) if found is None else found

    def _searched(self, held: Sequence[Condition], own: Sequence[Condition]) -> datetime | None:
        """The same among all versions, by the days that they are in."""
        mine, others = selection.joined(own, "v")
        after, values = selection.joined(held, "v")
        before, again = selection.joined(held, "p")
        sql = " ".join(
            [
                *("SELECT max(at) FROM (SELECT v.at FROM version v WHERE", mine, "AND", after),
                *("UNION ALL SELECT v.at FROM version p CROSS JOIN version v ON v.previous = p.n WHERE", mine),
                *("AND", before, ")"),
            ]
        )
        return self._instant(sql, (*others, *values, *others, *again))

    def _instant(self, sql: str, given: tuple[Any, ...]) -> datetime | None:
        at = asking.value(self._connection, sql, given)
        return None if at is None else rows.instant(at)

    def greatest(self, column: str, held: Sequence[Condition]) -> str | None:
        """The greatest value of a column of days among the versions that meet the conditions."""
        matched = self._matched(held)
        if matched == EMPTY:
            return None
        named = column.replace("{v}", "v")
        where, values = selection.joined(held, "v")
        asked = "SELECT count(*) FROM (SELECT 1 FROM trail WHERE trail MATCH ? LIMIT ?)"
        if matched and asking.value(self._connection, asked, (matched, FEW)) < FEW:
            sql = " ".join(["SELECT max(", named, ") FROM", TRAIL, "WHERE trail MATCH ? AND", where])
            values = (matched, *values)
        else:
            sql = " ".join(["SELECT", named, "FROM version v WHERE", where, "ORDER BY", named, "DESC LIMIT 1"])
        day: str | None = asking.value(self._connection, sql, values)
        return day

    def turned(self, turnings: Sequence[Turning], zone: str) -> datetime:
        """The last midnight that turned a list; in 1970 for none."""
        instants = [rows.EPOCH]
        for column, held, first in turnings:
            day = self.greatest(column, held)
            if day is not None:
                instants.append(rows.midnight(first(day), zone))
        return max(instants)

    def passed(self, query: Query, today: date, zone: str) -> datetime:
        """The last midnight by which an event of a list was over; in 1970 for none."""
        gone = Condition("{v}.last_day < ?", (today.isoformat(),))
        day = self.greatest("{v}.last_day", [*selection.conditions(query, today), gone, PRESENT])
        return rows.midnight(date.fromisoformat(day) + timedelta(days=1), zone) if day else rows.EPOCH

    def older(self, query: Query, today: date) -> date | None:
        """The month before an archive's that holds something of the list now."""
        if query.archive is None:
            return None
        before = Condition("{v}.dated_day < ?", (query.archive.isoformat(),))
        held = [*selection.conditions(query.without("archive"), today), before, PRESENT]
        return rows.month_of(self.greatest("{v}.dated_day", held))


TRAIL = "trail CROSS JOIN version v ON v.n = trail.rowid"
BEFORE = "LEFT JOIN version p ON p.n = v.previous"
PRESENT = Condition("EXISTS (SELECT 1 FROM item WHERE item.n = {v}.item AND item.version = {v}.n)")


def _either(held: Sequence[Condition]) -> Statement:
    """The conditions over the version or the one before it."""
    after, values = selection.joined(held, "v")
    before, again = selection.joined(held, "p")
    return " ".join(["((", after, ") OR (p.n IS NOT NULL AND", before, "))"]), (*values, *again)
