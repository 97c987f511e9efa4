"""CSV for spreadsheets (RFC 4180): the records themselves, a row an item, readable again without loss.

Its one rule: no cell can be taken for a formula. What a spreadsheet would calculate gets an apostrophe in front, and so
does what looks as if it already had one; a reader takes away an apostrophe before one of `= + - @ '`, tab and CR.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date

from cecc_feeds import times
from cecc_feeds.canonical import spelled
from cecc_feeds.model import Edition, Event, Feed, Item, Kept

COLUMNS = (
    "id", "type", "title", "url", "published", "updated", "topics", "summary", "language", "event.start", "event.end",
    "event.timezone", "event.location", "event.status", "event.webcast", "links",
)  # fmt: skip
NO_EVENT = ("",) * sum(column.startswith("event.") for column in COLUMNS)
FIRST = frozenset("=+-@'\t\r")
GUARDED = re.compile(r"[=+\-@\t\r]|'[=+\-@'\t\r]")


def entry(kept: Kept, edition: Edition) -> bytes:  # noqa: ARG001 - every format's `entry` takes both
    """One row with its CRLF; b"" for a withdrawn item: whoever reads the table back must not publish it again."""
    return row(kept.item) if kept.withdrawn is None else b""


def row(item: Item) -> bytes:
    """The values of its canonical record in the order of COLUMNS, with CRLF."""
    return _line(
        [
            _quoted(item.id),
            _quoted(item.type),
            _quoted(item.title),
            _quoted(item.url),
            _stamp(item.published),
            _stamp(item.updated),
            _quoted("|".join([topic.replace("\\", r"\\").replace("|", r"\|") for topic in item.topics])),
            _quoted(item.summary),
            _quoted(item.language),
            *(_event(item.event) if item.event else NO_EVENT),
            _quoted(spelled(item.links) if item.links else ""),
        ]
    )


def _event(event: Event) -> Iterable[str]:
    texts = event.timezone, event.location, event.status, event.webcast
    return _stamp(event.start), _stamp(event.end), *map(_quoted, texts)


def _stamp(value: date | None) -> str:
    return times.fmt_stamp(value) if value else ""


def document(feed: Feed, entries: Sequence[bytes]) -> bytes:  # noqa: ARG001 - every format's `document` takes both
    """A header line and the rows in the order given, UTF-8 without BOM."""
    return _line(COLUMNS) + b"".join(entries)


def _line(cells: Iterable[str]) -> bytes:
    return f"{','.join(cells)}\r\n".encode()


def _inert(cell: str) -> str:
    return f"'{cell}" if GUARDED.match(cell) else cell


def _quoted(cell: str | None) -> str:
    """As `csv.writer` writes it, which looks at one character at a time; nothing for what is not there."""
    if not cell:
        return ""
    text = _inert(cell) if cell[0] in FIRST else cell
    if "," in text or '"' in text or "\n" in text or "\r" in text:
        return '"' + text.replace('"', '""') + '"'
    return text
