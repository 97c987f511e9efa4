"""Reading: what can be asked of one state of the store.

Its one rule: answers depend on the query, the state and `today` only, never on the clock.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from cecc_feeds.model import Item, Kept
from cecc_feeds.query import CALENDAR_MOST, Query
from cecc_feeds.store import rows, selection
from cecc_feeds.store.ledger import Ledger
from cecc_feeds.store.schema import entry, item, known, reading, renamed, slug, source, state, version, version_topic

Family = Literal["calendar", "news", "record"]

CALENDAR_EVENTS = 1_000
CALENDAR_BYTES = 890_000
"""Of the 900 kB that clients take (clients.md 2.7), what the events may fill; the rest is head and time zones."""

DELETED_DAYS = 30
CHUNK = CALENDAR_MOST
"""How many values one statement names: all of a calendar, so that a long feed takes no more statements."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The kept entries of one feed, in order, and what its head has to say of them.

    `total` counts all that the query matches, `zones` the TZIDs used, `newest` the newest `dated`, `deleted`
    the ids withdrawn lately, `oldest` the day of the last entry, `older` the month before an archive's that holds
    something. `cut` when calendars leave out events that match.
    """

    entries: Sequence[bytes]
    total: int
    modified: datetime
    zones: tuple[str, ...] = ()
    newest: datetime | None = None
    deleted: tuple[tuple[str, datetime], ...] = ()
    oldest: date | None = None
    older: date | None = None

    @property
    def cut(self) -> bool:
        return len(self.entries) < self.total


class Reading:
    """One state of the store; made by `Store.read`."""

    def __init__(self, connection: Connection, *, zone: str) -> None:
        self._connection = connection
        self._zone = zone
        self.ledger = Ledger(connection, zone=zone)

    def find(
        self, query: Query, *, today: date, offset: int = 0, size: int | None = None, withdrawn: bool = False
    ) -> list[Kept]:
        """The items of a list in its order. `size` and `offset` stand in for the query's own limit and page."""
        limit = size if size is not None else query.page_size
        skipped = offset if size is not None else (query.page - 1) * limit
        asked = self._listed(KEPT, query, today, withdrawn=withdrawn).order_by(*selection.ordering(query))
        found = self._connection.execute(asked.limit(limit).offset(skipped))
        return [rows.kept_of(row, zone=self._zone) for row in found]

    def count(self, query: Query, *, today: date, withdrawn: bool = False) -> int:
        """How many items match, limit and page left aside."""
        asked = self._listed(select(func.count()), query, today, withdrawn=withdrawn)
        return int(self._connection.execute(asked).scalar_one())

    def select(self, query: Query, suffix: str, family: Family, *, today: date) -> Selection:
        """The rendered entries of a feed in one format. Withdrawn items are in calendars and news, not in tables."""
        if query.scope == "changes":
            return self._told(query, suffix, today)
        return self._calendar(query, today) if family == "calendar" else self._news(query, suffix, family, today)

    def _told(self, query: Query, suffix: str, today: date) -> Selection:
        """The entries of a list of changes."""
        found = self.ledger.entries(query, suffix, today=today)
        before = self.ledger.older(query, today=today)
        last = self.ledger.modified(query, today=today, before=before)
        return Selection(
            entries=[row.body for row in found],
            total=self.ledger.count(query, today=today),
            modified=max(self.founded() if last == rows.EPOCH else last, self._retold()),
            newest=rows.instant(found[0].at) if found else None,
            oldest=date.fromisoformat(found[-1].day) if found else None,
            older=before,
        )

    def _listed(self, asked: Select[Any], query: Query, today: date, *, withdrawn: bool) -> Select[Any]:
        shown = [] if withdrawn else [version.c.withdrawn.is_(False)]
        return asked.where(version.c.current.is_(True), *shown, *selection.conditions(query, today))

    def _news(self, query: Query, suffix: str, family: Family, today: date) -> Selection:
        limit, withdrawn = query.page_size, family == "news"
        asked = select(version.c.item_id, version.c.dated, version.c.dated_day, entry.c.body)
        joined = asked.join(entry, entry.c.item_id == version.c.item_id)
        listed = self._listed(joined, query, today, withdrawn=withdrawn).where(entry.c.format == suffix)
        page = listed.order_by(*selection.ordering(query)).limit(limit).offset((query.page - 1) * limit)
        found = self._connection.execute(page).all()
        newest = max((row.dated for row in found), default=None)
        return Selection(
            entries=[row.body for row in found],
            total=self.count(query, today=today, withdrawn=withdrawn),
            modified=self.modified(query, family, today=today),
            newest=None if newest is None else rows.instant(newest),
            deleted=self._deleted(query, today) if withdrawn else (),
            oldest=date.fromisoformat(found[-1].dated_day) if found else None,
            older=self._older(query, today),
        )

    def _deleted(self, query: Query, today: date) -> tuple[tuple[str, datetime], ...]:
        midnight = rows.midnight(today - timedelta(days=DELETED_DAYS), self._zone)
        asked = select(version.c.item_id, item.c.withdrawn).join(item, CURRENT)
        merged = and_(item.c.became.is_not(None), version.c.news_until == item.c.withdrawn)
        gone = asked.where(or_(version.c.current.is_(True), merged), item.c.withdrawn >= rows.seconds(midnight))
        gone = gone.where(*selection.conditions(query, today))
        found = self._connection.execute(gone.order_by(item.c.withdrawn.desc(), version.c.item_id))
        return tuple((row.item_id, rows.instant(row.withdrawn)) for row in found)

    def _calendar(self, query: Query, today: date) -> Selection:
        asked = select(version.c.item_id, version.c.start, version.c.last_day, entry.c.size, entry.c.zone)
        joined = asked.join(entry, entry.c.item_id == version.c.item_id).where(entry.c.format == ".ics")
        found = self._connection.execute(self._listed(joined, query, today, withdrawn=True)).all()
        chosen = _window(found, today, query.size)
        chosen.sort(key=lambda row: (row.start, row.item_id))
        modified = self.modified(query, "calendar", today=today)
        if len(chosen) < len(found):
            modified = max(modified, self._last_passing(found, today))
        return Selection(
            entries=self._bodies([row.item_id for row in chosen], ".ics"),
            total=len(found),
            modified=modified,
            zones=tuple(sorted({row.zone for row in chosen} - {""})),
        )

    def _last_passing(self, found: Iterable[Any], today: date) -> datetime:
        """The last midnight at which one of the events became a past one, which may turn a window that is cut."""
        passed = max((row.last_day for row in found if row.last_day < today.isoformat()), default=None)
        return (
            rows.EPOCH if passed is None else rows.midnight(date.fromisoformat(passed) + timedelta(days=1), self._zone)
        )

    def _bodies(self, ids: Sequence[str], suffix: str) -> list[bytes]:
        bodies: dict[str, bytes] = {}
        for number in range(0, len(ids), CHUNK):
            asked = select(entry.c.item_id, entry.c.body).where(entry.c.format == suffix)
            chunk = self._connection.execute(asked.where(entry.c.item_id.in_(ids[number : number + CHUNK])))
            bodies.update((row.item_id, row.body) for row in chunk)
        return [bodies[item_id] for item_id in ids]

    def modified(self, query: Query, family: Family, *, today: date) -> datetime:
        """The latest change whose old or new state matches, or the later midnight that turned the list.

        Past states count at midnights, too: they match no longer then, and the list must not seem older
        (clients.md 2.5).
        """
        query, months = selection.archived(query, self._older(query, today))
        since, until = version.c[f"{family}_since"], version.c[f"{family}_until"]
        asked = select(func.max(since), func.max(until)).where(*selection.conditions(query, today), *months)
        changed = [value for value in self._connection.execute(asked).one() if value is not None]
        instants = [rows.instant(max(changed))] if changed else [self.founded()]
        instants.append(self._retold())
        for column, where, turned in selection.turnings(query, today):
            day = self._connection.execute(select(func.max(column)).where(*where)).scalar()
            if day is not None:
                instants.append(rows.midnight(turned(day), self._zone))
        return max(instants)

    def _older(self, query: Query, today: date) -> date | None:
        """The month before an archive's that holds something of the list."""
        if query.archive is None:
            return None
        newest, where = selection.older(query, today)
        return rows.month_of(
            self._connection.execute(select(newest).where(version.c.current.is_(True), *where)).scalar()
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
        value = self._connection.execute(select(state.c.value).where(state.c.name == name)).scalar()
        return rows.instant(int(value.split()[-1])) if value else rows.EPOCH

    def get(self, item_id: str) -> Kept | None:
        """The item of that id, also by an id that it was once read under, or the one that it was found to be."""
        kept = self._heir(item_id)
        if kept is not None:
            return kept
        asked = select(known.c.item_id).where(known.c.key == id_key(item_id)).order_by(known.c.item_id)
        aliases = self._connection.execute(asked).scalars().all()
        return next((heir for alias in aliases if (heir := self._heir(alias)) is not None), None)

    def _heir(self, item_id: str) -> Kept | None:
        """The item of exactly that id, else the one that it was found to be at last."""
        met = set[str]()
        while (kept := self.held(item_id)) is None and item_id not in met:
            met.add(item_id)
            became = self._connection.execute(select(item.c.became).where(item.c.id == item_id)).scalar()
            if became is None:
                return None
            item_id = became
        return kept

    def led(self, kind: Literal["type", "topic", "feed"]) -> dict[str, str]:
        """Old slug (of feeds: name) to what it was ever said to be called at last."""
        asked = select(renamed.c.old, renamed.c.new).where(renamed.c.kind == kind)
        led = {row.old: row.new for row in self._connection.execute(asked)}
        return {old: _end(led, old) for old in sorted(led)}

    def renamed(self, kind: Literal["type", "topic", "feed"]) -> dict[str, str]:
        """Old slug (of feeds: name) to the one that stands for it now.

        Where items bear the old one again, and none the new, it is the new one that leads back.
        """
        led = self.led(kind)
        borne = set(self._borne(kind, {*led.keys(), *led.values()}))
        found = {old: new for old, new in led.items() if old not in borne}
        for old, new in led.items():
            if old in borne and new not in borne:
                found |= {new: old} | {other: old for other, end in found.items() if end == new}
        return {old: new for old, new in found.items() if new != old}

    def _borne(self, kind: str, slugs: Collection[str]) -> Collection[str]:
        """Those of the slugs that items bear now."""
        if kind == "feed" or not slugs:
            return ()
        shown = (version.c.current.is_(True), version.c.withdrawn.is_(False))
        if kind == "type":
            asked = select(version.c.type).distinct().where(version.c.type.in_(slugs), *shown)
        else:
            joined = version_topic.join(version, version.c.n == version_topic.c.n)
            found = version_topic.c.slug
            asked = select(found).distinct().select_from(joined).where(found.in_(slugs), *shown)
        return self._connection.execute(asked).scalars().all()

    def held(self, item_id: str) -> Kept | None:
        """The item of exactly that id."""
        row = self._connection.execute(KEPT.where(version.c.item_id == item_id, version.c.current.is_(True))).first()
        return None if row is None else rows.kept_of(row, zone=self._zone)

    def entry(self, item_id: str, suffix: str) -> bytes | None:
        """One item's entry in one format; None where it has none."""
        asked = select(entry.c.body).where(entry.c.format == suffix, entry.c.item_id == item_id)
        return self._connection.execute(asked).scalar()

    def names(self, kind: Literal["type", "topic"]) -> dict[str, str]:
        """Slug to name of every type or topic ever known, by slug."""
        asked = select(slug.c.slug, slug.c.name).where(slug.c.kind == kind).order_by(slug.c.slug)
        return {row.slug: row.name for row in self._connection.execute(asked)}

    def counts(self, kind: Literal["type", "topic"]) -> dict[str, int]:
        """Slug to the number of items that hold it now."""
        shown = (version.c.current.is_(True), version.c.withdrawn.is_(False))
        if kind == "type":
            asked = select(version.c.type, func.count()).where(*shown).group_by(version.c.type)
        else:
            joined = version_topic.join(version, version.c.n == version_topic.c.n)
            asked = (
                select(version_topic.c.slug, func.count())
                .select_from(joined)
                .where(*shown)
                .group_by(version_topic.c.slug)
            )
        return {row[0]: row[1] for row in self._connection.execute(asked)}

    def months(self) -> list[tuple[int, int, int]]:
        """(year, month, events that begin in it), ascending."""
        month = func.substr(version.c.first_day, 1, 7)
        shown = (version.c.current.is_(True), version.c.withdrawn.is_(False), version.c.first_day.is_not(None))
        found = self._connection.execute(select(month, func.count()).where(*shown).group_by(month).order_by(month))
        return [(int(name[:4]), int(name[5:]), count) for name, count in found]

    def sources(self) -> dict[str, tuple[Literal["records", "page"], bool, datetime | None]]:
        """Name to (kind, whether it was configured, last import without a refusal; None: never one)."""
        found = self._connection.execute(select(source).order_by(source.c.name))
        return {
            row.name: (row.kind, row.configured, rows.instant(row.imported) if row.imported else None) for row in found
        }

    def edition(self) -> str | None:
        """What the entries were rendered for."""
        return self._connection.execute(select(state.c.value).where(state.c.name == "edition")).scalar()

    def readings(self, *item_ids: str) -> list[tuple[str, Item]]:
        """(source, item as that source has it) in the order of the sources, else records before pages, each by name.

        Of several items that are one, and of which one source speaks, in the order given.
        """
        asked = select(reading.c.source, reading.c.item_id, reading.c.record, source.c.kind, source.c.rank).join(
            source, source.c.name == reading.c.source
        )
        found = self._connection.execute(asked.where(reading.c.item_id.in_(item_ids))).all()
        placed = {item_id: number for number, item_id in enumerate(item_ids)}
        ordered = sorted(found, key=lambda row: (row.rank, row.kind != "records", row.source, placed[row.item_id]))
        return [(row.source, rows.item_of(row.record, zone=self._zone)) for row in ordered]

    def every(self) -> Iterable[str]:
        """The ids of all items ever kept, ascending."""
        return self._connection.execute(select(item.c.id).order_by(item.c.id)).scalars().all()


CURRENT: ColumnElement[bool] = item.c.id == version.c.item_id
KEPT = select(
    version.c.record,
    version.c.dated,
    version.c.dated_day,
    item.c.first_seen,
    item.c.withdrawn,
    item.c.was_coming,
    item.c.news_at,
    item.c.news_sequence,
    item.c.calendar_at,
    item.c.calendar_sequence,
).join(item, CURRENT)


def id_key(item_id: str) -> str:
    """The key in `known` that an id is."""
    return f"id:{item_id}"


def _end(led: Mapping[str, str], name: str) -> str:
    """Where a chain of renamings ends; a ring leads back to where it began."""
    met = {name}
    while (name := led.get(name, name)) not in met:
        met.add(name)
    return name


def _window(found: Iterable[Any], today: date, limit: int | None) -> list[Any]:
    """What a calendar holds: coming events soonest first, then past ones newest first, until it is full."""
    coming = [row for row in found if row.last_day >= today.isoformat()]
    past = [row for row in found if row.last_day < today.isoformat()]
    coming.sort(key=lambda row: (row.start, row.item_id))
    past.sort(key=lambda row: (-row.start, row.item_id))
    if limit is not None:
        return (coming + past)[:limit]
    chosen, held = coming, sum(row.size for row in coming)
    for row in past:
        held += row.size
        if len(chosen) >= CALENDAR_EVENTS or held > CALENDAR_BYTES:
            break
        chosen.append(row)
    return chosen
