"""The one validation: what a record says comes out in its one form, or is refused with a sentence."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from weakref import ref
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cecc_feeds import text
from cecc_feeds.errors import RecordError
from cecc_feeds.model import (
    Edition,
    Event,
    Feed,
    Item,
    Kept,
    Link,
    Rejected,
    Revision,
    canonical,
    dated,
    item_from,
    item_of_record,
    record_line,
)
from tests.strategies import NOW, ZONES, items, json_values, keep, make, records

NEW_YORK = ZoneInfo("America/New_York")

EXAMPLE: dict[str, Any] = {
    "id": "hearing-2015-04-30-population-control",
    "type": "Hearing",
    "title": "Population Control in China",
    "url": "https://www.cecc.gov/events/hearings/population-control-in-china",
    "published": "2015-04-30",
    "updated": "2024-08-14",
    "topics": ["Human Trafficking"],
    "summary": "Plain text; paragraphs parted by a blank line.\n\nThe second.",
    "language": "en",
    "event": {
        "start": "2015-04-30T14:00:00-04:00",
        "end": "2015-04-30T16:00:00-04:00",
        "timezone": "America/New_York",
        "location": "Room 301, Russell Senate Office Building",
        "status": "confirmed",
        "webcast": "https://www.youtube.com/watch?v=x",
    },
    "links": [
        {
            "rel": "transcript",
            "title": "Transcript (PDF)",
            "url": "https://www.govinfo.gov/content/pkg/x.pdf",
            "type": "application/pdf",
        }
    ],
}
"""The record of interface.md, with whole addresses."""


def timed(start: str, end: str | None = None, **more: Any) -> Event:
    return whole({"type": "Hearing", "event": {"start": start, "end": end, **more}})


def whole(record: dict[str, Any]) -> Event:
    event = item_from(record).event
    assert event is not None
    return event


def test_a_whole_record_comes_out_as_it_went_in() -> None:
    assert record_line(item_from(EXAMPLE)) == json.dumps(EXAMPLE)


def test_a_whole_record_is_an_item_of_values() -> None:
    assert item_from(EXAMPLE) == Item(
        id="hearing-2015-04-30-population-control",
        type="Hearing",
        title="Population Control in China",
        url="https://www.cecc.gov/events/hearings/population-control-in-china",
        published=date(2015, 4, 30),
        updated=date(2024, 8, 14),
        topics=("Human Trafficking",),
        summary="Plain text; paragraphs parted by a blank line.\n\nThe second.",
        language="en",
        event=Event(
            start=datetime(2015, 4, 30, 14, tzinfo=NEW_YORK),
            end=datetime(2015, 4, 30, 16, tzinfo=NEW_YORK),
            timezone="America/New_York",
            location="Room 301, Russell Senate Office Building",
            status="confirmed",
            webcast="https://www.youtube.com/watch?v=x",
        ),
        links=(
            Link(
                rel="transcript",
                title="Transcript (PDF)",
                url="https://www.govinfo.gov/content/pkg/x.pdf",
                type="application/pdf",
            ),
        ),
    )


def test_fields_come_out_in_the_order_of_the_interface() -> None:
    backwards = dict(reversed([*EXAMPLE.items(), ("event", dict(reversed(EXAMPLE["event"].items())))]))
    assert record_line(item_from(backwards)) == json.dumps(EXAMPLE)


def test_the_line_of_an_item_is_its_own_whichever_was_asked_for_before() -> None:
    one, other = make(title="One"), make(title="Other")
    lines = [record_line(item) for item in (one, one, other, one, one.model_copy(update={"title": "Other"}), other)]
    first, second = (json.dumps(canonical(item)) for item in (one, other))
    assert lines == [first, first, second, first, first.replace('"One"', '"Other"'), second]


def test_no_item_is_held_for_the_sake_of_its_line() -> None:
    item = make(title="Held by nobody")
    assert record_line(item) == record_line(item)
    gone = ref(item)
    del item
    assert gone() is None


def test_characters_of_all_scripts_stay_readable_in_a_record_line() -> None:
    assert (
        record_line(item_from({"type": "法律", "published": "2026-11-02"}))
        == '{"type": "法律", "published": "2026-11-02"}'
    )


@pytest.mark.parametrize("missing", [None, "", " \n", [], {}], ids=repr)
def test_null_blank_and_empty_are_the_same_as_missing_and_left_out(missing: object) -> None:
    optional = dict.fromkeys(
        ["id", "title", "url", "updated", "topics", "summary", "language", "event", "links"], missing
    )
    item = item_from({"type": "Hearing", "published": "2026-11-02", **optional})
    assert item == item_from({"type": "Hearing", "published": "2026-11-02"})
    assert canonical(item) == {"type": "Hearing", "published": "2026-11-02"}


@pytest.mark.parametrize("missing", [None, "", " ", "\u200b", "<b></b>"], ids=ascii)
def test_parts_that_hold_nothing_visible_are_missing_in_events_and_links_too(missing: object) -> None:
    record = {
        "type": "Hearing",
        "published": "2026-11-02",
        "title": missing,
        "summary": missing,
        "topics": [] if missing is None else [missing],
        "event": {"start": "2026-12-01", "location": missing},
        "links": [{"rel": missing, "title": missing, "url": "https://cecc.gov/a", "type": missing}],
    }
    bare = {
        "type": "Hearing",
        "published": "2026-11-02",
        "event": {"start": "2026-12-01"},
        "links": [{"url": "https://cecc.gov/a"}],
    }
    assert canonical(item_from(record)) == bare
    assert item_from(record) == item_from(bare)


def test_a_number_is_read_as_the_text_it_would_be() -> None:
    """YAML and spreadsheets make numbers of titles."""
    assert make(title=1989, topics=[2.5]) == make(title="1989", topics=["2.5"])


URL = "is not a web address: it does not start with http: or https:"
WHICH = "say which with an offset such as -04:00 or -05:00"
WRITE = "write it as 2026-12-01 or 2026-12-01T09:30:00-05:00"
REFUSALS: list[tuple[dict[str, Any], str]] = [
    ({"id": "A"}, 'id: "A" is not an id: 1 to 200 of a-z 0-9 - . _'),
    ({"id": "a/b"}, 'id: "a/b" is not an id: 1 to 200 of a-z 0-9 - . _'),
    ({"id": "é"}, 'id: "é" is not an id: 1 to 200 of a-z 0-9 - . _'),
    ({"id": "a\n"}, 'id: "a\\n" is not an id: 1 to 200 of a-z 0-9 - . _'),
    ({"id": "٣"}, 'id: "٣" is not an id: 1 to 200 of a-z 0-9 - . _'),
    ({"id": "a" * 201}, f'id: "{"a" * 78}… is not an id: 1 to 200 of a-z 0-9 - . _'),
    ({"id": "."}, 'id: "." cannot be an id: an address cannot end in dots alone'),
    ({"id": ".."}, 'id: ".." cannot be an id: an address cannot end in dots alone'),
    ({"id": ["a"]}, 'id: must be text, not ["a"]'),
    ({"type": None}, '"type" is missing'),
    ({"type": "\u200b"}, '"type" is missing'),
    ({"published": None}, 'needs "published" or "event": nothing says when'),
    ({"titel": "x"}, '"titel" is not a field of a record; did you mean "title"?'),
    ({"zzz": 1}, '"zzz" is not a field of a record'),
    (
        {"event": {"start": "2026-12-01", "locaton": "x"}},
        '"event.locaton" is not a field of a record; did you mean "event.location"?',
    ),
    ({"title": True}, "title: must be text, not true"),
    ({"title": ["a"]}, 'title: must be text, not ["a"]'),
    ({"title": "x" * 2001}, "title: has more than 2000 characters"),
    ({"summary": "x" * 200_001}, "summary: has more than 200000 characters"),
    ({"url": "/events"}, f'url: "/events" {URL}'),
    ({"url": "javascript:alert(1)"}, f'url: "javascript:alert(1)" {URL}'),
    ({"url": "mailto:a@b.c"}, f'url: "mailto:a@b.c" {URL}'),
    ({"published": 2015}, "published: must be a date such as 2026-04-30, not 2015"),
    ({"published": "11/02/2026"}, f'published: "11/02/2026" cannot be read: {WRITE}'),
    ({"published": "2026-02-29"}, 'published: "2026-02-29" cannot be read: there is no such day'),
    ({"published": "1899-12-31"}, 'published: "1899-12-31" cannot be read: the year is not between 1900 and 2199'),
    (
        {"published": date(1899, 12, 31)},
        'published: "1899-12-31" cannot be read: the year is not between 1900 and 2199',
    ),
    (
        {"published": "2026-11-02T10:00:00"},
        'published: "2026-11-02T10:00:00" gives no offset; add one such as -04:00 or Z',
    ),
    ({"updated": "2026-11-02T10:00"}, 'updated: "2026-11-02T10:00" gives no offset; add one such as -04:00 or Z'),
    ({"topics": "a|b"}, "topics: must be a list"),
    ({"topics": ["a", None]}, "topics.1: must be text, not null"),
    ({"language": "English (US)"}, 'language: "English (US)" is not a language tag such as en or zh-Hans'),
    ({"links": ["x"]}, "links.0: must be an object with fields"),
    ({"links": [{"title": "x"}]}, '"links.0.url" is missing'),
    (
        {"links": [{"url": "data:x"}]},
        'links.0.url: "data:x" is not a web address: it does not start with http: or https: or mailto:',
    ),
    ({"event": "soon"}, "event: must be an object with fields"),
    ({"event": {"location": "Room 1"}}, '"event.start" is missing'),
    ({"event": {"start": "", "end": "2026-12-01"}}, '"event.start" is missing'),
    ({"event": {"start": 5}}, "event.start: must be a date or a date-time such as 2026-04-30T14:00:00-04:00, not 5"),
    ({"event": {"start": "tomorrow"}}, f'event: start: "tomorrow" cannot be read: {WRITE}'),
    ({"event": {"start": "2026-12-01", "end": "x"}}, f'event: end: "x" cannot be read: {WRITE}'),
    (
        {"event": {"start": "2026-12-02", "end": "2026-12-01"}},
        "event: the end 2026-12-01 is before the start 2026-12-02",
    ),
    (
        {"event": {"start": "2026-12-01T10:00", "end": "2026-12-01T09:00"}},
        "event: the end 2026-12-01T09:00:00-05:00 is before the start 2026-12-01T10:00:00-05:00",
    ),
    (
        {"event": {"start": "2026-12-01", "end": "2026-12-01T09:00"}},
        "event: start and end must both be dates or both be date-times",
    ),
    (
        {"event": {"start": "2026-12-01T09:00", "end": "2026-12-01"}},
        "event: start and end must both be dates or both be date-times",
    ),
    (
        {"event": {"start": "2026-03-08T02:30"}},
        "event: start: the clocks skip 02:30 on March 8, 2026 in America/New_York",
    ),
    (
        {"event": {"start": "2026-11-01T01:30"}},
        f"event: start: the clocks show 01:30 on November 1, 2026 in America/New_York twice; {WHICH}",
    ),
    (
        {"event": {"start": datetime(2026, 12, 1, 9)}},
        'event.start: "2026-12-01 09:00:00" gives no offset and is in no zone',
    ),
    (
        {"event": {"start": "1900-01-01T00:00:00Z"}},
        "event.start: 1899-12-31T19:00:00-05:00: the year is not between 1900 and 2199",
    ),
    (
        {"event": {"start": "2199-12-31T20:00:00-05:00", "timezone": "UTC"}},
        "event.start: 2200-01-01T01:00:00+00:00: the year is not between 1900 and 2199",
    ),
    (
        {"event": {"start": "2026-12-01T09:00", "timezone": "Eastern"}},
        'event: "Eastern" is not a time zone; use an IANA name such as America/New_York',
    ),
    (
        {"event": {"start": "2026-12-01", "timezone": 5}},
        'event: "5" is not a time zone; use an IANA name such as America/New_York',
    ),
    (
        {"event": {"start": "2026-12-01", "status": "Cancelled"}},
        "event.status: must be one of confirmed, tentative, postponed, cancelled",
    ),
    ({"event": {"start": "2026-12-01", "webcast": "youtube"}}, f'event.webcast: "youtube" {URL}'),
    ({"title": True, "url": "x"}, f'title: must be text, not true; url: "x" {URL}'),
]


@pytest.mark.parametrize(("changes", "why"), REFUSALS, ids=[ascii(why[:50]) for _, why in REFUSALS])
def test_a_bad_record_is_refused_with_a_sentence(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(RecordError) as refused:
        item_from({"type": "Hearing", "published": "2026-11-02", **changes})
    assert str(refused.value) == why


@pytest.mark.parametrize("raw", [None, 5, "x", [], True, [{"type": "x"}]], ids=repr)
def test_what_is_no_object_is_refused(raw: object) -> None:
    with pytest.raises(RecordError) as refused:
        item_from(raw)
    assert str(refused.value) == f"a record must be an object with fields, not {json.dumps(raw)}"


@pytest.mark.parametrize("item_id", ["a", "0", "_", "-", "...a", "a" * 200, "hearing-2015-04-30.x_y"])
def test_an_id_is_up_to_200_lower_case_letters_digits_dots_hyphens_and_underscores(item_id: str) -> None:
    assert make(id=item_id).id == item_id


@pytest.mark.parametrize("end", ["2026-12-01T10:30:00-05:00", "2026-12-01T15:30:00Z", None, ""])
def test_an_end_that_is_the_start_is_unknown(end: str | None) -> None:
    assert timed("2026-12-01T10:30:00-05:00", end) == timed("2026-12-01T10:30:00-05:00")
    assert canonical(make(event={"start": "2026-12-01T10:30", "end": end}))["event"] == {
        "start": "2026-12-01T10:30:00-05:00",
        "timezone": "America/New_York",
    }


def test_the_hour_that_comes_twice_has_an_order_and_a_length() -> None:
    """Two clocks of one zone compare as they read; the instants decide."""
    twenty_to_ten_past = timed("2026-11-01T01:50:00-04:00", "2026-11-01T01:10:00-05:00")
    an_hour = timed("2026-11-01T01:30:00-04:00", "2026-11-01T01:30:00-05:00")
    assert [event.end for event in (twenty_to_ten_past, an_hour)] == [
        datetime(2026, 11, 1, 1, 10, tzinfo=NEW_YORK, fold=1),
        datetime(2026, 11, 1, 1, 30, tzinfo=NEW_YORK, fold=1),
    ]
    assert canonical(make(event={"start": "2026-11-01T01:30:00-04:00", "end": "2026-11-01T01:30:00-05:00"}))[
        "event"
    ] == {
        "start": "2026-11-01T01:30:00-04:00",
        "end": "2026-11-01T01:30:00-05:00",
    }


ZONED = {
    "the zone that the record names": (
        {"start": "2026-12-01T09:30", "timezone": "Asia/Shanghai"},
        "2026-12-01T09:30:00+08:00",
        "Asia/Shanghai",
    ),
    "the publisher's zone, which is then named": (
        {"start": "2026-12-01T09:30"},
        "2026-12-01T09:30:00-05:00",
        "America/New_York",
    ),
    "summer time": ({"start": "2026-07-01T09:30"}, "2026-07-01T09:30:00-04:00", "America/New_York"),
    "its offset, told in the publisher's zone": ({"start": "2026-12-01T14:30:00Z"}, "2026-12-01T09:30:00-05:00", None),
    "its offset, told in the zone named": (
        {"start": "2026-12-01T14:30:00Z", "timezone": "Asia/Shanghai"},
        "2026-12-01T22:30:00+08:00",
        "Asia/Shanghai",
    ),
    "an odd offset": ({"start": "2026-12-01 20:15+05:45"}, "2026-12-01T09:30:00-05:00", None),
}


@pytest.mark.parametrize("case", ZONED)
def test_a_time_is_read_in(case: str) -> None:
    raw, start, zone = ZONED[case]
    told = {"start": start, "timezone": zone} if zone else {"start": start}
    assert canonical(make(event=raw))["event"] == told


def test_the_publishers_zone_is_an_argument() -> None:
    item = item_from({"type": "Hearing", "event": {"start": "2026-12-01T09:30"}}, zone="Asia/Shanghai")
    assert canonical(item)["event"] == {"start": "2026-12-01T09:30:00+08:00", "timezone": "Asia/Shanghai"}


DAYS = {  # event: all_day, zone, first_day, last_day
    "a day": (timed("2026-12-01"), (True, None, date(2026, 12, 1), date(2026, 12, 1))),
    "a day, told twice": (timed("2026-12-01", "2026-12-01"), (True, None, date(2026, 12, 1), date(2026, 12, 1))),
    "three days": (timed("2026-12-30", "2027-01-01"), (True, None, date(2026, 12, 30), date(2027, 1, 1))),
    "a time without end": (
        timed("2026-12-01T23:30"),
        (False, "America/New_York", date(2026, 12, 1), date(2026, 12, 1)),
    ),
    "over midnight": (
        timed("2026-12-01T23:30", "2026-12-02T00:01"),
        (False, "America/New_York", date(2026, 12, 1), date(2026, 12, 2)),
    ),
    "until midnight": (
        timed("2026-12-01T22:00", "2026-12-02T00:00"),
        (False, "America/New_York", date(2026, 12, 1), date(2026, 12, 1)),
    ),
    "at midnight": (timed("2026-12-01T00:00"), (False, "America/New_York", date(2026, 12, 1), date(2026, 12, 1))),
    "elsewhere": (
        timed("2026-12-01T23:30", timezone="Asia/Shanghai"),
        (False, "Asia/Shanghai", date(2026, 12, 1), date(2026, 12, 1)),
    ),
}


@pytest.mark.parametrize("case", DAYS)
def test_days_of_an_event(case: str) -> None:
    event, days = DAYS[case]
    assert (event.all_day, event.zone, event.first_day, event.last_day) == days


def test_a_one_day_events_end_stays_in_its_record() -> None:
    record = {"type": "Hearing", "event": {"start": "2026-12-01", "end": "2026-12-01"}}
    assert canonical(item_from(record)) == record


def test_a_status_that_is_not_told_is_confirmed_and_stays_untold() -> None:
    told, untold = timed("2026-12-01", status="confirmed"), timed("2026-12-01")
    assert (told.status, told.standing, untold.status, untold.standing) == ("confirmed", "confirmed", None, "confirmed")


def test_topics_of_one_slug_are_one_topic_and_the_first_spelling_stays() -> None:
    item = make(topics=["Rule of Law", "Café", " rule  of law ", "CAFE", "China’s press", "Chinas press", "\u200b"])
    assert item.topics == ("Rule of Law", "Café", "China’s press")
    assert item.topic_slugs == ("rule-of-law", "cafe", "chinas-press")


def test_texts_are_cleaned_and_markup_becomes_text() -> None:
    item = make(
        title=" <b>Trade</b>\r\n &amp; data\x00 ",
        summary="<p>One &lt;2&gt;</p><p>Two</p>",
        event={"start": "2026-12-01", "location": "Room\u00a0301,\nRussell"},
    )
    assert canonical(item) == {
        "id": "hearing-2026-11-02-trade-data",
        "type": "Hearing",
        "title": "Trade & data",
        "published": "2026-11-02",
        "summary": "One <2>\n\nTwo",
        "event": {"start": "2026-12-01", "location": "Room 301, Russell"},
    }


@given(items())
def test_the_canonical_record_is_read_as_the_same_item(item: Item) -> None:
    told = canonical(item)
    again = item_from(json.loads(json.dumps(told)))
    assert (canonical(again), again) == (told, item)


@given(records(), st.sampled_from(ZONES))
@example(
    {"type": "Hearing", "event": {"start": "2026-11-01T01:30:00-05:00", "end": "2026-11-01T02:30:00-05:00"}}, "UTC"
)
@example({"type": "Hearing", "event": {"start": "1900-01-02T00:00:00Z", "timezone": "Europe/Paris"}}, "UTC")
def test_a_line_that_we_wrote_is_the_item_that_reading_it_gives(record: dict[str, Any], zone: str) -> None:
    line = record_line(item_from(record, zone=zone))
    trusted, read = item_of_record(line, zone), item_from(json.loads(line), zone=zone)
    assert (parts_of(trusted), trusted) == (parts_of(read), read)
    assert record_line(trusted) == line == json.dumps(canonical(read), ensure_ascii=False)


def parts_of(value: object) -> object:
    """All that a value holds and how it is told, whether or not equality looks at it."""
    if isinstance(value, tuple):
        return [parts_of(part) for part in value]
    if isinstance(value, Item | Event | Link):
        parts = {name: parts_of(part) for name, part in value.__dict__.items()}
        return type(value), list(parts.items()), value.model_fields_set, value.model_extra, value.__pydantic_private__
    return type(value), repr(value), getattr(value, "fold", 0)


def test_an_item_of_our_line_cannot_be_changed_and_is_copied_as_every_other() -> None:
    item = make(event={"start": "2026-12-01T09:30"}, topics=["Tibet"])
    trusted = item_of_record(record_line(item), "America/New_York")
    with pytest.raises(ValueError, match="frozen"):
        trusted.title = "x"
    assert trusted.model_copy(update={"title": "x"}) == item.model_copy(update={"title": "x"})
    assert hash(trusted) == hash(item)


@given(json_values())
@example({"type": "Hearing", "published": float("nan")})
@example({"type": {"type": {}}, "event": {"start": {"start": "x"}}})
def test_whatever_json_holds_is_an_item_or_refused(raw: object) -> None:
    item_or_refused(raw)


@given(records(), st.dictionaries(st.sampled_from([*Item.model_fields, "x"]), json_values(), max_size=3))
def test_whatever_a_field_holds_is_an_item_or_refused(record: dict[str, Any], changes: dict[str, Any]) -> None:
    item_or_refused({**record, **changes})


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(Event.model_fields, json_values())))
def test_whatever_a_field_of_an_event_holds_is_an_item_or_refused(event: dict[str, Any]) -> None:
    item_or_refused({"type": "Hearing", "published": "2026-11-02", "event": event})


def item_or_refused(raw: object) -> Item | None:
    refusal = None
    try:
        item = item_from(raw)
    except RecordError as refused:
        refusal = str(refused)
    if refusal is None:
        assert item_from(canonical(item)) == item
        return item
    assert refusal == text.clean_line(refusal) != ""
    return None


def test_a_record_nested_a_thousand_times_is_refused() -> None:
    nested: Any = []
    for _ in range(5_000):
        nested = [nested]
    for raw in (nested, {"type": "Hearing", "title": nested}, {"type": "Hearing", "event": {"start": nested}}):
        with pytest.raises(RecordError):
            item_from(raw)


ODD = [*range(0xA0), 0xAD, 0x200B, 0x2028, 0x202E, 0xD800, 0xDFFF, 0xFEFF, 0xFFFE, 0xFFFF, 0x1FFFF, 0x10FFFF]
UNCLEAN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")


@pytest.mark.parametrize("character", [chr(number) for number in ODD], ids=lambda character: f"U+{ord(character):04X}")
def test_no_control_character_gets_through_any_field(character: str) -> None:
    for place in PLACES:
        record = json.loads(json.dumps(EXAMPLE))
        *path, name = place
        part = record
        for step in path:
            part = part[step]
        part[name] = part[name][:9] + character + part[name][9:]
        item = item_or_refused(record)
        line = "" if item is None else json.dumps(canonical(item), ensure_ascii=False)
        assert not UNCLEAN.search(line.replace("\\n", "")), place
        assert item is not None or place in MAY_REFUSE, place


PLACES: list[tuple[Any, ...]] = [
    ("id",),
    ("type",),
    ("title",),
    ("url",),
    ("published",),
    ("updated",),
    ("topics", 0),
    ("summary",),
    ("language",),
    ("event", "start"),
    ("event", "end"),
    ("event", "timezone"),
    ("event", "location"),
    ("event", "status"),
    ("event", "webcast"),
    ("links", 0, "rel"),
    ("links", 0, "title"),
    ("links", 0, "url"),
    ("links", 0, "type"),
]
MAY_REFUSE = [
    place
    for place in PLACES
    if place[-1] in "id url published updated language start end timezone status webcast".split()
]
"""Where a word is taken or left as it stands; free text is never refused for a character."""


def test_a_refusal_says_where_and_why() -> None:
    assert str(Rejected("items.jsonl:3", '"type" is missing')) == 'items.jsonl:3: "type" is missing'


HEADINGS = {
    "its title": (make(summary="Words."), "Trade and data"),
    "its first words": (make(title=None, summary="One\n\n" + "two " * 40), "One " + "two " * 20 + "two…"),
    "its type and the day of the event": (
        make(title=None, event={"start": "2026-12-01"}),
        "Hearing, Tuesday, December 1, 2026",
    ),
    "its type and date": (
        make(title=None, published="2026-11-02T23:00:00-05:00"),
        "Hearing, published Monday, November 2, 2026",
    ),
}


@pytest.mark.parametrize("case", HEADINGS)
def test_what_is_shown_as_a_heading_is(case: str) -> None:
    item, heading = HEADINGS[case]
    assert item.heading == heading


def test_search_looks_in_title_summary_topics_and_place() -> None:
    item = make(
        title="Café",
        summary="法律 Law",
        topics=["Civil Society"],
        event={"start": "2026-12-01", "location": "Room 301"},
    )
    assert item.search_text == " cafe 法律 law civil society room 301 "


LISTED = {
    "noon of a bare date": ({"published": "2026-11-02"}, datetime(2026, 11, 2, 17, tzinfo=UTC), date(2026, 11, 2)),
    "noon in summer": ({"published": "2026-07-02"}, datetime(2026, 7, 2, 16, tzinfo=UTC), date(2026, 7, 2)),
    "its instant": (
        {"published": "2026-11-02T23:00:00-05:00"},
        datetime(2026, 11, 3, 4, tzinfo=UTC),
        date(2026, 11, 2),
    ),
    "its instant in the publisher's zone": (
        {"published": "2026-11-03T01:00:00Z"},
        datetime(2026, 11, 3, 1, tzinfo=UTC),
        date(2026, 11, 2),
    ),
    "the last day of an event that was over at first sight": (
        {"published": None, "event": {"start": "2026-11-20", "end": "2026-11-22"}},
        datetime(2026, 11, 22, 17, tzinfo=UTC),
        date(2026, 11, 22),
    ),
    "the first sight, while the event goes on": (
        {"published": None, "event": {"start": "2026-11-20", "end": "2026-11-23"}},
        datetime(2026, 11, 24, 3, tzinfo=UTC),
        date(2026, 11, 23),
    ),
    "the first sight, not a coming event": (
        {"published": None, "event": {"start": "2026-12-01"}},
        datetime(2026, 11, 24, 3, tzinfo=UTC),
        date(2026, 11, 23),
    ),
}


@pytest.mark.parametrize("case", LISTED)
def test_an_item_is_listed_under(case: str) -> None:
    changes, instant, day = LISTED[case]
    seen = datetime(2026, 11, 24, 3, tzinfo=UTC)
    assert dated(make(**changes), first_seen=seen, zone="America/New_York") == (instant, day)


def test_no_feed_prints_a_publication_later_than_the_first_sight() -> None:
    early, late = keep(make(published="2026-11-02")), keep(make(published="2027-01-01"))
    assert (early.dated, late.dated) == (datetime(2026, 11, 2, 17, tzinfo=UTC), NOW)


EVENT = {"start": "2026-12-01", "end": "2026-12-03"}
SHOWN = {
    "for ever": (keep(make(event=EVENT)), None),
    "not at all without an event": (keep(make(), withdrawn=NOW), None),
    "90 days after its end when cancelled": (keep(make(event={**EVENT, "status": "cancelled"})), date(2027, 3, 3)),
    "for ever when postponed": (keep(make(event={**EVENT, "status": "postponed"})), None),
    "90 days after its end when withdrawn before": (keep(make(event=EVENT), withdrawn=NOW), date(2027, 3, 3)),
    "never when withdrawn after": (keep(make(event=EVENT), withdrawn=NOW, was_coming=False), date.min),
}


@pytest.mark.parametrize("case", SHOWN)
def test_calendars_show_an_event(case: str) -> None:
    kept, until = SHOWN[case]
    assert kept.shown_until == until


def test_ids_in_feeds_name_the_domain_and_never_the_address() -> None:
    here, moved = Edition(), Edition(base_url="https://elsewhere.example", publisher="Other", version="9", zone="UTC")
    for edition in (here, moved):
        assert (edition.uid("a"), edition.entry_id("a")) == ("a@cecc.gov", "tag:cecc.gov,2002:item/a")
    assert (here.item_url("a", ".ics"), moved.item_url("a")) == (
        "http://127.0.0.1:8000/items/a.ics",
        "https://elsewhere.example/items/a",
    )


def test_a_feeds_addresses_and_id_hold_its_query() -> None:
    bare = Feed(Edition(), "/items", "Items", "All.", modified=NOW)
    asked = Feed(Edition(), "/items", "Items", "All.", modified=NOW, args="type=hearing")
    assert [bare.url(".rss"), bare.id, asked.url(".rss"), asked.id] == [
        "http://127.0.0.1:8000/items.rss",
        "tag:cecc.gov,2002:feed/items",
        "http://127.0.0.1:8000/items.rss?type=hearing",
        "tag:cecc.gov,2002:feed/items?type=hearing",
    ]


def test_values_cannot_be_changed() -> None:
    item, kept = make(event={"start": "2026-12-01"}), keep(make())
    for value, name in ((item, "title"), (item.event, "start"), (kept, "news"), (Revision(NOW), "sequence")):
        with pytest.raises((ValueError, AttributeError)):
            setattr(value, name, None)


def test_a_kept_item_is_the_item_and_its_moments() -> None:
    seen = NOW - timedelta(days=1)
    assert keep(make(), first_seen=seen, at=NOW) == Kept(
        item=make(),
        first_seen=seen,
        dated=datetime(2026, 11, 2, 17, tzinfo=UTC),
        dated_day=date(2026, 11, 2),
        news=Revision(NOW, 0),
        calendar=None,
    )
