"""JSON Lines, where a line that was read before may be skipped for the price of its digest.

Its one rule: skipping changes nothing but the cost; order, places and refusals are those of a whole reading.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from hashlib import blake2b
from itertools import chain, count, repeat
from pathlib import Path
from struct import iter_unpack
from typing import Any, BinaryIO

from cecc_feeds.memory import held_at_once
from cecc_feeds.model import Rejected
from cecc_feeds.sources.found import (
    Draft,
    Found,
    Told,
    Unread,
    checked,
    places_of_doubles,
    record_id,
    refusal_of_double,
    refused_if_double,
)
from cecc_feeds.sources.octets import raw_lines
from cecc_feeds.sources.records import TOO_LONG, line_draft

Skip = Callable[[Sequence[bytes]], Mapping[bytes, str]]
"""Takes the digests of lines and gives the ids of the items that were read from them (`Located.item.id`), none for
lines that are to be read. Of a line that it knew it may know nothing later, but nothing else."""


def nothing_known(_digests: Sequence[bytes]) -> Mapping[bytes, str]:
    """The `Skip` of what is read for the first time."""
    return {}


Numbered = tuple[int, bytes | None]
"""A line with its number, as `raw_lines` gives it."""

Each = Callable[[Callable[[list[Numbered]], list[Told | Rejected]], Iterable[list[Numbered]]], Iterable[list[Any]]]
"""As `map`, perhaps in several processes."""

PART_BYTES = 256 * 1024
"""How much of a file goes to a process at once."""

DIGEST = 16
READ = bytes(DIGEST)
"""Stands for the digest of a line that is not skipped."""

OWN_ID = re.compile(rb'\s*+\{\s*+"id"\s*+:\s*+"([a-z0-9._-]{1,200})"')
"""A line that begins with an id: its record has that one, or is refused without any."""


def read_lines(stream: BinaryIO, where: str, zone: str) -> Iterator[Found]:
    """The records of JSON Lines, one a line; blank lines are nothing, a bad line is one refusal."""
    names = (_name_at_a_glance(line, zone) for _, line in raw_lines(stream, where) if line)
    places = places_of_doubles(names, lambda: _names(stream, where, zone, lambda _: None))
    for number, line in raw_lines(stream, where):
        if line is None or line.strip():
            yield refused_if_double(_found(line, number, f"{where}:{number}", zone), places)


def read_new_lines(
    stream: BinaryIO, where: str, zone: str, skip: Skip, each: Each | None = None
) -> Iterator[Found | Told | Unread]:
    """The same, each item with the digest of its line; an `Unread` for each line that `skip` knows.

    Where none of the lines is skipped, they are read by `each`, if that is given.
    """
    lines = _Lines(zone, skip)
    places = places_of_doubles(lines.names(stream, where), lambda: _names(stream, where, zone, lines.item_id))
    if each is not None and not lines.skipped:
        for part in each(partial(_told, where, zone), _parts(stream, where)):
            yield from (refused_if_double(found, places) for found in part)
        return
    for some in held_at_once(lines.marked(stream, where), lambda marked: _length(marked[0]), AT_ONCE):
        known = skip([digest for _, (digest,) in some if digest != READ])
        for (number, line), (digest,) in some:
            item_id = known.get(digest)
            if item_id is not None:
                place = f"{where}:{number}"
                yield refusal_of_double(item_id, place, places) if item_id in places else Unread(place, digest, item_id)
            elif line is None or line.strip():
                digest = lines.digest(line) if line else READ
                yield refused_if_double(_found(line, number, f"{where}:{number}", zone, digest), places)


def _parts(stream: BinaryIO, where: str) -> Iterator[list[Numbered]]:
    """The lines of a file that are not blank, some at once."""
    lines = ((number, line) for number, line in raw_lines(stream, where) if line is None or line.strip())
    return held_at_once(lines, _length, most=PART_BYTES)


def _length(numbered: Numbered) -> int:
    return len(numbered[1] or b"")


def _told(where: str, zone: str, part: Sequence[Numbered]) -> list[Told | Rejected]:
    """What those lines of a file say. Step by step, each for all of them: what a step needs stays at hand."""
    lines = _Lines(zone, nothing_known)
    digests = [lines.digest(line) if line else None for _, line in part]
    drafts = [_draft(line, number, f"{where}:{number}") for number, line in part]
    found = [checked(draft, zone, digest) for draft, digest in zip(drafts, digests, strict=True)]
    records = ["" if isinstance(one, Rejected) else one.record for one in found]
    keys = [() if isinstance(one, Rejected) else one.keys for one in found]
    return [
        one if isinstance(one, Rejected) else Told(one.id, record, known, one.where, one.named, one.digest, zone)
        for one, record, known in zip(found, records, keys, strict=True)
    ]


class _Lines:
    """Which lines of a file are skipped. `others` is whether there are records among those that are not, `skipped`
    whether any is."""

    def __init__(self, zone: str, skip: Skip) -> None:
        self.zone = zone
        self.skip = skip
        self.others = False
        self.skipped = False
        self._digests = bytearray()
        self._begun = blake2b(digest_size=DIGEST, person=_terms(zone))

    def digest(self, line: bytes) -> bytes:
        """What tells the line from others: its bytes without the white space around them, and how they are read."""
        begun = self._begun.copy()
        begun.update(line.strip())
        return begun.digest()

    def item_id(self, line: bytes) -> str | None:
        digest = self.digest(line)
        return self.skip([digest]).get(digest)

    def names(self, stream: BinaryIO, where: str) -> Iterator[str]:
        """The ids of all lines, at a glance; afterwards it is known which are skipped."""
        if self.skip is nothing_known:
            self.others = True
            yield from (_name_at_a_glance(line, self.zone) for _, line in raw_lines(stream, where) if line)
            return
        for some in held_at_once(raw_lines(stream, where), _length, AT_ONCE):
            lines = [line and line.strip() for _, line in some]
            digests = [self.digest(line) if line else READ for line in lines]
            known = self.skip([digest for digest in digests if digest != READ])
            self._digests += b"".join([digest if digest in known else READ for digest in digests])
            self.skipped = self.skipped or bool(known)
            for line, digest in zip(lines, digests, strict=True):
                if digest in known:
                    yield known[digest]
                elif line != b"":
                    self.others = True
                    yield _name_at_a_glance(line, self.zone) if line else ""

    def marked(self, stream: BinaryIO, where: str) -> Iterator[tuple[tuple[int, bytes | None], tuple[bytes]]]:
        """All lines, numbered, each with its digest where it is skipped, else READ; not read where all are skipped."""
        digests = iter_unpack(f"{DIGEST}s", self._digests)
        if self.others:
            return zip(raw_lines(stream, where), chain(digests, repeat((READ,))), strict=False)
        return zip(zip(count(1), repeat(b""), strict=False), digests, strict=False)


AT_ONCE = 100
"""How many lines are asked for at once, whether they are known."""


@cache
def _terms(zone: str) -> bytes:
    """All that the meaning of a line depends on besides its bytes: the zone, and the code that reads."""
    terms = blake2b(f"{zone}\n{unicodedata.unidata_version}\n".encode(), digest_size=DIGEST)
    package = Path(__file__).parent.parent
    for file in sorted([*package.joinpath("sources").glob("*.py"), *(package / name for name in MEANING)]):
        terms.update(file.read_bytes())
    return terms.digest()


MEANING = (
    "canonical.py", "datewords.py", "errors.py", "fields.py", "folding.py", "identity.py", "item.py", "model.py",
    "text.py", "times.py",
)  # fmt: skip


def _name_at_a_glance(line: bytes, zone: str) -> str:
    """The id that a record of this line would get, "" for none. One that turns out to have none may be named."""
    own = OWN_ID.match(line)
    if own:
        return own[1].decode()
    return record_id(line_draft(line, "", 0), zone) if line.strip() else ""


def _names(
    stream: BinaryIO, where: str, zone: str, item_id: Callable[[bytes], str | None]
) -> Iterator[tuple[str, str]]:
    """The id that each record gets, with its place."""
    for number, line in raw_lines(stream, where):
        if line and line.strip():
            place = f"{where}:{number}"
            known = item_id(line)
            yield record_id(line_draft(line, place, number), zone) if known is None else known, place


def _found(line: bytes | None, number: int, place: str, zone: str, digest: bytes | None = None) -> Found:
    return checked(_draft(line, number, place), zone, digest)


def _draft(line: bytes | None, number: int, place: str) -> Draft | Rejected:
    return Rejected(place, TOO_LONG) if line is None else line_draft(line, place, number)
