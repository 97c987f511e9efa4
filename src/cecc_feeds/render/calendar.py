"""iCalendar: one VEVENT an event, kept as bytes; a calendar is a head, time zones and those bytes (RFC 5545, 7986).

Its one rule: order and form are those of clients.md 2.2 and 2.4, row by row; every line there has its client.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from icalendar import Calendar
from icalendar import Event as VEvent

from cecc_feeds import text, times
from cecc_feeds.errors import RenderError
from cecc_feeds.model import DEFAULT_ZONE, Edition, Event, Feed, Kept
from cecc_feeds.render import lint, words
from cecc_feeds.render.contentlines import Text, categories, written
from cecc_feeds.render.zones import exact_from, vtimezone

DESCRIPTION_MOST = 4_000
UNKNOWN_LENGTH = timedelta(hours=2)
"""How long an event is drawn whose end nobody knows (clients.md 2.3)."""

STATUSES = {"confirmed": "CONFIRMED"} | dict.fromkeys(("cancelled", "withdrawn"), "CANCELLED")
"""All else is TENTATIVE; there is no fourth word (C21)."""

END = b"END:VCALENDAR\r\n"
END_EVENT = b"END:VEVENT\r\n"
FREE = b"\r\nTRANSP:TRANSPARENT\r\nX-MICROSOFT-CDO-BUSYSTATUS:FREE\r\n"
BUSY = b"\r\nTRANSP:OPAQUE\r\nX-MICROSOFT-CDO-BUSYSTATUS:BUSY\r\n"
CANCELLED, CONFIRMED = b"\r\nSTATUS:CANCELLED\r\n", b"\r\nSTATUS:CONFIRMED\r\n"

Properties = Iterator[tuple[str, Any]]


def entry(kept: Kept, edition: Edition) -> bytes:
    """One VEVENT; b"" without an event, and for a past event that was withdrawn: clients then delete it.

    Raises RenderError where a client would choke on it.
    """
    return _entry(_These(kept, edition))


@dataclass(frozen=True, slots=True, eq=False)
class _These:
    """Two very objects: the news formats ask for the size of what was just written. Equal values may still be
    written differently (one instant in two zones), so they are no key."""

    kept: Kept
    edition: Edition

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _These) and self.kept is other.kept and self.edition is other.edition

    def __hash__(self) -> int:
        return hash((id(self.kept), id(self.edition)))


@lru_cache(maxsize=4)
def _entry(these: _These) -> bytes:
    kept, edition = these.kept, these.edition
    event = kept.item.event
    if event is None or (kept.withdrawn is not None and not kept.was_coming):
        return b""
    made = VEvent()
    for name, value in _of_event(kept, event, edition):
        made.add(name, value)
    ics = written(made)
    if faults := lint.faults(ics):
        raise RenderError("; ".join(faults))
    return ics


def _of_event(kept: Kept, event: Event, edition: Edition) -> Properties:
    """The rows of clients.md 2.4."""
    if kept.calendar is None:
        raise RenderError("its calendar revision is missing")
    item, revised = kept.item, times.utc(kept.calendar.at)
    start, end = written_edges(event)
    yield "uid", Text(edition.uid(item.id))
    yield "dtstamp", revised
    yield "created", times.utc(kept.first_seen)
    yield "last-modified", revised
    yield "sequence", kept.calendar.sequence
    yield "dtstart", start
    yield "dtend", end
    yield "summary", Text(words.title(kept))
    yield "status", STATUSES.get(words.state(kept), "TENTATIVE")
    yield "class", "PUBLIC"
    yield "transp", "TRANSPARENT"
    yield "x-microsoft-cdo-busystatus", "FREE"
    if event.location:
        yield "location", Text(event.location)
    yield "url", edition.item_url(item.id)
    yield "categories", categories((item.type, *item.topics))
    yield "description", Text(description(kept, edition))


def written_edges(event: Event) -> tuple[date, date] | tuple[datetime, datetime]:
    """DTSTART and DTEND: dates with the day after the last, or instants in the event's zone or in UTC (C11–C16)."""
    if not isinstance(event.start, datetime):
        return event.start, event.last_day + timedelta(days=1)
    start, end = _instants(event)
    zone = times.zone(tzid(event) or "UTC")
    return start.astimezone(zone), end.astimezone(zone)


def tzid(event: Event) -> str | None:
    """The zone that the event is written in: its VTIMEZONE must stand in the file. None: all day, or in UTC.

    In UTC where the zone's yearly rule does not reach back, or an edge falls into the hour that clocks show twice.
    """
    zone = event.zone
    since = exact_from(zone) if zone else None
    if zone is None or since is None:
        return None
    edges = [edge.astimezone(times.zone(zone)) for edge in _instants(event)]
    clear = all(edge.replace(fold=0).utcoffset() == edge.replace(fold=1).utcoffset() for edge in edges)
    return zone if clear and edges[0] >= since else None


def _instants(event: Event) -> tuple[datetime, datetime]:
    """Start and end in UTC and whole seconds; an end that nobody knows is two hours after the start."""
    if not isinstance(event.start, datetime) or not isinstance(event.end, datetime | None):
        raise RenderError("start and end are not of one kind")
    start = times.utc(event.start).replace(microsecond=0)
    end = times.utc(event.end).replace(microsecond=0) if event.end else start + UNKNOWN_LENGTH
    return start, end


