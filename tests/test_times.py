"""When: every spelling that is read, every trap that is refused, and what people are told."""

import warnings
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import datetime_ambiguous, datetime_exists
from hypothesis import given
from hypothesis import strategies as st

from cecc_feeds import times
from cecc_feeds.errors import RecordError
from cecc_feeds.times import Span

NEW_YORK = ZoneInfo("America/New_York")


def ny(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


def span(day: str, start: str, end: str | None = None, *, last: str | None = None) -> Span:
    return Span(ny(f"{day}T{start}"), ny(f"{last or day}T{end}") if end else None)


# Spellings of shapes.md 5 and 7. The first block is what cecc.gov prints.
SPELLINGS = {
    "Thursday, April 30, 2015 – 02:00 PM to 4:00 PM": span("2015-04-30", "14:00", "16:00"),
    "Thursday, April 30, 2015 — 02:00 PM to 4:00 PM": span("2015-04-30", "14:00", "16:00"),
    "Thursday, April 30, 2015 - 02:00 PM to 4:00 PM": span("2015-04-30", "14:00", "16:00"),
    "Thursday, April 30, 2015−02:00 PM to 4:00 PM": span("2015-04-30", "14:00", "16:00"),
    "Thursday,\xa0April 30, 2015\u202f– 02:00\u2009PM  to\n4:00 PM ": span("2015-04-30", "14:00", "16:00"),
    "Wednesday, July 10, 2024 – 10:00 AM to 12:00 PM": span("2024-07-10", "10:00", "12:00"),
    "Tuesday, October 24, 2023 – 09:00 AM to 9:00 AM": span("2023-10-24", "09:00"),
    "Tuesday, October 24, 2023 – 10:30 AM to 10:30 AM": span("2023-10-24", "10:30"),
    "Monday, July 19, 2010 - 2:00pm to 3:30pm": span("2010-07-19", "14:00", "15:30"),
    "Thursday, May 9, 2013 - 11:00am to 12:30pm": span("2013-05-09", "11:00", "12:30"),
    "2006-03-06T14:00:00": span("2006-03-06", "14:00"),
    "2016-05-24T12:00:00 - 2016-05-24T14:00:00": span("2016-05-24", "12:00", "14:00"),
    "2016-05-24T12:00:00 – 2016-05-24T12:00:00": span("2016-05-24", "12:00"),
    "2016-05-24T12:00/2016-05-24T14:00": span("2016-05-24", "12:00", "14:00"),
    "Wednesday, September 18, 2024, at 10:00 am (EDT)": span("2024-09-18", "10:00"),
    # peers and letters
    "2016-05-24T12:00:00Z": span("2016-05-24", "08:00"),
    "2023-11-29 14:30:00+00:00": span("2023-11-29", "09:30"),
    "2026-11-01T01:30:00-05:00": Span(ny("2026-11-01T01:30").replace(fold=1), None),
    "Friday, March 1, 2024 at 9:30 a.m.": span("2024-03-01", "09:30"),
    "March 1, 2024, 10:00 a.m. EST": span("2024-03-01", "10:00"),
    "July 1, 2024, 10:00 a.m. EST": span("2024-07-01", "10:00"),
    "July 1, 2024, 10:00 a.m. Eastern Time": span("2024-07-01", "10:00"),
    "Wednesday, Nov. 5, 2025 | 10:00 a.m. ET – 11:30 a.m. ET": span("2025-11-05", "10:00", "11:30"),
    "March 1, 2024, 2:30 p.m. to 4:30 p.m.": span("2024-03-01", "14:30", "16:30"),
    "March 1, 2024, 10 to 11:30 a.m.": span("2024-03-01", "10:00", "11:30"),
    "March 1, 2024, 11 to 12:30 p.m.": span("2024-03-01", "11:00", "12:30"),
    "March 1, 2024, 11 a.m. to 12:30": span("2024-03-01", "11:00", "12:30"),
    "March 1, 2024, 10 a.m. to 11:30": span("2024-03-01", "10:00", "11:30"),
    "March 1, 2024, 12 to 1:30 p.m.": span("2024-03-01", "12:00", "13:30"),
    "March 1, 2024, from 10 a.m. to 11:30 a.m.": span("2024-03-01", "10:00", "11:30"),
    "March 1, 2024, from 2 - 3:30 PM": span("2024-03-01", "14:00", "15:30"),
    "March 1, 2024, from 2:30 – 4:00 PM": span("2024-03-01", "14:30", "16:00"),
    "March 1, 2024 from 2:00 PM - 3:30 PM": span("2024-03-01", "14:00", "15:30"),
    "March 1, 2024, from 10:00 to 11:30 AM": span("2024-03-01", "10:00", "11:30"),
    "March 1, 2024, 9.30 am": span("2024-03-01", "09:30"),
    "March 1, 2024, noon": span("2024-03-01", "12:00"),
    "March 1, 2024, 12:00 noon to 1 p.m.": span("2024-03-01", "12:00", "13:00"),
    "March 1, 2024, 10 to noon": span("2024-03-01", "10:00", "12:00"),
    "March 1, 2024, 12 a.m.": span("2024-03-01", "00:00"),
    "March 1, 2024, midnight": span("2024-03-01", "00:00"),
    "March 1, 2024, 10 p.m. to midnight": span("2024-03-01", "22:00", "00:00", last="2024-03-02"),
    "March 1, 2024, 14:00–15:30": span("2024-03-01", "14:00", "15:30"),
    "March 1, 2024, 9:30 – 14:00": span("2024-03-01", "09:30", "14:00"),
    "Tuesday, June 2, 2009 - 3:00pm": span("2009-06-02", "15:00"),
    "25-MAY-2021 10:00 AM": span("2021-05-25", "10:00"),
    "2026-12-01 9:30 a.m.": span("2026-12-01", "09:30"),
    "Dec. 1, 2026 2:00pm to Dec. 1, 2026 3:30pm": span("2026-12-01", "14:00", "15:30"),
    "Tuesday, December 1, 2026, 11:00 p.m. – Wednesday, December 2, 2026, 1:00 a.m. EST": span(
        "2026-12-01", "23:00", "01:00", last="2026-12-02"
    ),
    "Tuesday, June 03, 2008": Span(date(2008, 6, 3), None),
    "Wednesday, June 24, 2020": Span(date(2020, 6, 24), None),
}

DAYS = {
    "April 30, 2015": date(2015, 4, 30),
    "Thursday, April 30, 2015": date(2015, 4, 30),
    "2015-04-30": date(2015, 4, 30),
    "Apr. 30, 2015": date(2015, 4, 30),
    "Apr 30 2015": date(2015, 4, 30),
    "Thu., Apr. 30, 2015": date(2015, 4, 30),
    "THURSDAY, APRIL 30, 2015": date(2015, 4, 30),
    "Sept. 3, 2024": date(2024, 9, 3),
    "Tues., Sept. 3, 2024": date(2024, 9, 3),
    "June 03, 2008": date(2008, 6, 3),
    "30 April 2015": date(2015, 4, 30),
    "Thursday, 30 April 2015": date(2015, 4, 30),
    "April 30th, 2015": date(2015, 4, 30),
    "25-MAY-2021": date(2021, 5, 25),
    "\xa0April\xa030,\u20032015\n": date(2015, 4, 30),
    "February 29, 2024": date(2024, 2, 29),
    "January 1, 1900": date(1900, 1, 1),
    "December 31, 2199": date(2199, 12, 31),
}

# Text, and what its refusal says. The dateutil traps of clients.md 5.3 are all here.
REFUSED = {
    "Dec. 1-2, 2026": "it names several days; make one record a day",
    "June 18th and 19th, 2008": "it names several days; make one record a day",
    "1–2 December 2026": "it names several days; make one record a day",
    "December 1 - December 3, 2026": "it names several days; make one record a day",
    "December 1, 2026 to December 3, 2026": "it names several days; make one record a day",
    "2026-12-01 - 2026-12-03": "it names several days; make one record a day",
    "December 1, 2026, 9 am to December 3, 2026, 5 pm": "it names several days; make one record a day",
    "December 2026": "it names no year",  # the 20 could be its day
    "Monday, April 11, from 2:00 – 3:30 PM": "it names no year",
    "Room 210, December 1": "it names no year",
    "9:30 a.m.": "it names no day",
    "10:00 to 11:30 AM": "it names no day",
    "Monday": "it is no date known here, such as December 1, 2026 or 2026-12-01",
    "2026": "it is no date known here, such as December 1, 2026 or 2026-12-01",
    "20261201": "it is no date known here, such as December 1, 2026 or 2026-12-01",
    "": "no date is given",
    "10.12.2026": "month or day first is not known; write 2026-12-01 or December 1, 2026",
    "12/01/2026": "month or day first is not known; write 2026-12-01 or December 1, 2026",
    "13/01/2026": "month or day first is not known; write 2026-12-01 or December 1, 2026",
    "Wed, 11/20/2019": "month or day first is not known; write 2026-12-01 or December 1, 2026",
    "Room 210, December 1, 2026": "something else than one day and one range of times stands in it",
    "December 1, 2026, 9:30 a.m. in Room 2": "something else than one day and one range of times stands in it",
    "December 1, 2026, 9:30 a.m. -05:00": "something else than one day and one range of times stands in it",
    "2026-12-01T24:00": "something else than one day and one range of times stands in it",
    "December １, 2026": "a character outside ASCII stands where a date should be",
    "February 30, 2026": "there is no such day",
    "December 1, 1899": "the year is not between 1900 and 2199",
    "December 1, 2200, noon": "the year is not between 1900 and 2199",
    "December 1, 2026, 10:00": "a.m. or p.m. is not said",
    "December 1, 2026, 02:00 to 4:00": "a.m. or p.m. is not said",
    "December 1, 2026, 24:00": "24:00 is no such time of day",
    "December 1, 2026, 14:00 PM": "14:00 is no such time of day",
    "December 1, 2026, 0:30 am": "0:30 is no such time of day",
    "December 1, 2026, 9:75 am": "9:75 is no such time of day",
    "December 1, 2026, 9:30 a.m. XYZ": '"XYZ" is no time zone known here',
    "December 1, 2026, 9:30 a.m. ET to 10 a.m. PT": "it names two time zones",
    "December 1, 2026, 9:30 a.m. GMT-5": 'what stands after "GMT" is not clear',
    "2026-12-01T09:30+25:00": "there is no such offset",
}


@pytest.mark.parametrize(("spelled", "meant"), SPELLINGS.items())
def test_a_spelling_is_read(spelled: str, meant: Span) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert times.parse_when(spelled, NEW_YORK) == meant


@pytest.mark.parametrize(("spelled", "meant"), DAYS.items())
def test_a_day_is_read(spelled: str, meant: date) -> None:
    assert times.parse_day(spelled) == meant
    assert times.parse_when(spelled, NEW_YORK) == Span(meant, None)


@pytest.mark.parametrize(("spelled", "why"), REFUSED.items())
def test_what_is_not_clear_is_refused_with_its_reason(spelled: str, why: str) -> None:
    with pytest.raises(RecordError) as refusal:
        times.parse_when(spelled, NEW_YORK)
    assert str(refusal.value) == f'"{spelled}" cannot be read: {why}'


@pytest.mark.parametrize(
    "spelled", ["Thursday, April 30, 2015 – 02:00 PM to 4:00 PM", "Dec. 1-2, 2026", "12/01/2026", ""]
)
def test_a_day_is_read_alone(spelled: str) -> None:
    with pytest.raises(RecordError):
        times.parse_day(spelled)


def test_F54_weekday_that_disagrees_with_its_date_is_refused() -> None:
    for read in (times.parse_day, lambda text: times.parse_when(text, NEW_YORK)):
        with pytest.raises(RecordError) as refusal:
            read("Friday, December 1, 2026")
        assert str(refusal.value) == '"Friday, December 1, 2026" says Friday, but December 1, 2026 is a Tuesday'


def test_an_end_before_its_start_is_refused() -> None:
    spelled = "Thursday, April 30, 2015 – 04:00 PM to 2:00 PM"
    with pytest.raises(RecordError) as refusal:
        times.parse_when(spelled, NEW_YORK)
    assert str(refusal.value) == f'"{spelled}" ends before it starts; an end on the next day needs its own date'
    with pytest.raises(RecordError, match="ends before it starts"):
        times.parse_when("March 1, 2024, 10 to midnight", NEW_YORK)  # morning or evening?


def test_a_zone_that_is_named_is_the_zone() -> None:
    read = times.parse_when("July 1, 2024, 10:00 a.m. PST", NEW_YORK).start
    assert isinstance(read, datetime)
    assert read.isoformat() == "2024-07-01T10:00:00-07:00"
    assert times.parse_when("July 1, 2024, 10:00 a.m. GMT", NEW_YORK).start == datetime(2024, 7, 1, 10, tzinfo=UTC)


WORDS = "Dec. December 1 12 2026 1-2 , - – to from at a.m. pm 10:00 noon EST GMT-5 T 2026-12-01 T09:30 / Friday １"


@given(st.text() | st.lists(st.sampled_from(WORDS.split()), max_size=9).map(" ".join))
def test_any_text_is_read_or_refused(spelled: str) -> None:
    for read in (
        times.parse_day,
        times.parse_stamp,
        times.zone,
        lambda value: times.parse_when(value, NEW_YORK),
        lambda value: times.parse_edge(value, NEW_YORK),
    ):
        try:
            read(spelled)
        except RecordError:
            continue


# --- stamps and edges -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("2015-04-30", "2015-04-30"),
        ("2015-04-30T14:00:00-04:00", "2015-04-30T14:00:00-04:00"),
        ("2015-04-30T14:00:00.75Z", "2015-04-30T14:00:00+00:00"),
        ("2015-04-30 14:00-0400", "2015-04-30T14:00:00-04:00"),
        ("2015-04-30t14:00:30z", "2015-04-30T14:00:30+00:00"),
    ],
)
def test_a_stamp_is_a_date_or_a_time_with_offset(text: str, canonical: str) -> None:
    assert times.fmt_stamp(times.parse_stamp(text)) == canonical
    assert times.fmt_stamp(times.parse_stamp(canonical)) == canonical


