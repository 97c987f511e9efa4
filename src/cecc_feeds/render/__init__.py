"""The formats: each is two pure functions, `entry` of one item and `document` around entries.

Its one rule: bytes depend on what is given and on nothing else: no clock, no locale, no order of a set.

Intake asks for `drafts`: what two formats share is made once, all entries are written once, with a blank revision for
the fingerprint, and the revision is put into the finished bytes.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, NamedTuple, TypeVar

from cecc_feeds import times
from cecc_feeds.changes import Change
from cecc_feeds.errors import RenderError
from cecc_feeds.model import Edition, Feed, Kept, Revision, record_line
from cecc_feeds.render import calendar, jsonfeed, story, syndication, table, words
from cecc_feeds.render.calendar import BLANK, Filed, item_calendar, item_feed
from cecc_feeds.render.stamps import Stamp
from cecc_feeds.render.story import Story

__all__ = [
    "FORMATS", "Drafts", "Family", "Format", "drafts", "entries", "item_calendar", "item_feed",
]  # fmt: skip

T = TypeVar("T")
Family = Literal["calendar", "news", "record"]

Stamping = Callable[[bytes, Stamp, Stamp], bytes]
"""An entry of one stamp, as it is of another."""

FAILURES = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What icalendar, feedgen, lxml and json raise over a value they cannot write (InvalidCalendar, UnicodeError and
KeyError among them)."""


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write a feed. `family` says which Revision its entries carry.

    `entry` gives b"" when the item is not in this format, and raises RenderError when it cannot be written; `notice`
    writes a change, in the formats that tell of changes. Formats of stories `write` them, and put a stamp in.
    """

    suffix: str
    media_type: str
    family: Family
    name: str
    entry: Callable[[Kept, Edition], bytes]
    document: Callable[[Feed, Sequence[bytes]], bytes]
    notice: Callable[[Change, Edition], bytes] | None = None
    write: Callable[[Story, Edition], bytes] | None = None
    stamped: Stamping | None = None


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
    stamped: Stamping,
) -> Format:
    """A format that writes stories, of items and of changes alike."""

    def entry(kept: Kept, edition: Edition) -> bytes:
        told = words.said(kept, edition)
        filed = calendar.filed(told, kept.calendar)
        return write(story.of_item(told, kept.news.at, filed.size), edition)

    def notice(change: Change, edition: Edition) -> bytes:
        return write(story.of_change(change, edition), edition)

    told = _guarded(name, notice, lambda change: change.item.id)
    return replace(
        _format(suffix, media_type, "news", name, entry, document), notice=told, write=write, stamped=stamped
    )


ROWS = (
    _format(".ics", "text/calendar", "calendar", "iCalendar", calendar.entry, calendar.document),
    _news(
        ".rss", syndication.RSS_TYPE, "RSS",
        syndication.rss_entry, syndication.rss_document, syndication.rss_stamped,
    ),
    _news(
        ".atom", syndication.ATOM_TYPE, "Atom",
        syndication.atom_entry, syndication.atom_document, syndication.atom_stamped,
    ),
    _news(".json", syndication.JSON_TYPE, "JSON Feed", jsonfeed.entry, jsonfeed.document, jsonfeed.stamped),
    _format(".csv", "text/csv", "record", "CSV", table.entry, table.document),
)  # fmt: skip
FORMATS: dict[str, Format] = {made.suffix: made for made in ROWS}
STORIES = tuple((made.suffix, made.name, made.write, made.stamped) for made in ROWS if made.write and made.stamped)


class Drafts(NamedTuple):
    """The entries of an item, written before its revision is known.

    `fingerprint` is SHA-256 of what each family shows, its revision left aside: where it differs, the family has a new
    revision. The calendar's counts for the news too, which give the size of its file. `zone` is the time zone that its
    event is written in, "" for none; `blank` are the entries without a revision, `size` that of the calendar's file.
    """

    kept: Kept
    edition: Edition
    fingerprint: dict[Family, str]
    zone: str
    blank: Mapping[str, bytes]
    size: int

    def stamped(self, *, news: Revision, calendar: Revision | None) -> dict[str, bytes]:
        """What `entries` gives of the item with these revisions. Raises RenderError where that does."""
        try:
            return self._stamped(news.at, calendar)
        except (RenderError, *FAILURES):
            return entries(replace(self.kept, news=news, calendar=calendar), self.edition)

    def _stamped(self, updated: datetime, revision: Revision | None) -> dict[str, bytes]:
        found, size = dict(self.blank), self.size
        if vevent := found[".ics"]:
            found[".ics"] = calendar.stamped(vevent, BLANK, revision)
            size += len(found[".ics"]) - len(vevent)
        old, new = Stamp(BLANK.at, self.size), Stamp(times.utc(updated), size)
        for suffix, _, _, stamped in STORIES:
            found[suffix] = stamped(found[suffix], old, new)
        return found


def drafts(several: Sequence[Kept], edition: Edition) -> list[Drafts | str]:
    """The entries of items in every format; their own revisions are not looked at. In the place of one that cannot be
    written stands why, as `entries` raises it."""
    try:
        written = _written(several, edition, BLANK.at, BLANK)
    except RenderError as error:
        why = str(error)
    else:
        return [
            Drafts(kept, edition, _fingerprint(kept, one.entries), one.filed.zone, one.entries, one.filed.size)
            for kept, one in zip(several, written, strict=True)
        ]
    return [why] if len(several) == 1 else [one for kept in several for one in drafts([kept], edition)]


def _fingerprint(kept: Kept, blank: Mapping[str, bytes]) -> dict[Family, str]:
    record = f"{record_line(kept.item)}\n{'withdrawn' if kept.withdrawn else ''}".encode()
    return {
        "calendar": _digest(blank[".ics"]) if blank[".ics"] else OF_NOTHING,
        "news": _digest(blank[".ics"], blank[".rss"], blank[".atom"], blank[".json"]),
        "record": _digest(record),
    }


def entries(kept: Kept, edition: Edition) -> dict[str, bytes]:
    """The item's entry in every format, by suffix. Raises RenderError naming the format that failed, and why."""
    return _written([kept], edition, kept.news.at, kept.calendar)[0].entries


