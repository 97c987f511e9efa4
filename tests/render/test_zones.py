"""Time zone blocks: right against zoneinfo, and of the one shape that every client reads."""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import icalendar
import pytest

from cecc_feeds.render.zones import exact_from, vtimezone
from tests.other_parsers import shared
from tests.other_parsers import vtimezone as independent

SINCE = {
    "America/New_York": 2007,
    "Europe/London": 1996,
    "Europe/Berlin": 1996,
    "Europe/Dublin": 1996,
    "Australia/Sydney": 2008,
    "Australia/Lord_Howe": 2008,
    "America/Havana": 2013,
    "Asia/Tehran": 2023,
    "Asia/Tokyo": 1971,
    "Asia/Kolkata": 1971,
    "Asia/Shanghai": 1992,
    "Asia/Kathmandu": 1986,
    "America/Argentina/Buenos_Aires": 2010,
}
NO_RULE = ["Africa/Casablanca", "Africa/Cairo", "America/Santiago", "America/Nuuk", "Asia/Gaza"]
NO_PLAIN_NAME = ["UTC", "EST5EDT", "GMT", "Etc/GMT+5", "Etc/UTC", "/vendor/Area/City", "UTC-05:00", ""]


def block(zone: str) -> bytes:
    made = vtimezone(zone)
    assert made is not None
    return made


def read_back(zone: str) -> tzinfo:
    """The zone as icalendar understands our block, whatever the zone database says."""
    odd_name = block(zone).replace(zone.encode(), b"Made/Up")
    component = icalendar.Timezone.from_ical(odd_name)
    assert isinstance(component, icalendar.Timezone)
    return component.to_tz(lookup_tzid=False)


@pytest.mark.parametrize("zone", SINCE)
def test_a_block_says_what_zoneinfo_says_at_every_hour_of_change_from_2007_to_2060(zone: str) -> None:
    theirs, ours = ZoneInfo(zone), read_back(zone)
    start = max(datetime(2007, 1, 1, tzinfo=UTC), exact_from(zone) or datetime(2061, 1, 1, tzinfo=UTC))
    moment, wrong = start + timedelta(hours=12), []
    while moment.year < 2061:
        naive = moment.astimezone(theirs).replace(tzinfo=None)
        if naive.replace(tzinfo=ours).utcoffset() != moment.astimezone(theirs).utcoffset():
            wrong.append(moment)
        moment += timedelta(days=1)
    assert wrong == []


@pytest.mark.parametrize(("zone", "year"), SINCE.items())
def test_a_block_is_right_from_the_year_it_names_and_not_before(zone: str, year: int) -> None:
    assert exact_from(zone) == datetime(year, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("zone", NO_RULE + NO_PLAIN_NAME)
def test_a_zone_without_a_yearly_rule_or_a_plain_name_has_no_block(zone: str) -> None:
    assert (vtimezone(zone), exact_from(zone)) == (None, None)


@pytest.mark.parametrize("zone", SINCE)
def test_a_block_has_one_standard_at_most_one_daylight_and_no_dates(zone: str) -> None:
    lines = block(zone).decode().split("\r\n")
    daylight = lines.count("BEGIN:DAYLIGHT")
    assert (lines.count("BEGIN:STANDARD"), daylight) in ((1, 0), (1, 1))
    assert [line.split(":")[0] for line in lines if re.match("RDATE|COMMENT|LAST-MODIFIED|TZURL", line)] == []
    assert sum(line.startswith("RRULE:FREQ=YEARLY;BYDAY=") for line in lines) == 2 * daylight
    assert sum(line.startswith("DTSTART:1970") for line in lines) == 1 + daylight
    assert sum(line.startswith("TZOFFSETTO:") for line in lines) == 1 + daylight
    assert lines[1:3] == [f"TZID:{zone}", f"X-LIC-LOCATION:{zone}"]


def test_the_block_of_new_york_is_that_of_the_golden_calendar() -> None:
    golden = shared("golden/golden.ics").read_bytes()
    assert block("America/New_York") in golden


@pytest.mark.parametrize("zone", SINCE)
def test_an_independent_maker_writes_the_same_lines(zone: str) -> None:
    theirs, since = independent(zone)
    ours = exact_from(zone)
    assert theirs is not None
    assert ours is not None
    assert sorted(map(_sorted_rule, theirs.split("\r\n"))) == sorted(
        map(_sorted_rule, block(zone).decode().split("\r\n"))
    )
    assert since == max(ours, datetime(1990, 1, 1, tzinfo=UTC))


def _sorted_rule(line: str) -> str:
    name, _, value = line.partition(":")
    return f"{name}:{';'.join(sorted(value.split(';')))}"
