"""The pages for people: a function for each, from values to HTML; templates hold the words and the marks.

Its one rule: plain HTML that works without scripts, says no time relative to now, and asks nobody else for anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from urllib.parse import quote

from cecc_feeds import times
from cecc_feeds.model import Kept
from cecc_feeds.query import Query
from cecc_feeds.web import lists
from cecc_feeds.web.follow import CALENDAR, NEWS, Address, alternates, feed_url, follow
from cecc_feeds.web.month import CalendarMonth, calendar_month
from cecc_feeds.web.paper import ENVIRONMENT
from cecc_feeds.web.site import Listing, Site

Kind = Literal["types", "topics", "feeds"]

ITEMS = ("/items", "All items", "Everything published, newest first.")
EVENTS = (
    "/events",
    "Events",
    "Hearings, roundtables and other events: the coming ones first, then the past ones, newest first.",
)
CHANGED = (
    "/changes",
    "Changes",
    "What was announced, moved, cancelled or withdrawn, and when a transcript came, the newest first.",
)
HEADINGS = {
    "types": ("Types", "Every kind of item, each with a page and feeds of its own."),
    "topics": ("Topics", "Every topic that items are filed under, each with a page and feeds of its own."),
    "feeds": ("Feeds", "Ready-made feeds under lasting addresses, for calendars, news readers and other sites."),
}
DOCUMENTS_FIRST = ("transcript", "webcast", "video", "statement", "report")
SOON, RECENT, NEWEST = 5, 3, 8


@dataclass(frozen=True, slots=True)
class Entry:
    """One list in an index: where it is and the feeds it has."""

    path: str
    title: str
    count: int
    feeds: tuple[Address, ...]
    description: str = ""


def home(site: Site) -> str:
    """What is next, what is new, the main feeds, and the ways in."""
    everything = Query()
    soon = site.store.find(lists.coming(everything), today=site.today, size=SOON)
    recent: list[Kept] = []
    if not soon:
        over = site.store.count(lists.past(everything), today=site.today)
        recent = lists.newest_past(site, everything, over, offset=0, size=RECENT)
    news, events = Listing(*ITEMS, everything), Listing(*EVENTS, Query(only="events"))
    offered = (*alternates(site.edition, news, news.title)[:-1], alternates(site.edition, events, events.title)[-1])
    return _page(
        site,
        "home.html",
        title=site.edition.publisher,
        description=f"Hearings and publications of the {site.edition.publisher}, as pages, calendars and news feeds.",
        canonical="/",
        section="/",
        alternates=offered,
        soon=soon,
        recent=recent,
        newest=site.store.find(everything, today=site.today, size=NEWEST),
        feeds=_feeds(site),
        types=_known(site, "types"),
        topics=_known(site, "topics"),
        years=_years(site.store.months()),
    )


def listing(site: Site, listing: Listing) -> str:
    """One list with its form, pager and feeds."""
    types, topics = site.names["type"], site.names["topic"]
    query = listing.query
    asked = query.describe({**topics, **types})
    title = f"{listing.title}: {asked}" if asked else listing.title
    shown = lists.part(site, query)
    return _page(
        site,
        "listing.html",
        title=title if query.page == 1 else f"{title}, page {query.page}",
        description=listing.description,
        canonical=feed_url(site.edition, listing.path, "", query),
        section=_section(listing.path),
        alternates=alternates(site.edition, listing, title),
        listing=listing,
        asked=asked,
        part=shown,
        pager=lists.pager(query, shown),
        form=lists.form(listing, types, topics),
        follow=follow(site, listing, title, calendar=_may_hold_events(site, query, shown)),
        by_event=query.by_event,
        months=listing.path == EVENTS[0],
    )


def _may_hold_events(site: Site, query: Query, shown: lists.Part) -> bool:
    """Whether a calendar is worth following: there are events, or nothing at all yet that would tell."""
    if query.scope == "changes":
        return False
    events = Query(only="events", base=query.without("page", "limit"))
    return query.by_event or not shown.total or bool(site.store.count(events, today=site.today))


def _section(path: str) -> str:
    """The entry of the navigation that a path belongs to."""
    return "/" + path.strip("/").partition("/")[0]


def month(site: Site, year: int, number: int) -> str:
    """A month as a table of weeks and as a list; `year` 1900 to 2199."""
    shown = calendar_month(site, year, number)
    events = Listing(*EVENTS, Query(only="events"))
    return _page(
        site,
        "month.html",
        title=f"Events in {shown.name}",
        description=f"Hearings and other events in {shown.name}.",
        canonical=shown.path,
        section="/events",
        alternates=alternates(site.edition, events, events.title),
        month=shown,
        feeds=_addresses(site, *EVENTS[:2]),
    )


def index(site: Site, kind: Kind) -> str:
    """All types, topics or named feeds, each with its feeds."""
    title, sentence = HEADINGS[kind]
    return _page(
        site,
        "index.html",
        title=title,
        description=sentence,
        canonical=f"/{kind}",
        section=f"/{kind}",
        entries=_feeds(site) if kind == "feeds" else _known(site, kind),
    )


def _feeds(site: Site) -> list[Entry]:
    return [
        Entry(
            path=f"/feeds/{quote(feed.name, safe='')}",
            title=feed.title,
            count=site.store.count(site.present(feed.query), today=site.today),
            feeds=_addresses(site, f"/feeds/{quote(feed.name, safe='')}", feed.title),
            description=feed.description,
        )
        for feed in site.feeds.values()
    ]


def _known(site: Site, kind: Kind) -> list[Entry]:
    one: Literal["type", "topic"] = "type" if kind == "types" else "topic"
    counts = site.store.counts(one)
    return [
        Entry(
            path=f"/{kind}/{quote(slug, safe='')}",
            title=name,
            count=counts.get(slug, 0),
            feeds=_addresses(site, f"/{kind}/{quote(slug, safe='')}", name),
        )
        for slug, name in lists.in_order(site.names[one])
    ]


def _addresses(site: Site, path: str, title: str) -> tuple[Address, ...]:
    """Calendar and RSS of a whole list, for a line of links; labels name the list for those who hear links alone."""
    return tuple(
        Address(f"{label} of {title}", feed_url(site.edition, path, suffix, Query()), media)
        for label, suffix, media in (CALENDAR, NEWS[0])
    )


def _years(months: list[tuple[int, int, int]]) -> list[tuple[int, list[tuple[date, int]]]]:
    """The months that hold events by year, the newest year first."""
    years: dict[int, list[tuple[date, int]]] = {}
    for year, number, events in months:
        years.setdefault(year, []).append((date(year, number, 1), events))
    return sorted(years.items(), reverse=True)


def item(site: Site, kept: Kept) -> str:
    """One item; a withdrawn one stays readable and says so, without feeds of its own."""
    item, edition = kept.item, site.edition
    here = f"/items/{item.id}"
    own = [Address(item.heading, edition.item_url(item.id, ".json"), "application/json")]
    if item.event:
        own.insert(0, Address(item.heading, edition.item_url(item.id, ".ics"), "text/calendar"))
    more = [(item.type_slug, item.type, "types"), *((text, name, "topics") for text, name in _topics(kept))]
    return _page(
        site,
        "item.html",
        title=item.heading,
        description=f"{item.type}: {item.heading}",
        canonical=here,
        section="/items",
        alternates=() if kept.withdrawn else tuple(own),
        kept=kept,
        item=item,
        here=here,
        withdrawn_day=kept.withdrawn and times.local_day(kept.withdrawn, times.zone(edition.zone)),
        documents=_documents(kept),
        history=[lists.local(change, edition.zone) for _, change in site.store.ledger.of_item(item.id)],
        more=[
            Entry(path, name, 0, _addresses(site, path, name))
            for path, name in ((f"/{kind}/{quote(slug, safe='')}", name) for slug, name, kind in more)
        ],
    )


def _topics(kept: Kept) -> list[tuple[str, str]]:
    return list(zip(kept.item.topic_slugs, kept.item.topics, strict=True))


def _documents(kept: Kept) -> list[Address]:
    """The links of an item, transcripts and webcasts first, each with words to click on."""
    event, links = kept.item.event, kept.item.links
    found = [
        (link.rel or "", link.title or (link.rel or "Link").capitalize(), link.url, link.type or "") for link in links
    ]
    if event and event.webcast and event.webcast not in {link.url for link in links}:
        found.append(("webcast", "Webcast", event.webcast, ""))
    rank = {rel: number for number, rel in enumerate(DOCUMENTS_FIRST)}
    found.sort(key=lambda link: rank.get(link[0].lower(), len(rank)))
    return [Address(title, url, kind) for _rel, title, url, kind in found]


def problem(site: Site, status: int, heading: str, sentence: str) -> str:
    """The page of a 404, 405 or 410: what is wrong, and the ways on. Asks the store nothing."""
    return _page(
        site, "problem.html", title=heading, description=sentence, section="", status=status, sentence=sentence, read=()
    )


def _page(site: Site, template: str, **values: Any) -> str:
    """Fill a template in. `canonical` may be a path of ours; the whole address goes into the page."""
    canonical = values.pop("canonical", "")
    whole = canonical if canonical.startswith("http") else f"{site.edition.base_url}{canonical}"
    if "read" not in values:
        values["read"] = site.last_read()
    given: Mapping[str, Any] = {"alternates": (), **values, "canonical": whole if canonical else ""}
    return ENVIRONMENT.get_template(template).render(
        at=site.at, edition=site.edition, today=site.today, clock=site.clock, **given
    )


filled = _page
"""For pages that are written elsewhere."""


def ready_made(site: Site) -> tuple[tuple[str, list[Entry]], ...]:
    """Every list under a lasting address of its own, by kind, each with its feeds."""
    return ("Feeds", _feeds(site)), ("Types", _known(site, "types")), ("Topics", _known(site, "topics"))


__all__ = ["CalendarMonth", "Listing", "Site", "home", "index", "item", "listing", "month", "problem"]
