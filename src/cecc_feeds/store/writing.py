"""Writing: one transaction that brings items up to date.

Its one rule: what was once kept stays in the history; only entries and readings are replaced.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from cecc_feeds import text, times
from cecc_feeds.changes import Change
from cecc_feeds.model import Item, Kept, Revision, record_line
from cecc_feeds.store import rows
from cecc_feeds.store.lineage import Lineage
from cecc_feeds.store.reading import CHUNK, id_key
from cecc_feeds.store.schema import (
    FAMILIES,
    change,
    difference,
    entry,
    item,
    known,
    notice,
    reading,
    slug,
    source,
    state,
    version,
    version_topic,
)

Kind = Literal["records", "page"]
Versions = tuple[int | None, int]
"""The numbers of the version that was and of the one that is."""

KINDS: tuple[Literal["type"], Literal["topic"]] = ("type", "topic")

EVENT_COLUMNS = ("type", "status", "start", "first_day", "last_day", "shown_until", "search", "withdrawn")
NEWS_COLUMNS = (*EVENT_COLUMNS, "dated", "dated_day")
ASKED = {"calendar": EVENT_COLUMNS, "news": NEWS_COLUMNS, "record": (*NEWS_COLUMNS, "updated")}
"""The columns that a query of each family can ask for or order by (topics are among the searched words)."""


class Writing(Lineage):
    """A Reading that also writes; made by `Store.write`. `abandon` undoes all of it at the end.

    `now` is the instant of the transaction (whole seconds), later than that of the last one that changed something:
    HTTP dates have no fractions, and two states of one second would have one Last-Modified (clients.md 2.5).
    """

    def __init__(self, connection: Connection, *, zone: str, now: datetime) -> None:
        super().__init__(connection, zone=zone)
        self._clock = now
        midnight = rows.midnight(times.local_day(now, times.zone(zone)), zone)  # lists turn then by themselves
        earliest = max(self.changed(), midnight) + timedelta(seconds=1)
        self.now = max(now.replace(microsecond=0), earliest)
        self.abandoned = False
        self._touched = False
        self._named: set[tuple[str, str]] | None = None

    def abandon(self) -> None:
        self.abandoned = True

    def settle(self) -> None:
        """Let the transaction count as one that showed readers nothing new, where no state of an item began in it."""
        latest = [func.max(version.c[f"{family}_since"]) for family in FAMILIES]
        if all(at is None or at < rows.seconds(self.now) for at in self._connection.execute(select(*latest)).one()):
            self._touched = False

    def finish(self) -> None:
        """Count the commit where it changed something that readers see."""
        self._set("founded", str(rows.seconds(self.now)), once=True)
        if self._touched:
            asked = select(state.c.value).where(state.c.name == "revision")
            self._set("changed", str(rows.seconds(self.now)))
            self._set("revision", str(int(self._connection.execute(asked).scalar() or 0) + 1))

    def _set(self, name: str, value: str, *, once: bool = False) -> None:
        held = self._connection.execute(select(state.c.value).where(state.c.name == name)).scalar()
        if held is None:
            self._connection.execute(insert(state).values(name=name, value=value))
        elif not once:
            self._connection.execute(update(state).where(state.c.name == name).values(value=value))

    def keep_edition(self, edition: str) -> None:
        """Note what the entries are rendered for: every feed says of itself that it changed."""
        self._touched = True
        self._set("edition", edition)
        self._set("edition changed", str(rows.seconds(self.now)))

    def keep_feeds(self, feeds: Mapping[str, str]) -> None:
        """Note the named feeds, name to digest: one that reads otherwise than before has changed now."""
        for name, digest in feeds.items():
            held = self._connection.execute(select(state.c.value).where(state.c.name == f"feed {name}")).scalar()
            if held is None or held.split()[0] != digest:
                self._touched = True
                self._set(f"feed {name}", f"{digest} {rows.seconds(self.now)}")

    def keep_source(self, name: str, kind: Kind, *, configured: bool, rank: int = 0, whole: bool = True) -> None:
        """Note the import of a source; `whole`: nothing of it was refused."""
        asked = select(source.c.imported).where(source.c.name == name)
        imported = rows.seconds(self._clock) if whole else self._connection.execute(asked).scalar() or 0
        self._replace(source, {"name": name}, kind=kind, configured=configured, imported=imported, rank=rank)

    def drop_source(self, name: str) -> None:
        self._connection.execute(delete(source).where(source.c.name == name))

    def _replace(self, table: Table, key: Mapping[str, Any], *, fresh: bool = False, **values: Any) -> None:
        where = [table.c[name] == value for name, value in key.items()]
        if fresh or not self._connection.execute(update(table).where(*where), values).rowcount:
            self._connection.execute(insert(table), {**key, **values})

    def candidates(self, keys: Collection[str]) -> dict[str, list[str]]:
        """Identity key to the ids of the items known under it, the longest known first."""
        asked = select(known.c.key, known.c.item_id).outerjoin(item, item.c.id == known.c.item_id)
        ordered = asked.order_by(item.c.first_seen.is_(None), item.c.first_seen, known.c.item_id)
        found: dict[str, list[str]] = {}
        wanted = sorted(keys)
        for number in range(0, len(wanted), CHUNK):
            for row in self._connection.execute(ordered.where(known.c.key.in_(wanted[number : number + CHUNK]))):
                found.setdefault(row.key, []).append(row.item_id)
        return found

    def learn(self, item_id: str, keys: Collection[str], held: Mapping[str, Collection[str]]) -> None:
        """Remember the identity keys of an item; `held` are the candidates that they had."""
        missing = [{"key": key, "item_id": item_id} for key in sorted(keys) if item_id not in held.get(key, ())]
        if missing:
            self._connection.execute(insert(known), missing)

    def reading_of(self, source_name: str, item_id: str) -> Item | None:
        """What the source last said of the item."""
        asked = select(reading.c.record).where(reading.c.source == source_name, reading.c.item_id == item_id)
        record = self._connection.execute(asked).scalar()
        return None if record is None else rows.item_of(record, zone=self._zone)

    def keep_reading(self, source_name: str, item_id: str, read: Item, *, fresh: bool) -> None:
        """Keep what a source says of an item; `fresh`: it has not spoken of it before."""
        record = record_line(read)
        key = {"source": source_name, "item_id": item_id}
        self._replace(reading, key, fresh=fresh, record=record, digest=rows.digest(record))

    def drop_reading(self, source_name: str, item_id: str) -> None:
        self._connection.execute(delete(reading).where(reading.c.source == source_name, reading.c.item_id == item_id))

    def digests(self, source_name: str) -> dict[str, bytes]:
        """Item id to the digest of what the source said of it."""
        asked = select(reading.c.item_id, reading.c.digest).where(reading.c.source == source_name)
        return {row.item_id: row.digest for row in self._connection.execute(asked)}

    def read_elsewhere(self, source_name: str) -> set[str]:
        """The ids of the items that other sources speak of."""
        return set(self._connection.execute(select(reading.c.item_id).where(reading.c.source != source_name)).scalars())

    def states(self, item_id: str) -> dict[str, tuple[str, Revision]]:
        """Family to (hash of the item's bytes as last rendered, revision); empty for a new item."""
        row = self._connection.execute(select(item).where(item.c.id == item_id)).mappings().first()
        if row is None:
            return {}
        return {
            family: (
                row[f"{family}_hash"],
                Revision(rows.instant(row[f"{family}_at"]), row[f"{family}_sequence"]),
            )
            for family in FAMILIES
        }

    def keep(self, kept: Kept, states: Mapping[str, tuple[str, Revision]]) -> Versions:
        """Keep an item's state on top of its history; `states` as `states()` gives them."""
        self._touched = True
        facts: dict[str, Any] = {
            "first_seen": rows.seconds(kept.first_seen),
            "withdrawn": None if kept.withdrawn is None else rows.seconds(kept.withdrawn),
            "was_coming": kept.was_coming,
            "became": None,
        }
        for family, (digest, revision) in states.items():
            facts |= {
                f"{family}_hash": digest,
                f"{family}_at": rows.seconds(revision.at),
                f"{family}_sequence": revision.sequence,
            }
        self._replace(item, {"id": kept.item.id}, **facts)
        self._keep_names(kept.item)
        return self._keep_version(kept, {family: rows.seconds(states[family][1].at) for family in FAMILIES})

    def _keep_version(self, kept: Kept, since: Mapping[str, int]) -> Versions:
        """Put the new state on top of the history; the old one ends, in each family, where the new one begins later."""
        old = self._connection.execute(
            select(version).where(version.c.item_id == kept.item.id, version.c.current.is_(True))
        ).first()
        row = rows.version_row(kept, zone=self._zone)
        if old is not None:
            since = {family: self._begun(old, row, family, at) for family, at in since.items()}
            if all(getattr(old, name) == value for name, value in row.items()) and _begins(old) == since:
                return old.n, old.n
            ended = {f"{family}_until": since[family] for family in FAMILIES if _since(old, family) != since[family]}
            self._connection.execute(update(version).where(version.c.n == old.n).values(current=False, **ended))
        added = insert(version).values(**row, **{f"{family}_since": since[family] for family in FAMILIES})
        number = self._connection.execute(added.returning(version.c.n)).scalar_one()
        topics = [{"slug": name, "n": number} for name in sorted(set(kept.item.topic_slugs))]
        if topics:
            self._connection.execute(insert(version_topic), topics)
        return (None if old is None else old.n), number

    def keep_change(self, told: Change, versions: Versions) -> int:
        """Write a change into the ledger, between the versions that `keep` gave; its number there."""
        self._touched = True
        before, after = versions
        day = times.local_day(told.at, times.zone(self._zone)).isoformat()
        row = {"item_id": told.item.id, "at": rows.seconds(told.at), "day": day, "before": before, "after": after}
        number: int = self._connection.execute(insert(change).values(row).returning(change.c.n)).scalar_one()
        told_of = [{"change": number, "position": n, **asdict(one)} for n, one in enumerate(told.differences)]
        self._connection.execute(insert(difference), told_of)
        return number

    def keep_notices(self, number: int, bodies: Mapping[str, bytes]) -> None:
        """Replace the entries of a change: suffix to bytes."""
        self._touched = True
        self._connection.execute(delete(notice).where(notice.c.change == number))
        written = [{"change": number, "format": suffix, "body": body} for suffix, body in bodies.items()]
        if written:
            self._connection.execute(insert(notice), written)

    def _begun(self, old: Any, row: Mapping[str, Any], family: str, at: int) -> int:
        """When the new state began for lists of that family: also where only what queries ask for changed."""
        if all(getattr(old, name) == row[name] for name in ASKED[family]):
            return max(at, _since(old, family) or 0)
        return max(at, rows.seconds(self.now), (_since(old, family) or 0) + 1)

    def _keep_names(self, read: Item) -> None:
        if self._named is None:
            self._named = {(kind, name) for kind in KINDS for name in self.names(kind)}
        for kind, name in ((KINDS[0], read.type), *((KINDS[1], topic) for topic in read.topics)):
            key = (kind, text.slug(name))
            if key not in self._named:
                self._named.add(key)
                self._connection.execute(insert(slug), {"kind": kind, "slug": key[1], "name": name})

    def keep_entries(self, item_id: str, bodies: Mapping[str, bytes], zone: str) -> None:
        """Replace the item's entries: suffix to bytes; `zone` is the TZID its calendar entry uses, or ""."""
        self._touched = True
        self._connection.execute(delete(entry).where(entry.c.item_id == item_id))
        written = [
            {
                "format": suffix,
                "item_id": item_id,
                "size": len(body),
                "zone": zone if suffix == ".ics" else "",
                "body": body,
            }
            for suffix, body in bodies.items()
            if body
        ]
        if written:
            self._connection.execute(insert(entry), written)


def _begins(row: Any) -> dict[str, int | None]:
    return {family: _since(row, family) for family in FAMILIES}


def _since(row: Any, family: str) -> int | None:
    value: int | None = getattr(row, f"{family}_since")
    return value


__all__ = ["Kind", "Writing", "id_key"]
