"""Sources: items out of bytes. `READERS` is the registry; `read_path` the way in for a file.

Its one rule: nothing here knows of the store, the clock or the network. A bad record is a `Rejected`, a bad file a
`SourceError`, and no input whatever gives another exception.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, Literal, overload

from cecc_feeds.errors import SourceError
from cecc_feeds.model import Rejected
from cecc_feeds.sources import jsonlines, pages, records, spreadsheet
from cecc_feeds.sources.found import Draft, Found, Located, Told, Unread, without_doubles
from cecc_feeds.sources.jsonlines import Each, Skip, nothing_known

__all__ = [
    "READERS", "Each", "Found", "Located", "Reader", "Skip", "Told", "Unread", "kind_of", "nothing_known", "paths_in",
    "read_path", "reader_of",
]  # fmt: skip

Kind = Literal["records", "page"]
Read = Callable[[BinaryIO, str, str], Iterator[Found]]


@dataclass(frozen=True, slots=True)
class Reader:
    """A row of the registry.

    `read(stream, where, zone)` takes a seekable binary stream, the file's name for places, and the zone of times that
    name none. `sniff` tells from a file's first bytes, white space stripped, whether it is one of these. `read_new`
    reads what it is not told to skip, where a format has parts that can be skipped.
    """

    name: str
    suffixes: tuple[str, ...]
    kind: Kind
    sniff: Callable[[bytes], bool]
    read: Read
    read_new: Callable[[BinaryIO, str, str, Skip, Each | None], Iterator[Found | Told | Unread]] | None = None


def _records(drafts: Callable[[BinaryIO, str], Iterator[Draft | Rejected]]) -> Read:
    def read(stream: BinaryIO, where: str, zone: str) -> Iterator[Found]:
        return without_doubles(partial(drafts, stream, where), zone)

    return read


def _begins(*beginnings: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(beginnings)


READERS = (
    Reader(
        "JSON Lines",
        (".jsonl", ".ndjson"),
        "records",
        _begins(b"{"),
        jsonlines.read_lines,
        jsonlines.read_new_lines,
    ),
    Reader("JSON", (".json",), "records", _begins(b"["), _records(records.json_drafts)),
    Reader("YAML", (".yaml", ".yml"), "records", _begins(b"---", b"- "), _records(records.yaml_drafts)),
    Reader("CSV", (".csv",), "records", spreadsheet.is_header, _records(spreadsheet.csv_drafts)),
    Reader("HTML page", (".html", ".htm"), "page", _begins(b"<"), pages.read_html),
    Reader("text page", (".txt",), "page", pages.looks_like_text_page, pages.read_text),
)
HEAD = 4096
BLOCK = 256 * 1024
SKIPPED_ENDINGS = ("~", ".swp", ".tmp", ".part", ".bak", ".orig", ".md")


@overload
def read_path(path: Path, *, zone: str, name: str | None = None) -> Iterator[Found]: ...
@overload
def read_path(
    path: Path, *, zone: str, name: str | None = None, skip: Skip, each: Each | None = None
) -> Iterator[Found | Told | Unread]: ...
def read_path(
    path: Path, *, zone: str, name: str | None = None, skip: Skip | None = None, each: Each | None = None
) -> Iterator[Found] | Iterator[Found | Told | Unread]:
    """The items and refusals of one file, its places named as the user named it (`name`, else the path).

    SourceError where the file as a whole cannot be read; it may come while the result is walked. With `skip`, the items
    of JSON Lines come with the digests of their lines, and each line whose digest `skip` knows as an `Unread`; lines of
    a file of which none is known are read by `each`, where that is given.
    """
    where = str(path) if name is None else name
    with _opened(path, where) as stream:
        try:
            reader = reader_of(path, name=where)
            if skip is None or reader.read_new is None:
                yield from reader.read(stream, where, zone)
            else:
                yield from reader.read_new(stream, where, zone, skip, each)
        except OSError as error:
            raise _unreadable(where, error) from None


def kind_of(path: Path) -> Kind:
    """Whether a file holds records or is a page, by its suffix, else by what it begins with."""
    return reader_of(path).kind


def reader_of(path: Path, *, name: str | None = None) -> Reader:
    """The row of the registry that reads a file. SourceError, naming the kinds there are, where none does."""
    for reader in READERS:
        if path.suffix.lower() in reader.suffixes:
            return reader
    where = str(path) if name is None else name
    with _opened(path, where) as stream:
        head = stream.read(HEAD).removeprefix(b"\xef\xbb\xbf").lstrip()
    for reader in READERS:
        if reader.sniff(head):
            return reader
    kinds = ", ".join(f"{reader.name} ({' '.join(reader.suffixes)})" for reader in READERS)
    raise SourceError(where, f"not a kind of file that is read; these are: {kinds}")


def paths_in(folder: Path) -> list[Path]:
    """The files below a folder, sorted. A file that no reader takes is among them: reading it says so.

    So is a link that leads to nothing: where its volume is away, it must not count as deleted. Hidden files, editors'
    backups, notes (.md), and the `…_files` folders that browsers save beside a page are left out.
    Raises SourceError for a folder that cannot be read: it must not count as one from which all is gone.
    """
    walk = os.walk(folder, onerror=_refuse)
    found = (Path(place, name) for place, _, names in walk for name in names)
    return sorted(path for path in found if _is_meant(path, folder))


def _refuse(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):  # a folder that was taken away just now
        raise SourceError(str(error.filename), f"cannot be read: {error.strerror}")


def _is_meant(path: Path, folder: Path) -> bool:
    *above, name = path.relative_to(folder).parts
    hidden = any(part.startswith(".") for part in (*above, name))
    beside_a_page = any(part.endswith("_files") for part in above)
    passed_over = hidden or beside_a_page or name.lower().endswith(SKIPPED_ENDINGS)
    return not passed_over and (path.is_file() or (path.is_symlink() and not path.exists()))


def _opened(path: Path, where: str) -> BinaryIO:
    try:
        return path.open("rb", buffering=BLOCK)
    except (OSError, ValueError) as error:
        raise _unreadable(where, error) from None


def _unreadable(where: str, error: Exception) -> SourceError:
    reasons: dict[type[Exception], str] = {
        FileNotFoundError: "there is no such file",
        IsADirectoryError: "it is a folder; name the files in it",
        PermissionError: "its permissions don't let it be read",
    }
    return SourceError(where, reasons.get(type(error), f"cannot be read: {getattr(error, 'strerror', None) or error}"))
