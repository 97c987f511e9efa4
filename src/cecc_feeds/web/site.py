"""What a page may know of the service, and one list as it was addressed.

Its one rule: values only; whoever answers a request makes them, pages only read them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit

from cecc_feeds.config import NamedFeed
from cecc_feeds.model import Edition
from cecc_feeds.query import Query
from cecc_feeds.store import Reading

PLACES = {"America/New_York": "Washington, D.C. time"}


@dataclass(frozen=True, slots=True)
class Site:
    """The service on one day: `today` is the day in the publisher's zone."""

    store: Reading
    edition: Edition
    feeds: Mapping[str, NamedFeed]
    today: date

    def at(self, path: str) -> str:
        """A path of ours as a root-relative address, below the path of the service where it has one."""
        return urlsplit(self.edition.base_url).path.rstrip("/") + path

    @property
    def clock(self) -> str:
        """Whose time it is, in words: "Washington, D.C. time (America/New_York)"."""
        zone = self.edition.zone
        return f"{PLACES.get(zone, zone.rpartition('/')[2].replace('_', ' ') + ' time')} ({zone})"


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
