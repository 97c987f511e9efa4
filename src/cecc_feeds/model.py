"""The values of the service: `Item` and its record, given on; Kept and Feed as store and web hold them.

Its one rule: values only; what they are in files, tables and feeds is for others to say.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from cecc_feeds import times
from cecc_feeds.canonical import canonical, item_of_record, record_line
from cecc_feeds.item import DEFAULT_ZONE, FIELDS, Event, Item, Link, Value, item_from

__all__ = [
    "CANCELLED_DAYS", "DEFAULT_ZONE", "FIELDS", "Edition", "Event", "Feed", "Item", "Kept", "Link", "Rejected",
    "Revision", "Value", "canonical", "dated", "item_from", "item_of_record", "record_line",
]  # fmt: skip

CANCELLED_DAYS = 90
"""How many days after its end a cancelled or withdrawn event stays in calendars (interface.md, 4)."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that was not taken: `where` is FILE:LINE or FILE#ID, `why` quotes the offending text."""

    where: str
    why: str

    def __str__(self) -> str:
        return f"{self.where}: {self.why}"


@dataclass(frozen=True, slots=True)
class Revision:
    """The state of an item's bytes in one family of formats: when they last changed (UTC, whole seconds), how often."""

    at: datetime
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """An item as the store keeps it.

    `dated` is the instant that the item is listed under and `dated_day` its local day (see `dated`). `calendar` is None
    where the item has no event. `withdrawn` is when its sources stopped naming it, `was_coming` whether the event still
    lay ahead then; `news_line` is what entries say first of its last change.
    """

    item: Item
    first_seen: datetime
    dated: datetime
    dated_day: date
    news: Revision
    calendar: Revision | None = None
    withdrawn: datetime | None = None
    was_coming: bool = True
    news_line: str = ""

    @property
    def called_off(self) -> bool:
        """Whether calendars say STATUS:CANCELLED."""
        event = self.item.event
        return event is not None and (self.withdrawn is not None or event.standing == "cancelled")

    @property
    def shown_until(self) -> date | None:
        """The last day on which calendars hold the event; None: for ever (clients.md 2.6)."""
        event = self.item.event
        if event is None or not self.called_off:
            return None
        if self.withdrawn is not None and not self.was_coming:
            return date.min
        return event.last_day + timedelta(days=CANCELLED_DAYS)


def dated(item: Item, *, first_seen: datetime, zone: str) -> tuple[datetime, date]:
    """The instant (UTC) and local day that an item is listed under (clients.md 3.1, 4): never later than first seen.

    Where no date was published: when it was first seen, but an event that was over by then on its last day, so that an
    archive taken in today is not today's news.
    """
    tz = times.zone(zone)
    if isinstance(item.published, datetime):
        return min(times.utc(item.published), first_seen), item.published.astimezone(tz).date()
    seen = _local_day(first_seen, tz)
    over = item.event.last_day if item.event and item.event.last_day < seen else None
    day = item.published or over
    return (first_seen, seen) if day is None else (min(_noon(day, tz), first_seen), day)


@lru_cache(maxsize=16)
def _local_day(instant: datetime, tz: ZoneInfo) -> date:
    return times.local_day(instant, tz)


@lru_cache(maxsize=4096)
def _noon(day: date, tz: ZoneInfo) -> datetime:
    return times.utc(datetime(day.year, day.month, day.day, 12, tzinfo=tz))


@dataclass(frozen=True, slots=True)
class Edition:
    """All that an entry's bytes depend on besides its item: a changed edition means that entries are rendered anew."""

    base_url: str = "http://127.0.0.1:8000"
    uid_domain: str = "cecc.gov"
    zone: str = DEFAULT_ZONE
    publisher: str = "Congressional-Executive Commission on China"
    version: str = "0"

    def uid(self, item_id: str) -> str:
        """The iCalendar UID (RFC 5545 3.8.4.7), which outlives addresses and databases."""
        return f"{item_id}@{self.uid_domain}"

    def entry_id(self, item_id: str) -> str:
        """The tag URI (RFC 4151) that is atom:id, RSS guid and JSON Feed id."""
        return f"tag:{self.uid_domain},2002:item/{item_id}"

    def change_id(self, item_id: str, at: datetime) -> str:
        return f"tag:{self.uid_domain},2002:change/{item_id}/{times.utc(at):%Y%m%dT%H%M%SZ}"

    def item_url(self, item_id: str, suffix: str = "") -> str:
        return f"{self.base_url}/items/{item_id}{suffix}"


@dataclass(frozen=True, slots=True)
class Feed:
    """What a document says around its entries.

    `path` is the list's address without suffix, percent-encoded, `args` the canonical query ("" or "from=today") and
    `calendar_args` that of the `.ics` where it differs; `modified` (UTC) is at once HTTP Last-Modified, atom:updated,
    lastBuildDate and the calendar's LAST-MODIFIED; `newest` the newest `dated` among the entries; `zones` the
    TZIDs that the entries use; `note` the sentence that says what was cut; `pages` RFC 5005 relations to addresses;
    `deleted` (entry id, when) of withdrawn items.
    """

    edition: Edition
    path: str
    title: str
    description: str
    modified: datetime
    args: str = ""
    calendar_args: str | None = None
    newest: datetime | None = None
    zones: tuple[str, ...] = ()
    note: str = ""
    pages: Mapping[str, str] = field(default_factory=dict)
    deleted: tuple[tuple[str, datetime], ...] = ()
    alarm: int | None = None
    busy: bool = False
    keep_cancelled: bool = False
    archive: bool = False

    def url(self, suffix: str = "") -> str:
        """The absolute canonical address of this list in one format ("" is the page for people)."""
        args = self.args if suffix != ".ics" or self.calendar_args is None else self.calendar_args
        return f"{self.edition.base_url}{self.path}{suffix}" + (f"?{args}" if args else "")

    @property
    def id(self) -> str:
        """atom:id of the feed: a tag URI that does not move with the address of the service."""
        return f"tag:{self.edition.uid_domain},2002:feed{self.path}" + (f"?{self.args}" if self.args else "")
