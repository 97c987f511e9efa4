"""A full disk: an import says so and ends; what is served goes on, and the next import takes everything."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.faults.conftest import Figure
from tests.faults.processes import COMMAND, could_not, generation, generations, quiet, run
from tests.faults.test_killed_imports import integrity
from tests.service import Service
from tests.test_serving import serving

FEEDS = [f"/items{suffix}?limit=500" for suffix in (".ics", ".rss", ".atom", ".json", ".csv")]
FULL = {"database or disk is full", "disk I/O error"}
"""What SQLite says where there is no room, and where a file may not grow."""

MOST_KILOBYTES = "200"


def within_limits() -> Sequence[str]:
    """What starts a command whose files may not grow beyond so much; needs no rights."""
    return ["bash", "-c", f'ulimit -f {MOST_KILOBYTES} && exec "$@"', "bash"]


def reason(outcome: tuple[int, str, str]) -> str:
    return could_not(outcome).removeprefix("the database could not be used: ")


def test_an_import_whose_files_may_not_grow_says_so_and_leaves_the_old_state(service: Service, figure: Figure) -> None:
    service.write(*generation(0))
    assert run(service, "import")[0] == 0
    with serving(service, "--no-import") as server:
        before = {target: server.body(target) for target in FEEDS}
        service.write(*generation(1))
        told = reason(run(service, "import", within=within_limits()))
        assert told in FULL
        assert {target: server.body(target) for target in FEEDS} == before
        assert integrity(service) == "ok"
        assert run(service, "import")[0] == 0
        assert [generations(server.body(target)) for target in FEEDS] == [{1}] * len(FEEDS)
        assert quiet(server)
    figure(f'an import whose files may not grow: exit 2, "{told}", the old state stayed; without the limit the new')


def test_a_full_disk_stops_an_import_and_no_reader(service: Service, small_disk: Path, figure: Figure) -> None:
    database = small_disk / "store.sqlite"
    service.given["database"] = f"sqlite:///{database}"
    service.write(*generation(0))
    assert run(service, "import")[0] == 0
    with serving(service, "--no-import") as server:
        before = server.body(FEEDS[0])
        service.write(*generation(1))
        filled = fill(small_disk / "ballast")
        told = reason(run(service, "import"))
        assert told in FULL
        assert server.body(FEEDS[0]) == before
        later = {target: server.get(target) for target in FEEDS[1:]}
        assert {generations(answer.body) == {0} for answer in later.values() if answer.status == 200} <= {True}
        assert {answer.status for answer in later.values()} <= {200, 503}
        (small_disk / "ballast").unlink()
        assert run(service, "import")[0] == 0
        assert [generations(server.body(target)) for target in FEEDS] == [{1}] * len(FEEDS)
        assert quiet(server)
    statuses = sorted({answer.status for answer in later.values()})
    figure(f'a disk filled with {filled} bytes: exit 2, "{told}"; feeds meanwhile {statuses}; with room the new state')


def fill(path: Path) -> int:
    """Write until there is no room."""
    written = 0
    with path.open("wb", buffering=0) as file:
        while True:
            try:
                written += file.write(bytes(4096))
            except OSError:
                return written


@pytest.mark.parametrize("folder", ["within the limit", "full"])
def test_a_database_that_has_no_room_to_begin_is_a_sentence(
    service: Service, folder: str, request: pytest.FixtureRequest
) -> None:
    service.write(*generation(0))
    service.database.unlink()
    if folder == "full":
        disk = request.getfixturevalue("small_disk")
        service.given["database"] = f"sqlite:///{disk}/store.sqlite"
        fill(disk / "ballast")
        outcome = run(service, "import")
    else:
        outcome = run(service, "import", within=["bash", "-c", 'ulimit -f 8 && exec "$@"', "bash"])
    told = could_not(outcome)
    assert told.partition(": ")[0] in ("the database cannot be brought up to date", "the database could not be used")
    assert told.partition(": ")[2] in FULL | {"unable to open database file"}


def test_the_command_that_is_started_within_limits_is_the_one_that_is_tested(service: Service) -> None:
    assert run(service, "--version", within=within_limits()) == run(service, "--version")
    assert COMMAND[1:] == ["-m", "cecc_feeds.cli"]
