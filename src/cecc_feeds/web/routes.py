"""Routes: which address is which answer.

Its one rule: the table ROUTES is the whole map; a view gets a Site and values, and gives an Answer.
"""

import json
import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Literal

from cecc_feeds.model import Item
from cecc_feeds.query import Query
from cecc_feeds.render import FORMATS
from cecc_feeds.web import addresses, builder, doctor, embed, feeds, http, oembed, offers, pages, qr, sitemap
from cecc_feeds.web.addresses import NAMED, WHOLE
from cecc_feeds.web.follow import PICTURE, Address, alternates, suffixes
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


def _listed(site: Site, args: Args, listing: Listing, suffix: str) -> Answer:
    """A list as a page, as a feed or as the picture of its address; the request's parameters narrow it."""
    narrowed = addresses.narrowed(site, args, listing, suffix)
    if suffix == PICTURE:
        return qr.picture(site, narrowed)
    if suffix:
        return feeds.list_feed(site, narrowed, suffix)
    return _page(pages.listing(site, narrowed), offered=alternates(site.edition, narrowed, narrowed.title))


def _page(body: str, status: int = 200, *, offered: Iterable[Address] = ()) -> Answer:
    """A page; `offered` are the feeds that its Link header names (RFC 8288)."""
    links = ", ".join(f'<{address.url}>; rel="alternate"; type="{address.type}"' for address in offered)
    return Answer(body.encode(), HTML, status=status, headers=(("Link", links),) if links else ())


def home(site: Site, args: Args) -> Answer:
    return _page(pages.home(site), offered=offers.of_all(site.edition))


def all_of(name: Literal["items", "events", "changes"], suffix: str = "") -> View:
    return lambda site, args: _listed(site, args, WHOLE[name], suffix)


def one_of(kind: Literal["types", "topics", "feeds"]) -> View:
    def view(site: Site, args: Args, name: str) -> Answer:
        listing, suffix = NAMED[kind](site, name)
        return _listed(site, args, listing, suffix)

    return view


def month(site: Site, args: Args, name: str) -> Answer:
    found = MONTH.fullmatch(name)
    if not found or not 1900 <= int(found[1]) <= 2199:
        raise Missing("A month is addressed like /events/2026-04, in the years 1900 to 2199.")
    return _page(pages.month(site, int(found[1]), int(found[2])), offered=offers.of_events(site.edition))


def item(site: Site, args: Args, name: str) -> Answer:
    kept, suffix = addresses.item_at(site, name)
    if kept is None:
        raise Missing(f'There is no item "{addresses.split(name)[0]}" here.')
    if kept.item.id not in (name, name.removesuffix(suffix)):
        raise Moved(f"/items/{kept.item.id}{suffix}")
    if suffix == ".json" and kept.withdrawn is not None:
        raise Missing(f"{kept.item.id} was withdrawn by its publisher.", 410)
    if suffix:
        return feeds.one_item(site, kept, suffix, Query.from_args(args, only="calendar"))
    status = 200 if kept.withdrawn is None else 410
    return _page(pages.item(site, kept), status, offered=offers.of_item(site.edition, kept))


def subscribe(site: Site, args: Args) -> Answer:
    """The feed builder, or what is to be said of the feed at `url`."""
    asked = [url for url in args.get("url", ()) if url.strip()]
    return _page(doctor.page(site, asked[-1]) if asked else builder.page(site, args))


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
    *((f"/items{suffix}", all_of("items", suffix)) for suffix in ("", *FORMATS, PICTURE)),
    *((f"/events{suffix}", all_of("events", suffix)) for suffix in ("", *FORMATS, PICTURE)),
    *((f"/changes{suffix}", all_of("changes", suffix)) for suffix in ("", *TOLD_IN)),
    ("/types", index("types")),
    ("/topics", index("topics")),
    ("/feeds", index("feeds")),
    ("/types/<name>", one_of("types")),
    ("/topics/<name>", one_of("topics")),
    ("/feeds/<name>", one_of("feeds")),
    ("/events/<name>", month),
    ("/items/<name>", item),
    ("/subscribe", subscribe),
    ("/schema/item.json", schema),
    *embed.ROUTES,
    ("/oembed", oembed.oembed),
    (sitemap.PATH, sitemap.index),
    (f"{sitemap.PARTS}/<name>", sitemap.part),
)
PLAIN_ROUTES: tuple[tuple[str, View], ...] = (
    ("/healthz", healthy),
    ("/readyz", lambda service: service.ready()),
    ("/robots.txt", robots),
    ("/static/<name>", static),
    ("/embed.js", embed.script),
)
"""Addresses that are answered without the store, or tell of it."""
