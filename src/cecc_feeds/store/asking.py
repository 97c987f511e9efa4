"""Asking: the statements of readers, handed to the driver itself.

Its one rule: what is asked at each request goes this way; SQLAlchemy's own takes five times as long as the database.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from cecc_feeds.store.rows import KEPT


def begin(connection: Connection) -> None:
    """One state from now on. Whoever gives the connection back without `end`, after a fault, ends it, too."""
    driver: Any = connection.connection.driver_connection
    driver.execute("BEGIN")


def end(connection: Connection) -> None:
    driver: Any = connection.connection.driver_connection
    driver.execute("COMMIT")


def rows(connection: Connection, sql: str, given: Sequence[Any] = ()) -> list[Any]:
    """All rows of a statement, as tuples. Raises what the driver raises; `Store` says it in a sentence."""
    driver: Any = connection.connection.driver_connection
    return driver.execute(sql, given).fetchall()  # type: ignore[no-any-return]


def value(connection: Connection, sql: str, given: Sequence[Any] = ()) -> Any:
    """The first value of the first row; None where there is none."""
    driver: Any = connection.connection.driver_connection
    row = driver.execute(sql, given).fetchone()
    return None if row is None else row[0]


KEPT_OF = " ".join(
    [
        *("SELECT item.seat,", KEPT, "FROM item JOIN version ON version.n = item.version"),
        "WHERE item.seat IN (SELECT value FROM json_each(?))",
    ]
)
DATED_OF = (
    "SELECT item.seat, version.dated FROM item JOIN version ON version.n = item.version "
    "WHERE item.seat IN (SELECT value FROM json_each(?))"
)
KEPT_BY_ID = " ".join(["SELECT", KEPT, "FROM item JOIN version ON version.n = item.version WHERE item.id = ?"])
READINGS = (
    "SELECT source.name, reading.record, source.kind, source.rank, item.id FROM item "
    "JOIN reading ON reading.item = item.n JOIN source ON source.n = reading.source "
    "WHERE item.id IN (SELECT value FROM json_each(?)) AND source.there"
)
