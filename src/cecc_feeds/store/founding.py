"""Founding: a store that is not there yet is written beside its place, and put there when it is whole.

Its one rule: whoever looks at the place finds no database, or the whole one; a file that is there is never replaced.

A log holds all that a transaction writes a second time, and the first import of an archive writes all that there is.
"""

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Event

from cecc_feeds.errors import StoreError
from cecc_feeds.store import Store
from cecc_feeds.store.engine import file_of, writer_seconds

BESIDE = "-new"
"""What the name of the file ends with until it is whole; one that a killed command left is written over."""


@contextmanager
def founded(url: str, *, zone: str) -> Iterator[Store]:
    """The store at a URL, for writing; one that is not there comes to be at the end of the block, unless that raises.

    Waits for another process that founds it, as for any writer. Raises StoreError.
    """
    path = file_of(url)
    lock = None if path is None or _is_begun(path) else _locked(path, writer_seconds(url))
    if path is None or lock is None:
        with Store.open(url, zone=zone) as store:
            yield store
        return
    new = _beside(path)
    try:
        with _synced(path, lock), Store.open(f"sqlite:///{new}", zone=zone, alone=True) as store:
            late = _without_indexes(new, path)
            yield store
        _put(new, path, lock, late)
    finally:
        new.unlink(missing_ok=True)
        os.close(lock)


def _beside(path: Path) -> Path:
    return path.with_name(path.name + BESIDE)


def _is_begun(path: Path) -> bool:
    """Whether there is something at the place already, which is for `Store.open` to judge."""
    return os.path.lexists(path) or path.with_name(f"{path.name}-wal").exists()


def _locked(path: Path, seconds: float) -> int | None:
    """The file beside the place, locked and empty; None where the store was founded meanwhile, or no file can be made:
    `Store.open` says why."""
    new, end = _beside(path), time.monotonic() + seconds
    while not _is_begun(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = os.open(new, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError:
            return None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_same(lock, new) and not _is_begun(path):
                os.ftruncate(lock, 0)
                return lock
        except BlockingIOError:
            if time.monotonic() > end:
                os.close(lock)
                raise StoreError("the database could not be used: database is locked") from None
        os.close(lock)
        time.sleep(0.02)
    return None


def _is_same(lock: int, new: Path) -> bool:
    """Whether what was locked still has its name: whoever held the lock before may have put it in its place."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(lock), new.stat())
    return False


@contextmanager
def _synced(path: Path, file: int) -> Iterator[None]:
    """Let what is written reach the disk meanwhile, so that there is little to wait for at the end."""
    over = Event()
    with ThreadPoolExecutor(1) as other:
        try:
            synced = other.submit(_sync, file, over)
            yield
        finally:
            over.set()
    try:
        synced.result()  # the kernel tells of a fault once: the last sync may know nothing of it
    except OSError as error:
        raise _not_made(path, error) from None


def _sync(file: int, over: Event) -> None:
    while not over.wait(SECONDS):
        os.fdatasync(file)


SECONDS = 1.0
"""How often what was written is sent to the disk."""


def _not_made(path: Path, error: Exception) -> StoreError:
    return StoreError(f"the database {path} could not be made: {error}")


def _without_indexes(new: Path, path: Path) -> list[str]:
    """Take away the indexes of LATE from a new database; the statements that make them."""
    try:
        with _unsynced(new) as connection:
            made = [sql for name in LATE for (sql,) in connection.execute(DEFINITION, (name,))]
            for name in LATE:
                connection.execute(f"DROP INDEX {name}")
    except sqlite3.Error as error:
        raise _not_made(path, error) from None
    return made


@contextmanager
def _unsynced(new: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a database that is of no worth before all of it is synced."""
    with closing(sqlite3.connect(new)) as connection:
        connection.execute("PRAGMA journal_mode=MEMORY")
        connection.execute("PRAGMA synchronous=OFF")
        yield connection


LATE = (
    "version_day", "version_dated_day", "version_last_day", "version_first_day", "version_shown_until", "version_long",
    "version_ahead", "vevent_shown_until", "reading_line",
)  # fmt: skip
"""Indexes of which the first import asks nothing. Made of all rows at the end, they take a fifth of the time that all
rows take to be put into them one by one."""

DEFINITION = "SELECT sql FROM sqlite_master WHERE type = 'index' AND name = ?"


def _put(new: Path, path: Path, lock: int, late: Iterable[str]) -> None:
    """Let a whole database be what its place holds, for readers and writers beside each other from now on. `late` are
    the statements that make it whole."""
    try:
        with _unsynced(new) as connection:
            for statement in late:
                connection.execute(statement)
            connection.execute("PRAGMA journal_mode=WAL")
        os.fsync(lock)
        os.link(new, path)
        _sync_folder(path.parent)
    except FileExistsError:
        raise StoreError(f"another database was put at {path} meanwhile; please try again") from None
    except (OSError, sqlite3.Error) as error:
        raise _not_made(path, error) from None


def _sync_folder(folder: Path) -> None:
    """So that a name in it outlives a loss of power."""
    there = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(there)
    finally:
        os.close(there)
