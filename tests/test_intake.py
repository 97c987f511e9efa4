"""Intake: what an import adds, changes, keeps and withdraws, as its report and as subscribers see it."""

import hashlib
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cecc_feeds import keeping
from cecc_feeds.keeping import Report
from cecc_feeds.sources import jsonlines
from cecc_feeds.sources.found import Draft
from cecc_feeds.store import Store
from tests.other_parsers import agreed, shared
from tests.service import (
    FEED_PATHS,
    Record,
    Service,
    entry_id,
    numbered,
    numbered_news,
    record,
    uid,
)
from tests.store.keeping import revision

PAGE = """\
Skip to main content

Commercial Rule of Law

Event Date:
Tuesday, December 1, 2026 – 09:30 AM to 11:00 AM
November 2, 2026
Hearing
November 20, 2026

Transcript (PDF) (Text)

A hearing on trade and on the data of those who trade with each other.


October 30, 2026
November 1, 2026

An analysis of what the new rules on data mean for those who trade with each other.
"""


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service(tmp_path)


def counts(report: Report) -> tuple[int, int, int, int, int]:
    """Added, changed, unchanged, withdrawn, rejected."""
    return report.added, report.changed, report.unchanged, report.withdrawn, len(report.rejected)


def everything(service: Service) -> dict[str, Any]:
    """All that subscribers see, validators too."""
    return {
        path: (answer.status, answer.body, answer["Last-Modified"])
        for path in FEED_PATHS
        if (answer := service.get(path))
    }


def page(service: Service, text: str = PAGE, name: str = "topic.txt") -> Path:
    path = service.pages / name
    path.write_text(text)
    return path


def stored(service: Service, item_id: str) -> Record:
    """The canonical record as it is served."""
    found: Record = json.loads(service.get(f"/items/{item_id}.json").body)
    return found


# --- counts and sentences ---------------------------------------------------------------------------------------------


def test_an_import_counts_what_it_did(service: Service) -> None:
    news = [numbered_news(number) for number in range(1, 6)]
    assert str(service.publish(record(), *news)) == "added 6, changed 0, unchanged 0, withdrawn 0, rejected 0"
    again = service.later(hours=1).publish(record(title="Edited"), *news[:4], numbered_news(9), {"type": "Hearing"})
    assert str(again) == "added 1, changed 1, unchanged 4, withdrawn 0, rejected 1"
    last = service.later(hours=1).publish(record(title="Edited"), *news[:4], numbered_news(9))
    assert str(last) == "added 0, changed 0, unchanged 6, withdrawn 1, rejected 0"


def test_running_an_import_twice_is_the_same_as_once(service: Service) -> None:
    page(service)
    service.publish(record(), numbered(2), numbered_news(1), {"id": "bad"})
    before = everything(service)
    for _ in range(2):
        report = service.later(days=1).bring_in()
        assert (report.added, report.changed, report.withdrawn, report.sentences) == (0, 0, 0, [])
        assert everything(service) == before


def test_an_import_that_changes_nothing_leaves_the_stores_revision(service: Service) -> None:
    service.publish(record())
    with Store.open(service.settings.database, zone="UTC") as store:
        before = revision(store)
        service.later(hours=1).bring_in()
        assert revision(store) == before
        service.later(hours=1).publish(record(language="en"))
        assert revision(store) > before


DAY = "Tuesday, December 1, 2026"
EDITS: dict[str, tuple[Record, list[str]]] = {
    "place": (record(event={"location": "Online"}), ["Place: Online (was Room 301, Russell Senate Office Building)"]),
    "status": (record(event={"status": "cancelled"}), ["Cancelled"]),
    "time": (
        record(event={"start": "2026-12-01T10:00:00-05:00"}),
        [f"Moved from {DAY}, 9:30–11:00 a.m. EST to {DAY}, 10:00–11:00 a.m. EST"],
    ),
    "end": (record(event={"end": "2026-12-01T11:30:00-05:00"}), ["Now Tuesday, December 1, 2026, 9:30–11:30 a.m. EST"]),
    "transcript": (
        record(links=[{"rel": "transcript", "url": "https://www.cecc.gov/t.pdf"}]),
        ["Transcript posted"],
    ),
    "title and text": (record(title="B", summary="C"), ["Title changed", "Text changed"]),
    "no event": (record(event=None), ["No longer announced for Tuesday, December 1, 2026, 9:30–11:00 a.m. EST"]),
    "language": (record(language="en"), ["Language changed"]),
}


