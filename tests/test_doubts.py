"""What an import doubts: values that a page lost, events that may be one, records taken for one. Never a refusal."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from cecc_feeds.check import check
from tests.service import Record, Service, entry_id, numbered, record
from tests.test_intake import PAGE, counts, everything, page

ITEM = "hearing-2026-11-02-a-hearing-on-trade-and-on-the-data"
WHEN = "Tuesday, December 1, 2026, 9:30–11:00 a.m. EST"
EVENT_DATE = "Tuesday, December 1, 2026 – 09:30 AM to 11:00 AM\n"


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service(tmp_path)


# --- what a page lost -------------------------------------------------------------------------------------------------

LOST = {
    "the time": (EVENT_DATE, "", f"the event time of {ITEM} is no longer there; {WHEN} stays"),
    "the time, not the day": (
        EVENT_DATE,
        "Tuesday, December 1, 2026\n",
        f"the event time of {ITEM} is no longer there; {WHEN} stays",
    ),
    "the end": (
        "to 11:00 AM",
        "to 9:30 AM",
        f"the end of the event of {ITEM} is no longer there; {WHEN} stays",
    ),
    "the update": (
        "November 20, 2026\n",
        "",
        f"the date of the last update of {ITEM} is no longer there; 2026-11-20 stays",
    ),
}


@pytest.mark.parametrize(("there", "now", "why"), LOST.values(), ids=LOST)
@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_value_that_a_page_lost_stays_and_is_said_once(
    service: Service, there: str, now: str, why: str, *, elsewhere: bool
) -> None:
    path = page(service)
    if elsewhere:
        service.write(record(id=ITEM))
    assert service.bring_in().findings == []
    seen = everything(service)
    page(service, PAGE.replace(there, now))
    report = service.later(hours=1).bring_in()
    assert ([finding.partition(": ")[2] for finding in report.findings], counts(report)) == ([why], (0, 0, 2, 0, 0))
    assert report.findings[0].startswith(f"{path}:")
    for text in (PAGE.replace(there, now), PAGE):
        page(service, text)
        assert service.later(hours=1).bring_in().findings == []
    assert everything(service) == seen
    page(service, PAGE.replace(there, now))
    assert len(service.later(hours=1).bring_in().findings) == 1  # lost again


def test_all_that_a_record_lost_is_one_sentence(service: Service) -> None:
    path = service.pages / "page.html"
    path.write_text(
        "<h1>Tibet</h1><h2><a href='https://www.cecc.gov/a'>A title</a></h2><div>Event Date: "
        "Tuesday, December 1, 2026 – 09:30 AM to 11:00 AM</div><div>November 2, 2026</div><div>Hearing</div>"
        "<div>November 20, 2026</div><p>A hearing on trade.</p>"
    )
    service.bring_in()
    seen = everything(service)
    path.write_text(
        "<h1>Xinjiang</h1><div>Event Date: Tuesday, December 1, 2026 – 09:30 AM to 11:00 AM</div>"
        "<div>November 2, 2026</div><div>Hearing</div><p>A hearing on trade.</p>"
    )
    (finding,) = service.later(hours=1).bring_in().findings
    assert finding.partition(": ")[2] == (
        "the title, the address, the date of the last update and the topic of a are no longer there; "
        "A title; https://www.cecc.gov/a; 2026-11-20; Tibet stay"
    )
    assert seen.keys() == everything(service).keys()


def test_pages_of_one_source_lose_nothing_to_each_other(service: Service) -> None:
    (service.data / "sources.toml").write_text('[topics]\npaths = ["pages/*"]\n')
    for name in ("Tibet", "Xinjiang"):
        page(service, PAGE.replace("Commercial Rule of Law", name), name=f"{name}.txt")
    for _ in range(3):
        assert service.later(hours=1).bring_in().findings == []
    endless = PAGE.replace("to 11:00 AM", "to 9:30 AM")
    page(service, endless.replace("Commercial Rule of Law", "Tibet"), name="Tibet.txt")
    assert service.later(hours=1).bring_in().findings == []
    page(service, endless.replace("Commercial Rule of Law", "Xinjiang"), name="Xinjiang.txt")
    (finding,) = service.later(hours=1).bring_in().findings
    assert finding.partition(": ")[2] == LOST["the end"][2]


def test_a_record_that_lost_a_value_is_the_truth_and_no_finding(service: Service) -> None:
    service.publish(record())
    assert service.later(hours=1).publish(record(summary=None)).findings == []


# --- one event under two times ----------------------------------------------------------------------------------------

LATER = {"start": "2026-12-01T10:00:00-05:00", "end": "2026-12-01T11:30:00-05:00"}
CLOCKS = f"{WHEN} there, Tuesday, December 1, 2026, 10:00–11:30 a.m. EST here"
TWICE: dict[str, Record] = {
    "under one title": {"url": None},
    "under one title and address": {},
    "under no title": {"url": None, "title": None, "summary": "In other words."},
    "under no title and another type": {"url": None, "title": None, "summary": "In other words.", "type": "Event"},
}


@pytest.mark.parametrize("changes", TWICE.values(), ids=TWICE)
def test_one_event_under_two_times_is_kept_apart_and_named_while_either_is_touched(
    service: Service, changes: Record
) -> None:
    other = record(id="again", event=LATER, **changes)
    heading = other.get("title") or other["summary"]
    path = service.write(record(), other, numbered(2))
    assert service.bring_in().findings == [f"{path}:2: {heading!r} may be the same event as hearing-1: {CLOCKS}"]
    assert sorted(service.ids()) == [entry_id(one) for one in ("again", "hearing-1", "hearing-2")]
    assert service.later(hours=1).publish(record(), other, numbered(2, title="Edited")).findings == []
    assert len(service.later(hours=1).publish(record(language="en"), other, numbered(2)).findings) == 1


ON_SIX_DAYS = (
    ("Trade", "Data"),
    ("Trade", "CANCELLED: trade", "Data"),
    (None, "Data"),
    (None, None, "Trade"),
    ("Trade",),
    (None,),
)
"""What the events of each day are called."""


def test_a_first_import_names_what_one_into_a_store_with_other_items_names(tmp_path: Path) -> None:
    told = []
    for name, there in (("new", []), ("known", [numbered(9)])):
        service = Service(tmp_path / name)
        service.publish(*there, name="before.jsonl")
        path = service.write(*of_days(ON_SIX_DAYS))
        told.append([one.replace(str(path), "") for one in service.later(hours=1).bring_in().findings])
    assert told[0] == told[1]
    assert re.findall(r"event as (day-\d)", "\n".join(told[0])) == ["day-2", "day-3", "day-4", "day-4", "day-4"]


def of_days(days: Iterable[Iterable[str | None]]) -> Iterator[Record]:
    """Events that overlap, of which nothing but the title tells apart those of one day."""
    for day, titles in enumerate(days, 1):
        for number, title in enumerate(titles):
            named = {"id": f"day-{day}-{number}", "url": None, "title": title, "summary": f"Words {day} {number}"}
            yield numbered(day, **named, event={"location": f"Room {number}"})


def test_the_two_are_named_across_sources_once(service: Service) -> None:
    service.write(record(), name="a.jsonl")
    path = service.write(record(id="again", url=None, event=LATER), name="b.jsonl")
    assert service.bring_in().findings == [f"{path}:1: 'Trade and data' may be the same event as hearing-1: {CLOCKS}"]


NOT_TWICE: dict[str, Record] = {
    "another title": {"title": "Another", "event": LATER},
    "another day": {"event": {"start": "2026-12-02T10:00:00-05:00", "end": "2026-12-02T11:30:00-05:00"}},
    "no time": {"event": {"start": "2026-12-01", "end": "2026-12-01", "timezone": None}},
    "no title, another type": {"title": None, "summary": "Other words.", "type": "Roundtable", "event": LATER},
    "no title, after the other": {
        "title": None,
        "summary": "Other words.",
        "event": {"start": "2026-12-01T11:00:00-05:00", "end": "2026-12-01T12:00:00-05:00"},
    },
}


@pytest.mark.parametrize("changes", NOT_TWICE.values(), ids=NOT_TWICE)
def test_what_tells_two_events_apart_is_no_doubt(service: Service, changes: Record) -> None:
    assert service.publish(record(), record(**{"id": "again", "url": None, **changes})).findings == []
    assert len(service.ids()) == 2


@pytest.mark.parametrize("said", ["apart", "one"])
def test_what_people_said_of_two_events_is_doubted_no_more(service: Service, said: str) -> None:
    (service.data / "same.toml").write_text(f'{said} = [["again", "hearing-1"]]\n')
    assert service.publish(record(), record(id="again", url=None, event=LATER)).findings == []


# --- records taken for one --------------------------------------------------------------------------------------------


def test_records_that_are_taken_for_one_item_are_named_when_it_is_touched(service: Service) -> None:
    path = service.write(record(), record(id="again", url=None))
    told = f"{path}:2: is taken for the same item as hearing-1 at {path}:1"
    assert (service.bring_in().findings, service.ids()) == ([told], [entry_id("hearing-1")])
    assert service.later(hours=1).bring_in().findings == []
    assert service.later(hours=1).publish(record(), record(id="again", url=None, language="en")).findings == [told]
    (service.data / "same.toml").write_text('apart = [["again", "hearing-1"]]\n')
    assert (service.later(hours=1).bring_in().findings, len(service.ids())) == ([], 2)


def test_a_source_that_is_refused_whole_doubts_nothing(service: Service) -> None:
    service.publish(*(numbered(number) for number in range(1, 9)))
    report = service.later(hours=1).publish(record(id="x"), record(id="y", url=None, event=LATER))
    assert (len(report.rejected), report.findings) == (1, [])


# --- events that moved where nobody would hear of it ------------------------------------------------------------------

AFTER = {"start": "2026-12-03T09:30:00-05:00", "end": "2026-12-03T11:00:00-05:00"}
AFTER_WORDS = "Thursday, December 3, 2026, 9:30–11:00 a.m. EST"


def test_another_time_in_another_file_is_named_whichever_of_the_two_decides(service: Service) -> None:
    first = service.write(record(), name="a.jsonl")
    assert service.bring_in().findings == []
    second = service.write(record(event=AFTER), name="b.jsonl")
    report = service.later(hours=1).bring_in()
    decides = "sources.toml decides which of them goes first"
    assert (counts(report), report.findings) == (
        (0, 0, 1, 0, 0),
        [f"{second}:1: hearing-1 is on {WHEN} in a.jsonl; {decides}"],
    )
    assert service.later(hours=1).bring_in().findings == []  # said once
    found = check([first, second], edition=service.settings.edition).findings
    assert found == [f"{second}:1: hearing-1 is on {WHEN} in {first}:1; {decides}"]
    service.write(record(title="Told anew"), name="a.jsonl")
    report = service.later(hours=1).bring_in()
    assert report.findings == [f"{first}:1: hearing-1 is on {AFTER_WORDS} in b.jsonl; {decides}"]


def test_a_newer_copy_of_a_page_under_another_name_moves_the_event(service: Service) -> None:
    page(service).rename(service.pages / "2026-12-01.txt")
    service.bring_in()
    (service.pages / "2026-12-01.txt").unlink()
    moved = PAGE.replace(EVENT_DATE, "Thursday, December 3, 2026 – 09:30 AM to 11:00 AM\n")
    (service.pages / "2026-12-05.txt").write_text(moved)
    report = service.later(hours=1).bring_in()
    assert report.sentences == [f"{ITEM}: Moved from {WHEN} to {AFTER_WORDS}"]
    assert counts(service.later(hours=1).bring_in()) == (0, 0, 2, 0, 0)


def test_a_page_that_is_gone_no_longer_speaks_before_one_that_is_there(service: Service) -> None:
    page(service).rename(service.pages / "a.txt")
    (service.pages / "b.txt").write_text(PAGE.replace("09:30 AM", "10:00 AM"))
    service.bring_in()
    (service.pages / "a.txt").unlink()
    report = service.later(hours=1).bring_in()
    assert report.sentences == [f"{ITEM}: Moved from {WHEN} to {WHEN.replace('9:30', '10:00')}"]


def test_a_new_event_with_the_title_of_one_that_its_page_no_longer_names_is_doubted(service: Service) -> None:
    path = service.pages / "page.html"
    row = "<h1>Tibet</h1><div>Event Date: {} – 02:00 PM to 3:30 PM</div><div>{}</div><div>Hearing</div><p>{}</p>"
    path.write_text(row.format("Tuesday, December 1, 2026", "November 2, 2026", "A hearing on things"))
    assert counts(service.bring_in())[0] == 1
    path.write_text(row.format("Thursday, December 3, 2026", "November 9, 2026", "A hearing on things"))
    report = service.later(hours=1).bring_in()
    old, new = (f"hearing-2026-11-0{day}-a-hearing-on-things" for day in (2, 9))
    why = f"'A hearing on things' may be {old} moved from Tuesday, December 1, 2026, 2:00–3:30 p.m. EST, which is no"
    why += f' longer there and stays; same.toml: one = [["{old}", "{new}"]] makes them one'
    assert [finding.partition(": ")[2] for finding in report.findings] == [why]
    (service.data / "same.toml").write_text(f'one = [["{old}", "{new}"]]')
    assert service.later(hours=1).bring_in().findings == []
    assert list(service.events()) == [f"{old}@cecc.gov"]


@pytest.mark.parametrize("mark", ["CANCELLED: ", "Canceled - ", "POSTPONED – ", "Date Change: "])
def test_a_title_that_gained_what_became_of_the_event_is_doubted_as_the_same_event(service: Service, mark: str) -> None:
    service.write(record(), name="a.jsonl")
    service.write(
        numbered(2, title=f"{mark}Trade and data", event={"start": "2026-12-01T10:00:00-05:00"}), name="b.jsonl"
    )
    (finding,) = service.bring_in().findings
    assert "may be the same event as hearing-1" in finding
