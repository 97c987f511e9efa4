"""How to follow a list: its feed addresses, and the links by which calendar apps take them.

Its one rule: every feed address is absolute and canonical: people copy it into other programs (clients.md 3.5, C42).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, urlencode

from cecc_feeds.model import Edition
from cecc_feeds.query import NEWS_MOST, Query
from cecc_feeds.render import FORMATS
from cecc_feeds.web.filed import spelled
from cecc_feeds.web.site import Listing

NEWS = (
    ("RSS", ".rss", "application/rss+xml"),
    ("Atom", ".atom", "application/atom+xml"),
    ("JSON Feed", ".json", "application/feed+json"),
)
"""The most useful first: many readers take the first that a page offers."""

CALENDAR = ("Calendar", ".ics", "text/calendar")
TABLE = ("CSV", ".csv", "text/csv")

LATENESS = (
    "Changes arrive with each app’s own delay: Apple Calendar within about 1 hour, "
    "Outlook after 3–24 hours, Google Calendar after 4–24 hours."
)


@dataclass(frozen=True, slots=True)
class Address:
    """A labelled address, with its media type or a note for people."""

    label: str
    url: str
    type: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Follow:
    """What the panel of a list offers; `calendar` is "" and `apps` empty where a calendar would hold nothing."""

    calendar: str
    apps: tuple[Address, ...]
    news: tuple[Address, ...]
    table: str
    lateness: str = LATENESS


def _google(url: str, _name: str) -> str:
    return f"https://calendar.google.com/calendar/render?cid={quote(_webcal(url), safe='')}"


def _outlook(host: str) -> Callable[[str, str], str]:
    def address(url: str, name: str) -> str:
        return f"https://{host}/calendar/0/addfromweb?{urlencode({'url': url, 'name': name}, quote_via=quote, safe='')}"

    return address


def _webcal(url: str, _name: str = "") -> str:
    return f"webcal:{url.partition(':')[2]}"


APPS = (
    ("Apple Calendar, Thunderbird", "", _webcal),
    ("Google Calendar", "on a computer, not in the Android app", _google),
    ("Outlook.com", "", _outlook("outlook.live.com")),
    ("Outlook for work or school", "", _outlook("outlook.office.com")),
)


def canonical(query: Query, suffix: str) -> Query:
    """The query with what a format leaves aside taken out, so that one selection has one address in it.

    A limit that only calendars take is left out elsewhere: there it would be refused.
    """
    left_out = OF_NO_CALENDAR if suffix == ".ics" else OF_NO_CHANGES if query.scope == "changes" else OF_NO_NEWS
    if suffix != ".ics" and (query.limit or 0) > NEWS_MOST:
        left_out = (*left_out, "limit")
    asked = [name for name in left_out if getattr(query, name) != getattr(BLANK, name)]
    return query.without(*asked) if asked else query


BLANK = Query()
OF_NO_CALENDAR = ("page", "order", "archive")
OF_NO_NEWS = ("alarm", "busy", "cancelled")
OF_NO_CHANGES = (*OF_NO_NEWS, "order")
"""The parameters that mean nothing in calendars, in news and tables, and in news of changes."""


@lru_cache(maxsize=2_048)
def spelt(query: Query) -> str:
    """`Query.to_args`: the same lists are asked for again after each change."""
    return query.to_args()


def feed_url(edition: Edition, path: str, suffix: str, query: Query) -> str:
    """The address of a list in one format ("" is its page), as people keep it: a feed's begins at its first page."""
    kept = canonical(query, suffix)
    args = spelt(kept.without("page") if suffix and kept.page != 1 else kept)
    return listed(edition, path, suffix, args)


def listed(edition: Edition, path: str, suffix: str, args: str) -> str:
    """The one place where addresses of lists are written; `args` is a query string, "" for none."""
    return spelled(edition, f"{edition.base_url}{path}{suffix}" + (f"?{args}" if args else ""))


def alternates(edition: Edition, listing: Listing, title: str) -> tuple[Address, ...]:
    """What `<link rel="alternate">` and the Link header offer of a list, the most useful first."""
    return tuple(
        Address(f"{title} ({label})", feed_url(edition, listing.path, suffix, listing.query), media)
        for label, suffix, media in (*NEWS, CALENDAR, TABLE)
        if suffix in suffixes(listing.query)
    )


def suffixes(query: Query) -> tuple[str, ...]:
    """The formats that a list has: changes are told in news only."""
    return tuple(suffix for suffix, made in FORMATS.items() if query.scope != "changes" or made.notice)


def follow(edition: Edition, listing: Listing, title: str, *, calendar: bool) -> Follow:
    """The panel of a list called `title`; `calendar` says whether it holds events."""

    def address(suffix: str) -> str:
        return feed_url(edition, listing.path, suffix, listing.query)

    return Follow(
        calendar=address(".ics") if calendar else "",
        apps=tuple(Address(label, link(address(".ics"), title), note=note) for label, note, link in APPS)
        if calendar
        else (),
        news=tuple(Address(label, address(suffix), media) for label, suffix, media in NEWS),
        table=address(".csv") if ".csv" in suffixes(listing.query) else "",
    )
