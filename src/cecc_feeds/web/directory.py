"""The directory: which list stands at a path of ours, whoever asks: its page, its feeds, or what is about it.

Its one rule: what is not there is Missing, what is called otherwise now is Moved.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal
from urllib.parse import quote

from cecc_feeds import config
from cecc_feeds.query import Only, Query
from cecc_feeds.web import pages
from cecc_feeds.web.service import Missing, Moved
from cecc_feeds.web.site import Listing, Site

WHOLE = {
    "/items": Listing(*pages.ITEMS, Query()),
    "/events": Listing(*pages.EVENTS, Query(only="events")),
    "/changes": Listing(*pages.CHANGED, Query(only="changes")),
}
KINDS: dict[str, Literal["type", "topic"]] = {"/types": "type", "/topics": "topic"}
WHAT = {"type": "All items of the type", "topic": "All items on the topic"}


def listing(site: Site, path: str, suffix: str = "") -> Listing:
    """The whole list at a decoded path, such as `/events` or `/types/hearing`; the suffix goes along where it moved."""
    folder, _, name = path.rpartition("/")
    if path in WHOLE:
        return WHOLE[path]
    if folder in KINDS:
        return _of_kind(site, KINDS[folder], name, suffix)
    if folder == "/feeds":
        return _named(site, name, suffix)
    raise Missing(f"There is no list at {path}.")


def narrowed(site: Site, whole: Listing, args: Mapping[str, list[str]], only: Only | None = None) -> Listing:
    """The list as parameters narrow it; raises QueryError for bad ones."""
    base = None if whole.query == Query(only=whole.query.only) else whole.query
    asked = Query.from_args(args, only=only or whole.query.only, base=base)
    return replace(whole, query=site.present(asked))


def _of_kind(site: Site, kind: Literal["type", "topic"], slug: str, suffix: str) -> Listing:
    if slug in site.renamed[kind]:
        raise Moved(f"/{kind}s/{quote(site.renamed[kind][slug])}{suffix}")
    known = site.names[kind]
    if slug not in known:
        raise Missing(f'There is no {kind} "{slug}" here. {kind.capitalize()}s are listed at /{kind}s.')
    query = Query(types=(slug,)) if kind == "type" else Query(topics=(slug,))
    description = f"{WHAT[kind]} {known[slug]}, from the {site.edition.publisher}."
    return Listing(f"/{kind}s/{quote(slug)}", known[slug], description, query)


def _named(site: Site, name: str, suffix: str) -> Listing:
    if name not in site.feeds and name in site.renamed["feed"]:
        raise Moved(f"{config.feed_path(site.renamed['feed'][name])}{suffix}")
    if name not in site.feeds:
        raise Missing(f'There is no feed "{name}" here. Feeds are listed at /feeds.')
    feed = site.feeds[name]
    return Listing(config.feed_path(name), feed.title, feed.description, feed.query, site.store.feed_changed(name))
