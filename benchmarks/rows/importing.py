"""Imports: of new records against a plain loop that stores nothing, and of the same file again.

Its one rule: whole commands by the wall clock, start-up and all, each time into a store that was not there.
"""

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks import client, outputs, servers, stores
from benchmarks.bench import Bench
from benchmarks.outputs import Entries
from benchmarks.processes import run
from benchmarks.promises import Promise, Seen, middle, ratios
from benchmarks.stores import Store

COMPARED = 500
BEFORE = "2025-12-31"
"""Only older records are compared: what is published later than now is dated by its coming in, which no loop knows."""


@dataclass(frozen=True, slots=True)
class Round:
    """Seconds of one round."""

    first: float
    plain: float
    again: float


def measured(bench: Bench, processes: int) -> list[Round]:
    def make() -> list[Round]:
        rounds = [_round(bench, processes, number) for number in range(bench.sizes.rounds)]
        compare(bench, _store(bench))
        return rounds

    return bench.once(f"importing {processes}", make)


def _store(bench: Bench) -> Store:
    return Store(bench.place("store-new"))


def _round(bench: Bench, processes: int, number: int) -> Round:
    path = bench.records(bench.sizes.imported)

    def first() -> float:
        shutil.rmtree(_store(bench).folder)
        expect = {"added": bench.sizes.imported}
        return stores.imported(_store(bench), path, processes=processes, expect=expect).seconds

    def plain() -> float:
        return run(plain_loop(path, "--processes", str(processes))).seconds

    def again() -> float:
        expect = {"added": 0, "changed": 0, "unchanged": bench.sizes.imported}
        return stores.imported(_store(bench), path, processes=processes, expect=expect).seconds

    before = bench.gate.measured(plain) if number % 2 else None
    new = bench.gate.measured(first)
    plainly = before if before is not None else bench.gate.measured(plain)
    return Round(new, plainly, bench.gate.measured(again))


def plain_loop(path: Path, *options: str) -> list[str]:
    return [sys.executable, str(Path(__file__).parents[1] / "plain_loop.py"), str(path), *options]


def compare(bench: Bench, store: Store) -> None:
    """Raises Trouble unless the plain loop writes of some records what the store gives of them, in each format."""
    targets = {
        "ics": f"/events.ics?to={BEFORE}&limit={COMPARED}",
        **{suffix: f"/items.{suffix}?to={BEFORE}&limit={COMPARED}" for suffix in ("atom", "rss", "json")},
    }
    with servers.ours(store, bench.ports.free(), bench.place("logs")) as server:
        ours = {suffix: client.fetch(server.port, target).content for suffix, target in targets.items()}
    theirs = written(bench, ours["ics"], ours["atom"])
    for suffix, read in READERS.items():
        us = read(ours[suffix])
        outputs.same(us, outputs.chosen(theirs[suffix], us), what=f"plain loop, {suffix}", without=OWN[suffix])


def written(bench: Bench, ics: bytes, atom: bytes) -> dict[str, Entries]:
    """What the plain loop writes of the records of a calendar and a feed of ours."""
    wanted = {uid.partition("@")[0] for uid in outputs.events(ics)}
    wanted |= {entry.rpartition("/")[2] for entry in outputs.atom(atom)}
    with bench.records(bench.sizes.imported).open("rb") as lines:
        chosen = [line for line in lines if json.loads(line)["id"] in wanted]
    found: dict[str, Entries] = {suffix: {} for suffix in READERS}
    folder = bench.place("plain")
    for begin in range(0, len(chosen), COMPARED):
        part = stores.write_records(folder / "part.jsonl", chosen[begin : begin + COMPARED])
        run(plain_loop(part, "--write", str(folder)))
        for suffix, read in READERS.items():
            found[suffix] |= read((folder / f"0-0.{suffix}").read_bytes())
    return found


READERS: dict[str, Callable[[bytes], Entries]] = {
    "ics": outputs.events,
    "atom": outputs.atom,
    "rss": outputs.rss,
    "json": outputs.jsonfeed,
}
OWN: dict[str, tuple[str, ...]] = {
    "ics": ("dtstamp", "created", "last-modified", "zone of dtstart", "zone of dtend"),
    "atom": ("updated", "links"),
    "rss": ("link",),
    "json": (),
}
"""What only a store knows: when a record came in, and the size of an event's own calendar, which stands in its link.
And of an instant before 2007 ours writes no zone but UTC: the zone's present rule does not reach back."""


def new(bench: Bench, processes: int) -> Seen:
    rounds = measured(bench, processes)
    ours, plain = [one.first for one in rounds], [one.plain for one in rounds]
    pairs = list(zip(ours, plain, strict=True))
    return Seen(ratios(pairs), f"ours {middle(ours)} s, plain loop {middle(plain)} s")


def again(bench: Bench) -> Seen:
    rounds = measured(bench, 2)
    pairs = [(one.again, one.first) for one in rounds]
    return Seen(
        ratios(pairs), f"{middle([one.again for one in rounds])} s, first {middle([one.first for one in rounds])} s"
    )


ROWS: tuple[Promise, ...] = (
    Promise(
        "import",
        "import of 100,000 new records, one process: against a plain loop of json, pydantic, icalendar and feedgen",
        "≤",
        1.1,
        partial(new, processes=1),
    ),
    Promise("import", "the same with two processes each", "≤", 1.6, partial(new, processes=2)),
    Promise("import", "the same file again, nothing changed: against the first time (two processes)", "≤", 0.1, again),
)