@pytest.mark.parametrize(("edited", "sentences"), EDITS.values(), ids=EDITS)
def test_a_change_is_told_in_sentences(service: Service, edited: Record, sentences: list[str]) -> None:
    assert service.publish(record()).sentences == [
        "hearing-1: New: Tuesday, December 1, 2026, 9:30–11:00 a.m. EST, Room 301, Russell Senate Office Building"
    ]
    report = service.later(hours=1).publish(edited)
    assert (counts(report), report.sentences) == ((0, 1, 0, 0, 0), [f"hearing-1: {told}" for told in sentences])


def test_a_dry_run_tells_the_same_sentences_and_changes_nothing(service: Service) -> None:
    service.publish(record(), *(numbered(number) for number in range(2, 8)))
    before, database = everything(service), hashlib.sha256(service.database.read_bytes()).digest()
    service.write(record(title="Edited"), *(numbered(number) for number in range(3, 9)), {"type": 7})
    service.later(hours=1)
    dry = service.bring_in(dry_run=True)
    assert everything(service) == before
    assert hashlib.sha256(service.database.read_bytes()).digest() == database
    wet = service.bring_in()
    assert (counts(dry), dry.sentences, dry.rejected) == (counts(wet), wet.sentences, wet.rejected)
    assert wet.sentences[0] == "hearing-1: Title changed"
    assert everything(service) != before


# --- withdrawing ------------------------------------------------------------------------------------------------------


def test_a_refusal_withdraws_nothing(service: Service) -> None:
    service.publish(record(), numbered(2))
    report = service.later(hours=1).publish({**numbered(2), "tittle": "typo"})
    assert (counts(report), list(service.events())) == ((0, 0, 0, 0, 1), [uid("hearing-1"), uid("hearing-2")])
    assert str(report.rejected[0]) == (
        f'{service.records / "cecc.jsonl"}:1: "tittle" is not a field of a record; did you mean "title"?'
    )


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"[1, 2", b"{", b'{"type": "\x80"}'], ids=repr)
def test_a_file_that_cannot_be_read_withdraws_nothing(service: Service, content: bytes) -> None:
    service.publish(record(), numbered(2))
    before = everything(service)
    (service.records / "cecc.jsonl").write_bytes(content)
    report = service.later(hours=1).bring_in()
    assert counts(report)[3] == 0
    assert len(report.rejected) >= 1
    assert everything(service) == before


def test_a_page_that_no_longer_names_an_item_withdraws_nothing(service: Service) -> None:
    path = page(service)
    assert counts(service.bring_in()) == (2, 0, 0, 0, 0)
    before = everything(service)
    page(service, PAGE.partition("\n\nOctober 30")[0] + "\n")
    assert counts(service.later(hours=1).bring_in())[3] == 0
    path.unlink()
    assert counts(service.later(hours=1).bring_in()) == (0, 0, 0, 0, 0)
    assert everything(service) == before


def test_a_page_that_lost_a_value_never_erases_it(service: Service) -> None:
    page(service)
    service.bring_in()
    before = everything(service)
    page(service, PAGE.replace("Transcript (PDF) (Text)\n\n", "").replace("November 20, 2026\n", ""))
    report = service.later(hours=1).bring_in()
    assert (report.changed, report.withdrawn, report.rejected) == (0, 0, [])
    assert everything(service) == before


def test_what_an_editor_deletes_from_a_record_is_gone(service: Service) -> None:
    service.publish(record(links=[{"url": "https://www.cecc.gov/t.pdf"}], updated="2026-11-20"))
    told = record(summary=None, topics=None, event={"location": None})
    service.later(hours=1).publish(told)
    assert stored(service, "hearing-1") == told


def withdrawn_coming(service: Service) -> dict[str, str]:
    service.publish(record(), numbered(2))
    service.later(hours=1).publish(numbered(2))
    return service.events()[uid("hearing-1")]


