"""Items and feeds for the tests of `render`: `make(**changes)` shows only what matters to a test."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from cecc_feeds.model import Edition, Feed, Kept, Revision, dated, item_from
from cecc_feeds.render import FORMATS

EDITION = Edition(base_url="https://feeds.example.org", version="1.2.3")
SEEN = datetime(2026, 10, 1, 14, 30, tzinfo=UTC)
CHANGED = datetime(2026, 11, 1, 14, 0, tzinfo=UTC)
NEWS = (".rss", ".atom", ".json")

RECORD: dict[str, Any] = {
    "id": "roundtable-1",
    "type": "Roundtable",
    "title": "Trade & data",
    "url": "https://www.cecc.gov/events/roundtables/trade-data",
    "published": "2026-10-01",
    "summary": "A roundtable on trade.\n\nWith three panelists.",
    "event": {
        "start": "2026-12-01T09:30:00-05:00",
        "end": "2026-12-01T11:00:00-05:00",
        "timezone": "America/New_York",
        "location": "Auditorium, 100 Example Street NE",
    },
}


def make(*, kept: dict[str, Any] | None = None, event: dict[str, Any] | None = None, **changes: Any) -> Kept:
    """A kept roundtable with fields of its record, of its event and of Kept changed; None leaves a field out."""
    record = {**RECORD, **changes}
    if record["event"] is not None:
        record["event"] = {
            name: value for name, value in {**record["event"], **(event or {})}.items() if value is not None
        }
    item = item_from({name: value for name, value in record.items() if value is not None})
    instant, day = dated(item, first_seen=SEEN, zone=EDITION.zone)
    calendar = Revision(CHANGED, 2) if item.event else None
    whole = Kept(item, SEEN, instant, day, news=Revision(CHANGED, 1), calendar=calendar)
    return replace(whole, **(kept or {}))


def without_event(**changes: Any) -> Kept:
    """A kept press release."""
    given = {"id": "press-1", "type": "Press Release", "title": "Chairs’ statement", "url": None, **changes}
    kept = make(**given)
    item = item_from(
        {name: value for name, value in {**RECORD, **given}.items() if value is not None and name != "event"}
    )
    return replace(kept, item=item, calendar=None)


def feed(**changes: Any) -> Feed:
    """A list of hearings and roundtables."""
    given = {
        "edition": EDITION,
        "path": "/feeds/hearings",
        "title": "Commission hearings and roundtables",
        "description": "Public hearings and roundtables.",
        "modified": datetime(2026, 11, 2, tzinfo=UTC),
        "newest": datetime(2026, 10, 1, 14, 30, tzinfo=UTC),
    }
    return Feed(**{**given, **changes})


def whole(suffix: str, items: Sequence[Kept], **changes: Any) -> bytes:
    """The document of those items in one format, in the order given."""
    made = FORMATS[suffix]
    zones = tuple({item.item.event.zone for item in items if item.item.event and item.item.event.zone})
    entries = [made.entry(item, EDITION) for item in items]
    return made.document(feed(**{"zones": zones, **changes}), [entry for entry in entries if entry])


def calendar(*items: Kept, **changes: Any) -> bytes:
    """The calendar of those items."""
    return whole(".ics", items, **changes)


def unfolded(ics: bytes) -> list[str]:
    """The logical lines of a calendar."""
    return ics.decode().replace("\r\n ", "").split("\r\n")


def values(ics: bytes, name: str, component: str = "VEVENT") -> list[str]:
    """What stands after `name` (parameters and all, from the first `:` or `;`) in each component of a kind."""
    found, inside = [], False
    for line in unfolded(ics):
        inside = line == f"BEGIN:{component}" or (inside and line != f"END:{component}")
        if inside and line.startswith((f"{name}:", f"{name};")):
            found.append(line[len(name) :])
    return found
