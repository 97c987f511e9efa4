"""Where a SQLite database lies: how its file is opened, and noticing that another one was put in its place.

Its one rule: all connections of an engine are to one file; an operator may move a restored backup there at any time.
"""

import os
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from cecc_feeds.errors import StoreError
from cecc_feeds.store.rows import search_text


class Place:
    """Where a SQLite database lies, and which file lies there: another one put in its place is another database.

    `turn` counts the files that were met; an inode alone would not do, since a new file may be given that of an old.
    """

    def __init__(self, path: Path, *, read_only: bool, seconds: float, alone: bool = False) -> None:
        """`alone`: nobody else knows of the file, which is worth nothing before it is whole."""
        self.turn = 0
        self.given_up = 0
        """How often connections were given up: one that is older is not to be used any more."""
        self.read_only = read_only
        self._alone = alone
        self._path = path
        self._seconds = seconds
        self._file: tuple[int, int] | None = None
        self._written: tuple[int, int] | None = None

    def look(self, engine: Engine) -> int:
        """Give up the connections to a file that is no longer there, or that was written since they were made; `turn`.

        Raises StoreError where there is no file. A connection that has pages at hand would not see that the file was
        cut short or overwritten.
        """
        try:
            told = self._path.stat()
        except OSError as error:
            self.leave(engine)
            raise StoreError(f"the database {self._path} is not there: {error.strerror}") from None
        if self._file not in (None, _identity(told)):
            self.leave(engine)
        elif self._written != _written(told):
            self._give_up(engine)
        self._file, self._written = _identity(told), _written(told)
        return self.turn

    def stay(self, engine: Engine) -> None:
        """Raises StoreError where the file that was opened is no longer there: whatever is written to it is lost."""
        with suppress(OSError):
            if self._file in (None, _identity(self._path.stat())):
                return
        self.leave(engine)
        raise StoreError(f"the database {self._path} was taken away or replaced meanwhile; please try again")

    def leave(self, engine: Engine) -> None:
        """Give up all connections: what is opened next counts as another database."""
        self.turn += 1
        self._file = None
        self._give_up(engine)

    def _give_up(self, engine: Engine) -> None:
        self.given_up += 1
        engine.dispose()

    def connect(self) -> sqlite3.Connection:
        """A connection to the file that was met first since `leave`. Raises sqlite3.Error."""
        connection = sqlite3.connect(
            f"file:{quote(str(self._path))}?mode={'ro' if self.read_only else 'rwc'}",
            uri=True,
            timeout=self._seconds,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            self._refuse_another()
            if not self.read_only:
                connection.execute("PRAGMA page_size=8192")  # of a new file: most entries fit, several to a page
                if self._alone:
                    connection.execute("PRAGMA journal_mode=MEMORY")
                    connection.execute("PRAGMA synchronous=OFF")
                else:
                    _keep_a_log(connection, self._seconds)
                    connection.execute("PRAGMA synchronous=FULL")  # commits are few, none may be lost with the power
            connection.execute("PRAGMA cache_size=-2000" if self.read_only else "PRAGMA cache_size=-64000")  # kB
            connection.create_function("search_text", 1, search_text, deterministic=True)
        except sqlite3.Error:
            connection.close()
            raise
        except OSError as error:
            connection.close()
            raise sqlite3.OperationalError(f"unable to open database file: {error.strerror}") from None
        return connection

    def _refuse_another(self) -> None:
        found = _identity(self._path.stat())
        if self._file not in (None, found):
            raise sqlite3.OperationalError("another file was put in its place")
        self._file = found


def _identity(told: os.stat_result) -> tuple[int, int]:
    return told.st_dev, told.st_ino


def _written(told: os.stat_result) -> tuple[int, int]:
    return told.st_size, told.st_mtime_ns


def _keep_a_log(connection: sqlite3.Connection, seconds: float) -> None:
    """Readers and writers go on beside each other (WAL). SQLite does not wait for this lock, so we do."""
    end = time.monotonic() + seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.02)
        else:
            return


def place_of(engine: Engine) -> Place | None:
    """Where an engine's database lies; None where that is no file."""
    place: Place | None = engine.get_execution_options().get("place")
    return place


def leave(engine: Engine) -> None:
    """Give up connections that a fault came from: the file may have been damaged, and repaired by the next time."""
    place = place_of(engine)
    if place is not None:
        place.leave(engine)


def stay(engine: Engine) -> None:
    """Raises StoreError where an engine's database is no longer where it was opened."""
    place = place_of(engine)
    if place is not None:
        place.stay(engine)


def fold(engine: Engine) -> None:
    """Bring what the log holds into the file, so that the file alone is the database: to copy, and to be replaced.

    Does what it can: readers that still need the log are not waited for long, and nothing is lost without it.
    """
    place = place_of(engine)
    if place is None or place.read_only:
        return
    with suppress(SQLAlchemyError, sqlite3.Error), closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout=1000")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