@pytest.mark.parametrize(
    "text", ["2015-04-30T14:00:00", "April 30, 2015", "20150430", "2015-4-30", "2015-04-30T14", "", "x"]
)
def test_another_stamp_is_refused(text: str) -> None:
    with pytest.raises(RecordError, match=f'^"{text}" '):
        times.parse_stamp(text)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("2026-12-01", "2026-12-01"),
        ("2026-12-01T09:30", "2026-12-01T09:30:00-05:00"),
        ("2026-07-01 09:30:15.9", "2026-07-01T09:30:15-04:00"),
        ("2026-12-01T14:30:00Z", "2026-12-01T09:30:00-05:00"),
        ("2026-11-01T01:30:00-05:00", "2026-11-01T01:30:00-05:00"),
        ("2026-11-01T01:30:00-04:00", "2026-11-01T01:30:00-04:00"),
    ],
)
def test_an_edge_is_in_the_zone_of_its_event(text: str, canonical: str) -> None:
    edge = times.parse_edge(text, NEW_YORK)
    assert times.fmt_stamp(edge) == canonical
    assert not isinstance(edge, datetime) or edge.tzinfo is NEW_YORK


@pytest.mark.parametrize(
    "text", ["20261201T093000", "2026-12-01T09", "2026-12-01T24:00", "2026-12-01T09:30:60", "9:30"]
)
def test_another_edge_is_refused(text: str) -> None:
    with pytest.raises(RecordError, match=f'^"{text}" cannot be read: '):
        times.parse_edge(text, NEW_YORK)


