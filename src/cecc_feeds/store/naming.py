"""Naming: what types, topics and feeds are called, now and before.

Its one rule: a name known once is known for ever, and whoever comes by an old one is led to what stands for it now.
"""

from collections.abc import Collection, Mapping
from typing import Any, Literal

from sqlalchemy import Connection

from cecc_feeds.store import asking


class Naming:
    """The part of a Reading that knows names."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _rows(self, sql: str, *given: Any) -> list[Any]:
        return asking.rows(self._connection, sql, given)

    def _value(self, sql: str, *given: Any) -> Any:
        return asking.value(self._connection, sql, given)

    def names(self, kind: Literal["type", "topic"]) -> dict[str, str]:
        """Slug to name of every type or topic ever known, by slug."""
        asked = "SELECT slug, name FROM slug WHERE kind = ? ORDER BY slug"
        return dict(self._rows(asked, kind))

    def counts(self, kind: Literal["type", "topic"], *, events: bool = False) -> dict[str, int]:
        """Slug to the number of items, or of events alone, that hold it now."""
        asked = "SELECT slug, total - withdrawn FROM slug JOIN tally ON tally.facet = 2 * slug.n + ? WHERE kind = ?"
        return {slug: count for slug, count in self._rows(asked, int(events), kind) if count}

    def led(self, kind: Literal["type", "topic", "feed"]) -> dict[str, str]:
        """Old slug (of feeds: name) to what it was ever said to be called at last."""
        led = dict(tuple(row) for row in self._rows("SELECT old, new FROM renamed WHERE kind = ?", kind))
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

    def _borne(self, kind: Literal["type", "topic", "feed"], slugs: Collection[str]) -> Collection[str]:
        """Those of the slugs that items bear now."""
        return () if kind == "feed" or not slugs else self.counts(kind).keys() & slugs


def _end(led: Mapping[str, str], name: str) -> str:
    """Where a chain of renamings ends; a ring leads back to where it began."""
    met = {name}
    while (name := led.get(name, name)) not in met:
        met.add(name)
    return name