def test_a_withdrawn_coming_event_stays_as_cancelled_under_a_title_that_says_so(service: Service) -> None:
    event = withdrawn_coming(service)
    told = {
        name: event[name]
        for name in ("SUMMARY", "STATUS", "SEQUENCE", "LAST-MODIFIED", "DTSTART;TZID=America/New_York")
    }
    assert told == {
        "SUMMARY": "WITHDRAWN: Hearing: Trade and data",
        "STATUS": "CANCELLED",
        "SEQUENCE": "1",
        "LAST-MODIFIED": "20261123T160000Z",
        "DTSTART;TZID=America/New_York": "20261201T093000",
    }
    assert service.ids() == [entry_id("hearing-1"), entry_id("hearing-2")]
    atom = service.get("/items.atom").text
    assert '<at:deleted-entry ref="tag:cecc.gov,2002:item/hearing-1" when="2026-11-23T16:00:00Z"' in atom
    assert "hearing-1" not in service.get("/items.csv").text


def test_a_withdrawn_coming_event_leaves_by_itself_at_the_midnight_after_ninety_days(service: Service) -> None:
    withdrawn_coming(service)
    last = datetime(2027, 3, 2, 4, 59, 59, tzinfo=UTC)  # 23:59:59 in Washington, 90 days after December 1
    service.now = last
    during = service.get("/events.ics")
    assert list(service.events()) == [uid("hearing-1"), uid("hearing-2")]
    service.now = last + timedelta(seconds=1)
    after = service.get("/events.ics", {"If-Modified-Since": during["Last-Modified"], "Accept-Encoding": ""})
    assert (after.status, list(service.events())) == (200, [uid("hearing-2")])
    assert after["Last-Modified"] == "Tue, 02 Mar 2027 05:00:00 GMT"
    assert service.later(days=100).get("/events.ics") == after


def test_a_cancelled_event_leaves_at_the_same_midnight(service: Service) -> None:
    service.publish(record(event={"status": "cancelled"}))
    service.now = datetime(2027, 3, 2, 4, 59, 59, tzinfo=UTC)
    assert list(service.events()) == [uid("hearing-1")]
    assert list(service.later(seconds=1).events()) == []
    assert shown_news(service) == ["CANCELLED: Hearing: Trade and data"]


def shown_news(service: Service) -> list[str]:
    return [item["title"] for item in json.loads(service.get("/items.json").body)["items"]]


def test_a_past_event_that_is_withdrawn_leaves_the_calendar_at_once(service: Service) -> None:
    past = {"start": "2026-11-20T10:00:00-05:00", "end": "2026-11-20T11:00:00-05:00"}
    service.publish(record(event=past), numbered(2))
    before = service.get("/events.ics")["Last-Modified"]
    service.later(hours=1).publish(numbered(2))
    answer = service.get("/events.ics", {"If-Modified-Since": before})
    assert (answer.status, list(service.events())) == (200, [uid("hearing-2")])
    assert answer["Last-Modified"] == "Mon, 23 Nov 2026 16:00:00 GMT"
    told = {suffix: service.get(f"/items/hearing-1{suffix}") for suffix in ("", ".ics", ".json", ".csv")}
    assert {suffix: answer.status for suffix, answer in told.items()} == {
        "": 410,
        ".ics": 404,
        ".json": 410,
        ".csv": 404,
    }
    assert told[".ics"].text == "hearing-1 was withdrawn by its publisher, so there is nothing here.\n"
    assert shown_news(service)[0] == "WITHDRAWN: Hearing: Trade and data"


def test_an_event_is_past_from_the_day_after_it_in_the_publishers_zone(service: Service) -> None:
    today = {"start": "2026-11-23T08:00:00-05:00", "end": "2026-11-23T09:00:00-05:00"}
    service.publish(record(event=today), numbered(2))
    service.publish(numbered(2))
    assert service.events()[uid("hearing-1")]["STATUS"] == "CANCELLED"


def test_an_item_that_is_back_again_keeps_its_uid_and_its_sequence_grows(service: Service) -> None:
    gone = withdrawn_coming(service)
    report = service.later(hours=1).publish(record(), numbered(2))
    assert (counts(report), report.sentences) == ((0, 1, 1, 0, 0), ["hearing-1: Back again"])
    back = service.events()[uid("hearing-1")]
    assert {name: back[name] for name in ("UID", "CREATED", "SEQUENCE", "STATUS", "SUMMARY", "LAST-MODIFIED")} == {
        "UID": gone["UID"],
        "CREATED": gone["CREATED"],
        "SEQUENCE": "2",
        "STATUS": "CONFIRMED",
        "SUMMARY": "Hearing: Trade and data",
        "LAST-MODIFIED": "20261123T170000Z",
    }
    assert "deleted-entry" not in service.get("/items.atom").text
    assert service.get("/items/hearing-1").status == 200


