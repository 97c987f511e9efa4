"""Days, times and zones in the words that people read.

Its one rule: what is written here, `times` reads back.
"""

import re
from datetime import date, datetime, time, timedelta, timezone

MONTHS = tuple("January February March April May June July August September October November December".split())
WEEKDAYS = tuple("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split())


def day_words(d: date) -> str:
    """`Thursday, April 30, 2015`."""
    return f"{WEEKDAYS[d.weekday()]}, {plain_day(d)}"


def clock_words(t: time | datetime) -> str:
    """`2:00 p.m.`, `noon`, `midnight`."""
    if t.minute == 0 and t.hour % 12 == 0:
        return "noon" if t.hour else "midnight"
    return f"{t.hour % 12 or 12}:{t.minute:02} {'p.m.' if t.hour >= 12 else 'a.m.'}"


def span_words(start: date | datetime, end: date | datetime | None, *, tzname: bool = True) -> str:
    """When it is, for people: `Tuesday, December 1, 2026, 9:30–11:00 a.m. EST`; times in the zone of `start`."""
    if not isinstance(start, datetime):
        return _days_words(start, end if isinstance(end, date) else start)
    ending = end.astimezone(start.tzinfo) if isinstance(end, datetime) else start
    first, last = (_zone_words(edge) if tzname else "" for edge in (start, ending))
    between = first if first != last else ""  # the clocks change in between
    if ending.date() == start.date():
        return f"{day_words(start)}, {_clocks_words(start, ending, between)}{last}"
    return f"{day_words(start)}, {clock_words(start)}{between} – {day_words(ending)}, {clock_words(ending)}{last}"


def plain_day(d: date) -> str:
    return f"{MONTHS[d.month - 1]} {d.day}, {d.year}"


def _days_words(first: date, last: date) -> str:
    if first == last:
        return day_words(first)
    month_and_day = f"{MONTHS[first.month - 1]} {first.day}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{month_and_day}–{last.day}, {last.year}"
    return f"{month_and_day if first.year == last.year else plain_day(first)} – {plain_day(last)}"


def _clocks_words(start: datetime, end: datetime, between: str) -> str:
    first, last = clock_words(start), clock_words(end)
    if first == last and not between:
        return first
    if last.endswith(("a.m.", "p.m.")) and not between:
        first = first.removesuffix(last[-5:])  # one a.m. or p.m. serves both
    return f"{first}{between}–{last}"


def _zone_words(value: datetime) -> str:
    name = value.tzname() or ""
    if re.fullmatch("[A-Za-z]+", name):
        return f" {name}"
    offset = timezone(value.utcoffset() or timedelta())
    return " " + re.sub(r"(?<=[+-])0|:00$", "", str(offset))
