"""The sitemap (sitemaps.org 0.9): an index, the addresses of lists and months, and those of items in parts.

Its one rule: dates are those of the store, and no part reads more than its own items.
"""

from collections.abc import Iterable
from datetime import date, datetime
from itertools import chain
from urllib.parse import quote

from cecc_feeds.config import feed_path
from cecc_feeds.render import escapes
from cecc_feeds.web import offers
from cecc_feeds.web.http import Answer
from cecc_feeds.web.month import month_path
from cecc_feeds.web.service import Args, Missing
from cecc_feeds.web.site import Site

XML = "application/xml; charset=utf-8"
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
PATH, PARTS = "/sitemap.xml", "/sitemaps"
LISTS = "lists"
"""The name of the part that holds everything but items."""


def index(site: Site, _args: Args) -> Answer:
    """Where the parts are."""
    names = (LISTS, *map(str, site.store.browsing.parts()))
    return _answer("sitemapindex", "sitemap", ((f"{site.edition.base_url}{PARTS}/{name}.xml", None) for name in names))


def part(site: Site, _args: Args, name: str) -> Answer:
    """One part. Raises Missing where there is none of that name."""
    edition, number = site.edition, name.removesuffix(".xml")
    if not name.endswith(".xml"):
        raise Missing(f"The parts of the sitemap are named in {PATH}.")
    if number == LISTS:
        return _answer("urlset", "url", ((f"{edition.base_url}{path}", None) for path in _lists(site)))
    plain = number.isascii() and number.isdigit() and number == str(int(number[:9]))
    found = site.store.browsing.part(int(number)) if plain else []
    if not found:
        raise Missing(f"The parts of the sitemap are named in {PATH}.")
    return _answer("urlset", "url", ((edition.item_url(item_id), at) for item_id, at in found))


def _lists(site: Site) -> Iterable[str]:
    """The paths of all pages that are no items: months where they hold events."""
    return chain(
        ("/", offers.EVENTS.path, offers.ITEMS.path, offers.CHANGES.path, "/types", "/topics", "/feeds"),
        (feed_path(name) for name in site.feeds),
        (f"/types/{quote(slug, safe='')}" for slug in sorted(site.store.counts("type"))),
        (f"/topics/{quote(slug, safe='')}" for slug in sorted(site.store.counts("topic"))),
        (month_path(date(year, month, 1)) for year, month, _ in site.store.months()),
    )


def _answer(root: str, element: str, addresses: Iterable[tuple[str, datetime | None]]) -> Answer:
    told = "".join(
        f"<{element}><loc>{escapes.attribute(url)}</loc>"
        + ("" if at is None else f"<lastmod>{at:%Y-%m-%dT%H:%M:%SZ}</lastmod>")
        + f"</{element}>\n"
        for url, at in addresses
    )
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{NAMESPACE}">\n'
    return Answer(f"{head}{told}</{root}>\n".encode(), XML)