@given(
    st.datetimes(
        datetime(1990, 1, 1),
        datetime(2100, 1, 1),
        timezones=st.sampled_from([NEW_YORK, UTC, timezone(timedelta(hours=-3))]),
    )
)
def test_what_is_written_is_read_again(value: datetime) -> None:
    value = value.replace(microsecond=0).astimezone(UTC).astimezone(value.tzinfo)  # an imaginary time has no writing
    read = times.parse_stamp(times.fmt_stamp(value))
    assert isinstance(read, datetime)
    assert times.utc(read) == times.utc(value)  # PEP 495: across zones an hour that comes twice equals nothing


def test_an_offset_of_odd_seconds_is_written_in_utc() -> None:
    assert times.fmt_stamp(datetime(1920, 1, 1, tzinfo=ZoneInfo("Africa/Monrovia"))) == "1920-01-01T00:44:30+00:00"


# --- zones and instants ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["America/New_York", "UTC", "Etc/GMT+5", "America/Argentina/Buenos_Aires"])
def test_a_zone_has_its_name(name: str) -> None:
    assert times.zone(name).key == name


@pytest.mark.parametrize(
    "name",
    ["", "/etc/passwd", "../UTC", "America", "america/new_york", "localtime", "posix/UTC", "EST time", "x" * 300, "\0"],
)
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(RecordError, match="is not a time zone; use an IANA name such as America/New_York"):
        times.zone(name)


