"""CSV for spreadsheets (RFC 4180): the records themselves, a row an item, readable again without loss.

Its one rule: no cell can be taken for a formula. What a spreadsheet would calculate gets an apostrophe in front, and so
does what looks as if it already had one; a reader takes away an apostrophe before one of `= + - @ '`, tab and CR.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cecc_feeds.model import Edition, Feed, Kept, canonical

COLUMNS = (
    "id", "type", "title", "url", "published", "updated", "topics", "summary", "language", "event.start", "event.end",
    "event.timezone", "event.location", "event.status", "event.webcast", "links",
)  # fmt: skip
GUARDED = re.compile(r"[=+\-@\t\r]|'[=+\-@'\t\r]")


def entry(kept: Kept, edition: Edition) -> bytes:  # noqa: ARG001 - every format's `entry` takes both
    """One row with its CRLF; b"" for a withdrawn item: whoever reads the table back must not publish it again."""
    if kept.withdrawn is not None:
        return b""
    record = canonical(kept.item)
    return _row(_cell(record, column) for column in COLUMNS)


def _cell(record: Mapping[str, Any], column: str) -> str:
    name, _, part = column.partition(".")
    value = record.get(name, {}).get(part) if part else record.get(name)
    if name == "topics":
        return "|".join(re.sub(r"([\\|])", r"\\\1", topic) for topic in value or ())
    if name == "links":
        return json.dumps(value, ensure_ascii=False) if value else ""
    return value or ""


def document(feed: Feed, entries: Sequence[bytes]) -> bytes:  # noqa: ARG001 - every format's `document` takes both
    """A header line and the rows in the order given, UTF-8 without BOM."""
    return _row(COLUMNS) + b"".join(entries)


def _row(cells: Iterable[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow([_inert(cell) for cell in cells])
    return line.getvalue().encode()


def _inert(cell: str) -> str:
    return f"'{cell}" if GUARDED.match(cell) else cell
