"""What an entry says, in words that every format shares: its title, its facts, its links, its opening.

Its one rule: plain text only, and nothing that changes with the time of day.
"""

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


def state(kept: Kept) -> str:
    """`withdrawn`, or the event's status; what has no event is `confirmed`."""
    if kept.withdrawn is not None:
        return "withdrawn"
    return kept.item.event.standing if kept.item.event else "confirmed"


def title(kept: Kept) -> str:
    """`CANCELLED: Hearing: Population Control in China`, one line of at most 250 characters."""
    item = kept.item
    event = item.event
    ending = TO_BE_ANNOUNCED if event and event.all_day and event.end is None else ""
    whole = PREFIXES.get(state(kept), "") + typed(item)
    return text.shorten(whole, TITLE_MOST - len(ending)) + ending


def typed(item: Item) -> str:
    """`Type: heading`, but the type only once where the heading begins with it and a colon or comma."""
    opening = item.heading.casefold()
    if opening.startswith((f"{item.type}:".casefold(), f"{item.type},".casefold())):
        return item.heading
    return f"{item.type}: {item.heading}"


def notice(kept: Kept) -> str:
    """The sentence that says what became of it; "" where there is nothing to say."""
    return NOTICES.get(state(kept), "")


def notes(kept: Kept) -> list[str]:
    """The sentences that stand first: what became of it, how it last changed, what is not known."""
    changed = "" if kept.withdrawn else kept.news_line
    return [note for note in (notice(kept), changed, end_unknown(kept)) if note]


def facts(kept: Kept) -> list[Pair]:
    """When and where, for what has an event."""
    return event_facts(kept.item.event)


def event_facts(event: Event | None) -> list[Pair]:
    if event is None:
        return []
    when = times.span_words(event.start, event.end)
    if event.all_day and event.end is None:
        when += TO_BE_ANNOUNCED
    return [("When", when), *([("Where", event.location)] if event.location else [])]


def end_unknown(kept: Kept) -> str:
    """The sentence under a timed event whose end nobody knows (clients.md 2.3), else ""."""
    event = kept.item.event
    return END_UNKNOWN if event and not event.all_day and event.end is None else ""


def body(kept: Kept) -> str:
    """The summary; "" for what was withdrawn: what the publisher took back is not said again."""
    return "" if kept.withdrawn is not None else kept.item.summary or ""


def links(kept: Kept) -> list[Pair]:
    """Webcast, documents, the publisher's page: labels and addresses, each address once."""
    if kept.withdrawn is not None:
        return []
    item = kept.item
    webcast = item.event.webcast if item.event else None
    named = [
        ("Webcast", webcast),
        *((link.title or (link.rel or "link").capitalize(), link.url) for link in item.links),
        ("Publisher’s page", item.url),
    ]
    once: dict[str, str] = {}
    for label, url in named:
        if url:
            once.setdefault(url, label)
    return [(label, url) for url, label in once.items()]


def opening(kept: Kept) -> str:
    """One line for lists: what became of it, when, where, and how the summary begins."""
    item = kept.item
    place = " · ".join(value for _, value in facts(kept))
    begin = text.shorten(text.clean_line(body(kept)), OPENING_MOST)
    parts = [part for part in (notice(kept), place, begin) if part]
    return " — ".join(parts) or f"{item.type}, {times.day_words(kept.dated_day)}"


def lines(kept: Kept, edition: Edition) -> str:
    """The whole entry as plain text, for readers that show no HTML."""
    paragraphs = [
        "\n".join([*notes(kept), *(f"{label}: {value}" for label, value in facts(kept))]),
        body(kept),
        "\n".join(f"{label}: {url}" for label, url in [*links(kept), details(kept, edition)]),
    ]
    return "\n\n".join(part for part in paragraphs if part)


def without_commas(label: str) -> str:
    """A category or tag: FreshRSS splits them at commas (R17)."""
    return text.clean_line(label.replace(",", " "))


def about(feed: Feed) -> str:
    """What a feed says of itself, and that it was cut where it was; one line, never empty."""
    return text.clean_line(f"{feed.description} {feed.note}") or text.clean_line(feed.title)


def details(kept: Kept, edition: Edition) -> Pair:
    """The last line of every entry: the item's own page."""
    return "Details", edition.item_url(kept.item.id)
