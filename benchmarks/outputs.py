"""Outputs: what a calendar or feed says, whoever wrote it, so that two of them can be held against each other.

Its one rule: read with software that is not ours; instants are compared as instants, texts as texts.
"""

import html
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from icalendar import Calendar
from icalendar.prop import vCategory, vDDDTypes
from lxml import etree

from benchmarks.errors import Trouble

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"

Entries = dict[str, dict[str, Any]]
"""UID or id to name to value."""


def events(ics: bytes) -> Entries:
    """The events of a calendar by UID: every property, instants in UTC, and the zones of both edges."""
    found: Entries = {}
    for component in Calendar.from_ical(ics.decode()).walk("VEVENT"):
        told = {name.lower(): _value(value) for name, value in component.items()}
        for edge in ("dtstart", "dtend"):
            told[f"zone of {edge}"] = _zone(component.decoded(edge))
        found[str(told["uid"])] = told
    return found


def _value(value: object) -> object:
    if isinstance(value, vDDDTypes):
        return instant(value.dt)
    if isinstance(value, vCategory):
        return [str(one) for one in value.cats]
    return str(value)


def _zone(edge: object) -> str:
    return str(getattr(edge.tzinfo, "key", edge.tzinfo)) if isinstance(edge, datetime) else ""


def instant(value: object) -> str:
    """A date as it is, a date-time in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise Trouble(f"{value!r} is no time")


def atom(feed: bytes) -> Entries:
    """The entries of an Atom feed by id."""
    found = (_atom_entry(entry) for entry in etree.fromstring(feed).iter(f"{ATOM}entry"))
    return {str(told["id"]): told for told in found}


def _atom_entry(entry: Any) -> dict[str, Any]:
    def text(name: str) -> str:
        return entry.findtext(f"{ATOM}{name}") or ""

    return {
        "id": text("id"),
        "title": text("title"),
        "updated": instant(datetime.fromisoformat(text("updated"))),
        "published": instant(datetime.fromisoformat(text("published"))),
        "summary": text("summary"),
        "content": text("content"),
        "links": sorted(sorted(link.attrib.items()) for link in entry.iter(f"{ATOM}link")),
        "categories": sorted(sorted(one.attrib.items()) for one in entry.iter(f"{ATOM}category")),
    }


def rss(feed: bytes) -> Entries:
    """The items of an RSS feed by guid."""
    found: Entries = {}
    for item in etree.fromstring(feed).iter("item"):
        found[item.findtext("guid") or ""] = {
            "title": item.findtext("title"),
            "published": instant(parsedate_to_datetime(item.findtext("pubDate") or "")),
            "link": item.findtext("link"),
            "description": html.unescape(item.findtext("description") or ""),  # readers take it for HTML
            "content": item.findtext(f"{CONTENT}encoded"),
            "categories": sorted(one.text for one in item.iter("category")),
        }
    return found


def jsonfeed(feed: bytes) -> Entries:
    """The items of a JSON Feed by id."""
    return {
        item["id"]: {
            "title": item["title"],
            "published": instant(datetime.fromisoformat(item["date_published"])),
            "url": item["url"],
            "content_html": item["content_html"],
            "summary": item["summary"],
            "tags": item["tags"],
        }
        for item in json.loads(feed)["items"]
    }


def same(ours: Entries, theirs: Entries, *, what: str, without: Iterable[str] = ()) -> None:
    """Raises Trouble unless both hold the same, values that are named left aside, and anything at all."""
    if not ours or ours.keys() != theirs.keys():
        odd = sorted(ours.keys() ^ theirs.keys())
        raise Trouble(f"{what}: not the same entries: {len(ours)} and {len(theirs)}, such as {odd[:3]}")
    left_aside = set(without)
    for uid, told in ours.items():
        for name in (told.keys() | theirs[uid].keys()) - left_aside:
            if told.get(name) != theirs[uid].get(name):
                raise Trouble(f"{what}: {uid}: {name}: {told.get(name)!r} and {theirs[uid].get(name)!r}")


def chosen(entries: Entries, ids: Iterable[str]) -> Entries:
    wanted = set(ids)
    return {uid: told for uid, told in entries.items() if uid in wanted}


def count(suffix: str, body: bytes) -> int:
    """How many entries a document of ours holds, without parsing it."""
    marks: Mapping[str, bytes] = {
        ".ics": b"\nBEGIN:VEVENT\r",
        ".atom": b"<entry",
        ".rss": b"<item>",
        ".json": b'   "id": "',
    }
    return body.count(marks[suffix])
