"""What pages are written on: the template environment, its filters, and the addresses of static files.

Its one rule: a template needs no request and no application; everything is escaped unless a filter made it HTML.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from cecc_feeds import text, times
from cecc_feeds.changes import Difference
from cecc_feeds.errors import RecordError
from cecc_feeds.model import DEFAULT_ZONE, Event, Item
from cecc_feeds.render.story import anchor
from cecc_feeds.web.month import MONTHS, month_path, month_words
from cecc_feeds.web.site import time_of

STATIC = Path(__file__).parent / "static"

STATUS_WORDS = {
    "confirmed": "Confirmed",
    "tentative": "Tentative: it may still change",
    "postponed": "Postponed: it does not take place at this time",
    "cancelled": "Cancelled: it does not take place",
}
TYPE_WORDS = {"application/pdf": "PDF", "text/html": "", "text/plain": "text"}


def day_short(day: date) -> str:
    """`Apr 30, 2015`."""
    return f"{MONTHS[day.month - 1][:3]} {day.day}, {day.year}"


def time_of_day(day: date, words: str | None = None) -> Markup:
    """A `<time>` element for a day, by default `Apr 30, 2015`."""
    return Markup('<time datetime="{}">{}</time>').format(day.isoformat(), words or day_short(day))


def weekday(day: date) -> Markup:
    """A `<time>` element for a day of an embed: `Thu, Apr 30, 2015`."""
    return time_of_day(day, f"{times.day_words(day)[:3]}, {day_short(day)}")


def days(event: Event) -> Markup:
    """The day of an event as `weekday` writes it, or its first and last."""
    first, last = event.first_day, event.last_day
    return weekday(first) if first == last else Markup("{} – {}").format(weekday(first), weekday(last))


def stamp(value: date | datetime, zone: str = "") -> Markup:
    """A `<time>` element for a date of the record: `April 30, 2015`; its time, where it has one, as in `zone`."""
    if zone and isinstance(value, datetime):
        value = value.astimezone(times.zone(zone))
    return Markup('<time datetime="{}">{}</time>').format(times.fmt_stamp(value), times.span_words(value, None))


def when(event: Event) -> Markup:
    """A `<time>` element for an event, with the zone in words; its instant is the start."""
    words = times.span_words(event.start, event.end)
    return Markup('<time datetime="{}">{}</time>').format(times.fmt_stamp(event.start), words)


def whose_time(event: Event) -> str:
    """What is to be known of an event's time besides the time: whose it is, or that there is none."""
    if event.zone:
        return time_of(event.zone)
    return "" if event.end else "no time is given"


def clock(event: Event, day: date, zone: str) -> Markup | str:
    """When an event begins on a day of the table, with its zone, which is seen where it is not the page's."""
    if not isinstance(event.start, datetime):
        return "all day" if event.end else "no time"
    if event.start.date() != day:
        return "goes on"
    seen = "" if event.zone != zone else ' class="unseen"'
    told = Markup('<time datetime="{}">{}<span{}>{}</span></time>')
    words = times.clock_words(event.start)
    zone_told = times.span_words(event.start, None).rpartition(words)[2]
    return told.format(times.fmt_stamp(event.start), words, Markup(seen), zone_told)  # noqa: S704


def told(difference: Difference, item: Item) -> Markup:
    """The sentence of a difference; what it says of the time of an event before and after as `<time>` elements."""
    zone = times.zone((item.event and (item.event.zone or item.event.timezone)) or DEFAULT_ZONE)
    spans = [span for edges in (difference.old, difference.new) if (span := _span(edges, zone))]
    spans += [(item.event.start, item.event.end)] if item.event else []
    marked = {times.span_words(start, end): times.fmt_stamp(start) for start, end in spans}
    longest_first = "|".join(re.escape(words) for words in sorted(marked, key=len, reverse=True))
    parts = re.split(f"({longest_first})", difference.sentence) if marked else [difference.sentence]
    told = Markup('<time datetime="{}">{}</time>')
    return Markup().join(told.format(marked[part], part) if part in marked else part for part in parts)


def _span(edges: str, zone: ZoneInfo) -> tuple[date | datetime, date | datetime | None] | None:
    """The start and end that a difference of times spells; None for what is no time."""
    try:
        start, *end = (times.parse_edge(edge, zone) for edge in edges.split("/"))
    except (RecordError, ValueError):
        return None
    return start, end[0] if end else None


def paragraphs(value: str) -> Markup:
    """The HTML of a clean text; `text_to_html` escapes."""
    return Markup(text.text_to_html(value))  # noqa: S704


def language(item: Item) -> Markup:
    """A `lang` attribute, where the item's language is not the page's."""
    return Markup(' lang="{}"').format(item.language) if item.language and item.language != "en" else Markup()


def host(url: str) -> str:
    return (urlsplit(url).hostname or url).removeprefix("www.")


def type_words(media: str) -> str:
    """A media type for people: "PDF"; "" for pages."""
    return TYPE_WORDS.get(media, media)


@cache
def asset(name: str) -> str:
    """The path of a file of `static/` with a digest of its content, so that it can be kept for ever."""
    return f"/static/{name}?v={hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:8]}"


FILTERS: tuple[Callable[..., str], ...] = (
    *(time_of_day, weekday, days, stamp, when, clock, paragraphs, language, host, type_words),
    *(month_path, month_words, text.slug, anchor, whose_time, told),
)


def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("cecc_feeds.web"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        auto_reload=False,
    )
    made.filters.update({read.__name__: read for read in FILTERS})
    made.filters["moment"] = times.fmt_stamp
    made.filters["thousands"] = "{:,}".format
    made.globals.update(asset=asset, status_words=STATUS_WORDS)
    return made


ENVIRONMENT = _environment()
