"""oEmbed 1.0: a frame for the address of any list or item here (https://oembed.com).

Its one rule: an address is read as the service itself reads it; what is not one of ours is 404.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote, unquote, urlsplit

from lxml import etree

from cecc_feeds.errors import QueryError
from cecc_feeds.web import addresses, embed, http
from cecc_feeds.web.feeds import title_of
from cecc_feeds.web.follow import canonical
from cecc_feeds.web.http import Answer, fault
from cecc_feeds.web.service import Args, Missing
from cecc_feeds.web.site import Site

WIDTH, LEAST = 600, 50
HEAD, ENTRY, NARROW_ENTRY = 110, 170, 235
"""About how many pixels an embed takes besides its entries, and for each of them, which is higher below `NARROW`."""

NARROW = 480

MOST_HEIGHT = 1_000
CACHE_AGE = 3600
FORMAT_TYPES = {"json": "application/json; charset=utf-8", "xml": "text/xml; charset=utf-8"}

Told = Mapping[str, str | int]


def oembed(site: Site, args: Args) -> Answer:
    """The answer of a provider: 404 for an address that is none of ours, 501 for a format that is not written."""
    form = _last(args, "format").lower() or "json"
    if form not in FORMAT_TYPES:
        return fault(501, "format: json and xml are written here.")
    address = _last(args, "url")
    if not address:
        raise QueryError("url", "takes the address of a list or an item here")
    width, height = (_pixels(args, name) for name in ("maxwidth", "maxheight"))
    try:
        told = _told(site, address, width, height)
    except Missing as error:
        return fault(404, error.sentence)
    return Answer(_xml(told) if form == "xml" else _json(told), FORMAT_TYPES[form], cache=http.PAGE_CACHE)


def _last(args: Args, name: str) -> str:
    return (args.get(name) or [""])[-1].strip()


def _pixels(args: Args, name: str) -> int | None:
    value = _last(args, name)
    if not value:
        return None
    if not re.fullmatch(r"\d{1,5}", value, re.ASCII) or int(value) < LEAST:
        raise QueryError(name, f"takes a whole number of pixels from {LEAST}")
    return int(value)


def _told(site: Site, address: str, width: int | None, height: int | None) -> Told:
    path, args = _own(site, address)
    if path.startswith("/items/"):
        url, title, entries = _item(site, path.removeprefix("/items/"))
    else:
        url, title, entries = _list(site, path, args)
    wide = min(WIDTH, width or WIDTH)
    needed = HEAD + (ENTRY if wide >= NARROW else NARROW_ENTRY) * entries
    own = wide, min(needed, MOST_HEIGHT, height or MOST_HEIGHT)
    return {
        "version": "1.0",
        "type": "rich",
        "html": embed.frame(url, title, *own),
        "width": own[0],
        "height": own[1],
        "title": title,
        "provider_name": site.edition.publisher,
        "provider_url": f"{site.edition.base_url}/",
        "cache_age": CACHE_AGE,
    }


def _own(site: Site, address: str) -> tuple[str, dict[str, list[str]]]:
    """The decoded path below our own address, and the parameters; Missing for an address elsewhere."""
    try:
        asked, ours = urlsplit(address), urlsplit(site.edition.base_url)
    except ValueError:
        raise Missing("The address is none of this site.") from None
    root = ours.path.rstrip("/")
    same = asked.scheme in ("http", "https") and asked.netloc.lower() == ours.netloc.lower()
    if not same or not asked.path.startswith(f"{root}/"):
        raise Missing("The address is none of this site.")
    return unquote(asked.path.removeprefix(root)).rstrip("/") or "/", http.arguments(asked.query)


def _list(site: Site, path: str, args: dict[str, list[str]]) -> tuple[str, str, int]:
    """Address of the embed, title, and how many entries it may show; the path may be that of a feed."""
    whole, suffix = embed.list_at(site, path)
    query = addresses.narrowed(site, args, whole, suffix).query
    listing = replace(whole, query=canonical(replace(query, only=whole.query.only), "").without(*embed.OF_FEEDS_ALONE))
    size = listing.query.limit or embed.SIZE
    return embed.address(site.edition, listing.path, listing.query), title_of(site, listing), size


def _item(site: Site, name: str) -> tuple[str, str, int]:
    kept, _ = embed.item_at(site, name)
    if kept.withdrawn is not None:
        raise Missing(f"{kept.item.id} was withdrawn by its publisher.")
    return f"{site.edition.base_url}/embed/items/{quote(kept.item.id)}", kept.item.heading, 1


def _json(told: Told) -> bytes:
    return f"{json.dumps(told, ensure_ascii=False, indent=1)}\n".encode()


def _xml(told: Told) -> bytes:
    root = etree.Element("oembed")
    for name, value in told.items():
        etree.SubElement(root, name).text = str(value)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", standalone=True, pretty_print=True)
