"""The tables: items with their history, what each source says of them; and what is made from those: lists and entries.

Its one rule: instants are whole seconds since 1970 in UTC, days are ISO text; a change here needs a new migration.
"""

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text, text

FAMILIES = ("calendar", "news", "record")
BITS = {"calendar": 1, "news": 2, "record": 4}
"""What `version.moved` says of each family."""

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
    Column("n", Integer, primary_key=True),
    Column("id", String, nullable=False),
    Column("first_seen", Integer),
    Column("withdrawn", Integer),
    Column("was_coming", Boolean, nullable=False),
    Column("became", String),
    Column("version", Integer),
    Column("seat", Integer),
    *(
        column
        for family in FAMILIES
        for column in (
            Column(f"{family}_hash", String, nullable=False),
            Column(f"{family}_at", Integer, nullable=False),
            Column(f"{family}_sequence", Integer, nullable=False),
        )
    ),
    Index("item_id", "id", unique=True),
    Index("item_seat", "seat", unique=True),
    Index("item_withdrawn", "withdrawn", sqlite_where=text("withdrawn IS NOT NULL")),
)
"""Every id that is spoken of, with the revision state of clients.md 2.5, one for each family of formats.

`first_seen` is NULL where it was never kept, `version` the present state (NULL: there is none), `became` names the item
that it is one with. `n` is given when an item is first read, and `seat` when it is first kept: by that it stands in
lists, so that of one import entries are written in their order, and items of one second stand in that of their ids.
"""

version = Table(
    "version",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("item", Integer, nullable=False),
    Column("previous", Integer),
    Column("at", Integer, nullable=False),
    Column("day", String, nullable=False),
    Column("moved", Integer, nullable=False),
    Column("kinds", String, nullable=False),
    Column("told", Text),
    Column("withdrawn", Boolean, nullable=False),
    Column("gone", Boolean, nullable=False),
    Column("type", String, nullable=False),
    Column("topics", String, nullable=False),
    Column("status", String),
    Column("start", Integer),
    Column("first_day", String),
    Column("last_day", String),
    Column("shown_until", String),
    Column("dated", Integer, nullable=False),
    Column("dated_day", String, nullable=False),
    Column("ahead", Integer),
    Column("updated", Integer, nullable=False),
    Column("record", Text, nullable=False),
    Index("version_item", "item"),
    Index("version_day", "day"),
    Index("version_dated_day", "dated_day"),
    Index("version_last_day", "last_day", sqlite_where=text("start IS NOT NULL")),
    Index("version_first_day", "first_day", sqlite_where=text("start IS NOT NULL")),
    Index("version_shown_until", "shown_until", sqlite_where=text("shown_until IS NOT NULL")),
    Index("version_long", "last_day", "start", sqlite_where=text("first_day < last_day")),
    Index("version_ahead", "dated_day", "ahead", sqlite_where=text("ahead IS NOT NULL")),
    Index("version_previous", "previous", sqlite_where=text("previous IS NOT NULL")),
)
"""Every state an item was in, and with it the change that brought it: a query over all tells when a list changed.

`previous` is the state before (NULL: none, or the item was another then), `at` and `day` when this one began, `moved`
the families whose lists show it from then on, `told` the differences as JSON (NULL: nothing is told of it) and `kinds`
theirs between blanks. `gone`: the item was found to be another, this is what it was last. `topics` are slugs between
blanks; `ahead` is `dated` where `dated_day` lay in the future.
"""

slug = Table(
    "slug",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("slug", String, nullable=False),
    Column("name", String, nullable=False),
    Index("slug_slug", "slug", "kind", unique=True),
)
"""Types and topics, known for ever once known; `n` is the number of their lists."""

known = Table(
    "known",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("item", Integer, primary_key=True),
    sqlite_with_rowid=False,
)
"""Every identity key under which an item was ever read, and every id but its own."""

source = Table(
    "source",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("there", Boolean, nullable=False),
    Column("kind", String, nullable=False),
    Column("configured", Boolean, nullable=False),
    Column("imported", Integer, nullable=False),
    Column("rank", Integer, nullable=False),
    Index("source_name", "name", unique=True),
)
"""`imported` is the last import without a refusal, 0 for never; the reading of the lowest `rank` decides a field.

Of a source that is no longer there the number remains, in case it comes back.
"""

reading = Table(
    "reading",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("source", Integer, nullable=False),
    Column("item", Integer, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("record", Text, nullable=False),
    Column("line", LargeBinary),
    Index("reading_line", "line", sqlite_where=text("line IS NOT NULL")),
    Index("reading_item", "item", "source", unique=True),
)
"""What each source last said of an item; `line` tells the one line that said it, and how it was read, from others."""

renamed = Table(
    "renamed",
    metadata,
    Column("kind", String, primary_key=True),
    Column("old", String, primary_key=True),
    Column("new", String, nullable=False),
)
"""Slugs of types and topics and names of feeds that are now called otherwise."""

alias = Table(
    "alias",
    metadata,
    Column("slug", Integer, primary_key=True),
    Column("old", Integer, primary_key=True),
    sqlite_with_rowid=False,
)
"""Numbers of slugs, and of those under which the trail still finds what was called so before."""

listed = Table(
    "listed",
    metadata,
    Column("facet", Integer, primary_key=True),
    Column("k", Integer, primary_key=True),
    sqlite_with_rowid=False,
)
"""The lists of present items by what they are: see `store.index`."""

mixed = Table("mixed", metadata, Column("second", Integer, primary_key=True))
"""The seconds whose items are not listed in the order of ids: see `store.ties`."""

tally = Table(
    "tally",
    metadata,
    Column("facet", Integer, primary_key=True),
    Column("total", Integer, nullable=False),
    Column("withdrawn", Integer, nullable=False),
)
"""How many items each of the lists holds."""

ENTRIES = {
    suffix: Table(
        f"entry_{suffix[1:]}",
        metadata,
        Column("seat", Integer, primary_key=True),
        Column("body", LargeBinary, nullable=False),
    )
    for suffix in (".rss", ".atom", ".json", ".csv")
}
"""The rendered entries of items, by suffix: see `item.seat`."""

vevent = Table(
    "vevent",
    metadata,
    Column("k", Integer, primary_key=True),
    Column("id", String, nullable=False),
    Column("zone", String, nullable=False),
    Column("last_day", String, nullable=False),
    Column("shown_until", String),
    Column("body", LargeBinary, nullable=False),
    Index("vevent_shown_until", "shown_until", sqlite_where=text("shown_until IS NOT NULL")),
)
"""The entries of calendars, in the order of `listed` by start, with what a calendar asks of each."""

WORDS = tuple(
    f"CREATE VIRTUAL TABLE {name} USING fts5"
    "(t, content='', detail=none, columnsize=0, tokenize=\"ascii tokenchars '_'\")"
    for name in ("item_words", "event_words", "trail")
)
"""The words of present items, by their place in `listed` by date and by start, and those of every version with the one
before it. What they hold is in `store.index`."""

NOT_CARRIED = (
    "entry", "notice", "vevent", "listed", "mixed", "tally", "alias", "item_words", "event_words", "trail", "alembic",
)  # fmt: skip
"""What is rendered, or made from the rest: how the names of those tables begin, of all schemas."""
