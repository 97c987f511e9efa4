"""The table: on the terminal as text, in docs/performance.md as Markdown.

Its one rule: both come from the same cells; the document is written between its markers only.
"""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.errors import Trouble
from benchmarks.promises import Result, middle, spelled

HEADS = ("what", "promise", "seen: median [lowest–highest]", "absolute", "verdict")
BEGIN, END = "<!-- {} begin -->", "<!-- {} end -->"


def cells(result: Result) -> tuple[str, ...]:
    """One row, as the heads name them."""
    promise, seen = result.promise, result.seen
    bound = f"{promise.sense} {spelled_bound(promise.bound)}{promise.unit}"
    if seen is None:
        return promise.what, bound, shortened(result.skipped or result.fault), "", result.verdict
    figures = middle(seen.figures) if len(seen.figures) > 1 else spelled(seen.median)
    return promise.what, bound, f"{figures}{promise.unit}", seen.absolute, result.verdict


def shortened(reason: str, most: int = 60) -> str:
    """A reason for a cell; the whole one was said when it was met."""
    return reason if len(reason) <= most else f"{reason[: most - 1]}…"


def spelled_bound(bound: float) -> str:
    return f"{bound:.2f}" if bound < 1 else f"{bound:g}"


def line(result: Result) -> str:
    """A row as it is said while the benchmarks run."""
    what, bound, figures, absolute, verdict = cells(result)
    figures = result.fault or figures
    told = f" ({absolute})" if absolute else ""
    return f"{verdict:7} {what}: {figures}, promised {bound}{told}"


def text(results: Sequence[Result]) -> str:
    """The table for a terminal: columns as wide as they need."""
    rows = [HEADS, *map(cells, results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def markdown(results: Sequence[Result]) -> str:
    rows = [HEADS, ("---",) * len(HEADS), *map(cells, results)]
    return "\n".join(f"| {' | '.join(cell.replace('|', '¦') for cell in row)} |" for row in rows)


def put(document: str, name: str, content: str) -> str:
    """A document with the part between a name's markers replaced. Raises Trouble where they are not, once each."""
    begin, end = BEGIN.format(name), END.format(name)
    before, found, rest = document.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed or begin in after or end in after:
        raise Trouble(f"the document has no single pair of the lines {begin} and {end}")
    return f"{before}{begin}\n{content}\n{end}{after}"


def write(path: Path, parts: dict[str, str]) -> None:
    """Put each part between its markers."""
    document = path.read_text(encoding="utf-8")
    for name, content in parts.items():
        document = put(document, name, content)
    path.write_text(document, encoding="utf-8")
