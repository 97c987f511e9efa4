"""Reading: what can be asked of one state of the store.

Its one rule: answers depend on the query, the state and `today` only, never on the clock.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from sqlalchemy import Connection

from cecc_feeds.model import Item, Kept
from cecc_feeds.query import CALENDAR_MOST, Query
from cecc_feeds.store import calendars, index, rows, selection
from cecc_feeds.store.browsing import Browsing
from cecc_feeds.store.calendars import CALENDAR_BYTES, CALENDAR_EVENTS, COUNTED, Selection
from cecc_feeds.store.history import History
from cecc_feeds.store.knowing import About, Apart, Facts, Known
from cecc_feeds.store.ledger import Ledger
from cecc_feeds.store.naming import Naming
from cecc_feeds.store.rows import id_key
from cecc_feeds.store.schema import BITS, ENTRIES
from cecc_feeds.store.selection import Condition
from cecc_feeds.store.walks import FEW, Walk, Walks

__all__ = ["CALENDAR_BYTES", "CALENDAR_EVENTS", "CHUNK", "Family", "Reading", "Selection", "id_key"]

Family = Literal["calendar", "news", "record"]

MOMENTS = ("founded", "changed", "edition changed", "renamed", "revision")
"""The notes that every feed asks for: all of them at once."""

DELETED_DAYS = 30
CHUNK = CALENDAR_MOST
"""How many values one statement names: all of a calendar, so that a long feed takes no more statements."""


class _Held(NamedTuple):
    """The entries of a page in its order; `whole`: how many items the list is of, where the page tells: who finds too
    few for it, or none on the first, has searched all that there is. `newest` is the latest `dated` of what has an
    entry, `last` the seat of the last."""

    bodies: Sequence[bytes]
    whole: int | None
    newest: int | None = None
    last: int | None = None


class Reading(Naming):
    """One state of the store; made by `Store.read`."""

    def __init__(self, connection: Connection, *, zone: str, known: Known | None = None) -> None:
        super().__init__(connection)
        self._zone = zone
        self._known = known
        self._walks = Walks(connection, self._apart)
        self._history = History(connection, self._walks)
        self._moments: dict[str, str] | None = None
        self.ledger = Ledger(connection, self._history, zone=zone)
        self.browsing = Browsing(connection, self._walks, zone=zone)

    def find(
        self, query: Query, *, today: date, offset: int = 0, size: int | None = None, withdrawn: bool = False
    ) -> list[Kept]:
        """The items of a list in its order. `size` and `offset` stand in for the query's own limit and page."""
        limit = size if size is not None else query.page_size
        skipped = offset if size is not None else (query.page - 1) * limit
        return self._kept([n for n, _ in self._page(query, today, limit, skipped, withdrawn=withdrawn)])

    def _kept(self, items: Sequence[int]) -> list[Kept]:
        """The items of those seats, in that order."""
        found = {n: rows.kept_of(row, zone=self._zone) for n, *row in self._rows(rows.KEPT_OF, rows.listed(items))}
        return [found[n] for n in items]

    def _page(self, query: Query, today: date, limit: int, offset: int, *, withdrawn: bool) -> list[tuple[int, int]]:
        """(seat, `dated`) of a page of a list, in its order."""
        by = _walked_by(query)
        if by is None:
            return self._sorted(self._walks.plan(query, today, by="dated", withdrawn=withdrawn), query, limit, offset)
        near = self._walks.near(query, today, withdrawn=withdrawn) if by == "dated" and query.by_event else None
        if near is not None:
            return self._sorted(near, query, limit, offset)
        walk = self._walks.plan(query, today, by=by, withdrawn=withdrawn)
        if walk is None:
            return []
        found = self._walked(walk, query, today, limit, offset, withdrawn=withdrawn)
        if by == "dated":
            return [(n, index.instant_of(k)) for k, n in found]
        dated = dict(self._rows(rows.DATED_OF, rows.listed(n for _, n in found)))
        return [(n, dated[n]) for _, n in found]

    def _walked(
        self, walk: Walk, query: Query, today: date, limit: int, offset: int, *, withdrawn: bool
    ) -> list[tuple[int, int]]:
        """(place, seat) of a page, from the nearer end."""
        ascending = _walked_by(query) == "start"
        total = self.count(query, today=today, withdrawn=withdrawn) if offset > FEW else 2 * offset
        if total >= 2 * offset:
            return self._walks.page(walk, limit=limit, offset=offset, ascending=ascending)
        size = min(limit, total - offset)
        left = total - offset - size
        return self._walks.page(walk, limit=max(0, size), offset=max(0, left), ascending=ascending, backwards=True)

    def _sorted(self, walk: Walk | None, query: Query, limit: int, offset: int) -> list[tuple[int, int]]:
        """The same of a list in an order in which it is not walked."""
        if walk is None:
            return []
        asked = walk.sql(
            "item.seat, version.dated", f"ORDER BY {selection.ORDERS[query.ordering]} LIMIT ? OFFSET ?", always=True
        )
        return [(n, dated) for n, dated in self._rows(asked, *walk.values, limit, offset)]

    def count(self, query: Query, *, today: date, withdrawn: bool = False, most: int | None = None) -> int:
        """How many items match, limit and page left aside; no more than `most` are counted."""
        walk = self._walks.plan(query, today, by="start" if query.by_event else "dated", withdrawn=withdrawn)
        if walk is None:
            return 0
        parts = self._walks.beyond(walk, today)
        return (
            self._walks.count(walk, most=most)
            if parts is None
            else self._walks.count(parts[0]) - self._walks.count(parts[1])
        )

    def select(self, query: Query, suffix: str, family: Family, *, today: date) -> Selection:
        """The rendered entries of a feed in one format. Withdrawn items are in calendars and news, not in tables.

        Changes are not kept rendered: of their lists it says all but the entries, for those that `Ledger.find` gives.
        """
        if query.scope == "changes":
            return self._told(query, today)
        return self._calendar(query, today) if family == "calendar" else self._news(query, suffix, family, today)

    def _told(self, query: Query, today: date) -> Selection:
        """What is to be said of a list of changes."""
        before = self.ledger.older(query, today=today)
        last = self.ledger.modified(query, today=today, before=before)
        most = _most(query)
        total = self.ledger.count(query, today=today, most=most)
        return Selection(
            entries=(),
            total=min(total, most - 1) if total == most else total,
            at_least=total == most,
            modified=max(self.founded() if last == rows.EPOCH else last, self._retold()),
            older=before,
        )

    def _news(self, query: Query, suffix: str, family: Family, today: date) -> Selection:
        withdrawn = family == "news"
        held = self._entries(query, ENTRIES[suffix].name, today, withdrawn=withdrawn)
        about = self._about(query, family, today, withdrawn=withdrawn, whole=held.whole)
        return Selection(
            entries=held.bodies,
            total=about.total,
            at_least=about.at_least,
            modified=about.modified,
            newest=None if held.newest is None else rows.instant(held.newest),
            deleted=about.deleted,
            oldest=None if held.last is None else self._day_of(held.last),
            older=about.older,
        )

    def _about(self, query: Query, family: Family, today: date, *, withdrawn: bool, whole: int | None) -> About:
        """What is to be said of a news list besides its entries: the same whichever page or format is asked for.

        `whole`: how many items it is of, where its page told.
        """
        key = (family, query if query.limit is None and query.page == 1 else query.without("limit", "page"), today)
        facts = self._facts()
        most = _most(query)
        found: About | None = facts.get((*key, most))
        if found is None:
            total, at_least = self._total(query, today, withdrawn=withdrawn, whole=whole)
            found = facts[*key, most] = About(
                total=total,
                at_least=at_least,
                modified=self.modified(query, family, today=today),
                deleted=self._deleted(query, today) if withdrawn else (),
                older=self._history.older(query, today),
            )
        return found

    def _facts(self) -> Facts:
        """What is known of lists in this state of the store."""
        return {} if self._known is None else self._known.of(self._moment("revision"))

    def _apart(self) -> Apart:
        """What is known of words that never met in any version; nothing while versions may be written."""
        return {} if self._known is None else self._known.apart(self._moment("edition changed"))

    def _total(self, query: Query, today: date, *, withdrawn: bool, whole: int | None) -> tuple[int, bool]:
        """How many items a feed is of, and whether there are more than that; none are counted that need not be."""
        most = _most(query)
        walk = self._walks.plan(query, today, by="start" if query.by_event else "dated", withdrawn=withdrawn)
        ready = walk is not None and self._walks.counted(walk)
        if whole is not None and not ready:
            return whole, False
        total = 0 if walk is None else self._walks.count(walk, most=most)
        return (total, False) if ready or total < most else (most - 1, True)

    def _entries(self, query: Query, table: str, today: date, *, withdrawn: bool) -> _Held:
        """Those of a page that have an entry."""
        if query.page == 1 and _walked_by(query) == "dated" and not query.by_event:
            walk = self._walks.plan(query, today, by="dated", withdrawn=withdrawn)
            beside = [] if walk is None else self._walks.beside(walk, table, limit=query.page_size)
            if beside is not None:
                held, whole = [one for one in beside if one[1] is not None], _whole(query, len(beside))
                edges = (index.instant_of(held[0][0]), held[-1][0] & index.MASK) if held else ()
                return _Held([body for _, body in held], whole, *edges)
        limit = query.page_size
        found = self._page(query, today, limit, (query.page - 1) * limit, withdrawn=withdrawn)
        asked = " ".join(["SELECT seat, body FROM json_each(?) asked CROSS JOIN", table, "ON seat = asked.value"])
        bodies = dict(self._rows(asked, rows.listed([n for n, _ in found])))
        there = [(n, dated) for n, dated in found if n in bodies]
        edges = (max([dated for _, dated in there]), there[-1][0]) if there else ()
        return _Held([bodies[n] for n, _ in there], _whole(query, len(found)), *edges)

    def _day_of(self, n: int) -> date:
        asked = "SELECT version.dated_day FROM item JOIN version ON version.n = item.version WHERE item.seat = ?"
        return date.fromisoformat(self._value(asked, n))

    def _deleted(self, query: Query, today: date) -> tuple[tuple[str, datetime], ...]:
        midnight = rows.seconds(rows.midnight(today - timedelta(days=DELETED_DAYS), self._zone))
        where, given = selection.joined(selection.conditions(query, today), "version")
        asked = " ".join([*DELETED, "AND", where, "ORDER BY item.withdrawn DESC, item.id"])
        return tuple((name, rows.instant(at)) for name, at in self._rows(asked, midnight, *given))

    def _calendar(self, query: Query, today: date) -> Selection:
        found = calendars.window(self._connection, self._walks, query, today)
        modified = self._calendar_modified(query.without("limit"), today, cut=found.cut)
        return Selection(found.entries, found.total, modified, zones=found.zones, at_least=found.at_least)

    def _calendar_modified(self, query: Query, today: date, *, cut: bool) -> datetime:
        """When a calendar changed last, whatever its length; one that leaves events out turns with each that passes."""
        facts, key = self._facts(), ("modified", query, today, cut)
        found: datetime | None = facts.get(key)
        if found is None:
            passed = self._history.passed(query, today, self._zone) if cut else rows.EPOCH
            found = facts[key] = max(self.modified(query, "calendar", today=today), passed)
        return found

    def modified(self, query: Query, family: Family, *, today: date) -> datetime:
        """The latest change whose old or new state matches, or the later midnight that turned the list.

        Past states count at midnights, too: they match no longer then, and the list must not seem older
        (clients.md 2.5).
        """
        archive = query.archive is not None
        query, months = selection.archived(query, self._history.older(query, today))
        held = [*selection.conditions(query, today), *months]
        last = self._history.last(held, [MOVED[family]], months=archive)
        return max(
            last or self.founded(),
            self._retold(),
            self._history.turned(selection.turnings(query, today), self._zone),
        )

    def founded(self) -> datetime:
        """When the store was made: what an empty feed says of its last change."""
        return self._noted("founded")

    def changed(self) -> datetime:
        """When the last change was committed that readers see."""
        return self._noted("changed")

    def _retold(self) -> datetime:
        """When every list last changed at once: with the edition, or with the name of a type or topic."""
        return max(self._noted("edition changed"), self._noted("renamed"))

    def feed_changed(self, name: str) -> datetime:
        """When a named feed last read otherwise than before: its title and query are part of its bytes."""
        return self._noted(f"feed {name}")

    def _noted(self, name: str) -> datetime:
        """The instant at the end of a note: of the making of the store, of its edition, of a named feed."""
        value = self._moment(name) if name in MOMENTS else self.note(name)
        return rows.instant(int(value.split()[-1])) if value else rows.EPOCH

    def _moment(self, name: str) -> str | None:
        if self._moments is None:
            asked = "SELECT name, value FROM state WHERE name IN (SELECT value FROM json_each(?))"
            self._moments = dict(self._rows(asked, rows.listed(MOMENTS)))
        return self._moments.get(name)

    def note(self, name: str) -> str | None:
        """A note on the store as a whole."""
        value: str | None = self._value("SELECT value FROM state WHERE name = ?", name)
        return value

    def get(self, item_id: str) -> Kept | None:
        """The item of that id, also by an id that it was once read under, or the one that it was found to be."""
        kept = self._heir(item_id)
        if kept is not None:
            return kept
        asked = "SELECT item.id FROM known JOIN item ON item.n = known.item WHERE known.key = ? ORDER BY item.id"
        aliases = self._rows(asked, rows.key_bytes(id_key(item_id)))
        return next((heir for (alias,) in aliases if (heir := self._heir(alias)) is not None), None)

    def _heir(self, item_id: str) -> Kept | None:
        """The item of exactly that id, else the one that it was found to be at last."""
        met = set[str]()
        while (kept := self.held(item_id)) is None and item_id not in met:
            met.add(item_id)
            became = self._value("SELECT became FROM item WHERE id = ?", item_id)
            if became is None:
                return None
            item_id = became
        return kept

    def held(self, item_id: str) -> Kept | None:
        """The item of exactly that id."""
        found = self._rows(rows.KEPT_BY_ID, item_id)
        return rows.kept_of(found[0], zone=self._zone) if found else None

    def entry(self, item_id: str, suffix: str) -> bytes | None:
        """One item's entry in one format; None where it has none."""
        body: bytes | None
        if suffix == ".ics":
            found = self._rows(
                "SELECT item.seat, version.start FROM item JOIN version ON version.n = item.version WHERE id = ?",
                item_id,
            )
            k = index.place(found[0][1], found[0][0]) if found and found[0][1] is not None else None
            body = self._value("SELECT body FROM vevent WHERE k = ?", k)
        else:
            asked = " ".join(
                ["SELECT body FROM", ENTRIES[suffix].name, "WHERE seat = (SELECT seat FROM item WHERE id = ?)"]
            )
            body = self._value(asked, item_id)
        return body

    def months(self) -> list[tuple[int, int, int]]:
        """(year, month, events that begin in it), ascending."""
        asked = "SELECT -facet, total - withdrawn FROM tally WHERE facet < -1000 ORDER BY facet DESC"
        return [(*divmod(month, 100), count) for month, count in self._rows(asked) if count]

    def sources(self) -> dict[str, tuple[Literal["records", "page"], bool, datetime | None]]:
        """Name to (kind, whether it was configured, last import without a refusal; None: never one)."""
        found = self._rows("SELECT name, kind, configured, imported FROM source WHERE there ORDER BY name")
        return {name: (kind, bool(own), rows.instant(at) if at else None) for name, kind, own, at in found}

    def edition(self) -> str | None:
        """What the entries were rendered for."""
        return self.note("edition")

    def readings(self, *item_ids: str) -> list[tuple[str, Item]]:
        """(source, item as that source has it) in the order of the sources, else records before pages, each by name.

        Of several items that are one, and of which one source speaks, in the order given.
        """
        found = self._rows(rows.READINGS, rows.listed(item_ids))
        placed = {item_id: number for number, item_id in enumerate(item_ids)}
        found.sort(key=lambda row: (row[3], row[2] != "records", row[0], placed[row[4]]))
        return [(name, rows.item_of(record, zone=self._zone)) for name, record, *_ in found]

    def every(self) -> Sequence[str]:
        """The ids of all items ever kept, ascending."""
        return [item_id for (item_id,) in self._rows("SELECT id FROM item WHERE first_seen IS NOT NULL ORDER BY id")]


def _walked_by(query: Query) -> str | None:
    """By what a list is kept ready in its order."""
    if query.ordering == "published":
        return "dated"
    return "start" if query.ordering == "start" and query.by_event else None


def _whole(query: Query, found: int) -> int | None:
    """How many items a list is of, of whose page so many were found; None where there may be more, or before it."""
    if found >= query.page_size or (not found and query.page > 1):
        return None
    return (query.page - 1) * query.page_size + found


def _most(query: Query) -> int:
    """Up to how many a feed counts: enough to know whether there is a next page."""
    return max(COUNTED, query.page * query.page_size) + 1


DELETED = (
    "SELECT item.id, item.withdrawn FROM item CROSS JOIN version ON version.item = item.n",
    "WHERE item.withdrawn >= ? AND (version.n = item.version OR",
    "(item.version IS NULL AND item.became IS NOT NULL AND version.gone AND version.at = item.withdrawn))",
)
MOVED = {family: Condition("{v}.moved & ?", (bit,)) for family, bit in BITS.items()}
