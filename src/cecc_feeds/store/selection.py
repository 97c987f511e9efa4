"""Query as SQL: the optimisation of `Query.matches` and `sort_key`, held to them by a property test.

Its one rule: conditions are over `version`, so that the same ones find the present list and date its last change.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select

from cecc_feeds.query import Day, Query, sought
from cecc_feeds.store.schema import change, difference, version, version_topic

columns = version.c


def conditions(query: Query, today: date) -> list[ColumnElement[bool]]:
    """What a version must fulfil to be in the list on that day, present or past."""
    found = _scope(query, today)
    for part in query.all():
        found += _narrowing(part, _days(query), today=today)
    return found


def archived(query: Query, before: date | None) -> tuple[Query, list[ColumnElement[bool]]]:
    """For when an archive page last changed: its list, and the months that decide its bytes: its own and `before`, the
    one that it leads to (None: it is the last, and whatever came before it would show)."""
    if query.archive is None:
        return query, []
    dated, end = _days(query)[2], month_after(query.archive).isoformat()
    begin = [dated >= before.isoformat()] if before else []
    return query.without("archive"), [dated < end, *begin]


def older(query: Query, today: date) -> tuple[ColumnElement[Any], list[ColumnElement[bool]]]:
    """The newest day of the list before the archive's month: what to take the greatest of, and where."""
    dated, month = _days(query)[2], query.archive or today
    return func.max(dated), [*conditions(query.without("archive"), today), dated < month.isoformat()]


def month_after(month: date) -> date:
    """The first day of the next month."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def _days(query: Query) -> tuple[ColumnElement[Any], ColumnElement[Any], ColumnElement[Any]]:
    """The columns of the days that `from` and `to` look at, and of the one that the list is dated by."""
    if query.scope == "changes":
        return change.c.day, change.c.day, change.c.day
    if query.scope == "items":
        return columns.dated_day, columns.dated_day, columns.dated_day
    return columns.first_day, columns.last_day, columns.dated_day


def _scope(query: Query, today: date) -> list[ColumnElement[bool]]:
    if query.scope in ("items", "changes"):
        return []
    held = or_(columns.shown_until.is_(None), columns.shown_until >= today.isoformat())
    if query.scope == "events":
        return [columns.start.is_not(None)]
    called_off = [columns.withdrawn.is_(False), columns.status != "cancelled"] if query.cancelled_as == "drop" else []
    return [columns.start.is_not(None), held, *called_off]


def _narrowing(
    query: Query, days: tuple[ColumnElement[Any], ColumnElement[Any], ColumnElement[Any]], *, today: date
) -> list[ColumnElement[bool]]:
    first, last, dated = days
    found: list[ColumnElement[bool]] = []
    if query.types:
        found.append(columns.type.in_(query.types))
    if query.topics:
        topic = version_topic.c
        found.append(exists(select(topic.n).where(topic.n == columns.n, topic.slug.in_(query.topics))))
    if query.status:
        found.append(and_(columns.status.is_not(None), columns.status.in_(query.status)))
    if query.start:
        found.append(last >= query.start.on(today).isoformat())
    if query.until:
        found.append(first <= query.until.on(today).isoformat())
    if query.archive:
        found.append(dated.startswith(query.archive.isoformat()[:8]))
    if query.change:
        told = select(difference.c.change).where(difference.c.change == change.c.n)
        found.append(exists(told.where(difference.c.kind.in_(query.change)).correlate(change)))
    return found + [columns.search.contains(sought(word)) for word in query.words]


def ordering(query: Query) -> list[ColumnElement[Any]]:
    """ORDER BY of a list: `sort_key` as columns."""
    if query.ordering == "start":
        return [case((columns.start.is_(None), 1), else_=0), columns.start.asc(), columns.item_id.asc()]
    key = columns.updated if query.ordering == "updated" else columns.dated
    return [key.desc(), columns.item_id.asc()]


def turnings(
    query: Query, today: date
) -> list[tuple[ColumnElement[Any], list[ColumnElement[bool]], Callable[[str], date]]]:
    """How the list turned by itself: (day column to take the greatest of, where, that day to the midnight's day).

    An item leaves when its last day falls before a relative `from`, enters when a relative `to` reaches its first day,
    and leaves a calendar after its `shown_until` (clients.md 2.5).
    """
    first, last, _ = _days(query)
    found: list[tuple[ColumnElement[Any], list[ColumnElement[bool]], Callable[[str], date]]] = []
    for number, part in enumerate(query.all()):
        if part.start and part.start.relative:
            others = conditions(_without(query, number, "start"), today)
            left = last < part.start.on(today).isoformat()
            found.append((last, [*others, left], _first_day(part.start, today, beyond=True)))
        if part.until and part.until.relative:
            others = conditions(_without(query, number, "until"), today)
            entered = first <= part.until.on(today).isoformat()
            found.append((first, [*others, entered], _first_day(part.until, today, beyond=False)))
    if query.scope == "calendar":
        held = _events_of(query)
        gone = [columns.shown_until < today.isoformat(), columns.shown_until > date.min.isoformat()]
        found.append((columns.shown_until, [*conditions(held, today), *gone], _day_after))
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
