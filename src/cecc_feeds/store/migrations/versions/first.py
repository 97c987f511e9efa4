"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

FAMILIES = ("calendar", "news", "record")


def upgrade() -> None:
    op.create_table(
        "state",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("value", sa.String, nullable=False),
    )
    op.create_table(
        "item",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("first_seen", sa.Integer, nullable=False),
        sa.Column("withdrawn", sa.Integer),
        sa.Column("was_coming", sa.Boolean, nullable=False),
        *(
            column
            for family in FAMILIES
            for column in (
                sa.Column(f"{family}_hash", sa.String, nullable=False),
                sa.Column(f"{family}_at", sa.Integer, nullable=False),
                sa.Column(f"{family}_sequence", sa.Integer, nullable=False),
            )
        ),
    )
    op.create_table(
        "version",
        sa.Column("n", sa.Integer, primary_key=True),
        sa.Column("item_id", sa.String, nullable=False),
        sa.Column("current", sa.Boolean, nullable=False),
        sa.Column("withdrawn", sa.Boolean, nullable=False),
        sa.Column("record", sa.Text, nullable=False),
        sa.Column("type", sa.String, nullable=False),
        sa.Column("status", sa.String),
        sa.Column("start", sa.Integer),
        sa.Column("first_day", sa.String),
        sa.Column("last_day", sa.String),
        sa.Column("shown_until", sa.String),
        sa.Column("dated", sa.Integer, nullable=False),
        sa.Column("dated_day", sa.String, nullable=False),
        sa.Column("updated", sa.Integer, nullable=False),
        sa.Column("search", sa.Text, nullable=False),
        *(sa.Column(f"{family}_{edge}", sa.Integer) for family in FAMILIES for edge in ("since", "until")),
    )
    op.create_index("version_item", "version", ["item_id", "current"])
    op.create_index("version_dated", "version", ["current", "dated", "item_id"])
    op.create_index("version_start", "version", ["current", "start", "item_id"])
    op.create_index("version_type", "version", ["type", "current", "dated"])
    op.create_table(
        "version_topic",
        sa.Column("slug", sa.String, primary_key=True),
        sa.Column("n", sa.Integer, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("version_topic_n", "version_topic", ["n"])
    op.create_table(
        "entry",
        sa.Column("item_id", sa.String, primary_key=True),
        sa.Column("format", sa.String, primary_key=True),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("zone", sa.String, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "known",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("item_id", sa.String, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "source",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("configured", sa.Boolean, nullable=False),
        sa.Column("imported", sa.Integer, nullable=False),
    )
    op.create_table(
        "reading",
        sa.Column("source", sa.String, primary_key=True),
        sa.Column("item_id", sa.String, primary_key=True),
        sa.Column("record", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("reading_item", "reading", ["item_id"])
    op.create_table(
        "slug",
        sa.Column("kind", sa.String, primary_key=True),
        sa.Column("slug", sa.String, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
    )
