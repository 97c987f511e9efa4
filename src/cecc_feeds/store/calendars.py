"""Calendars: which events one holds, with their rendered entries.

Its one rule: coming events are never left out for past ones, and of those the newest are held.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from cecc_feeds.query import Query
from cecc_feeds.store import asking, index
from cecc_feeds.store.selection import Condition
from cecc_feeds.store.walks import Walk, Walks

CALENDAR_EVENTS = 1_000
CALENDAR_BYTES = 890_000
"""Of the 900 kB that clients take (clients.md 2.7), what the events may fill; the rest is head and time zones."""

COUNTED = 1_000
"""How far a feed counts what only a search tells."""

ALL = -1
"""As a LIMIT: none."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The kept entries of one feed, in order, and what its head has to say of them.

    `total` counts all that the query matches, or where there are more of them (`at_least`) as many as were counted;
    `zones` the TZIDs used, `newest` the newest `dated`, `deleted` the ids withdrawn lately, `oldest` the day of the
    last entry, `older` the month before an archive's that holds something. `cut` when calendars leave out events.
    """

    entries: Sequence[bytes]
    total: int
    modified: datetime
    zones: tuple[str, ...] = ()
    newest: datetime | None = None
    deleted: tuple[tuple[str, datetime], ...] = ()
    oldest: date | None = None
    older: date | None = None
    at_least: bool = False

    @property
    def cut(self) -> bool:
        return len(self.entries) < self.total or self.at_least


@dataclass(frozen=True, slots=True)
class Window:
    """The events that a calendar holds."""

    entries: Sequence[bytes]
    total: int
    at_least: bool
    zones: tuple[str, ...]

    @property
    def cut(self) -> bool:
        return len(self.entries) < self.total or self.at_least


def window(connection: Connection, walks: Walks, query: Query, today: date) -> Window:
    """Coming events soonest first, then past ones newest first, until the calendar is full."""
    limit = query.size
    day = today.isoformat()
    ahead = walks.plan(query, today, by="start", withdrawn=True, first=today)
    coming = _nearest(connection, ahead, "{v}.last_day >= ?", day, "ASC", limit)
    room = max(0, (CALENDAR_EVENTS if limit is None else limit) - len(coming))
    behind = walks.plan(query, today, by="start", withdrawn=True, last=today)
    past = _nearest(connection, behind, "{v}.last_day < ?", day, "DESC", room)
    if limit is None:
        past.sort(key=_latest)
        chosen = coming + _fitting(coming, past)
    else:
        chosen = _first(coming, limit) + _first(past, room)
    chosen.sort()
    left = len(coming) + len(past) > len(chosen)
    total, at_least = _total(walks, connection, query, today, len(coming) + len(past)) if left else (len(chosen), False)
    zones = tuple(sorted({row[2] for row in chosen} - {""}))
    return Window([row[3] for row in chosen], total, at_least, zones)


def _latest(row: Any) -> tuple[int, str]:
    return -row[0], row[1]


def _first(events: Sequence[Any], room: int) -> list[Any]:
    """So many of events in the order of their seconds: of those of the last one the first by id."""
    if len(events) <= room:
        return list(events)
    if room <= 0:
        return []
    edge = events[room - 1][0]
    begin = end = room - 1
    while begin and events[begin - 1][0] == edge:
        begin -= 1
    while end < len(events) and events[end][0] == edge:
        end += 1
    return [*events[:begin], *sorted(events[begin:end])[: room - begin]]


def _fitting(coming: Sequence[Any], past: Sequence[Any]) -> list[Any]:
    """The past events that a calendar has room for."""
    chosen: list[Any] = []
    held = sum(len(row[3]) for row in coming)
    for row in past:
        held += len(row[3])
        if len(coming) + len(chosen) >= CALENDAR_EVENTS or held > CALENDAR_BYTES:
            break
        chosen.append(row)
    return chosen


def _nearest(
    connection: Connection, walk: Walk | None, which: str, day: str, direction: str, most: int | None
) -> list[Any]:
    """The events of one side of a day, from there on; where there are more than so many, one more than those, and what
    else begins in its second: what is of one second stands in the order of ids, so all of it has to be seen."""
    if walk is None:
        return []
    walk = _along(walk)
    found = _events(connection, walk, [Condition(which, (day,))], direction, ALL if most is None else most + 1)
    if most is None or len(found) <= most:
        return found
    last = found[-1][4]
    low, high = (last + 1, last | index.MASK) if direction == "ASC" else (last & ~index.MASK, last - 1)
    beside = Condition("{k} BETWEEN ? AND ?", (low, high))
    return found + _events(connection, walk, [Condition(which, (day,)), beside], direction, ALL)


def _events(connection: Connection, walk: Walk, held: Sequence[Condition], direction: str, limit: int) -> list[Any]:
    """(second, id, zone, body, place) of the events of a walk that meet more conditions."""
    ending = f"ORDER BY {walk.key} {direction} LIMIT ?"
    asked, given = _asked(walk, COLUMNS, held, ending)
    return asking.rows(connection, asked, (*given, limit))


COLUMNS = f"vevent.k >> {index.SHIFT}, vevent.id, vevent.zone, vevent.body, vevent.k"
"""What is asked of events: in the order in which they are sorted."""


def _along(walk: Walk) -> Walk:
    """A walk of all events goes along `vevent` itself, which lies in that order: nothing need be looked up."""
    if walk.table != "listed" or walk.given[0] != index.EVENTS:
        return walk
    where = tuple(one.replace(walk.key, "vevent.k") for one in walk.where[1:])
    return replace(walk, table="vevent", key="vevent.k", where=where, given=walk.given[1:])


def _asked(walk: Walk, columns: str, held: Sequence[Condition], ending: str) -> tuple[str, tuple[Any, ...]]:
    """The statement that asks a walk for columns of `vevent`, and what is given to it: versions are looked at only for
    what `vevent` does not tell."""
    rest = tuple(one for one in walk.rest if any(f"{{v}}.{column}" in one.sql for column in OTHERS))
    own = [*held, *(one for one in walk.rest if one not in rest)]
    more = " AND ".join(f"({one.sql})" for one in own).replace("{v}", "vevent").replace("{k}", walk.key) or "1"
    walk = replace(walk, rest=rest)
    joins = "" if walk.table == "vevent" else f"CROSS JOIN vevent ON vevent.k = {walk.key}"
    asked = walk.sql(columns, ending, more, joins=joins)
    return asked, (*walk.values, *(value for one in own for value in one.given))


OTHERS = ("first_day", "withdrawn", "status", "type", "topics", "record", "dated")
"""The columns that only the version has."""


def _total(walks: Walks, connection: Connection, query: Query, today: date, known: int) -> tuple[int, bool]:
    """How many events the list holds, of which so many are known, and whether there are more than that."""
    walk = walks.plan(query, today, by="start", withdrawn=True)
    if walk is None:
        return 0, False
    if walk.facet is not None and all("shown_until" in one.sql for one in walk.rest):
        hidden = int(asking.value(connection, HIDDEN, (walk.facet, today.isoformat())))
        return walks.count(replace(walk, rest=())) - hidden, False
    if known > COUNTED:
        return known - 1, True
    asked, given = _asked(walk, "1", [], "LIMIT ?")
    counting = " ".join(["SELECT count(*) FROM (", asked, ")"])
    found = int(asking.value(connection, counting, (*given, COUNTED + 1)))
    return min(found, COUNTED), found > COUNTED


HIDDEN = (
    "SELECT count(*) FROM vevent CROSS JOIN listed ON listed.facet = ? AND listed.k = vevent.k "
    "WHERE vevent.shown_until < ? AND vevent.shown_until IS NOT NULL"
)
"""How many events of a list calendars hold no longer."""
