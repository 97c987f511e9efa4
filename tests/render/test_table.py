"""CSV: a spreadsheet calculates nothing in it, and nothing is lost in it."""

import csv
import io
import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cecc_feeds.model import canonical
from cecc_feeds.render.table import _inert
from tests.render import make, whole, without_event

HEADER = (
    "id,type,title,url,published,updated,topics,summary,language,event.start,event.end,event.timezone,"
    "event.location,event.status,event.webcast,links\r\n"
)
DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("https://evil.example")']


def rows(document: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(document.decode(), newline="")))


def bare(cell: str) -> str:
    return cell[1:] if re.match(r"'[=+\-@'\t\r]", cell) else cell


def test_a_table_without_rows_is_its_header() -> None:
    assert whole(".csv", []).decode() == HEADER


def test_a_row_is_the_record() -> None:
    item = make(
        topics=["a|b", r"c\d", "Rule of law, courts"],
        language="en",
        event={"status": "cancelled", "webcast": "https://live.example.org/1"},
        links=[{"rel": "transcript", "url": "https://www.cecc.gov/t.pdf"}],
    )
    (row,) = rows(whole(".csv", [item]))
    record = canonical(item.item)
    assert row == {
        **{name: record[name] for name in ("id", "type", "title", "url", "published", "summary", "language")},
        "updated": "",
        "topics": r"a\|b|c\\d|Rule of law, courts",
        **{
            f"event.{name}": record["event"][name]
            for name in ("start", "end", "timezone", "location", "status", "webcast")
        },
        "links": json.dumps(record["links"]),
    }


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_cell_can_be_taken_for_a_formula(text: str) -> None:
    item = make(title=text, summary=text, topics=[text], type=text, event={"location": text})
    found = rows(whole(".csv", [item]))[0]
    assert [cell for cell in found.values() if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    assert bare(found["title"]) == item.item.title


@given(st.text())
@example("'")
@example("''x")
@example("'=1")
@example("''=1")
def test_every_cell_comes_back_as_it_was(cell: str) -> None:
    assert bare(_inert(cell)) == cell


def test_lines_end_in_crlf_and_cells_may_hold_lines() -> None:
    document = whole(".csv", [without_event(summary='One, "two"\nthree'), without_event(id="b", summary=None)])
    assert document.decode().count("\r\n") == 3
    assert [row["summary"] for row in rows(document)] == ['One, "two"\nthree', ""]
    assert not document.startswith(b"\xef\xbb\xbf")


def test_a_withdrawn_item_is_not_in_the_table() -> None:
    gone = make(kept={"withdrawn": datetime(2026, 11, 3, tzinfo=UTC)})
    assert whole(".csv", [gone]).decode() == HEADER
