"""Opening: what is made, what is refused with a sentence, and who sees what while others write."""

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine

from cecc_feeds.errors import StoreError
from cecc_feeds.model import DEFAULT_ZONE
from cecc_feeds.query import Query
from cecc_feeds.store import Store, engine, index
from cecc_feeds.store.schema import WORDS, metadata
from tests.conftest import ROOT
from tests.store.keeping import bring, put, revision
from tests.strategies import NOW, TODAY, keep, make


def open_sqlite(path: Path, *, read_only: bool = False) -> Store:
    return Store.open(f"sqlite:///{path}", zone=DEFAULT_ZONE, read_only=read_only)


def ids(store: Store) -> list[str]:
    with store.read() as reading:
        return list(reading.every())


@pytest.mark.parametrize("make_tables", [engine.create, engine.upgrade])
def test_the_tables_of_a_new_store_and_those_that_the_migrations_make_are_those_of_the_schema(
    tmp_path: Path, make_tables: Callable[[Connection], None]
) -> None:
    with create_engine(f"sqlite:///{tmp_path / 'store.sqlite'}").begin() as connection:
        make_tables(connection)
        found = MigrationContext.configure(connection, opts={"include_name": lambda name, *_: not of_words(name)})
        assert compare_metadata(found, metadata) == []
        assert found.get_current_revision() == engine.HEAD
        made = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%'")
        assert sorted(made.scalars()) == sorted(WORDS)


def test_a_new_store_is_to_sqlite_what_the_migrations_make(tmp_path: Path) -> None:
    """Keys, rows without ids and the conditions of indexes are nothing that Alembic compares."""
    made = []
    for make_tables in (engine.create, engine.upgrade):
        with create_engine(f"sqlite:///{tmp_path / make_tables.__name__}").begin() as connection:
            make_tables(connection)
            made.append(structure(connection))
    assert made[0] == made[1]
    assert ("table", "listed", "table", 2, 1) in made[0]


