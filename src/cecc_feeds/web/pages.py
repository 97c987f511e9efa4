"""The pages for people: a function for each, from values to HTML; templates hold the words and the marks.

Its one rule: plain HTML that works without scripts, says no time relative to now, and asks nobody else for anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Literal
from urllib.parse import quote

from cecc_feeds import times
from cecc_feeds.model import Kept
from cecc_feeds.query import Day, Query
from cecc_feeds.web import facets, lists, offers, structured
from cecc_feeds.web.follow import CALENDAR, NEWS, Address, alternates, feed_url, follow
from cecc_feeds.web.month import CalendarMonth, calendar_month
from cecc_feeds.web.paper import ENVIRONMENT
from cecc_feeds.web.site import Listing, Site, time_of
from cecc_feeds.web.structured import Card

Kind = Literal["types", "topics", "feeds"]

HEADINGS = {
    "types": ("Types", "Every kind of item, each with a page and feeds of its own."),
    "topics": ("Topics", "Every topic that items are filed under, each with a page and feeds of its own."),
    "feeds": ("Feeds", "Ready-made feeds under lasting addresses, for calendars, news readers and other sites."),
}
DOCUMENTS_FIRST = ("transcript", "webcast", "video", "statement", "report")
SOON, RECENT, NEWEST, RELATED = 5, 3, 8, 4
TURNED = Query(only="changes", change=("cancelled", "moved", "postponed"), start=Day(days=-90), limit=3)
"""What home tells of changes: who had these events in mind has to know."""


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
    return filled(
        site,
        "home.html",
        title=site.edition.publisher,
        description=f"Hearings and publications of the {site.edition.publisher}, as pages, calendars and news feeds.",
        canonical="/",
        section="/",
        alternates=offers.of_all(site.edition),
        structured=structured.block(*structured.home(site.edition)),
        soon=soon,
        recent=recent,
        turned=[lists.local(change, site.edition.zone) for change in site.store.ledger.find(TURNED, today=site.today)],
        newest=site.store.find(everything, today=site.today, size=NEWEST),
        feeds=_feeds(site) or [_whole(site, offers.EVENTS), _whole(site, offers.ITEMS)],
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
    return filled(
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
        facets=facets.facets(site, listing),
        chosen=facets.chosen(site, query),
        bygone=any(one.until is not None and one.until.on(site.today) < site.today for one in query.all()),
        follow=follow(site, listing, title, calendar=_may_hold_events(site, query, shown)),
        by_event=query.by_event,
        months=listing.path == offers.EVENTS.path,
        structured=structured.block(structured.listed(site.edition, title, (*(shown.coming or ()), *shown.items))),
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
    return filled(
        site,
        "month.html",
        title=f"Events in {shown.name}",
        description=f"Hearings and other events in {shown.name}.",
        canonical=shown.path,
        section="/events",
        alternates=offers.of_events(site.edition),
        structured=structured.block(structured.listed(site.edition, f"Events in {shown.name}", shown.events)),
        month=shown,
        whose=time_of(site.edition.zone),
        feeds=_addresses(site, offers.EVENTS.path, offers.EVENTS.title),
    )


def index(site: Site, kind: Kind) -> str:
    """All types, topics or named feeds, each with its feeds."""
    title, sentence = HEADINGS[kind]
    return filled(
        site,
        "index.html",
        title=title,
        description=sentence,
        canonical=f"/{kind}",
        section=f"/{kind}",
        alternates=offers.of_all(site.edition),
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


def _whole(site: Site, listing: Listing) -> Entry:
    """A list as an entry of home, which does not count it."""
    return Entry(listing.path, listing.title, 0, _addresses(site, listing.path, listing.title), listing.description)


def _known(site: Site, kind: Kind) -> list[Entry]:
    one: Literal["type", "topic"] = "type" if kind == "types" else "topic"
    counts, events = site.store.counts(one), site.store.counts(one, events=True)
    return [
        Entry(
            path=f"/{kind}/{quote(slug, safe='')}",
            title=name,
            count=counts.get(slug, 0),
            feeds=_addresses(
                site, f"/{kind}/{quote(slug, safe='')}", name, calendar=slug in events or not counts.get(slug)
            ),
        )
        for slug, name in lists.in_order(site.names[one])
    ]


def _addresses(site: Site, path: str, title: str, *, calendar: bool = True) -> tuple[Address, ...]:
    """Calendar (where it can hold something) and RSS of a whole list, for a line of links; labels name the list for
    those who hear links alone."""
    return tuple(
        Address(f"{label} of {title}", feed_url(site.edition, path, suffix, Query()), media)
        for label, suffix, media in ((CALENDAR, NEWS[0]) if calendar else NEWS[:1])
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
    told = [change for _, change in site.store.ledger.of_item(item.id)]
    more = [(item.type_slug, item.type, "types"), *((text, name, "topics") for text, name in _topics(kept))]
    return filled(
        site,
        "item.html",
        title=item.heading,
        card=structured.card(item),
        canonical=here,
        section="/items",
        alternates=offers.of_item(edition, kept),
        structured="" if kept.withdrawn else structured.block(structured.item(edition, item, told)),
        kept=kept,
        item=item,
        here=here,
        withdrawn_day=kept.withdrawn and times.local_day(kept.withdrawn, times.zone(edition.zone)),
        documents=_documents(kept),
        related=_related(site, kept),
        history=[lists.local(change, edition.zone) for change in told],
        more=[
            Entry(path, name, 0, _addresses(site, path, name))
            for path, name in ((f"/{kind}/{quote(slug, safe='')}", name) for slug, name, kind in more)
        ],
    )


def _related(site: Site, kept: Kept) -> list[Kept]:
    """What is nearest in date of the same type and topic, else of the same type; of events, other events."""
    item = kept.item
    alike = Query(only="events" if item.event else "items", types=(item.type_slug,), topics=item.topic_slugs)
    near = partial(site.store.browsing.near, kept=kept, today=site.today, most=RELATED)
    return near(alike) or (near(alike.without("topics")) if item.topics else [])


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
    return filled(
        site, "problem.html", title=heading, description=sentence, section="", status=status, sentence=sentence, read=()
    )


def filled(site: Site, template: str, **values: Any) -> str:
    """Fill a template in. `canonical` may be a path of ours; the whole address goes into the page."""
    canonical = values.pop("canonical", "")
    whole = canonical if canonical.startswith("http") else f"{site.edition.base_url}{canonical}"
    if "read" not in values:
        values["read"] = site.last_read()
    card = values.pop("card", None) or Card(values["title"], values["description"])
    given: Mapping[str, Any] = {
        "alternates": (),
        "structured": "",
        "card": card,
        **values,
        "canonical": whole if canonical else "",
    }
    return ENVIRONMENT.get_template(template).render(
        at=site.at, edition=site.edition, today=site.today, clock=site.clock, static=site.static, **given
    )


def ready_made(site: Site) -> tuple[tuple[str, list[Entry]], ...]:
    """Every list under a lasting address of its own, by kind, each with its feeds."""
    return ("Feeds", _feeds(site)), ("Types", _known(site, "types")), ("Topics", _known(site, "topics"))


__all__ = ["CalendarMonth", "Listing", "Site", "home", "index", "item", "listing", "month", "problem"]
