"""Feeds through the whole stack: what a subscriber sees of an edit, of a new database, of a bad record, of a day."""

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import feedparser
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cecc_feeds.model import item_from
from cecc_feeds.query import NEWS_LIMIT
from cecc_feeds.render import FORMATS
from cecc_feeds.store import Store
from tests import strategies
from tests.other_parsers import agreed, lint
from tests.service import (
    BASE_URL,
    FEED_PATHS,
    FEEDS_TOML,
    LISTS,
    MAGIC,
    NOW,
    Record,
    Service,
    ask,
    entry_id,
    numbered,
    numbered_news,
    record,
    uid,
    vevents,
)

every_format = pytest.mark.parametrize("suffix", FORMATS)

UTC_STAMP = "%Y%m%dT%H%M%SZ"


def suffix_of(path: str) -> str:
    return path[path.rindex(".") :]


def stamp(instant: datetime) -> str:
    return instant.strftime(UTC_STAMP)


def bodies(service: Service) -> dict[str, bytes]:
    return {path: service.get(path).body for path in FEED_PATHS}


# --- F7, F8: what an edit does ----------------------------------------------------------------------------------------

REACHING: dict[str, Record] = {
    "type": record(type="Roundtable"),
    "title": record(title="Trade, data and law"),
    "no title": record(title=None),
    "url": record(url="https://www.cecc.gov/events/hearings/trade-and-data-2"),
    "topics": record(topics=["Commercial Rule of Law", "Tibet"]),
    "no topics": record(topics=None),
    "summary": record(summary="A hearing on trade and data."),
    "no summary": record(summary=None),
    "start": record(event={"start": "2026-12-01T10:00:00-05:00"}),
    "end": record(event={"end": "2026-12-01T11:30:00-05:00"}),
    "no end": record(event={"end": None}),
    "day": record(event={"start": "2026-12-02T09:30:00-05:00", "end": "2026-12-02T11:00:00-05:00"}),
    "all day": record(event={"start": "2026-12-01", "end": "2026-12-01", "timezone": None}),
    "timezone": record(event={"timezone": "Europe/Berlin"}),
    "place": record(event={"location": "Room 2255, Rayburn House Office Building"}),
    "no place": record(event={"location": None}),
    "tentative": record(event={"status": "tentative"}),
    "postponed": record(event={"status": "postponed"}),
    "cancelled": record(event={"status": "cancelled"}),
    "webcast": record(event={"webcast": "https://www.youtube.com/watch?v=1"}),
    "links": record(links=[{"rel": "transcript", "title": "Transcript", "url": "https://www.cecc.gov/t.pdf"}]),
}
NOT_REACHING: dict[str, Record] = {
    "nothing": record(),
    "language": record(language="en"),
    "updated": record(updated="2026-11-20"),
    "published": record(published="2026-11-03"),
    "confirmed": record(event={"status": "confirmed"}),
    "start in another offset": record(
        event={"start": "2026-12-01T14:30:00Z", "end": "2026-12-01T16:00:00Z", "timezone": "America/New_York"}
    ),
    "no-break spaces": record(title="Trade\u00a0and  data"),
}


