"""Lineage: what was found to be what — items that are one, names that changed, sources in their order.

Its one rule: whatever was once public under an old id or name is still found under it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from cecc_feeds import text
from cecc_feeds.changes import Difference
from cecc_feeds.memory import at_once
from cecc_feeds.model import Item
from cecc_feeds.store import index, rows
from cecc_feeds.store.putting import Putting
from cecc_feeds.store.schema import FAMILIES

Renamable = Literal["type", "topic", "feed"]


class Lineage(Putting):
    """The part of a Writing that keeps lineage."""

    def keep_note(self, name: str, value: str) -> None:
        """Keep a note; "" takes it away."""
        if (self.note(name) or "") == value:
            return
        self._moments = None
        self._do("DELETE FROM state WHERE name = ?", name)
        if value:
            self._do("INSERT INTO state (name, value) VALUES (?, ?)", name, value)

    def notes(self, beginning: str) -> dict[str, str]:
        """The notes whose names begin so, by the rest of their names."""
        asked = "SELECT name, value FROM state WHERE substr(name, 1, ?) = ?"
        return {name.removeprefix(beginning): value for name, value in self._rows(asked, len(beginning), beginning)}

    def keep_ranks(self, ranks: Mapping[str, int], other: int) -> list[str]:
        """Set the order of the sources, name to rank; those that are not named get `other`. Whose rank that changed."""
        moved = []
        for name, rank in self._rows("SELECT name, rank FROM source WHERE there"):
            if rank != (wanted := ranks.get(name, other)):
                self._do("UPDATE source SET rank = ? WHERE name = ?", wanted, name)
                moved.append(name)
        return moved

    def seniority(self, item_ids: Sequence[str]) -> list[str]:
        """Those of the ids that stand for something kept or read: the longest known first, else in the order given.

        What was once found to be another item ranks after those of its second that were not.
        """
        there = {name: (at, became) for name, at, became in self._rows(SENIORITY, rows.listed(item_ids))}
        held = {name: (at, became is not None) for name, (at, became) in there.items() if at is not None}
        later = (max((at for at, _ in held.values()), default=0) + 1, False)
        return sorted((one for one in dict.fromkeys(item_ids) if one in there), key=lambda one: held.get(one, later))

    def first_seen(self, item_id: str) -> datetime | None:
        """When the item was first kept, whatever became of it."""
        at = self._value("SELECT first_seen FROM item WHERE id = ?", item_id)
        return None if at is None else rows.instant(at)

    def heirs(self) -> dict[str, str]:
        """Each item that was found to be another, and that other."""
        return dict(self._rows("SELECT id, became FROM item WHERE became IS NOT NULL"))

    def become(self, item_id: str, other: str, told: Sequence[Difference] = ()) -> bool:
        """The item was found to be another: its present state ends and its entries go; its id leads to the other.

        Whether it had a state, which `told` is then told of.
        """
        self._touched = True
        at, n = rows.seconds(self.now), self._item(item_id)
        if self.first_seen(item_id) is None:
            made = ", ".join(f"{family}_at = ?" for family in FAMILIES)
            self._do(" ".join(["UPDATE item SET first_seen = ?,", made, "WHERE n = ?"]), *[at] * 4, n)
        ended = self._end(item_id, told)
        hashes = ", ".join(f"{family}_hash = ''" for family in FAMILIES)
        self._do(" ".join(["UPDATE item SET became = ?,", hashes, "WHERE n = ?"]), other, n)
        if ended:
            self._do("UPDATE item SET withdrawn = ? WHERE n = ?", at, n)
        return ended

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
                self._do("DELETE FROM renamed WHERE kind = ? AND old = ?", kind, gone)
            self._do("INSERT INTO renamed (kind, old, new) VALUES (?, ?, ?)", kind, key, other)
            if kind != "feed":
                self._called_so_all_along(kind, key, other, new)

    def _called_so_all_along(self, kind: str, old: str, new: str, name: str) -> None:
        """What was once in lists of the old name is in those of the new one: also states of the past, and none at all.

        So lists of the new name hold the changes of before, and last changed no earlier than those of the old one.
        """
        if (kind, old) not in self._numbers:
            return
        self._name(kind, new, name)
        self._do(
            "INSERT OR IGNORE INTO alias (slug, old) VALUES (?, ?)", self._numbers[kind, new], self._numbers[kind, old]
        )
        if kind == "type":
            self._do(" ".join(["UPDATE version SET type = ? WHERE type = ? AND", PAST]), new, old)
            return
        where = "instr(topics, ?) AND NOT instr(topics, ?) AND"
        self._do(
            " ".join(["UPDATE version SET topics = topics || ? WHERE", where, PAST]), f"{new} ", f" {old} ", f" {new} "
        )

    def last(self, item_id: str) -> Item | None:
        """The newest state of an item, also of one that was found to be another since."""
        asked = (
            "SELECT record FROM item JOIN version ON version.item = item.n WHERE id = ? ORDER BY version.n DESC LIMIT 1"
        )
        record = self._value(asked, item_id)
        return None if record is None else rows.item_of(record, zone=self._zone)

    def _leads(self, kind: str, old: str) -> str | None:
        new: str | None = self._value("SELECT new FROM renamed WHERE kind = ? AND old = ?", kind, old)
        return new

    def _respell(self, kind: str, key: str, name: str) -> None:
        """A slug that is known is called by the name that it has now."""
        if self._do("UPDATE slug SET name = ? WHERE kind = ? AND slug = ? AND name <> ?", name, kind, key, name):
            self._renamed()

    def _renamed(self) -> None:
        """Titles of lists name types and topics: every list changes with a name."""
        self._touched = True
        self.keep_note("renamed", str(rows.seconds(self.now)))

    def timed_on(self, days: Iterable[date]) -> Iterator[tuple[date, int, str, str | None]]:
        """(day, number, id, title) of the events that begin on those days at a known time, by day and id;
        nothing withdrawn."""
        for part in at_once(sorted(days), DAYS):
            margin = timedelta(days=2)
            first, last = (
                index.place(rows.seconds(datetime.combine(day, time(), UTC)), 0)
                for day in (part[0] - margin, part[-1] + margin)
            )
            for day, *event in self._rows(
                TIMED_ON, index.EVENTS, first, last, rows.listed(day.isoformat() for day in part)
            ):
                yield date.fromisoformat(day), *event

    def shared_by(self, sources: Sequence[str]) -> list[str]:
        """The ids of the items that those sources speak of, and others too, ascending."""
        return [name for (name,) in self._rows(SHARED_BY, rows.listed(sources))]

    def spoken_of(self) -> list[str]:
        """The ids of all items that were kept or are read, ascending."""
        return [name for (name,) in self._rows(SPOKEN_OF)]


DAYS = 64
"""Of how many days the events are held at once: an archive has twenty on each, whose records take a kilobyte."""

PAST = "NOT EXISTS (SELECT 1 FROM item WHERE item.n = version.item AND item.version = version.n)"
SENIORITY = (
    "SELECT id, first_seen, became FROM item WHERE id IN (SELECT value FROM json_each(?)) "
    "AND (first_seen IS NOT NULL OR EXISTS (SELECT 1 FROM reading WHERE reading.item = item.n))"
)
SPOKEN_OF = (
    "SELECT id FROM item WHERE first_seen IS NOT NULL OR EXISTS (SELECT 1 FROM reading WHERE reading.item = item.n) "
    "ORDER BY id"
)
SHARED_BY = (
    "SELECT DISTINCT item.id FROM source JOIN reading ON reading.source = source.n JOIN item ON item.n = reading.item "
    "WHERE source.name IN (SELECT value FROM json_each(?)) AND EXISTS "
    "(SELECT 1 FROM reading other WHERE other.item = reading.item AND other.source <> reading.source) ORDER BY item.id"
)
TIMED_ON = " ".join(
    [
        "SELECT version.first_day, item.n, item.id, json_extract(version.record, '$.title')",
        f"FROM listed CROSS JOIN item ON item.seat = (listed.k & {index.MASK})",
        "CROSS JOIN version ON version.n = item.version",
        "WHERE listed.facet = ? AND listed.k BETWEEN ? AND ? AND NOT version.withdrawn",
        "AND version.first_day IN (SELECT value FROM json_each(?))",
        "AND json_extract(version.record, '$.event.start') LIKE '%T%' ORDER BY version.first_day, item.id",
    ]
)
