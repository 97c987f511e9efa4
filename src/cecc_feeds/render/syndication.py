"""RSS 2.0 and Atom 1.0 by feedgen: an entry is one element's bytes, a feed is a head, those bytes and a tail.

Its one rule: what stands in an entry is decided here, where and how it is written by the golden files (clients.md 3).
"""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from lxml import etree

from cecc_feeds import text, times
from cecc_feeds.model import Edition, Feed
from cecc_feeds.render import words
from cecc_feeds.render.feedgen_repairs import (
    ATOM,
    CONTENT,
    DC,
    TOMBSTONES,
    AtomEntry,
    AtomFeed,
    RssFeed,
    RssItem,
)
from cecc_feeds.render.story import Story

LANGUAGE = "en-US"
PRODUCT = "cecc-feeds"
TTL_MINUTES = 60
ICON_PIXELS = "144"
RSS_TYPE, ATOM_TYPE, JSON_TYPE = "application/rss+xml", "application/atom+xml", "application/feed+json"

DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'
RSS_TAIL = b"  </channel>\n</rss>\n"
ATOM_TAIL = b"</feed>\n"
ATOM_ROOT = f'<feed xmlns="{ATOM}" xmlns:at="{TOMBSTONES}"'.encode()
LXML_ROOT = f'<feed xmlns:at="{TOMBSTONES}" xmlns="{ATOM}"'.encode()


def rss_entry(story: Story, edition: Edition) -> bytes:
    """One `<item>` as it stands in the channel, prefixes declared on the root."""
    entry = _entry(story, edition)
    entry.description(escape(story.opening, quote=False))  # readers take it for HTML
    entry.content(story.html, type="html")
    entry.register_extension("repairs", RssItem, atom=False)
    entry.repairs.creator = edition.publisher
    entry.repairs.updated = story.updated
    rss = etree.Element("rss", nsmap={"atom": ATOM, "content": CONTENT, "dc": DC})
    etree.SubElement(rss, "channel").append(entry.rss_entry())
    return _element(rss, b"    <item", b"    </item>\n")


def atom_entry(story: Story, edition: Edition) -> bytes:
    """One `<entry>` as it stands in the feed."""
    entry = _entry(story, edition)
    entry.updated(story.updated)
    entry.summary(story.opening, type="text")
    entry.content(story.html, type="html")
    entry.register_extension("repairs", AtomEntry, rss=False)
    entry.repairs.language = story.language
    feed = etree.Element("feed")
    feed.append(entry.atom_entry())
    return _element(feed, b"  <entry", b"  </entry>\n")


def _entry(story: Story, edition: Edition) -> Any:
    entry = FeedEntry()
    entry.id(story.id)
    entry.title(story.title)
    entry.published(story.published)
    entry.link(href=story.url, rel="alternate", type="text/html")
    if story.ics_size:
        size = str(story.ics_size)
        entry.link(href=story.ics_url, rel="enclosure", type="text/calendar", length=size, title="Add to calendar")
    for kind, label in story.tags:
        scheme = f"{edition.base_url}/{kind}"
        entry.category(term=text.slug(label), scheme=scheme, label=words.without_commas(label))
    return entry


def _element(root: Any, begin: bytes, end: bytes) -> bytes:
    """The bytes of the only entry below the root; no text can hold these marks, as `<` is escaped in texts."""
    whole: bytes = etree.tostring(root, pretty_print=True, encoding="UTF-8")
    return whole[whole.index(begin) : whole.rindex(end) + len(end)]


def rss_document(feed: Feed, entries: Sequence[bytes]) -> bytes:
    """A whole channel around items in the order given (RSS 2.0.11, order of clients.md 3.2)."""
    made = _head(feed, ".rss", RSS_TYPE)
    made.language(LANGUAGE.lower())
    made.generator(f"{PRODUCT} {feed.edition.version}".rstrip())
    made.docs("https://www.rssboard.org/rss-specification")
    made.ttl(TTL_MINUTES)
    made.image(f"{feed.edition.base_url}/static/icon.png", width=ICON_PIXELS, height=ICON_PIXELS)
    if feed.newest:
        made.pubDate(times.utc(feed.newest))
    made.register_extension("repairs", RssFeed, RssItem, atom=False)
    made.repairs.pages = feed.pages
    made.repairs.archive = feed.archive
    return _around(made.rss_str(pretty=True), RSS_TAIL, entries)


def atom_document(feed: Feed, entries: Sequence[bytes]) -> bytes:
    """A whole feed around entries in the order given (RFC 4287, order of clients.md 3.3)."""
    made = _head(feed, ".atom", ATOM_TYPE)
    made.language(LANGUAGE)
    made.id(feed.id)
    made.author({"name": feed.edition.publisher})
    made.generator(PRODUCT, version=feed.edition.version, uri=f"{feed.edition.base_url}/")
    made.icon(f"{feed.edition.base_url}/static/icon.png")
    made.logo(f"{feed.edition.base_url}/static/logo.png")
    for kind, suffix in ((JSON_TYPE, ".json"), (RSS_TYPE, ".rss")):
        made.link(href=feed.url(suffix), rel="alternate", type=kind)
    for relation, address in feed.pages.items():
        made.link(href=address, rel=relation, type=ATOM_TYPE)
    made.register_extension("repairs", AtomFeed, AtomEntry, rss=False)
    made.repairs.deleted = feed.deleted
    made.repairs.archive = feed.archive
    whole = made.atom_str(pretty=True).replace(LXML_ROOT, ATOM_ROOT, 1)
    return _around(whole, ATOM_TAIL, entries)


def _head(feed: Feed, suffix: str, media_type: str) -> Any:
    """Self first and the page last: feedgen takes the last link for RSS's own (R8)."""
    made = FeedGenerator()
    made.title(text.clean_line(feed.title))
    made.description(words.about(feed))
    made.updated(times.utc(feed.modified))
    made.link(href=feed.url(suffix), rel="self", type=media_type)
    made.link(href=feed.url(), rel="alternate", type="text/html")
    return made


def _around(empty: bytes, tail: bytes, entries: Iterable[bytes]) -> bytes:
    """The entries put before the tail of a feed without any."""
    head = empty.partition(b"?>\n")[2].removesuffix(tail)
    return b"".join((DECLARATION, head, *entries, tail))
