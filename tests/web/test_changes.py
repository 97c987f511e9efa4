"""The ledger as readers meet it: `/changes`, its feeds, and the history on an item's page."""

import json
import re
from pathlib import Path

import feedparser
import pytest

from tests.service import Answered, Service, numbered, record, uid

TRANSCRIPT = {"rel": "transcript", "url": "https://www.cecc.gov/t.pdf", "type": "application/pdf"}
MOVED = {"start": "2026-12-08T14:00:00-05:00", "end": "2026-12-08T16:00:00-05:00"}
WAS = "Tuesday, December 1, 2026, 9:30–11:00 a.m. EST"
IS = "Tuesday, December 8, 2026, 2:00–4:00 p.m. EST"
ROOM = "Room 301, Russell Senate Office Building"


@pytest.fixture
def service(tmp_path: Path) -> Service:
    """A hearing that was announced, moved, cancelled, confirmed again, given a transcript and withdrawn, by days."""
    made = Service(tmp_path)
    made.publish(record())
    for change in (
        {"event": MOVED},
        {"event": {**MOVED, "status": "cancelled"}},
        {"event": MOVED},
        {"event": MOVED, "links": [TRANSCRIPT]},
    ):
        made.later(days=1).publish(record(**change))
    made.later(days=1).publish()
    return made


def told(answer: Answered) -> list[list[str]]:
    return [
        [difference["sentence"] for difference in item["_change"]["differences"]]
        for item in json.loads(answer.body)["items"]
    ]


LIFE = [
    ["Withdrawn"],
    ["Transcript posted"],
    ["Confirmed"],
    ["Cancelled"],
    [f"Moved from {WAS} to {IS}"],
    [f"New: {WAS}, {ROOM}"],
]


def test_every_change_is_kept_the_newest_first(service: Service) -> None:
    assert told(service.get("/changes.json")) == LIFE


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("change=moved,cancelled", [LIFE[3], LIFE[4]]),
        ("change=transcript", [LIFE[1]]),
        ("change=title", []),
        ("type=hearing&topic=commercial-rule-of-law&q=trade", LIFE),
        ("type=roundtable", []),
        ("status=cancelled", [LIFE[2], LIFE[3]]),
        ("from=2026-11-27", LIFE[:2]),
        ("from=2026-11-23&to=2026-11-24", LIFE[4:]),
        ("limit=2", LIFE[:2]),
        ("limit=2&page=2", LIFE[2:4]),
    ],
)
def test_changes_are_narrowed_like_any_list(service: Service, query: str, expected: list[list[str]]) -> None:
    assert told(service.get(f"/changes.json?{query}")) == expected


@pytest.mark.parametrize("suffix", [".rss", ".atom", ".json"])
def test_a_change_is_told_alike_in_each_feed_and_has_an_id_of_its_own(service: Service, suffix: str) -> None:
    body = service.get(f"/changes{suffix}?change=moved").body
    if suffix == ".json":
        (one,) = json.loads(body)["items"]
        found = one["id"], one["title"], one["url"]
    else:
        (entry,) = feedparser.parse(body).entries
        found = entry.id, entry.title, entry.link
    assert found == (
        "tag:cecc.gov,2002:change/hearing-1/20261124T150000Z",
        f"Moved from {WAS} to {IS}: Hearing: Trade and data",
        "https://feeds.example.gov/items/hearing-1#20261124T150000Z",
    )


@pytest.mark.parametrize("suffix", [".ics", ".csv"])
def test_changes_are_neither_a_calendar_nor_a_table(service: Service, suffix: str) -> None:
    assert service.get(f"/changes{suffix}").status == 404


def test_a_kind_of_change_that_there_is_not_is_refused(service: Service) -> None:
    answer = service.get("/changes.atom?change=gone")
    assert (answer.status, answer.text.partition(" takes ")[0]) == (400, "change:")


def test_the_pages_tell_the_history(service: Service) -> None:
    listed, item = service.get("/changes"), service.get("/items/hearing-1")
    assert (listed.status, item.status) == (200, 410)
    for answer in (listed, item):
        told = re.findall(r"<li>((?:(?!</?li).)*)</li>", answer.text)
        plain = [re.sub(r"</?time[^>]*>", "", sentence) for sentence in told]
        assert [sentence for (sentence,) in LIFE if sentence not in plain] == []
        was, now = re.findall(r'<time datetime="([^"]+)">', next(one for one in told if one.startswith("Moved from")))
        assert (was, now) == ("2026-12-01T09:30:00-05:00", "2026-12-08T14:00:00-05:00")
    assert 'id="20261124T150000Z"' in item.text


def test_the_list_of_changes_says_when_it_last_changed_whatever_it_is_narrowed_to(service: Service) -> None:
    assert [service.get(f"/changes.atom{query}")["Last-Modified"] for query in ("", "?change=moved")] == [
        "Sat, 28 Nov 2026 15:00:00 GMT",
        "Tue, 24 Nov 2026 15:00:00 GMT",
    ]


def test_an_entry_says_first_what_changed(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.publish(record())
    service.later(days=1).publish(record(event=MOVED))
    service.later(days=1).publish(record(event=MOVED, summary="Other words."))
    first = f"Changed Tuesday, November 24, 2026: Moved from {WAS} to {IS}."
    (item,) = json.loads(service.get("/items.json").body)["items"]
    assert (item["content_html"].partition("</p>")[0], item["content_text"].splitlines()[0]) == (f"<p>{first}", first)
    for suffix in (".rss", ".atom"):
        (entry,) = feedparser.parse(service.get(f"/items{suffix}").body).entries
        assert entry.content[0].value.partition("</p>")[0] == f"<p>{first}"


def test_a_subscriber_chooses_how_cancelled_events_are_told(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.publish(numbered(1), numbered(2))
    before = service.get("/events.ics?cancelled=drop")
    service.later(hours=1).publish(numbered(1, event={"status": "cancelled"}), numbered(2))
    found = {
        query: {
            name: (event["STATUS"], event["SUMMARY"]) for name, event in service.events(f"/events.ics{query}").items()
        }
        for query in ("", "?cancelled=status", "?cancelled=keep", "?cancelled=drop")
    }
    plain = (uid("hearing-2"), ("CONFIRMED", "Hearing: Number 2"))
    kept = {uid("hearing-1"): ("CANCELLED", "CANCELLED: Hearing: Number 1"), plain[0]: plain[1]}
    assert found == {
        "": kept,
        "?cancelled=status": kept,
        "?cancelled=keep": {**kept, uid("hearing-1"): ("CONFIRMED", "CANCELLED: Hearing: Number 1")},
        "?cancelled=drop": dict([plain]),
    }
    after = service.get("/events.ics?cancelled=drop", {"If-Modified-Since": before["Last-Modified"]})
    assert (before["Last-Modified"], after.status, after["Last-Modified"]) == (
        "Mon, 23 Nov 2026 15:00:00 GMT",
        200,
        "Mon, 23 Nov 2026 16:00:00 GMT",
    )
