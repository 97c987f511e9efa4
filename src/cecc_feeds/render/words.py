"""What an entry says, in words that every format shares: its title, its facts, its links, its opening.

Its one rule: plain text only, and nothing that changes with the time of day.
"""

from functools import lru_cache
from typing import NamedTuple

from cecc_feeds import text, times
from cecc_feeds.model import Edition, Event, Feed, Item, Kept

TITLE_MOST = 250
OPENING_MOST = 300

PREFIXES = {"postponed": "POSTPONED: ", "cancelled": "CANCELLED: ", "withdrawn": "WITHDRAWN: "}
"""Said in the title too: some calendars show a cancelled event like any other (C22)."""

NOTICES = {
    "postponed": "This event is postponed.",
    "cancelled": "This event is cancelled.",
    "withdrawn": "The publisher withdrew this item.",
}
TO_BE_ANNOUNCED = " (time to be announced)"
END_UNKNOWN = "End time not announced."

Pair = tuple[str, str]
"""A label and what it stands for: a text or an address."""


class Said(NamedTuple):
    """What an entry says of an item, put into words once for all formats.

    `notes` stand first: what became of it (`notice`), how it last changed, what is not known (`end_unknown`). `facts`
    are when and where; `body` is the summary, "" for what was withdrawn: what the publisher took back is not said
    again. `links` are webcast, documents, the publisher's page, each address once, and last the item's own page.
    """

    kept: Kept
    edition: Edition
    state: str
    title: str
    notice: str
    end_unknown: str
    notes: list[str]
    facts: list[Pair]
    body: str
    links: list[Pair]


def said(kept: Kept, edition: Edition) -> Said:
    """All that is said of an item, but for what changes with the revision alone."""
    item = kept.item
    event = item.event
    state = _state(kept, event)
    notice = NOTICES.get(state, "")
    end_unknown = END_UNKNOWN if event and event.end is None and not event.all_day else ""
    changed = "" if kept.withdrawn else kept.news_line
    return Said(
        kept,
        edition,
        state,
        title=_title(state, item, event),
        notice=notice,
        end_unknown=end_unknown,
        notes=[note for note in (notice, changed, end_unknown) if note],
        facts=event_facts(event),
        body=(item.summary or "") if kept.withdrawn is None else "",
        links=[*(_links(item, event) if kept.withdrawn is None else ()), ("Details", edition.item_url(item.id))],
    )


def _state(kept: Kept, event: Event | None) -> str:
    """`withdrawn`, or the event's status; what has no event is `confirmed`."""
    if kept.withdrawn is not None:
        return "withdrawn"
    return event.standing if event else "confirmed"


def _title(state: str, item: Item, event: Event | None) -> str:
    """`CANCELLED: Hearing: Population Control in China`, one line of at most 250 characters."""
    ending = TO_BE_ANNOUNCED if event and event.all_day and event.end is None else ""
    whole = PREFIXES.get(state, "") + typed(item)
    return text.shorten(whole, TITLE_MOST - len(ending)) + ending


def typed(item: Item) -> str:
    """`Type: heading`, but the type only once where the heading begins with it and a colon or comma."""
    heading, kind = item.heading, item.type.casefold()
    opening = heading.casefold()
    if opening.startswith(kind) and opening.startswith((f"{kind}:", f"{kind},")):
        return heading
    return f"{item.type}: {heading}"


def event_facts(event: Event | None) -> list[Pair]:
    """When and where, for what has an event."""
    if event is None:
        return []
    when = times.span_words(event.start, event.end)
    if event.all_day and event.end is None:
        when += TO_BE_ANNOUNCED
    return [("When", when), *([("Where", event.location)] if event.location else [])]


def _links(item: Item, event: Event | None) -> list[Pair]:
    once: dict[str, str] = {}
    if event and event.webcast:
        once[event.webcast] = "Webcast"
    for link in item.links:
        if link.url:
            once.setdefault(link.url, link.title or (link.rel or "link").capitalize())
    if item.url:
        once.setdefault(item.url, "Publisher’s page")
    return [(label, url) for url, label in once.items()]


def opening(told: Said) -> str:
    """One line for lists: what became of it, when, where, and how the summary begins."""
    place = " · ".join([value for _, value in told.facts])
    parts = [part for part in (told.notice, place, _beginning(told.body)) if part]
    return " — ".join(parts) or f"{told.kept.item.type}, {times.day_words(told.kept.dated_day)}"


def _beginning(body: str) -> str:
    """At most OPENING_MOST characters of a clean text, in one line; of a long one only the beginning is looked at."""
    some = _in_line(body[: OPENING_MOST + 50])
    if len(some) <= OPENING_MOST < len(body):
        some = _in_line(body)
    return text.shorten(some, OPENING_MOST)


def _in_line(clean: str) -> str:
    return text.clean_line(clean.replace("\n\n", " ").replace("\n", " ").strip())


@lru_cache(maxsize=512)
def without_commas(label: str) -> str:
    """A category or tag: FreshRSS splits them at commas (R17)."""
    return text.clean_line(label.replace(",", " "))


def about(feed: Feed) -> str:
    """What a feed says of itself, and that it was cut where it was; one line, never empty."""
    return text.clean_line(f"{feed.description} {feed.note}") or text.clean_line(feed.title)
