"""Whole lives: what every format, header and page says of an item at each step, from first notice to transcript."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from pathlib import Path

import feedparser

from tests.faults.processes import run
from tests.service import Answered, Record, Service, entry_id, numbered_news, record, uid, vevents
from tests.test_serving import serving

TRANSCRIPT = {"rel": "transcript", "url": "https://www.cecc.gov/t.pdf", "type": "application/pdf"}
MOVED = {"start": "2026-12-08T14:00:00-05:00", "end": "2026-12-08T16:00:00-05:00"}
WAS = "Tuesday, December 1, 2026, 9:30–11:00 a.m. EST"
IS = "Tuesday, December 8, 2026, 2:00–4:00 p.m. EST"
ROOM = "Room 301, Russell Senate Office Building"
EVENT, NEWS = "hearing-1", "news-1"
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Step:
    """What the editor writes (None: the record is gone), and then: the sentence of the change, the title of the entry
    and the first words of its body, STATUS and DTSTART of the event."""

    change: Record | None
    sentence: str
    title: str
    opens: str
    status: str = "CONFIRMED"
    start: str = "20261208T140000"


HEARING = "Hearing: Trade and data"
GONE = "The publisher withdrew this item."
EVENT_LIFE = [
    Step({}, f"New: {WAS}, {ROOM}", HEARING, f"<strong>When:</strong> {WAS}", start="20261201T093000"),
    Step(
        {"event": MOVED}, f"Moved from {WAS} to {IS}", HEARING,
        f"Changed Wednesday, November 25, 2026: Moved from {WAS} to {IS}.",
    ),
    Step(
        {"event": {**MOVED, "location": "Room 2"}}, f"Place: Room 2 (was {ROOM})", HEARING,
        f"Changed Thursday, November 26, 2026: Place: Room 2 (was {ROOM}).",
    ),
    Step(
        {"event": {**MOVED, "location": "Room 2", "status": "postponed"}}, "Postponed", f"POSTPONED: {HEARING}",
        "This event is postponed.", "TENTATIVE",
    ),
    Step(
        {"event": {**MOVED, "status": "cancelled"}}, "Cancelled", f"CANCELLED: {HEARING}",
        "This event is cancelled.", "CANCELLED",
    ),
    Step(None, "Withdrawn", f"WITHDRAWN: {HEARING}", GONE, "CANCELLED"),
    Step({"event": MOVED}, "Back again", HEARING, "Changed Monday, November 30, 2026: Back again; Confirmed."),
    Step(
        {"event": MOVED, "links": [TRANSCRIPT]}, "Transcript posted", HEARING,
        "Changed Tuesday, December 1, 2026: Transcript posted.",
    ),
]  # fmt: skip
RELEASE = "Press Release: Number 1"
RETURNED = "Changed Saturday, November 28, 2026: Back again."
NEWS_LIFE = [
    Step({}, "New", RELEASE, "A hearing on trade."),
    Step({"title": "Other words"}, "Title changed", "Press Release: Other words", "A hearing on trade."),
    Step({"summary": "Another text."}, "Text changed", RELEASE, "Another text."),
    Step(None, "Withdrawn", f"WITHDRAWN: {RELEASE}", GONE),
    Step({"summary": "Another text."}, "Back again", RELEASE, RETURNED),
    Step({"summary": "Another text.", "topics": ["Tibet"]}, "Topics changed", RELEASE, RETURNED),
]
NEWS_FEEDS = ("/items.rss", "/items.atom", "/items.json")
LISTS = (*NEWS_FEEDS, "/items.csv", "/changes.atom", "/changes.rss", "/changes.json")


def step_of_event(step: Step) -> Record | None:
    return None if step.change is None else record(**step.change)


def step_of_news(step: Step) -> Record | None:
    return None if step.change is None else numbered_news(1, **step.change)


def entries(body: bytes) -> dict[str, tuple[str, datetime]]:
    """Of RSS and Atom by feedparser, of JSON Feed by json: entry id to title and time of change."""
    if body.startswith(b"{"):
        told = json.loads(body)["items"]
        return {one["id"]: (one["title"], datetime.fromisoformat(one["date_modified"])) for one in told}
    return {
        entry.id: (entry.title, datetime(*entry.updated_parsed[:6], tzinfo=UTC))
        for entry in feedparser.parse(body).entries
    }


def first_words(body: bytes, name: str) -> str:
    if body.startswith(b"{"):
        (told,) = [one["content_html"] for one in json.loads(body)["items"] if one["id"] == name]
    else:
        (told,) = [entry.content[0].value for entry in feedparser.parse(body).entries if entry.id == name]
    return str(told).removeprefix("<p>")


def newest_change(service: Service) -> tuple[str, list[str]]:
    newest = json.loads(service.get("/changes.json").body)["items"][0]
    return newest["_change"]["item"], [difference["sentence"] for difference in newest["_change"]["differences"]]


def moment(service: Service) -> str:
    return f"{service.now:%a, %d %b %Y %H:%M:%S GMT}"


def lived(service: Service, item: str, step: Step, before: dict[str, Answered]) -> dict[str, Answered]:
    """Check what holds at a step of either life; the answers of every address, to compare with those of the next."""
    gone, name = step.change is None, entry_id(item)
    for path in NEWS_FEEDS:
        assert entries(service.get(path).body)[name] == (step.title, service.now), path
        assert first_words(service.get(path).body, name).startswith(step.opens), path
    assert re.findall(rb'<at:deleted-entry ref="([^"]*)"', service.get("/items.atom").body) == [name.encode()] * gone
    rows = {row["id"]: row["title"] for row in csv.DictReader(io.StringIO(service.get("/items.csv").text))}
    assert rows.get(item) == (None if gone else step.title.rpartition(": ")[2])
    status = 410 if gone else 200
    assert [service.get(f"/items/{item}{suffix}").status for suffix in ("", ".json")] == [status] * 2
    assert f"<li>{step.sentence}</li>" in re.sub("</?time[^>]*>", "", service.get(f"/items/{item}").text)
    changed, sentences = newest_change(service)
    assert (changed, step.sentence in sentences) == (name, True)
    states = {path: service.get(path) for path in LISTS}
    return states | later(service, before, states)


def later(service: Service, before: dict[str, Answered], now: dict[str, Answered]) -> dict[str, Answered]:
    """Every list is a new state: of this moment, with a tag of its own; who asks with the old ones gets it whole."""
    for path, answer in now.items():
        assert answer["Last-Modified"] == moment(service), path
        if path in before:
            old = before[path]
            assert answer["ETag"] != old["ETag"], path
            for condition in ({"If-None-Match": old["ETag"]}, {"If-Modified-Since": old["Last-Modified"]}):
                assert service.get(path, condition).status == 200, (path, condition)
        assert service.get(path, {"If-None-Match": answer["ETag"]}).status == 304, path
        assert service.get(path, {"If-Modified-Since": answer["Last-Modified"]}).status == 304, path
    return now


def untouched(service: Service, beside: dict[str, Answered]) -> bool:
    """Whether what has nothing to do with it is the same, to the byte and the second."""
    again = {path: service.get(path) for path in beside}
    return all(
        (again[path].body, again[path]["ETag"], again[path]["Last-Modified"])
        == (answer.body, answer["ETag"], answer["Last-Modified"])
        for path, answer in beside.items()
    )


def test_an_event_lives_through_all_in_every_format(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.publish(numbered_news(1))
    beside = {path: service.get(path) for path in ("/types/press-release.atom", f"/items/{NEWS}.json")}
    states: dict[str, Answered] = {}
    for number, step in enumerate(EVENT_LIFE):
        told = step_of_event(step)
        service.later(days=1).publish(numbered_news(1), *([told] if told else []))
        states = lived(service, EVENT, step, states)
        calendars = {path: service.get(path) for path in ("/events.ics", f"/items/{EVENT}.ics")}
        for answer in later(service, states, calendars).values():
            (event,) = vevents(answer.body)
            assert (event["UID"], event["SEQUENCE"]) == (uid(EVENT), str(number))
            start = event["DTSTART;TZID=America/New_York"]
            assert (event["SUMMARY"], event["STATUS"], start) == (step.title, step.status, step.start)
            assert (event["DTSTAMP"], event["LAST-MODIFIED"]) == (f"{service.now:%Y%m%dT%H%M%SZ}",) * 2
            assert event["CREATED"] == "20261124T150000Z"
        states |= calendars
        assert untouched(service, beside)


def test_a_news_item_lives_through_all_in_every_format(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.publish(record())
    beside = {path: service.get(path) for path in ("/events.ics", "/events.atom", f"/items/{EVENT}.ics")}
    states: dict[str, Answered] = {}
    for step in NEWS_LIFE:
        told = step_of_news(step)
        service.later(days=1).publish(record(), *([told] if told else []))
        states = lived(service, NEWS, step, states)
        assert service.get(f"/items/{NEWS}.ics").status == 404
        assert untouched(service, beside)


# --- another installation ---------------------------------------------------------------------------------------------


def from_today(told: Record) -> Record:
    """The record with its event some days after the real today: the clock of a process is not ours."""
    if "event" not in told:
        return told
    apart = datetime.fromisoformat(told["event"]["start"]) - datetime(2026, 11, 23, tzinfo=UTC)
    start = (datetime.now(UTC) + apart).replace(microsecond=0)
    return {**told, "event": {**told["event"], "start": start.isoformat(), "end": (start + HOUR).isoformat()}}


def both_lives() -> Iterator[list[Record]]:
    """The event has an id of the editor's, the news item and a third record that stays have none."""
    stays = record(id=None, url="https://www.cecc.gov/events/roundtables/third", title="Third", type="Roundtable")
    for event, news in zip_longest(EVENT_LIFE, NEWS_LIFE, fillvalue=NEWS_LIFE[-1]):
        release = step_of_news(news)
        told = [step_of_event(event), release and {**release, "id": None, "title": "Number 1"}, stays]
        yield [from_today({name: value for name, value in one.items() if value is not None}) for one in told if one]


