"""Query as SQL: the optimisation of `Query.matches` and `sort_key`, held to them by a property test.

Its one rule: conditions are over `version`, so that the same ones find the present list and date its last change.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from cecc_feeds.query import Day, Query, sought
from cecc_feeds.store import index
from cecc_feeds.text import is_cjk

Mark = tuple[str, str]
"""("type" or "topic", slug), or ("", a word of `store.index`)."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What a version must fulfil, `{v}` standing for its table.

    `groups`: what it is found by, one mark of each group; `proven`: what is found so fulfils it.
    """

    sql: str
    given: tuple[Any, ...] = ()
    groups: tuple[tuple[Mark, ...], ...] = ()
    proven: bool = False


@lru_cache(maxsize=256)  # each is asked for several times by one answer
def conditions(query: Query, today: date, day: str = "") -> tuple[Condition, ...]:
    """What a version must fulfil to be in the list on that day, present or past.

    `day`: the column that stands for the days that the query names, where it is another than the list's own.
    """
    found = _scope(query, today)
    days = (day, day, day) if day else _days(query)
    for part in query.all():
        found += _narrowing(part, days, today=today)
    return tuple(found)


def archived(query: Query, before: date | None) -> tuple[Query, list[Condition]]:
    """For when an archive page last changed: its list, and the months that decide its bytes: its own and `before`, the
    one that it leads to (None: it is the last, and whatever came before it would show)."""
    if query.archive is None:
        return query, []
    end = month_after(query.archive).isoformat()
    begin = [before.isoformat()] if before else []
    sql = "{v}.dated_day < ? AND {v}.dated_day >= ?" if begin else "{v}.dated_day < ?"
    return query.without("archive"), [Condition(sql, (end, *begin))]


def month_after(month: date) -> date:
    """The first day of the next month."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def joined(parts: Iterable[Condition], v: str) -> tuple[str, tuple[Any, ...]]:
    """The conditions as one over the table `v`, and what is given to it; those that read records are the last."""
    held = sorted(parts, key=lambda part: "search_text" in part.sql)
    sql = " AND ".join(f"({part.sql})" for part in held).replace("{v}", v) or "1"
    return sql, tuple(value for part in held for value in part.given)


def _days(query: Query) -> tuple[str, str, str]:
    """The columns of the days that `from` and `to` look at, and of the one that the list is dated by."""
    if query.scope in ("items", "changes"):
        return "{v}.dated_day", "{v}.dated_day", "{v}.dated_day"
    return "{v}.first_day", "{v}.last_day", "{v}.dated_day"


def _scope(query: Query, today: date) -> list[Condition]:
    if query.scope in ("items", "changes"):
        return []
    found = [EVENT]
    if query.scope == "calendar":
        found.append(Condition("{v}.shown_until IS NULL OR {v}.shown_until >= ?", (today.isoformat(),)))
        if query.cancelled_as == "drop":
            found.append(Condition("NOT {v}.withdrawn AND {v}.status <> 'cancelled'"))
    return found


EVENT = Condition("{v}.start IS NOT NULL", groups=((("", "_e"),),), proven=True)


def _narrowing(query: Query, days: tuple[str, str, str], *, today: date) -> list[Condition]:
    first, last, dated = days
    found: list[Condition] = []
    if query.types:
        marks = tuple(("type", slug) for slug in query.types)
        found.append(Condition(f"{{v}}.type IN ({_marks(query.types)})", query.types, (marks,), proven=True))
    if query.topics:
        sql = " OR ".join(["instr({v}.topics, ?)"] * len(query.topics))
        marks = tuple(("topic", slug) for slug in query.topics)
        found.append(Condition(sql, tuple(f" {slug} " for slug in query.topics), (marks,), proven=True))
    if query.status:
        marks = tuple(("", f"_s{status}") for status in query.status)
        found.append(Condition(f"{{v}}.status IN ({_marks(query.status)})", query.status, (marks,), proven=True))
    if query.start:
        found.append(Condition(f"{last} >= ?", (query.start.on(today).isoformat(),)))
    if query.until:
        found.append(Condition(f"{first} <= ?", (query.until.on(today).isoformat(),)))
    if query.archive:
        edges = query.archive.isoformat(), month_after(query.archive).isoformat()
        found.append(Condition(f"{dated} >= ? AND {dated} < ?", edges))
    return found + [_word(word) for word in query.words]


