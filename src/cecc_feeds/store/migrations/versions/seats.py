"""Items in lists by their seat, which is given when an item is first kept; the seconds in which ids do not fall as
seats rise; words without how many there are; which line alone said what a source says.

Lists are made anew after the migrations; entries stay as they are.
"""

from alembic import op

revision = "0004"
down_revision = "0003"

FORMATS = ("rss", "atom", "json", "csv")
WORDS = ("item_words", "event_words", "trail")


def upgrade() -> None:
    op.execute("ALTER TABLE item ADD COLUMN seat INTEGER")
    op.execute("UPDATE item SET seat = n WHERE first_seen IS NOT NULL")
    op.execute("CREATE UNIQUE INDEX item_seat ON item (seat)")
    op.execute("ALTER TABLE reading ADD COLUMN line BLOB")
    op.execute("CREATE INDEX reading_line ON reading (line) WHERE line IS NOT NULL")
    op.execute("CREATE TABLE mixed (second INTEGER NOT NULL, PRIMARY KEY (second))")
    for name in FORMATS:
        op.execute(f"ALTER TABLE entry_{name} RENAME COLUMN item TO seat")
    for name in WORDS:
        op.execute(f"DROP TABLE {name}")
        op.execute(
            f"CREATE VIRTUAL TABLE {name} USING fts5"
            "(t, content='', detail=none, columnsize=0, tokenize=\"ascii tokenchars '_'\")"
        )
