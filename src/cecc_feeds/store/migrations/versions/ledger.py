"""The ledger of changes, what was renamed, and the order of sources.

What was known before there was a ledger begins it: each item with the moment it was first seen.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "change",
        sa.Column("n", sa.Integer, primary_key=True),
        sa.Column("item_id", sa.String, nullable=False),
        sa.Column("at", sa.Integer, nullable=False),
        sa.Column("day", sa.String, nullable=False),
        sa.Column("before", sa.Integer),
        sa.Column("after", sa.Integer, nullable=False),
    )
    op.create_index("change_at", "change", ["at", "item_id"])
    op.create_index("change_item", "change", ["item_id", "at"])
    op.create_table(
        "difference",
        sa.Column("change", sa.Integer, primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("field", sa.String, nullable=False),
        sa.Column("old", sa.Text, nullable=False),
        sa.Column("new", sa.Text, nullable=False),
        sa.Column("sentence", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("difference_kind", "difference", ["kind", "change"])
    op.create_table(
        "notice",
        sa.Column("change", sa.Integer, primary_key=True),
        sa.Column("format", sa.String, primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "renamed",
        sa.Column("kind", sa.String, primary_key=True),
        sa.Column("old", sa.String, primary_key=True),
        sa.Column("new", sa.String, nullable=False),
    )
    op.add_column("source", sa.Column("rank", sa.Integer, nullable=False, server_default="0"))
    op.add_column("item", sa.Column("became", sa.String))
    _begin_ledger()


def _begin_ledger() -> None:
    op.execute(
        'INSERT INTO change (item_id, at, day, "after") '
        "SELECT item.id, item.first_seen, date(item.first_seen, 'unixepoch'), min(version.n) "
        "FROM item JOIN version ON version.item_id = item.id GROUP BY item.id, item.first_seen ORDER BY item.first_seen"
        if op.get_bind().dialect.name == "sqlite"
        else 'INSERT INTO change (item_id, at, day, "after") '
        "SELECT item.id, item.first_seen, to_char(to_timestamp(item.first_seen) AT TIME ZONE 'UTC', 'YYYY-MM-DD'), "
        "min(version.n) FROM item JOIN version ON version.item_id = item.id GROUP BY item.id, item.first_seen "
        "ORDER BY item.first_seen"
    )
    op.execute(
        "INSERT INTO difference (change, position, kind, field, old, new, sentence) "
        "SELECT n, 0, 'announced', '', '', '', 'New' FROM change"
    )
