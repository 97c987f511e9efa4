"""The formats: each is two pure functions, `entry` of one item and `document` around entries.

Its one rule: bytes depend on what is given and on nothing else: no clock, no locale, no order of a set.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from cecc_feeds.errors import RenderError
from cecc_feeds.model import Edition, Feed, Kept, Revision, record_line
from cecc_feeds.render import calendar, jsonfeed, syndication, table
from cecc_feeds.render.calendar import item_calendar, item_feed

__all__ = ["FORMATS", "Family", "Format", "entries", "fingerprint", "item_calendar", "item_feed"]

Family = Literal["calendar", "news", "record"]

BLANK = Revision(datetime(1970, 1, 1, tzinfo=UTC), 0)
FAILURES = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What icalendar, feedgen, lxml and json raise over a value they cannot write (InvalidCalendar, UnicodeError and
KeyError among them)."""


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write a feed. `family` says which Revision its entries carry.

    `entry` gives b"" when the item is not in this format, and raises RenderError when it cannot be written.
    """

    suffix: str
    media_type: str
    family: Family
    name: str
    entry: Callable[[Kept, Edition], bytes]
    document: Callable[[Feed, Sequence[bytes]], bytes]


def _guarded(name: str, entry: Callable[[Kept, Edition], bytes]) -> Callable[[Kept, Edition], bytes]:
    def guarded(kept: Kept, edition: Edition) -> bytes:
        try:
            return entry(kept, edition)
        except RenderError as error:
            raise RenderError(f"{kept.item.id} cannot be written as {name}: {error}") from error
        except FAILURES as error:
            raise RenderError(f"{kept.item.id} cannot be written as {name}: {type(error).__name__}: {error}") from error

    return guarded


def _format(
    suffix: str,
    media_type: str,
    family: Family,
    name: str,
    entry: Callable[[Kept, Edition], bytes],
    document: Callable[[Feed, Sequence[bytes]], bytes],
) -> Format:
    return Format(suffix, f"{media_type}; charset=utf-8", family, name, _guarded(name, entry), document)


ROWS = (
    _format(".ics", "text/calendar", "calendar", "iCalendar", calendar.entry, calendar.document),
    _format(".rss", syndication.RSS_TYPE, "news", "RSS", syndication.rss_entry, syndication.rss_document),
    _format(".atom", syndication.ATOM_TYPE, "news", "Atom", syndication.atom_entry, syndication.atom_document),
    _format(".json", syndication.JSON_TYPE, "news", "JSON Feed", jsonfeed.entry, jsonfeed.document),
    _format(".csv", "text/csv", "record", "CSV", table.entry, table.document),
)
FORMATS: dict[str, Format] = {made.suffix: made for made in ROWS}


def entries(kept: Kept, edition: Edition) -> dict[str, bytes]:
    """The item's entry in every format, by suffix. Raises RenderError naming the format that failed, and why."""
    return {suffix: made.entry(kept, edition) for suffix, made in FORMATS.items()}


def fingerprint(kept: Kept, edition: Edition) -> dict[Family, str]:
    """SHA-256 of what each family shows, its revision left aside: where it differs, the family has a new revision.

    The calendar's counts for the news too, which give the size of its file.
    """
    blank = entries(replace(kept, calendar=BLANK, news=BLANK), edition)
    record = f"{record_line(kept.item)}\n{'withdrawn' if kept.withdrawn else ''}".encode()
    return {
        "calendar": _digest(blank[".ics"]),
        "news": _digest(blank[".ics"], blank[".rss"], blank[".atom"], blank[".json"]),
        "record": _digest(record),
    }


def _digest(*parts: bytes) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8) + part)
    return whole.hexdigest()
