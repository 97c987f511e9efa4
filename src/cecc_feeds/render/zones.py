"""VTIMEZONE blocks that Outlook takes: one STANDARD, at most one DAYLIGHT, yearly rules (clients.md 2.3, C7–C10).

Its one rule: a block is only as good as the time it is right for, so `exact_from` goes with every `vtimezone`; before
that instant, and in zones without a yearly rule, events are written in UTC.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

from cecc_feeds.render.contentlines import written

FIRST, LAST = 1971, 2060
"""The years that a rule is compared with, from the last one back."""

ANCHOR = 1970
"""The year in which every block begins, as in what Google exports."""

SETTLED = 2030
"""A rule that would only hold from later than this year is no yearly rule (Ramadan ends in some zones' tables)."""

PLAIN_NAME = re.compile(r"(?!Etc/)[A-Za-z_]+(/[A-Za-z0-9_+-]+){1,2}")
"""What every reader takes for an IANA name (C14); the zones of Etc are numbers in disguise."""

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LAST_WEEK = -1

Observance = TimezoneStandard | TimezoneDaylight


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the offset that comes every year: on a weekday of a month, at a time of the clock before it."""

    before: timedelta
    after: timedelta
    month: int
    weekday: int
    clock: time


@dataclass(frozen=True, slots=True)
class Year:
    """What a zone does in a year; `weeks` says which weekday of its month each change is (3, -1: third, last)."""

    offset: timedelta
    changes: tuple[Change, ...]
    weeks: tuple[frozenset[int], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A year that repeats itself from `since` on, with the weeks that fit all those years."""

    zone: tzinfo
    since: int
    year: Year


@lru_cache(maxsize=256)
def vtimezone(tzid: str) -> bytes | None:
    """The block of an IANA zone (RFC 5545 3.6.5), with CRLF; None where its clock follows no yearly rule."""
    rule = _rule(tzid)
    return _block(tzid, rule) if rule else None


@lru_cache(maxsize=256)
def exact_from(tzid: str) -> datetime | None:
    """The instant (UTC) from which `vtimezone` says what the zone really did; None where there is no block."""
    rule = _rule(tzid)
    return datetime(rule.since, 1, 1, tzinfo=UTC) if rule else None


@lru_cache(maxsize=256)
def _rule(tzid: str) -> Rule | None:
    if not PLAIN_NAME.fullmatch(tzid):
        return None
    zone = ZoneInfo(tzid)
    years = _years(zone)
    last = years[LAST]
    since, weeks = LAST + 1, last.weeks
    for number in range(LAST, FIRST - 1, -1):
        year = years[number]
        if (year.offset, year.changes) != (last.offset, last.changes):
            break
        common = tuple(a & b for a, b in zip(weeks, year.weeks, strict=True))
        if not all(common):
            break
        since, weeks = number, common
    if since > SETTLED or len(last.changes) not in (0, 2):
        return None
    return Rule(zone, since, Year(last.offset, last.changes, weeks))


def _years(zone: tzinfo) -> dict[int, Year]:
    found: dict[int, list[datetime]] = {number: [] for number in range(FIRST, LAST + 1)}
    for instant in _instants_of_change(zone):
        found[instant.year].append(instant)
    return {number: _year(zone, number, instants) for number, instants in found.items()}


def _instants_of_change(zone: tzinfo) -> Iterator[datetime]:
    """The first seconds of each new offset, found day by day and then by halving."""
    day, end = datetime(FIRST, 1, 1, tzinfo=UTC), datetime(LAST + 1, 1, 1, tzinfo=UTC)
    offset = _offset(zone, day)
    while day < end:
        following = day + timedelta(days=1)
        if (new := _offset(zone, following)) != offset:
            yield _halved(zone, day, following)
            offset = new
        day = following


def _halved(zone: tzinfo, old: datetime, new: datetime) -> datetime:
    while (gap := new - old) > timedelta(seconds=1):
        middle = old + timedelta(seconds=gap.total_seconds() // 2)
        old, new = (middle, new) if _offset(zone, middle) == _offset(zone, old) else (old, middle)
    return new


def _year(zone: tzinfo, number: int, instants: list[datetime]) -> Year:
    changes = [_change(zone, instant) for instant in instants]
    return Year(
        _offset(zone, datetime(number, 1, 1, tzinfo=UTC)),
        tuple(change for change, _ in changes),
        tuple(weeks for _, weeks in changes),
    )


def _change(zone: tzinfo, instant: datetime) -> tuple[Change, frozenset[int]]:
    before = _offset(zone, instant - timedelta(seconds=1))
    clock = (instant + before).replace(tzinfo=None)
    weeks = {(clock.day - 1) // 7 + 1}
    if (clock + timedelta(days=7)).month != clock.month:
        weeks.add(LAST_WEEK)
    change = Change(before, _offset(zone, instant), clock.month, clock.weekday(), clock.time())
    return change, frozenset(weeks)


def _offset(zone: tzinfo, instant: datetime) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()


def _block(tzid: str, rule: Rule) -> bytes:
    block = Timezone()
    block.add("tzid", tzid)
    block.add("x-lic-location", tzid)
    for observance in _observances(rule) if rule.year.changes else [_unchanging(rule)]:
        block.add_component(observance)
    return written(block)


def _observances(rule: Rule) -> Iterator[Observance]:
    """DAYLIGHT first. The later clock is the daylight one, also in Dublin, whose law has it the other way round."""
    pairs = sorted(zip(rule.year.changes, rule.year.weeks, strict=True), key=lambda pair: pair[0].after, reverse=True)
    made: tuple[Observance, ...] = (TimezoneDaylight(), TimezoneStandard())
    for observance, (change, weeks) in zip(made, pairs, strict=True):
        week = LAST_WEEK if LAST_WEEK in weeks else min(weeks)
        byday = f"{week}{WEEKDAYS[change.weekday]}"
        _add_offsets(observance, change.before, change.after, _name(rule, change))
        observance.add("dtstart", datetime.combine(_anchor(change, week), change.clock))
        observance.add("rrule", {"freq": "yearly", "bymonth": change.month, "byday": byday})
        yield observance


def _unchanging(rule: Rule) -> TimezoneStandard:
    observance = TimezoneStandard()
    name = datetime(LAST, 1, 1, tzinfo=UTC).astimezone(rule.zone).tzname()
    _add_offsets(observance, rule.year.offset, rule.year.offset, name or "")
    observance.add("dtstart", datetime(ANCHOR, 1, 1))  # noqa: DTZ001 - RFC 5545 3.6.5: local time of the zone itself
    return observance


def _add_offsets(observance: Observance, before: timedelta, after: timedelta, name: str) -> None:
    observance.add("tzoffsetfrom", before)
    observance.add("tzoffsetto", after)
    observance.add("tzname", name)


def _name(rule: Rule, change: Change) -> str:
    """The zone's own word for the time after a change: EDT, IST, +0330."""
    days = (datetime(LAST, month, 15, tzinfo=UTC).astimezone(rule.zone) for month in range(1, 13))
    return next(day.tzname() or "" for day in days if day.utcoffset() == change.after)


def _anchor(change: Change, week: int) -> date:
    """The first day of the rule: that weekday of that month in ANCHOR."""
    first = date(ANCHOR, change.month, 1)
    month = [first + timedelta(days=day) for day in range(31)]
    fitting = [day for day in month if day.month == change.month and day.weekday() == change.weekday]
    return fitting[week if week == LAST_WEEK else week - 1]
