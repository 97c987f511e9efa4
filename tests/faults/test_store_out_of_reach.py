"""A store that is locked, gone, torn or another one: commands say so in a sentence, what was served is served on."""

import os
import random
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from cecc_feeds.store import Store
from tests.faults.conftest import Figure
from tests.faults.processes import begun, could_not, ended, generation, generations, quiet, run
from tests.service import Answered, Service, ask
from tests.store import keeping
from tests.test_serving import Running, free_port, serving

FEEDS = [f"/items{suffix}?limit=500" for suffix in (".ics", ".rss", ".atom", ".json", ".csv")]
UNASKED = [f"/events{suffix}?q=never" for suffix in (".ics", ".rss", ".atom", ".json", ".csv")]


@contextmanager
def locked(database: Path, how: str) -> Iterator[None]:
    with closing(sqlite3.connect(database, isolation_level=None)) as holder:
        holder.execute(how)
        yield


# --- locked -----------------------------------------------------------------------------------------------------------


def test_an_import_waits_for_another_writer_no_longer_than_it_is_told_and_no_reader_waits(service: Service) -> None:
    service.given["database"] = f"sqlite:///{service.database}?timeout=0.5"
    service.write(*generation(0))
    assert run(service, "import")[0] == 0
    with serving(service, "--no-import") as server:
        service.write(*generation(1))
        with locked(service.database, "BEGIN EXCLUSIVE"):
            assert could_not(run(service, "import")) == "the database could not be used: database is locked"
            assert [generations(server.body(target)) for target in FEEDS] == [{0}] * len(FEEDS)
        assert run(service, "import")[0] == 0
        assert [generations(server.body(target)) for target in FEEDS] == [{1}] * len(FEEDS)


def test_an_import_that_finds_another_writer_waits_for_it(service: Service) -> None:
    service.write(*generation(0))
    with locked(service.database, "BEGIN IMMEDIATE"):
        waiting = begun(service, "import")
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(2)
    assert ended(waiting)[0] == 0


def test_a_reader_that_is_kept_out_answers_what_it_answered_before(service: Service) -> None:
    """Readers are kept out where a program made the database one without a log, and writes."""
    service.given |= {"database": f"sqlite:///{service.database}?timeout=0.1", "keep_answers": "32"}
    service.publish(*generation(0))
    with closing(sqlite3.connect(service.database, isolation_level=None)) as connection:
        assert connection.execute("PRAGMA journal_mode=DELETE").fetchone() == ("delete",)
    app = service.app()
    before = {target: ask(app, target) for target in FEEDS}
    with locked(service.database, "BEGIN EXCLUSIVE"):
        assert {target: ask(app, target) for target in FEEDS} == before
        unasked = [ask(app, target) for target in UNASKED]
        assert [(answer.status, answer["Retry-After"]) for answer in unasked] == [(503, "600")] * len(UNASKED)
        assert (ask(app, "/readyz").status, ask(app, "/healthz").status) == (503, 200)
    assert [ask(app, target).status for target in (*FEEDS, *UNASKED, "/readyz")] == [200] * 11


# --- gone, torn, replaced ---------------------------------------------------------------------------------------------


def gone(database: Path) -> None:
    beside(database)


def a_folder(database: Path) -> None:
    beside(database)
    database.mkdir()


