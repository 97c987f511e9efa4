"""Asking: the statements of readers, and those that write many rows, handed to the driver itself.

Its one rule: what is asked at each request goes this way; SQLAlchemy's own takes five times as long as the database.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import Connection


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


def each(connection: Connection, sql: str, given: Sequence[Sequence[Any]]) -> None:
    """A statement for each row, in their order. Raises what the driver raises."""
    driver: Any = connection.connection.driver_connection
    driver.executemany(sql, given)


def many(connection: Connection, sql: str, given: Sequence[Sequence[Any]]) -> None:
    """As `each`, sooner: what says VALUES takes a hundred rows at once. Of a short row SQLite's own work is a third of
    what it costs to bring it there.

    Not for FTS5, which writes a piece to the disk at the beginning of each statement of several rows.
    """
    driver: Any = connection.connection.driver_connection
    several = _of_several(sql)
    end = len(given) // TOGETHER * TOGETHER if several else 0
    for begin in range(0, end, TOGETHER):
        driver.execute(several, list(chain.from_iterable(given[begin : begin + TOGETHER])))
    each(connection, sql, given[end:])


TOGETHER = 100
"""Rows of one statement; every SQLite takes 32,766 values in one (its limits, section 9)."""


@lru_cache(maxsize=64)
def _of_several(sql: str) -> str:
    """The same statement for so many rows, "" for one that takes no rows.

    A fault undoes the whole transaction, so that SQLite need not copy what a statement changes to undo it alone (FAIL):
    that would take nearly half of the time of short rows in random order.
    """
    before, values, after = sql.replace("INSERT INTO", "INSERT OR FAIL INTO", 1).partition("VALUES ")
    row, end, rest = after.partition(")")
    return f"{before}{values}{', '.join([row + end] * TOGETHER)}{rest}" if values else ""
