"""Routes: which address is which answer.

Its one rule: the table ROUTES is the whole map; a view gets a Site and values, and gives an Answer.
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from cecc_feeds import config
from cecc_feeds.model import Item, Kept
from cecc_feeds.query import Only, Query
from cecc_feeds.render import FORMATS
from cecc_feeds.web import feeds, http, offers, pages, sitemap
from cecc_feeds.web.follow import Address, alternates, suffixes
from cecc_feeds.web.http import HTML, Answer
from cecc_feeds.web.paper import STATIC
from cecc_feeds.web.service import Args, Missing, Moved, Service, View
from cecc_feeds.web.site import Listing, Site

MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)
STATIC_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}


def straight(service: Service) -> Callable[[str, str], Answer | None]:
    """What answers a path and a query as Flask would; None for what is not plainly an address of ROUTES, and where a
    fault of ours has to be told."""
    whole = {rule: view for rule, view in ROUTES if "<" not in rule}
    named = {rule.removesuffix("/<name>"): view for rule, view in ROUTES if rule.endswith("/<name>")}

    def make(path: str, query: str) -> Answer | None:
        folder, _, name = path.rpartition("/")
        view, values = whole.get(path), {}
        if view is None and PLAIN.fullmatch(name):
            view, values = named.get(folder), {"name": name}
        if view is None:
            return None
        try:
            return service.answer(view, path, http.arguments(query), values)
        except Exception:
            return None  # Flask tries again, and tells of it

    return make


TOLD_IN = suffixes(offers.CHANGES.query)
PLAIN = re.compile(r"[A-Za-z0-9._-]+", re.ASCII)
"""A name that means itself, however paths are decoded."""


def _split(name: str) -> tuple[str, str]:
    """A last path segment as (name, suffix of a format or "")."""
    for suffix in FORMATS:
        if name.endswith(suffix) and len(name) > len(suffix):
            return name.removesuffix(suffix), suffix
    return name, ""


def _listed(site: Site, args: Args, listing: Listing, suffix: str) -> Answer:
    """A list as a page or as a feed; the request's parameters narrow it."""
    only: Only = "calendar" if suffix == ".ics" else listing.query.only
    base = None if listing.query == Query(only=listing.query.only) else listing.query
    query = site.present(Query.from_args(args, only=only, base=base))
    narrowed = replace(listing, query=query)
    if suffix:
        return feeds.list_feed(site, narrowed, suffix)
    return _page(pages.listing(site, narrowed), offered=alternates(site.edition, narrowed, narrowed.title))


def _page(body: str, status: int = 200, *, offered: Iterable[Address] = ()) -> Answer:
    """A page; `offered` are the feeds that its Link header names (RFC 8288)."""
    links = ", ".join(f'<{address.url}>; rel="alternate"; type="{address.type}"' for address in offered)
    return Answer(body.encode(), HTML, status=status, headers=(("Link", links),) if links else ())


def home(site: Site, args: Args) -> Answer:
    return _page(pages.home(site), offered=offers.of_all(site.edition))


def items(site: Site, args: Args, suffix: str = "") -> Answer:
    return _listed(site, args, offers.ITEMS, suffix)


def events(site: Site, args: Args, suffix: str = "") -> Answer:
    return _listed(site, args, offers.EVENTS, suffix)


def changes(site: Site, args: Args, suffix: str = "") -> Answer:
    return _listed(site, args, offers.CHANGES, suffix)


def of_kind(kind: Literal["type", "topic"]) -> View:
    def view(site: Site, args: Args, name: str) -> Answer:
        slug, suffix = _split(name)
        if slug in site.renamed[kind]:
            raise Moved(f"/{kind}s/{quote(site.renamed[kind][slug])}{suffix}")
        known = site.names[kind]
        if slug not in known:
            raise Missing(f'There is no {kind} "{slug}" here. {kind.capitalize()}s are listed at /{kind}s.')
        narrowed = Query(types=(slug,)) if kind == "type" else Query(topics=(slug,))
        description = f"{WHAT[kind]} {known[slug]}, from the {site.edition.publisher}."
        return _listed(site, args, Listing(f"/{kind}s/{quote(slug)}", known[slug], description, narrowed), suffix)

    return view


WHAT = {"type": "All items of the type", "topic": "All items on the topic"}


def feed(site: Site, args: Args, name: str) -> Answer:
    key, suffix = _split(name)
    if key not in site.feeds and key in site.renamed["feed"]:
        raise Moved(f"{config.feed_path(site.renamed['feed'][key])}{suffix}")
    if key not in site.feeds:
        raise Missing(f'There is no feed "{key}" here. Feeds are listed at /feeds.')
    named = site.feeds[key]
    listing = Listing(config.feed_path(key), named.title, named.description, named.query, site.store.feed_changed(key))
    return _listed(site, args, listing, suffix)


