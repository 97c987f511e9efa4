"""iCalendar: one VEVENT an event, kept as bytes; a calendar is a head, time zones and those bytes (RFC 5545, 7986).

Its one rule: order and form are those of clients.md 2.2 and 2.4, row by row; every line there has its client.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from cecc_feeds import text, times
from cecc_feeds.errors import RenderError
from cecc_feeds.model import DEFAULT_ZONE, Edition, Event, Feed, Kept, Revision
from cecc_feeds.render import lint, words
from cecc_feeds.render.contentlines import categories, clock, day, escaped, instant, line, whole_number
from cecc_feeds.render.words import Said
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

BEGIN_EVENT = b"BEGIN:VEVENT\r\n"
ALWAYS = b"CLASS:PUBLIC" + FREE
CALENDAR = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"

AS_ESCAPED = re.compile(r"[,;\\]")
NO_REVISION = "its calendar revision is missing"
BLANK = Revision(datetime(1970, 1, 1, tzinfo=UTC), 0)


def entry(kept: Kept, edition: Edition) -> bytes:
    """One VEVENT; b"" without an event, and for a past event that was withdrawn: clients then delete it.

    Raises RenderError where a client would choke on it.
    """
    event = kept.item.event
    return vevent(words.said(kept, edition), placed(event), kept.calendar) if event and _is_listed(kept) else b""


def _is_listed(kept: Kept) -> bool:
    return kept.withdrawn is None or kept.was_coming


class Filed(NamedTuple):
    """What calendars hold of an item: its `entry`, the zone that it is written in, and the length of `item_calendar`
    in bytes, for enclosures; 0 where it is in no calendar."""

    vevent: bytes = b""
    zone: str = ""
    size: int = 0


NOT_FILED = Filed()


def filed(told: Said, revision: Revision | None) -> Filed:
    """As `entry`, of an item already put into words. Of the revision only the digits of SEQUENCE count in the size."""
    event = told.kept.item.event
    if event is None:
        return NOT_FILED
    when = placed(event)
    zone = when.zone or ""
    if not _is_listed(told.kept):
        return Filed(zone=zone)
    ics = vevent(told, when, revision)
    return Filed(ics, zone, _size_around(told, zone) + len(ics))


def _size_around(told: Said, zone: str) -> int:
    """How long `item_calendar` is without the event: all but a name and addresses is the same for every item."""
    page = told.edition.item_url(told.kept.item.id)
    name = " ".join(AS_ESCAPED.sub(" ", told.title).split())  # as `_plain` of a title, which is clean already
    return _size_of_rest(told.edition, zone) + len(_names(name)) + len(_addresses(page, f"{page}.ics"))


@lru_cache(maxsize=64)
def _size_of_rest(edition: Edition, zone: str) -> int:
    feed = _item_feed("any", "any", edition, zone, BLANK)
    return len(document(feed, [])) - len(_names(feed.title)) - len(_addresses(feed.url(), feed.url(".ics")))


class Placed(NamedTuple):
    """When an event is, as calendars say it: dates with the day after the last; or instants, on the clock of `zone` or
    in UTC (C11–C16)."""

    start: date
    end: date
    zone: str | None = None


def vevent(told: Said, when: Placed, revision: Revision | None) -> bytes:
    """The event of an item that has one, in the rows of clients.md 2.4. Raises RenderError."""
    if revision is None:
        raise RenderError(NO_REVISION)
    kept, edition = told.kept, told.edition
    item, place = kept.item, kept.item.event and kept.item.event.location
    ics = b"".join(
        (
            BEGIN_EVENT,
            line("UID", escaped(edition.uid(item.id))),
            line("DTSTAMP", instant(revision.at)),
            line("CREATED", instant(kept.first_seen)),
            line("LAST-MODIFIED", instant(revision.at)),
            line("SEQUENCE", whole_number(revision.sequence)),
            _edge("DTSTART", when.start, when.zone),
            _edge("DTEND", when.end, when.zone),
            line("SUMMARY", escaped(told.title)),
            line("STATUS", STATUSES.get(told.state, "TENTATIVE")),
            ALWAYS,
            line("LOCATION", escaped(place)) if place else b"",
            line("URL", edition.item_url(item.id)),
            line("CATEGORIES", categories((item.type, *item.topics))),
            line("DESCRIPTION", escaped(description(told))),
            END_EVENT,
        )
    )
    if faults := lint.faults(ics):
        raise RenderError("; ".join(faults))
    return ics


def _edge(name: str, value: date, zone: str | None) -> bytes:
    if not isinstance(value, datetime):
        return line(f"{name};VALUE=DATE", day(value))
    return line(f"{name};TZID={zone}", clock(value)) if zone else line(name, instant(value))


def placed(event: Event) -> Placed:
    """When it is, and the zone that it is written in: its VTIMEZONE must stand in the file.

    In UTC where the zone's yearly rule does not reach back, or an edge falls into the hour that clocks show twice.
    """
    if not isinstance(event.start, datetime):
        return Placed(event.start, event.last_day + timedelta(days=1))
    start, end = _instants(event)
    zone = event.zone
    since = exact_from(zone) if zone else None
    if zone is None or since is None or start < since:
        return Placed(start, end)
    tz = times.zone(zone)
    edges = start.astimezone(tz), end.astimezone(tz)
    return Placed(start, end) if any(map(_is_twofold, edges)) else Placed(*edges, zone)


def _is_twofold(clock: datetime) -> bool:
    """Whether clocks show it twice that day."""
    return clock.replace(fold=1 - clock.fold).utcoffset() != clock.utcoffset()


def tzid(event: Event) -> str | None:
    """The zone that the event is written in; None: all day, or in UTC."""
    return placed(event).zone


def _instants(event: Event) -> tuple[datetime, datetime]:
    """Start and end in UTC and whole seconds; an end that nobody knows is two hours after the start."""
    if not isinstance(event.start, datetime) or not isinstance(event.end, datetime | None):
        raise RenderError("start and end are not of one kind")
    start = times.utc(event.start).replace(microsecond=0)
    end = times.utc(event.end).replace(microsecond=0) if event.end else start + UNKNOWN_LENGTH
    return start, end


def description(told: Said) -> str:
    """Plain text of at most 4,000 characters: the summary is shortened for it, and the last lines stay."""
    ending = _fitting([f"{label}: {url}" for label, url in told.links], DESCRIPTION_MOST // 2)
    around = [part for part in (told.notice, told.end_unknown, ending) if part]
    room = DESCRIPTION_MOST - sum([len(part) + 2 for part in around])
    body = text.shorten(told.body, room)
    return "\n\n".join([part for part in (told.notice, body, told.end_unknown, ending) if part])


def _fitting(lines: list[str], most: int) -> str:
    """The lines that fit; the last one, which leads to the whole, always does."""
    *others, last = lines
    kept: list[str] = []
    room = most - len(last)
    for one in others:
        room -= len(one) + 1
        if room < 0:
            break
        kept.append(one)
    return "\n".join([*kept, last])


def document(feed: Feed, entries: Sequence[bytes]) -> bytes:
    """A whole VCALENDAR around entries in the order given (clients.md 2.2)."""
    if feed.alarm is not None or feed.busy or feed.keep_cancelled:
        entries = [_as_asked(event, feed) for event in entries]
    return b"".join((_head(feed), _zones(feed), *entries, END))


def _head(feed: Feed) -> bytes:
    """The rows of clients.md 2.2; SOURCE and REFRESH-INTERVAL give their VALUE (C31)."""
    edition = feed.edition
    about = escaped(words.about(feed))
    version = f" {edition.version}" if edition.version else ""
    return b"".join(
        (
            CALENDAR,
            line("PRODID", escaped(f"-//cecc-feeds//cecc-feeds{version}//EN")),
            b"CALSCALE:GREGORIAN\r\nMETHOD:PUBLISH\r\n",
            _names(_plain(feed.title)),
            line("DESCRIPTION", about),
            line("X-WR-CALDESC", about),
            line("X-WR-TIMEZONE", escaped(edition.zone)),
            _addresses(feed.url(), feed.url(".ics")),
            line("LAST-MODIFIED", instant(feed.modified)),
            b"REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\nX-PUBLISHED-TTL:PT1H\r\n",
        )
    )


def _names(name: str) -> bytes:
    value = escaped(name)
    return line("NAME", value) + line("X-WR-CALNAME", value)


def _addresses(page: str, file: str) -> bytes:
    return line("URL", page) + line("SOURCE;VALUE=URI", file)


def _plain(title: str) -> str:
    """A name without `,`, `;` and a backslash, which ical.js shows with their escapes (C29)."""
    return text.clean_line(AS_ESCAPED.sub(" ", title))


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
    zone = placed(event).zone if event else None
    return _item_feed(words.said(kept, edition).title, kept.item.id, edition, zone, kept.calendar or kept.news)


def _item_feed(title: str, item_id: str, edition: Edition, zone: str | None, revised: Revision) -> Feed:
    return Feed(
        edition=replace(edition, version=""),
        path=f"/items/{item_id}",
        title=title,
        description=edition.publisher,
        modified=revised.at,
        zones=(zone,) if zone else (),
    )


def item_calendar(kept: Kept, edition: Edition) -> bytes:
    """The calendar of one event, as `/items/<id>.ics` serves it; without the event where `entry` is b""."""
    event = entry(kept, edition)
    return document(item_feed(kept, edition), [event] if event else [])
