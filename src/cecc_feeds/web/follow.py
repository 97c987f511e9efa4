"""How to follow a list: its feed addresses, and the links by which calendar apps take them.

Its one rule: every feed address is absolute and canonical: people copy it into other programs (clients.md 3.5, C42).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import quote, urlencode

from cecc_feeds.model import Edition
from cecc_feeds.query import DEFAULTS, NEWS_MOST, Query
from cecc_feeds.render import FORMATS
from cecc_feeds.web.filed import spelled
from cecc_feeds.web.site import Listing, Site

NEWS = (
    ("RSS", ".rss", "application/rss+xml"),
    ("Atom", ".atom", "application/atom+xml"),
    ("JSON Feed", ".json", "application/feed+json"),
)
"""The most useful first: many readers take the first that a page offers."""

CALENDAR = ("Calendar", ".ics", "text/calendar")
TABLE = ("CSV", ".csv", "text/csv")

PICTURE = ".svg"
"""The suffix of a list's QR code."""

LONGEST_ADDRESS = 256
"""Characters, scheme included, that Google Calendar takes; of a longer address it makes nothing, silently (F27)."""


@dataclass(frozen=True, slots=True)
class Address:
    """A labelled address, with its media type."""

    label: str
    url: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class App:
    """A button that opens a calendar app; `late` says how soon that hears of a change, `system` whose own app it is."""

    label: str
    url: str
    system: str
    late: str


@dataclass(frozen=True, slots=True)
class Follow:
    """What the panel of a list offers; `calendar` is "" and `apps` empty where a calendar would hold nothing.

    `calendar` is absolute, for other programs; `copy`, `picture` (the QR code), `doctor` and `builder` are from the
    root, and "" where there is none. `too_long`: how many characters the address has, where Google takes fewer.
    """

    calendar: str
    apps: tuple[App, ...]
    news: tuple[Address, ...]
    table: str
    copy: str = ""
    picture: str = ""
    too_long: int = 0
    doctor: str = ""
    builder: str = ""


def webcal(url: str) -> str:
    """The address under the scheme by which calendar apps are opened."""
    return f"webcal:{url.partition(':')[2]}"


def length(url: str) -> int:
    """Characters of a calendar's address in the longest spelling that an app is given."""
    return max(len(url), len(webcal(url)))


def _apple(_site: Site, url: str, _name: str) -> str:
    return webcal(url)


def _google(site: Site, url: str, _name: str) -> str:
    return f"{site.google_prefix}{quote(webcal(url), safe='')}"


def _outlook(host: str) -> Callable[[Site, str, str], str]:
    """By the https address: the new Outlook takes no other (F39)."""

    def address(_site: Site, url: str, name: str) -> str:
        return f"https://{host}/calendar/0/addfromweb?{urlencode({'url': url, 'name': name}, quote_via=quote, safe='')}"

    return address


GOOGLE = "Google Calendar"
APPS = (
    (GOOGLE, "google", "Changes arrive after 4–24 hours. On a computer, not in the Android app.", _google),
    ("Apple Calendar", "apple", "Changes arrive within about 1 hour.", _apple),
    ("Outlook.com", "microsoft", "Changes arrive after 3–24 hours.", _outlook("outlook.live.com")),
    (
        "Microsoft 365",
        "microsoft",
        "For work or school. Changes arrive after 3–24 hours.",
        _outlook("outlook.office.com"),
    ),
)
"""Label, system, how late changes arrive (clients.md 1.1, 3.5), and the link."""


def canonical(query: Query, suffix: str) -> Query:
    """The query with what a format leaves aside taken out, so that one selection has one address in it.

    A limit that only calendars take is left out elsewhere: there it would be refused.
    """
    left_out = OF_NO_CALENDAR if suffix == ".ics" else OF_NO_CHANGES if query.scope == "changes" else OF_NO_NEWS
    if suffix != ".ics" and (query.limit or 0) > NEWS_MOST:
        left_out = (*left_out, "limit")
    asked = [name for name in left_out if getattr(query, name) != DEFAULTS[name]]
    return query.without(*asked) if asked else query


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


def follow(site: Site, listing: Listing, title: str, *, calendar: bool, news: Listing | None = None) -> Follow:
    """The panel of a list called `title`; `calendar` says whether it holds events, `news` is the list whose news it
    offers where that is another one."""
    told = news or listing

    def address(of: Listing, suffix: str) -> str:
        return feed_url(site.edition, of.path, suffix, of.query)

    made = Follow(
        calendar="",
        apps=(),
        news=tuple(Address(label, address(told, suffix), media) for label, suffix, media in NEWS),
        table=address(told, ".csv") if ".csv" in suffixes(told.query) else "",
        doctor="" if site.static else _checked(site, address(told, ".rss")),
        builder="" if site.static or listing.query.scope == "changes" else _built(site, listing.query),
    )
    return _with_calendar(site, listing, title, made, address(listing, ".ics")) if calendar else made


def _with_calendar(site: Site, listing: Listing, title: str, made: Follow, url: str) -> Follow:
    too_long = length(url) if length(url) > LONGEST_ADDRESS else 0
    offered = [row for row in APPS if not (too_long and row[0] == GOOGLE)]
    root = site.at(url.removeprefix(site.edition.base_url))
    path, mark, args = root.partition("?")
    picture = f"{path.removesuffix('.ics')}{PICTURE}{mark}{args}" if has_picture(site.edition, listing) else ""
    return replace(
        made,
        calendar=url,
        apps=tuple(App(label, link(site, url, title), system, late) for label, system, late, link in offered),
        copy=root,
        picture=picture,
        too_long=too_long,
        doctor="" if site.static else _checked(site, url),
    )


def phone_url(edition: Edition, listing: Listing) -> str:
    """What the QR code of a list's calendar leads to: the panel on its page, which asks the phone for no app before a
    person chose one. A `webcal:` address opens nothing on Android, and a phone that opens a calendar by https brings
    its events in once and never again."""
    args = spelt(canonical(listing.query, ".ics"))
    return f"{edition.base_url}{listing.path}{f'?{args}' if args else ''}#follow"


def has_picture(edition: Edition, listing: Listing) -> bool:
    """Whether a page shows the list, and a phone still reads so long an address."""
    shown = (listing.query.limit or 0) <= NEWS_MOST and listing.query.scope != "changes"
    return shown and len(phone_url(edition, listing)) <= LONGEST_ADDRESS


def _checked(site: Site, url: str) -> str:
    return f"{site.at('/subscribe')}?{urlencode({'url': url}, quote_via=quote, safe='')}"


def _built(site: Site, query: Query) -> str:
    """The builder, where it can, with what the list asks already chosen."""
    pairs = [pair for part in reversed(query.all()) for pair in part.without("page", "order", "archive").pairs()]
    args = urlencode(pairs, safe=",") if len(dict(pairs)) == len(pairs) else ""
    return site.at("/subscribe") + (f"?{args}" if args else "")
