"""CSV for spreadsheets (RFC 4180): the records themselves, a row an item, readable again without loss.

Its one rule: no cell can be taken for a formula. What a spreadsheet would calculate gets an apostrophe in front, and so
does what looks as if it already had one; a reader takes away an apostrophe before one of `= + - @ '`, tab and CR.
"""

import re
from collections.abc import Iterable, Sequence

from cecc_feeds.canonical import links_line, spelled
from cecc_feeds.model import Edition, Event, Feed, Item, Kept

COLUMNS = (
    "id", "type", "title", "url", "published", "updated", "topics", "summary", "language", "event.start", "event.end",
    "event.timezone", "event.location", "event.status", "event.webcast", "links",
)  # fmt: skip
NO_EVENT = ("",) * 6
FIRST = frozenset("=+-@'\t\r")
GUARDED = re.compile(r"[=+\-@\t\r]|'[=+\-@'\t\r]")


def entry(kept: Kept, edition: Edition) -> bytes:  # noqa: ARG001 - every format's `entry` takes both
    """One row with its CRLF; b"" for a withdrawn item: whoever reads the table back must not publish it again."""
    return row(kept.item) if kept.withdrawn is None else b""


def row(item: Item) -> bytes:
    """The row of a record, with its CRLF."""
    topics = "|".join([topic.replace("\\", r"\\").replace("|", r"\|") for topic in item.topics])
    cells = (
        item.id, item.type, item.title, item.url, spelled(item.published), spelled(item.updated), topics, item.summary,
        item.language, *(_event_cells(item.event) if item.event else NO_EVENT), links_line(item),
    )  # fmt: skip
    return _line([_quoted(cell) if cell else "" for cell in cells])


def _event_cells(event: Event) -> Iterable[str | None]:
    return spelled(event.start), spelled(event.end), event.timezone, event.location, event.status, event.webcast


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
