# ruff: noqa: S608 - all names are our own
"""Items by number, versions that are changes as well, and lists that are kept ready.

What was kept and told stays; entries are carried over, so that no feed is empty until items are rendered again.
"""

import json
from collections import defaultdict
from typing import Any

from alembic import op

revision = "0003"
down_revision = "0002"

FAMILIES = ("calendar", "news", "record")
SHIFT, BEGIN = 29, -2_211_753_600

REVISIONS = ", ".join(
    f"{family}_hash VARCHAR NOT NULL, {family}_at INTEGER NOT NULL, {family}_sequence INTEGER NOT NULL"
    for family in FAMILIES
)
OLD = (
    "item",
    "version",
    "version_topic",
    "entry",
    "known",
    "source",
    "reading",
    "slug",
    "change",
    "difference",
    "notice",
)
OLD_INDEXES = (
    "version_item", "version_dated", "version_start", "version_type", "version_topic_n", "reading_item", "change_at",
    "change_item", "difference_kind",
)  # fmt: skip
TABLES = f"""
CREATE TABLE item (n INTEGER NOT NULL PRIMARY KEY, id VARCHAR NOT NULL, first_seen INTEGER, withdrawn INTEGER,
    was_coming BOOLEAN NOT NULL, became VARCHAR, version INTEGER, {REVISIONS});
CREATE UNIQUE INDEX item_id ON item (id);
CREATE INDEX item_withdrawn ON item (withdrawn) WHERE withdrawn IS NOT NULL;
CREATE TABLE version (n INTEGER NOT NULL PRIMARY KEY, item INTEGER NOT NULL, previous INTEGER, at INTEGER NOT NULL,
    day VARCHAR NOT NULL, moved INTEGER NOT NULL, kinds VARCHAR NOT NULL, told TEXT, withdrawn BOOLEAN NOT NULL,
    gone BOOLEAN NOT NULL, type VARCHAR NOT NULL, topics VARCHAR NOT NULL, status VARCHAR, start INTEGER,
    first_day VARCHAR, last_day VARCHAR, shown_until VARCHAR, dated INTEGER NOT NULL, dated_day VARCHAR NOT NULL,
    ahead INTEGER, updated INTEGER NOT NULL, record TEXT NOT NULL);
CREATE INDEX version_item ON version (item);
CREATE INDEX version_day ON version (day);
CREATE INDEX version_dated_day ON version (dated_day);
CREATE INDEX version_last_day ON version (last_day) WHERE start IS NOT NULL;
CREATE INDEX version_first_day ON version (first_day) WHERE start IS NOT NULL;
CREATE INDEX version_shown_until ON version (shown_until) WHERE shown_until IS NOT NULL;
CREATE INDEX version_long ON version (last_day, start) WHERE first_day < last_day;
CREATE INDEX version_ahead ON version (dated_day, ahead) WHERE ahead IS NOT NULL;
CREATE INDEX version_previous ON version (previous) WHERE previous IS NOT NULL;
CREATE TABLE slug (n INTEGER NOT NULL PRIMARY KEY, kind VARCHAR NOT NULL, slug VARCHAR NOT NULL,
    name VARCHAR NOT NULL);
CREATE UNIQUE INDEX slug_slug ON slug (slug, kind);
CREATE TABLE known (key BLOB NOT NULL, item INTEGER NOT NULL, PRIMARY KEY (key, item)) WITHOUT ROWID;
CREATE TABLE source (n INTEGER NOT NULL PRIMARY KEY, name VARCHAR NOT NULL, there BOOLEAN NOT NULL,
    kind VARCHAR NOT NULL, configured BOOLEAN NOT NULL, imported INTEGER NOT NULL, rank INTEGER NOT NULL);
CREATE UNIQUE INDEX source_name ON source (name);
CREATE TABLE reading (n INTEGER NOT NULL PRIMARY KEY, source INTEGER NOT NULL, item INTEGER NOT NULL,
    digest BLOB NOT NULL, record TEXT NOT NULL);
CREATE UNIQUE INDEX reading_item ON reading (item, source);
CREATE TABLE alias (slug INTEGER NOT NULL, old INTEGER NOT NULL, PRIMARY KEY (slug, old)) WITHOUT ROWID;
CREATE TABLE listed (facet INTEGER NOT NULL, k INTEGER NOT NULL, PRIMARY KEY (facet, k)) WITHOUT ROWID;
CREATE TABLE tally (facet INTEGER NOT NULL PRIMARY KEY, total INTEGER NOT NULL, withdrawn INTEGER NOT NULL);
CREATE TABLE entry_rss (item INTEGER NOT NULL PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE entry_atom (item INTEGER NOT NULL PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE entry_json (item INTEGER NOT NULL PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE entry_csv (item INTEGER NOT NULL PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE vevent (k INTEGER NOT NULL PRIMARY KEY, id VARCHAR NOT NULL, zone VARCHAR NOT NULL,
    last_day VARCHAR NOT NULL, shown_until VARCHAR, body BLOB NOT NULL);
CREATE INDEX vevent_shown_until ON vevent (shown_until) WHERE shown_until IS NOT NULL;
CREATE VIRTUAL TABLE item_words USING fts5(t, content='', detail=none, tokenize="ascii tokenchars '_'");
CREATE VIRTUAL TABLE event_words USING fts5(t, content='', detail=none, tokenize="ascii tokenchars '_'");
CREATE VIRTUAL TABLE trail USING fts5(t, content='', detail=none, tokenize="ascii tokenchars '_'");
"""
"""The lists and words among them are made by `store.index.rebuild`."""


