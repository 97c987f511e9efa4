"""JSON Feed: what belongs to it alone; what it shares with RSS and Atom is in test_syndication."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from cecc_feeds.model import Kept
from cecc_feeds.render import FORMATS, item_calendar
from tests.render import EDITION, make, whole, without_event


def one(item: Kept) -> dict[str, Any]:
    (found,) = json.loads(whole(".json", [item]))["items"]
    assert isinstance(found, dict)
    return found


def test_a_document_reads_back_as_one_would_write_it_by_hand() -> None:
    items = [make(), make(id="b", title="é日本\u2028😀"), without_event()]
    document = whole(".json", items).decode()
    assert json.dumps(json.loads(document), ensure_ascii=False, indent=1) + "\n" == document


def test_nothing_is_null_or_empty() -> None:
    for item in (
        make(summary=None, url=None, event={"end": None, "location": None}),
        without_event(summary=None, title=None),
    ):
        document = whole(".json", [item]).decode()
        assert [bad for bad in ("null", '""', "[]", "{}") if bad in document] == []


def test_an_event_is_given_in_its_own_time() -> None:
    assert one(make(event={"webcast": "https://live.example.org/1", "status": "postponed"}))["_event"] == {
        "about": "https://feeds.example.org/schema/item.json",
        "start": "2026-12-01T09:30:00-05:00",
        "end": "2026-12-01T11:00:00-05:00",
        "time_zone": "America/New_York",
        "all_day": False,
        "status": "postponed",
        "location": "Auditorium, 100 Example Street NE",
        "webcast": "https://live.example.org/1",
        "ics": "https://feeds.example.org/items/roundtable-1.ics",
    }


@pytest.mark.parametrize(
    ("edges", "given"),
    [
        ({"end": None}, {"start": "2026-12-01T09:30:00-05:00", "time_zone": "America/New_York", "all_day": False}),
        ({"start": "2026-12-03", "end": None, "timezone": None}, {"start": "2026-12-03", "all_day": True}),
        (
            {"start": "2026-12-03", "end": "2026-12-04", "timezone": None},
            {"start": "2026-12-03", "end": "2026-12-04", "all_day": True},
        ),
    ],
)
def test_what_is_not_known_of_an_event_is_not_there(edges: dict[str, Any], given: dict[str, Any]) -> None:
    event = one(make(event={**edges, "location": None}))["_event"]
    assert {name: event[name] for name in event if name not in ("about", "status", "ics")} == given


def test_a_withdrawn_event_is_a_cancelled_one_and_a_past_one_is_in_no_calendar() -> None:
    withdrawn = {"withdrawn": datetime(2026, 11, 3, tzinfo=UTC)}
    coming, past = make(kept=withdrawn), make(kept={**withdrawn, "was_coming": False})
    assert (one(coming)["_event"]["status"], "ics" in one(coming)["_event"]) == ("cancelled", True)
    assert (one(past)["_event"]["status"], "ics" in one(past)["_event"]) == ("cancelled", False)


def test_attachments_are_the_calendar_and_documents_whose_type_is_known() -> None:
    item = make(
        links=[
            {"rel": "transcript", "title": "PDF", "url": "https://www.cecc.gov/t.pdf", "type": "application/pdf"},
            {"rel": "transcript", "url": "https://www.cecc.gov/t.txt", "type": "text/plain"},
            {"rel": "transcript", "url": "https://www.cecc.gov/unknown"},
            {"rel": "related", "url": "https://www.cecc.gov/page", "type": "text/html"},
            {"rel": "related", "url": "https://www.cecc.gov/odd", "type": "PDF"},
        ]
    )
    assert one(item)["attachments"] == [
        {
            "url": "https://feeds.example.org/items/roundtable-1.ics",
            "mime_type": "text/calendar",
            "title": "Add to calendar",
            "size_in_bytes": len(item_calendar(item, EDITION)),
        },
        {"url": "https://www.cecc.gov/t.pdf", "mime_type": "application/pdf", "title": "PDF"},
        {"url": "https://www.cecc.gov/t.txt", "mime_type": "text/plain"},
    ]


def test_the_plain_text_is_the_whole_entry() -> None:
    assert one(make())["content_text"] == (
        "When: Tuesday, December 1, 2026, 9:30–11:00 a.m. EST\n"
        "Where: Auditorium, 100 Example Street NE\n\n"
        "A roundtable on trade.\n\nWith three panelists.\n\n"
        "Publisher’s page: https://www.cecc.gov/events/roundtables/trade-data\n"
        "Details: https://feeds.example.org/items/roundtable-1"
    )


def test_an_entry_is_an_object_as_it_stands_in_the_items() -> None:
    entry = FORMATS[".json"].entry(make(), EDITION)
    assert (entry[:8], entry[-4:]) == (b'  {\n   "', b"\n  }")
    assert json.loads(entry) == one(make())