def structure(connection: Connection) -> set[tuple[object, ...]]:
    """Tables, columns, keys and indexes as SQLite knows them, but not in which order a table's columns stand."""

    def asked(sql: str, *given: str) -> list[tuple[object, ...]]:
        return [tuple(row) for row in connection.exec_driver_sql(sql, given)]

    tables = asked("SELECT name, type, ncol, wr FROM pragma_table_list WHERE schema = 'main'")
    found = {("table", *table) for table in tables}
    for name, *_ in tables:
        columns = asked('SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_xinfo(?)', str(name))
        found |= {("column", name, *column) for column in columns}
    indexes = asked("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    return found | {("index", name, table, " ".join(str(sql).split())) for name, table, sql in indexes}


def of_words(name: str | None) -> bool:
    """Whether a table is one of a full-text index, of which SQLAlchemy knows nothing."""
    return name is not None and name.startswith(("item_words", "event_words", "trail"))


def test_the_newest_migration_is_the_head_that_is_looked_for() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(engine.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_heads() == [engine.HEAD]


def test_opening_to_write_makes_the_folder_and_the_file(tmp_path: Path) -> None:
    path = tmp_path / "new 100% folder" / "deep#" / "store.sqlite"
    with open_sqlite(path) as store:
        put(store, [keep(make(id="a"))])
    with open_sqlite(path) as again:
        assert ids(again) == ["a"]
    with open_sqlite(path, read_only=True) as reader:
        assert ids(reader) == ["a"]
    assert [found.name for found in tmp_path.rglob("*.sqlite")] == ["store.sqlite"]


def test_a_relative_address_is_one_below_the_working_folder(tmp_path: Path) -> None:
    with Store.open("sqlite:///instance/store.sqlite", zone=DEFAULT_ZONE):
        pass
    assert (tmp_path / "instance" / "store.sqlite").is_file()


def test_opening_to_read_never_makes_a_file(tmp_path: Path) -> None:
    path = tmp_path / "none" / "store.sqlite"
    with pytest.raises(StoreError) as refused:
        open_sqlite(path, read_only=True)
    assert str(refused.value) == f"there is no database at {path}; `cecc-feeds import` makes it"
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_vanishes_is_a_fault_and_is_not_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    open_sqlite(path).close()
    with open_sqlite(path, read_only=True) as store:
        path.unlink()
        with pytest.raises(StoreError, match="unable to open database file"):
            revision(store)
    assert not path.exists()


def test_a_database_that_is_gone_while_its_log_is_there_is_not_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with open_sqlite(path) as running, running.read() as reading:
        reading.changed()
        path.rename(tmp_path / "away")
        with pytest.raises(StoreError) as refused:
            open_sqlite(path)
        assert str(refused.value) == (
            f"the database {path} was taken away while it was in use: its log is still there; put it back, or remove "
            "the log for a new one"
        )
    assert not path.exists()


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    open_sqlite(path).close()
    with open_sqlite(path, read_only=True) as store, pytest.raises(StoreError) as refused:
        put(store, [keep(make())])
    assert str(refused.value) == "the database could not be used: attempt to write a readonly database"


NO_FILE = "names no file; use for example sqlite:///instance/cecc_feeds.sqlite"
NO_ADDRESS = "is not a database address that can be used:"
NOT_EVEN = "CECC_FEEDS_DATABASE is not the address of a database; use for example sqlite:///instance/cecc_feeds.sqlite"
ADDRESSES = {
    "sqlite://": f"'sqlite://' {NO_FILE}",
    "sqlite:///:memory:": f"'sqlite:///%3Amemory%3A' {NO_FILE}",
    "sqlite:///x.sqlite?timeout=soon": "CECC_FEEDS_DATABASE: timeout=soon is not a number of seconds",
    "nonsense": NOT_EVEN,
    "": NOT_EVEN,
    "cobol://x": f"'cobol://x' {NO_ADDRESS} Can't load plugin: sqlalchemy.dialects:cobol",
    "cobol://me:secret@x/y?password=secret": f"'cobol://me:***@x/y' {NO_ADDRESS} "
    "Can't load plugin: sqlalchemy.dialects:cobol",
    "postgresql://me:secret@x:port/y": NOT_EVEN,
    "me:secret@x/y": NOT_EVEN,
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_that_cannot_be_used_is_refused_without_its_password(address: str) -> None:
    with pytest.raises(StoreError) as refused:
        Store.open(address, zone=DEFAULT_ZONE)
    assert str(refused.value) == ADDRESSES[address]


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    for read_only in (False, True):
        with pytest.raises(StoreError) as refused:
            open_sqlite(tmp_path, read_only=read_only)
        assert str(refused.value) == f"{tmp_path} is a folder; the address of a database ends with its file"


def test_another_file_is_no_database_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(b"not a database at all\n" * 100)
    with pytest.raises(StoreError) as refused:
        open_sqlite(path)
    assert str(refused.value) == "the database cannot be brought up to date: file is not a database"
    with open_sqlite(path, read_only=True) as store, pytest.raises(StoreError) as unread, store.read() as reading:
        reading.count(Query(), today=TODAY)
    assert str(unread.value) == "the database could not be used: file is not a database"
    assert path.read_bytes() == b"not a database at all\n" * 100


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "instance").write_text("")
    with pytest.raises(StoreError) as refused:
        open_sqlite(tmp_path / "instance" / "store.sqlite")
    assert str(refused.value) == f"{tmp_path}/instance cannot be made: File exists"


def test_an_empty_file_can_be_written_but_not_read(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    path.touch()
    with open_sqlite(path, read_only=True) as store, pytest.raises(StoreError) as refused:
        revision(store)
    assert str(refused.value) == "the database could not be used: no such table: state"
    with open_sqlite(path) as store:
        assert revision(store) == 0


def test_what_the_driver_itself_refuses_while_lists_are_made_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_connection: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with create_engine(f"sqlite:///{tmp_path / 'store.sqlite'}").begin() as connection:
        engine.upgrade(connection, "0004")
    monkeypatch.setattr(index, "rebuild", full)
    with pytest.raises(StoreError) as refused:
        open_sqlite(tmp_path / "store.sqlite")
    monkeypatch.undo()
    assert str(refused.value) == "the database cannot be brought up to date: database or disk is full"
    with open_sqlite(tmp_path / "store.sqlite") as store:
        assert revision(store) == 0


def test_another_programs_database_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    run(path, "CREATE TABLE item (x)")
    with pytest.raises(StoreError) as refused:
        open_sqlite(path)
    assert str(refused.value) == "the database cannot be brought up to date: table item already exists"
    assert run(path, "SELECT name FROM sqlite_master") == [("item",)]


def test_a_newer_programs_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    open_sqlite(path).close()
    run(path, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError) as refused:
        open_sqlite(path)
    assert str(refused.value) == (
        "the database was made by another version of the program: Can't locate revision identified by '9999'"
    )


def run(path: Path, statement: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        with connection:
            return connection.execute(statement).fetchall()
    finally:
        connection.close()


WRITER = """
import sys
from tests.store.keeping import put
from tests.store.test_opening import open_sqlite
from tests.strategies import keep, make
from pathlib import Path

with open_sqlite(Path(sys.argv[1])) as store:
    for number in range(10):
        put(store, [keep(make(id=f"{sys.argv[2]}-{number}"))])
"""


def test_processes_that_begin_at_once_make_one_database_and_all_write(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), name], env=environment, stderr=subprocess.PIPE, text=True
        )
        for name in "abcd"
    ]
    assert [process.communicate()[1] for process in processes] == [""] * 4
    with open_sqlite(path, read_only=True) as store:
        assert ids(store) == [f"{name}-{number}" for name in "abcd" for number in range(10)]
        assert revision(store) == 40


def test_every_commit_reaches_the_disk_before_it_counts(tmp_path: Path) -> None:
    full = 2
    with open_sqlite(tmp_path / "store.sqlite") as store, store._engine.connect() as connection:
        told = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("synchronous", "journal_mode")}
    assert told == {"synchronous": full, "journal_mode": "wal"}