def upgrade() -> None:
    _run(f"ALTER TABLE {table} RENAME TO old_{table}" for table in OLD)
    _run(f"DROP INDEX {name}" for name in OLD_INDEXES)
    _run(statement for statement in TABLES.split(";") if statement.strip())
    _items()
    _versions()
    _entries()
    _run(f"DROP TABLE old_{table}" for table in OLD)


def _run(statements: Any) -> None:
    for statement in statements:
        _all(statement)


def _all(statement: str, *given: Any) -> Any:
    return op.get_bind().exec_driver_sql(statement, given)


def _many(statement: str, given: list[tuple[Any, ...]]) -> None:
    if given:
        op.get_bind().exec_driver_sql(statement, given)


def _items() -> None:
    """What has a name, by number; ids of one import fall, as seats do that follow from the numbers (`store.ties`)."""
    _all("INSERT INTO slug (kind, slug, name) SELECT kind, slug, name FROM old_slug ORDER BY kind, slug")
    revisions = ", ".join(f"{family}_{part}" for family in FAMILIES for part in ("hash", "at", "sequence"))
    columns = f"id, first_seen, withdrawn, was_coming, became, {revisions}"
    _all(f"INSERT INTO item ({columns}) SELECT {columns} FROM old_item ORDER BY first_seen, id DESC")
    _all(
        f"INSERT INTO item (id, was_coming, {revisions}) SELECT item_id, 0, '', 0, 0, '', 0, 0, '', 0, 0 FROM "
        "(SELECT item_id FROM old_reading UNION SELECT item_id FROM old_known UNION SELECT item_id FROM old_version) "
        "WHERE item_id NOT IN (SELECT id FROM item) ORDER BY item_id"
    )
    _all(
        "INSERT INTO source (name, there, kind, configured, imported, rank) "
        "SELECT name, 1, kind, configured, imported, rank FROM old_source ORDER BY name"
    )
    _all(
        "INSERT INTO source (name, there, kind, configured, imported, rank) "
        "SELECT DISTINCT source, 0, '', 0, 0, 0 FROM old_reading WHERE source NOT IN (SELECT name FROM source)"
    )
    _all(
        "INSERT INTO reading (source, item, digest, record) SELECT source.n, item.n, digest, record FROM old_reading "
        "JOIN source ON source.name = old_reading.source JOIN item ON item.id = item_id ORDER BY item.n, source.n"
    )
    found = _all("SELECT key, item.n, item.id FROM old_known JOIN item ON item.id = item_id").fetchall()
    _many("INSERT INTO known VALUES (?, ?)", [(_key(key), n) for key, n, name in found if key != f"id:{name}"])


def _key(key: str) -> bytes:
    if len(key) == 32:
        try:
            return bytes.fromhex(key)
        except ValueError:
            pass
    return key.encode()


STATE = (
    "withdrawn", "type", "status", "start", "first_day", "last_day", "shown_until", "dated", "dated_day", "updated",
    "record",
)  # fmt: skip


def _versions() -> None:
    """Each state with the change that brought it, in the order of time."""
    numbers = dict(tuple(row) for row in _all("SELECT id, n FROM item"))
    topics = defaultdict(list)
    for n, slug in _all("SELECT n, slug FROM old_version_topic ORDER BY slug"):
        topics[n].append(slug)
    told = _told()
    edges = ", ".join(f"{family}_{edge}" for family in FAMILIES for edge in ("since", "until"))
    columns = ", ".join(STATE)
    found = _all(f"SELECT item_id, n, current, {edges}, {columns} FROM old_version ORDER BY item_id, n").fetchall()
    made: list[dict[str, Any]] = []
    for number, row in enumerate(found):
        state = dict(zip(STATE, row[9:], strict=True))
        held = " ".join(topics[row[1]])
        state |= {"topics": f" {held} " if held else "", "ahead": _ahead(state)}
        follows = number > 0 and found[number - 1][0] == row[0] and not _ended(found[number - 1], row)
        made.append(_version(row, state, told, found[number - 1] if follows else None))
        gone = _gone(row, found[number + 1] if number + 1 < len(found) else None)
        if gone is not None:
            at, differences = told["gone"].get(row[1], (gone, None))
            made.append(
                {
                    **made[-1],
                    "old": None,
                    "of": row[1],
                    "at": at,
                    "moved": 7,
                    "told": differences,
                    "gone": 1,
                    "current": 0,
                }
            )
    _write(made, numbers)


