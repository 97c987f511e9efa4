"""The last look at an event finds what is planted, and nothing in what is sound."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cecc_feeds.model import Kept
from cecc_feeds.render import FORMATS
from cecc_feeds.render.lint import UNFIT, _is_plainly_sound, every_fault, faults
from tests.other_parsers import shared
from tests.render import EDITION, make


def sound() -> bytes:
    return FORMATS[".ics"].entry(make(), EDITION)


def test_a_sound_event_has_no_faults() -> None:
    assert faults(sound()) == []


PLANTED = [
    (b"BEGIN:VEVENT\r\n", b"", "not one VEVENT from BEGIN to END"),
    (b"END:VEVENT\r\n", b"END:VEVENT", "not one VEVENT from BEGIN to END"),
    (b"SEQUENCE:2\r\n", b"SEQUENCE:2\n", "a line does not end in CRLF"),
    (b"trade", b"tr\rade", "a line does not end in CRLF"),
    (b"trade", b"tr\xffade", "not UTF-8, or folded inside a character"),
    (b"trade", b"tr\x0bade", "holds the character U+000B"),
    (b"trade", "tr\u2028ade".encode(), "holds the character U+2028"),
    (b"SEQUENCE:2\r\n", b"SEQUENCE:2\r\n\r\n", "line 7 is blank"),
    (b"SUMMARY:", b"SUMMARY:" + b"x" * 70, "line 9 has 102 octets, more than 75"),
    (b"SUMMARY:", "SUMMARY:é".encode().replace(b"\xa9", b"\r\n \xa9"), "not UTF-8, or folded inside a character"),
    (b"SUMMARY:", b"SUMMARY:\\\r\n n", "line 9 breaks inside an escape"),
    (b"SUMMARY:", b"X-Link;:", "not a line of iCalendar: 'X-Link;:Roundtable: Trade & data'"),
    (b"CLASS:PUBLIC\r\n", b"", "properties are UID "),
    (b"CLASS:PUBLIC\r\n", b"CLASS:PUBLIC\r\nORGANIZER:mailto:a@b.org\r\n", "properties are UID "),
    (b"CLASS:PUBLIC\r\n", b"CLASS:PUBLIC\r\nCLASS:PUBLIC\r\n", "properties are UID "),
    (b"STATUS:CONFIRMED", b"STATUS:POSTPONED", "STATUS cannot be 'POSTPONED'"),
    (b"SEQUENCE:2", b"SEQUENCE:1764000000000", "SEQUENCE cannot be '1764000000000'"),
    (b"DTSTAMP:20261101T140000Z", b"DTSTAMP:20261101T140000", "DTSTAMP cannot be '20261101T140000'"),
    (b"URL:https:", b"URL:webcal:", "URL cannot be 'webcal://feeds.example.org/items/roundtable-1'"),
    (b"UID:", b"UID:a b", "UID cannot be 'a broundtable-1@cecc.gov'"),
    (b"SUMMARY:Roundtable: Trade & data", b"SUMMARY:", "SUMMARY cannot be ''"),
    (b"SUMMARY:", b"SUMMARY:a;", "SUMMARY is escaped wrongly"),
    (b"SUMMARY:", b"SUMMARY:a\\:", "SUMMARY is escaped wrongly"),
    (b"SUMMARY:", b"SUMMARY:" + b"xy\\,\r\n " * 100, "SUMMARY has 324 characters, more than 250"),
    (b"DTEND;TZID=America/New_York:20261201T110000", b"DTEND:20261201T160000Z", "DTSTART and DTEND are not of"),
    (b"20261201T110000", b"20261201T093000", "DTEND 20261201T093000 is not after DTSTART 20261201T093000"),
    (b"DTSTART;TZID=America/New_York:", b"DTSTART:", "DTSTART:20261201T093000 is floating or malformed"),
    (b"TZID=America/New_York", b"TZID=UTC-05:00", "DTSTART;TZID=UTC-05:00:20261201T093000 is floating or malformed"),
    (b"TZID=America/New_York", b"TZID=Etc/GMT+5", "DTSTART;TZID=Etc/GMT+5:20261201T093000 is floating or malformed"),
    (b"TZID=America/New_York", b"TZID=Eastern", "DTSTART;TZID=Eastern:20261201T093000 is floating or malformed"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("good", "bad", "sentence"), PLANTED, ids=[f"{n} {s[:40]}" for n, (_, _, s) in enumerate(PLANTED)]
)
def test_a_planted_fault_is_found(good: bytes, bad: bytes, sentence: str) -> None:
    assert good in sound()
    found = faults(sound().replace(good, bad))
    assert [fault for fault in found if fault.startswith(sentence)] != [], found


def test_letters_that_look_like_a_tag_are_no_fault() -> None:
    assert faults(sound().replace(b"SUMMARY:", b"SUMMARY:a<b> ")) == []


def test_the_events_of_the_golden_calendar_have_only_the_fault_of_a_place_on_the_map() -> None:
    golden = shared("golden/golden.ics").read_bytes().replace(b"GEO:38.8979;-77.0043\r\n", b"")
    events = [b"BEGIN:VEVENT" + part.partition(b"END:VCALENDAR")[0] for part in golden.split(b"BEGIN:VEVENT")[1:]]
    assert [faults(event) for event in events] == [[], [], []]


SPOILING = [
    b"", b"\r", b"\n", b"\r\n", b"\r\n ", b"\\", b",", b";", b":", b"=", b" ", b"\t", b"Z", b"0", b"9", b"a", b"\x00",
    b"\xc3", "é".encode(), "\u2028".encode(), "٣".encode(), b"\\n", b";VALUE=DATE", b";TZID=Asia/Tokyo", b"x" * 80,
    b"\r\nLOCATION:a", b"\r\nCLASS:PUBLIC", b"END:VEVENT\r\n", b"x\r\n " * 5_000,
]  # fmt: skip


@given(
    kept=st.sampled_from(
        [
            make(),
            make(event={"start": "2026-12-03", "end": None, "timezone": None}),
            make(title="日本é😀" * 20, summary="é, \\; a" * 50, topics=["é"], event={"location": "x;y\u3000z"}),
        ]
    ),
    spoiled=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 2), st.sampled_from(SPOILING)), min_size=1, max_size=3),
)
def test_the_first_look_lets_nothing_pass_that_the_second_would_stop(
    kept: Kept, spoiled: list[tuple[float, int, bytes]]
) -> None:
    event = FORMATS[".ics"].entry(kept, EDITION)
    for place, dropped, put in spoiled:
        at = round(place * len(event))
        event = event[:at] + put + event[at + dropped :]
    assert faults(event) == every_fault(event)


def test_the_first_look_is_enough_for_what_is_sound() -> None:
    for kept in (make(), make(title="é 日本; a,b", event={"start": "2026-12-03", "end": None, "timezone": None})):
        assert _is_plainly_sound(FORMATS[".ics"].entry(kept, EDITION))


def test_no_unfit_character_is_printable() -> None:
    assert [char for char in map(chr, range(0x110000)) if UNFIT.match(char) and char.isprintable()] == []
