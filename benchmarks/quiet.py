"""Quiet: whether somebody else uses the machine while something is measured.

Its one rule: a run that others disturbed is run again; the last one counts, and the table says how many were disturbed.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from benchmarks.processes import TICKS, tree

T = TypeVar("T")

LOUD = 0.3
"""Cores that others may use, in a run and before it."""

GLANCE_SECONDS = 0.4


def busy_seconds() -> float:
    """Processor time of all processes since the machine began. Interrupts are left aside: the network's are ours."""
    first = Path("/proc/stat").read_text(encoding="utf-8").partition("\n")[0].split()
    user, nice, system, _, _, _, _, stolen = map(int, first[1:9])
    return (user + nice + system + stolen) / TICKS


def own_seconds() -> float:
    """Processor time of this process and all that it started."""
    return sum(one.seconds for one in tree(os.getpid()))


class Watch:
    """From its making until it is asked: how many cores others used."""

    def __init__(self) -> None:
        self._at = time.monotonic()
        self._others = busy_seconds() - own_seconds()

    def others(self) -> float:
        passed = time.monotonic() - self._at
        return max(0.0, busy_seconds() - own_seconds() - self._others) / max(passed, 0.01)


@dataclass
class Gate:
    """Lets a run begin when the machine is quiet, and repeats it where it was not to the end."""

    patience: float
    """Seconds to wait for quiet before a run; after that it begins all the same."""
    again: int
    """How often a disturbed run is repeated."""
    budget: float = 1_800
    """Seconds of waiting and of runs repeated, in all; after that runs are taken as they come."""
    runs: int = 0
    disturbed: int = 0
    spent: float = 0.0
    watch: Callable[[], Watch] = field(default=Watch)

    def measured(self, run: Callable[[], T]) -> T:
        """What a run gives, of the first that nobody disturbed, or of the last."""
        self.runs += 1
        left = self.again
        while True:
            self._await_quiet()
            watch, began = self.watch(), time.monotonic()
            found = run()
            if watch.others() <= LOUD:
                return found
            if left == 0 or self.spent >= self.budget:
                self.disturbed += 1
                return found
            self.spent += time.monotonic() - began
            left -= 1

    def _await_quiet(self) -> None:
        began = time.monotonic()
        until = began + min(self.patience, self.budget - self.spent)
        while time.monotonic() < until:
            watch = self.watch()
            time.sleep(GLANCE_SECONDS)
            if watch.others() <= LOUD:
                break
        self.spent += time.monotonic() - began
