"""Whatever comes in, a reader gives items, refusals or one SourceError, in time that grows with the input alone."""

import json
import time
from io import BytesIO

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cecc_feeds.errors import SourceError
from cecc_feeds.model import Rejected, canonical, item_from
from cecc_feeds.sources import READERS, Found, Located, Reader
from tests.sources.pages_of_all_layouts import PAGE_FILES, READERS_BY_NAME, ZONE
from tests.sources.test_records import FILES

READER_NAMES = sorted(READERS_BY_NAME)
PAGE_TEXTS = {path.name: path.read_text(encoding="utf-8") for path in PAGE_FILES}


def outcome(reader: Reader, data: bytes) -> list[object]:
    """What a reader gives, checked: each item is one that the model takes again as it stands."""
    found = read_or_error(reader, data)
    if isinstance(found, SourceError):
        assert found.where == "file"
        assert "\n" not in str(found)
        return []
    for one in found:
        assert isinstance(one, Located | Rejected)
        assert one.where.startswith(("file:", "file#"))
        if isinstance(one, Located):
            assert item_from(canonical(one.item)) == one.item
        else:
            assert one.why
            assert "\n" not in one.why
    return list(found)


def read_or_error(reader: Reader, data: bytes) -> list[Found] | SourceError:
    try:
        return list(reader.read(BytesIO(data), "file", ZONE))
    except SourceError as error:
        return error


@pytest.mark.parametrize("name", READER_NAMES)
@given(data=st.binary(max_size=400) | st.text(max_size=400).map(lambda text: text.encode("utf-8", "replace")))
@example(data=b"\x00")
@example(data=b"\xff\xfe<")
@example(data=b"\xef\xbb\xbf")
@example(data=b"\r\r\r")
@example(data="\u2028{}\u2029".encode())
def test_any_bytes_give_items_refusals_or_one_source_error(name: str, data: bytes) -> None:
    outcome(READERS_BY_NAME[name], data)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELDS = ("id", "type", "title", "url", "published", "updated", "topics", "summary", "language", "event", "links")
EVENT_FIELDS = ("start", "end", "timezone", "location", "status", "webcast")
DATES = st.sampled_from(
    ["2026-02-30", "2026-04-30", "2026-04-30T14:00", "0001-01-01", "9999-12-31T23:59:59-12:00", "today"]
)
RECORDS = st.dictionaries(
    st.sampled_from(FIELDS),
    JSON_VALUES | DATES | st.dictionaries(st.sampled_from(EVENT_FIELDS), JSON_VALUES | DATES),
)


@given(records=st.lists(RECORDS, max_size=4))
def test_any_values_in_the_fields_of_records_give_items_or_refusals(records: list[dict[str, object]]) -> None:
    lines = "\n".join(json.dumps(record) for record in records)
    for name, text in (("JSON Lines", lines), ("JSON", f"[{','.join(lines.splitlines())}]"), ("YAML", lines)):
        outcome(READERS_BY_NAME[name], text.encode("utf-8", "surrogatepass"))
    assert len(outcome(READERS_BY_NAME["JSON Lines"], lines.encode())) == len(records)


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["delete", "double", "insert", "swap", "cut", "join"]), st.integers(0, 400), st.integers(0, 400)
    ),
    min_size=1,
    max_size=6,
)
INSERTED = [
    "", "Event Date:", "Event Type:", "Address:", "Hearing", "May 1, 2026", "May 32, 2026", "Panelists", "Issues:",
    "###",
    "Congressional-Executive Commission on China | www.cecc.gov", "Friday, December 1, 2026 – 10:00 AM to 1:00 PM",
    "<div class='views-row'>", "</div>", "</body>", "<!--", "<a href='http://['>", "« First 1 2 Next ›",
    "2026-02-30T25:00:00",
    "Room 1 | Tuesday, December 1, 2026 - 1:00pm to 2:00pm", "\u00a0", "\u202e", "PRC Legal Provisions", "Home / Tibet",
]  # fmt: skip
LINE_CHANGES = ["\n", "\r\n", "\r", "\n\n", " \n"]


