"""A statement for many rows does what it does for each, however many it takes at once."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import chain

import pytest
from sqlalchemy import Connection, create_engine

from cecc_feeds.store import asking, entries, index, putting, writing

LEAST_OF_SQLITE = 32_766

STATEMENTS = (
    "INSERT INTO t (a, b) VALUES (?, ?)",
    "INSERT OR REPLACE INTO t (a, b) VALUES (?, ?)",
    "INSERT OR IGNORE INTO t (a, b) VALUES (?, ?)",
    "INSERT INTO t (b, a) VALUES (?, ?) ON CONFLICT (a) DO UPDATE SET b = b + excluded.b",
    "INSERT INTO t (a, b) VALUES (?, 7 * ?)",
    "UPDATE t SET b = ? WHERE a = ?",
    "DELETE FROM t WHERE a = ? AND b < ?",
)
SIZES = (0, 1, asking.TOGETHER - 1, asking.TOGETHER, asking.TOGETHER + 1, 3 * asking.TOGETHER + 5)


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with closing(engine.connect()) as made:
        yield made
    engine.dispose()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("sql", STATEMENTS)
def test_many_rows_are_written_as_one_by_one(sql: str, size: int, connection: Connection) -> None:
    twice = "OR " in sql or "ON CONFLICT" in sql
    given = [(n % 50 if twice else n, n) for n in range(size)]
    told = []
    for write in (asking.many, asking.each):
        connection.exec_driver_sql("DROP TABLE IF EXISTS t")
        connection.exec_driver_sql("CREATE TABLE t (a INTEGER PRIMARY KEY, b INTEGER)")
        for n in () if sql.startswith("INSERT INTO t (a, b)") else range(0, 400, 3):
            connection.exec_driver_sql("INSERT INTO t (a, b) VALUES (?, ?)", (n, 1000))
        write(connection, sql, given)
        told.append(connection.exec_driver_sql("SELECT a, b FROM t ORDER BY a").fetchall())
    assert told[0] == told[1]


def test_a_fault_among_many_rows_is_told_and_the_transaction_undone_with_all_of_them(connection: Connection) -> None:
    connection.exec_driver_sql("CREATE TABLE t (a INTEGER PRIMARY KEY, b INTEGER)")
    connection.commit()
    with pytest.raises(sqlite3.IntegrityError, match=r"t\.a"), connection.begin():
        asking.many(connection, STATEMENTS[0], [(n % 250, n) for n in range(300)])
    assert connection.exec_driver_sql("SELECT count(*) FROM t").scalar() == 0


def test_every_sqlite_takes_as_many_values_as_one_statement_of_ours_has() -> None:
    told = chain(*(vars(module).values() for module in (entries, index, putting, writing)))
    every = [sql for one in told for sql in (one.values() if isinstance(one, dict) else [one]) if isinstance(sql, str)]
    widths = [sql.count("?") for sql in every if "VALUES (" in sql]
    assert len(widths) > 10
    assert max(widths) * asking.TOGETHER <= LEAST_OF_SQLITE
