"""RSS 2.0 and Atom 1.0: an entry is one element's bytes; a feed by feedgen is a head, those bytes and a tail.

Its one rule: what stands in an entry is decided here, where and how it is written by the golden files (clients.md 3).

An entry is a template, filled in with escaped texts; what many entries say alike, the publisher and a category, is an
element that lxml writes once. Documents are feedgen's and lxml's alone.
"""

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

from feedgen.feed import FeedGenerator
from lxml import etree

from cecc_feeds import text, times
from cecc_feeds.model import Edition, Feed
from cecc_feeds.render import escapes, words
from cecc_feeds.render.feedgen_repairs import (
    ATOM,
    DC,
    TOMBSTONES,
    AtomFeed,
    RssFeed,
    rfc2822,
    rfc3339,
)
from cecc_feeds.render.heads import Head, filled
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
TOMBSTONES_ROOT = f'<feed xmlns:at="{TOMBSTONES}">\n'.encode()

RSS_ENTRY = b"""\
    <item>
      <title>%b</title>
      <link>%b</link>
      <guid isPermaLink="false">%b</guid>
      <pubDate>%b</pubDate>
%b%b      <description>%b</description>
      <content:encoded>%b</content:encoded>
%b      <atom:updated>%b</atom:updated>
    </item>
"""
RSS_ENCLOSURE = '      <enclosure url="{url}" length="{size}" type="text/calendar"/>\n'
ATOM_ENTRY = b"""\
  <entry%b>
    <id>%b</id>
    <title type="text">%b</title>
    <updated>%b</updated>
    <published>%b</published>
    <link rel="alternate" type="text/html" href="%b"/>
%b%b    <summary type="text">%b</summary>
    <content type="html">%b</content>
  </entry>
"""
ATOM_ENCLOSURE = (
    '    <link rel="enclosure" type="text/calendar" href="{url}" length="{size}" title="Add to calendar"/>\n'
)


def rss_entry(story: Story, edition: Edition) -> bytes:
    """One `<item>` as it stands in the channel, prefixes declared on the root, in the order of clients.md 3.2."""
    xml = story.xml
    return RSS_ENTRY % (
        xml.title,
        xml.url,
        xml.id,
        rfc2822(story.published).encode(),
        _creator(edition.publisher),
        b"".join([_rss_category(edition.base_url, kind, label) for kind, label in story.tags]),
        escapes.xml(xml.opening),  # readers take it for HTML
        xml.html,
        _enclosure(story, RSS_ENCLOSURE),
        rfc3339(story.updated).encode(),
    )


def atom_entry(story: Story, edition: Edition) -> bytes:
    """One `<entry>` as it stands in the feed, in the order of clients.md 3.3."""
    xml = story.xml
    return ATOM_ENTRY % (
        f' xml:lang="{escapes.attribute(story.language)}"'.encode() if story.language else b"",
        xml.id,
        xml.title,
        _atom_time(story.updated).encode(),
        _atom_time(story.published).encode(),
        xml.url.replace(b'"', b"&quot;"),
        _enclosure(story, ATOM_ENCLOSURE),
        b"".join([_atom_category(edition.base_url, kind, label) for kind, label in story.tags]),
        xml.opening,
        xml.html,
    )


def _enclosure(story: Story, template: str) -> bytes:
    if not story.ics_size:
        return b""
    return template.format(url=escapes.attribute(story.ics_url), size=story.ics_size).encode()


@lru_cache(maxsize=4)
def _creator(publisher: str) -> bytes:
    element = etree.Element(f"{{{DC}}}creator", nsmap={"dc": DC})
    element.text = publisher
    declared = f' xmlns:dc="{DC}"'.encode()
    return b"      " + etree.tostring(element, encoding="UTF-8").replace(declared, b"", 1) + b"\n"


@lru_cache(maxsize=512)
def _rss_category(base_url: str, kind: str, label: str) -> bytes:
    element = etree.Element("category", domain=f"{base_url}/{kind}")
    element.text = words.without_commas(label)
    return b"      " + etree.tostring(element, encoding="UTF-8") + b"\n"


@lru_cache(maxsize=512)
def _atom_category(base_url: str, kind: str, label: str) -> bytes:
    element = etree.Element("category", term=text.slug(label), scheme=f"{base_url}/{kind}")
    if shown := words.without_commas(label):
        element.set("label", shown)
    return b"    " + etree.tostring(element, encoding="UTF-8") + b"\n"


