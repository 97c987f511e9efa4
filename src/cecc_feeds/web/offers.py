"""What each page offers besides itself: the addresses of its feeds, for `<link rel="alternate">` and the Link header.

Its one rule: both say the same, the most useful first: many readers take the first that a page offers.
"""

from cecc_feeds.model import Edition, Kept
from cecc_feeds.query import Query
from cecc_feeds.web.follow import Address, alternates
from cecc_feeds.web.site import Listing

ITEMS = Listing("/items", "All items", "Everything published, newest first.", Query())
EVENTS = Listing(
    "/events",
    "Events",
    "Hearings, roundtables and other events: the coming ones first, then the past ones, newest first.",
    Query(only="events"),
)
CHANGES = Listing(
    "/changes",
    "Changes",
    "What was announced, moved, cancelled or withdrawn, and when a transcript came, the newest first.",
    Query(only="changes"),
)


def of_all(edition: Edition) -> tuple[Address, ...]:
    """The feeds of everything: news and the table of all items, the calendar of all events."""
    news = [one for one in alternates(edition, ITEMS, ITEMS.title) if one.type != "text/calendar"]
    calendar = [one for one in alternates(edition, EVENTS, EVENTS.title) if one.type == "text/calendar"]
    return (*news, *calendar)


def of_events(edition: Edition) -> tuple[Address, ...]:
    return alternates(edition, EVENTS, EVENTS.title)


def of_item(edition: Edition, kept: Kept) -> tuple[Address, ...]:
    """One item as a calendar, where it has an event, and as its record; nothing of what was withdrawn."""
    if kept.withdrawn:
        return ()
    item = kept.item
    calendar = Address(item.heading, edition.item_url(item.id, ".ics"), "text/calendar")
    record = Address(item.heading, edition.item_url(item.id, ".json"), "application/json")
    return (calendar, record) if item.event else (record,)
