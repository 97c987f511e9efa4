"""Addresses: which list a path names, and what a request's parameters make of it.

Its one rule: a path is read here and nowhere else, so that whoever answers it and whoever examines it mean one list.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Literal
from urllib.parse import quote

from cecc_feeds import config
from cecc_feeds.model import Kept
from cecc_feeds.query import PARAMETERS, Only, Query
from cecc_feeds.render import FORMATS
from cecc_feeds.web import offers
from cecc_feeds.web.follow import PICTURE, suffixes
from cecc_feeds.web.service import Args, Missing, Moved
from cecc_feeds.web.site import Listing, Site

WHAT = {"type": "All items of the type", "topic": "All items on the topic"}
WHOLE = {"items": offers.ITEMS, "events": offers.EVENTS, "changes": offers.CHANGES}
"""The lists that need no name."""

A_LIST = re.compile(r"/(items|events|changes)(\.[a-z]+)?|/(types|topics|feeds)/([^/]+)")
AN_ITEM = re.compile(r"/items/([^/]+)")


def split(name: str, suffixes: Iterable[str] = FORMATS) -> tuple[str, str]:
    """A last path segment as (name, one of the suffixes or "")."""
    for suffix in suffixes:
        if name.endswith(suffix) and len(name) > len(suffix):
            return name.removesuffix(suffix), suffix
    return name, ""


def list_at(site: Site, path: str) -> tuple[Listing, str] | None:
    """The list at a path, decoded and below that of the service, and its suffix; None where the path is no list's.

    Raises Missing and Moved.
    """
    found = A_LIST.fullmatch(path)
    if found is None:
        return None
    whole, suffix, kind, name = found.groups()
    if whole:
        listing, known = WHOLE[whole], suffixes(WHOLE[whole].query)
        return (listing, suffix or "") if suffix in (None, *known, PICTURE if ".ics" in known else None) else None
    return NAMED[kind](site, name)


def of_kind(site: Site, kind: Literal["type", "topic"], name: str) -> tuple[Listing, str]:
    """The list of one type or topic, by the last segment of its path, and its suffix. Raises Missing and Moved."""
    slug, suffix = split(name, (*FORMATS, PICTURE))
    if slug in site.renamed[kind]:
        raise Moved(f"/{kind}s/{quote(site.renamed[kind][slug])}{suffix}")
    known = site.names[kind]
    if slug not in known:
        raise Missing(f'There is no {kind} "{slug}" here. {kind.capitalize()}s are listed at /{kind}s.')
    query = Query(types=(slug,)) if kind == "type" else Query(topics=(slug,))
    description = f"{WHAT[kind]} {known[slug]}, from the {site.edition.publisher}."
    return Listing(f"/{kind}s/{quote(slug)}", known[slug], description, query), suffix


def of_feed(site: Site, name: str) -> tuple[Listing, str]:
    """The named feed at the last segment of a path, and its suffix. Raises Missing and Moved."""
    key, suffix = split(name, (*FORMATS, PICTURE))
    if key not in site.feeds and key in site.renamed["feed"]:
        raise Moved(f"{config.feed_path(site.renamed['feed'][key])}{suffix}")
    if key not in site.feeds:
        raise Missing(f'There is no feed "{key}" here. Feeds are listed at /feeds.')
    named = site.feeds[key]
    changed = site.store.feed_changed(key)
    return Listing(config.feed_path(key), named.title, named.description, named.query, changed), suffix


NAMED: dict[str, Callable[[Site, str], tuple[Listing, str]]] = {
    "types": lambda site, name: of_kind(site, "type", name),
    "topics": lambda site, name: of_kind(site, "topic", name),
    "feeds": of_feed,
}


def narrowed(site: Site, args: Args, listing: Listing, suffix: str) -> Listing:
    """A list with the parameters of a request. Raises QueryError."""
    only: Only = "calendar" if suffix in (".ics", PICTURE) else listing.query.only
    asked = tuple((name, tuple(args[name])) for name in PARAMETERS if name in args)
    return replace(listing, query=site.present(_narrowed(listing.query, asked, only)))


@lru_cache(maxsize=256)  # the same lists are asked for again after each change; what was asked may be long
def _narrowed(whole: Query, asked: tuple[tuple[str, tuple[str, ...]], ...], only: Only) -> Query:
    base = None if whole == Query(only=whole.only) else whole
    return Query.from_args(dict(asked), only=only, base=base)


def item_at(site: Site, name: str) -> tuple[Kept | None, str]:
    """The item and format at an address: ids may hold dots, so the longer name is tried where the shorter has none."""
    short, suffix = split(name)
    kept = site.store.get(short)
    return (kept, suffix) if kept is not None or not suffix else (site.store.get(name), "")