def test_a_time_that_the_clocks_skip_is_refused() -> None:
    with pytest.raises(RecordError) as refusal:
        times.local(datetime(2026, 3, 8, 2, 30), NEW_YORK)
    assert str(refusal.value) == "the clocks skip 02:30 on March 8, 2026 in America/New_York"


def test_a_time_that_comes_twice_is_refused() -> None:
    with pytest.raises(RecordError) as refusal:
        times.parse_edge("2026-11-01T01:30", NEW_YORK)
    assert str(refusal.value) == (
        "the clocks show 01:30 on November 1, 2026 in America/New_York twice; say which with an offset such as"
        " -04:00 or -05:00"
    )


@pytest.mark.parametrize(
    ("name", "day", "instant"),
    [
        ("America/New_York", date(2026, 3, 8), "2026-03-08T05:00:00+00:00"),
        ("America/Sao_Paulo", date(2018, 11, 4), "2018-11-04T03:00:00+00:00"),  # no midnight: 00:00 became 01:00
        ("America/Toronto", date(1919, 3, 31), "1919-03-31T04:30:00+00:00"),  # 23:30 became 00:30
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-30T10:00:00+00:00"),  # no such day at all
    ],
)
def test_a_day_begins_at_its_first_instant(name: str, day: date, instant: str) -> None:
    assert times.sort_instant(day, ZoneInfo(name)).isoformat() == instant


