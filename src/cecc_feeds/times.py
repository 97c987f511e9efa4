"""Dates and ranges as people and sites write them, zones; and `datewords`, given on.

One rule: nothing is guessed. A text is read whole by one of our own patterns or refused with a sentence; no day, month,
year or half of the day is ever filled in. dateutil is used here only, and only to check what our patterns read
(clients.md 5.3 lists what it reads wrongly).
"""

import re
import warnings
from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.parser import isoparse, parse
from dateutil.tz import datetime_ambiguous, datetime_exists

from cecc_feeds.datewords import MONTHS, WEEKDAYS, clock_words, day_words, plain_day, span_words
from cecc_feeds.errors import RecordError
from cecc_feeds.text import quoted

__all__ = [
    "DAY_LENGTH", "YEARS", "Span", "clock_words", "day_words", "fmt_stamp", "local", "local_day", "parse_day",
    "parse_edge", "parse_stamp", "parse_when", "sort_instant", "span_words", "utc", "zone",
]  # fmt: skip

YEARS = range(1900, 2200)

_MONTH_NUMBERS = {name.lower()[:end]: at for at, name in enumerate(MONTHS, 1) for end in (3, None)} | {"sept": 9}
_WEEKDAY_NUMBERS = {name.lower()[:end]: at for at, name in enumerate(WEEKDAYS) for end in (3, None)}
_WEEKDAY_NUMBERS |= {"tues": 1, "weds": 2, "thur": 3, "thurs": 3}
# People write EST all year, so a zone's word names the place and never the offset.
_ZONES_OF_WORDS = (
    dict.fromkeys("et est edt eastern".split(), "America/New_York")
    | dict.fromkeys("ct cst cdt central".split(), "America/Chicago")
    | dict.fromkeys("mt mst mdt mountain".split(), "America/Denver")
    | dict.fromkeys("pt pst pdt pacific".split(), "America/Los_Angeles")
    | dict.fromkeys("gmt utc".split(), "UTC")
)
_MACHINE_ZONES = ("localtime", "posixrules", "Factory", "posix/", "right/")

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")
_FLAGS = re.IGNORECASE | re.ASCII  # ASCII: full-width and other digits are refused
_MONTH = rf"(?:{'|'.join(sorted(_MONTH_NUMBERS, key=len, reverse=True))})\.?"
_WEEKDAY = rf"(?:(?P<weekday>{'|'.join(sorted(_WEEKDAY_NUMBERS, key=len, reverse=True))})\.?,? )?"
_NUMBER = r"\d{1,2}(?:st|nd|rd|th)?"
_DAY_LAYOUTS = tuple(
    re.compile(layout.replace("MONTH", f"(?P<month>{_MONTH})").replace("DAY", r"(?P<day>\d{1,2})"), _FLAGS)
    for layout in (
        rf"{_WEEKDAY}MONTH DAY(?:st|nd|rd|th)?(?:, ?| )(?P<year>\d{{4}})",
        rf"{_WEEKDAY}DAY(?:st|nd|rd|th)? MONTH,? (?P<year>\d{{4}})",
        r"DAY-MONTH-(?P<year>\d{4})",
        r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)",
    )
)
_ISO_DAY = _DAY_LAYOUTS[-1]
_ISO_STAMP = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)[T ](?P<clock>(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?)(?:(?<=:\d\d:\d\d)\.\d+)?"
    r" ?(?P<offset>Z|[+-]\d\d:?\d\d)?",
    _FLAGS,
)
_STRICT = re.compile(
    r"\d{4}-\d\d-\d\d(?:T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?)?", re.ASCII
)
"""RFC 3339 in the one spelling that nobody can read in two ways: no second parser is asked."""
DAY_LENGTH = len("2026-12-01")
_CLOCK = re.compile(
    r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d\d)(?::(?P<second>\d\d))?)?(?: ?(?P<half>[ap])\.? ?m\b\.?)?", _FLAGS
)
_NAMED_CLOCKS = tuple(
    (re.compile(rf"\b(?:12(?::00)? )?{name}\b", _FLAGS), hour)
    for name, hour in (("noon", "12 pm"), ("midnight", "12 am"))
)


