"""RSS 2.0 and Atom 1.0: an entry is one element's bytes by lxml; a feed by feedgen is a head, those bytes and a tail.

Its one rule: what stands in an entry is decided here, where and how it is written by the golden files (clients.md 3).

An entry is a skeleton whose texts are filled in. What two formats or many entries say alike, a body and a category, is
written once, as an element of its own, and its bytes are put where the skeleton has an empty element or the next one
begins: `<` is escaped in texts and attributes, so a tag is found by its letters.
"""

from collections.abc import Callable, Sequence
from copy import deepcopy
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from html import escape
from typing import Any

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
    XML_LANG,
    AtomFeed,
    RssFeed,
    rfc2822,
    rfc3339,
)
from cecc_feeds.render.heads import Head, filled
from cecc_feeds.render.stamps import Stamp, put
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

RSS_BEGIN, RSS_NEXT, RSS_BODY = b"    <item>", b"      <description>", b"<content:encoded/>"
RSS_UPDATED, RSS_SIZE = b"<atom:updated>%s</atom:updated>", b' length="%d" type="text/calendar"/>'
ATOM_BEGIN, ATOM_NEXT, ATOM_BODY = b"  <entry", b"    <summary ", b'<content type="html"/>'
ATOM_UPDATED, ATOM_SIZE = b"<updated>%s</updated>", b' length="%d" title="Add to calendar"/>'


def rss_entry(story: Story, edition: Edition) -> bytes:
    """One `<item>` as it stands in the channel, prefixes declared on the root."""
    rss = deepcopy(_rss_skeleton(with_calendar=bool(story.ics_size)))
    title, link, guid, published, creator, opening, _, *enclosure, updated = rss[0][0]
    title.text = story.title
    link.text = story.url
    guid.text = story.id
    published.text = rfc2822(story.published)
    creator.text = edition.publisher
    opening.text = escape(story.opening, quote=False)  # readers take it for HTML
    for element in enclosure:
        element.set("url", story.ics_url)
        element.set("length", str(story.ics_size))
        element.set("type", "text/calendar")
    updated.text = rfc3339(story.updated)
    whole: bytes = etree.tostring(rss, pretty_print=True, encoding="UTF-8")
    begin, end, body = whole.index(RSS_BEGIN), whole.index(RSS_NEXT), whole.index(RSS_BODY)
    tags = [_rss_category(edition.base_url, kind, label) for kind, label in story.tags]
    after = body + len(RSS_BODY)
    around = whole[end:body], b"<content:encoded>", _text(story.html), b"</content:encoded>"
    return b"".join((whole[begin:end], *tags, *around, whole[after : -len(RSS_TAIL)]))


def atom_entry(story: Story, edition: Edition) -> bytes:
    """One `<entry>` as it stands in the feed."""
    feed = deepcopy(_atom_skeleton(with_calendar=bool(story.ics_size)))
    entry = feed[0]
    entry_id, title, updated, published, link, *enclosure, opening, _ = entry
    if story.language:
        entry.set(XML_LANG, story.language)
    entry_id.text = story.id
    title.text = story.title
    updated.text = _atom_time(story.updated)
    published.text = _atom_time(story.published)
    link.set("href", story.url)
    for element in enclosure:
        element.set("href", story.ics_url)
        element.set("length", str(story.ics_size))
        element.set("title", "Add to calendar")
    opening.text = story.opening
    whole: bytes = etree.tostring(feed, pretty_print=True, encoding="UTF-8")
    begin, end, body = whole.index(ATOM_BEGIN), whole.index(ATOM_NEXT), whole.index(ATOM_BODY)
    tags = [_atom_category(edition.base_url, kind, label) for kind, label in story.tags]
    after = body + len(ATOM_BODY)
    around = whole[end:body], b'<content type="html">', _text(story.html), b"</content>"
    return b"".join((whole[begin:end], *tags, *around, whole[after : -len(ATOM_TAIL)]))


def rss_stamped(entry: bytes, old: Stamp, new: Stamp) -> bytes:
    """An item of one stamp as it is of another; texts hold neither `<` nor, in attributes, a quotation mark."""
    entry = put(entry, *_marks(RSS_UPDATED, old.updated, new.updated, rfc3339))
    return _sized(entry, RSS_SIZE, old, new)


def atom_stamped(entry: bytes, old: Stamp, new: Stamp) -> bytes:
    """An entry of one stamp as it is of another, as in `rss_stamped`."""
    entry = put(entry, *_marks(ATOM_UPDATED, old.updated, new.updated, _atom_time))
    return _sized(entry, ATOM_SIZE, old, new)


@lru_cache(maxsize=16)
def _marks(around: bytes, old: datetime, new: datetime, write: Callable[[datetime], str]) -> tuple[bytes, bytes]:
    return around % write(old).encode(), around % write(new).encode()


def _sized(entry: bytes, around: bytes, old: Stamp, new: Stamp) -> bytes:
    same = old.ics_size == new.ics_size
    return entry if same else put(entry, around % old.ics_size, around % new.ics_size)


@lru_cache
def _rss_skeleton(*, with_calendar: bool) -> Any:
    """An `<item>` in the order of clients.md 3.2."""
    rss = etree.Element("rss", nsmap={"atom": ATOM, "content": CONTENT, "dc": DC})
    item = etree.SubElement(etree.SubElement(rss, "channel"), "item")
    for name in ("title", "link"):
        etree.SubElement(item, name)
    etree.SubElement(item, "guid", isPermaLink="false")
    enclosure = ("enclosure",) if with_calendar else ()
    for name in ("pubDate", f"{{{DC}}}creator", "description", f"{{{CONTENT}}}encoded", *enclosure):
        etree.SubElement(item, name)
    etree.SubElement(item, f"{{{ATOM}}}updated")
    return rss


@lru_cache
def _atom_skeleton(*, with_calendar: bool) -> Any:
    """An `<entry>` in the order of clients.md 3.3."""
    feed = etree.Element("feed")
    entry = etree.SubElement(feed, "entry")
    etree.SubElement(entry, "id")
    etree.SubElement(entry, "title", type="text")
    for name in ("updated", "published"):
        etree.SubElement(entry, name)
    etree.SubElement(entry, "link", rel="alternate", type="text/html")
    if with_calendar:
        etree.SubElement(entry, "link", rel="enclosure", type="text/calendar")
    etree.SubElement(entry, "summary", type="text")
    etree.SubElement(entry, "content", type="html")
    return feed


@lru_cache(maxsize=4)
def _text(text: str) -> bytes:
    """A text as XML holds it: both formats ask for the body."""
    element = etree.Element("text")
    element.text = text
    whole: bytes = etree.tostring(element, encoding="UTF-8")
    return whole[len("<text>") : -len("</text>")]


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
