"""The machine: what it is, which programs it has, and how to get those that it has not.

Its one rule: a figure without its machine says nothing, so every table begins with this.
"""

import os
import platform
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[1]
GENERATOR = ROOT.parent / "shared" / "workload" / "make_records.py"
LIBRARIES = ("uvicorn", "httptools", "uvloop", "flask", "icalendar", "feedgen", "pydantic", "lxml")


@dataclass(frozen=True, slots=True)
class Need:
    """Something that rows need: what it is called, whether it is there, and how to get it."""

    name: str
    there: bool
    get: str


def program(name: str) -> str | None:
    """Where a program is; nginx lives in sbin, which is not on everybody's path."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/sbin")


def needs() -> dict[str, Need]:
    """All that any row may need, by name."""
    debian = "install it; on Debian and Ubuntu: apt-get install"
    found = [
        Need("nginx", program("nginx") is not None, f"{debian} nginx-light"),
        Need("wrk", program("wrk") is not None, f"{debian} wrk"),
        Need("taskset", program("taskset") is not None, f"{debian} util-linux"),
        Need(
            "records", GENERATOR.exists(), f"the records are made by {GENERATOR}: put the shared folder beside this one"
        ),
        Need("two cores", len(cores()) > 1, "a core each for server and import needs a machine with two or more"),
        Need("Linux", Path("/proc/self/stat").exists(), "processes are watched through /proc, which only Linux has"),
    ]
    return {need.name: need for need in found}


def missing(names: Iterable[str]) -> list[Need]:
    """Which of the things named are not there."""
    known = needs()
    return [known[name] for name in known if name in set(names) and not known[name].there]


def cores() -> list[int]:
    """The cores that this process may use."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else list(range(os.cpu_count() or 1))


def description() -> str:
    """One line: processor, memory and the versions of all that takes part."""
    parts = [
        f"{_processor()}, {len(cores())} cores, {_memory()}",
        f"{platform.system()} {platform.release()}",
        f"{platform.python_implementation()} {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
        f"nginx {told('nginx', '-v')}",
        f"wrk {told('wrk', '-v')}",
        *(f"{name} {version(name)}" for name in LIBRARIES),
    ]
    return "; ".join(parts)


def told(name: str, flag: str) -> str:
    """The version that a program tells of itself; "missing" without it."""
    where = program(name)
    if where is None:
        return "missing"
    done = subprocess.run([where, flag], capture_output=True, text=True, check=False)
    found = re.search(r"\d+(?:\.\d+)+", done.stderr + done.stdout)
    return found[0] if found else "of unknown version"


def _processor() -> str:
    lines = _read("/proc/cpuinfo").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith(("model name", "Hardware"))]
    return names[0] if names else platform.processor() or platform.machine()


def _memory() -> str:
    found = re.search(r"MemTotal:\s+(\d+) kB", _read("/proc/meminfo"))
    return f"{int(found[1]) / 1024**2:.0f} GiB" if found else "memory unknown"


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