def month(site: Site, args: Args, name: str) -> Answer:
    found = MONTH.fullmatch(name)
    if not found or not 1900 <= int(found[1]) <= 2199:
        raise Missing("A month is addressed like /events/2026-04, in the years 1900 to 2199.")
    return _page(pages.month(site, int(found[1]), int(found[2])), offered=offers.of_events(site.edition))


def item(site: Site, args: Args, name: str) -> Answer:
    kept, suffix = _found(site, name)
    if kept is None:
        raise Missing(f'There is no item "{_split(name)[0]}" here.')
    if kept.item.id not in (name, name.removesuffix(suffix)):
        raise Moved(f"/items/{kept.item.id}{suffix}")
    if suffix == ".json" and kept.withdrawn is not None:
        raise Missing(f"{kept.item.id} was withdrawn by its publisher.", 410)
    if suffix:
        return feeds.one_item(site, kept, suffix, Query.from_args(args, only="calendar"))
    status = 200 if kept.withdrawn is None else 410
    return _page(pages.item(site, kept), status, offered=offers.of_item(site.edition, kept))


def _found(site: Site, name: str) -> tuple[Kept | None, str]:
    """The item and format at an address: ids may hold dots, so the longer name is tried where the shorter has none."""
    short, suffix = _split(name)
    kept = site.store.get(short)
    return (kept, suffix) if kept is not None or not suffix else (site.store.get(name), "")


def index(kind: Literal["types", "topics", "feeds"]) -> View:
    def view(site: Site, args: Args) -> Answer:
        return _page(pages.index(site, kind), offered=offers.of_all(site.edition))

    return view


@cache
def _schema() -> bytes:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Item.model_json_schema(),
        "title": "Item record",
        "description": "One published item; needs a type, and published or event.",
        "anyOf": [{"required": ["published"]}, {"required": ["event"]}],
    }
    schema["properties"]["id"] = {
        "type": "string",
        "pattern": "^[a-z0-9._-]{1,200}$",
        "description": "lasting name; left out, it is made from url or from type, date and words",
    }
    return f"{json.dumps(schema, ensure_ascii=False, indent=1)}\n".encode()


def schema(site: Site, args: Args) -> Answer:
    return Answer(_schema(), "application/schema+json; charset=utf-8")


def healthy(service: Service) -> Answer:
    return Answer(b"alive\n", http.TEXT, cache=http.NO_CACHE)


def robots(service: Service) -> Answer:
    """Everything may be fetched: a calendar app that reads a prohibition here stops (F28)."""
    told = f"User-agent: *\nAllow: /\n\nSitemap: {service.edition.base_url}{sitemap.PATH}\n"
    return Answer(told.encode(), http.TEXT)


def static(service: Service, name: str) -> Answer:
    """A file of `static/`; links to style sheets and scripts carry their digest, so that they may be kept for ever."""
    media_type = STATIC_TYPES.get(Path(name).suffix)
    if media_type is None or name not in _static_names():
        return http.fault(404, "There is no such file.")
    lasting = media_type.startswith("text/")
    cache = http.STATIC_CACHE if lasting else http.PAGE_CACHE
    return Answer((STATIC / name).read_bytes(), media_type, cache=cache, compressible=lasting)


@cache
def _static_names() -> frozenset[str]:
    return frozenset(file.name for file in STATIC.iterdir())


ROUTES: tuple[tuple[str, View], ...] = (
    ("/", home),
    ("/items", items),
    ("/events", events),
    *((f"/items{suffix}", lambda site, args, s=suffix: items(site, args, s)) for suffix in FORMATS),
    *((f"/events{suffix}", lambda site, args, s=suffix: events(site, args, s)) for suffix in FORMATS),
    ("/changes", changes),
    *(
        (f"/changes{suffix}", lambda site, args, s=suffix: changes(site, args, s))
        for suffix in suffixes(offers.CHANGES.query)
    ),
    ("/types", index("types")),
    ("/topics", index("topics")),
    ("/feeds", index("feeds")),
    ("/types/<name>", of_kind("type")),
    ("/topics/<name>", of_kind("topic")),
    ("/feeds/<name>", feed),
    ("/events/<name>", month),
    ("/items/<name>", item),
    ("/schema/item.json", schema),
    (sitemap.PATH, sitemap.index),
    (f"{sitemap.PARTS}/<name>", sitemap.part),
)
PLAIN_ROUTES: tuple[tuple[str, View], ...] = (
    ("/healthz", healthy),
    ("/readyz", lambda service: service.ready()),
    ("/robots.txt", robots),
    ("/static/<name>", static),
)
"""Addresses that are answered without the store, or tell of it."""
