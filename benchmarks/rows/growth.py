"""Cold answers of a large archive against those of a small one, over HTTP, the same number of entries in both.

Its one rule: as in `cold`, every answer is the first after a change that it must show.
"""

import time
from dataclasses import dataclass, field
from functools import partial
from statistics import median

from benchmarks import outputs, stores
from benchmarks.bench import Bench
from benchmarks.client import Connection
from benchmarks.errors import Trouble
from benchmarks.promises import Promise, Seen, middle, ratios
from benchmarks.rows.cold import NOTICED_SECONDS, middles, shows
from benchmarks.selections import TOPICS, slug

APART = "apart"


def targets(bench: Bench) -> dict[str, list[str]]:
    """Kind to the addresses that are asked after a change; each is another query."""
    sizes = bench.sizes
    many = range(sizes.variants)
    apart = "+".join(word.decode() for word in stores.APART)
    return {
        "newest": [f"/items.atom?limit={sizes.news - number}" for number in many],
        "topic": [f"/topics/{slug(TOPICS[number])}.atom?limit={sizes.news}" for number in many],
        "type": [f"/types/hearing.ics?limit={sizes.calendar - number}" for number in many],
        "common": [f"/items.atom?q={stores.COMMON[number]}&limit={sizes.news}" for number in many],
        "rare": [f"/items.atom?q={stores.RARE}&limit={sizes.news - number}" for number in many],
        APART: [f"/items.atom?q={apart}&limit={sizes.news - number}" for number in many],
    }


@dataclass
class Grown:
    """Seconds at the large and at the small archive, one pair a round."""

    pairs: list[tuple[float, float]] = field(default_factory=list)


def measured(bench: Bench) -> dict[str, Grown]:
    def make() -> dict[str, Grown]:
        grown = {kind: Grown() for kind in targets(bench)}
        large, small = bench.ours(bench.large), bench.ours(bench.small)
        with Connection(large.port) as one, Connection(small.port) as other:
            for _ in range(bench.sizes.rounds):
                for kind, pair in bench.gate.measured(partial(_round, bench, one, other)).items():
                    grown[kind].pairs.append(pair)
        return grown

    return bench.once("growth", make)


def _round(bench: Bench, large: Connection, small: Connection) -> dict[str, tuple[float, float]]:
    title = bench.marked(bench.large, bench.small)
    time.sleep(NOTICED_SECONDS)
    return {kind: _kind(kind, wanted, title, large, small) for kind, wanted in targets(bench).items()}


def _kind(kind: str, wanted: list[str], title: str, large: Connection, small: Connection) -> tuple[float, float]:
    pairs = []
    for turn, target in enumerate(wanted):
        order = (large, small) if turn % 2 else (small, large)
        answers = {connection: connection.ask(target) for connection in order}
        suffix = "." + target.partition("?")[0].rpartition(".")[2]
        counts = {outputs.count(suffix, answer.content) for answer in answers.values()}
        if len(counts) != 1 or (counts == {0}) is not (kind == APART):
            raise Trouble(f"{target} holds {sorted(counts)} entries in the two archives")
        for answer in answers.values() if kind != APART else ():
            shows(answer, title)
        pairs.append((answers[large].seconds, answers[small].seconds))
    return middles(pairs)


def grown(bench: Bench, kind: str) -> Seen:
    pairs = measured(bench)[kind].pairs
    large, small = ([pair[side] * 1000 for pair in pairs] for side in (0, 1))
    return Seen(ratios(pairs), f"{middle(large)} ms, small archive {middle(small)} ms")


def apart(bench: Bench) -> Seen:
    pairs = measured(bench)[APART].pairs
    return Seen(
        tuple(large * 1000 for large, _ in pairs), f"small archive {median(small for _, small in pairs) * 1000:.2f} ms"
    )


TOLD = {
    "newest": "newest 50",
    "topic": "one topic's 50",
    "type": "one type's calendar of 1,000",
    "common": "a word that most records hold, 50",
    "rare": "a word that 60 records hold, 50",
}
ROWS: tuple[Promise, ...] = (
    *(
        Promise("growth", f"cold, {told}: at 1,000,000 items against 10,000", "≤", 1.3, partial(grown, kind=kind))
        for kind, told in TOLD.items()
    ),
    Promise("growth", "cold, two common words that never meet, at 1,000,000 items", "≤", 40, apart, unit=" ms"),
)
