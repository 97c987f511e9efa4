"""The formats: each is two pure functions, `entry` of one item and `document` around entries.

Its one rule: bytes depend on what is given and on nothing else: no clock, no locale, no order of a set.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal, TypeVar

from cecc_feeds.changes import Change
from cecc_feeds.errors import RenderError
from cecc_feeds.model import Edition, Feed, Kept, Revision, record_line
from cecc_feeds.render import calendar, jsonfeed, story, syndication, table
from cecc_feeds.render.calendar import item_calendar, item_feed
from cecc_feeds.render.story import Story

__all__ = ["FORMATS", "Family", "Format", "entries", "fingerprint", "item_calendar", "item_feed", "notices"]

T = TypeVar("T")
Family = Literal["calendar", "news", "record"]

BLANK = Revision(datetime(1970, 1, 1, tzinfo=UTC), 0)
FAILURES = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What icalendar, feedgen, lxml and json raise over a value they cannot write (InvalidCalendar, UnicodeError and
KeyError among them)."""


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write a feed. `family` says which Revision its entries carry.

    `entry` gives b"" when the item is not in this format, and raises RenderError when it cannot be written; `notice`
    writes a change, in the formats that tell of changes.
    """

    suffix: str
    media_type: str
    family: Family
    name: str
    entry: Callable[[Kept, Edition], bytes]
    document: Callable[[Feed, Sequence[bytes]], bytes]
    notice: Callable[[Change, Edition], bytes] | None = None


def _guarded(
    name: str, entry: Callable[[T, Edition], bytes], id_of: Callable[[T], str]
) -> Callable[[T, Edition], bytes]:
    def guarded(told: T, edition: Edition) -> bytes:
        try:
            return entry(told, edition)
        except RenderError as error:
            raise RenderError(f"{id_of(told)} cannot be written as {name}: {error}") from error
        except FAILURES as error:
            why = f"{type(error).__name__}: {error}"
            raise RenderError(f"{id_of(told)} cannot be written as {name}: {why}") from error

    return guarded


def _format(
    suffix: str,
    media_type: str,
    family: Family,
    name: str,
    entry: Callable[[Kept, Edition], bytes],
    document: Callable[[Feed, Sequence[bytes]], bytes],
    notice: Callable[[Change, Edition], bytes] | None = None,
) -> Format:
    guarded = _guarded(name, entry, lambda kept: kept.item.id)
    told = notice and _guarded(name, notice, lambda change: change.item.id)
    return Format(suffix, f"{media_type}; charset=utf-8", family, name, guarded, document, told)


def _news(
    suffix: str,
    media_type: str,
    name: str,
    write: Callable[[Story, Edition], bytes],
    document: Callable[[Feed, Sequence[bytes]], bytes],
) -> Format:
    """A format that writes stories, of items and of changes alike."""

    def entry(kept: Kept, edition: Edition) -> bytes:
        return write(story.of_item(kept, edition), edition)

    def notice(change: Change, edition: Edition) -> bytes:
        return write(story.of_change(change, edition), edition)

    return _format(suffix, media_type, "news", name, entry, document, notice)


ROWS = (
    _format(".ics", "text/calendar", "calendar", "iCalendar", calendar.entry, calendar.document),
    _news(".rss", syndication.RSS_TYPE, "RSS", syndication.rss_entry, syndication.rss_document),
    _news(".atom", syndication.ATOM_TYPE, "Atom", syndication.atom_entry, syndication.atom_document),
    _news(".json", syndication.JSON_TYPE, "JSON Feed", jsonfeed.entry, jsonfeed.document),
    _format(".csv", "text/csv", "record", "CSV", table.entry, table.document),
)
FORMATS: dict[str, Format] = {made.suffix: made for made in ROWS}


def entries(kept: Kept, edition: Edition) -> dict[str, bytes]:
    """The item's entry in every format, by suffix. Raises RenderError naming the format that failed, and why."""
    return {suffix: made.entry(kept, edition) for suffix, made in FORMATS.items()}


def notices(change: Change, edition: Edition) -> dict[str, bytes]:
    """The change's entry in every format that tells of changes, by suffix. Raises RenderError."""
    return {suffix: made.notice(change, edition) for suffix, made in FORMATS.items() if made.notice}


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
