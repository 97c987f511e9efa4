"""Rehearsals: a store in which an import can be tried whose transaction is abandoned.

Its one rule: no database is made and none is migrated for a trial; where that would be needed, it is done to a copy.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from sqlalchemy.exc import SQLAlchemyError

from cecc_feeds.errors import StoreError
from cecc_feeds.store import Store
from cecc_feeds.store.engine import HEAD, file_of, open_engine, reason, schema_version


@contextmanager
def rehearsal(url: str, *, zone: str) -> Iterator[Store]:
    """The store at a URL where it is of the newest schema; else a copy in a folder of its own. Raises StoreError."""
    path = file_of(url)
    if path is None or (path.is_file() and _is_new(url)):
        with Store.open(url, zone=zone) as store:
            yield store
        return
    with TemporaryDirectory(prefix="cecc-feeds-") as folder:
        copy = Path(folder, "rehearsal.sqlite")
        if path.is_file():
            _copy(path, copy)
        with Store.open(f"sqlite:///{copy}", zone=zone) as store:
            yield store


@contextmanager
def duplicate(url: str, *, zone: str) -> Iterator[tuple[str, Store]]:
    """A copy of the store at a URL, brought up to date and open for writing, and its URL. Raises StoreError."""
    path = file_of(url)
    if path is None or not path.is_file():
        Store.open(url, zone=zone, read_only=True).close()  # which says what is wrong
        raise StoreError("only a database in a file can be copied")
    with TemporaryDirectory(prefix="cecc-feeds-") as folder:
        copy = Path(folder, "copy.sqlite")
        _copy(path, copy)
        with Store.open(f"sqlite:///{copy}", zone=zone) as store:
            yield f"sqlite:///{copy}", store


def _is_new(url: str) -> bool:
    engine = open_engine(url, read_only=True)
    try:
        with engine.connect() as connection:
            return schema_version(connection) == HEAD
    except SQLAlchemyError as error:
        raise StoreError(f"the database could not be used: {reason(error)}") from None
    finally:
        engine.dispose()


def _copy(path: Path, copy: Path) -> None:
    try:
        with (
            closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as held,
            closing(sqlite3.connect(copy)) as made,
        ):
            held.backup(made)
    except sqlite3.Error as error:
        raise StoreError(f"the database could not be used: {error}") from None