def test_a_withdrawn_news_item_leaves_an_entry_that_says_so_without_what_it_said(service: Service) -> None:
    service.publish(numbered_news(1, summary="A sentence that was taken back."), numbered_news(2))
    service.later(hours=1).publish(numbered_news(2))
    for suffix in (".rss", ".atom", ".json"):
        body = service.get(f"/items{suffix}").text
        assert "WITHDRAWN: Press Release: Number 1" in body
        assert "taken back" not in body


@pytest.mark.parametrize(
    ("held", "left", "allowed"),
    [(6, 1, True), (5, 0, True), (6, 0, False), (30, 24, True), (30, 23, False), (30, 25, True), (31, 24, False)],
)
def test_more_than_a_fifth_and_more_than_five_are_withdrawn_only_when_told(
    service: Service, held: int, left: int, allowed: bool
) -> None:
    items = [numbered_news(number) for number in range(held)]
    service.publish(*items)
    before = everything(service)
    edited = [{**one, "language": "en"} for one in items[:left]]
    report = service.later(hours=1).publish(*edited)
    if allowed:
        assert counts(report) == (0, left, 0, held - left, 0)
        return
    assert counts(report) == (0, 0, 0, 0, 1)
    assert str(report.rejected[0]) == (
        f"cecc.jsonl: would withdraw {held - left} of {held} items, so nothing of it was taken; "
        "if that is meant: cecc-feeds import --allow-withdrawals"
    )
    assert everything(service) == before
    assert counts(service.bring_in(allow_withdrawals=True)) == (0, left, 0, held - left, 0)


def test_small_files_that_are_gone_together_are_guarded_as_one(service: Service) -> None:
    for number in range(1, 9):
        service.write(numbered(number), name=f"{number}.jsonl")
    service.bring_in()
    seen = everything(service)
    for number in range(1, 8):
        (service.records / f"{number}.jsonl").unlink()
    report = service.later(hours=1).bring_in()
    (refused,) = report.rejected
    assert (refused.where, refused.why.partition(",")[0]) == (
        "1.jsonl and 6 other files that are gone",
        "would withdraw 7 of 8 items",
    )
    assert everything(service) == seen
    assert counts(service.bring_in(allow_withdrawals=True))[3] == 7


@pytest.mark.parametrize("listed", [False, True])
def test_a_link_that_leads_to_nothing_is_refused_and_withdraws_nothing(service: Service, listed: bool) -> None:
    if listed:
        (service.data / "sources.toml").write_text('[archive]\npaths = ["records/a.jsonl"]\n')
    path = service.write(record(), name="a.jsonl")
    away = path.rename(service.folder / "volume.jsonl")
    path.symlink_to(away)
    service.bring_in()
    seen = everything(service)
    away.rename(service.folder / "elsewhere.jsonl")
    report = service.later(hours=1).bring_in()
    assert [str(one) for one in report.rejected] == [f"{path}: there is no such file"]
    assert everything(service) == seen


def test_a_record_file_that_is_deleted_withdraws_what_only_it_held(service: Service) -> None:
    service.write(record(), numbered(2), name="a.jsonl")
    service.write(record(), numbered(3), name="b.jsonl")
    service.bring_in()
    (service.records / "a.jsonl").unlink()
    report = service.later(hours=1).bring_in()
    assert (report.added, report.changed, report.withdrawn, report.sentences) == (0, 0, 1, ["hearing-2: Withdrawn"])
    assert str(service.later(hours=1).bring_in()) == "added 0, changed 0, unchanged 2, withdrawn 0, rejected 0"


# --- one item, many records -------------------------------------------------------------------------------------------

GAINED = {
    "url": {"url": "https://www.cecc.gov/events/hearings/trade-and-data"},
    "title": {"title": "Trade and data"},
    "end": {"event": {"start": "2026-12-01T09:30:00-05:00", "end": "2026-12-01T11:00:00-05:00"}},
    "url and title": {"url": "https://www.cecc.gov/x", "title": "Trade and data"},
}


