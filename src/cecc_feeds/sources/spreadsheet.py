"""CSV with a header line, as spreadsheets write it and as our own feeds write it, as drafts of records.

Its one rule: what `render/table.py` writes comes back without loss. Cells are formula-safe: an apostrophe before one of
`= + - @ '` or a tab is the writer's and is taken off. `topics` are separated by `|` (`\\|` and `\\\\` stand for `|` and
`\\`), `links` are a JSON array of link objects, or addresses separated by `|`; an event's fields are `event.start` ….
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, BinaryIO

from cecc_feeds.errors import RecordError, SourceError
from cecc_feeds.model import Event, Item, Rejected
from cecc_feeds.sources.found import Draft
from cecc_feeds.sources.octets import LINE_LIMIT, decoded, raw_lines
from cecc_feeds.sources.records import decode_json
from cecc_feeds.text import quoted

COLUMNS = (
    *(name for name in Item.model_fields if name not in ("event", "links")),
    *(f"event.{name}" for name in Event.model_fields),
    "links",
)
DELIMITERS = ",;\t"
GUARDED = re.compile(r"'(?=[=+\-@'\t\r])")
PIECE = re.compile(r"((?:[^|\\]|\\[|\\]|\\)*)(?:\||\Z)")
ESCAPE = re.compile(r"\\([|\\])")


def is_header(head: bytes) -> bool:
    """Whether a file's first bytes are a header line of ours."""
    line = head.partition(b"\n")[0].decode("utf-8", "replace")
    return any(
        {"type", "published"} & set(names) and len(names) > 1 for names in (_names(line, one) for one in DELIMITERS)
    )


def csv_drafts(stream: BinaryIO, where: str) -> Iterator[Draft | Rejected]:
    """The records of the rows; a bad row is one refusal, placed at the line that it begins in."""
    csv.field_size_limit(LINE_LIMIT)
    lines = _lines(stream, where)
    first = next(lines, "")
    delimiter, names = _header(first, where)
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        place = f"{where}:{rows.line_num + 2}"
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield Rejected(place, f"the row cannot be read: {error}")
            continue
        if any(cell.strip() for cell in row):
            yield _draft(names, row, place)


def _lines(stream: BinaryIO, where: str) -> Iterator[str]:
    for number, line in raw_lines(stream, where):
        if line is None:
            raise SourceError(where, f"line {number} is longer than {LINE_LIMIT // 1024**2} MiB")
        yield decoded(line, where, line=number)


def _header(line: str, where: str) -> tuple[str, list[str]]:
    """The delimiter under which the first line names most columns, and the names."""
    readings = [(delimiter, _names(line, delimiter)) for delimiter in DELIMITERS]
    delimiter, names = max(readings, key=lambda reading: len(set(reading[1]) & set(COLUMNS)))
    if "type" not in names:
        raise SourceError(where, f'the first line must name the columns, "type" among them; it is {quoted(line)}')
    twice = [name for name, count in Counter(names).items() if name and count > 1]
    if twice:
        raise SourceError(where, f"has the column {quoted(twice[0])} twice")
    return delimiter, names


def _names(line: str, delimiter: str) -> list[str]:
    try:
        cells = next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return []
    return [cell.strip().lower() if cell.strip().lower() in COLUMNS else cell.strip() for cell in cells]


def _draft(names: list[str], row: list[str], place: str) -> Draft | Rejected:
    if len(row) > len(names):
        return Rejected(place, f"has {len(row)} cells under {len(names)} columns; quote cells that hold the delimiter")
    try:
        return Draft(_record(dict(zip(names, map(_bare, row), strict=False))), place)
    except RecordError as error:
        return Rejected(place, str(error))


def _bare(cell: str) -> str:
    return cell[1:] if GUARDED.match(cell) else cell


def _record(cells: dict[str, str]) -> dict[str, Any]:
    """The record as an object; blank cells are missing fields."""
    given = {name: cell for name, cell in cells.items() if cell.strip()}
    if "" in given:
        raise RecordError(f"the cell {quoted(given[''])} stands in a column without a name")
    event = {name.removeprefix("event."): cell for name, cell in given.items() if name.startswith("event.")}
    raw: dict[str, Any] = {name: cell for name, cell in given.items() if not name.startswith("event.")}
    if event:
        raw["event"] = event
    if "topics" in raw:
        raw["topics"] = _listed(raw["topics"])
    if "links" in raw:
        raw["links"] = _links(raw["links"])
    return raw


def _listed(cell: str) -> list[str]:
    pieces = (ESCAPE.sub(r"\1", piece[1]) for piece in PIECE.finditer(cell))
    return [piece for piece in pieces if piece.strip()]


def _links(cell: str) -> object:
    if not cell.lstrip().startswith("["):
        return [{"url": piece.strip()} for piece in _listed(cell)]
    try:
        return decode_json(cell)
    except RecordError as error:
        raise RecordError(f"links: {error}") from None
