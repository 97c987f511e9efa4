"""A worker that dies while an import runs: the next one follows the store as the first one did."""

import os
import signal
import time
from functools import partial
from pathlib import Path

from tests.faults.processes import generation, generations
from tests.service import Service
from tests.test_serving import Running, serving

MANY = 1_000
"""So many that their import lasts longer than another worker takes to begin."""


def test_a_worker_begun_while_an_import_has_the_store_open_serves_what_later_imports_bring(service: Service) -> None:
    service.given["processes"] = "1"  # so that the server has no children but workers
    service.write(*generation(0, MANY))
    with serving(service) as server:
        for new in (1, 2):
            service.write(*generation(new, MANY))
            server.until(lambda: has_open(server.process.pid, service.database), "the import")
            if new == 1:
                (worker,) = server.workers()
                os.kill(worker, signal.SIGKILL)
                time.sleep(0.1)
            server.until(partial(serves, server, new), "what it brought")


def serves(server: Running, number: int) -> bool:
    return generations(server.body("/items.json?limit=5")) == {number}


def has_open(pid: int, path: Path) -> bool:
    return path in {one.readlink() for one in Path(f"/proc/{pid}/fd").iterdir() if one.is_symlink()}
