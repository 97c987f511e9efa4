"""Edits: from the commit of an import to the new bytes from every worker.

Its one rule: every worker is asked over a connection of its own, and known by its process.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Event

from benchmarks import outputs, stores
from benchmarks.bench import Bench
from benchmarks.client import Connection
from benchmarks.errors import Trouble
from benchmarks.processes import holder
from benchmarks.promises import Promise, Seen, middle
from benchmarks.servers import Server

WORKERS = 2
LOOK_SECONDS = 0.005
TRIES = 64
"""Connections to open until every worker has one: the kernel deals them out."""

PATIENCE_SECONDS = 15.0


def one_each(server: Server, stack: ExitStack) -> list[Connection]:
    """A connection to each worker."""
    found: dict[int, Connection] = {}
    for _ in range(TRIES):
        connection = stack.enter_context(Connection(server.port))
        connection.ask("/healthz")
        found.setdefault(holder(server.pid, server.port, connection.own_port), connection)
        if len(found) == WORKERS:
            return list(found.values())
    raise Trouble(f"{TRIES} connections reached {len(found)} of {WORKERS} workers")


def target(bench: Bench) -> str:
    return f"/items.json?q=revised&limit={bench.sizes.edits}"


def shown(connection: Connection, asked: str, count: int, given_up: Event) -> float:
    """When a worker first answered with that many edited records."""
    while not given_up.is_set():
        answer = connection.ask(asked)
        if outputs.count(".json", answer.content) == count:
            return time.monotonic()
        time.sleep(LOOK_SECONDS)
    raise Trouble(f"a worker went on without the change for {PATIENCE_SECONDS} s after the import")


def latest(commits: Sequence[float], seen: Sequence[float]) -> float:
    """Seconds from the commit, the last one before anybody showed the change, to the last worker that showed it."""
    before = [at for at in commits if at <= min(seen)]
    if not before:
        raise Trouble("the change was served before anything was committed")
    return max(seen) - max(before)


def turn(bench: Bench, connections: list[Connection], path: Path, count: int) -> float:
    """Seconds, of one import: of 100 edits, or of the records as they were; so many edited ones are served then."""
    store = bench.built(bench.sizes.imported)[0]
    versions, commits, given_up = stores.data_version(store), [], Event()
    last = next(versions)
    with ThreadPoolExecutor(WORKERS + 1) as pool:
        waiting = [pool.submit(shown, connection, target(bench), count, given_up) for connection in connections]
        expect = {"changed": bench.sizes.edits, "added": 0, "withdrawn": 0}
        importing = pool.submit(stores.imported, store, path, expect=expect)
        until = None
        while not (importing.done() and all(one.done() for one in waiting)):
            version, now = next(versions), time.monotonic()
            if version != last:
                commits.append(now)
                last = version
            if importing.done() and until is None:
                until = now + PATIENCE_SECONDS
            if (until is not None and now > until) or (importing.done() and importing.exception()):
                given_up.set()
            time.sleep(0.001)
        versions.close()
        importing.result()
        return latest(commits, [one.result() for one in waiting])


def edited(bench: Bench) -> Seen:
    store, count = bench.built(bench.sizes.imported)[0], bench.sizes.imported
    original = bench.records(count)
    lines = stores.generated(count, edit=bench.sizes.edits)
    changed = stores.write_records(bench.place("edited") / original.name, lines)
    server = bench.ours(store, workers=WORKERS)
    with ExitStack() as stack:
        connections = one_each(server, stack)

        def there_and_back() -> float:
            there = turn(bench, connections, changed, bench.sizes.edits)
            return max(there, turn(bench, connections, original, 0))

        found = [bench.gate.measured(there_and_back) for _ in range(bench.sizes.rounds)]
    return Seen(tuple(found), f"{middle(found)} s, {WORKERS} workers")


ROWS: tuple[Promise, ...] = (
    Promise(
        "edits",
        "100 edits among 100,000: from the commit to the new bytes from every worker",
        "≤",
        1.0,
        edited,
        unit=" s",
    ),
)