@pytest.mark.parametrize("edited", REACHING.values(), ids=REACHING)
def test_F07_an_edit_that_reaches_the_calendar_moves_its_revision_and_keeps_its_uid(
    service: Service, edited: Record
) -> None:
    before = service.events()
    service.later(hours=1).publish(edited)
    after = service.events()
    assert list(after) == list(before) == [uid("hearing-1")]
    told = {name: after[uid("hearing-1")][name] for name in ("CREATED", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE")}
    assert told == {
        "CREATED": before[uid("hearing-1")]["CREATED"],
        "DTSTAMP": stamp(service.now),
        "LAST-MODIFIED": stamp(service.now),
        "SEQUENCE": "1",
    }
    assert {**after[uid("hearing-1")], **told} != {**before[uid("hearing-1")], **told}
    answer = service.get("/events.ics")
    assert f"\r\nLAST-MODIFIED:{stamp(service.now)}\r\n" in answer.text.partition("BEGIN:VTIMEZONE")[0]
    assert parsedate_to_datetime(answer["Last-Modified"]) == service.now
    assert lint(answer.body) == []


@pytest.mark.parametrize("edited", NOT_REACHING.values(), ids=NOT_REACHING)
def test_F07_an_edit_that_does_not_reach_the_calendar_leaves_every_byte_of_it(service: Service, edited: Record) -> None:
    calendars = [path for path in (*FEED_PATHS, "/items/hearing-1.ics") if path.endswith(".ics")]
    before = {path: service.get(path) for path in calendars}
    service.later(hours=1).publish(edited)
    assert {path: service.get(path) for path in calendars} == before


@pytest.mark.parametrize("edited", {**REACHING, **NOT_REACHING}.values(), ids={**REACHING, **NOT_REACHING})
def test_F07_the_edit_of_an_edit_back_is_another_revision(service: Service, edited: Record) -> None:
    service.later(hours=1).publish(edited)
    between = service.events()[uid("hearing-1")]
    service.later(hours=1).publish(record())
    after = service.events()[uid("hearing-1")]
    assert int(after["SEQUENCE"]) == 2 * int(between["SEQUENCE"])


@pytest.mark.parametrize("suffix", [".rss", ".atom", ".json"])
@pytest.mark.parametrize("edited", REACHING.values(), ids=REACHING)
def test_F07_an_edit_moves_the_updated_date_of_the_news_and_neither_id_nor_published(
    service: Service, edited: Record, suffix: str
) -> None:
    before = told_by(service.get(f"/items{suffix}").body, suffix)
    service.later(hours=1).publish(edited)
    after = told_by(service.get(f"/items{suffix}").body, suffix)
    assert before == [(entry_id("hearing-1"), datetime(2026, 11, 2, 17, tzinfo=UTC), NOW)]
    assert after == [(entry_id("hearing-1"), datetime(2026, 11, 2, 17, tzinfo=UTC), service.now)]


def told_by(body: bytes, suffix: str) -> list[tuple[str, datetime, datetime]]:
    """Id, published and updated of the entries, as feedparser or a JSON reader sees them."""
    if suffix == ".json":
        items = json.loads(body)["items"]
        return [
            (item["id"], *(read_instant(item[f"date_{name}"]) for name in ("published", "modified"))) for item in items
        ]
    found = feedparser.parse(body)
    assert not found.bozo, found.bozo_exception
    return [
        (entry.id, *(datetime(*entry[f"{name}_parsed"][:6], tzinfo=UTC) for name in ("published", "updated")))
        for entry in found.entries
    ]


def test_F08_a_hundred_edits_are_sequence_one_hundred(service: Service) -> None:
    for number in range(100):
        service.later(minutes=1).publish(record(title=f"Edit {number}"))
    assert service.events()[uid("hearing-1")] == {
        **service.events()[uid("hearing-1")],
        "SEQUENCE": "100",
        "LAST-MODIFIED": stamp(service.now),
    }


def test_two_edits_within_one_second_are_a_second_apart(service: Service) -> None:
    service.publish(record(title="One"))
    service.publish(record(title="Two"))
    revised = service.events()[uid("hearing-1")]
    assert (revised["SEQUENCE"], revised["LAST-MODIFIED"]) == ("2", "20261123T150002Z")


# --- F9, F43: nothing depends on the clock ----------------------------------------------------------------------------


def test_F09_F43_two_processes_a_day_apart_answer_byte_for_byte_alike_in_every_format(service: Service) -> None:
    service.publish(
        record(), *(numbered(number) for number in range(2, 9)), *(numbered_news(number) for number in range(60))
    )
    service.publish(record(), *(numbered(number) for number in range(2, 9)), numbered_news(3))
    today = service.app(clock=lambda: NOW)
    tomorrow = service.app(clock=lambda: datetime(2026, 11, 24, 20, 12, 59, 123_456, tzinfo=UTC))
    asked = [*FEED_PATHS, "/items/hearing-1.ics", "/items/hearing-1.json", "/events.ics?alarm=30&busy=1&type=hearing"]
    assert [path for path in asked if ask(today, path) != ask(tomorrow, path)] == []
    assert {ask(today, path).status for path in asked} == {200}


def test_F43_the_build_date_of_a_feed_is_that_of_its_last_change(service: Service) -> None:
    service.later(hours=3)
    rss = ET.fromstring(service.get("/items.rss").body)
    atom = ET.fromstring(service.get("/items.atom").body)
    assert parsedate_to_datetime(rss.findtext("channel/lastBuildDate", "")) == NOW
    assert atom.findtext("{http://www.w3.org/2005/Atom}updated") == "2026-11-23T15:00:00Z"


# --- F11, F12, F41: one item, one id ----------------------------------------------------------------------------------


def ids_everywhere(service: Service) -> dict[str, list[str]]:
    """The ids that each format gives to the items."""
    calendar = sorted(event["UID"] for event in vevents(service.get("/items.ics").body))
    table = sorted(row["id"] for row in csv.DictReader(io.StringIO(service.get("/items.csv").text)))
    news = {
        suffix: sorted(found for found, _, _ in told_by(service.get(f"/items{suffix}").body, suffix))
        for suffix in (".rss", ".atom", ".json")
    }
    return {".ics": calendar, ".csv": table, **news}


WITHOUT_IDS = (
    record(id=None),
    record(
        id=None,
        url=None,
        title="Nameless",
        published="2026-11-05",
        event={"start": "2026-12-03T10:00:00-05:00", "end": None},
    ),
    record(id=None, url=None, title=None, type="Press Release", event=None, published="2026-11-06"),
    record(id=None, url="https://www.cecc.gov/publications/%E6%B3%95?page=0", type="Analysis", event=None, title="法"),
)


def test_F11_a_renamed_hearing_keeps_its_ids(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.publish(*WITHOUT_IDS)
    before = ids_everywhere(service)
    renamed = [{**one, "title": f"Renamed {number}"} if "url" in one else one for number, one in enumerate(WITHOUT_IDS)]
    report = service.later(hours=1).publish(*renamed)
    assert str(report) == "added 0, changed 2, unchanged 2, withdrawn 0, rejected 0"
    assert ids_everywhere(service) == before


def test_F11_the_same_records_in_a_file_of_another_name_are_the_same_items(tmp_path: Path) -> None:
    service = Service(tmp_path)
    path = service.write(*WITHOUT_IDS)
    service.bring_in()
    before, sent = ids_everywhere(service), bodies(service)
    path.rename(service.records / "a-newer-crawl.jsonl")
    report = service.later(hours=1).bring_in()
    assert (report.added, report.changed, report.withdrawn, report.rejected) == (0, 0, 0, [])
    assert ids_everywhere(service) == before
    assert bodies(service) == sent
    (service.records / "a-newer-crawl.jsonl").rename(service.records / "z-newest.jsonl")
    report = service.later(hours=1).bring_in()
    assert (report.added, report.changed, report.withdrawn, report.rejected) == (0, 0, 0, [])
    assert bodies(service) == sent


def test_F11_a_new_database_from_the_same_sources_gives_the_same_ids(tmp_path: Path) -> None:
    first, second = Service(tmp_path / "first"), Service(tmp_path / "second", now=NOW.replace(year=2027))
    for service in (first, second):
        service.publish(*WITHOUT_IDS, record(id="kept.by-hand_1", url=None, title="Kept"))
    assert ids_everywhere(first) == ids_everywhere(second)
    assert uid("kept.by-hand_1") in ids_everywhere(first)[".ics"]
    assert len(set(ids_everywhere(first)[".ics"])) == 3


def test_F11_spellings_of_one_address_are_one_item(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.publish(record(id=None))
    before = ids_everywhere(service)
    for number, url in enumerate(
        (
            "http://www.cecc.gov/events/hearings/trade-and-data",
            "https://CECC.gov/events/hearings/trade-and-data/",
            "https://www.cecc.gov:443/events/hearings/trade%2Dand%2Ddata?page=0#top",
        )
    ):
        service.later(hours=1).publish(record(id=None, url=url, title=f"Title {number}"))
        assert ids_everywhere(service) == before, url


def two_days() -> list[Record]:
    url = "https://www.cecc.gov/events/hearings/two-days"
    return [
        record(
            id=f"two-days-{day}",
            url=url,
            event={"start": f"2026-12-0{day}T09:30:00-05:00", "end": f"2026-12-0{day}T11:00:00-05:00"},
        )
        for day in (1, 2)
    ]


def test_F12_a_hearing_of_two_days_is_two_events(tmp_path: Path) -> None:
    service = Service(tmp_path)
    assert str(service.publish(*two_days())) == "added 2, changed 0, unchanged 0, withdrawn 0, rejected 0"
    expected = {
        uid(f"two-days-{day}"): (datetime(2026, 12, day, 14, 30, tzinfo=UTC), datetime(2026, 12, day, 16, tzinfo=UTC))
        for day in (1, 2)
    }
    assert agreed(service.get("/events.ics").body) == expected
    assert str(service.publish(*reversed(two_days()))) == "added 0, changed 0, unchanged 2, withdrawn 0, rejected 0"
    assert lint(service.get("/events.ics").body) == []


SAME_HEARING = {
    "address": record(id="by-address", title="Quite another title"),
    "words": record(id="by-words", url="https://www.cecc.gov/another/address"),
    "words without address": record(id="by-words-alone", url=None, topics=None, summary=None),
    "id": record(title="Another", url="https://www.cecc.gov/another/address", event={"location": "Elsewhere"}),
}


@pytest.mark.parametrize("twin", SAME_HEARING.values(), ids=SAME_HEARING)
def test_F12_two_records_for_one_hearing_in_two_files_become_one_event(tmp_path: Path, twin: Record) -> None:
    service = Service(tmp_path)
    service.write(record(), name="a.jsonl")
    service.write(twin, name="b.jsonl")
    report = service.bring_in()
    assert (report.added, report.withdrawn, report.rejected) == (1, 0, [])
    assert list(service.events()) == [uid("hearing-1")]
    assert service.ids() == [entry_id("hearing-1")]
    assert lint(service.get("/events.ics").body) == []


@pytest.mark.parametrize("twin", list(SAME_HEARING.values())[:-1], ids=list(SAME_HEARING)[:-1])
def test_F12_two_records_for_one_hearing_in_one_file_become_one_event(tmp_path: Path, twin: Record) -> None:
    service = Service(tmp_path)
    service.publish(record(), twin)
    assert list(service.events()) == [uid("hearing-1")]
    assert service.ids() == [entry_id("hearing-1")]
    assert str(service.publish(record(), twin)) == "added 0, changed 0, unchanged 1, withdrawn 0, rejected 0"


def test_F12_two_records_of_one_file_with_one_id_are_both_refused_by_name(tmp_path: Path) -> None:
    service = Service(tmp_path)
    report = service.publish(record(), record(title="Another", url="https://www.cecc.gov/other"), numbered(2))
    path = service.records / "cecc.jsonl"
    assert [str(refusal) for refusal in report.rejected] == [
        f'{path}:{line}: would get the same id "hearing-1" as {path}:{other}; '
        'give each an "id" of its own, or delete the double'
        for line, other in ((1, 2), (2, 1))
    ]
    assert list(service.events()) == [uid("hearing-2")]


@every_format
def test_F41_the_ids_stay_when_the_service_moves_to_another_address(service: Service, suffix: str) -> None:
    here = ids_everywhere(service)[suffix]
    service.given["base_url"] = "http://127.0.0.1:8000/below"
    moved = Service(service.folder, now=service.now, given=service.given)
    moved.later(hours=1).bring_in()
    assert ids_everywhere(moved)[suffix] == here
    body = moved.get(f"/items{suffix}").text
    assert BASE_URL not in body
    assert suffix == ".csv" or "http://127.0.0.1:8000/below/items/hearing-1" in body


def test_F41_a_feed_keeps_its_id_when_the_service_moves(service: Service) -> None:
    feed_ids = []
    for base_url in (BASE_URL, "http://127.0.0.1:8000"):
        service.given["base_url"] = base_url
        moved = Service(service.folder, given=service.given)
        moved.bring_in()
        feed_ids.append(feedparser.parse(moved.get("/topics/commercial-rule-of-law.atom").body).feed.id)
    assert feed_ids == ["tag:cecc.gov,2002:feed/topics/commercial-rule-of-law"] * 2


# --- F26, F38: which events a calendar holds --------------------------------------------------------------------------


def shelve(service: Service, *, coming: int, past: int) -> None:
    """Fill the store with copies of the one long event in it: coming ones a day apart from tomorrow on, past ones
    going back from yesterday."""
    with Store.open(service.settings.database, zone=service.settings.timezone) as store:
        with store.read() as reading:
            kept = reading.get("hearing-1")
            body = reading.entry("hearing-1", ".ics")
        assert kept
        assert body
        with store.write(now=NOW) as writing:
            for number in (*range(1, coming + 1), *range(-past, 0)):
                start = datetime.fromtimestamp(NOW.timestamp() + 86_400 * number, UTC)
                name = f"copy-{number:+d}".replace("+", "coming").replace("--", "-past")
                told = record(
                    id=name, url=None, summary=kept.item.summary, event={"start": start.isoformat(), "end": None}
                )
                copied = replace(kept, item=item_from(told))
                states = dict.fromkeys(("calendar", "news", "record"), ("", kept.news))
                writing.keep(copied, states)
                entry = body.replace(b"UID:hearing-1@", f"UID:{name}@".encode())
                writing.keep_entries(name, {".ics": entry}, "America/New_York")


def test_F26_five_thousand_long_events_stay_below_what_clients_take_and_none_that_comes_is_missing(
    tmp_path: Path,
) -> None:
    service = Service(tmp_path)
    service.publish(record(summary="A long account of trade and data. " * 100))
    shelve(service, coming=99, past=4_900)
    body = service.get("/events.ics").body
    found = [event["UID"].partition("@")[0] for event in vevents(body)]
    coming = [name for name in found if not name.startswith("copy-past")]
    past = [int(name.removeprefix("copy-past")) for name in found if name.startswith("copy-past")]
    assert len(body) < 900_000
    assert len(found) <= 1_000
    assert sorted(coming) == sorted(["hearing-1", *(f"copy-coming{number}" for number in range(1, 100))])
    assert past == list(range(len(past), 0, -1)), "past events: the newest ones, in order of time"
    assert len(past) > 50
    head = body.replace(b"\r\n ", b"").partition(b"BEGIN:VTIMEZONE")[0].decode()
    said = re.findall(r"\r\n(DESCRIPTION|X-WR-CALDESC):.*? (Holds .*?)(?=\r\n)", head)
    note = f"Holds {len(found)} of 5\\,000 events\\; limit=5000 in the address gives more."
    assert said == [("DESCRIPTION", note), ("X-WR-CALDESC", note)]
    whole = service.get("/events.ics?limit=5000").body
    assert len(list(vevents(whole))) == 5_000
    assert b"Holds" not in whole


def test_F26_short_events_are_cut_at_a_thousand(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.publish(record(summary=None, topics=None, title="X", url=None))
    shelve(service, coming=2, past=1_200)
    found = [event["UID"] for event in vevents(service.get("/events.ics").body)]
    assert len(found) == 1_000
    assert found[0] == uid("copy-past997")
    assert {uid("hearing-1"), uid("copy-coming1"), uid("copy-coming2"), uid("copy-past1")} <= set(found)


def test_F26_coming_events_are_never_left_out_whatever_their_number(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.publish(record(summary=None, topics=None, title="X", url=None))
    shelve(service, coming=1_100, past=3)
    assert len(service.events()) == 1_101


def yesterday(**changes: Any) -> Record:
    told = {"start": "2026-11-22T10:00:00-05:00", "end": "2026-11-22T11:00:00-05:00", **changes}
    return record(id="yesterday", url=None, title="Yesterday", event=told)


def test_F38_yesterdays_event_is_in(service: Service) -> None:
    service.publish(record(), yesterday())
    assert list(service.events()) == [uid("yesterday"), uid("hearing-1")]


def test_F38_past_events_are_there_where_none_is_coming(tmp_path: Path) -> None:
    service = Service(tmp_path)
    long_ago = record(id="long-ago", url=None, event={"start": "2001-05-01T10:00:00-04:00", "end": None})
    service.publish(yesterday(), long_ago)
    for path in ("/items", "/events", "/types/hearing", "/feeds/hearings", "/topics/commercial-rule-of-law"):
        assert list(service.events(f"{path}.ics")) == [uid("long-ago"), uid("yesterday")], path


def test_F38_an_event_that_passes_while_the_process_runs_stays(service: Service) -> None:
    before = service.get("/events.ics").body
    service.later(days=400)
    assert service.get("/events.ics").body == before


# --- F37: every error mode --------------------------------------------------------------------------------------------


def is_a_sentence(body: bytes) -> bool:
    return re.fullmatch(rb"[^<>\n{}]+[.!?]\n", body) is not None


def broken_feeds_toml(service: Service) -> None:
    (service.data / "feeds.toml").write_text("[broken")


def no_database(service: Service) -> None:
    service.database.unlink()


def empty_file(service: Service) -> None:
    service.database.write_bytes(b"")


def corrupt(service: Service) -> None:
    service.database.write_bytes(b"no database at all " * 1_000)


def corrupt_in_the_middle(service: Service) -> None:
    whole = service.database.read_bytes()
    service.database.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))


def cut_short(service: Service) -> None:
    service.database.write_bytes(service.database.read_bytes()[:8192])


def a_folder(service: Service) -> None:
    service.database.unlink()
    service.database.mkdir()


BREAKING: tuple[Callable[[Service], None], ...] = (
    no_database, empty_file, corrupt, corrupt_in_the_middle, cut_short, a_folder,
)  # fmt: skip


@pytest.mark.parametrize("breaking", BREAKING, ids=lambda breaking: breaking.__name__)
def test_F37_without_a_readable_store_a_feed_is_a_plain_sentence_with_503(
    service: Service, breaking: Callable[[Service], None]
) -> None:
    breaking(service)
    for path in (*FEED_PATHS, "/items/hearing-1.ics", "/items/hearing-1.json", "/events.ics?q=trade"):
        answer = service.get(path)
        assert (answer.status, answer["Content-Type"], answer["Retry-After"], answer["Cache-Control"]) == (
            503,
            "text/plain; charset=utf-8",
            "600",
            "no-store",
        )
        assert is_a_sentence(answer.body), answer.body
    assert service.get("/healthz").status == 200
    assert service.get("/readyz").status == 503
    assert service.get("/robots.txt").status == 200
    assert service.get("/none.ics").status in (404, 503)


@pytest.mark.parametrize("breaking", BREAKING[1:5], ids=lambda breaking: breaking.__name__)
def test_F36_a_store_that_breaks_while_serving_leaves_the_last_good_bytes(
    service: Service, breaking: Callable[[Service], None]
) -> None:
    service.given["keep_answers"] = "32"
    good = {path: service.get(path) for path in FEED_PATHS}
    breaking(service)
    for path in FEED_PATHS:
        assert service.get(path) == good[path], path


def test_F37_every_error_under_a_feeds_address_is_a_plain_sentence(service: Service) -> None:
    wrong = {
        404: ["/types/none", "/topics/none", "/feeds/none", "/items/none", "/none", "/events/2026-12", "/a/b/c", "/"],
        400: [f"{path}?limit=x" for path in LISTS] + [f"{path}?from=yesterday&page=0" for path in LISTS],
    }
    for status, paths in wrong.items():
        for path, suffix, behind in product(paths, FORMATS, ("", "/")):
            before, _, query = path.partition("?")
            answer = service.get(f"{before}{suffix}{behind}?{query}")
            assert (answer.status, answer["Content-Type"]) == (status, "text/plain; charset=utf-8"), (
                path + suffix + behind
            )
            assert is_a_sentence(answer.body), answer.body
    for path in FEED_PATHS:
        assert is_a_sentence(service.get(path, method="POST").body)


def test_F37_every_good_answer_under_a_feeds_address_begins_with_its_magic_bytes(service: Service) -> None:
    for path in (*FEED_PATHS, *(f"{path}?q=nothing-has-this-word" for path in FEED_PATHS)):
        answer = service.get(path)
        assert answer.status == 200
        assert answer.body.startswith(MAGIC[suffix_of(path.partition("?")[0])]), path
        assert b"<html" not in answer.body.lower()


def test_F37_broken_feeds_toml_leaves_the_named_feeds_as_they_were(service: Service) -> None:
    good = service.get("/feeds/hearings.ics")
    broken_feeds_toml(service)
    assert service.get("/feeds/hearings.ics") == good
    (service.data / "feeds.toml").write_text(FEEDS_TOML.replace("CECC hearings", "Hearings"))
    assert "X-WR-CALNAME:Hearings\r\n" in service.get("/feeds/hearings.ics").text


def test_a_store_that_comes_back_is_served_again(service: Service) -> None:
    whole = service.database.read_bytes()
    service.database.unlink()
    assert service.get("/events.ics").status == 503
    service.database.write_bytes(whole)
    assert list(service.events()) == [uid("hearing-1")]


# --- F42, F46, F56, F57: what a feed says of itself -------------------------------------------------------------------


def read_instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def dates_in(body: bytes, suffix: str) -> Iterator[datetime]:
    """Every date of a feed that says when something was published or changed."""
    if suffix == ".ics":
        for name, value in re.findall(rb"\r\n(DTSTAMP|CREATED|LAST-MODIFIED):(\w+)", body):
            assert name
            yield datetime.strptime(value.decode(), UTC_STAMP).replace(tzinfo=UTC)
    elif suffix == ".json":
        yield from (
            read_instant(item[name])
            for item in json.loads(body)["items"]
            for name in ("date_published", "date_modified")
        )
    elif suffix == ".csv":
        return
    else:
        for element in ET.fromstring(body).iter():
            tag = element.tag.rpartition("}")[2]
            if tag in ("pubDate", "lastBuildDate"):
                yield parsedate_to_datetime(element.text or "")
            elif tag in ("updated", "published"):
                yield read_instant(element.text or "")
            if "when" in element.attrib:
                yield read_instant(element.attrib["when"])


def test_F42_no_date_in_any_feed_lies_in_the_future(service: Service) -> None:
    service.later(minutes=1).publish(
        record(),
        numbered_news(1, published="2027-03-01"),
        numbered_news(2, published="2026-11-23T23:00:00-05:00", updated="2027-01-01"),
        numbered_news(3, published="2026-11-23"),
        numbered_news(4),
        record(
            id="undated", url=None, title="Undated", published=None, event={"start": "2099-01-01", "end": "2099-01-02"}
        ),
    )
    for path in (*FEED_PATHS, "/items/news-1.json", "/items/undated.ics"):
        answer = service.get(path)
        found = list(dates_in(answer.body, suffix_of(path))) if path in FEED_PATHS else []
        assert found or not path.startswith("/items") or path.endswith((".csv", "news-1.json", "undated.ics"))
        assert [date for date in found if date > service.now] == [], path
        if answer["Last-Modified"]:
            assert parsedate_to_datetime(answer["Last-Modified"]) <= service.now


NOISY = "?utm_source=x&limit=7&type=hearing&page=1&nocache=1&q=Trade&from=%20&topic="


@every_format
def test_F46_a_feed_names_its_canonical_address_as_self_and_the_page_as_alternate(
    service: Service, suffix: str
) -> None:
    for path, (sent, args) in product(LISTS, [("", ""), (NOISY, "?type=hearing&q=trade&limit=7")]):
        answer = service.get(f"{path}{suffix}{sent}")
        own, page = f"{BASE_URL}{path}{suffix}{args}", f"{BASE_URL}{path}{args}"
        assert selves(answer.body, suffix, answer["Link"]) == {(own, page)}, (path, sent)
        assert service.get(f"{path}{suffix}{args}") == answer


def selves(body: bytes, suffix: str, header: str) -> set[tuple[str, str]]:
    """(self, page for people) as the body and as the Link header say it."""
    links = {rel: url for url, rel in reversed(re.findall(r'<([^>]*)>; rel="(\w+)"', header))}
    found = {(links["self"], links["alternate"])}
    if suffix == ".ics":
        head = body.decode().replace("\r\n ", "").partition("BEGIN:VTIMEZONE")[0]
        told = dict(re.findall(r"\r\n(SOURCE;VALUE=URI|URL):(.*?)(?=\r\n)", head))
        found.add((told["SOURCE;VALUE=URI"], told["URL"]))
    elif suffix == ".json":
        feed = json.loads(body)
        found.add((feed["feed_url"], feed["home_page_url"]))
    elif suffix in (".rss", ".atom"):
        feed = feedparser.parse(body).feed
        found.add((next(link.href for link in feed.links if link.rel == "self"), feed.link))
    return found


def test_F56_the_last_segment_of_every_feeds_address_is_its_own_name(service: Service) -> None:
    for path, suffix in product(LISTS, FORMATS):
        own = re.findall(r'<([^>]*)>; rel="self"', service.get(path + suffix)["Link"])[0]
        assert own.rsplit("/", 1)[-1] == f"{path.rsplit('/', 1)[-1]}{suffix}"
    names = {path.rsplit("/", 1)[-1] for path in LISTS}
    assert names == {"items", "events", "hearing", "commercial-rule-of-law", "hearings"}


@pytest.mark.parametrize(
    "target",
    [
        *(f"{path}.ics" for path in (*LISTS, "/items/hearing-1")),
        *(
            "/events.ics?alarm=15",
            "/events.ics?busy=1",
            "/events.ics?limit=1",
            "/events.ics?q=nothing",
            "/events.ics?from=-90d",
        ),
        "/events.ics?status=confirmed&order=start&page=9",
    ],
)
def test_F57_both_refresh_hints_stand_in_the_first_bytes_of_every_calendar(service: Service, target: str) -> None:
    body = service.get(target).body
    head = body[:1024].partition(b"BEGIN:VTIMEZONE")[0]
    assert b"\r\nREFRESH-INTERVAL;VALUE=DURATION:PT1H\r\nX-PUBLISHED-TTL:PT1H\r\n" in head


# --- F58: one poisoned record -----------------------------------------------------------------------------------------

DEEP: list[Any] = []
for _ in range(30):
    DEEP = [DEEP]
POISON: tuple[Any, ...] = (
    "\x00\x01\x0b\x0c\x1b\x7f\x85\u2028\ufeff\ufffe", "\ud800", "x" * 300_000, "BEGIN:VEVENT\r\nUID:x", "]]></item>&<",
    "", 7, -1.5, True, DEEP, {"a": 1}, ["", None, 5, {}], "9999-12-31", "0001-01-01T00:00:00-23:59", "2026-02-30",
    "2026-03-08T02:30:00", "javascript:alert(1)", "https://[::1", "https://user:pw@x.y/\r\nX: y", "..", "a/b",
    "Nowhere/City",
)  # fmt: skip
PLACES = (
    "id", "type", "title", "url", "published", "updated", "topics", "summary", "language", "event", "links", "nonsense",
    "event.start", "event.end", "event.timezone", "event.location", "event.status", "event.webcast", "event.nonsense",
    "links.rel", "links.title", "links.url", "links.type",
)  # fmt: skip
FIELDS = sorted({part for place in PLACES for part in place.split(".")})
LINK = {"rel": "transcript", "title": "Transcript", "url": "https://www.cecc.gov/t.pdf", "type": "application/pdf"}


def poisoned(place: str, poison: object, number: int) -> Record:
    told: Record = numbered(number, links=[dict(LINK)])
    name, _, part = place.partition(".")
    if name == "links" and part:
        told["links"][0][part] = poison
    elif part:
        told["event"][part] = poison
    else:
        told[name] = poison
    return told


@pytest.fixture
def fifty(published: Callable[..., Service], tmp_path: Path) -> Service:
    """Fifty sound records, brought in."""
    return published(tmp_path, *(numbered(number) for number in range(1, 51)))


@pytest.mark.parametrize("place", PLACES)
def test_F58_whatever_stands_in_one_field_of_a_record_the_forty_nine_others_stay(fifty: Service, place: str) -> None:
    path = fifty.write(*(poisoned(place, poison, 100 + n) for n, poison in enumerate(POISON)), name="poison.jsonl")
    report = fifty.later(minutes=1).bring_in()
    refused = {int(refusal.where.rpartition(":")[2]) for refusal in report.rejected}
    assert len(refused) == len(report.rejected), "a refusal is one line a record"
    assert all(
        refusal.where == f"{path}:{line}" for refusal, line in zip(report.rejected, sorted(refused), strict=True)
    )
    assert all("\n" not in str(refusal) for refusal in report.rejected)
    found = set(told_in_every_format(fifty)) - {f"hearing-{number}" for number in range(1, 51)}
    assert len(found) == len(POISON) - len(refused)


def told_in_every_format(service: Service) -> list[str]:
    """The ids of the items in `/items.csv`, after a look at every other format with software that is not ours."""
    answers = {suffix: service.get(f"/items{suffix}?limit=500") for suffix in FORMATS}
    assert {answer.status for answer in answers.values()} == {200}
    assert lint(service.get("/items.ics").body) == []
    assert not feedparser.parse(answers[".rss"].body).bozo
    ET.fromstring(answers[".atom"].body)
    ids = [row["id"].removeprefix("'") for row in csv.DictReader(io.StringIO(answers[".csv"].text))]
    live = [
        item["id"] for item in json.loads(answers[".json"].body)["items"] if not item["title"].startswith("WITHDRAWN")
    ]
    assert live == [entry_id(name) for name in ids]
    return ids


@pytest.mark.parametrize("place", PLACES)
def test_F58_a_typo_in_one_of_fifty_records_is_one_line_of_the_report_and_withdraws_nothing(
    fifty: Service, place: str
) -> None:
    sound = [numbered(number) for number in range(1, 51)]
    report = fifty.later(minutes=1).publish(*sound[:24], poisoned(place, {"typo": ["…"]}, 25), *sound[25:])
    assert [refusal.where for refusal in report.rejected] == [f"{fifty.records / 'cecc.jsonl'}:25"]
    assert (report.added, report.changed, report.unchanged, report.withdrawn) == (0, 0, 49, 0)
    assert len(fifty.events()) == 50


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(10**20), 10**20), strategies.texts(), st.sampled_from(POISON)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4)),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(told=st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=8))
def test_F58_no_record_whatever_takes_a_feed_down(service: Service, told: Record) -> None:
    service.write({"type": "Hearing", "published": "2026-11-03", **told}, name="poison.jsonl")
    report = service.later(minutes=1).bring_in(allow_withdrawals=True)
    assert len(report.rejected) <= 1
    for path in FEED_PATHS:
        answer = service.get(path)
        assert answer.status == 200
        assert answer.body.startswith(MAGIC[suffix_of(path)])
    assert uid("hearing-1") in service.events()
    assert lint(service.get("/items.ics").body) == []
    assert not feedparser.parse(service.get("/items.rss").body).bozo


