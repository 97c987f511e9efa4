"""A run of the benchmarks: its sizes, its folder, its gate, and what rows share: stores, servers, measurements.

Its one rule: what costs long is made once; everything is ended and removed with the run.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from benchmarks import selections, servers, stores
from benchmarks.errors import FAULTS, Trouble
from benchmarks.processes import Done
from benchmarks.quiet import Gate
from benchmarks.servers import Ports, Server
from benchmarks.stores import Store

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured. The promises are made for FULL; QUICK shows only that everything runs."""

    rounds: int
    seconds: int
    small: int
    large: int
    imported: int
    edits: int
    during: int
    """Records of the import that runs while others are served: more than it brings in during one run."""
    news: int
    calendar: int
    hot_calendar: int
    queries: int
    variants: int
    """Different queries of one kind that are asked after each change."""
    patience: float
    again: int


FULL = Sizes(
    rounds=7, seconds=2, small=10_000, large=1_000_000, imported=100_000, edits=100, during=300_000, news=50,
    calendar=1_000, hot_calendar=100, queries=1_000, variants=8, patience=60, again=3,
)  # fmt: skip
QUICK = Sizes(
    rounds=3, seconds=1, small=600, large=2_000, imported=300, edits=10, during=3_000, news=20,
    calendar=50, hot_calendar=30, queries=100, variants=3, patience=2, again=0,
)  # fmt: skip


class Bench:
    """What the rows' functions get."""

    def __init__(self, sizes: Sizes, folder: Path, stack: ExitStack, ports: Ports, say: Callable[[str], None]) -> None:
        self.sizes = sizes
        self.folder = folder
        self.stack = stack
        self.ports = ports
        self.say = say
        self.gate = Gate(patience=sizes.patience, again=sizes.again)
        self._made: dict[str, Any] = {}
        self._faults: dict[str, str] = {}
        self._marks = 0

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What several rows share, made by the first; a fault in it is a fault of each."""
        if name in self._faults:
            raise Trouble(self._faults[name])
        if name not in self._made:
            try:
                self._made[name] = make()
            except FAULTS as fault:
                self._faults[name] = str(fault)
                raise
        found: T = self._made[name]
        return found

    def made(self, name: str) -> Any:
        """What some row made under that name; None where none did."""
        return self._made.get(name)

    def place(self, name: str) -> Path:
        """A folder of the run."""
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def pairs(self, first: Callable[[], float], second: Callable[[], float]) -> list[tuple[float, float]]:
        """Both, turn about, each behind the gate; every other round the second goes first."""
        found = []
        for number in range(self.sizes.rounds):
            if number % 2:
                other = self.gate.measured(second)
                found.append((self.gate.measured(first), other))
            else:
                one = self.gate.measured(first)
                found.append((one, self.gate.measured(second)))
        return found

    def woven(self, first: Callable[[], float], second: Callable[[], float]) -> list[tuple[float, float]]:
        """As `pairs`, of what can be done in several turns: each pair is the mean of two turns of each side, one amid
        the other's, so that a machine which grows slower meanwhile does so for both."""
        found = []
        for number in range(self.sizes.rounds):
            outer, inner = (second, first) if number % 2 else (first, second)
            means = self.gate.measured(partial(_amid, outer, inner))
            found.append(means[::-1] if number % 2 else means)
        return found

    def records(self, count: int) -> Path:
        """A file of that many made records."""

        def make() -> Path:
            self.say(f"making {count:,} records …")
            return stores.write_records(self.place("records") / f"made-{count}.jsonl", stores.generated(count))

        return self.once(f"records {count}", make)

    def built(self, count: int) -> tuple[Store, Done]:
        """A store of that many records, made once, and what its import told and took."""

        def make() -> tuple[Store, Done]:
            path = self.records(count)
            self.say(f"importing {count:,} records …")
            store = Store(self.place(f"store-{count}"))
            done = stores.imported(store, path, processes=2, expect={"added": count}, watched=True)
            self.say(f"imported {count:,} records in {done.seconds:.0f} s, {store.bytes / 1e6:,.0f} MB")
            return store, done

        return self.once(f"store {count}", make)

    @property
    def small(self) -> Store:
        return self.built(self.sizes.small)[0]

    @property
    def large(self) -> Store:
        return self.built(self.sizes.large)[0]

    def ours(self, store: Store, *, workers: int = 1, whose: str = "") -> Server:
        """A server of ours over a store, started once and left running. `whose`: for nobody but those who say the
        same: it keeps no answers of others."""
        name = f"server {store.folder.name} {workers} {whose}"

        def start() -> Server:
            port = self.ports.free()
            return self.stack.enter_context(servers.ours(store, port, self.place("logs"), workers=workers))

        return self.once(name, start)

    def nginx(self) -> Server:
        return self.once(
            "nginx", lambda: self.stack.enter_context(servers.nginx(self.ports.free(), self.place("nginx")))
        )

    def marked(self, *changed: Store) -> str:
        """Change the record that every selection holds, in each store; the title that all answers must show now."""
        self._marks += 1
        path = self.place("mark") / "mark.jsonl"
        path.write_bytes(stores.mark_record(self._marks, selections.TOPICS, datetime.now(UTC)))
        for store in changed:
            stores.imported(store, path)
        return stores.mark_title(self._marks)


def _amid(outer: Callable[[], float], inner: Callable[[], float]) -> tuple[float, float]:
    """The means of two runs of each, the inner ones between the outer."""
    before, first, second, after = outer(), inner(), inner(), outer()
    return (before + after) / 2, (first + second) / 2


@contextmanager
def running(sizes: Sizes, first_port: int, say: Callable[[str], None]) -> Iterator[Bench]:
    """A run: its folder, and what it started, gone when the block ends, however it does."""
    with TemporaryDirectory(prefix="cecc-feeds-bench-") as folder, ExitStack() as stack:
        yield Bench(sizes, Path(folder), stack, Ports(first_port, 39), say)
