"""Feedgen extensions that put right what feedgen 0.9.0 writes; importing this also mends its dates (clients.md 5.2).

Its one rule: each fault is repaired in one place, under its number here; the golden files hold the result to account.

1. Dates by `strftime` under a locale set for the whole process: not thread-safe (F47).
2. Atom dates with `+00:00`; the golden form is `Z`.
3. Children in an order of its own; clients.md 3.2 and 3.3 give ours.
4. Attributes of links and generator in an order of its own.
5. Atom titles, subtitles without `type` (R10).
6. No paging links in channels.

Entries and tombstones (RFC 6721) are none of it: `syndication` writes them itself, in a fraction of the time.
"""

from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

import feedgen.feed
from feedgen.ext.base import BaseExtension
from lxml import etree

from cecc_feeds import times

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DC = "http://purl.org/dc/elements/1.1/"
TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
HISTORY = "http://purl.org/syndication/history/1.0"

CHANNEL = (
    "title", "link", "description", f"{{{ATOM}}}link", "language", "copyright", "pubDate", "lastBuildDate",
    "generator", "docs", "ttl", "image", f"{{{HISTORY}}}archive",
)  # fmt: skip
FEED = (
    "id", "title", "subtitle", "updated", "link", "author", "rights", "icon", "logo", "generator",
    f"{{{HISTORY}}}archive",
)  # fmt: skip
ATTRIBUTES = ("rel", "type", "href", "length", "title", "version", "uri")
IN_OUR_ORDER = frozenset({"link", f"{{{ATOM}}}link", "generator"})

WEEKDAYS = "Mon Tue Wed Thu Fri Sat Sun".split()
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()

# 1.
feedgen.feed.formatRFC2822 = format_datetime


def rfc3339(instant: datetime) -> str:
    """`2026-11-01T14:00:00Z`."""
    return _rfc3339(times.utc(instant))


@lru_cache(
    maxsize=4096
)  # most are of some day’s noon; a revision stands in three places of each entry, and in all entries of an import
def _rfc3339(utc: datetime) -> str:
    return f"{utc.isoformat()[:19]}Z" if utc.year >= 1000 else utc.strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache(maxsize=4096)
def rfc2822(utc: datetime) -> str:
    """`Thu, 01 Oct 2026 14:30:00 +0000` of a datetime in UTC, as `format_datetime` writes it in twice the time."""
    day = f"{WEEKDAYS[utc.weekday()]}, {utc.day:02} {MONTHS[utc.month - 1]} {utc.year:04}"
    return f"{day} {utc.hour:02}:{utc.minute:02}:{utc.second:02} +0000"


class RssFeed(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    """Of the channel: `pages` are RFC 5005 relations to addresses, `archive` says that it gains nothing new."""

    pages: Mapping[str, str]
    archive: bool

    def extend_ns(self) -> dict[str, str]:
        return {"atom": ATOM, "content": CONTENT, "dc": DC}

    def extend_rss(self, rss: Any) -> Any:
        channel = rss[0]
        for relation, address in self.pages.items():
            etree.SubElement(channel, f"{{{ATOM}}}link", rel=relation, type="application/rss+xml", href=address)
        _mark_archive(channel, archive=self.archive)
        _put_in_order(channel, CHANNEL)
        return rss


class AtomFeed(BaseExtension):  # type: ignore[misc]
    """Of the feed: `archive` says that it gains nothing new."""

    archive: bool

    def extend_ns(self) -> dict[str, str]:
        return {"at": TOMBSTONES}

    def extend_atom(self, feed: Any) -> Any:
        _mark_archive(feed, archive=self.archive)
        _mend_atom(feed)
        _put_in_order(feed, FEED)
        return feed


def _mark_archive(parent: Any, *, archive: bool) -> None:
    """RFC 5005, 4: the document is one of an archive."""
    if archive:
        etree.SubElement(parent, f"{{{HISTORY}}}archive", nsmap={"fh": HISTORY})


def _mend_atom(parent: Any) -> None:
    for child in parent:
        if child.tag in ("updated", "published"):
            child.text = child.text.replace("+00:00", "Z")
        if child.tag in ("title", "subtitle"):
            child.set("type", "text")


def _put_in_order(parent: Any, order: tuple[str, ...]) -> None:
    parent[:] = sorted(parent, key=lambda child: order.index(child.tag))
    for child in parent:
        if child.tag in IN_OUR_ORDER:
            values = dict(child.attrib)
            child.attrib.clear()
            child.attrib.update((name, values[name]) for name in ATTRIBUTES if name in values)