@lru_cache(maxsize=4096)
def _atom_time(utc: datetime) -> str:
    return utc.isoformat().replace("+00:00", "Z")


def rss_document(feed: Feed, entries: Sequence[bytes]) -> bytes:
    """A whole channel around items in the order given (RSS 2.0.11, order of clients.md 3.2)."""
    head = _head(feed, ".rss", newest=feed.newest and times.utc(feed.newest))
    return b"".join((filled(head, _rss_head, format_datetime), *entries, RSS_TAIL))


def atom_document(feed: Feed, entries: Sequence[bytes]) -> bytes:
    """A whole feed around entries in the order given (RFC 4287, order of clients.md 3.3)."""
    head = _head(feed, ".atom", others=(feed.url(".json"), feed.url(".rss")))
    gone = _tombstones(feed.deleted) if feed.deleted else b""
    return b"".join((filled(head, _atom_head, _atom_time), gone, *entries, ATOM_TAIL))


def _head(feed: Feed, suffix: str, *, others: tuple[str, ...] = (), newest: datetime | None = None) -> Head:
    return Head(
        edition=feed.edition,
        title=text.clean_line(feed.title),
        about=words.about(feed),
        id=feed.id,
        own=feed.url(suffix),
        page=feed.url(),
        others=others,
        pages=tuple(feed.pages.items()),
        archive=feed.archive,
        modified=times.utc(feed.modified),
        newest=newest,
    )


def _rss_head(head: Head) -> bytes:
    made = _generator(head, RSS_TYPE)
    made.language(LANGUAGE.lower())
    made.generator(f"{PRODUCT} {head.edition.version}".rstrip())
    made.docs("https://www.rssboard.org/rss-specification")
    made.ttl(TTL_MINUTES)
    made.image(f"{head.edition.base_url}/static/icon.png", width=ICON_PIXELS, height=ICON_PIXELS)
    if head.newest:
        made.pubDate(head.newest)
    made.register_extension("repairs", RssFeed, atom=False)
    made.repairs.pages = dict(head.pages)
    made.repairs.archive = head.archive
    return _begin(made.rss_str(pretty=True), RSS_TAIL)


def _atom_head(head: Head) -> bytes:
    made = _generator(head, ATOM_TYPE)
    made.language(LANGUAGE)
    made.id(head.id)
    made.author({"name": head.edition.publisher})
    made.generator(PRODUCT, version=head.edition.version, uri=f"{head.edition.base_url}/")
    made.icon(f"{head.edition.base_url}/static/icon.png")
    made.logo(f"{head.edition.base_url}/static/logo.png")
    for kind, address in zip((JSON_TYPE, RSS_TYPE), head.others, strict=True):
        made.link(href=address, rel="alternate", type=kind)
    for relation, address in head.pages:
        made.link(href=address, rel=relation, type=ATOM_TYPE)
    made.register_extension("repairs", AtomFeed, rss=False)
    made.repairs.archive = head.archive
    return _begin(made.atom_str(pretty=True).replace(LXML_ROOT, ATOM_ROOT, 1), ATOM_TAIL)


def _generator(head: Head, media_type: str) -> Any:
    """Self first and the page last: feedgen takes the last link for RSS's own (R8)."""
    made = FeedGenerator()
    made.title(head.title)
    made.description(head.about)
    made.updated(head.modified)
    made.link(href=head.own, rel="self", type=media_type)
    made.link(href=head.page, rel="alternate", type="text/html")
    return made


def _begin(empty: bytes, tail: bytes) -> bytes:
    """A feed without entries up to where they stand."""
    return DECLARATION + empty.partition(b"?>\n")[2].removesuffix(tail)


def _tombstones(deleted: Sequence[tuple[str, datetime]]) -> bytes:
    """Which entries were withdrawn (RFC 6721): the last that a head tells."""
    feed = etree.Element("feed", nsmap={"at": TOMBSTONES})
    for entry_id, when in deleted:
        gone = etree.SubElement(feed, f"{{{TOMBSTONES}}}deleted-entry", ref=entry_id, when=rfc3339(when))
        etree.SubElement(gone, f"{{{TOMBSTONES}}}comment").text = "Withdrawn"
    whole: bytes = etree.tostring(feed, pretty_print=True, encoding="UTF-8")
    return whole.partition(TOMBSTONES_ROOT)[2].removesuffix(ATOM_TAIL)
