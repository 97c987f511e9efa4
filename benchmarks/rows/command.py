"""The command line: how long `cecc-feeds --help` takes.

Its one rule: whole processes by the wall clock.
"""

import sys
from pathlib import Path
from statistics import median

from benchmarks.bench import Bench
from benchmarks.errors import Trouble
from benchmarks.processes import run
from benchmarks.promises import Promise, Seen, middle, ratios

TIMES = 5


def help_of(bench: Bench) -> Seen:
    command = Path(sys.executable).parent / "cecc-feeds"
    if not command.exists():
        raise Trouble(f"{command} is not there: install the package where this Python is")

    def seconds(*asked: str) -> float:
        return median(run(asked).seconds for _ in range(TIMES))

    pairs = bench.pairs(lambda: seconds(str(command), "--help"), lambda: seconds(sys.executable, "-c", "import click"))
    ours, theirs = ([pair[side] * 1000 for pair in pairs] for side in (0, 1))
    return Seen(ratios(pairs), f"{middle(ours)} ms against {middle(theirs)} ms")


ROWS: tuple[Promise, ...] = (
    Promise("help", '`cecc-feeds --help`: against `python -c "import click"`', "≤", 3, help_of, needs=("Linux",)),
)