def cut_short(database: Path) -> None:
    os.truncate(database, database.stat().st_size // 2)


def cut_within_a_page(database: Path) -> None:
    os.truncate(database, database.stat().st_size - 2000)


def emptied(database: Path) -> None:
    os.truncate(database, 0)


def overwritten(database: Path) -> None:
    with database.open("r+b") as file:
        file.write(random.Random(7).randbytes(database.stat().st_size))


def another_file(database: Path) -> None:
    beside(database)
    database.write_text("not a database\n" * 1000)


def beside(database: Path) -> None:
    """Out of the way, with all that belongs to it."""
    for path in database.parent.glob(f"{database.name}*"):
        path.rename(path.with_name(f"kept-{path.name}"))


BROKEN: dict[Callable[[Path], None], str] = {
    gone: "",  # a new one is made
    a_folder: "is a folder",
    cut_short: "database disk image is malformed",
    cut_within_a_page: "",  # what was cut off may be of no importance to an import
    emptied: "",  # a new one is made in it
    overwritten: "file is not a database",
    another_file: "file is not a database",
}


def restore(database: Path, kept: Path) -> None:
    """What operations.md says: the folder's files out of the way, the copy in their place."""
    for path in database.parent.glob(f"{database.name}*"):
        path.rename(path.with_name(f"broken-{path.name}"))
    kept.rename(database)


@pytest.mark.parametrize("breaks", BROKEN, ids=lambda breaks: breaks.__name__)
def test_what_was_answered_is_answered_on_and_the_restored_file_is_taken_up_at_once(
    service: Service, breaks: Callable[[Path], None], figure: Figure
) -> None:
    service.given["keep_answers"] = "32"
    service.publish(*generation(0))
    copy = service.folder / "copy.sqlite"
    with closing(sqlite3.connect(service.database)) as connection:
        connection.execute("VACUUM INTO ?", (str(copy),))
    with serving(service, "--no-import") as server:
        before = {target: server.get(target) for target in (*FEEDS, "/items", "/")}
        breaks(service.database)
        after = {target: server.get(target) for target in before}
        assert {target: timeless(answer) for target, answer in after.items()} == {
            target: timeless(answer) for target, answer in before.items()
        }
        unasked = [server.get(target) for target in UNASKED]
        assert {answer.status for answer in unasked} <= ({200, 503} if breaks is cut_within_a_page else {503})
        assert {answer["Retry-After"] for answer in unasked if answer.status == 503} <= {"600"}
        if breaks is not cut_within_a_page:
            assert server.get("/readyz").status == 503
        assert server.get("/healthz").status == 200
        restore(service.database, copy)
        assert [server.get(target).status for target in (*UNASKED, "/readyz")] == [200] * 6
        assert {target: server.get(target).body for target in FEEDS} == {
            target: answer.body for target, answer in before.items() if target in FEEDS
        }
        assert quiet(server)
    figure(
        f"store {breaks.__name__.replace('_', ' ')}: {len(before)} addresses answered on, restored without a restart"
    )


def timeless(answer: Answered) -> tuple[int, dict[str, str], bytes]:
    return answer.status, {name: value for name, value in answer.headers if name.lower() != "date"}, answer.body


@pytest.mark.parametrize(
    ("breaks", "why"), [(breaks, why) for breaks, why in BROKEN.items() if why], ids=lambda given: str(given)[:20]
)
@pytest.mark.parametrize("command", [["import"], ["serve", "--no-import"]], ids=" ".join)
def test_a_command_that_cannot_use_the_store_ends_with_one_sentence(
    service: Service, command: list[str], breaks: Callable[[Path], None], why: str
) -> None:
    service.publish(*generation(0))
    breaks(service.database)
    held = service.database.read_bytes() if service.database.is_file() else b""
    args = [*command, "--port", str(free_port())] if command[0] == "serve" else command
    assert why in could_not(run(service, *args))
    assert (service.database.read_bytes() if service.database.is_file() else b"") == held


def test_a_folder_that_cannot_be_written_is_one_sentence_for_an_import(service: Service, small_disk: Path) -> None:
    service.write(*generation(0))
    service.given["database"] = f"sqlite:///{small_disk}/store.sqlite"
    assert run(service, "import")[0] == 0
    with serving(service, "--no-import") as server:
        before = server.body(FEEDS[0])
        service.write(*generation(1))
        with read_only(small_disk):
            assert could_not(run(service, "import")).rpartition(": ")[2] in NOT_WRITABLE
            assert server.body(FEEDS[0]) == before
            assert (server.get("/healthz").status, server.get("/readyz").status) == (200, 200)
        assert run(service, "import")[0] == 0
        assert generations(server.body(FEEDS[0])) == {1}


NOT_WRITABLE = {"attempt to write a readonly database", "unable to open database file"}


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """The folder as another, read-only mount of itself: what is open stays open."""
    subprocess.run(["mount", "--bind", str(folder), str(folder)], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_another_database_moved_over_the_served_one_is_served_a_second_later(
    service: Service, workers: str, figure: Figure
) -> None:
    """Only the file is moved, while the server holds the one before, of as many commits; then there is an import."""
    service.publish(*generation(0))
    other = Service(service.folder / "other", now=service.now)
    other.publish(*generation(7))
    assert revision(service.database) == revision(other.database)
    with serving(service, "--no-import", "--workers", workers) as server:
        seen(server)
        other.database.rename(service.database)
        time.sleep(1)
        seen_after = seen(server)
        assert seen_after == {7}
        service.write(*generation(8))
        assert run(service, "import")[0] == 0
        assert seen(server) == {8}
        assert quiet(server)
    figure(f"another database moved over the served one, {workers} worker(s): {seen_after} a second later")


def revision(database: Path) -> int:
    with Store.open(f"sqlite:///{database}", zone="UTC", read_only=True) as store:
        return keeping.revision(store)


def seen(server: Running) -> set[int]:
    """The generations in all feeds, asked so often that each worker had its turn."""
    return set().union(*(generations(server.body(target)) for target in FEEDS * 3))
