"""Processes: started, watched through /proc, and ended by their ids.

Its one rule: only what was started here is ended, and all of it, whatever happens.
"""

import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.errors import Trouble

TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE = 30.0
"""Seconds for a server to begin to answer, and for it to end."""

ORPHAN_SECONDS = 3.0
"""Workers end with the process that began them, if not at once."""

WATCH_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Stat:
    """A process as /proc/<pid>/stat has it; `seconds` of processor time, those of children that ended included;
    `began` tells it from another that gets its number later."""

    pid: int
    parent: int
    seconds: float
    began: int


def stats() -> Iterator[Stat]:
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with suppress(OSError, ValueError, IndexError):
            told = (folder / "stat").read_text(encoding="utf-8", errors="replace")
            fields = told.rpartition(")")[2].split()  # a name may hold blanks and brackets
            yield Stat(int(folder.name), int(fields[1]), sum(map(int, fields[11:15])) / TICKS, int(fields[19]))


def tree(root: int) -> list[Stat]:
    """A process and all that descend from it."""
    known = list(stats())
    children: dict[int, list[Stat]] = {}
    for one in known:
        children.setdefault(one.parent, []).append(one)
    found = [one for one in known if one.pid == root]
    for one in found:  # grows while it is walked
        found.extend(children.get(one.pid, []))
    return found


def memory(pid: int, key: str) -> float:
    """A line of /proc/<pid>/status such as VmRSS or VmHWM, in MiB; 0 for a process that ended."""
    with suppress(OSError):
        told = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        if found := re.search(rf"^{key}:\s+(\d+) kB", told, re.MULTILINE):
            return int(found[1]) / 1024
    return 0.0


def alive(pid: int) -> bool:
    """Whether a process still runs; one that ended and was not waited for does not."""
    with suppress(OSError):
        told = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        return told.rpartition(")")[2].split()[0] != "Z"
    return False


def holder(root: int, server: int, client: int) -> int:
    """The process below `root` that holds the server's end of a connection, by the two ports."""
    for line in Path("/proc/net/tcp").read_text(encoding="utf-8").splitlines()[1:]:
        fields = line.split()
        if [int(end.rpartition(":")[2], 16) for end in fields[1:3]] == [server, client]:
            link = f"socket:[{fields[9]}]"
            for one in tree(root):
                if link in _open_files(one.pid):
                    return one.pid
    raise Trouble(f"nobody below process {root} holds the connection from port {client} to {server}")


def _open_files(pid: int) -> set[str]:
    found = set()
    with suppress(OSError):
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                found.add(str(entry.readlink()))
    return found


@contextmanager
def running(
    command: Sequence[str], log: Path, *, port: int | None = None, environment: Mapping[str, str] | None = None
) -> Iterator[int]:
    """A program for as long as the block lasts, as its process id; with `port`, from when something listens there."""
    with log.open("ab") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment)
    try:
        if port is not None:
            _await_listener(process, port, log)
        yield process.pid
    finally:
        end(process)


def _await_listener(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-3:]
    raise Trouble(f"{process.args!r} does not listen on port {port}: {' / '.join(said)}")


def end(process: "subprocess.Popen[bytes]") -> None:
    """Ask it to end, and kill what is left of it and of those below it after a while."""
    family = [(one.pid, one.began) for one in tree(process.pid)]
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE / 3)
    if process.poll() is None:
        process.kill()
    process.wait()
    until = time.monotonic() + ORPHAN_SECONDS
    while (left := _left(family)) and time.monotonic() < until:
        time.sleep(WATCH_SECONDS)
    for pid in left:
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)


def _left(family: list[tuple[int, int]]) -> list[int]:
    return [one.pid for one in stats() if (one.pid, one.began) in family and alive(one.pid)]


class Peak:
    """The most memory that any one process of a tree ever held, in MiB, looked at many times a second."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._seen: dict[int, float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._stop.wait(WATCH_SECONDS):
            for one in tree(self._root):
                self._seen[one.pid] = max(self._seen.get(one.pid, 0.0), memory(one.pid, "VmHWM"))

    def end(self) -> list[float]:
        """The largest first."""
        self._stop.set()
        self._thread.join()
        return sorted(self._seen.values(), reverse=True)


@dataclass(frozen=True, slots=True)
class Done:
    """A command that ended: seconds of wall clock, what it printed, and the peaks of its processes where asked for."""

    seconds: float
    out: str
    peaks: tuple[float, ...] = ()


def run(
    command: Sequence[str], *, environment: Mapping[str, str] | None = None, accept: tuple[int, ...] = (0,),
    watched: bool = False,
) -> Done:  # fmt: skip
    """Run a command to its end. Raises Trouble for an exit code that is not accepted."""
    began = time.perf_counter()
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    )
    peak = Peak(process.pid) if watched else None
    try:
        out, err = process.communicate()
        seconds = time.perf_counter() - began
    finally:
        if process.poll() is None:
            end(process)
        peaks = tuple(peak.end()) if peak else ()
    if process.returncode not in accept:
        said = err.decode(errors="replace").strip().splitlines()[-3:]
        raise Trouble(f"{' '.join(map(str, command))} ended with {process.returncode}: {' / '.join(said)}")
    return Done(seconds, out.decode(errors="replace"), peaks)