def test_instants_and_local_days() -> None:
    late = datetime(2026, 12, 2, 3, 0, tzinfo=UTC)
    assert times.sort_instant(late, NEW_YORK) == late
    assert times.sort_instant(ny("2026-12-01T22:00"), NEW_YORK).isoformat() == "2026-12-02T03:00:00+00:00"
    assert times.local_day(late, NEW_YORK) == date(2026, 12, 1)
    assert times.local_day(date(2026, 12, 1), NEW_YORK) == date(2026, 12, 1)
    with pytest.raises(ValueError, match="has no zone"):
        times.utc(datetime(2026, 12, 1))


# --- words ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clock", "words"),
    [
        (time(14), "2:00 p.m."),
        (time(9, 5), "9:05 a.m."),
        (time(12), "noon"),
        (time(12, 30), "12:30 p.m."),
        (time(0), "midnight"),
        (time(0, 30), "12:30 a.m."),
    ],
)
def test_clock_words(clock: time, words: str) -> None:
    assert times.clock_words(clock) == words


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (ny("2026-12-01T09:30"), ny("2026-12-01T11:00"), "Tuesday, December 1, 2026, 9:30–11:00 a.m. EST"),
        (ny("2026-12-01T09:30"), None, "Tuesday, December 1, 2026, 9:30 a.m. EST"),
        (ny("2026-12-01T11:00"), ny("2026-12-01T12:30"), "Tuesday, December 1, 2026, 11:00 a.m.–12:30 p.m. EST"),
        (ny("2026-12-01T11:00"), ny("2026-12-01T12:00"), "Tuesday, December 1, 2026, 11:00 a.m.–noon EST"),
        (ny("2026-12-01T12:00"), ny("2026-12-01T13:00"), "Tuesday, December 1, 2026, noon–1:00 p.m. EST"),
        (
            ny("2026-12-01T23:00"),
            datetime(2026, 12, 2, 6, tzinfo=UTC),
            "Tuesday, December 1, 2026, 11:00 p.m. – Wednesday, December 2, 2026, 1:00 a.m. EST",
        ),
        (ny("2026-11-01T00:30"), ny("2026-11-01T03:00"), "Sunday, November 1, 2026, 12:30 a.m. EDT–3:00 a.m. EST"),
        (
            datetime(2026, 12, 1, 9, tzinfo=ZoneInfo("Asia/Istanbul")),
            None,
            "Tuesday, December 1, 2026, 9:00 a.m. UTC+3",
        ),
        (
            datetime(2026, 12, 1, 9, tzinfo=timezone(timedelta(hours=-9, minutes=-30))),
            None,
            "Tuesday, December 1, 2026, 9:00 a.m. UTC-9:30",
        ),
        (datetime(2026, 12, 1, 9, tzinfo=UTC), None, "Tuesday, December 1, 2026, 9:00 a.m. UTC"),
        (date(2026, 12, 3), date(2026, 12, 3), "Thursday, December 3, 2026"),
        (date(2026, 12, 3), None, "Thursday, December 3, 2026"),
        (date(2026, 12, 3), date(2026, 12, 5), "December 3–5, 2026"),
        (date(2026, 11, 30), date(2026, 12, 2), "November 30 – December 2, 2026"),
        (date(2026, 12, 31), date(2027, 1, 1), "December 31, 2026 – January 1, 2027"),
    ],
)
def test_span_words(start: date, end: date | None, words: str) -> None:
    assert times.span_words(start, end) == words