def _unnamed(*patterns: re.Pattern[str]) -> str:
    return "(?:" + "|".join(re.sub(r"\?P<\w+>", "?:", pattern.pattern) for pattern in patterns) + ")"


_SOME_DAY, _SOME_CLOCK, _SOME_STAMP = _unnamed(*_DAY_LAYOUTS), _unnamed(_CLOCK), _unnamed(_ISO_STAMP)
_AFTER_DAY = r"(?: ?[-,|] ?| )(?:at |from )?"
_TO = r"(?:(?! -\d\d:?\d\d$) ?- ?| (?:to|until|till) )"  # "9:30 a.m. -05:00" is an offset, no range
_ZONE = r"(?: ?\(?(?P<{}>[a-z]+)(?: time)?\)?)?"
_ISO_SPAN = re.compile(rf"(?P<start>{_SOME_STAMP})(?:(?: ?/ ?|{_TO})(?P<end>{_SOME_STAMP}))?", _FLAGS)
_WHEN = re.compile(
    rf"(?P<day>{_SOME_DAY})(?:{_AFTER_DAY}(?P<start>{_SOME_CLOCK}){_ZONE.format('zone')}"
    rf"(?:{_TO}(?:(?P<last>{_SOME_DAY}){_AFTER_DAY})?(?P<end>{_SOME_CLOCK}){_ZONE.format('end_zone')})?)?",
    _FLAGS,
)