def names(body: Callable[[str], bytes]) -> tuple[list[str], ...]:
    """The UIDs and the entry ids that are shown now; `body` gives what is at an address."""
    uids = sorted(event["UID"] for event in vevents(body("/events.ics")))
    return (uids, *(sorted(entries(body(path))) for path in NEWS_FEEDS))


def test_another_process_with_other_settings_finds_the_same_uids_and_entry_ids_at_every_step(tmp_path: Path) -> None:
    """One installation in this process; the other is brought up to date and served by processes of their own, with
    another database, base URL, source name and hash seed."""
    one = Service(tmp_path / "one", now=datetime.now(UTC))
    settings = {"database": f"sqlite:///{tmp_path}/kept.db", "base_url": "https://elsewhere.example.org/feeds"}
    other = Service(tmp_path / "two", given=settings)
    seen = []
    for number, records in enumerate(both_lives()):
        one.later(minutes=1).publish(*records)
        other.write(*reversed(records), name="renamed.jsonl")
        assert run(other, "import", PYTHONHASHSEED=str(number))[0] == 0
        with serving(other, "--no-import") as server:
            seen.append(names(lambda path: one.get(path).body))
            assert names(server.body) == seen[-1]
    assert {len(uids) for uids, *_ in seen} == {2}
    assert {len(ids) for _, *feeds in seen for ids in feeds} == {3}
