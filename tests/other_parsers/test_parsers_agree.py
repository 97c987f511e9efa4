"""The parsers agree on the golden calendar, and notice what is wrong with a spoilt one."""

from datetime import UTC, date, datetime

import pytest

from tests.other_parsers import agreed, ical_js_is_there, lint, readings, shared, titles, vtimezone

UID = "1f4e2c60-7a55-5d0e-9a41-2f6a2d9b7c1"
TIMES = {
    UID + "3": (datetime(2005, 3, 21, 19, tzinfo=UTC), datetime(2005, 3, 21, 20, 30, tzinfo=UTC)),
    UID + "1": (datetime(2026, 12, 1, 14, 30, tzinfo=UTC), datetime(2026, 12, 1, 16, tzinfo=UTC)),
    UID + "2": (date(2026, 12, 3), date(2026, 12, 4)),
}
TEXTS = {
    UID + "3": ("Roundtable: An old one", "Details: https://ex.org/3", ""),
    UID + "1": (
        'Roundtable: Trade; data, & "access" — é日本',
        (
            "Line1\nLine2, with; stuff and a rather long sentence that has to be folded somewhere because it is longer"
            " than 75 octets é日本.\n\nWebcast: https://ex.org/live\nDetails: https://ex.org/1?a=b,c"
        ),
        "Auditorium, 100 Example Street NE, Washington, DC",
    ),
    UID + "2": (
        "CANCELLED: Field hearing (time to be announced)",
        "Cancelled on 2 November 2026.\nDetails: https://ex.org/2",
        "",
    ),
}


@pytest.fixture
def golden() -> bytes:
    return shared("golden/golden.ics").read_bytes()


def every_parser() -> list[str]:
    return ["icalendar", "vobject", "ical"] + ["ical.js"] * ical_js_is_there()


def test_every_parser_reads_the_same_times(golden: bytes) -> None:
    assert readings(golden) == dict.fromkeys(every_parser(), TIMES)
    assert agreed(golden) == TIMES


def test_every_parser_reads_the_same_texts(golden: bytes) -> None:
    assert titles(golden) == dict.fromkeys(every_parser(), TEXTS)


def test_a_wrong_time_zone_is_noticed_and_forgotten_again(golden: bytes) -> None:
    wrong = golden.replace(b"TZOFFSETTO:-0500", b"TZOFFSETTO:-0600")
    assert wrong != golden
    with pytest.raises(AssertionError, match="read different times"):
        agreed(wrong)
    start_hours = {name: found[UID + "1"][0].hour for name, found in readings(wrong).items()}
    known_by_name = {"icalendar": 14, "ical": 14}  # these two look the name up, the others believe the file
    assert start_hours == dict.fromkeys(every_parser(), 15) | known_by_name
    assert agreed(golden.replace(b"SEQUENCE:2", b"SEQUENCE:3")) == TIMES


def test_a_time_without_a_zone_is_noticed(golden: bytes) -> None:
    with pytest.raises(AssertionError, match="is floating"):
        readings(golden.replace(b";TZID=America/New_York:", b":"))


def test_two_events_under_one_uid_are_noticed(golden: bytes) -> None:
    with pytest.raises(AssertionError, match="found a UID twice"):
        readings(golden.replace(b"9b7c12", b"9b7c11"))


def test_the_lint_passes_the_golden_calendar_and_notices_a_bare_line_end(golden: bytes) -> None:
    assert lint(golden) == []
    assert lint(golden.replace(b"SEQUENCE:2\r\n", b"SEQUENCE:2\n"))[0] == "L05 bare CR or LF"


def test_the_time_zone_maker_makes_a_zone_that_every_parser_reads_alike(golden: bytes) -> None:
    text, valid_from = vtimezone("America/New_York")
    assert text is not None
    assert valid_from == datetime(2007, 1, 1, tzinfo=UTC)
    head, tail = golden.index(b"BEGIN:VTIMEZONE"), golden.index(b"BEGIN:VEVENT")
    with_ours = golden[:head] + text.encode() + golden[tail:]
    assert lint(with_ours) == []
    assert agreed(with_ours) == TIMES
