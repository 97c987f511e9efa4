"""The service of one process: it opens the store, makes a Site for each request, and turns every end into an Answer.

Its one rule: whatever goes wrong with a request is told in one sentence, under the status that clients understand.
"""

import logging
from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from datetime import date, datetime
from urllib.parse import urlencode

from werkzeug.exceptions import HTTPException

from cecc_feeds import times
from cecc_feeds.config import NamedFeed, Settings, named_feeds
from cecc_feeds.errors import QueryError, SettingsError, StoreError
from cecc_feeds.query import PARAMETERS
from cecc_feeds.render import FORMATS
from cecc_feeds.store import Reading, Store
from cecc_feeds.web import http, pages
from cecc_feeds.web.filed import FiledEdition
from cecc_feeds.web.http import HTML, Answer
from cecc_feeds.web.site import Site, last_read

log = logging.getLogger(__name__)

Args = Mapping[str, list[str]]
View = Callable[..., Answer]


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
    """What makes answers in one process: the settings, the store and the named feeds.

    `store` is opened by the service where none is given; `static`: what it answers will be files.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], datetime],
        *,
        store: Store | None = None,
        static: bool = False,
    ) -> None:
        self.settings = settings
        self.edition = FiledEdition.of(settings.edition) if static else settings.edition
        self._clock = clock
        self._store = store
        self._static = static
        self._seen: tuple[Hashable, tuple[Hashable, Hashable]] = (None, (None, None))
        """The stamp of the store when it was looked at last, and what was seen: its revision and its sources."""
        self._feeds_file = settings.data / "feeds.toml"
        self._feeds_read: tuple[int, dict[str, NamedFeed]] = (self._feeds_stamp(), named_feeds(settings.data))

    def states(self) -> tuple[Hashable, Hashable]:
        """What feeds and what pages depend on now, besides their addresses. Raises StoreError.

        A page says when each source was last read, which no feed does: an import that brought nothing new makes pages
        anew, and leaves feeds as they are.
        """
        store = self._opened()
        turn, stamp = store.look(), store.stamp()
        if stamp != self._seen[0]:
            with store.read() as reading:
                self._seen = stamp, (reading.note("revision"), tuple(reading.sources().items()))
        revision, sources = self._seen[1]
        feeds = turn, revision, self.today(), self._feeds_stamp()
        return feeds, (*feeds, sources)

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
        return Site(reading, self.edition, self.feeds(), self.today(), self.settings.google_prefix, static=self._static)

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


def _age(at: datetime | None, now: datetime) -> str:
    """`2026-11-24T00:17:02Z, 184 s ago`; an age below nothing is that of a clock that is wrong."""
    return "never" if at is None else f"{at:%Y-%m-%dT%H:%M:%SZ}, {int((now - at).total_seconds())} s ago"
