"""Commands as processes of their own, to be killed, starved and run beside one another."""

import os
import re
import subprocess
import sys
from collections.abc import Sequence

from tests.service import Record, Service, numbered
from tests.test_serving import SOON, SOURCE, Running

ITEMS = 60
COMMAND = [sys.executable, "-m", "cecc_feeds.cli"]


def environment(service: Service, **more: str) -> dict[str, str]:
    return {**os.environ, **service.environment, "PYTHONPATH": SOURCE, **more}


def begun(service: Service, *args: str, within: Sequence[str] = (), **more: str) -> "subprocess.Popen[str]":
    """A command that was started; `within` is what starts it."""
    return subprocess.Popen(
        [*within, *COMMAND, *args],
        cwd=service.folder,
        env=environment(service, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    try:
        out, err = process.communicate(timeout=3 * SOON)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    return process.returncode, out, err


def run(service: Service, *args: str, within: Sequence[str] = (), **more: str) -> tuple[int, str, str]:
    """Exit code, stdout, stderr."""
    return ended(begun(service, *args, within=within, **more))


def could_not(outcome: tuple[int, str, str]) -> str:
    """The one sentence of a command that could do nothing."""
    code, out, err = outcome
    assert (code, out) == (2, ""), outcome
    assert len(err.splitlines()) == 1, err
    assert "Traceback" not in err
    return err.strip()


def generation(number: int, items: int = ITEMS) -> list[Record]:
    """The same hearings each time, all of them saying which generation this is."""
    return [
        numbered(item, title=f"Generation {number} of {item}", summary=f"Generation {number}. {'x' * 1500}")
        for item in range(1, items + 1)
    ]


def generations(body: bytes) -> set[int]:
    """Which generations are in a body."""
    return {int(found) for found in re.findall(rb"Generation (\d+)", body.replace(b"\r\n ", b""))}


def quiet(server: Running) -> bool:
    """Whether the server had nothing to complain of but the store."""
    told = server.errors.read_text()
    return "Traceback" not in told and "panic" not in told
