"""Routes: which address is which answer.

Its one rule: the table ROUTES is the whole map; a view gets a Site and values, and gives an Answer.
"""

import json
import logging
import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlencode

from werkzeug.exceptions import HTTPException

from cecc_feeds import config, times
from cecc_feeds.config import NamedFeed, Settings, named_feeds
from cecc_feeds.errors import QueryError, SettingsError, StoreError
from cecc_feeds.model import Item, Kept
from cecc_feeds.query import PARAMETERS, Only, Query
from cecc_feeds.render import FORMATS
from cecc_feeds.store import Reading, Store
from cecc_feeds.web import feeds, http, pages
from cecc_feeds.web.follow import Address, alternates, suffixes
from cecc_feeds.web.http import HTML, Answer
from cecc_feeds.web.site import Listing, Site, last_read

log = logging.getLogger(__name__)

Args = Mapping[str, list[str]]
View = Callable[..., Answer]

MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)
CHANGES = Query(only="changes")
STATIC = Path(__file__).parent / "static"
STATIC_TYPES = {".css": "text/css; charset=utf-8", ".png": "image/png", ".svg": "image/svg+xml"}


class Missing(Exception):
    """There is nothing at the address; `status` is 404, or 410 for what once was there."""

    def __init__(self, sentence: str, status: int = 404) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status


class Moved(Exception):
    """What was at the address is at another path now, for good."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class Service:
    """What makes answers in one process: the settings, the store and the named feeds."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime]) -> None:
        self.settings = settings
        self.edition = settings.edition
        self._clock = clock
        self._store: Store | None = None
        self._feeds_file = settings.data / "feeds.toml"
        self._feeds_read: tuple[int, dict[str, NamedFeed]] = (self._feeds_stamp(), named_feeds(settings.data))

    def states(self) -> tuple[Hashable, Hashable]:
        """What feeds and what pages depend on now, besides their addresses. Raises StoreError.

        A page says when each source was last read, which no feed does: an import that brought nothing new makes pages
        anew, and leaves feeds as they are.
        """
        store = self._opened()
        feeds = (store.look(), store.revision(), self.today(), self._feeds_stamp())
        with store.read() as reading:
            return feeds, (*feeds, tuple(reading.sources().items()))

    def answer(self, view: View, path: str, args: Args, values: Mapping[str, str]) -> Answer:
        """The answer of a view at an address, made now."""
        try:
            return self._make(self._open(), view, args, values)
        except QueryError as error:
            return http.fault(400, f"{error}.")
        except Moved as moved:
            return self._moved(moved.path, args)
        except Missing as error:
            return self._missing(error, path)
        except StoreError as error:
            log.error("%s", error)
            return http.unavailable("The items cannot be read just now; please try again in ten minutes.")

    def _make(self, store: Store, view: View, args: Args, values: Mapping[str, str]) -> Answer:
        with store.read() as reading:
            answer = view(self._site(reading), args, **values)
        plain = answer.media_type.startswith("text/calendar") and not self.settings.compress_calendars
        return replace(answer, compressible=False) if plain else answer

    def _moved(self, path: str, args: Args) -> Answer:
        """301 to the address that stands for the old one, with the same parameters (clients.md 4.1)."""
        asked = urlencode([(name, value) for name in PARAMETERS for value in args.get(name, ())], safe=",")
        location = f"{self.edition.base_url}{path}" + (f"?{asked}" if asked else "")
        return http.fault(301, f"This is now at {location}", cache=http.FEED_CACHE, headers=(("Location", location),))

    def _site(self, reading: Reading) -> Site:
        return Site(reading, self.edition, self.feeds(), self.today())

    def _missing(self, error: Missing, path: str) -> Answer:
        if path.rstrip("/").endswith(tuple(FORMATS)):
            return http.fault(error.status, error.sentence)
        return self.problem_page(error.status, "Not found" if error.status == 404 else "Withdrawn", error.sentence)

    def _open(self) -> Store:
        """The store, after a look at whether its file is still the same."""
        store = self._opened()
        store.look()
        return store

    def _opened(self) -> Store:
        if self._store is None:
            self._store = Store.open(self.settings.database, zone=self.settings.timezone, read_only=True)
        return self._store

    def today(self) -> date:
        """The day in the publisher's zone."""
        return self._clock().astimezone(times.zone(self.settings.timezone)).date()

    def _feeds_stamp(self) -> int:
        try:
            return self._feeds_file.stat().st_mtime_ns
        except OSError:
            return 0

    def feeds(self) -> dict[str, NamedFeed]:
        """The named feeds as feeds.toml has them now; the last good ones while it is broken or the data folder gone."""
        stamp = self._feeds_stamp()
        if stamp != self._feeds_read[0] and self.settings.data.is_dir():
            try:
                self._feeds_read = (stamp, named_feeds(self.settings.data))
            except SettingsError as error:
                log.error("%s; the feeds stay as they were", error)
                self._feeds_read = (stamp, self._feeds_read[1])
        return self._feeds_read[1]

    def problem(self, error: HTTPException, path: str) -> Answer:
        """The answer to an address that no route has."""
        return self._missing(Missing("There is nothing at this address.", error.code or 404), path)

    def problem_page(self, status: int, heading: str, sentence: str) -> Answer:
        try:
            with self._open().read() as reading:
                site = self._site(reading)
                body = pages.problem(site, status, heading, sentence)
            return Answer(body.encode(), HTML, status=status, cache=http.FAULT_CACHE)
        except StoreError:
            return http.fault(status, sentence)

    def ready(self) -> Answer:
        """200 when the store can be read, with the age of each source's last good import, else 503."""
        try:
            with self._open().read() as reading:
                sources = last_read(reading.sources())
        except StoreError as error:
            return http.unavailable(f"not ready: {error}")
        told = "".join(f"{read.name}: last good import {_age(read.at, self._clock())}\n" for read in sources)
        return Answer(f"ready\n{told}".encode(), http.TEXT, cache=http.NO_CACHE)


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