@pytest.mark.parametrize("gained", GAINED.values(), ids=GAINED)
def test_a_record_that_later_gains_a_url_or_title_keeps_its_id(service: Service, gained: Record) -> None:
    bare = record(id=None, url=None, title=None, event={"end": None})
    service.publish(bare)
    before = list(service.events())
    assert counts(service.later(hours=1).publish({**bare, **gained})) == (0, 1, 0, 0, 0)
    assert list(service.events()) == before
    assert counts(service.later(hours=1).bring_in()) == (0, 0, 1, 0, 0)
    gone_back = service.later(hours=1).publish(bare)
    assert (counts(gone_back), list(service.events())) == ((0, 1, 0, 0, 0), before)


def test_two_sources_are_joined_field_by_field_records_before_pages(service: Service) -> None:
    page(service)
    told = record(
        id="by-hand", topics=["Tibet"], summary="A hearing on trade, and on the data: of commerce.",
        event={"end": "2026-12-01T12:00:00-05:00"},
    )  # fmt: skip
    service.publish(told)
    assert list(service.events()) == [uid("by-hand")]
    assert stored(service, "by-hand") == {
        **told,
        "updated": "2026-11-20",
        "topics": ["Tibet", "Commercial Rule of Law"],
    }


def test_of_two_record_files_the_first_by_name_decides_each_field(service: Service) -> None:
    service.write(record(summary=None, topics=["B"]), name="b.jsonl")
    service.write(record(title="From a", topics=["A"], event={"location": None}), name="a.jsonl")
    service.bring_in()
    assert stored(service, "hearing-1") == record(title="From a", topics=["A", "B"])
    (service.records / "a.jsonl").unlink()
    assert counts(service.later(hours=1).bring_in())[:2] == (0, 1)
    assert stored(service, "hearing-1") == record(summary=None, topics=["B"])


BOILERPLATE = "(Washington, DC) – The Chair and the Cochair of the Commission said …"
SEVERAL = [
    numbered_news(number, id=f"release-{number}", title=title, summary=BOILERPLATE, published="2026-11-02")
    for number, title in enumerate(("On Tibet", "On Hong Kong", "On Xinjiang"), 1)
]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
@pytest.mark.parametrize("with_ids", [True, False])
def test_releases_of_one_day_that_open_alike_stay_apart_by_their_titles(
    service: Service, order: tuple[int, ...], with_ids: bool
) -> None:
    told = [one if with_ids else {name: value for name, value in one.items() if name != "id"} for one in SEVERAL]
    service.publish(told[order[0]])
    service.later(hours=1).publish(*(told[number] for number in order))
    assert sorted(shown_news(service)) == [
        "Press Release: On Hong Kong",
        "Press Release: On Tibet",
        "Press Release: On Xinjiang",
    ]
    for again in (order, tuple(reversed(order)), order):
        assert counts(service.later(hours=1).publish(*(told[number] for number in again))) == (0, 0, 3, 0, 0)
    assert len(set(service.ids())) == 3


def test_a_new_release_above_an_old_one_that_opens_alike_leaves_the_old_one_as_it_was(service: Service) -> None:
    service.publish(SEVERAL[0])
    service.later(hours=1).publish(SEVERAL[1], SEVERAL[0])
    assert [stored(service, f"release-{number}") for number in (1, 2)] == SEVERAL[:2]


@pytest.mark.parametrize("named", ["ids", "addresses"])
@pytest.mark.parametrize("where", ["cecc.jsonl", "other.jsonl"])
def test_a_release_in_place_of_another_that_opens_alike_is_another_item(
    service: Service, named: str, where: str
) -> None:
    told: list[Record] = SEVERAL[:2]
    if named == "addresses":
        told = [{**one, "id": None, "url": f"https://www.cecc.gov/{number}"} for number, one in enumerate(told)]
    service.publish(told[0])
    service.write(*told[:1] if where != "cecc.jsonl" else [])
    service.later(hours=1).publish(told[1], name=where)
    titles = ["Press Release: On Hong Kong", f"{'WITHDRAWN: ' * (where == 'cecc.jsonl')}Press Release: On Tibet"]
    assert sorted(shown_news(service)) == titles


