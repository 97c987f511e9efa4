"""The ledger in a file: all that a store ever kept, as lines of JSON that outlive the database and its schema.

Its one rule: what is rendered is not carried; what one store tells, another that took it in tells byte for byte.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Column, Connection, Engine, MetaData, Table, delete, func, insert, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from cecc_feeds.errors import SourceError, StoreError
from cecc_feeds.memory import held_at_once
from cecc_feeds.store import index
from cecc_feeds.store.engine import HEAD, open_engine, reason, schema_version, to_write, upgrade
from cecc_feeds.store.schema import NOT_CARRIED, item, metadata, source, state

FORMAT = "cecc-feeds"
BEGINS = b'{"ledger": "cecc-feeds"'
BATCH = 1000
INTEGERS = range(-(2**63), 2**63)

Row = dict[str, Any]
Tick = Callable[[int], None]


def told(connection: Connection, *, program: str) -> Iterator[bytes]:
    """The lines of a ledger: a header, then a row a line by table and primary key, then a trailer that counts them."""
    schema = schema_version(connection)
    if schema is None:
        raise StoreError("the database holds nothing yet, so there is no ledger of it; `cecc-feeds import` fills it")
    if schema > HEAD:
        raise StoreError(f"the database has the schema {schema} of a newer program; take that one to export it")
    digest, count = hashlib.sha256(), 0
    header = _line({"ledger": FORMAT, "schema": schema, "program": program})
    digest.update(header)
    yield header
    for table in _tables(connection).values():
        for row in connection.execute(select(table).order_by(*table.primary_key)).mappings():
            values = {name: value.hex() if isinstance(value, bytes) else value for name, value in row.items()}
            line = _line({"table": table.name, "row": values})
            digest.update(line)
            count += 1
            yield line
    yield _line({"rows": count, "sha256": digest.hexdigest()})


def _line(value: object) -> bytes:
    return f"{json.dumps(value, ensure_ascii=False)}\n".encode()


def _tables(connection: Connection) -> dict[str, Table]:
    """The tables that are carried, as the database has them, by name: its schema may be another than ours."""
    found = MetaData()
    found.reflect(bind=connection, only=lambda name, _: not name.startswith(NOT_CARRIED))
    return {name: found.tables[name] for name in sorted(found.tables)}


def write_file(path: Path, lines: Iterable[bytes]) -> None:
    """Put lines in a file, all or none of them: it is written beside its place and moved there. Raises SourceError."""
    path = path.resolve()
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        _refuse_other(path)
        with beside.open("wb") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise SourceError(str(path), f"cannot be written: {error.strerror}") from None
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def _refuse_other(path: Path) -> None:
    """Raises SourceError where a device, a folder or a file that is no ledger is in the place: the database, say."""
    if not path.exists():
        return
    if not path.is_file():
        raise SourceError(str(path), "is no plain file; - writes to stdout")
    with path.open("rb") as file:
        begins = file.read(len(BEGINS))
    if begins not in (b"", BEGINS):
        raise SourceError(str(path), "is there already and is no ledger, so it stays as it is; name another file")


@dataclass
class _Lines:
    """The lines of a ledger while they are read: where we are, and what the trailer must say."""

    lines: Iterator[bytes]
    name: str
    number: int = 0
    rows: int = 0
    digest: Any = field(default_factory=hashlib.sha256)

    def __post_init__(self) -> None:
        header = self._next()
        if header.get("ledger") != FORMAT or not isinstance(header.get("schema"), str):
            raise SourceError(self.name, "is no ledger; `cecc-feeds export --ledger` writes one")
        self.schema: str = header["schema"]
        self.program = str(header.get("program", "0"))

    def fault(self, why: str, number: int | None = None) -> SourceError:
        return SourceError(f"{self.name}:{number or self.number}", why)

    def _next(self) -> Row:
        line = next(self.lines, None)
        self.number += 1
        if line is None or not line.endswith(b"\n"):
            what = "is torn: the line that ends it is missing" if self.number > 1 else "is no ledger; it has no line"
            raise SourceError(self.name, what)
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise self.fault("is no line of a ledger")
        if "rows" not in value:
            self.digest.update(line)
        return value

    def __iter__(self) -> Iterator[tuple[int, Row]]:
        """Each row's line number and line. Raises SourceError where the ledger is not whole."""
        while "rows" not in (value := self._next()):
            self.rows += 1
            yield self.number, value
        if value != {"rows": self.rows, "sha256": self.digest.hexdigest()}:
            raise self.fault(f"is not what the {self.rows} rows before it add up to: the ledger is torn or was altered")
        if next(self.lines, None) is not None:
            raise self.fault("goes on after the line that ends it", self.number + 1)


