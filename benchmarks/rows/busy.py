"""Hot answers while a large import writes the store that they are of, against the same at rest.

Its one rule: a core for the server, another for the import; wrk takes a third, or where there is none the server's, in
both runs alike.
"""

import sqlite3
import sys
import time
from contextlib import closing
from functools import partial
from pathlib import Path

from benchmarks import client, servers, stores, wrk
from benchmarks.bench import Bench
from benchmarks.errors import Trouble
from benchmarks.machine import cores, program
from benchmarks.processes import alive, running
from benchmarks.promises import Promise, Seen, middle, ratios
from benchmarks.rows.hot import CODING
from benchmarks.servers import Server
from benchmarks.stores import Store
from benchmarks.wrk import Asked

TARGET = "/items.atom"
BEGUN_SECONDS = 1.5
"""After so long an import has started up and reads records."""


def pinned(*to: int) -> list[str]:
    return [str(program("taskset")), "-c", ",".join(map(str, to))]


def _places() -> tuple[list[str], list[str], list[str]]:
    """Prefixes of the commands of server, import and wrk."""
    first, *between, last = cores()
    return pinned(first), pinned(last), pinned(*(between or [first]))


def _served(bench: Bench) -> tuple[Store, Server]:
    """A copy of the small store, and a server on its core over it."""

    def make() -> tuple[Store, Server]:
        store = Store(bench.place("store-busy"))
        with closing(sqlite3.connect(bench.small.file)) as whole, closing(sqlite3.connect(store.file)) as copy:
            whole.backup(copy)
            copy.execute("PRAGMA journal_mode=WAL")
        server = servers.ours(store, bench.ports.free(), bench.place("logs"), prefix=_places()[0])
        return store, bench.stack.enter_context(server)

    return bench.once("busy", make)


def _others(bench: Bench) -> Path:
    """Records that the store does not hold."""

    def make() -> Path:
        lines = stores.generated(bench.sizes.during, seed=stores.SEED + 1)
        return stores.write_records(bench.place("records") / "others.jsonl", lines)

    return bench.once("records of others", make)


def while_importing(bench: Bench, kind: str) -> Seen:
    store, server = _served(bench)
    headers = {"Accept_Encoding": CODING[kind]} if CODING[kind] else {}
    answer = client.fetch(server.port, TARGET, **headers)
    asked = [Asked(TARGET, answer.headers["etag"] if kind == "304" else "")]
    size = 0.0 if kind == "304" else float(len(answer.body))
    prefix = _places()[2]

    def rest() -> float:
        return wrk.load(
            server.port, asked, seconds=bench.sizes.seconds, folder=bench.place("wrk"), body=size,
            coding=CODING[kind], prefix=prefix,
        )  # fmt: skip

    command = [*_places()[1], sys.executable, "-m", "cecc_feeds.cli", "import", str(_others(bench))]

    def busy() -> float:
        log = bench.place("logs") / "import-busy.log"
        with running(command, log, environment=stores.environment(store, 1)) as pid:
            time.sleep(BEGUN_SECONDS)
            rate = rest()
            if not alive(pid):
                raise Trouble(f"the import ended before the run did: {log.read_text()[-300:]!r}")
        return rate

    rest()
    pairs = bench.pairs(busy, rest)
    us, before = ([pair[side] for pair in pairs] for side in (0, 1))
    return Seen(ratios(pairs), f"{middle(us)}/s, at rest {middle(before)}/s")


TOLD = {
    "identity": "hot 200, no coding asked",
    "gzip": "hot 200, gzip asked",
    "304": "304 to the right If-None-Match",
}
ROWS: tuple[Promise, ...] = tuple(
    Promise(
        "busy",
        f"{told}, {TARGET}, while a large import runs: against itself at rest",
        "≥",
        0.7,
        partial(while_importing, kind=kind),
        needs=("records", "Linux", "wrk", "taskset", "two cores"),
    )
    for kind, told in TOLD.items()
)
