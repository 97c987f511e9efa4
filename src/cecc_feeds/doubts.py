"""Doubts: what an editor should look at — events that may be one, and values that a page lost.

Its one rule: pure; a doubt is a sentence with its place and changes nothing.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import pairwise
from typing import Any

import xxhash

from cecc_feeds import identity, text, times
from cecc_feeds.model import Event, Item


def alike(one: Item, other: Item) -> bool:
    """Whether nothing but the time, or nothing at all, tells two timed events of one day apart that are two items
    (shapes.md 2.4)."""
    if not one.event or not other.event or (one.title and other.title and not _titled_alike(one, other)):
        return False
    if identity.same_day(one, other) and not set(identity.keys(one)).isdisjoint(identity.keys(other)):
        return False  # these are taken for one
    if one.title and other.title:
        return True
    return _overlap(one.event, other.event) and (one.type == other.type or "Event" in (one.type, other.type))


def _titled_alike(one: Item, other: Item) -> bool:
    return _bare_title(one) == _bare_title(other)


def _bare_title(item: Item) -> str:
    return _bare(item.title)


def _bare(title: str | None) -> str:
    """A title without the word that says what became of the event."""
    return MARKS.sub("", title or "", count=1).casefold()


MARKS = re.compile(
    r"\s*(?:cancell?ed|postponed|rescheduled|date change|moved|new (?:date|time))\s*[:–—-]\s*", re.IGNORECASE
)


def _overlap(one: Event, other: Event) -> bool:
    """Whether one of two timed events begins before the other is over."""
    first, second = sorted((one, other), key=lambda event: event.start)
    return first.end is None or first.end > second.start


def may_be_alike(titles: Mapping[str, str | None], touched: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs of ids among the events of one day, one of them touched, whose titles don't tell them apart."""
    bare = {item_id: _bare(title) for item_id, title in titles.items()}
    by_title: dict[str, list[str]] = {}
    for item_id, title in bare.items():
        by_title.setdefault(title, []).append(item_id)
    nameless = by_title.get("", [])
    met: set[str] = set()
    for item_id in touched:
        met.add(item_id)
        title = bare[item_id]
        others = [*by_title[title], *(nameless if title else ())] if title else bare
        yield from ((other, item_id) for other in others if other not in met)


def occasion(item: Item) -> int | None:
    """The day on which an item's event begins at a known time, and what `may_be_alike` takes of its title, in one
    number; None where it has no such event."""
    if item.event is None or item.event.all_day:
        return None
    bare = _bare_title(item)
    title = xxhash.xxh3_64_intdigest(bare.encode()) & TITLES or 1 if bare else 0
    return item.event.first_day.toordinal() << TITLE | title


TITLE = 40
TITLES = (1 << TITLE) - 1
"""How many bits of an occasion tell titles apart, and those bits: none where there is no title."""


def days(occasions: Iterable[int]) -> set[date]:
    return {_day(one) for one in occasions}


def days_of_alike(occasions: Iterable[int]) -> set[date]:
    """The days of which `may_be_alike` may give a pair, where there are no other events than these."""
    return {_day(one) for before, one in pairwise(sorted(occasions)) if one == before or before == one & ~TITLES}


def _day(one: int) -> date:
    return date.fromordinal(one >> TITLE)


def may_be_one(one: Item, where: str, other: Item, there: str = "") -> str:
    """The sentence on two events; `there` is the other's place where it is known."""
    place = f"{other.id} at {there}" if there else other.id
    return f"{where}: {one.heading!r} may be the same event as {place}: {_clock(other)} there, {_clock(one)} here"


def taken_for_one(where: str, other_id: str, there: str) -> str:
    """The sentence on a record that goes into the item of another."""
    return f"{where}: is taken for the same item as {other_id} at {there}"


def other_time(where: str, item_id: str, source: str, there: Event, *, own_id: bool) -> str:
    """The sentence on a record that gives an event another time than another source does; `own_id`: under its id."""
    when = times.span_words(there.start, there.end)
    if own_id:
        return f"{where}: {item_id} is on {when} in {source}; sources.toml decides which of them goes first"
    return f"{where}: is taken for {item_id}, which {source} has on {when}; an id of its own keeps it apart"


def moved_away(one: Item, other: Item) -> bool:
    """Whether an event bears the type and title, else the first words, of another one on another day."""
    if not one.event or not other.event or not (one.title or one.summary) or one.type != other.type:
        return False
    return _bare(one.heading) == _bare(other.heading) and one.event.first_day != other.event.first_day


def may_have_moved(one: Item, where: str, other: Item) -> str:
    """The sentence on a new event where another of its title is no longer named."""
    return (
        f"{where}: {one.heading!r} may be {other.id} moved from {_clock(other)}, which is no longer there and stays; "
        f'same.toml: one = [["{other.id}", "{one.id}"]] makes them one'
    )


def lost(now: Item, earlier: Item) -> dict[str, str]:
    """What a page said of an item and no longer says: the field in words to its value."""
    found = {words: _shown(value) for name, words in FIELDS.items() if (value := _gone(now, earlier, name))}
    if earlier.event and (now.event is None or lost_time(now, earlier)):
        found["event time"] = _clock(earlier)
    elif earlier.event and now.event:
        if now.event.end is None and earlier.event.end is not None and now.event.start == earlier.event.start:
            found["end of the event"] = _clock(earlier)
        parts = {words: _gone(now.event, earlier.event, name) for name, words in EVENT_FIELDS.items()}
        found |= {words: _shown(value) for words, value in parts.items() if value}
    topics = [topic for topic in earlier.topics if text.slug(topic) not in now.topic_slugs]
    links = [link.title or link.url for link in earlier.links if link.url not in {one.url for one in now.links}]
    return found | {words: ", ".join(those) for words, those in (("topic", topics), ("link", links)) if those}


FIELDS = {
    "title": "title",
    "url": "address",
    "published": "publication date",
    "updated": "date of the last update",
    "summary": "text",
    "language": "language",
}
EVENT_FIELDS = {"location": "place", "status": "status", "webcast": "webcast"}


def lost_time(now: Item, earlier: Item) -> bool:
    """Whether only the day of an event is left whose time was known."""
    if not now.event or not earlier.event or earlier.event.all_day:
        return False
    return now.event.all_day and now.event.end is None and now.event.first_day == earlier.event.first_day


def no_longer_there(where: str, item_id: str, values: Mapping[str, str]) -> str:
    """The sentence on what a page lost."""
    *most, last = (f"the {words}" for words in values)
    names = f"{', '.join(most)} and {last}" if most else last
    held = "; ".join(values.values())
    return f"{where}: {names} of {item_id} {'are' if most else 'is'} no longer there; {held} stay{'s' * (not most)}"


def _gone(now: object, earlier: object, name: str) -> Any:
    return None if getattr(now, name) else getattr(earlier, name)


def _shown(value: Any) -> str:
    return text.shorten(text.clean_line(value), 80) if isinstance(value, str) else times.fmt_stamp(value)


def _clock(item: Item) -> str:
    return times.span_words(item.event.start, item.event.end) if item.event else ""
