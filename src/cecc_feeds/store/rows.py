"""Between values and rows: what a Kept is in columns, and back.

Its one rule: a row read gives the value that was written.
"""

import hashlib
import json
from datetime import UTC, date, datetime
from typing import Any

from cecc_feeds import times
from cecc_feeds.model import Item, Kept, Revision, item_from, record_line


def seconds(instant: datetime) -> int:
    return int(instant.timestamp())


def instant(value: int) -> datetime:
    return datetime.fromtimestamp(value, UTC)


EPOCH = instant(0)


def midnight(day: date, zone: str) -> datetime:
    """The instant at which a day begins in a zone."""
    return times.utc(times.sort_instant(day, times.zone(zone)))


def month_of(day: str | None) -> date | None:
    """The first day of the month of a day as a column holds it."""
    return None if day is None else date.fromisoformat(day).replace(day=1)


def digest(record: str) -> bytes:
    """Sixteen bytes that tell one canonical record from another."""
    return hashlib.blake2b(record.encode(), digest_size=16).digest()


def version_row(kept: Kept, *, zone: str) -> dict[str, Any]:
    """The columns of `version` that say what an item is; history columns are the writer's."""
    item, event = kept.item, kept.item.event
    tz = times.zone(zone)
    return {
        "item_id": item.id,
        "current": True,
        "withdrawn": kept.withdrawn is not None,
        "record": record_line(item),
        "type": item.type_slug,
        "status": event.standing if event else None,
        "start": seconds(times.sort_instant(event.start, tz)) if event else None,
        "first_day": event.first_day.isoformat() if event else None,
        "last_day": event.last_day.isoformat() if event else None,
        "shown_until": kept.shown_until.isoformat() if kept.shown_until else None,
        "dated": seconds(kept.dated),
        "dated_day": kept.dated_day.isoformat(),
        "updated": seconds(times.sort_instant(item.updated, tz) if item.updated else kept.dated),
        "search": item.search_text,
    }


def item_of(record: str, *, zone: str) -> Item:
    return item_from(json.loads(record), zone=zone)


def kept_of(row: Any, *, zone: str) -> Kept:
    """The Kept of a row that joins `version` and `item`."""
    item = item_of(row.record, zone=zone)
    return Kept(
        item=item,
        first_seen=instant(row.first_seen),
        dated=instant(row.dated),
        dated_day=date.fromisoformat(row.dated_day),
        news=Revision(instant(row.news_at), row.news_sequence),
        calendar=Revision(instant(row.calendar_at), row.calendar_sequence) if item.event else None,
        withdrawn=instant(row.withdrawn) if row.withdrawn is not None else None,
        was_coming=row.was_coming,
    )