def edited(text: str, edits: list[tuple[str, int, int]]) -> str:
    lines = text.split("\n")
    for kind, first, second in edits:
        at, other = first % len(lines), second % len(lines)
        if kind == "delete" and len(lines) > 1:
            del lines[at]
        elif kind == "double":
            lines.insert(other, lines[at])
        elif kind == "insert":
            lines.insert(at, INSERTED[second % len(INSERTED)])
        elif kind == "swap":
            lines[at], lines[other] = lines[other], lines[at]
        elif kind == "cut":
            lines[at] = lines[at][: second % (len(lines[at]) + 1)]
        elif kind == "join" and at + 1 < len(lines):
            lines[at : at + 2] = [lines[at] + lines[at + 1]]
    return "\n".join(lines)


@given(
    name=st.sampled_from(sorted(PAGE_TEXTS)),
    edits=EDITS,
    newline=st.sampled_from(LINE_CHANGES),
    dash=st.sampled_from("-–—"),
)
def test_an_edited_page_gives_items_refusals_or_one_source_error(
    name: str, edits: list[tuple[str, int, int]], newline: str, dash: str
) -> None:
    text = edited(PAGE_TEXTS[name], edits).replace("–", dash).replace("\n", newline)
    reader = READERS_BY_NAME["HTML page" if name.endswith(".html") else "text page"]
    outcome(reader, text.encode())


@given(name=st.sampled_from(sorted(FILES)), edits=EDITS)
def test_an_edited_record_file_gives_items_refusals_or_one_source_error(
    name: str, edits: list[tuple[str, int, int]]
) -> None:
    outcome(READERS_BY_NAME[name], edited(FILES[name], edits).encode())


# Inputs that would make a careless parser slow: seconds must be enough for 200 kB of each.
LONG = {
    "dates": "May 1, 2026\n\n" * 10_000,
    "dates in pairs": "May 1, 2026\nMay 2, 2026\n\n" * 6_000,
    "labels": "Event Date:\n" * 16_000,
    "address lines": "Event Date:\nAddress:\nRoom\n" * 6_000,
    "one long line": "a " * 100_000,
    "bars": "Hall | " * 30_000,
    "brackets": "<" * 200_000,
    "open tags": "<div>" * 40_000,
    "open links": "<a href='/x'>x" * 14_000,
    "rows": "<div class='views-row'>May 1, 2026</div>" * 5_000,
    "breaks": "<p>May 1, 2026<br><br>" * 9_000,
    "attributes": "<div " + "a='1' " * 30_000 + ">",
    "full stops": "Prose" + ".)" * 90_000 + "x",
    "hashes": "# " * 100_000,
    "pager": "1 2 3 » " * 24_000,
    "banners": "Congressional-Executive Commission on China | www.cecc.gov\n" * 3_400,
    "people": "Panelists\nName\n" * 12_000,
    "quotes": '"' * 200_000,
    "braces": "{" * 200_000,
    "yaml lists": "- " * 100_000,
    "yaml mapping": "".join(f"a{number}: b\n" for number in range(4_000)),
    "csv": "type,published\n" + "A,2026-01-01\n" * 12_000,
    "backslashes": "type,published,topics\nA,2026-01-01," + "\\" * 180_000 + "\n",
    "bars in csv": "type,published,topics\nA,2026-01-01," + "|" * 180_000 + "\n",
    "empty objects": "{}\n" * 20_000,
}


@pytest.mark.parametrize("name", [reader.name for reader in READERS])
@pytest.mark.parametrize("text", LONG.values(), ids=LONG.keys())
def test_much_of_one_thing_is_read_in_seconds(name: str, text: str) -> None:
    starts = {"text page": ["", "Skip to main content\n\nTibet\n\n"], "HTML page": ["", "<h1>Tibet</h1>"]}
    begun = time.monotonic()
    for start in starts.get(name, [""]):
        outcome(READERS_BY_NAME[name], f"{start}{text}".encode())
    assert time.monotonic() - begun < 15