def test_a_release_that_is_renamed_keeps_its_id(service: Service) -> None:
    nameless = {name: value for name, value in SEVERAL[0].items() if name != "id"}
    service.publish(nameless, SEVERAL[1])
    before = service.ids()
    report = service.later(hours=1).publish({**nameless, "title": "On Tibet and on language"}, SEVERAL[1])
    assert (counts(report), service.ids()) == ((0, 1, 1, 0, 0), before)


# --- the editions -----------------------------------------------------------------------------------------------------


def test_a_new_address_of_the_service_renders_everything_anew_and_counts_as_a_revision(service: Service) -> None:
    service.publish(record())
    service.given["base_url"] = "https://moved.example.gov"
    moved = Service(service.folder, now=service.now, given=service.given).later(hours=1)
    assert counts(moved.bring_in()) == (0, 0, 1, 0, 0)
    event = moved.events()[uid("hearing-1")]
    assert (event["SEQUENCE"], event["LAST-MODIFIED"]) == ("1", "20261123T160000Z")
    assert event["URL"] == "https://moved.example.gov/items/hearing-1"


def test_after_an_upgrade_that_tells_bytes_apart_otherwise_only_what_changed_has_a_new_revision(
    service: Service,
) -> None:
    service.publish(numbered(1), numbered(2))
    before = service.events()
    with closing(sqlite3.connect(service.database)) as database, database:
        database.executescript("UPDATE alembic_version SET version_num = '0004'; UPDATE item SET calendar_hash = 'old'")
        database.execute("UPDATE state SET value = 'old' WHERE name = 'edition'")
    report = service.later(hours=1).publish(numbered(1), numbered(2, title="Another title"))
    after = service.events()
    assert (counts(report), after[uid("hearing-1")]) == ((0, 1, 1, 0, 0), before[uid("hearing-1")])
    assert [one[uid("hearing-2")]["SEQUENCE"] for one in (before, after)] == ["0", "1"]
    assert str(service.later(hours=1).bring_in()) == "added 0, changed 0, unchanged 2, withdrawn 0, rejected 0"
    assert service.events() == after


# --- the publisher's page ---------------------------------------------------------------------------------------------


def test_the_publishers_page_dropped_into_a_folder_becomes_three_events_at_the_right_instants(service: Service) -> None:
    path = service.pages / "human-trafficking.txt"
    path.write_bytes(shared("cecc/human-trafficking-page.txt").read_bytes())
    report = service.bring_in()
    assert (report.changed, report.withdrawn, report.rejected) == (0, 0, [])
    hours = sorted(agreed(service.get("/events.ics").body).values())
    assert hours == [
        (datetime(2010, 8, 20, 14, tzinfo=UTC), datetime(2010, 8, 20, 15, 30, tzinfo=UTC)),
        (datetime(2012, 3, 5, 19, 30, tzinfo=UTC), datetime(2012, 3, 5, 21, 30, tzinfo=UTC)),
        (datetime(2015, 4, 30, 18, tzinfo=UTC), datetime(2015, 4, 30, 20, tzinfo=UTC)),
    ]


# --- whatever an editor does ------------------------------------------------------------------------------------------

STEPS = st.lists(
    st.lists(
        st.tuples(st.integers(1, 4), st.sampled_from(["title", "status", "topics", "plain", "news"])),
        max_size=4,
        unique_by=lambda told: told[0],
    ),
    min_size=1,
    max_size=6,
)


def edited(number: int, what: str) -> Record:
    changes: dict[str, Record] = {
        "title": {"title": f"Another title {number}"},
        "status": {"event": {"status": "cancelled"}},
        "topics": {"topics": ["Tibet"]},
        "plain": {},
        "news": {},
    }
    made = numbered(number, **changes[what])
    return {name: value for name, value in made.items() if what != "news" or name != "event"}


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=STEPS)
def test_whatever_an_editor_does_sequences_grow_and_a_fresh_service_holds_the_same(
    tmp_path_factory: pytest.TempPathFactory, steps: list[list[tuple[int, str]]]
) -> None:
    service = Service(tmp_path_factory.mktemp("edited"))
    before: dict[str, dict[str, str]] = {}
    for step in steps:
        service.later(hours=1).publish(*(edited(number, what) for number, what in step), allow_withdrawals=True)
        after = service.events()
        for name in before.keys() & after.keys():
            same = {**before[name], "": ""} == {**after[name], "": ""}
            assert same or int(after[name]["SEQUENCE"]) == int(before[name]["SEQUENCE"]) + 1
            assert same or after[name]["LAST-MODIFIED"] == service.now.strftime("%Y%m%dT%H%M%SZ")
        before = after
    fresh = Service(tmp_path_factory.mktemp("fresh"), now=service.now)
    fresh.publish(*(edited(number, what) for number, what in steps[-1]))
    assert service.get("/items.csv").body == fresh.get("/items.csv").body


