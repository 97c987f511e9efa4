"""A month of events, as weeks and as a list.

Its one rule: an event stands on the days of its own zone, as its notice says them.
"""

from calendar import SUNDAY, Calendar, monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from cecc_feeds.model import Kept
from cecc_feeds.query import CALENDAR_MOST, Day, Query
from cecc_feeds.web.site import Site

MONTHS = "January February March April May June July August September October November December".split()
YEARS = range(1900, 2200)
WIDE = 0x2E7F
SETTINGS = (("", 24, 30, True), ("close", 29, 38, False))
"""How a month is set on a sheet of paper: class, characters a line, lines, whether places are told; else "closest"."""


@dataclass(frozen=True, slots=True)
class Square:
    """One day of the table; `within` is whether it belongs to the month."""

    day: date
    within: bool
    events: tuple[Kept, ...]


@dataclass(frozen=True, slots=True)
class CalendarMonth:
    """Weeks from Sunday to Saturday, and the months around; `earlier` and `later` are the nearest that hold events."""

    first: date
    weeks: tuple[tuple[Square, ...], ...]
    events: tuple[Kept, ...]
    before: date | None
    after: date | None
    earlier: date | None
    later: date | None

    @property
    def density(self) -> str:
        """How close the table is set for one sheet of paper, by what the fullest day of each week holds."""
        for word, width, lines, places in SETTINGS:
            fullest = (max(_lines(one, width, places=places) for one in week) for week in self.weeks)
            if sum(fullest) <= lines:
                return word
        return "closest"

    @property
    def name(self) -> str:
        return month_words(self.first)

    @property
    def path(self) -> str:
        return month_path(self.first)


def _lines(square: Square, width: int, *, places: bool) -> int:
    """About how many lines of so many characters the events of a day take; Chinese is twice as wide."""
    lines = 0
    for kept in square.events:
        place = kept.item.event.location if places and kept.item.event else None
        told = f"10:30 a.m. {kept.item.heading} (cancelled) {place or ''}"
        lines += -(-sum(1 + (ord(character) > WIDE) for character in told) // width)
    return lines


def month_words(first: date) -> str:
    """`April 2026`."""
    return f"{MONTHS[first.month - 1]} {first.year}"


def month_path(first: date) -> str:
    return f"/events/{first.year:04}-{first.month:02}"


def calendar_month(site: Site, year: int, number: int) -> CalendarMonth:
    """The month with all events that touch it; `year` must be one of `YEARS`."""
    first, last = date(year, number, 1), date(year, number, monthrange(year, number)[1])
    query = Query(only="events", start=Day(fixed=first), until=Day(fixed=last), order="start")
    events = site.store.find(query, today=site.today, size=CALENDAR_MOST)
    held = [date(*month[:2], 1) for month in site.store.months()]
    return CalendarMonth(
        first=first,
        weeks=tuple(
            tuple(Square(day, day.month == number, _on(day, events)) for day in week)
            for week in Calendar(SUNDAY).monthdatescalendar(year, number)
        ),
        events=tuple(events),
        before=_stepped(site, held, first, -1),
        after=_stepped(site, held, first, 1),
        earlier=max((month for month in held if month < first), default=None),
        later=min((month for month in held if month > first), default=None),
    )


def _on(day: date, events: list[Kept]) -> tuple[Kept, ...]:
    return tuple(
        kept for kept in events if kept.item.event and kept.item.event.first_day <= day <= kept.item.event.last_day
    )


def _stepped(site: Site, held: Iterable[date], first: date, by: int) -> date | None:
    """The month before or after; None outside the years, and in files beyond the months that are worth one."""
    year, month = divmod(first.year * 12 + first.month - 1 + by, 12)
    if year not in YEARS:
        return None
    stepped = date(year, month + 1, 1)
    around = [site.today.replace(day=1), *held]
    return None if site.static and not min(around) <= stepped <= max(around) else stepped