@contextmanager
def taken_in(lines: Iterable[bytes], *, name: str, progress: Tick) -> Iterator[Engine]:
    """A database of the newest schema, for the block alone, that holds what a ledger tells. Raises SourceError.

    The rows go into the schema that they come from, and are then brought up to date as any database is.
    """
    ledger = _Lines(iter(lines), name)
    with TemporaryDirectory(prefix="cecc-feeds-") as folder:
        engine = open_engine(f"sqlite:///{folder}/ledger.sqlite", read_only=False)
        try:
            _take_in(engine, ledger, progress)
            yield engine
        finally:
            engine.dispose()


def _take_in(engine: Engine, ledger: _Lines, progress: Tick) -> None:
    try:
        with to_write(engine).begin() as connection:
            _make_schema(connection, ledger)
            _take_rows(connection, ledger, progress)
            upgrade(connection)
    except SQLAlchemyError as error:
        raise SourceError(ledger.name, f"cannot be taken in: {reason(error)}") from None


def _make_schema(connection: Connection, ledger: _Lines) -> None:
    with suppress(StoreError):
        upgrade(connection, ledger.schema)
    if schema_version(connection) != ledger.schema:
        why = f"this program does not know its schema {ledger.schema}; cecc-feeds {ledger.program} wrote it: take that"
        raise ledger.fault(f"{why} or a newer one")


def _take_rows(connection: Connection, ledger: _Lines, progress: Tick) -> None:
    tables = _tables(connection)
    for name, rows in groupby(_rows(tables, ledger, progress), key=itemgetter(0)):
        numbered = ((number, row) for _, number, row in rows)
        for batch in held_at_once(numbered, lambda one: _weight(one[1]), BATCH):
            _insert(connection, tables[name], batch, ledger)


def _rows(tables: Mapping[str, Table], ledger: _Lines, progress: Tick) -> Iterator[tuple[str, int, Row]]:
    """The name of a table, the number of a line and the row that it holds."""
    for number, line in ledger:
        name = str(line.get("table"))
        if name not in tables or line.keys() != {"table", "row"} or not isinstance(line["row"], dict):
            raise ledger.fault("is no row of a table that there is")
        yield name, number, _values(tables[name], line["row"], ledger)
        progress(1)


def _weight(row: Row) -> int:
    return sum(len(value) for value in row.values() if isinstance(value, str))


def _values(table: Table, row: Row, ledger: _Lines) -> Row:
    if row.keys() != set(table.columns.keys()):
        wrong = ", ".join(sorted(row.keys() ^ set(table.columns.keys())))
        raise ledger.fault(f"does not fit the table {table.name}: {wrong} lacking or unknown")
    try:
        return {column.name: _value(column, row[column.name]) for column in table.columns}
    except ValueError as error:
        raise ledger.fault(f"does not fit the table {table.name}: {error}") from None


def _value(column: Column[Any], value: Any) -> Any:
    """The value for a column; SQLite itself would take anything. Raises ValueError."""
    wanted = column.type.python_type
    if value is None and column.nullable:
        return None
    if wanted is bytes and isinstance(value, str):
        with suppress(ValueError):
            return bytes.fromhex(value)
    elif type(value) is wanted and (wanted is not int or value in INTEGERS):
        return value
    raise ValueError(f"{column.name} cannot be {json.dumps(value, ensure_ascii=False)[:80]}")


def _insert(connection: Connection, table: Table, batch: list[tuple[int, Row]], ledger: _Lines) -> None:
    """Insert rows; where they do not go in, one by one, to name the line that does not."""
    try:
        with connection.begin_nested():
            connection.execute(insert(table), [row for _, row in batch])
    except IntegrityError as error:
        if len(batch) == 1:
            raise ledger.fault(f"does not fit the table {table.name}: {reason(error)}", batch[0][0]) from None
        for one in batch:
            _insert(connection, table, [one], ledger)


def load(connection: Connection, ledger: Engine) -> None:
    """Put what a ledger told into a database without a history. Raises StoreError where it has one.

    Of a database that never held an item, the notes on itself and on its sources give way.
    """
    carried = [table for table in metadata.sorted_tables if not table.name.startswith(NOT_CARRIED)]
    for table in carried:
        if table in (state, source):
            connection.execute(delete(table))
        elif connection.execute(select(table).limit(1)).first() is not None:
            kept = select(func.count()).select_from(item).where(item.c.first_seen.is_not(None))
            items = connection.execute(kept).scalar()
            raise StoreError(
                f"the database already holds a history, of {items} items, so nothing was done; "
                "name a new one in CECC_FEEDS_DATABASE, or move this one away"
            )
    with ledger.connect() as held:
        for table in carried:
            for rows in held_at_once(map(dict, held.execute(select(table)).mappings()), _weight, BATCH):
                connection.execute(insert(table), rows)
    index.rebuild(connection)