def _told() -> dict[str, dict[int, tuple[int, list[list[str]] | None]]]:
    """By the number of the state that it led to, or (`gone`) that it ended: when, and the differences."""
    differences = defaultdict(list)
    for change, *one in _all(
        "SELECT change, kind, sentence, field, old, new FROM old_difference ORDER BY change, position"
    ):
        differences[change].append(one)
    found: dict[str, dict[int, tuple[int, list[list[str]] | None]]] = {"state": {}, "gone": {}}
    for n, at, before, after in _all("SELECT n, at, before, after FROM old_change ORDER BY n"):
        found["gone" if before == after else "state"].setdefault(after, (at, differences[n]))
    return found


def _ahead(state: dict[str, Any]) -> Any:
    """Where the day lies after the instant: by more than zones are apart, or by nothing that matters."""
    at = state["dated"]
    day: str = _all("SELECT date(?, 'unixepoch')", at).scalar()
    return at if state["dated_day"] > day else None


def _ended(before: Any, after: Any) -> bool:
    """Whether the item was another between two states."""
    return not before[2] and all(
        until is not None and until < since for until, since in zip(before[4:9:2], after[3:9:2], strict=True)
    )


def _gone(row: Any, following: Any) -> int | None:
    """When the item was found to be another, where its state ended so."""
    untils = row[4:9:2]
    ends = not row[2] and all(until is not None for until in untils)
    if not ends or (following is not None and following[0] == row[0] and not _ended(row, following)):
        return None
    return int(max(untils))


def _version(row: Any, state: dict[str, Any], told: Any, before: Any) -> dict[str, Any]:
    sinces = row[3:9:2]
    was = before[3:9:2] if before is not None else (None, None, None)
    moved = sum(bit for bit, since, old in zip((1, 2, 4), sinces, was, strict=True) if since != old)
    at, differences = told["state"].get(row[1], (max(since for since in sinces if since is not None), None))
    return {
        **state, "id": row[0], "old": row[1], "of": before[1] if before is not None else None, "at": at,
        "moved": moved, "told": differences, "gone": 0, "current": row[2],
    }  # fmt: skip


def _write(made: list[dict[str, Any]], numbers: dict[str, int]) -> None:
    """Number the versions by time, the first of one moment last, and mark the present ones."""
    made.sort(key=lambda one: one["gone"])
    made.sort(key=lambda one: one["old"] or one["of"])
    made.sort(key=lambda one: one["id"], reverse=True)
    made.sort(key=lambda one: one["at"])
    placed = {one["old"]: n for n, one in enumerate(made, 1) if one["old"] is not None}
    days = dict(tuple(row) for row in _all("SELECT at, max(day) FROM old_change GROUP BY at"))
    columns = (*STATE, "topics", "ahead", "at", "moved", "gone")
    names = ", ".join(columns)
    marks = ", ".join("?" * len(columns))
    rows = []
    for n, one in enumerate(made, 1):
        kinds = " ".join(dict.fromkeys(told[0] for told in one["told"] or ()))
        told = None if one["told"] is None else json.dumps(one["told"], ensure_ascii=False)
        day = days.get(one["at"]) or _all("SELECT date(?, 'unixepoch')", one["at"]).scalar()
        rows.append(
            (
                n,
                numbers[one["id"]],
                placed.get(one["of"]),
                day,
                f" {kinds} " if kinds else "",
                told,
                *(one[name] for name in columns),
            )
        )
    _many(
        f"INSERT INTO version (n, item, previous, day, kinds, told, {names}) VALUES (?, ?, ?, ?, ?, ?, {marks})", rows
    )
    present = [(placed[one["old"]], numbers[one["id"]]) for one in made if one["current"]]
    _many("UPDATE item SET version = ? WHERE n = ?", present)


def _entries() -> None:
    for name in ("rss", "atom", "json", "csv"):
        _all(
            f"INSERT INTO entry_{name} SELECT item.n, body FROM old_entry JOIN item ON item.id = item_id "
            "WHERE format = ? AND item.version IS NOT NULL ORDER BY item.n",
            f".{name}",
        )
    _all(
        f"INSERT INTO vevent SELECT ((version.start - {BEGIN}) << {SHIFT}) | item.n AS k, item.id, zone, last_day, "
        "shown_until, body FROM old_entry JOIN item ON item.id = item_id JOIN version ON version.n = item.version "
        "WHERE format = '.ics' AND version.start IS NOT NULL ORDER BY k"
    )
