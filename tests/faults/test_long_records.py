"""Records as long as they may be: few of them are held at once, whatever is done to them all."""

import re
import subprocess
import sys
from pathlib import Path

from cecc_feeds.fields import PROSE_LENGTH
from tests.faults.conftest import Figure
from tests.faults.processes import environment
from tests.service import Service, numbered

RECORDS = 150
MOST_MIB = 330
"""More than the few take that are held, less than all of them or the rows of a table as read at once would."""

COMMAND = """
import re, sys
from pathlib import Path
from cecc_feeds.cli import main
try:
    main()
finally:
    print(re.search("VmHWM:.*kB", Path("/proc/self/status").read_text())[0], file=sys.stderr)
"""
SAID = "Every word that was said on that day, and who said it. "
ELSEWHERE = {"CECC_FEEDS_BASE_URL": "https://elsewhere.example"}


def peak(service: Service, *args: str, **more: str) -> int:
    """The most memory that a command held, in MiB."""
    told = environment(service, CECC_FEEDS_PROCESSES="1", **more)
    command = [sys.executable, "-c", COMMAND, *args]
    done = subprocess.run(command, cwd=service.folder, env=told, capture_output=True, text=True, check=False)
    found = re.search(r"VmHWM:\s+(\d+) kB", done.stderr)
    assert done.returncode == 0, done.stderr[-500:]
    assert found is not None
    return int(found[1]) // 1024


def write(service: Service, title: str) -> None:
    said = SAID * (PROSE_LENGTH // len(SAID))
    service.write(*(numbered(n, title=f"{title} {n}", summary=f"{n}. {said}"[:PROSE_LENGTH]) for n in range(RECORDS)))


def test_whatever_is_done_to_long_records_few_are_held_at_once(tmp_path: Path, figure: Figure) -> None:
    service, ledger = Service(tmp_path), str(tmp_path / "ledger.jsonl")
    other = {"CECC_FEEDS_DATABASE": f"sqlite:///{tmp_path}/other.sqlite"}
    write(service, "Hearing")
    peaks = {"first import": peak(service, "import"), "other address": peak(service, "import", **ELSEWHERE)}
    write(service, "A hearing")
    peaks |= {
        "other titles": peak(service, "import", **ELSEWHERE),
        "ledger written": peak(service, "export", "--ledger", ledger),
        "ledger read": peak(service, "import", "--ledger", ledger, **other),
    }
    figure(f"{RECORDS} records of {PROSE_LENGTH:,} characters, in MiB: {peaks}")
    assert {what: mib for what, mib in peaks.items() if mib > MOST_MIB} == {}