# Why a text fits no pattern: the first that is found says it.
_REFUSALS = tuple(
    (re.compile(pattern, _FLAGS), why)
    for why, pattern in {
        "no date is given": r"^$",
        "a character outside ASCII stands where a date should be": r"[^\x00-\x7f]",
        "month or day first is not known; write 2026-12-01 or December 1, 2026": r"\b\d{1,2}[/.]\d{1,2}[/.]\d{2,4}\b",
        "it names several days; make one record a day": (
            rf"{_MONTH} {_NUMBER} ?(?:-|to|and|&|,) ?(?:{_MONTH} )?{_NUMBER},? \d{{4}}"
            rf"|\b{_NUMBER} ?(?:-|to|and|&) ?{_NUMBER} {_MONTH}|{_SOME_DAY}{_TO}{_SOME_DAY}$"
        ),
        "it names no year": rf"({_MONTH} {_NUMBER}|\b{_NUMBER} {_MONTH})(?!.*\b\d{{4}}\b)",
        "something else than one day and one range of times stands in it": _SOME_DAY,
        "it names no day": rf"^{_SOME_CLOCK}\b",
        "it is no date known here, such as December 1, 2026 or 2026-12-01": "",
    }.items()
)
_DEFAULTS = (datetime(1904, 2, 3, tzinfo=UTC), datetime(2031, 7, 29, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Span:
    """When something is: aware datetimes, or dates for whole days. `end` None is an end nobody knows."""

    start: datetime | date
    end: datetime | date | None


@lru_cache
def zone(name: str) -> ZoneInfo:
    """The zone of an IANA name, such as America/New_York; RecordError where there is none."""
    wrong = RecordError(f"{quoted(name)} is not a time zone; use an IANA name such as America/New_York")
    well_formed = re.fullmatch(r"[A-Z][A-Za-z0-9_+-]{1,30}(?:/[A-Za-z0-9_+-]{1,30}){0,2}", name)
    if not well_formed or name.startswith(_MACHINE_ZONES):
        raise wrong
    try:
        return ZoneInfo(name)
    except (LookupError, OSError, ValueError) as why:
        raise wrong from why


def local(naive: datetime, tz: ZoneInfo) -> datetime:
    """A clock time in its zone; RecordError where the clocks skip it, or show it twice."""
    placed = naive.replace(tzinfo=tz)
    if naive.year in YEARS and _is_plain(placed):
        return placed
    when = f"{naive:%H:%M} on {plain_day(naive)} in {tz.key}"
    if naive.year not in YEARS:
        raise RecordError(f"{when}: the year is not between {YEARS[0]} and {YEARS[-1]}")
    if not datetime_exists(naive, tz):
        raise RecordError(f"the clocks skip {when}")
    if datetime_ambiguous(naive, tz):
        offsets = " or ".join(fmt_stamp(naive.replace(tzinfo=tz, fold=fold))[19:] for fold in (0, 1))
        raise RecordError(f"the clocks show {when} twice; say which with an offset such as {offsets}")
    return placed


def _is_plain(value: datetime) -> bool:
    """Whether the clocks of its zone show it once: in a gap and in what comes twice, the folds differ (PEP 495)."""
    return value.utcoffset() == value.replace(fold=1 - value.fold).utcoffset()


def utc(value: datetime) -> datetime:
    """The same instant in UTC. A naive datetime is a fault of the caller: ValueError."""
    if value.tzinfo is None:
        raise ValueError(f"{value} has no zone")
    return value if value.tzinfo is UTC else value.astimezone(UTC)


def sort_instant(value: date | datetime, tz: ZoneInfo) -> datetime:
    """Where `value` stands in time, in UTC: a whole day at its first instant in `tz`."""
    return utc(value) if isinstance(value, datetime) else _begin(value, tz)


@lru_cache(maxsize=4096)
def _begin(day: date, tz: ZoneInfo) -> datetime:
    """The first instant of a day, in UTC."""
    midnight = datetime.combine(day, time(), tz)
    if _is_plain(midnight) or datetime_exists(midnight):
        return midnight.astimezone(UTC)
    before = midnight.replace(fold=1).astimezone(UTC)  # PEP 495: in a gap, fold=1 reads as before it, fold=0 as after
    gap = range(int((midnight.astimezone(UTC) - before).total_seconds()))

    def clock(seconds: int) -> datetime:
        return (before + timedelta(seconds=seconds)).astimezone(tz).replace(tzinfo=None)

    return before + timedelta(seconds=bisect_left(gap, midnight.replace(tzinfo=None), key=clock))


def local_day(value: date | datetime, tz: ZoneInfo) -> date:
    """The day of `value` on a calendar in `tz`."""
    return value.astimezone(tz).date() if isinstance(value, datetime) else value


def parse_day(text: str) -> date:
    """The one day a text names, in 1900-2199: `Thursday, April 30, 2015`, `Apr. 30, 2015`, `30 April 2015`, ISO.

    RecordError for anything else, for a weekday that is not the date's, and for 12/01/2026.
    """
    return _day(_normal(text), text)


def parse_when(text: str, tz: ZoneInfo) -> Span:
    """The day, or the day and times, that a text names: the spellings of shapes.md 5 and 7 and no others.

    Times that name no zone are in `tz`. A day alone is a whole day whose times are not known. The end is None where
    none is given or it equals the start. RecordError, with the reason, for everything that isn't one range.
    """
    normal = _normal(text)
    if iso := _ISO_SPAN.fullmatch(normal):
        end = _placed(_iso_stamp(iso["end"], text), tz) if iso["end"] else None
        return _span(_placed(_iso_stamp(iso["start"], text), tz), end, text)
    for name, hour in _NAMED_CLOCKS:
        normal = name.sub(hour, normal)
    written = _WHEN.fullmatch(normal)
    if not written:
        raise _refusal(normal, text)
    day = _day(written["day"], text)
    return _span(*_times(written, day, text, tz), text) if written["start"] else Span(day, None)


def parse_stamp(text: str) -> date | datetime:
    """The date, or the date-time with offset, of a record (RFC 3339; seconds may be missing, fractions are dropped)."""
    value = _iso(text)
    if isinstance(value, datetime) and value.tzinfo is None:
        raise RecordError(f"{quoted(text)} gives no offset; add one such as -04:00 or Z")
    return value


def parse_edge(text: str, tz: ZoneInfo) -> date | datetime:
    """The start or end of an event: an ISO date, or an ISO date-time, in `tz` where it has no offset.

    The result is always in `tz`: an offset gives the instant.
    """
    value = _iso(text)
    return _placed(value, tz) if isinstance(value, datetime) else value


def _normal(text: str) -> str:
    return " ".join(text.translate(_DASHES).split())


def _refusal(normal: str, text: str) -> RecordError:
    why = next(why for pattern, why in _REFUSALS if pattern.search(normal[:200]))
    return RecordError(f"{quoted(text)} cannot be read: {why}")


def _day(normal: str, text: str) -> date:
    found = next((match for layout in _DAY_LAYOUTS if (match := layout.fullmatch(normal))), None)
    if not found:
        raise _refusal(normal, text)
    parts = found.groupdict()
    day = _checked_day(parts["year"], parts["month"].lower().rstrip("."), parts["day"], text)
    said = _WEEKDAY_NUMBERS.get((parts.get("weekday") or "").lower(), day.weekday())
    if said != day.weekday():
        weekday = WEEKDAYS[day.weekday()]
        raise RecordError(f"{quoted(text)} says {WEEKDAYS[said]}, but {plain_day(day)} is a {weekday}")
    return day


def _checked_day(year: str, month: str, day: str, text: str) -> date:
    number = int(month) if month.isdigit() else _MONTH_NUMBERS[month]
    if int(year) not in YEARS:
        raise RecordError(f"{quoted(text)} cannot be read: the year is not between {YEARS[0]} and {YEARS[-1]}")
    try:
        ours = date(int(year), number, int(day))
    except ValueError as why:
        raise RecordError(f"{quoted(text)} cannot be read: there is no such day") from why
    if _by_dateutil(f"{MONTHS[number - 1]} {int(day)}, {year}") != ours:
        raise RecordError(f"{quoted(text)} cannot be read: two parsers disagree on it")
    return ours


@lru_cache(maxsize=65536)
def _by_dateutil(spelled: str) -> date | None:
    """What dateutil reads, None where it would fill something in: then two defaults give two results."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        readings = {parse(spelled, default=default).date() for default in _DEFAULTS}
    return readings.pop() if len(readings) == 1 else None


def _iso(text: str) -> date | datetime:
    normal = text.strip()
    if _STRICT.fullmatch(normal):
        try:
            value = date.fromisoformat(normal) if len(normal) == DAY_LENGTH else datetime.fromisoformat(normal)
        except ValueError:
            value = date.min  # what is wrong with it is told below
        if value.year in YEARS:
            return value
    return _day(normal, text) if _ISO_DAY.fullmatch(normal) else _iso_stamp(normal, text)


def _iso_stamp(normal: str, text: str) -> datetime:
    parts = _ISO_STAMP.fullmatch(normal)
    if not parts:
        raise RecordError(f"{quoted(text)} cannot be read: write it as 2026-12-01 or 2026-12-01T09:30:00-05:00")
    day = _day(parts["date"], text)
    try:
        value = isoparse(f"{day}T{parts['clock']}{(parts['offset'] or '').upper()}")
    except ValueError as why:
        raise RecordError(f"{quoted(text)} cannot be read: there is no such offset") from why
    offset = value.utcoffset()  # dateutil's own offset classes would come out of icalendar as floating times
    return value if offset is None else value.replace(tzinfo=timezone(offset))


def _placed(value: datetime, tz: ZoneInfo) -> datetime:
    return local(value, tz) if value.tzinfo is None else value.astimezone(tz)


def _times(written: re.Match[str], day: date, text: str, tz: ZoneInfo) -> tuple[datetime, datetime | None]:
    tz = _zone_of_words({written["zone"], written["end_zone"]} - {None}, text) or tz
    if written["zone"] and written["end"] and not _is_sure(_parts(written["end"])):  # GMT-5
        raise RecordError(f"{quoted(text)} cannot be read: what stands after {quoted(written['zone'])} is not clear")
    start, end = _clocks(written["start"], None if written["last"] else written["end"], text)
    if written["last"]:  # an end with a day of its own says its own a.m. or p.m.
        day_of_end, (end, _) = _day(written["last"], text), _clocks(written["end"], None, text)
    else:  # "10 p.m. to midnight" is the midnight that ends the day
        day_of_end = day + timedelta(days=end == time(0) < start and _is_sure(_parts(written["start"])))
    ending = local(datetime.combine(day_of_end, end), tz) if end is not None else None
    return local(datetime.combine(day, start), tz), ending


def _zone_of_words(zone_words: set[str], text: str) -> ZoneInfo | None:
    if strange := sorted(word for word in zone_words if word.lower() not in _ZONES_OF_WORDS):
        raise RecordError(f"{quoted(text)} cannot be read: {quoted(strange[0])} is no time zone known here")
    names = {_ZONES_OF_WORDS[word.lower()] for word in zone_words}
    if len(names) > 1:
        raise RecordError(f"{quoted(text)} cannot be read: it names two time zones")
    return zone(names.pop()) if names else None


def _clocks(start: str, end: str | None, text: str) -> tuple[time, time | None]:
    """Both clock times. One a.m. or p.m. serves both, unless that puts the start after the end (11 to 12:30 p.m.)."""
    first, last = (_parts(clock) for clock in (start, end or start))
    if not (_is_sure(first) or _is_sure(last)):
        raise RecordError(f"{quoted(text)} cannot be read: a.m. or p.m. is not said")
    begun = _clock(first, first["half"] or last["half"], text)
    ended = _clock(last, last["half"] or first["half"], text)
    if begun > ended and last["half"] and not first["half"]:
        begun = _clock(first, "a", text)
    elif begun > ended and first["half"] == "a" and not last["half"]:
        ended = _clock(last, "p", text)
    return begun, ended if end else None


def _parts(clock: str) -> dict[str, str]:
    return {
        name: (value or "").lower() for found in _CLOCK.finditer(clock) for name, value in found.groupdict().items()
    }


def _is_sure(parts: dict[str, str]) -> bool:
    """Whether it names its half of the day, or is of 24 hours: 14:00, 00:30. 09:00 is not: sites pad p.m. hours too."""
    return bool(parts["half"] or (parts["minute"] and (int(parts["hour"]) > 12 or parts["hour"] == "00")))


def _clock(parts: dict[str, str], half: str, text: str) -> time:
    hour, minute, second = (int(parts[name] or 0) for name in ("hour", "minute", "second"))
    if hour not in (range(1, 13) if half else range(24)) or minute > 59 or second > 59:
        raise RecordError(f"{quoted(text)} cannot be read: {parts['hour']}:{minute:02} is no such time of day")
    return time(hour % 12 + 12 * (half == "p") if half else hour, minute, second)


def _span(start: datetime, end: datetime | None, text: str) -> Span:
    if end is None or utc(end) == utc(start):  # sites print 10:30-10:30 where they don't know
        return Span(start, None)
    if utc(end) < utc(start):
        raise RecordError(f"{quoted(text)} ends before it starts; an end on the next day needs its own date")
    if utc(end) - utc(start) > timedelta(days=1):
        raise RecordError(f"{quoted(text)} cannot be read: it names several days; make one record a day")
    return Span(start, end)


def fmt_stamp(value: date | datetime) -> str:
    """ISO 8601 as records hold it: `2015-04-30`, `2015-04-30T14:00:00-04:00`; UTC is +00:00."""
    if not isinstance(value, datetime):
        return value.isoformat()
    offset = value.utcoffset()
    if offset is None or offset.total_seconds() % 60:  # some zones had odd seconds before 1937; RFC 3339 has none
        value = utc(value)
    return value.isoformat(timespec="seconds")
