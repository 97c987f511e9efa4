"""The walk over all that there is: the addresses of a service and what it answers at each.

Its one rule: nothing is made here; whatever the routes have, and whatever the pages name, is asked for.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from html import unescape
from typing import Literal
from urllib.parse import quote, unquote, urlsplit

from lxml import html
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import Map, Rule

from cecc_feeds.errors import StoreError
from cecc_feeds.render import FORMATS
from cecc_feeds.store import Reading
from cecc_feeds.web.filed import asked, filed
from cecc_feeds.web.http import HTML, NO_CACHE, TEXT, Answer, arguments
from cecc_feeds.web.month import month_path
from cecc_feeds.web.paper import STATIC
from cecc_feeds.web.routes import PLAIN_ROUTES, ROUTES
from cecc_feeds.web.service import Service


@dataclass(frozen=True, slots=True)
class Found:
    """What is at an address: its path, percent-encoded, and the answer; `moved` is the path that it leads to."""

    path: str
    answer: Answer
    moved: str = ""

    @property
    def page(self) -> bool:
        return self.answer.media_type == HTML


class Walk:
    """A walk through a service. `unanswered` are addresses that pages name and no file can answer."""

    def __init__(self, service: Service, reading: Reading) -> None:
        self._service = service
        self._reading = reading
        self._views = dict(ROUTES)
        self._plain = dict(PLAIN_ROUTES)
        rules = [Rule(rule, endpoint=rule) for rule in (*self._views, *self._plain)]
        self._map = Map(rules, strict_slashes=False, merge_slashes=False).bind("")
        self._base = service.edition.base_url
        self._below = urlsplit(self._base).path
        self._met = set[str]()
        self._waiting = deque[str]()
        self.unanswered = dict[str, str]()

    def __iter__(self) -> Iterator[Found]:
        """Everything: items first, so that no list names one that is not there yet."""
        folders = [rule.removesuffix("<name>") for rule in self._views if rule.endswith("/items/<name>")]
        for item_id in self._reading.every():
            for folder in folders:
                for suffix in OF_AN_ITEM if folder == "/items/" else ("",):
                    yield from self._visit(f"{folder}{quote(item_id)}{suffix}", "")
        self._await(self._seeds(), "")
        while self._waiting:
            path = self._waiting.popleft()
            yield from self._visit(path, path)

    def missing(self, path: str) -> Answer:
        """What is said where there is nothing."""
        return self._service.problem(NotFound(), path)

    def _seeds(self) -> Iterator[str]:
        """All addresses that routes have without a name, and those of which the names are known."""
        yield from (rule for rule in (*self._views, *self._plain) if "<" not in rule)
        yield from (f"/static/{file.name}" for file in sorted(STATIC.iterdir()))
        months = (date(year, month, 1) for year, month, _ in self._reading.months())
        yield from map(month_path, [self._service.today().replace(day=1), *months])
        for rule in self._views:
            kind = rule.removesuffix("/<name>").rpartition("/")[2]
            if rule.endswith("/<name>") and kind in NAMED:
                suffixes = ("", *FORMATS) if rule == f"/{kind}/<name>" else ("",)
                yield from (rule.replace("<name>", name + suffix) for name in self._names(kind) for suffix in suffixes)

    def _names(self, kind: str) -> Iterator[str]:
        """The names of the lists of a kind, percent-encoded, old names too."""
        one = NAMED[kind]
        known = self._service.feeds() if one == "feed" else self._reading.names(one)
        yield from (quote(name, safe="") for name in (*known, *self._reading.renamed(one)))

    def _visit(self, path: str, where: str) -> Iterator[Found]:
        answer = self._answer(asked(path))
        moved = dict(answer.headers).get("Location", "") if answer.status == 301 else ""
        if moved:
            moved = moved.removeprefix(self._base)
            answer = self._answer(asked(moved))
        if answer.status >= 500:
            raise StoreError(answer.body.decode().strip())
        if answer.cache == NO_CACHE or (answer.status != 200 and answer.media_type == TEXT) or answer.status == 404:
            return
        yield (found := Found(path, answer, moved))
        self._await(self._links(found, of_a_list=bool(where)), path)

    def _answer(self, target: str) -> Answer:
        path, _, query = target.partition("?")
        path = unquote(path)
        try:
            rule, values = self._map.match(path)
        except HTTPException:
            return self.missing(path)
        if rule in self._plain:
            return self._plain[rule](self._service, **values)
        return self._service.answer(self._views[rule], path, arguments(query), values)

    def _links(self, found: Found, *, of_a_list: bool) -> Iterator[str]:
        """Our addresses that an answer names: pages in their links, feeds in the header that links their pages."""
        named = dict(found.answer.headers).get("Link", "")
        links = [part.split(">")[0] for part in named.split("<")[1:]] if of_a_list else []
        links += (
            [unescape(loc) for loc in LOC.findall(found.answer.body.decode())] if found.path.endswith(".xml") else []
        )
        if found.page:
            links += [link for _, _, link, _ in html.document_fromstring(found.answer.body).iterlinks()]
        for link in links:
            own = self._own(link)
            if own is not None:
                yield own

    def _own(self, link: str) -> str | None:
        """The path and query of an address of ours; None for another's."""
        link = link.partition("#")[0]
        if link.startswith(("/", "?")) and not link.startswith("//"):
            return link.removeprefix(self._below)
        below = link.removeprefix(self._base)
        return below if below != link and below[:1] in ("/", "?", "") else None

    def _await(self, paths: Iterable[str], where: str) -> None:
        for path in paths:
            path, _, query = (path or "/").partition("?")
            if query and not path.startswith("/static/"):
                self.unanswered.setdefault(filed(f"{path}?{query}"), where)
            elif path not in self._met and not _of_an_item(path):
                self._met.add(path)
                self._waiting.append(path)


def _of_an_item(path: str) -> bool:
    """Whether the walk over the items comes by: the others are far fewer, and can be remembered."""
    folder, _, name = path.rpartition("/")
    return folder.endswith("/items") and bool(name)


OF_AN_ITEM = ("", ".ics", ".json")
"""The suffixes of an item's addresses."""

NAMED: dict[str, Literal["type", "topic", "feed"]] = {"types": "type", "topics": "topic", "feeds": "feed"}
"""The last folder of a route to what its names are."""

LOC = re.compile(r"<loc>([^<]*)</loc>")
"""An address in a sitemap (sitemaps.org)."""
