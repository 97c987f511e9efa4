"""CSV for spreadsheets (RFC 4180): the records themselves, a row an item, readable again without loss.

Its one rule: no cell can be taken for a formula. What a spreadsheet would calculate gets an apostrophe in front, and so
does what looks as if it already had one; a reader takes away an apostrophe before one of `= + - @ '`, tab and CR.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from cecc_feeds.model import Edition, Feed, Kept, canonical

COLUMNS = (
    "id", "type", "title", "url", "published", "updated", "topics", "summary", "language", "event.start", "event.end",
    "event.timezone", "event.location", "event.status", "event.webcast", "links",
)  # fmt: skip
LISTS: dict[str, Callable[[Any], str]] = {
    "topics": lambda topics: "|".join([topic.replace("\\", r"\\").replace("|", r"\|") for topic in topics]),
    "links": json.JSONEncoder(ensure_ascii=False, check_circular=False).encode,
}
NOTHING: Mapping[str, str] = {}
FIRST = frozenset("=+-@'\t\r")
GUARDED = re.compile(r"[=+\-@\t\r]|'[=+\-@'\t\r]")


def entry(kept: Kept, edition: Edition) -> bytes:  # noqa: ARG001 - every format's `entry` takes both
    """One row with its CRLF; b"" for a withdrawn item: whoever reads the table back must not publish it again."""
    return row(canonical(kept.item)) if kept.withdrawn is None else b""


def row(record: Mapping[str, Any]) -> bytes:
    """The row of a record in its canonical form, with its CRLF."""
    told = dict(record)
    for name, value in record.get("event", NOTHING).items():
        told[f"event.{name}"] = value
    for name, write in LISTS.items():
        if name in told:
            told[name] = write(told[name])
    return _line([_quoted(told[column]) if column in told else "" for column in COLUMNS])


def document(feed: Feed, entries: Sequence[bytes]) -> bytes:  # noqa: ARG001 - every format's `document` takes both
    """A header line and the rows in the order given, UTF-8 without BOM."""
    return _line(COLUMNS) + b"".join(entries)


def _line(cells: Iterable[str]) -> bytes:
    return f"{','.join(cells)}\r\n".encode()


def _inert(cell: str) -> str:
    return f"'{cell}" if GUARDED.match(cell) else cell


def _quoted(cell: str) -> str:
    """As `csv.writer` writes it, which looks at one character at a time."""
    text = _inert(cell) if cell[:1] in FIRST else cell
    if "," in text or '"' in text or "\n" in text or "\r" in text:
        return '"' + text.replace('"', '""') + '"'
    return text