class _Written(NamedTuple):
    """The entries of an item, in the order of FORMATS, and what calendars hold of it."""

    entries: dict[str, bytes]
    filed: Filed


def _written(several: Sequence[Kept], edition: Edition, updated: datetime, revision: Revision | None) -> list[_Written]:
    """The entries of items, all with one revision of the calendar, and of the news, which began at `updated`.

    One format after the other, each for all of them: what a format needs stays at hand in the processor, for which the
    code of all, item by item, is too much; that takes two fifths longer. Raises RenderError, which names the first of
    them: of several it tells only that one failed.
    """
    columns: dict[str, list[bytes]] = {}
    name = "iCalendar"
    try:
        told = [words.said(kept, edition) for kept in several]
        filed = [calendar.filed(one, revision) for one in told]
        columns[".ics"] = [there.vevent for there in filed]
        name = STORIES[0][1]
        stories = [story.of_item(one, updated, there.size) for one, there in zip(told, filed, strict=True)]
        for suffix, name, write, _ in STORIES:  # noqa: B007 - the name is that of the format that failed
            columns[suffix] = [write(one, edition) for one in stories]
        name = "CSV"
        columns[".csv"] = [table.entry(kept, edition) for kept in several]
    except (RenderError, *FAILURES) as error:
        raise _refusal(several[0].item.id, name, error) from error
    rows = zip(*columns.values(), strict=True)
    return [_Written(dict(zip(columns, row, strict=True)), there) for row, there in zip(rows, filed, strict=True)]


def _digest(*parts: bytes) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8))
        whole.update(part)
    return whole.hexdigest()


OF_NOTHING = _digest(b"")
