"""Walks: lists of present items in the order of their places, from an end or from a day, and how many they hold.

Its one rule: a walk visits what it may hold and nothing far from it, however large the archive; conditions decide.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection

from cecc_feeds.query import Query
from cecc_feeds.store import asking, index, rows, selection, ties
from cecc_feeds.store.knowing import MET, Apart
from cecc_feeds.store.selection import Condition, Mark

FEW = 2_000
"""Up to how many items are sorted rather than walked in order."""

DAY = timedelta(days=1)
SHOWN = Condition("NOT {v}.withdrawn")
EMPTY = "\0"
"""In place of a MATCH: nothing can be found."""


@dataclass(frozen=True, slots=True)
class Walk:
    """Where a list is walked: the table of places, the conditions on it, and those that are left for the version."""

    table: str
    key: str
    where: tuple[str, ...]
    given: tuple[Any, ...]
    rest: tuple[Condition, ...]
    facet: int | None = None

    def sql(self, columns: str, ending: str = "", *more: str, joins: str = "", always: bool = False) -> str:
        """The statement that asks for columns; `always`: the version is among the tables in any case."""
        joined = [VERSION.replace("{k}", self.key)] if self.rest or always else []
        rest, _ = selection.joined(self.rest, "version")
        where = " AND ".join([*self.where, *([rest] if self.rest else []), *more])
        return " ".join(["SELECT", columns, "FROM", self.table, *joined, joins, "WHERE", where, ending])

    @property
    def values(self) -> tuple[Any, ...]:
        return (*self.given, *selection.joined(self.rest, "version")[1])


VERSION = f"CROSS JOIN item ON item.seat = ({{k}} & {index.MASK}) CROSS JOIN version ON version.n = item.version"


class Walks:
    """Plans and walks of one state of the store."""

    def __init__(self, connection: Connection, apart: Callable[[], Apart]) -> None:
        """`apart` gives what is known of words that never met."""
        self._connection = connection
        self._apart = apart
        self._known: dict[tuple[str, str], int] = {}
        self._asked: set[str] = set()
        self._plans: dict[tuple[Any, ...], Walk] = {}

    def numbers(self, slugs: Iterable[str]) -> Mapping[tuple[str, str], int]:
        """The numbers of those of the slugs that are known, and of any others that were asked for before."""
        missing = set(slugs) - self._asked
        if missing:
            self._asked |= missing
            asked = "SELECT kind, slug, n FROM slug WHERE slug IN (SELECT value FROM json_each(?))"
            found = asking.rows(self._connection, asked, (rows.listed(missing),))
            self._known |= {(kind, slug): n for kind, slug, n in found}
        return self._known

    def matched(self, groups: Sequence[tuple[Mark, ...]], *, past: bool = False) -> str:
        """What to MATCH for one mark of each group; EMPTY where nothing can be found.

        `past`: also what was called so before it was renamed.
        """
        found = self._parts(groups, past=past)
        return " AND ".join(found) if len(found) < 2 or self._met(found) else EMPTY

    def _met(self, parts: Sequence[str]) -> bool:
        """Whether any version, present or past, ever had all of it: where two common words never meet, FTS5 walks both
        lists to their ends, which is done once here; later only what came since then is looked at."""
        apart, matched = self._apart(), " AND ".join(parts)
        upto = apart.get(matched, 0)
        if upto == MET:
            return True
        newest = asking.value(self._connection, NEWEST) or 0
        if upto and newest - upto <= FEW:
            asked, given = " INTERSECT ".join([SINCE] * len(parts)), [one for part in parts for one in (part, upto)]
        else:
            asked, given = EVER, [matched]
        met = bool(asking.rows(self._connection, f"{asked} LIMIT 1", tuple(given)))
        apart[matched] = MET if met else newest
        return met

    def _parts(self, groups: Sequence[tuple[Mark, ...]], *, past: bool) -> list[str]:
        """What to MATCH for each group; EMPTY alone where one of them finds nothing."""
        numbers = self.numbers(slug for group in groups for kind, slug in group if kind)
        found = []
        for group in dict.fromkeys(groups):
            words = [word for mark in group for word in self._words(mark, numbers, past=past)]
            if not words:
                return [EMPTY]
            quoted = " OR ".join(f'"{word}"' for word in words)
            found.append(f"({quoted})" if len(words) > 1 else quoted)
        return found

    def _words(self, mark: Mark, numbers: Mapping[Mark, int], *, past: bool) -> list[str]:
        kind, word = mark
        if not kind:
            return [word]
        if mark not in numbers:
            return []
        letter = "_t" if kind == "type" else "_o"
        also = asking.rows(self._connection, ALIASES, (numbers[mark],)) if past else ()
        return [f"{letter}{n}" for n in (numbers[mark], *(n for (n,) in also))]

    def plan(
        self,
        query: Query,
        today: date,
        *,
        by: str,
        withdrawn: bool,
        first: date | None = None,
        last: date | None = None,
    ) -> Walk | None:
        """How to walk a list by `dated` or by `start` of its items; None where it holds nothing.

        `first` and `last`: between which days no item is to be missed; the walk may hold others as well.
        """
        asked = (query, today, by, withdrawn)
        walk = self._plans.get(asked) if first is last is None else None
        if walk is None:
            walk = self._plan(query, today, by, withdrawn=withdrawn, first=first, last=last)
            if walk is not None and walk.facet is not None:  # others hang on what is kept meanwhile
                self._plans[asked] = walk
        return walk

    def _plan(
        self, query: Query, today: date, by: str, *, withdrawn: bool, first: date | None, last: date | None
    ) -> Walk | None:
        held = selection.conditions(query, today)
        rest = tuple(one for one in held if not one.proven)
        groups = [group for one in held for group in one.groups]
        if by == "start":
            groups = [group for group in groups if group != EVENT_GROUP]
        facet = self._facet(groups, by)
        low, high = self._edges(query, today, by, first, last)
        if facet is not None:
            where, given = ["listed.facet = ?"], list[Any]([facet])
            table, key = "listed", "listed.k"
            rest = rest if withdrawn else (*rest, SHOWN)
        else:
            table = "item_words" if by == "dated" else "event_words"
            matched = self.matched(groups)
            if matched == EMPTY:
                return None
            key = f"{table}.rowid"
            where, given = [f"{table} MATCH ?"], [matched if withdrawn else f'{matched} NOT "_w"']
        for edge, sign in ((low, ">="), (high, "<=")):
            if edge is not None:
                where.append(f"{key} {sign} ?")
                given.append(edge)
        return Walk(
            table, key, tuple(where), tuple(given), rest, None if low is not None or high is not None else facet
        )

    def near(self, query: Query, today: date, *, withdrawn: bool) -> Walk | None:
        """A walk of the few events that lie between the days of a query; None where they are many."""
        walk = self.plan(query, today, by="start", withdrawn=withdrawn)
        if walk is None or _days_of(query, today, "start") == (None, None):
            return None
        return walk if self.count(replace(walk, rest=()), most=FEW) < FEW else None

    def _facet(self, groups: Sequence[tuple[Mark, ...]], by: str) -> int | None:
        """The list that holds exactly what the groups find; None where there is no such list."""
        wanted = set(groups)
        if not wanted:
            return index.ALL if by == "dated" else index.EVENTS
        if wanted == {EVENT_GROUP}:
            return index.EVENTS_BY_DATE
        group = next(iter(wanted))
        if len(wanted) > 1 or len(group) > 1 or not group[0][0]:
            return None
        number = self.numbers([group[0][1]]).get(group[0])
        return None if number is None else 2 * number + (by == "start")

    def _edges(
        self, query: Query, today: date, by: str, first: date | None, last: date | None
    ) -> tuple[int | None, int | None]:
        """Between which places the days of the query lie, with room for zones."""
        low, high = _days_of(query, today, by)
        low = max((day for day in (low, first) if day), default=None)
        high = min((day for day in (high, last) if day), default=None)
        found: list[int | None] = [None, None]
        if low is not None:
            far = asking.value(self._connection, FAR[by], (low.isoformat(),))
            near = _seconds(low - 2 * DAY)
            found[0] = index.place(near if far is None else min(near, far), 0)
        if high is not None:
            found[1] = index.place(_seconds(high + 3 * DAY), 0)
        return found[0], found[1]

    def page(
        self, walk: Walk, *, limit: int, offset: int, ascending: bool = False, backwards: bool = False
    ) -> list[tuple[int, int]]:
        """(place, seat) of a page; what is of one second stands in the order of ids, whatever the places say.

        `backwards`: the offset is from the end. All of a second at an edge is read only where its places do not tell.
        """
        direction = "ASC" if ascending != backwards else "DESC"
        asked = walk.sql(walk.key, f"ORDER BY {walk.key} {direction} LIMIT ? OFFSET ?")
        found = [k for (k,) in asking.rows(self._connection, asked, (*walk.values, limit, offset))]
        if not found:
            return []
        low, high = sorted((found[0], found[-1]))
        mixed = None if ascending else ties.mixed(self._connection, low >> index.SHIFT, high >> index.SHIFT)
        if mixed == set():
            return [(k, k & index.MASK) for k in (reversed(found) if backwards else found)]
        within = (
            low if mixed is not None and low >> index.SHIFT not in mixed else low & ~index.MASK,
            high if mixed is not None and high >> index.SHIFT not in mixed else high | index.MASK,
        )
        named = "" if walk.rest else f"CROSS JOIN item ON item.seat = ({walk.key} & {index.MASK})"
        asked = walk.sql(
            f"{walk.key}, item.id", f"ORDER BY {walk.key} {direction}", f"{walk.key} BETWEEN ? AND ?", joins=named
        )
        whole = asking.rows(self._connection, asked, (*walk.values, *within))
        skipped = next(number for number, (k, _) in enumerate(whole) if k == found[0])
        begin = len(whole) - skipped - len(found) if backwards else skipped
        sign = 1 if ascending else -1
        whole.sort(key=lambda row: (sign * (row[0] >> index.SHIFT), row[1]))
        return [(k, k & index.MASK) for k, _ in whole[begin : begin + len(found)]]

    def beside(self, walk: Walk, table: str, *, limit: int) -> list[tuple[int, Any]] | None:
        """The first page backwards, with the body that a table of entries has for each; None where places alone do not
        tell its order."""
        asked = walk.sql(
            f"{walk.key}, entry.body",
            f"ORDER BY {walk.key} DESC LIMIT ?",
            joins=f"LEFT JOIN {table} entry ON entry.seat = ({walk.key} & {index.MASK})",
        )
        found = asking.rows(self._connection, asked, (*walk.values, limit))
        if found and ties.mixed(self._connection, found[-1][0] >> index.SHIFT, found[0][0] >> index.SHIFT):
            return None
        return found

    def beyond(self, walk: Walk, today: date) -> tuple[Walk, Walk] | None:
        """For a list of all up to a day that is not long past: the walks of all, and of the few that come after it."""
        rest = [one for one in walk.rest if one is not SHOWN]
        if walk.table != "listed" or len(rest) != 1 or rest[0].sql != UNTIL:
            return None
        (day,) = rest[0].given
        if date.fromisoformat(day) < today - 366 * DAY:
            return None
        low = index.place(_seconds(_within(date.fromisoformat(day)) - 2 * DAY), 0)
        facet = walk.given[0]
        shown = (SHOWN,) if SHOWN in walk.rest else ()
        after = (Condition(UNTIL.replace("<=", ">"), (day,)), *shown)
        whole = Walk(walk.table, walk.key, walk.where[:1], (facet,), shown, facet)
        return whole, Walk(walk.table, walk.key, (walk.where[0], f"{walk.key} >= ?"), (facet, low), after)

    def counted(self, walk: Walk) -> bool:
        """Whether how many a walk visits is known without counting."""
        return walk.facet is not None and walk.rest in ((), (SHOWN,))

    def count(self, walk: Walk, *, most: int | None = None) -> int:
        """How many a walk visits; no more than `most` are counted."""
        if self.counted(walk):
            asked = "SELECT total, withdrawn FROM tally WHERE facet = ?"
            found = asking.rows(self._connection, asked, (walk.facet,))
            return found[0][0] - (found[0][1] if walk.rest else 0) if found else 0
        if most is None:
            return int(asking.value(self._connection, walk.sql("count(*)"), walk.values))
        inner = walk.sql("1", "LIMIT ?")
        asked = " ".join(["SELECT count(*) FROM (", inner, ")"])
        return int(asking.value(self._connection, asked, (*walk.values, most)))


UNTIL = "{v}.first_day <= ?"
EVER = "SELECT 1 FROM trail WHERE trail MATCH ?"
SINCE = "SELECT rowid FROM trail WHERE trail MATCH ? AND rowid > ?"
"""Of one word FTS5 leaps to where it is to begin; of several together it finds the first match of all before that."""
NEWEST = "SELECT max(n) FROM version"
EVENT_GROUP: tuple[Mark, ...] = (("", "_e"),)
ALIASES = (
    "WITH RECURSIVE led (n) AS (SELECT old FROM alias WHERE slug = ?1 "
    "UNION SELECT alias.old FROM led JOIN alias ON alias.slug = led.n) SELECT n FROM led WHERE n <> ?1"
)
FAR = {
    "dated": "SELECT min(ahead) FROM version WHERE ahead IS NOT NULL AND dated_day >= ?",
    "start": "SELECT min(start) FROM version WHERE first_day < last_day AND last_day >= ?",
}
"""The earliest place of what a day is in range of although it stands far before it."""


def _seconds(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())


def _days_of(query: Query, today: date, by: str) -> tuple[date | None, date | None]:
    """The first and the last day that the list can hold, as far as they tell of `dated` or `start`."""
    lows, highs = [], []
    for part in query.all():
        if (by == "start") == query.by_event:
            lows += [part.start.on(today)] if part.start else []
            highs += [part.until.on(today)] if part.until else []
        if part.archive and by == "dated":
            lows.append(part.archive)
            highs.append(selection.month_after(part.archive) - DAY)
    return max(map(_within, lows), default=None), min(map(_within, highs), default=None)


def _within(day: date) -> date:
    """A day that has room about it and a place."""
    return min(max(day, date(1800, 1, 1)), date(2400, 1, 1))