def test_threads_wait_for_one_another_to_write(store: Store) -> None:
    begun, finished = threading.Event(), []

    def second() -> None:
        begun.set()
        put(store, [keep(make(id="b"))])
        finished.append("b")

    thread = threading.Thread(target=second)
    with store.write(now=NOW) as writing:
        thread.start()
        begun.wait()
        thread.join(0.2)
        writing.keep_edition("x")
        finished.append("a")
    thread.join(30)
    assert (finished, ids(store), revision(store)) == (["a", "b"], ["b"], 2)


def test_a_reader_sees_one_state_while_a_writer_commits(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with open_sqlite(path) as store, open_sqlite(path, read_only=True) as reader:
        bring(store, make(id="a"), now=NOW)
        with reader.read() as reading:
            before = reading.find(Query(), today=TODAY)
            bring(store, make(id="a", title="New"), now=NOW)
            bring(store, make(id="b"), now=NOW)
            assert reading.find(Query(), today=TODAY) == before
            assert reading.count(Query(), today=TODAY) == 1
        assert ids(reader) == ["a", "b"]


def test_a_reader_is_not_kept_waiting_by_a_writer(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with open_sqlite(path) as store, open_sqlite(path, read_only=True) as reader:
        with store.write(now=NOW) as writing:
            writing.keep_edition("x")
            assert (ids(reader), revision(reader)) == ([], 0)
        assert revision(reader) == 1


def test_as_many_threads_as_there_are_read_at_once(tmp_path: Path) -> None:
    """A pool that closes other threads' connections, or runs out of them, is a 503 under load."""
    path = tmp_path / "store.sqlite"
    with open_sqlite(path) as store:
        put(store, [keep(make(id="a"))])
    threads, counts = 40, []
    together = threading.Barrier(threads, timeout=30)

    def read(store: Store) -> None:
        with store.read() as reading:
            together.wait()
            first = reading.count(Query(), today=TODAY)
            together.wait()
            counts.append(first + reading.count(Query(), today=TODAY))

    with open_sqlite(path, read_only=True) as store:
        running = [threading.Thread(target=read, args=(store,)) for _ in range(threads)]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()
    assert counts == [2] * threads


def test_a_reading_may_stand_within_another(store: Store) -> None:
    put(store, [keep(make(id="a"))])
    with store.read() as outer:
        assert (ids(store), revision(store), list(outer.every())) == (["a"], 1, ["a"])
