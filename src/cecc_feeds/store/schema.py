"""The tables: items with their history, what each source says of them, their rendered entries.

Its one rule: instants are whole seconds since 1970 in UTC, days are ISO text; a change here needs a new migration.
"""

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text

FAMILIES = ("calendar", "news", "record")

metadata = MetaData()

state = Table(
    "state",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)
"""`revision` grows with each commit; `edition` is what the entries were rendered for."""

item = Table(
    "item",
    metadata,
    Column("id", String, primary_key=True),
    Column("first_seen", Integer, nullable=False),
    Column("withdrawn", Integer),
    Column("was_coming", Boolean, nullable=False),
    Column("became", String),
    *(
        column
        for family in FAMILIES
        for column in (
            Column(f"{family}_hash", String, nullable=False),
            Column(f"{family}_at", Integer, nullable=False),
            Column(f"{family}_sequence", Integer, nullable=False),
        )
    ),
)
"""The revision state of clients.md 2.5, one for each family of formats; `became` names the item that it is one with."""

version = Table(
    "version",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("item_id", String, nullable=False),
    Column("current", Boolean, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Column("record", Text, nullable=False),
    Column("type", String, nullable=False),
    Column("status", String),
    Column("start", Integer),
    Column("first_day", String),
    Column("last_day", String),
    Column("shown_until", String),
    Column("dated", Integer, nullable=False),
    Column("dated_day", String, nullable=False),
    Column("updated", Integer, nullable=False),
    Column("search", Text, nullable=False),
    *(Column(f"{family}_{edge}", Integer) for family in FAMILIES for edge in ("since", "until")),
    Index("version_item", "item_id", "current"),
    Index("version_dated", "current", "dated", "item_id"),
    Index("version_start", "current", "start", "item_id"),
    Index("version_type", "type", "current", "dated"),
)
"""Every state an item was in, the present one marked `current`: a query over all of them tells when a list changed.

`<family>_since` and `_until` say when the state came into and went out of that family's bytes; NULL while it lasts.
"""

version_topic = Table(
    "version_topic",
    metadata,
    Column("slug", String, primary_key=True),
    Column("n", Integer, primary_key=True),
    Index("version_topic_n", "n"),
    sqlite_with_rowid=False,
)

entry = Table(
    "entry",
    metadata,
    Column("item_id", String, primary_key=True),
    Column("format", String, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("zone", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

known = Table(
    "known",
    metadata,
    Column("key", String, primary_key=True),
    Column("item_id", String, primary_key=True),
    sqlite_with_rowid=False,
)
"""Every id and identity key under which an item was ever read."""

source = Table(
    "source",
    metadata,
    Column("name", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("configured", Boolean, nullable=False),
    Column("imported", Integer, nullable=False),
    Column("rank", Integer, nullable=False, server_default="0"),
)
"""`imported` is the last import without a refusal, 0 for never; the reading of the lowest `rank` decides a field."""

reading = Table(
    "reading",
    metadata,
    Column("source", String, primary_key=True),
    Column("item_id", String, primary_key=True),
    Column("record", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Index("reading_item", "item_id"),
    sqlite_with_rowid=False,
)
"""What each source last said of an item."""

slug = Table(
    "slug",
    metadata,
    Column("kind", String, primary_key=True),
    Column("slug", String, primary_key=True),
    Column("name", String, nullable=False),
)
"""Types and topics, known for ever once known."""

change = Table(
    "change",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("item_id", String, nullable=False),
    Column("at", Integer, nullable=False),
    Column("day", String, nullable=False),
    Column("before", Integer),
    Column("after", Integer, nullable=False),
    Index("change_at", "at", "item_id"),
    Index("change_item", "item_id", "at"),
)
"""The ledger: when an item changed, on which local day, from which version (NULL: it is new) to which."""

difference = Table(
    "difference",
    metadata,
    Column("change", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("field", String, nullable=False),
    Column("old", Text, nullable=False),
    Column("new", Text, nullable=False),
    Column("sentence", Text, nullable=False),
    Index("difference_kind", "kind", "change"),
    sqlite_with_rowid=False,
)
"""What a change changed, in the order in which it is told."""

notice = Table(
    "notice",
    metadata,
    Column("change", Integer, primary_key=True),
    Column("format", String, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)
"""The rendered entries of changes."""

renamed = Table(
    "renamed",
    metadata,
    Column("kind", String, primary_key=True),
    Column("old", String, primary_key=True),
    Column("new", String, nullable=False),
)
"""Slugs of types and topics and names of feeds that are now called otherwise."""
