"""`make bench`: measure the promises, print the table, write it into docs/performance.md.

    python -m benchmarks [--only hot,cold] [--quick] [--port 8761]

Its one rule: exits 0 when every promise that was asked for holds, 1 when one fails, 2 when something is missing.
"""

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from benchmarks import bench, machine, paper, table
from benchmarks.bench import FULL, QUICK, Bench
from benchmarks.errors import FAULTS
from benchmarks.promises import Promise, Result
from benchmarks.rows import GROUPS, PROMISES

DOCUMENT = machine.ROOT / "docs" / "performance.md"


def say(text: str) -> None:
    print(text, flush=True)


def arguments(given: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.partition("\n")[0])
    parser.add_argument("--only", default="", metavar="GROUPS", help=f"of {', '.join(GROUPS)}, separated by commas")
    parser.add_argument("--quick", action="store_true", help="small and few: whether it runs, not whether it holds")
    parser.add_argument("--port", type=int, default=8761, help="the first of 39 ports to use on 127.0.0.1")
    parser.add_argument("--no-write", action="store_true", help="leave docs/performance.md as it is")
    args = parser.parse_args(given)
    args.groups = tuple(filter(None, args.only.split(","))) or GROUPS
    unknown = sorted(set(args.groups) - set(GROUPS))
    if unknown:
        parser.error(f'--only: there is no "{unknown[0]}"; there are {", ".join(GROUPS)}')
    return args


def measured(promise: Promise, run: Bench) -> Result:
    """What is seen of one promise."""
    lacking = machine.missing(promise.needs)
    if lacking:
        return Result(promise, skipped=f"{', '.join(need.name for need in lacking)} missing")
    try:
        return Result(promise, promise.measure(run))
    except FAULTS as fault:
        return Result(promise, fault=f"{type(fault).__name__}: {fault}")


def results(chosen: Sequence[Promise], run: Bench) -> list[Result]:
    found = []
    for promise in chosen:
        result = measured(promise, run)
        say(table.line(result))
        found.append(result)
    return found


def written(found: Sequence[Result], described: str, run: Bench) -> None:
    """Both tables into the document."""
    rates = [run.made(f"rate /items.atom {kind}") for kind in ("304", "gzip", "gzip body")]
    on_paper = paper.table(paper.Measured(*rates)) if None not in rates else "Not measured in the last whole run."
    at = datetime.now(UTC)
    told = f"{at:%Y-%m-%d}, {described}.\n\n{table.markdown(found)}\n\n{gate(run)}"
    table.write(DOCUMENT, {"measured": told, "on paper": on_paper})
    run.say(f"written into {DOCUMENT}")


def gate(run: Bench) -> str:
    """What is to be known of the runs behind the table."""
    seen = run.gate
    return (
        f"{seen.runs} runs, {seen.disturbed} of them disturbed: others used more than 0.3 core "
        f"even where they were repeated. {seen.spent:,.0f} s went into waiting for quiet and repeating."
    )


def code(found: Sequence[Result]) -> int:
    """What the command ends with."""
    if any(not result.holds and not result.skipped for result in found):
        return 1
    return 2 if any(result.skipped for result in found) else 0


def main(given: Sequence[str]) -> int:
    args = arguments(given)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else every start compiles the program, as no installed one does
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # as Ctrl-C does, through every `with`
    chosen = [promise for promise in PROMISES if promise.group in args.groups]
    for need in machine.missing({name for promise in chosen for name in promise.needs}):
        say(f"missing: {need.name}: {need.get}")
    described, began = machine.description(), time.monotonic()
    say(described)
    with bench.running(QUICK if args.quick else FULL, args.port, say) as run:
        found = results(chosen, run)
        say(f"\n{described}\n\n{table.text(found)}\n\n{gate(run)}")
        say(f"{time.monotonic() - began:,.0f} s in all")
        whole = set(args.groups) == set(GROUPS) and not any(result.skipped for result in found)
        if args.quick:
            say("Quick sizes are too small for the promises; they show that everything runs.")
        elif whole and not args.no_write:
            written(found, described, run)
    return code(found)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
