"""Foresight: what is going to be asked of many items, asked of all of them at once.

Its one rule: it answers as the store would, until the item is written to.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from cecc_feeds.changes import Change, Difference
from cecc_feeds.model import Item, Kept, Revision
from cecc_feeds.store import rows
from cecc_feeds.store.entries import Put
from cecc_feeds.store.lineage import Lineage
from cecc_feeds.store.schema import FAMILIES

States = dict[str, tuple[str, Revision]]
Told = tuple[str, str, str, int]
"""Source, record, kind and rank of a reading."""


class Foresight(Lineage):
    """The part of a Writing that looks ahead."""

    def __init__(self, connection: Connection, *, zone: str) -> None:
        super().__init__(connection, zone=zone)
        self._states: dict[str, States] = {}
        self._shown: dict[str, tuple[Any, ...] | None] = {}
        self._said: dict[str, list[Told]] = {}

    def foresee_items(self, item_ids: Sequence[str]) -> None:
        """Look up what is kept and read of items, until they are kept anew."""
        given = rows.listed(item_ids)
        self._states = {item_id: {} for item_id in item_ids}
        self._shown = dict.fromkeys(item_ids)
        self._said = {item_id: [] for item_id in item_ids}
        self._items = dict(self._rows(NUMBERS, given))
        for item_id, shown, *state in self._rows(STATES, given):
            self._states[item_id] = _states(state[:9])
            self._shown[item_id] = tuple(state[9:]) if shown else None
        for name, record, kind, rank, item_id in self._rows(rows.READINGS, given):
            self._said[item_id].append((name, record, kind, rank))

    def weights(self, item_ids: Sequence[str]) -> dict[str, int]:
        """Item id to how many characters there are of it, in records of what sources say and of what is kept."""
        found: dict[str, int] = dict.fromkeys(item_ids, 0)
        return found | dict(self._rows(WEIGHTS, rows.listed(item_ids)))

    def _forget(self, item_id: str) -> None:
        for held in (self._states, self._shown, self._said):
            held.pop(item_id, None)

    def states(self, item_id: str) -> States:
        """Family to (hash of the item's bytes as last rendered, revision); empty for a new item."""
        if item_id in self._states:
            return self._states[item_id]
        found = self._rows(STATES, rows.listed([item_id]))
        return _states(found[0][2:11]) if found else {}

    def held(self, item_id: str) -> Kept | None:
        if item_id not in self._shown:
            return super().held(item_id)
        row = self._shown[item_id]
        return None if row is None else rows.kept_of(row, zone=self._zone)

    def readings(self, *item_ids: str) -> list[tuple[str, Item]]:
        if not all(item_id in self._said for item_id in item_ids):
            return super().readings(*item_ids)
        found = [(*told, number) for number, item_id in enumerate(item_ids) for told in self._said[item_id]]
        found.sort(key=lambda one: (one[3], one[2] != "records", one[0], one[4]))
        return [(name, rows.item_of(record, zone=self._zone)) for name, record, *_ in found]

    def sole_reading(self, item_id: str) -> str | None:
        """The canonical record of an item that was foreseen, that one source speaks of and of which nothing was ever
        kept; None for every other item."""
        said = self._said.get(item_id, ())
        return said[0][1] if len(said) == 1 and self._states[item_id] == {} else None

    def newsworthy(self, item_id: str) -> Change | None:
        """The last change of an item that its entries speak of; None where there was none."""
        return self.ledger.newsworthy(item_id) if self.states(item_id) else None

    def keep_all(self, puts: Sequence[Put]) -> None:
        for put in puts:
            self._forget(put.facts.id)
        super().keep_all(puts)

    def become(self, item_id: str, other: str, told: Sequence[Difference] = ()) -> bool:
        self._forget(item_id)
        return super().become(item_id, other, told)


def _states(parts: Sequence[Any]) -> States:
    several = zip(*[iter(parts)] * 3, strict=True)
    return {
        family: (digest, Revision(rows.instant(at), sequence))
        for family, (digest, at, sequence) in zip(FAMILIES, several, strict=True)
    }


WEIGHTS = (
    "SELECT id, (SELECT coalesce(sum(length(record)), 0) FROM reading WHERE reading.item = item.n) "
    "+ (SELECT coalesce(sum(length(record)), 0) FROM version WHERE version.n = item.version) "
    "FROM item WHERE id IN (SELECT value FROM json_each(?))"
)
NUMBERS = "SELECT id, n FROM item WHERE id IN (SELECT value FROM json_each(?))"
STATES = " ".join(
    [
        "SELECT item.id, version.n IS NOT NULL,",
        ", ".join(f"item.{family}_{part}" for family in FAMILIES for part in ("hash", "at", "sequence")),
        ",",
        rows.KEPT,
        "FROM item LEFT JOIN version ON version.n = item.version",
        "WHERE item.id IN (SELECT value FROM json_each(?)) AND item.first_seen IS NOT NULL",
    ]
)
