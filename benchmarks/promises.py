"""Promises: what is measured, what it must be, and what was seen.

Its one rule: a promise is a row of data and a function that measures it; whether it holds is decided here alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from benchmarks.bench import Bench

Sense = Literal["≥", "≤"]


@dataclass(frozen=True, slots=True)
class Seen:
    """What was measured: one figure a round, in the promise's unit, and the absolute figures behind them."""

    figures: tuple[float, ...]
    absolute: str

    @property
    def median(self) -> float:
        return median(self.figures)


@dataclass(frozen=True, slots=True)
class Promise:
    """A row. `group` is what `--only` chooses by; `unit` stands behind figures ("×" is a ratio)."""

    group: str
    what: str
    sense: Sense
    bound: float
    measure: Callable[[Bench], Seen]
    unit: str = "×"
    needs: Sequence[str] = ("records", "Linux")


@dataclass(frozen=True, slots=True)
class Result:
    """A promise, and what was seen of it; `fault` where nothing was, `skipped` where something is missing for it."""

    promise: Promise
    seen: Seen | None = None
    fault: str = ""
    skipped: str = ""

    @property
    def holds(self) -> bool:
        """The median must keep the promise."""
        if self.seen is None:
            return False
        if self.promise.sense == "≥":
            return self.seen.median >= self.promise.bound
        return self.seen.median <= self.promise.bound

    @property
    def verdict(self) -> str:
        if self.skipped:
            return "not run"
        return "holds" if self.holds else "FAILS"


def ratios(pairs: Sequence[tuple[float, float]]) -> tuple[float, ...]:
    """The first of each pair by the second."""
    return tuple(one / other for one, other in pairs)


def middle(figures: Sequence[float]) -> str:
    """Median [lowest-highest], three digits that count."""
    shown = [spelled(figure) for figure in (median(figures), min(figures), max(figures))]
    return f"{shown[0]} [{shown[1]}–{shown[2]}]"


def spelled(figure: float) -> str:
    if figure >= 100:
        return f"{figure:,.0f}"
    return f"{figure:.1f}" if figure >= 10 else f"{figure:.2f}" if figure >= 0.1 else f"{figure:.3f}"
