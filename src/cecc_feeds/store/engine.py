"""Engines: how a database is opened for reading or writing, and brought to the newest schema.

Its one rule: whoever reads sees one state from first to last statement; writers wait for one another.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from cecc_feeds.errors import StoreError

HEAD = "0001"
"""The newest migration's revision; a test holds it against the migrations."""

BUSY_SECONDS = 60


def open_engine(url: str, *, read_only: bool) -> Engine:
    """An engine for a SQLAlchemy URL. Raises StoreError when the URL or, read-only, the database is not there."""
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() != "sqlite":
            return create_engine(parsed)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise StoreError(f"{url!r} is not a database address that can be used: {error}") from None
    if not parsed.database or parsed.database == ":memory:":
        raise StoreError(f"{url!r} names no file; use for example sqlite:///instance/cecc_feeds.sqlite")
    return _sqlite(Path(parsed.database), read_only=read_only)


def _sqlite(path: Path, *, read_only: bool) -> Engine:
    if path.is_dir():
        raise StoreError(f"{path} is a folder; the address of a database ends with its file")
    if read_only and not path.exists():
        raise StoreError(f"there is no database at {path}; `cecc-feeds import` makes it")
    if not read_only:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{path.parent} cannot be made: {error.strerror}") from None
    connector = _connector(path, "ro" if read_only else "rwc")
    # The pool that SQLAlchemy takes for an address without a file closes connections that other threads still use.
    engine = create_engine("sqlite://", creator=connector, poolclass=QueuePool, max_overflow=-1)
    event.listen(engine, "begin", _begin)
    return engine


def to_write(engine: Engine) -> Engine:
    """The same engine for transactions that write: each waits for the one before it; those that read wait for none."""
    return engine.execution_options(writes=True)


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _connector(path: Path, mode: str) -> Callable[[], Any]:
    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"file:{quote(str(path))}?mode={mode}",
            uri=True,
            timeout=BUSY_SECONDS if mode == "rwc" else 5,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            if mode == "rwc":
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("PRAGMA cache_size=-200000")  # 200 MB: a large import must not spill page by page
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    return connect


def migrate(engine: Engine) -> None:
    """Bring the schema to HEAD. Raises StoreError when that fails, or when a newer program made the database."""
    try:
        with engine.connect() as connection:
            if _schema_version(connection) == HEAD:
                return
        with to_write(engine).begin() as connection:
            _upgrade(connection)
    except SQLAlchemyError as error:
        raise StoreError(f"the database cannot be brought up to date: {reason(error)}") from None


def _schema_version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StoreError(f"the database was made by another version of the program: {error}") from None


def reason(error: SQLAlchemyError) -> str:
    """The driver's own words, without SQLAlchemy's."""
    return str(getattr(error, "orig", None) or error).splitlines()[0]
