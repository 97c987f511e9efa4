"""wrk: many requests over eight kept connections, as requests a second.

Its one rule: a run counts only when what came is what was asked for: no errors, and answers of the size expected.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.errors import Trouble
from benchmarks.machine import program
from benchmarks.processes import run

CONNECTIONS = 8
UNITS = {"B": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3, "TB": 1024**4}
HEAD_MOST = 2_500
"""Bytes that the head of an answer may have."""

IN_TURN = """\
local requests, at = {}, 0
function init(args)
  for line in io.lines(args[1]) do
    local target, tag = line:match("^(%S+)\\t(.*)$")
    local headers = {}
    for name, value in pairs(wrk.headers) do headers[name] = value end
    if tag ~= "" then headers["If-None-Match"] = tag end
    requests[#requests + 1] = wrk.format("GET", target, headers)
  end
end
function request()
  at = at % #requests + 1
  return requests[at]
end
"""
"""Lua for wrk: the requests of a file, `target TAB entity tag` a line, in turn; each is put together beforehand."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: the target, and the entity tag to send as If-None-Match, or ""."""

    target: str
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk tells of a run."""

    requests: int
    seconds: float
    received: float
    rate: float
    refused: int
    errors: int


def parsed(out: str) -> Load:
    """wrk's report. Raises Trouble for what is none."""
    told = re.search(r"(\d+) requests in ([\d.]+)(us|ms|s|m), ([\d.]+)([KMGT]?B) read", out)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", out)
    if told is None or rate is None:
        raise Trouble(f"wrk gave no report: {out.strip()[:300]!r}")
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", out)
    return Load(
        requests=int(told[1]),
        seconds=float(told[2]) * {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}[told[3]],
        received=float(told[4]) * UNITS[told[5]],
        rate=float(rate[1]),
        refused=int(refused[1]) if refused else 0,
        errors=sum(map(int, errors.groups())) if errors else 0,
    )


def load(
    port: int,
    asked: Sequence[Asked],
    *,
    seconds: int,
    folder: Path,
    body: float,
    coding: str = "",
    prefix: Sequence[str] = (),
) -> float:
    """Requests a second. `body` is the mean size of the bodies in bytes, 0 for 304; `prefix` pins wrk to cores.

    Raises Trouble when answers failed or are not of that size.
    """
    command = [*prefix, str(program("wrk")), "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "20s"]
    if coding:
        command += ["-H", f"Accept-Encoding: {coding}"]
    if len(asked) == 1:
        command += ["-H", f"If-None-Match: {asked[0].tag}"] if asked[0].tag else []
        command += [f"http://127.0.0.1:{port}{asked[0].target}"]
    else:
        script, turns = folder / "in_turn.lua", folder / f"turns-{port}.tsv"
        script.write_text(IN_TURN, encoding="utf-8")
        turns.write_text("".join(f"{one.target}\t{one.tag}\n" for one in asked), encoding="utf-8")
        command += ["-s", str(script), f"http://127.0.0.1:{port}", "--", str(turns)]
    found = parsed(run(command).out)
    check(found, body, what=f"port {port} {asked[0].target}")
    return found.rate


def check(found: Load, body: float, *, what: str) -> None:
    """Raises Trouble unless a run gave what was asked for; the answers under way at its end are read in part."""
    if found.refused or found.errors or not found.requests:
        raise Trouble(f"{what}: {found.requests} answers, {found.refused} of them refusals, {found.errors} errors")
    mean = found.received / found.requests
    unfinished = 1 + CONNECTIONS / found.requests
    if not body * 0.95 <= mean <= (body * 1.05 + HEAD_MOST) * unfinished:
        raise Trouble(f"{what}: answers of {mean:.0f} bytes, not of {body:.0f} and a head")