def test_span_words_without_the_zone() -> None:
    start, end = ny("2026-12-01T09:30"), ny("2026-12-01T11:00")
    assert times.span_words(start, end, tzname=False) == "Tuesday, December 1, 2026, 9:30–11:00 a.m."


minutes = st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1)).map(
    lambda naive: naive.replace(second=0, microsecond=0)
)


@given(minutes, st.integers(0, 24 * 60))
def test_what_people_are_told_is_read_as_it_was_meant(naive: datetime, length: int) -> None:
    try:
        start, end = times.local(naive, NEW_YORK), times.local(naive + timedelta(minutes=length), NEW_YORK)
    except RecordError:
        return
    if start < end and end.astimezone(UTC) - start.astimezone(UTC) <= timedelta(days=1):
        assert times.parse_when(times.span_words(start, end), NEW_YORK) == Span(start, end)
    assert times.parse_when(times.span_words(start, None), NEW_YORK) == Span(start, None)


STRICT_PARTS = (
    "2026",
    "1899",
    "-02",
    "-13",
    "-29",
    "-03",
    "T",
    " ",
    "01",
    "24",
    ":30",
    ":60",
    ":00",
    "Z",
    "+05:30",
    "-25:00",
)


@given(
    st.dates(date(1890, 1, 1), date(2210, 1, 1)).map(str)
    | st.builds(
        "{:%Y-%m-%dT%H:%M:%S}{}".format,
        st.datetimes(datetime(1890, 1, 1), datetime(2210, 1, 1)),
        st.sampled_from(["", "Z", "+00:00", "-00:00", "-05:00", "+05:45", "+14:00", "+23:59", "-24:00", "+01:60", "z"]),
    )
    | st.lists(st.sampled_from(STRICT_PARTS), max_size=9).map("".join)
)
def test_the_strict_spelling_is_read_as_every_other(spelled: str) -> None:
    def slowly(text: str) -> date | datetime:
        return times._day(text, text) if times._ISO_DAY.fullmatch(text) else times._iso_stamp(text, text)

    quick, slow = (read_or_why(read, spelled) for read in (times._iso, slowly))
    assert (quick, str(quick)) == (slow, str(slow))


def read_or_why(read: Callable[[str], date | datetime], spelled: str) -> date | datetime | str:
    try:
        return read(spelled)
    except RecordError as refused:
        return str(refused)


@given(
    st.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 31), allow_imaginary=True)
    | st.builds(
        lambda day, minutes: datetime.combine(day, time()) + timedelta(minutes=minutes),
        st.sampled_from(
            [date(2026, 3, 8), date(2026, 11, 1), date(2011, 12, 30), date(1919, 3, 31), date(2026, 3, 28)]
        ),
        st.integers(0, 2880),
    ),
    st.sampled_from("America/New_York Asia/Shanghai Africa/Casablanca Pacific/Apia America/Sao_Paulo UTC".split()),
)
def test_clocks_are_shown_once_where_dateutil_finds_them_once(naive: datetime, name: str) -> None:
    placed = naive.replace(tzinfo=ZoneInfo(name))
    once = datetime_exists(placed) and not datetime_ambiguous(placed)
    assert times._is_plain(placed) == times._is_plain(placed.replace(fold=1)) == once
