"""What a page says to machines: an item as schema.org has it (JSON-LD), and its card on other sites (Open Graph).

Its one rule: nothing is said that the record or its ledger does not say.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from cecc_feeds import text, times
from cecc_feeds.changes import Change
from cecc_feeds.model import Edition, Event, Item, Kept

Thing = dict[str, Any]
CONTEXT = "https://schema.org"

LAWS = frozenset({"law", "laws", "legislation", "provision", "provisions", "regulation", "regulations"})
"""An item is schema.org's Legislation where its type has one of these words."""

STATUSES = {"cancelled": "EventCancelled", "postponed": "EventPostponed"}
LONGEST_DESCRIPTION = 200
"""Characters: as much as search engines and chats show of a page."""

ESCAPES = str.maketrans({mark: f"\\u{ord(mark):04x}" for mark in "<>&\u2028\u2029"})
"""What could end a script element, begin a comment in it or break its lines; in JSON these are the same characters."""


@dataclass(frozen=True, slots=True)
class Card:
    """How other sites show a link to a page (Open Graph, ogp.me): `kind` is its og:type."""

    title: str
    description: str
    kind: str = "website"
    published: str = ""
    modified: str = ""


def block(*things: Thing) -> Markup:
    """The text of a `<script type="application/ld+json">`."""
    told: Thing = things[0] if len(things) == 1 else {"@graph": list(things)}
    written = json.dumps({"@context": CONTEXT, **told}, ensure_ascii=False, separators=(",", ":"))
    return Markup(written.translate(ESCAPES))  # noqa: S704


def home(edition: Edition) -> tuple[Thing, Thing]:
    """The publisher, and this site with its search."""
    site = {
        "@type": "WebSite",
        "@id": f"{edition.base_url}/#site",
        "name": edition.publisher,
        "url": f"{edition.base_url}/",
        "publisher": {"@id": f"{edition.base_url}/#publisher"},
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": f"{edition.base_url}/items?q={{search_term_string}}"},
            "query-input": "required name=search_term_string",
        },
    }
    return site, publisher(edition)


def publisher(edition: Edition) -> Thing:
    return {
        "@type": "Organization",
        "@id": f"{edition.base_url}/#publisher",
        "name": edition.publisher,
        "url": f"{edition.base_url}/",
    }


def listed(edition: Edition, name: str, items: Iterable[Kept]) -> Thing:
    """A page of a list: where each of its items is, in its order."""
    places = [
        {"@type": "ListItem", "position": number, "url": edition.item_url(kept.item.id)}
        for number, kept in enumerate(items, 1)
    ]
    return {"@type": "ItemList", "name": name, "numberOfItems": len(places), "itemListElement": places}


def item(edition: Edition, item: Item, changes: Sequence[Change] = ()) -> Thing:
    """An item: an Event where it has one, else Legislation or a NewsArticle. `changes` are its ledger, newest first."""
    url = edition.item_url(item.id)
    told = {
        "@id": url,
        "url": url,
        "name": item.heading,
        "description": item.summary,
        "sameAs": item.url,
        "inLanguage": item.language,
        "about": [{"@type": "Thing", "name": topic} for topic in item.topics],
        "subjectOf": [_document(link.url, link.title or link.rel, link.type) for link in item.links],
    }
    if item.event:
        return _told({"@type": "Event", **told, "organizer": publisher(edition), **_of_event(item.event, changes)})
    dates = {
        "datePublished": item.published and times.fmt_stamp(item.published),
        "dateModified": item.updated and times.fmt_stamp(item.updated),
    }
    if not LAWS.isdisjoint(item.type_slug.split("-")):
        return _told({"@type": "Legislation", **told, **dates, "legislationType": item.type})
    article = {"headline": item.heading, "articleSection": item.type, "publisher": publisher(edition)}
    return _told({"@type": "NewsArticle", **told, **dates, **article})


def _told(thing: Thing) -> Thing:
    """What is known of a thing."""
    return {name: value for name, value in thing.items() if value}


def _document(url: str, name: str | None, media: str | None) -> Thing:
    return _told({"@type": "CreativeWork", "url": url, "name": name, "encodingFormat": media})


def _of_event(event: Event, changes: Sequence[Change]) -> Thing:
    """When and where, and whether it takes place. Several earlier starts are named newest first."""
    start, before = times.fmt_stamp(event.start), previous_starts(event, changes)
    moved = "EventRescheduled" if before else "EventScheduled"
    places: list[Thing] = []
    if event.location:
        places.append({"@type": "Place", "name": event.location, "address": event.location})
    if event.webcast:
        places.append({"@type": "VirtualLocation", "url": event.webcast})
    modes = {(True, False): "Offline", (False, True): "Online", (True, True): "Mixed"}
    mode = modes.get((bool(event.location), bool(event.webcast)), "")
    return {
        "startDate": start,
        "endDate": event.end and times.fmt_stamp(event.end),
        "eventStatus": f"{CONTEXT}/{STATUSES.get(event.standing, moved)}",
        "previousStartDate": before[0] if len(before) == 1 else before,
        "eventAttendanceMode": mode and f"{CONTEXT}/{mode}EventAttendanceMode",
        "location": places[0] if len(places) == 1 else places,
    }


def previous_starts(event: Event, changes: Iterable[Change]) -> list[str]:
    """The starts that were announced before and given up, as records spell them, newest first."""
    found = [
        difference.old.partition("/")[0]
        for change in changes
        for difference in change.differences
        if difference.kind == "moved" and difference.old.partition("/")[0] != difference.new.partition("/")[0]
    ]
    return [start for start in dict.fromkeys(found) if start and start != times.fmt_stamp(event.start)]


def card(item: Item) -> Card:
    """The card of an item: of an event first when and where it is."""
    facts = [item.type]
    if item.event:
        facts += [] if item.event.standing == "confirmed" else [item.event.standing]
        facts += [times.span_words(item.event.start, item.event.end), item.event.location or ""]
    elif item.published:
        facts.append(times.span_words(item.published, None))
    said = ", ".join(fact for fact in facts if fact)
    summary = text.clean_line(item.summary or "")
    return Card(
        title=item.heading,
        description=text.shorten(f"{said}. {summary}" if summary else f"{said}.", LONGEST_DESCRIPTION),
        kind="article",
        published=times.fmt_stamp(item.published) if item.published else "",
        modified=times.fmt_stamp(item.updated) if item.updated else "",
    )
