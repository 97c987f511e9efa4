"""Founding: a store that is not there comes to be whole or not at all, whoever else looks, writes or is killed."""

import errno
import fcntl
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

from cecc_feeds.errors import StoreError
from cecc_feeds.model import DEFAULT_ZONE
from cecc_feeds.store import Store, founding
from cecc_feeds.store.founding import founded
from tests.service import Service
from tests.store.keeping import put
from tests.strategies import keep, make
from tests.test_rendering import MANY

ITEM = keep(make(id="a"))


def url(folder: Path) -> str:
    return f"sqlite:///{folder}/store.sqlite"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def ids(folder: Path) -> list[str]:
    with Store.open(url(folder), zone=DEFAULT_ZONE, read_only=True) as store, store.read() as reading:
        return list(reading.every())


def test_nothing_is_at_the_place_until_the_store_is_whole_and_then_nothing_is_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "not there"
    with founded(url(folder), zone=DEFAULT_ZONE) as store:
        put(store, [ITEM])
        assert names(folder) == ["store.sqlite-new"]
    assert names(folder) == ["store.sqlite"]
    assert ids(folder) == ["a"]
    with closing(sqlite3.connect(folder / "store.sqlite")) as connection:
        asked = ("journal_mode", "integrity_check", "page_size")
        assert [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in asked] == ["wal", "ok", 8192]


def test_what_a_killed_command_left_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "store.sqlite-new").write_bytes(b"left" * 10_000)
    with founded(url(tmp_path), zone=DEFAULT_ZONE) as store:
        put(store, [ITEM])
    assert (names(tmp_path), ids(tmp_path)) == (["store.sqlite"], ["a"])


def test_a_block_that_raises_leaves_nothing(tmp_path: Path) -> None:
    block = founded(url(tmp_path), zone=DEFAULT_ZONE)
    put(block.__enter__(), [ITEM])
    assert block.__exit__(LookupError, LookupError(), None) is not True
    assert names(tmp_path) == []


def test_a_store_that_is_there_is_opened_in_its_place(tmp_path: Path) -> None:
    for item_id in "ab":
        with founded(url(tmp_path), zone=DEFAULT_ZONE) as store:
            put(store, [keep(make(id=item_id))])
    assert (names(tmp_path), ids(tmp_path)) == (["store.sqlite"], ["a", "b"])


def test_what_was_put_there_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    block = founded(url(tmp_path), zone=DEFAULT_ZONE)
    put(block.__enter__(), [ITEM])
    with Store.open(url(tmp_path), zone=DEFAULT_ZONE) as other:
        put(other, [keep(make(id="b"))])
    with pytest.raises(StoreError) as refused:
        block.__exit__(None, None, None)
    place = tmp_path / "store.sqlite"
    assert str(refused.value) == f"another database was put at {place} meanwhile; please try again"
    assert (names(tmp_path), ids(tmp_path)) == (["store.sqlite"], ["b"])


def test_a_disk_that_fails_meanwhile_is_told_and_nothing_is_put_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = Event()

    def fails(_file: int) -> None:
        failed.set()
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(founding, "SECONDS", 0.001)
    monkeypatch.setattr(os, "fdatasync", fails)
    block = founded(url(tmp_path), zone=DEFAULT_ZONE)
    put(block.__enter__(), [ITEM])
    assert failed.wait(60)
    with pytest.raises(StoreError) as refused:
        block.__exit__(None, None, None)
    place = tmp_path / "store.sqlite"
    assert str(refused.value) == f"the database {place} could not be made: [Errno 5] Input/output error"
    assert names(tmp_path) == []


def test_who_founds_waits_for_whoever_founds_no_longer_than_for_other_writers(tmp_path: Path) -> None:
    with (tmp_path / "store.sqlite-new").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(StoreError) as refused, founded(f"{url(tmp_path)}?timeout=0.1", zone=DEFAULT_ZONE):
            pass
    assert str(refused.value) == "the database could not be used: database is locked"


def test_a_store_that_was_founded_holds_what_one_with_a_log_holds(tmp_path: Path) -> None:
    """Enough that pages leave the memory before the end."""
    services = [Service(tmp_path / name) for name in ("founded", "logged")]
    Store.open(services[1].settings.database, zone=DEFAULT_ZONE).close()
    for service in services:
        service.publish(*MANY)
    held = [everything(service.database) for service in services]
    assert held[0] == held[1]
    assert len(held[0]["item"]) == len(MANY)


def everything(database: Path) -> dict[str, list[tuple[object, ...]]]:
    """The rows of all tables, those that FTS5 keeps words in among them, and what tables and indexes there are."""
    with closing(sqlite3.connect(database)) as connection:
        asked = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
        tables = [name for (name,) in connection.execute(asked)]
        rows = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in tables}  # noqa: S608
        schema = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name")
        return {**rows, "sqlite_master": schema.fetchall()}