def _word(word: str) -> Condition:
    groups = tuple(((("", token),)) for token in index.sought(word))
    proven = not is_cjk(word) or len(word) < 3
    return Condition("instr(search_text({v}.record), ?)", (sought(word),), groups, proven)


def _marks(values: tuple[str, ...]) -> str:
    return ", ".join("?" * len(values))


def kinds(query: Query) -> list[Condition]:
    """What a change must fulfil to be of the kinds that are asked for."""
    return [
        Condition(
            " OR ".join(["instr({v}.kinds, ?)"] * len(part.change)),
            tuple(f" {kind} " for kind in part.change),
            (tuple(("", f"_k{kind}") for kind in part.change),),
        )
        for part in query.all()
        if part.change
    ]


Turning = tuple[str, list[Condition], Callable[[str], date]]
"""The day column to take the greatest of, where, and that day to the midnight's day."""


def turnings(query: Query, today: date, day: str = "") -> list[Turning]:
    """How the list turned by itself; `day` as in `conditions`.

    An item leaves when its last day falls before a relative `from`, enters when a relative `to` reaches its first day,
    and leaves a calendar after its `shown_until` (clients.md 2.5).
    """
    first, last, _ = (day, day, day) if day else _days(query)
    found: list[Turning] = []
    for number, part in enumerate(query.all()):
        if part.start and part.start.relative:
            others = conditions(_without(query, number, "start"), today, day)
            left = Condition(f"{last} < ?", (part.start.on(today).isoformat(),))
            found.append((last, [*others, left], _first_day(part.start, today, beyond=True)))
        if part.until and part.until.relative:
            others = conditions(_without(query, number, "until"), today, day)
            entered = Condition(f"{first} <= ?", (part.until.on(today).isoformat(),))
            found.append((first, [*others, entered], _first_day(part.until, today, beyond=False)))
    if query.scope == "calendar":
        edges = today.isoformat(), date.min.isoformat()
        gone = Condition("{v}.shown_until < ? AND {v}.shown_until > ?", edges)
        found.append(("{v}.shown_until", [*conditions(_events_of(query), today), gone], _day_after))
    return found


def _events_of(query: Query) -> Query:
    """All events of a calendar's query, whether calendars still hold them or not."""
    return replace(query, only="events", base=query.base and _events_of(query.base))


def _without(query: Query, number: int, name: str) -> Query:
    if number == 0:
        return query.without(name)
    return replace(query, base=query.base and _without(query.base, number - 1, name))


def _day_after(day: str) -> date:
    return date.fromisoformat(day) + timedelta(days=1)


def _first_day(bound: Day, today: date, *, beyond: bool) -> Callable[[str], date]:
    """The first day, up to today, on which the bound had passed (`beyond`) or reached the item's day; bounds rise."""

    def turned(day: str) -> date:
        wanted = date.fromisoformat(day)
        low, high = today - timedelta(days=40_000), today
        while low < high:
            middle = low + (high - low) // 2
            reached = bound.on(middle) > wanted if beyond else bound.on(middle) >= wanted
            low, high = (low, middle) if reached else (middle + timedelta(days=1), high)
        return high

    return turned


ORDERS = {
    "published": "version.dated DESC, item.id",
    "start": "version.start IS NULL, version.start, item.id",
    "updated": "version.updated DESC, item.id",
}
"""ORDER BY of a list: `sort_key` as columns."""
