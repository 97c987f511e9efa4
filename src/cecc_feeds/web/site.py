"""What a page may know of the service, and one list as it was addressed.

Its one rule: values only; whoever answers a request makes them, pages only read them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Literal, TypeVar
from urllib.parse import urlsplit

from cecc_feeds import text, times
from cecc_feeds.config import DEFAULTS, NamedFeed
from cecc_feeds.model import Edition
from cecc_feeds.query import Query
from cecc_feeds.store import Reading
from cecc_feeds.web.filed import spelled

Kind = Literal["type", "topic"]
RenamedKind = Literal["type", "topic", "feed"]
K = TypeVar("K")
V = TypeVar("V")

PLACES = {"America/New_York": "Washington, D.C. time"}


def time_of(zone: str) -> str:
    """Whose time a zone is, in words: "Washington, D.C. time", "Los Angeles time"."""
    return PLACES.get(zone, f"{zone.rpartition('/')[2].replace('_', ' ')} time")


class OnceAsked(dict[K, V]):
    """What is asked for when it is needed first, and once: a feed that names no topic needs no names of topics."""

    def __init__(self, ask: Callable[[K], V]) -> None:
        super().__init__()
        self._ask = ask

    def __missing__(self, key: K) -> V:
        found = self[key] = self._ask(key)
        return found


@dataclass(frozen=True, slots=True)
class LastRead:
    """A source, by its name on one line, and its last good import; None where it never had one.

    `kind` is `records` or `page`; `followed` where it is one of the data folder's.
    """

    name: str
    kind: str
    followed: bool
    at: datetime | None


def last_read(sources: Mapping[str, tuple[str, bool, datetime | None]]) -> tuple[LastRead, ...]:
    """The sources as `Reading.sources` gives them, in its order."""
    return tuple(
        LastRead(text.clean_line(name), told[0], told[1], told[2] if told[2] and told[2] > NEVER else None)
        for name, told in sources.items()
    )


NEVER = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True)
class Site:
    """The service on one day: `today` is the day in the publisher's zone; `feeds` are as feeds.toml has them.

    `google_prefix` is what Google Calendar is opened with; `static`: these pages are files, and no form is answered;
    then the edition is a FiledEdition.
    """

    store: Reading
    edition: Edition
    feeds: Mapping[str, NamedFeed]
    today: date
    google_prefix: str = DEFAULTS["google_prefix"]
    static: bool = False

    @cached_property
    def renamed(self) -> Mapping[RenamedKind, Mapping[str, str]]:
        """The present slug or name of what is now called otherwise, by kind."""
        return OnceAsked(self.store.renamed)

    @cached_property
    def names(self) -> Mapping[Kind, Mapping[str, str]]:
        """Slug to name of all types and topics ever known, by kind."""
        return OnceAsked(self.store.names)

    def names_for(self, query: Query) -> Mapping[str, str]:
        """Slug to name of what a query names."""
        return {**self.names["topic"], **self.names["type"]} if query.types or query.topics else {}

    def present(self, query: Query) -> Query:
        """The query by the present slugs of types and topics."""
        if not any(one.types or one.topics for one in query.all()):
            return query
        return query.renamed(self.renamed["type"], self.renamed["topic"])

    def at(self, path: str) -> str:
        """A path of ours, with its query, as a root-relative address below the path of the service."""
        return urlsplit(self.edition.base_url).path.rstrip("/") + spelled(self.edition, path)

    def last_read(self) -> list[LastRead]:
        """The sources with their last good imports in the publisher's time: those followed first, the oldest first."""
        zone = times.zone(self.edition.zone)
        found = [replace(read, at=read.at and read.at.astimezone(zone)) for read in last_read(self.store.sources())]
        return sorted(found, key=lambda read: (not read.followed, read.at or NEVER, read.name))

    @property
    def clock(self) -> str:
        """Whose time it is, in words: "Washington, D.C. time (America/New_York)"."""
        return f"{time_of(self.edition.zone)} ({self.edition.zone})"


@dataclass(frozen=True, slots=True)
class Listing:
    """One list: `path` percent-encoded, without suffix ("/types/hearing"); `query` with its base.

    `changed` is when the list itself, its title and query, last read otherwise; None where the address says it all.
    """

    path: str
    title: str
    description: str
    query: Query
    changed: datetime | None = None