PLAIN = re.compile(r"[A-Za-z0-9._-]+", re.ASCII)
"""A name that means itself, however paths are decoded."""


def _age(at: datetime | None, now: datetime) -> str:
    """`2026-11-24T00:17:02Z, 184 s ago`; an age below nothing is that of a clock that is wrong."""
    return "never" if at is None else f"{at:%Y-%m-%dT%H:%M:%SZ}, {int((now - at).total_seconds())} s ago"


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
    return _page(pages.home(site), offered=alternates(site.edition, Listing(*pages.ITEMS, Query()), "All items"))


def items(site: Site, args: Args, suffix: str = "") -> Answer:
    return _listed(site, args, Listing(*pages.ITEMS, Query()), suffix)


def events(site: Site, args: Args, suffix: str = "") -> Answer:
    return _listed(site, args, Listing(*pages.EVENTS, Query(only="events")), suffix)


def changes(site: Site, args: Args, suffix: str = "") -> Answer:
    return _listed(site, args, Listing(*pages.CHANGED, CHANGES), suffix)


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
    return _page(pages.month(site, int(found[1]), int(found[2])))


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
    return _page(pages.item(site, kept), 200 if kept.withdrawn is None else 410)


def _found(site: Site, name: str) -> tuple[Kept | None, str]:
    """The item and format at an address: ids may hold dots, so the longer name is tried where the shorter has none."""
    short, suffix = _split(name)
    kept = site.store.get(short)
    return (kept, suffix) if kept is not None or not suffix else (site.store.get(name), "")


def index(kind: Literal["types", "topics", "feeds"]) -> View:
    def view(site: Site, args: Args) -> Answer:
        return _page(pages.index(site, kind))

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
    return Answer(b"User-agent: *\nAllow: /\n", http.TEXT)


def static(service: Service, name: str) -> Answer:
    """A file of `static/`; links to the style sheet carry its digest, so that it may be kept for ever."""
    media_type = STATIC_TYPES.get(Path(name).suffix)
    if media_type is None or name not in _static_names():
        return http.fault(404, "There is no such file.")
    lasting = media_type.startswith("text/css")
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
    *((f"/changes{suffix}", lambda site, args, s=suffix: changes(site, args, s)) for suffix in suffixes(CHANGES)),
    ("/types", index("types")),
    ("/topics", index("topics")),
    ("/feeds", index("feeds")),
    ("/types/<name>", of_kind("type")),
    ("/topics/<name>", of_kind("topic")),
    ("/feeds/<name>", feed),
    ("/events/<name>", month),
    ("/items/<name>", item),
    ("/schema/item.json", schema),
)
PLAIN_ROUTES: tuple[tuple[str, View], ...] = (
    ("/healthz", healthy),
    ("/readyz", lambda service: service.ready()),
    ("/robots.txt", robots),
    ("/static/<name>", static),
)
"""Addresses that are answered without the store, or tell of it."""
