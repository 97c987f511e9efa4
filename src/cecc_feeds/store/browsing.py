"""Browsing: what pages ask of the store besides lists: what is near an item, what a list is made up of, all addresses.

Its one rule: an answer reads a bounded part of an index, however large the archive.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import Connection

from cecc_feeds import times
from cecc_feeds.model import Kept
from cecc_feeds.query import Query
from cecc_feeds.store import asking, index, rows
from cecc_feeds.store.walks import Walk, Walks

PART = 5_000
"""How many seats a part of the sitemap covers: few enough that none keeps a worker busy; 50,000 may be named."""


@dataclass(frozen=True, slots=True)
class MakeUp:
    """How many items of a list are of each type, topic (by slug) and year; an event counts in each of its years."""

    types: Counter[str]
    topics: Counter[str]
    years: Counter[int]


class Browsing:
    """What can be asked; made by `Reading`."""

    def __init__(self, connection: Connection, walks: Walks, *, zone: str) -> None:
        self._connection = connection
        self._walks = walks
        self._zone = zone

    def near(self, query: Query, kept: Kept, *, today: date, most: int) -> list[Kept]:
        """The other items of a list that are nearest to one in date (of events in start), the nearest first."""
        by = "start" if query.by_event and kept.item.event else "dated"
        walk = self._walks.plan(query, today, by=by, withdrawn=False)
        seat = asking.value(self._connection, "SELECT seat FROM item WHERE id = ?", (kept.item.id,))
        if walk is None or seat is None:
            return []
        event, zone = kept.item.event, times.zone(self._zone)
        at = rows.seconds(times.sort_instant(event.start, zone) if event and by == "start" else kept.dated)
        here = index.place(at, seat)
        around = [*self._beyond(walk, "<", "DESC", here, most), *self._beyond(walk, ">", "ASC", here, most)]
        away = {k & index.MASK: abs(index.instant_of(k) - at) for k in around}
        found = asking.rows(self._connection, rows.KEPT_OF, (rows.listed(away),))
        others = [(away[n], rows.kept_of(row, zone=self._zone)) for n, *row in found]
        others.sort(key=lambda other: (other[0], other[1].item.id))
        return [other for _, other in others[:most]]

    def _beyond(self, walk: Walk, sign: str, direction: str, place: int, most: int) -> list[int]:
        """The first places of a walk on one side of a place."""
        asked = walk.sql(walk.key, f"ORDER BY {walk.key} {direction} LIMIT ?", f"{walk.key} {sign} ?")
        return [k for (k,) in asking.rows(self._connection, asked, (*walk.values, place, most))]

    def make_up(self, query: Query, *, today: date, most: int) -> MakeUp | None:
        """What a list is made up of, limit and page left aside; None where it holds more than `most` items."""
        walk = self._walks.plan(query, today, by="start" if query.by_event else "dated", withdrawn=False)
        made = MakeUp(Counter(), Counter(), Counter())
        if walk is None:
            return made
        if self._walks.count(walk, most=most + 1) > most:  # which asks no version where words or a list alone tell
            return None
        days = ("first_day", "last_day") if query.by_event else ("dated_day", "dated_day")
        columns = ", ".join(f"version.{column}" for column in ("type", "topics", *days))
        for kind, topics, first, last in asking.rows(self._connection, walk.sql(columns, always=True), walk.values):
            made.types[kind] += 1
            made.topics.update(topics.split())
            made.years.update(range(int(first[:4]), int(last[:4]) + 1))
        return made

    def event_counts(self, kind: Literal["type", "topic"]) -> dict[str, int]:
        """Slug to the number of events that hold it now."""
        asked = "SELECT slug, total - withdrawn FROM slug JOIN tally ON tally.facet = 2 * slug.n + 1 WHERE kind = ?"
        return {slug: count for slug, count in asking.rows(self._connection, asked, (kind,)) if count}

    def parts(self) -> list[int]:
        """The numbers of the parts, of `PART` seats each from 1 on, that hold an item which is there."""
        return [n for (n,) in asking.rows(self._connection, PARTS, (PART,))]

    def part(self, number: int) -> list[tuple[str, datetime]]:
        """The id of each item of a part that is there, and when any of its bytes last changed."""
        edges = (number - 1) * PART, number * PART
        return [(item_id, rows.instant(at)) for item_id, at in asking.rows(self._connection, IN_PART, edges)]


PARTS = (
    "WITH RECURSIVE part (number) AS (SELECT 1 UNION ALL "
    "SELECT number + 1 FROM part WHERE number * ?1 < (SELECT max(seat) FROM item)) "
    "SELECT number FROM part WHERE EXISTS (SELECT 1 FROM item WHERE seat > (number - 1) * ?1 AND seat <= number * ?1 "
    "AND withdrawn IS NULL AND version IS NOT NULL)"
)
IN_PART = (
    "SELECT id, max(calendar_at, news_at, record_at) FROM item WHERE seat > ? AND seat <= ? "
    "AND withdrawn IS NULL AND version IS NOT NULL ORDER BY id"
)
