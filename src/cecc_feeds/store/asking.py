"""Asking: the statements of readers, handed to the driver itself.

Its one rule: what is asked at each request goes this way; SQLAlchemy's own takes five times as long as the database.
"""

from collections.abc import Sequence
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
