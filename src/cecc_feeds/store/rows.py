"""Between values and rows: what a Kept is in columns, and back.

Its one rule: a row read gives the value that was written.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from cecc_feeds import text, times
from cecc_feeds.model import Event, Item, Kept, Revision, item_of_record, record_line


@lru_cache(maxsize=64)
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


def id_key(item_id: str) -> str:
    """The key in `known` that an id is."""
    return f"id:{item_id}"


def key_bytes(key: str) -> bytes:
    """A key as `known` holds it: the bytes that hexadecimal digits name, else the text."""
    if len(key) == 32:
        try:
            return bytes.fromhex(key)
        except ValueError:
            pass
    return key.encode()


def searched(record: str) -> str:
    """`Item.searched` of a canonical record."""
    told = json.loads(record)
    place = told.get("event", {}).get("location")
    return "\n".join(part for part in (told.get("title"), told.get("summary"), *told.get("topics", ()), place) if part)


def search_text(record: str) -> str:
    """`Item.search_text` of a canonical record."""
    return text.search_text([searched(record)])


def spaced(words: Iterable[str]) -> str:
    """Words between blanks, so that each is found with its blanks; "" for none."""
    joined = " ".join(words)
    return f" {joined} " if joined else ""


def state_row(kept: Kept, *, zone: str) -> dict[str, Any]:
    """The columns of `version` that say what an item is; those of its history are the writer's."""
    item, event = kept.item, kept.item.event
    tz = times.zone(zone)
    at = seconds(kept.dated)
    return {
        "withdrawn": int(kept.withdrawn is not None),
        "type": item.type_slug,
        "topics": spaced(sorted(set(item.topic_slugs))),
        **(NO_EVENT if event is None else _event_columns(event, kept.shown_until, tz)),
        "dated": at,
        "dated_day": kept.dated_day.isoformat(),
        "ahead": at if kept.dated_day > times.local_day(kept.dated, tz) else None,
        "updated": seconds(times.sort_instant(item.updated, tz)) if item.updated else at,
        "record": record_line(item),
    }


def _event_columns(event: Event, shown_until: date | None, tz: ZoneInfo) -> dict[str, Any]:
    return {
        "status": event.standing,
        "start": seconds(times.sort_instant(event.start, tz)),
        "first_day": event.first_day.isoformat(),
        "last_day": event.last_day.isoformat(),
        "shown_until": shown_until.isoformat() if shown_until else None,
    }


NO_EVENT: dict[str, Any] = dict.fromkeys(("status", "start", "first_day", "last_day", "shown_until"))


def item_of(record: str, *, zone: str) -> Item:
    return item_of_record(record, zone)


KEPT = (
    "version.record, version.dated, version.dated_day, item.first_seen, item.withdrawn, item.was_coming, "
    "item.news_at, item.news_sequence, item.calendar_at, item.calendar_sequence"
)
"""The columns that `kept_of` takes."""

KEPT_OF = " ".join(
    [
        *("SELECT item.seat,", KEPT, "FROM item JOIN version ON version.n = item.version"),
        "WHERE item.seat IN (SELECT value FROM json_each(?))",
    ]
)
DATED_OF = (
    "SELECT item.seat, version.dated FROM item JOIN version ON version.n = item.version "
    "WHERE item.seat IN (SELECT value FROM json_each(?))"
)
KEPT_BY_ID = " ".join(["SELECT", KEPT, "FROM item JOIN version ON version.n = item.version WHERE item.id = ?"])
READINGS = (
    "SELECT source.name, reading.record, source.kind, source.rank, item.id FROM item "
    "JOIN reading ON reading.item = item.n JOIN source ON source.n = reading.source "
    "WHERE item.id IN (SELECT value FROM json_each(?)) AND source.there"
)


def kept_of(row: Any, *, zone: str) -> Kept:
    """The Kept of a row of `KEPT`."""
    record, dated, day, first_seen, withdrawn, was_coming, news_at, news, calendar_at, calendar = row
    item = item_of(record, zone=zone)
    return Kept(
        item=item,
        first_seen=instant(first_seen),
        dated=instant(dated),
        dated_day=date.fromisoformat(day),
        news=Revision(instant(news_at), news),
        calendar=Revision(instant(calendar_at), calendar) if item.event else None,
        withdrawn=instant(withdrawn) if withdrawn is not None else None,
        was_coming=bool(was_coming),
    )


def listed(values: Iterable[str | int]) -> str:
    """Values for `SELECT value FROM json_each(?)`: as many as there are in one."""
    return json.dumps(list(values), ensure_ascii=False)
