"""Lineage: what was found to be what — items that are one, names that changed, sources in their order.

Its one rule: whatever was once public under an old id or name is still found under it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

from sqlalchemy import Table, delete, exists, func, insert, literal, select, union, update

from cecc_feeds import text
from cecc_feeds.model import Item
from cecc_feeds.store import rows
from cecc_feeds.store.reading import CHUNK, Reading
from cecc_feeds.store.schema import FAMILIES, entry, item, reading, renamed, slug, source, state, version, version_topic

Renamable = Literal["type", "topic", "feed"]


class Lineage(Reading):
    """The part of a Writing that keeps lineage."""

    now: datetime
    _touched: bool

    def note(self, name: str) -> str | None:
        """A note on the store as a whole."""
        return self._connection.execute(select(state.c.value).where(state.c.name == name)).scalar()

    def keep_note(self, name: str, value: str) -> None:
        """Keep a note; "" takes it away."""
        if (self.note(name) or "") == value:
            return
        self._connection.execute(delete(state).where(state.c.name == name))
        if value:
            self._connection.execute(insert(state).values(name=name, value=value))

    def notes(self, beginning: str) -> dict[str, str]:
        """The notes whose names begin so, by the rest of their names."""
        asked = select(state.c.name, state.c.value).where(func.substr(state.c.name, 1, len(beginning)) == beginning)
        return {row.name.removeprefix(beginning): row.value for row in self._connection.execute(asked)}

    def keep_ranks(self, ranks: Mapping[str, int], other: int) -> list[str]:
        """Set the order of the sources, name to rank; those that are not named get `other`. Whose rank that changed."""
        moved = []
        for row in self._connection.execute(select(source.c.name, source.c.rank)).all():
            if row.rank != (wanted := ranks.get(row.name, other)):
                self._connection.execute(update(source).where(source.c.name == row.name).values(rank=wanted))
                moved.append(row.name)
        return moved

    def seniority(self, item_ids: Sequence[str]) -> list[str]:
        """Those of the ids that stand for something kept or read: the longest known first, else in the order given.

        What was once found to be another item ranks after those of its second that were not.
        """
        asked = select(item.c.id, item.c.first_seen, item.c.became).where(item.c.id.in_(item_ids))
        held = {row.id: (row.first_seen, row.became is not None) for row in self._connection.execute(asked)}
        spoken = select(reading.c.item_id).distinct().where(reading.c.item_id.in_(item_ids))
        there = {*held, *self._connection.execute(spoken).scalars()}
        later = (max((at for at, _ in held.values()), default=0) + 1, False)
        return sorted((one for one in dict.fromkeys(item_ids) if one in there), key=lambda one: held.get(one, later))

    def first_seen(self, item_id: str) -> datetime | None:
        """When the item was first kept, whatever became of it."""
        at = self._connection.execute(select(item.c.first_seen).where(item.c.id == item_id)).scalar()
        return None if at is None else rows.instant(at)

    def heirs(self) -> dict[str, str]:
        """Each item that was found to be another, and that other."""
        asked = select(item.c.id, item.c.became).where(item.c.became.is_not(None))
        return {row.id: row.became for row in self._connection.execute(asked)}

    def become(self, item_id: str, other: str) -> int | None:
        """The item was found to be another: its present state ends and its entries go; its id leads to the other.

        The number of the state that ended, None where the item had none.
        """
        self._touched = True
        at = rows.seconds(self.now)
        blank = {f"{family}_{part}": value for family in FAMILIES for part, value in NOTHING.items()}
        if self.first_seen(item_id) is None:
            made = {f"{family}_at": at for family in FAMILIES}
            self._connection.execute(insert(item).values(id=item_id, first_seen=at, was_coming=False, **blank, **made))
        shown = version.c.item_id == item_id, version.c.current.is_(True)
        ends: int | None = self._connection.execute(select(version.c.n).where(*shown)).scalar()
        leaves = {"withdrawn": at} if ends is not None else {}
        hashes = {f"{family}_hash": "" for family in FAMILIES}
        self._connection.execute(update(item).where(item.c.id == item_id).values(became=other, **hashes, **leaves))
        ended = {f"{family}_until": at for family in FAMILIES}
        self._connection.execute(update(version).where(*shown).values(current=False, **ended))
        self._connection.execute(delete(entry).where(entry.c.item_id == item_id))
        return ends

    def keep_renamed(self, kind: Renamable, names: Mapping[str, str]) -> None:
        """Note what types, topics or feeds are called now, old name to new; types and topics lie under their slugs."""
        for old, new in names.items():
            key, other = (old, new) if kind == "feed" else (text.slug(old), text.slug(new))
            if kind != "feed":
                self._respell(kind, other, new)
            if key == other or self._leads(kind, key) == other:
                continue
            self._renamed()
            for gone in (key, other):  # the new name is in force: it leads nowhere
                self._delete(renamed, kind=kind, old=gone)
            self._connection.execute(insert(renamed).values(kind=kind, old=key, new=other))
            if kind != "feed":
                self._called_so_all_along(kind, key, other, new)

    def _called_so_all_along(self, kind: str, old: str, new: str, name: str) -> None:
        """What was once in lists of the old name is in those of the new one: also states of the past, and none at all.

        So lists of the new name hold the changes of before, and last changed no earlier than those of the old one.
        """
        known = select(slug.c.slug).where(slug.c.kind == kind)
        if self._connection.execute(known.where(slug.c.slug == old)).first() is None:
            return
        if self._connection.execute(known.where(slug.c.slug == new)).first() is None:
            self._connection.execute(insert(slug).values(kind=kind, slug=new, name=name))
        past = version.c.current.is_(False)
        if kind == "type":
            self._connection.execute(update(version).where(version.c.type == old, past).values(type=new))
            return
        there = select(version_topic.c.n).where(version_topic.c.slug == new)
        asked = select(literal(new), version_topic.c.n).join(version, version.c.n == version_topic.c.n)
        wanted = asked.where(version_topic.c.slug == old, past, version_topic.c.n.not_in(there))
        self._connection.execute(insert(version_topic).from_select(["slug", "n"], wanted))

    def last(self, item_id: str) -> Item | None:
        """The newest state of an item, also of one that was found to be another since."""
        asked = select(version.c.record).where(version.c.item_id == item_id).order_by(version.c.n.desc()).limit(1)
        record = self._connection.execute(asked).scalar()
        return None if record is None else rows.item_of(record, zone=self._zone)

    def _leads(self, kind: str, old: str) -> str | None:
        asked = select(renamed.c.new).where(renamed.c.kind == kind, renamed.c.old == old)
        return self._connection.execute(asked).scalar()

    def _respell(self, kind: str, key: str, name: str) -> None:
        """A slug that is known is called by the name that it has now."""
        there = slug.c.kind == kind, slug.c.slug == key, slug.c.name != name
        if self._connection.execute(update(slug).where(*there).values(name=name)).rowcount:
            self._renamed()

    def _renamed(self) -> None:
        """Titles of lists name types and topics: every list changes with a name."""
        self._touched = True
        self.keep_note("renamed", str(rows.seconds(self.now)))

    def _delete(self, table: Table, **key: str) -> None:
        self._connection.execute(delete(table).where(*(table.c[name] == value for name, value in key.items())))

    def events_on(self, days: Iterable[date]) -> Iterator[tuple[date, str, str]]:
        """(day, id, record) of the events that begin on those days, by day and id; nothing that was withdrawn."""
        wanted = sorted(days)
        for number in range(0, len(wanted), CHUNK):
            part = wanted[number : number + CHUNK]
            first, last = (rows.seconds(datetime.combine(day, time(), UTC)) for day in (part[0], part[-1]))
            margin = int(timedelta(days=2).total_seconds())
            asked = select(version.c.first_day, version.c.item_id, version.c.record).where(
                version.c.current.is_(True),
                version.c.withdrawn.is_(False),
                version.c.start.between(first - margin, last + margin),
                version.c.first_day.in_([day.isoformat() for day in part]),
            )
            for row in self._connection.execute(asked.order_by(version.c.first_day, version.c.item_id)):
                yield date.fromisoformat(row.first_day), row.item_id, row.record

    def shared_by(self, sources: Sequence[str]) -> list[str]:
        """The ids of the items that those sources speak of, and others too, ascending."""
        if not sources:
            return []
        other = reading.alias()
        shared = exists().where(other.c.item_id == reading.c.item_id, other.c.source != reading.c.source)
        asked = select(reading.c.item_id).distinct().where(reading.c.source.in_(sources), shared)
        return sorted(self._connection.execute(asked).scalars())

    def spoken_of(self) -> list[str]:
        """The ids of all items that were kept or are read, ascending."""
        both = union(select(item.c.id), select(reading.c.item_id))
        return sorted(self._connection.execute(both).scalars())


NOTHING: dict[str, Any] = {"hash": "", "sequence": 0}
"""The revision state of what was never shown."""
