"""The formats: each is two pure functions, `entry` of one item and `document` around entries.

Its one rule: bytes depend on what is given and on nothing else: no clock, no locale, no order of a set.

Intake asks for many items at once what is `rendered`: what two formats share is made once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, TypeVar

import xxhash

from cecc_feeds.changes import Change
from cecc_feeds.errors import RenderError
from cecc_feeds.model import Edition, Feed, Kept, record_line
from cecc_feeds.render import calendar, jsonfeed, story, syndication, table, words
from cecc_feeds.render.calendar import item_calendar, item_feed
from cecc_feeds.render.story import Story

__all__ = [
    "FORMATS", "Family", "Format", "Rendered", "entries", "fingerprint", "item_calendar", "item_feed", "rendered",
]  # fmt: skip

T = TypeVar("T")
Family = Literal["calendar", "news", "record"]

FAILURES = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What icalendar, feedgen, lxml and json raise over a value they cannot write (InvalidCalendar, UnicodeError and
KeyError among them)."""


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write a feed. `family` says which Revision its entries carry.

    `entry` gives b"" when the item is not in this format, and raises RenderError when it cannot be written; `notice`
    writes a change, in the formats that tell of changes. Formats of stories `write` them.
    """

    suffix: str
    media_type: str
    family: Family
    name: str
    entry: Callable[[Kept, Edition], bytes]
    document: Callable[[Feed, Sequence[bytes]], bytes]
    notice: Callable[[Change, Edition], bytes] | None = None
    write: Callable[[Story, Edition], bytes] | None = None


def _guarded(
    name: str, entry: Callable[[T, Edition], bytes], id_of: Callable[[T], str]
) -> Callable[[T, Edition], bytes]:
    def guarded(told: T, edition: Edition) -> bytes:
        try:
            return entry(told, edition)
        except (RenderError, *FAILURES) as error:
            raise _refusal(id_of(told), name, error) from error

    return guarded


def _refusal(item_id: str, name: str, error: Exception) -> RenderError:
    why = str(error) if isinstance(error, RenderError) else f"{type(error).__name__}: {error}"
    return RenderError(f"{item_id} cannot be written as {name}: {why}")


def _format(
    suffix: str,
    media_type: str,
    family: Family,
    name: str,
    entry: Callable[[Kept, Edition], bytes],
    document: Callable[[Feed, Sequence[bytes]], bytes],
) -> Format:
    guarded = _guarded(name, entry, lambda kept: kept.item.id)
    return Format(suffix, f"{media_type}; charset=utf-8", family, name, guarded, document)


def _news(
    suffix: str,
    media_type: str,
    name: str,
    write: Callable[[Story, Edition], bytes],
    document: Callable[[Feed, Sequence[bytes]], bytes],
) -> Format:
    """A format that writes stories, of items and of changes alike."""

    def entry(kept: Kept, edition: Edition) -> bytes:
        told = words.said(kept, edition)
        filed = calendar.filed(told, kept.calendar)
        return write(story.of_item(told, kept.news.at, filed.size), edition)

    def notice(change: Change, edition: Edition) -> bytes:
        return write(story.of_change(change, edition), edition)

    told = _guarded(name, notice, lambda change: change.item.id)
    return replace(_format(suffix, media_type, "news", name, entry, document), notice=told, write=write)


ROWS = (
    _format(".ics", "text/calendar", "calendar", "iCalendar", calendar.entry, calendar.document),
    _news(".rss", syndication.RSS_TYPE, "RSS", syndication.rss_entry, syndication.rss_document),
    _news(".atom", syndication.ATOM_TYPE, "Atom", syndication.atom_entry, syndication.atom_document),
    _news(".json", syndication.JSON_TYPE, "JSON Feed", jsonfeed.entry, jsonfeed.document),
    _format(".csv", "text/csv", "record", "CSV", table.entry, table.document),
)  # fmt: skip
FORMATS: dict[str, Format] = {made.suffix: made for made in ROWS}
STORIES = tuple((made.suffix, made.name, made.write) for made in ROWS if made.write)


class Rendered(NamedTuple):
    """The entries of an item by suffix, in the order of FORMATS, and the time zone that its event is written in, "" for
    none."""

    entries: dict[str, bytes]
    zone: str


def rendered(several: Sequence[Kept], edition: Edition) -> Sequence[Rendered | str]:
    """The entries of items in every format, each with its own revisions. In the place of one that cannot be written
    stands why, as `entries` raises it."""
    try:
        return _rendered(several, edition)
    except RenderError as error:
        why = str(error)
    return [why] if len(several) == 1 else [one for kept in several for one in rendered([kept], edition)]


def entries(kept: Kept, edition: Edition) -> dict[str, bytes]:
    """The item's entry in every format, by suffix. Raises RenderError naming the format that failed, and why."""
    return _rendered([kept], edition)[0].entries


def fingerprint(kept: Kept, found: Mapping[str, bytes]) -> dict[str, str]:
    """By family, what tells the bytes that it shows of an item from others: XXH3, 128 bits.

    The calendar's count for the news too, which give the size of its file.
    """
    told = xxhash.xxh3_128(found[".ics"])
    event = told.hexdigest()
    for suffix, *_ in STORIES:
        told.update(found[suffix])
    record = f"{record_line(kept.item)}\n{'withdrawn' if kept.withdrawn else ''}".encode()
    return {"calendar": event, "news": told.hexdigest(), "record": xxhash.xxh3_128_hexdigest(record)}


def _rendered(several: Sequence[Kept], edition: Edition) -> list[Rendered]:
    """One format after the other, each for all of them: what a format needs stays at hand in the processor, for which
    the code of all, item by item, is too much; that takes two fifths longer. Raises RenderError, which names the first
    of them: of several it tells only that one failed.
    """
    columns: dict[str, list[bytes]] = {}
    name = "iCalendar"
    try:
        told = [words.said(kept, edition) for kept in several]
        filed = [calendar.filed(one, one.kept.calendar) for one in told]
        columns[".ics"] = [there.vevent for there in filed]
        name = STORIES[0][1]
        stories = [story.of_item(one, one.kept.news.at, there.size) for one, there in zip(told, filed, strict=True)]
        for suffix, name, write in STORIES:  # noqa: B007 - the name is that of the format that failed
            columns[suffix] = [write(one, edition) for one in stories]
        name = "CSV"
        columns[".csv"] = [table.entry(kept, edition) for kept in several]
    except (RenderError, *FAILURES) as error:
        raise _refusal(several[0].item.id, name, error) from error
    rows = zip(*columns.values(), strict=True)
    return [Rendered(dict(zip(columns, row, strict=True)), there.zone) for row, there in zip(rows, filed, strict=True)]
