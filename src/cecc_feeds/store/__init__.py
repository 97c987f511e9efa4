"""The store: keeps the items, their history and rendered entries, and finds them.

Its one rule: no SQL outside this package; whatever a Reading answers is all of one state.
"""

import sqlite3
from collections.abc import Hashable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from cecc_feeds.errors import StoreError
from cecc_feeds.store import asking
from cecc_feeds.store.engine import migrate, open_engine, reason, to_write
from cecc_feeds.store.knowing import Known
from cecc_feeds.store.place import Place, fold, leave, place_of, stay
from cecc_feeds.store.reading import Reading, Selection
from cecc_feeds.store.transfer import load, told
from cecc_feeds.store.writing import Writing

__all__ = ["OneState", "Reading", "Selection", "Store", "Writing"]


class Store:
    """A database of items, opened for reading or for writing. Close it, or use it in a `with`."""

    def __init__(self, engine: Engine, *, zone: str) -> None:
        self._engine = engine
        self._zone = zone
        self._known = (0, Known())
        self._idle: list[tuple[int, Connection]] = []

    @classmethod
    def open(cls, url: str, *, zone: str, read_only: bool = False, made: bool = False, alone: bool = False) -> Self:
        """Open the database at a SQLAlchemy URL; for writing it is made and migrated first. Raises StoreError.

        `made`: it was there before, and one that is not there now, or is empty, must not be taken for a new one.
        `alone`: nobody else knows of it, and it is worth nothing until it is closed.
        """
        engine = open_engine(url, read_only=read_only, alone=alone)
        try:
            if not read_only:
                migrate(engine, made=made)
        except StoreError:
            engine.dispose()
            raise
        return cls(engine, zone=zone)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        while self._idle:
            _end(self._idle.pop()[1])
        fold(self._engine)
        self._engine.dispose()

    def look(self) -> int:
        """Notice another file in place of the database's; how many were met. One stat. Raises StoreError for none."""
        place = place_of(self._engine)
        return 0 if place is None else place.look(self._engine)

    def stamp(self) -> Hashable:
        """Another value after each commit: where it is the same as before, so is all that is read. Raises StoreError.

        One statement that reads no table; every time another value where this store writes, too. It holds the
        connection, since its number says nothing about another one.
        """
        place = place_of(self._engine)
        if place is None or not place.read_only:
            return object()
        with _faults(self._engine), self._lent(place) as connection:
            return connection, asking.value(connection, "PRAGMA data_version")

    def changed(self) -> datetime:
        """When something was changed last that readers see; in 1970 for never. Raises StoreError."""
        with self.read() as reading:
            return reading.changed()

    @contextmanager
    def read(self) -> Iterator[Reading]:
        """One state of the store, however long the block lasts. Raises StoreError."""
        place = place_of(self._engine)
        turn = 0 if place is None else place.turn
        with _faults(self._engine), self._lent(place) as connection:
            asking.begin(connection)
            yield Reading(connection, zone=self._zone, known=self._known_of(place, turn))
            asking.end(connection)

    @contextmanager
    def _lent(self, place: Place | None) -> Iterator[Connection]:
        """A connection for a reading. Those of a store that is only read stay at hand: to take one from the pool and to
        give it back takes as long as all statements of a short feed."""
        if place is None or not place.read_only:
            with self._engine.connect() as connection:
                yield connection
            return
        given_up = place.given_up
        connection = self._at_hand(given_up) or self._engine.connect()
        sound = False
        try:
            yield connection
            sound = True
        finally:
            if sound:
                self._idle.append((given_up, connection))
            else:
                _end(connection)

    def _at_hand(self, given_up: int) -> Connection | None:
        """One that is not older than the last time that connections were given up."""
        with suppress(IndexError):  # another thread may take the last one
            while True:
                age, connection = self._idle.pop()
                if age == given_up:
                    return connection
                _end(connection)
        return None

    def _known_of(self, place: Place | None, turn: int) -> Known | None:
        """What is known of the file that was met at a turn; None where this store writes it itself, and where another
        file was met meanwhile."""
        if place is None or not place.read_only or place.turn != turn:
            return None
        if self._known[0] != turn:
            self._known = (turn, Known())
        return self._known[1]

    def ledger(self, *, program: str) -> Iterator[bytes]:
        """The lines of a file that carries all that was ever kept, of one state. Raises StoreError."""
        with _faults(self._engine), self._engine.connect() as connection, connection.begin():
            yield from told(connection, program=program)

    @contextmanager
    def write(self, *, now: datetime, ledger: Engine | None = None) -> Iterator[Writing]:
        """One transaction: all of the block comes to be, or nothing. Waits for other writers. Raises StoreError.

        Nothing comes to be, either, where the file of the database was replaced meanwhile.
        `ledger`: what `transfer.taken_in` gave, put into the database first; refused where there is a history.
        """
        with _faults(self._engine), to_write(self._engine).connect() as connection, connection.begin() as transaction:
            if ledger is not None:
                load(connection, ledger)
            writing = Writing(connection, zone=self._zone, now=now)
            yield writing
            if writing.abandoned:
                transaction.rollback()
            else:
                writing.finish()
                stay(self._engine)


class OneState(Store):
    """A store all of whose readings are of one state, that of the first, until it is closed. For one thread."""

    def __init__(self, engine: Engine, *, zone: str) -> None:
        super().__init__(engine, zone=zone)
        self._open = ExitStack()
        self._reading: Reading | None = None

    def close(self) -> None:
        self._open.close()
        super().close()

    def look(self) -> int:
        """Another file is another state, and is not looked at."""
        return 0

    @contextmanager
    def read(self) -> Iterator[Reading]:
        if self._reading is None:
            self._reading = self._open.enter_context(super().read())
        with _faults(self._engine):
            yield self._reading


def _end(connection: Connection) -> None:
    """Close it here and now: a pool that was given up keeps what comes back to it."""
    with suppress(SQLAlchemyError, sqlite3.Error):
        connection.invalidate()
    connection.close()


@contextmanager
def _faults(engine: Engine) -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        leave(engine)
        raise StoreError(f"the database could not be used: {reason(error)}") from error