# --- several sources in one import ------------------------------------------------------------------------------------


def sentences(service: Service) -> list[str]:
    return service.later(hours=1).bring_in().sentences


def test_two_records_of_one_source_that_are_one_item_stay_as_they_are(service: Service) -> None:
    """Each has topics of its own, in one file or in two."""
    first, second = record(topics=["Tibet"]), record(id=None, topics=["Xinjiang"])
    service.publish(first, second)
    before = service.get("/items.atom")
    assert [sentences(service) for _ in range(3)] == [[], [], []]
    assert (service.get("/items.atom").body, service.events()[uid("hearing-1")]["SEQUENCE"]) == (before.body, "0")


def test_a_refusal_in_one_source_withdraws_nothing_in_another(service: Service) -> None:
    """The record moved to the other file, where it was mistyped."""
    service.write(record(), name="a.jsonl")
    service.write(numbered(2), name="b.jsonl")
    service.bring_in()
    service.write(record(), {**numbered(2), "publishd": "2026-01-01"}, name="a.jsonl")
    service.write(name="b.jsonl")
    report = service.later(hours=1).bring_in()
    assert (counts(report), report.sentences) == ((0, 0, 1, 0, 1), [])
    service.write(record(), numbered(2), name="a.jsonl")
    assert sentences(service) == []


def test_what_moves_between_two_files_that_both_lose_something_is_not_withdrawn(service: Service) -> None:
    service.write(numbered(1), numbered(9), name="a.jsonl")
    service.write(numbered(2), numbered(3), name="b.jsonl")
    service.bring_in()
    service.write(numbered(1), numbered(2), name="a.jsonl")
    service.write(numbered(3), name="b.jsonl")
    assert sentences(service) == ["hearing-9: Withdrawn"]


def test_a_field_that_moves_from_one_file_to_another_is_no_change(service: Service) -> None:
    bare = record(event=None)
    service.write(record(), name="a.jsonl")
    service.write(bare, name="b.jsonl")
    service.bring_in()
    service.write(bare, name="a.jsonl")
    service.write(record(), name="b.jsonl")
    assert sentences(service) == []
    assert service.events()[uid("hearing-1")]["SEQUENCE"] == "0"


def test_an_item_that_two_files_name_is_told_of_once(service: Service) -> None:
    service.write(record(topics=["Tibet"]), name="a.jsonl")
    service.write(record(topics=["Xinjiang"]), name="b.jsonl")
    assert [sentence.partition(":")[0] for sentence in service.bring_in().sentences] == ["hearing-1"]
    assert len(service.ids("/changes.json")) == 1


def test_records_with_ids_of_their_own_and_other_days_stay_two_though_files_give_them_one_address(
    service: Service,
) -> None:
    """The two days of one hearing, in files of their own."""
    service.write(record(), name="a.jsonl")
    service.write(record(id="hearing-2", event=AFTER), name="b.jsonl")
    assert counts(service.bring_in()) == (2, 0, 0, 0, 0)
    assert set(service.events()) == {uid("hearing-1"), uid("hearing-2")}


def test_a_record_that_gives_an_item_another_time_than_another_file_is_named(service: Service) -> None:
    one = service.write(record(), name="a.jsonl")
    path = service.write(record(id=None, event=AFTER), name="b.jsonl")
    report = service.bring_in()
    assert (counts(report), one.exists()) == ((1, 0, 0, 0, 0), True)
    (finding,) = report.findings
    assert finding.startswith(f"{path}:1: is taken for hearing-1, which a.jsonl has on ")


AFTER = {"start": "2026-12-03T09:30:00-05:00", "end": "2026-12-03T11:00:00-05:00"}


