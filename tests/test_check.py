"""What `check` finds in files, and what it leaves alone."""

import json
from pathlib import Path

import pytest

from cecc_feeds.check import Findings, check
from cecc_feeds.model import Edition
from tests.conftest import ROOT
from tests.service import Record, numbered, numbered_news, record

EDITION = Edition()


def found(folder: Path, *records: Record, name: str = "x.jsonl") -> Findings:
    path = folder / name
    path.write_text("".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in records))
    return check([path], edition=EDITION)


def test_sound_records_with_ids_have_neither_findings_nor_advice(tmp_path: Path) -> None:
    assert found(tmp_path, record(), numbered(2), numbered_news(1)) == Findings([], [], 3)


ONE_RECORD: dict[str, tuple[Record, str]] = {
    "end before start": (
        record(event={"end": "2026-12-01T09:00:00-05:00"}),
        "event: the end 2026-12-01T09:00:00-05:00 is before the start 2026-12-01T09:30:00-05:00",
    ),
    "a date and a time": (
        record(event={"end": "2026-12-01"}),
        "event: start and end must both be dates or both be date-times",
    ),
    "no end": (
        record(event={"end": None}),
        "the end is not known (Tuesday, December 1, 2026, 9:30 a.m. EST); calendars will show two hours",
    ),
    "end like start": (
        record(event={"end": "2026-12-01T09:30:00-05:00"}),
        "the end is not known (Tuesday, December 1, 2026, 9:30 a.m. EST); calendars will show two hours",
    ),
    "a day without a time": (
        record(event={"start": "2026-12-01", "end": None, "timezone": None}),
        "the time is not known (Tuesday, December 1, 2026); calendars will show the day",
    ),
    "a misspelt field": (
        {**record(), "publised": "2026-11-02"},
        '"publised" is not a field of a record; did you mean "published"?',
    ),
    "an id with capitals": (record(id="Hearing 1"), 'id: "Hearing 1" is not an id: 1 to 200 of a-z 0-9 - . _'),
    "neither published nor event": (
        record(event=None, published=None),
        'needs "published" or "event": nothing says when',
    ),
    "no type": (record(type=None), '"type" is missing'),
}


@pytest.mark.parametrize(("told", "why"), ONE_RECORD.values(), ids=ONE_RECORD)
def test_a_fault_of_one_record_is_one_finding_with_its_place(tmp_path: Path, told: Record, why: str) -> None:
    assert found(tmp_path, numbered(2), told) == Findings([f"{tmp_path / 'x.jsonl'}:2: {why}"], [], 2)


def test_a_time_that_the_clock_change_skips_is_found(tmp_path: Path) -> None:
    skipped = record(event={"start": "2026-03-08T02:30:00", "end": "2026-03-08T04:00:00"})
    assert found(tmp_path, skipped).findings == [
        f"{tmp_path / 'x.jsonl'}:1: event: start: the clocks skip 02:30 on March 8, 2026 in America/New_York"
    ]


def test_a_wrong_weekday_on_a_page_is_found_with_the_printed_text(tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_text(
        "Skip to main content\n\nTibet\n\nEvent Date:\nFriday, December 1, 2026 – 09:30 AM to 11:00 AM\n"
        "November 2, 2026\nHearing\nNovember 20, 2026\n\nA hearing on Tibet.\n"
    )
    findings = check([path], edition=EDITION).findings
    assert len(findings) == 1
    assert findings[0].startswith(f"{path}:")
    assert "Friday, December 1, 2026" in findings[0]


def test_doubled_ids_are_found_at_both_places(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    told = found(tmp_path, record(), numbered(2), record(title="Another"))
    assert told.findings == [
        f'{path}:{line}: would get the same id "hearing-1" as {path}:{other}; '
        'give each an "id" of its own, or delete the double'
        for line, other in ((1, 3), (3, 1))
    ]


def test_two_records_that_an_import_takes_for_one_are_named(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    told = found(tmp_path, record(), record(id="again", url=None))
    assert told.findings == [f"{path}:2: is taken for the same item as hearing-1 at {path}:1"]


def test_the_days_of_one_hearing_are_not_doubles(tmp_path: Path) -> None:
    second = record(id="day-2", event={"start": "2026-12-02T09:30:00-05:00", "end": "2026-12-02T11:00:00-05:00"})
    assert found(tmp_path, record(), second).findings == []


def test_releases_of_one_day_that_open_alike_are_not_doubles(tmp_path: Path) -> None:
    told = [numbered_news(number, published="2026-11-02") for number in (1, 2, 3)]
    assert found(tmp_path, *told).findings == []


@pytest.mark.parametrize("other", ["The same title", None])
def test_one_event_with_two_times_is_found(tmp_path: Path, other: str | None) -> None:
    path = tmp_path / "x.jsonl"
    twice = [
        record(title="The same title"),
        record(
            id="again", url=None, title=other, summary="Told in other words.",
            event={"start": "2026-12-01T10:00:00-05:00", "end": "2026-12-01T12:00:00-05:00"},
        ),
    ]  # fmt: skip
    (finding,) = found(tmp_path, *twice).findings
    assert finding == (
        f"{path}:2: {other or 'Told in other words.'!r} may be the same event as hearing-1 at {path}:1: "
        "Tuesday, December 1, 2026, 9:30–11:00 a.m. EST there, "
        "Tuesday, December 1, 2026, 10:00 a.m.–noon EST here"
    )


def test_a_record_without_an_id_is_advised_of_the_line_that_keeps_its_address(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    told = found(
        tmp_path, record(id=None), record(id=None, url=None, title="Nameless", event=None, published="2026-11-05")
    )
    assert told == Findings(
        [],
        [
            f'{path}:1: to keep its address whatever changes, add "id": "events.hearings.trade-and-data"',
            f'{path}:2: to keep its address whatever changes, add "id": "hearing-2026-11-05-nameless"',
        ],
        2,
    )


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[1,", b""], ids=repr)
def test_a_file_that_cannot_be_read_is_a_finding_or_holds_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    told = check([path, tmp_path / "none.jsonl"], edition=EDITION)
    assert told.records == 0
    assert [finding.partition(": ")[0] for finding in told.findings] == [str(path), str(tmp_path / "none.jsonl")]


def test_the_projects_own_records_have_only_findings_that_are_known(tmp_path: Path) -> None:
    told = check(sorted((ROOT / "data" / "records").glob("*")), edition=EDITION)
    reasons = {
        finding.partition(": ")[2].partition(" (")[0].partition(" may be ")[2] or "end" for finding in told.findings
    }
    assert told.records > 100
    assert told.advice == []
    assert all("may be the same event" in finding or "not known" in finding for finding in told.findings), reasons


def test_a_page_that_tells_an_event_of_a_record_in_other_words_is_found(tmp_path: Path) -> None:
    records, page = tmp_path / "x.jsonl", tmp_path / "y.jsonl"
    records.write_text(json.dumps(record(summary=None)) + "\n")
    page.write_text(json.dumps(record(id="other", url=None, title=None, summary="Told in other words.")) + "\n")
    (finding,) = check([records, page], edition=EDITION).findings
    assert finding == (
        f"{page}:1: 'Told in other words.' may be the same event as hearing-1 at {records}:1: "
        "Tuesday, December 1, 2026, 9:30–11:00 a.m. EST there, Tuesday, December 1, 2026, 9:30–11:00 a.m. EST here"
    )
