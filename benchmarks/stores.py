"""Records and stores: files of made records, and stores made from them by the command `cecc-feeds import`.

Its one rule: what is served was brought in through the front door; nothing here knows how a store looks inside.
"""

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.errors import Trouble
from benchmarks.machine import GENERATOR
from benchmarks.processes import Done, run

SEED = 1
APART = (b"northbound", b"southbound")
"""Two words that never meet: every other record holds the one, the others the other."""

COMMON = tuple("village law court labor river worker school family temple border".split())
"""Words of make_records.py that most records hold."""

RARE = "quorum"
"""A word that sixty records of make_records.py hold, however many there are."""

MARK = "bench-mark"
"""The id of the record by which a change is made; it is in every selection that is measured."""

REPORT = re.compile(r"added (\d+), changed (\d+), unchanged (\d+), withdrawn (\d+), rejected (\d+)")
PROCESSES = "CECC_FEEDS_PROCESSES"
"""The setting of how many processes an import uses; named here only."""


@dataclass(frozen=True, slots=True)
class Store:
    """A database in a folder of its own."""

    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "store.sqlite"

    @property
    def url(self) -> str:
        return f"sqlite:///{self.file}"

    @property
    def bytes(self) -> int:
        return sum(path.stat().st_size for path in self.folder.glob("store.sqlite*"))


def environment(store: Store, processes: int | None = None) -> dict[str, str]:
    """The caller's environment without settings of the program, but for the store and the number of processes."""
    given = {name: value for name, value in os.environ.items() if not name.startswith("CECC_FEEDS_")}
    given["CECC_FEEDS_DATABASE"] = store.url
    given["CECC_FEEDS_DATA"] = str(store.folder / "data")
    if processes is not None:
        given[PROCESSES] = str(processes)
    return given


def generated(count: int, *, edit: int = 0, seed: int = SEED) -> Iterator[bytes]:
    """Lines of make_records.py, each with one of the words that never meet."""
    command = [sys.executable, str(GENERATOR), str(count), "--seed", str(seed), "--edit", str(edit)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for number, line in enumerate(process.stdout):
            yield with_word(line, APART[number % 2])
    if process.returncode:
        raise Trouble(f"{GENERATOR} ended with {process.returncode}")


def with_word(line: bytes, word: bytes) -> bytes:
    """A record's line with a word at the beginning of its summary."""
    before, mark, after = line.partition(b'"summary": "')
    if not mark:
        raise Trouble(f"a record without a summary: {line[:200]!r}")
    return before + mark + word.capitalize() + b" " + after


def write_records(path: Path, lines: Iterable[bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.writelines(lines)
    return path


def mark_record(number: int, topics: Iterable[str], now: datetime) -> bytes:
    """The record that changes: it is coming, newest published, of every topic, and holds every word that is sought."""
    start = (now.astimezone(ZoneInfo("America/New_York")) + timedelta(days=1)).replace(
        hour=9, minute=0, second=0, microsecond=0
    )
    record = {
        "id": MARK,
        "type": "Hearing",
        "title": mark_title(number),
        "published": "2027-12-31",
        "topics": list(topics),
        "summary": " ".join((*COMMON, RARE)),
        "event": {
            "start": start.isoformat(),
            "end": (start + timedelta(hours=2)).isoformat(),
            "timezone": "America/New_York",
        },
    }
    return json.dumps(record).encode() + b"\n"


def mark_title(number: int) -> str:
    return f"Marked for the {number} time"


def imported(
    store: Store, path: Path, *, processes: int | None = None, expect: dict[str, int] | None = None,
    watched: bool = False, prefix: Iterable[str] = (),
) -> Done:  # fmt: skip
    """`cecc-feeds import PATH`. Raises Trouble unless its last line counts what is expected."""
    command = [*prefix, sys.executable, "-m", "cecc_feeds.cli", "import", str(path)]
    done = run(command, environment=environment(store, processes), watched=watched)
    told = counts(done.out)
    wrong = {name: told[name] for name, count in (expect or {}).items() if told[name] != count}
    if wrong or told["rejected"]:
        raise Trouble(f"importing {path.name} gave {told}, not {expect}")
    return done


def counts(out: str) -> dict[str, int]:
    """The last line of an import."""
    found = REPORT.search(out)
    if found is None:
        raise Trouble(f"an import ended without its report: {out.strip()[-300:]!r}")
    return dict(zip(("added", "changed", "unchanged", "withdrawn", "rejected"), map(int, found.groups()), strict=True))


def data_version(store: Store) -> Generator[int, None, None]:
    """SQLite's own count of others' commits, asked each time that the iterator is."""
    with closing(sqlite3.connect(f"file:{store.file}?mode=ro", uri=True)) as connection:
        while True:
            yield connection.execute("PRAGMA data_version").fetchone()[0]