def test_an_import_over_midnight_is_of_the_day_on_which_it_ends(service: Service) -> None:
    """Who asked at midnight was told that the list changed at midnight; what came afterwards must be later."""
    service.publish(record())
    begin, end = (datetime(2026, 11, 24, 4, 59, 55, tzinfo=UTC) + timedelta(seconds=seconds) for seconds in (0, 10))
    service.now = end
    moments = chain([begin, begin], repeat(end))
    service.publish(record(title="New"), now=moments.__next__)
    assert service.get("/events.ics")["Last-Modified"] == "Tue, 24 Nov 2026 05:00:05 GMT"


def test_a_change_at_midnight_is_later_than_the_midnight_itself(service: Service) -> None:
    service.publish(record())
    service.now = datetime(2026, 11, 24, 5, tzinfo=UTC)
    service.publish(record(title="New"))
    assert service.get("/events.ics")["Last-Modified"] == "Tue, 24 Nov 2026 05:00:01 GMT"


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the records that are read, not passed over."""
    found: list[str] = []
    checked = jsonlines.checked

    def noted(draft: Draft, *rest: Any) -> Any:
        found.append(draft.raw["id"])
        return checked(draft, *rest)

    monkeypatch.setattr(jsonlines, "checked", noted)
    return found


def test_a_line_that_says_what_it_said_is_passed_over(service: Service, parsed: list[str]) -> None:
    three = [numbered(number) for number in (1, 2, 3)]
    service.publish(*three)
    assert parsed == ["hearing-1", "hearing-2", "hearing-3"]
    del parsed[:]
    assert counts(service.later(hours=1).publish(*three)) == (0, 0, 3, 0, 0)
    assert parsed == []
    three[1] = numbered(2, title="Edited")
    assert counts(service.later(hours=1).publish(*three)) == (0, 1, 2, 0, 0)
    three[1] = numbered(2)
    assert counts(service.later(hours=1).publish(*three)) == (0, 1, 2, 0, 0)
    assert parsed == ["hearing-2", "hearing-2"]
    assert counts(service.later(hours=1).publish(*three[:2])) == (0, 0, 2, 1, 0)
    assert counts(service.later(hours=1).publish(*three)) == (0, 1, 2, 0, 0)
    assert parsed == ["hearing-2", "hearing-2", "hearing-3"]


def test_lines_that_say_something_of_one_item_together_are_read_each_time(service: Service, parsed: list[str]) -> None:
    both = [record(summary=None), record(id="again", summary="What only this one says", title="Trade and data")]
    service.publish(*both)
    told = service.get("/items/hearing-1.json").body
    del parsed[:]
    assert counts(service.later(hours=1).publish(*both)) == (0, 0, 1, 0, 0)
    assert (parsed, service.get("/items/hearing-1.json").body) == (["hearing-1", "again"], told)


def test_a_line_that_was_read_before_adds_to_what_another_now_says_of_its_item(service: Service) -> None:
    service.publish(record(topics=["Trade"]))
    other = record(id="again", topics=["Law"])
    assert counts(service.later(hours=1).publish(other, record(topics=["Trade"]))) == (0, 1, 0, 0, 0)
    (item,) = json.loads(service.get("/items.json").body)["items"]
    assert {"Trade", "Law"} <= set(item["tags"])


def test_lines_are_read_anew_where_people_say_otherwise_what_is_one(service: Service, parsed: list[str]) -> None:
    service.publish(numbered(1), numbered(2))
    del parsed[:]
    (service.data / "same.toml").write_text('[types]\n"Hearing" = "Session"\n')
    service.later(hours=1).bring_in()
    assert parsed == ["hearing-1", "hearing-2"]


def test_the_first_import_of_all_knows_what_it_read_itself_a_while_before(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its id, its address and its words; a store that held nothing is not asked for what is new to it."""
    monkeypatch.setattr(keeping, "AT_ONCE", 2)
    known = [numbered(number) for number in range(1, 8)]
    service.write(*known, numbered(2, id="by-address", title="Another title"), name="a.jsonl")
    by_words = numbered(3, id="by-words", url=None)
    report = service.publish(numbered(1, title="Also number 1"), by_words, numbered(8), name="b.jsonl")
    assert counts(report) == (8, 0, 0, 0, 0)
    assert [service.get(f"/items/{gone}.json").status for gone in ("by-address", "by-words")] == [301, 301]
    assert service.later(minutes=1).publish(by_words, numbered(9), name="b.jsonl").added == 1