def description(kept: Kept, edition: Edition) -> str:
    """Plain text of at most 4,000 characters: the summary is shortened for it, and the last lines stay."""
    head = [part for part in (words.notice(kept),) if part]
    tail = [*words.links(kept), words.details(kept, edition)]
    ending = _fitting([f"{label}: {url}" for label, url in tail], DESCRIPTION_MOST // 2)
    around = [*head, ending] if not (unknown := words.end_unknown(kept)) else [*head, unknown, ending]
    room = DESCRIPTION_MOST - sum(len(part) + 2 for part in around)
    body = text.shorten(words.body(kept), room)
    return "\n\n".join(part for part in (*head, body, *around[len(head) :]) if part)


def _fitting(lines: list[str], most: int) -> str:
    """The lines that fit; the last one, which leads to the whole, always does."""
    *others, last = lines
    kept: list[str] = []
    room = most - len(last)
    for line in others:
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return "\n".join([*kept, last])


def document(feed: Feed, entries: Sequence[bytes]) -> bytes:
    """A whole VCALENDAR around entries in the order given (clients.md 2.2)."""
    calendar = Calendar()
    for name, value, parameters in _of_calendar(feed):
        calendar.add(name, value, parameters=parameters)
    head = written(calendar).removesuffix(END)
    return b"".join((head, _zones(feed), *(_as_asked(event, feed) for event in entries), END))


def _of_calendar(feed: Feed) -> Iterator[tuple[str, Any, dict[str, str]]]:
    """The rows of clients.md 2.2; `add` gives SOURCE and REFRESH-INTERVAL no VALUE by itself (C31)."""
    name = Text(_plain(feed.title))
    about = Text(words.about(feed))
    version = f" {feed.edition.version}" if feed.edition.version else ""
    yield "version", "2.0", {}
    yield "prodid", Text(f"-//cecc-feeds//cecc-feeds{version}//EN"), {}
    yield "calscale", "GREGORIAN", {}
    yield "method", "PUBLISH", {}
    yield "name", name, {}
    yield "x-wr-calname", name, {}
    yield "description", about, {}
    yield "x-wr-caldesc", about, {}
    yield "x-wr-timezone", Text(feed.edition.zone), {}
    yield "url", feed.url(), {}
    yield "source", feed.url(".ics"), {"VALUE": "URI"}
    yield "last-modified", times.utc(feed.modified), {}
    yield "refresh-interval", timedelta(hours=1), {"VALUE": "DURATION"}
    yield "x-published-ttl", "PT1H", {}  # a timedelta would come out as 1:00:00


def _plain(title: str) -> str:
    """A name without `,`, `;` and a backslash, which ical.js shows with their escapes (C29)."""
    return text.clean_line(re.sub(r"[,;\\]", " ", title))


def _zones(feed: Feed) -> bytes:
    """A block for each zone, the service's own first and always: a calendar must not be without a component (C6)."""
    named = dict.fromkeys((feed.edition.zone, *sorted(feed.zones)))
    blocks = [block for block in map(vtimezone, named) if block]
    return b"".join(blocks or [vtimezone(DEFAULT_ZONE) or b""])


def _as_asked(event: bytes, feed: Feed) -> bytes:
    """A kept VEVENT with what the address asks for, in whole lines: `alarm=`, `busy=1`, `cancelled=keep`."""
    if feed.alarm is not None and event.endswith(END_EVENT) and CANCELLED not in event:
        event = event.removesuffix(END_EVENT) + _alarm(feed.alarm) + END_EVENT
    if feed.busy:
        event = event.replace(FREE, BUSY)
    if feed.keep_cancelled:
        event = event.replace(CANCELLED, CONFIRMED)
    return event


def _alarm(minutes: int) -> bytes:
    """RFC 5545 3.6.6. Without DESCRIPTION Home Assistant refuses the whole feed (F21)."""
    return f"BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Reminder\r\nTRIGGER:-PT{minutes}M\r\nEND:VALARM\r\n".encode()


def item_feed(kept: Kept, edition: Edition) -> Feed:
    """What the calendar of one event says around it; it names no release of ours, so an upgrade leaves it as it was."""
    event = kept.item.event
    revised = kept.calendar or kept.news
    return Feed(
        edition=replace(edition, version=""),
        path=f"/items/{kept.item.id}",
        title=words.title(kept),
        description=edition.publisher,
        modified=revised.at,
        zones=tuple(filter(None, [tzid(event)])) if event else (),
    )


def item_calendar(kept: Kept, edition: Edition) -> bytes:
    """The calendar of one event, as `/items/<id>.ics` serves it; without the event where `entry` is b""."""
    event = entry(kept, edition)
    return document(item_feed(kept, edition), [event] if event else [])


def item_size(kept: Kept, edition: Edition) -> int:
    """The length of `item_calendar` in bytes, for enclosures; 0 where the event is in no calendar."""
    return _size(_These(kept, edition))


@lru_cache(maxsize=4)
def _size(these: _These) -> int:
    return len(item_calendar(these.kept, these.edition)) if _entry(these) else 0
