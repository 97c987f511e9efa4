"""Engines: how a database is opened for reading or writing, and brought to the newest schema.

Its one rule: whoever reads sees one state from first to last statement; writers wait for one another.
"""

import sqlite3
from pathlib import Path

from sqlalchemy import URL, Column, Connection, Engine, MetaData, String, Table, create_engine, event, inspect, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from cecc_feeds.errors import StoreError
from cecc_feeds.store import index
from cecc_feeds.store.place import Place
from cecc_feeds.store.schema import WORDS, metadata

HEAD = "0005"
"""The newest migration's revision; a test holds it against the migrations."""

BUSY_SECONDS = 60
"""How long a writer waits for another."""

READ_BUSY_SECONDS = 2
"""How long a reader waits for whoever keeps it from reading; meanwhile nobody else is answered."""

FAMILIAR = "use for example sqlite:///instance/cecc_feeds.sqlite"


def open_engine(url: str, *, read_only: bool, alone: bool = False) -> Engine:
    """An engine for a SQLAlchemy URL. Raises StoreError when the URL or, read-only, the database is not there.

    `?timeout=` in the address of a SQLite database: how many seconds to wait for others, as SQLAlchemy has it.
    `alone`: its file is of no worth before all is written. No error quotes a password: an address that cannot be taken
    apart is not quoted at all.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # ValueError: its port is no number
        raise StoreError(f"CECC_FEEDS_DATABASE is not the address of a database; {FAMILIAR}") from None
    shown = repr(parsed.set(query={}).render_as_string(hide_password=True))
    try:
        if parsed.get_backend_name() != "sqlite":
            return create_engine(parsed)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise StoreError(f"{shown} is not a database address that can be used: {error}") from None
    if not parsed.database or parsed.database == ":memory:":
        raise StoreError(f"{shown} names no file; {FAMILIAR}")
    seconds = _timeout(parsed, READ_BUSY_SECONDS if read_only else BUSY_SECONDS)
    place = Place(Path(parsed.database), read_only=read_only, seconds=seconds, alone=alone)
    return _sqlite(Path(parsed.database), place)


def file_of(url: str) -> Path | None:
    """The file of a SQLite database; None for another kind, and for what opening it will refuse."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        return None
    is_file = parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:")
    path = Path(str(parsed.database)) if is_file else None
    return None if path is None or path.is_dir() else path


def writer_seconds(url: str) -> float:
    """How long a writer of the database at a URL waits for others. Raises StoreError."""
    return _timeout(make_url(url), BUSY_SECONDS)


def _timeout(url: URL, default: float) -> float:
    given = url.query.get("timeout")
    try:
        return default if given is None else float(str(given))
    except ValueError:
        raise StoreError(f"CECC_FEEDS_DATABASE: timeout={given} is not a number of seconds") from None


def _sqlite(path: Path, place: Place) -> Engine:
    if path.is_dir():
        raise StoreError(f"{path} is a folder; the address of a database ends with its file")
    if place.read_only and not path.exists():
        raise StoreError(f"there is no database at {path}; `cecc-feeds import` makes it")
    if path.with_name(f"{path.name}-wal").exists() and not path.exists():  # a new one comes before its log
        why = "was taken away while it was in use: its log is still there; put it back, or remove the log for a new one"
        raise StoreError(f"the database {path} {why}")
    if not place.read_only:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{path.parent} cannot be made: {error.strerror}") from None
    # The pool that SQLAlchemy takes for an address without a file closes connections that other threads still use.
    engine = create_engine(
        "sqlite://", creator=place.connect, poolclass=QueuePool, max_overflow=-1, execution_options={"place": place}
    )
    event.listen(engine, "begin", _begin)
    return engine


def to_write(engine: Engine) -> Engine:
    """The same engine for transactions that write: each waits for the one before it; those that read wait for none."""
    return engine.execution_options(writes=True)


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def migrate(engine: Engine, *, made: bool = False) -> None:
    """Bring the schema to HEAD. Raises StoreError when that fails, or when a newer program made the database.

    `made`: an empty database is refused.
    """
    place: Place | None = engine.get_execution_options().get("place")
    try:
        if made and place is not None:
            place.look(engine)
        with engine.connect() as connection:
            version = schema_version(connection)
        if version == HEAD:
            return
        if made and version is None:
            raise StoreError("the database was emptied: put it back, or restore it as docs/operations.md says")
        with to_write(engine).begin() as connection:
            if schema_version(connection) is None:  # nor did anybody else make it meanwhile
                create(connection)
            else:
                upgrade(connection)
                index.rebuild(connection)
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise StoreError(f"the database cannot be brought up to date: {reason(error)}") from None


def schema_version(connection: Connection) -> str | None:
    """The migration that a database was last brought to; None for one without tables of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(select(stamped.c.version_num)).scalar()


def create(connection: Connection) -> None:
    """Make the tables of HEAD, as all migrations together do."""
    metadata.create_all(connection, checkfirst=False)
    for statement in WORDS:
        connection.exec_driver_sql(statement)
    stamped.create(connection)
    connection.execute(stamped.insert().values(version_num=HEAD))


stamped = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))
"""Where Alembic looks for the last migration."""


def upgrade(connection: Connection, schema: str = "head") -> None:
    """Run the migrations up to a revision. Raises StoreError for one that there is not."""
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, schema)
    except CommandError as error:
        raise StoreError(f"the database was made by another version of the program: {error}") from None


def reason(error: Exception) -> str:
    """The driver's own words, without SQLAlchemy's."""
    return str(getattr(error, "orig", None) or error).splitlines()[0]
