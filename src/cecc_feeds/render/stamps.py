"""Stamps: the little that an entry takes from its revision alone, put into bytes that are finished otherwise.

Its one rule: a place is known by marks that no text of a record can hold, so it is found or the stamping fails.
"""

from datetime import datetime
from typing import NamedTuple


class Stamp(NamedTuple):
    """When an entry of the news last changed (UTC), and the size of its item's calendar file, 0 for none."""

    updated: datetime
    ics_size: int


def put(entry: bytes, old: bytes, new: bytes) -> bytes:
    """An entry with `new` in the place of `old`. Raises ValueError where `old` does not stand there."""
    at = entry.index(old)
    return b"".join((entry[:at], new, entry[at + len(old) :]))


def put_late(entry: bytes, old: bytes, new: bytes) -> bytes:
    """As `put`, looked for from the end: `old` stands there once, behind the body."""
    at = entry.rindex(old)
    return b"".join((entry[:at], new, entry[at + len(old) :]))