# --- pages of a feed --------------------------------------------------------------------------------------------------


def test_a_news_feed_is_the_newest_fifty_and_names_its_neighbours(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.publish(*(numbered_news(number) for number in range(120)))
    names = [f"news-{number}" for number in range(119, -1, -1)]
    pages = [service.ids(f"/items.json?page={page}") for page in (1, 2, 3, 4)]
    assert pages == [[entry_id(name) for name in names[start : start + NEWS_LIMIT]] for start in (0, 50, 100, 150)]
    own = f"{BASE_URL}/items.atom"
    relations = {
        page: {
            link.rel: link.href for link in feedparser.parse(service.get(f"/items.atom?page={page}").body).feed.links
        }
        for page in (1, 2, 3)
    }
    around = {
        page: {rel: href for rel, href in told.items() if rel in ("first", "prev", "previous", "next", "last", "self")}
        for page, told in relations.items()
    }
    before = "prev" if "prev" in around[2] else "previous"
    assert around == {
        1: {"self": own, "first": own, "next": f"{own}?page=2", "last": f"{own}?page=3"},
        2: {"self": f"{own}?page=2", "first": own, before: own, "next": f"{own}?page=3", "last": f"{own}?page=3"},
        3: {"self": f"{own}?page=3", "first": own, before: f"{own}?page=2", "last": f"{own}?page=3"},
    }
    assert json.loads(service.get("/items.json").body)["next_url"].startswith(f"{BASE_URL}/items.json?archive=")
    assert "Holds 1 to 50 of 120 items" in json.loads(service.get("/items.json").body)["description"]


def test_the_pages_of_a_feed_part_it_without_gap_or_double(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.publish(*(numbered_news(number, published="2026-01-01") for number in range(23)))
    found = [name for page in range(1, 6) for name in service.ids(f"/items.json?limit=5&page={page}")]
    assert found == service.ids("/items.json?limit=500")
    assert len(set(found)) == 23


def test_a_feed_asks_the_store_as_often_for_a_thousand_items_as_for_ten(tmp_path: Path) -> None:
    from sqlalchemy import Engine, event

    counts: list[dict[str, int]] = []
    for size in (10, 200):
        service = Service(tmp_path / str(size))
        service.publish(
            *(numbered_news(number) for number in range(size // 2)), *(numbered(n) for n in range(1, size // 2))
        )
        app = service.app()
        asked: list[str] = []

        def note(*given: Any, asked: list[str] = asked) -> None:
            asked.append(given[2])

        event.listen(Engine, "before_cursor_execute", note)
        try:
            told = {}
            for path in (
                *(f"/items{suffix}" for suffix in FORMATS),
                "/events.ics",
                "/items",
                "/events",
                "/",
                "/types/hearing",
                "/embed",
                "/embed/items",
            ):
                asked.clear()
                assert ask(app, path).status == 200
                told[path] = len(asked)
        finally:
            event.remove(Engine, "before_cursor_execute", note)
        counts.append(told)
    assert counts[0] == counts[1]


def test_F10_last_modified_never_falls_whatever_is_edited_or_withdrawn(service: Service) -> None:
    happenings: tuple[tuple[Record, ...], ...] = (
        (record(title="Edited"),),
        (record(title="Edited"), numbered(2)),
        (record(title="Edited"),),
        (record(title="Edited", topics=["Tibet"]),),
        (record(type="Roundtable"),),
        (),
        (record(),),
    )
    told: dict[str, list[datetime]] = {
        path: [parsedate_to_datetime(service.get(path)["Last-Modified"])] for path in FEED_PATHS
    }
    for records in happenings:
        service.later(hours=1).publish(*records, allow_withdrawals=True)
        for path in FEED_PATHS:
            answer = service.get(path)
            assert answer.status == 200, path
            told[path].append(parsedate_to_datetime(answer["Last-Modified"]))
    for path, dates in told.items():
        assert all(one <= other for one, other in pairwise(dates)), path


def test_bytes_and_last_modified_move_together(service: Service) -> None:
    before = {path: service.get(path) for path in FEED_PATHS}
    for records in (
        (record(title="Edited"),),
        (numbered(2),),
        (record(), numbered(2)),
        (record(topics=["Tibet"]), numbered(2)),
    ):
        service.later(hours=1).publish(*records, allow_withdrawals=True)
        for path in FEED_PATHS:
            answer = service.get(path)
            if answer.body != before[path].body:
                assert parsedate_to_datetime(answer["Last-Modified"]) > parsedate_to_datetime(
                    before[path]["Last-Modified"]
                ), path
            before[path] = answer
