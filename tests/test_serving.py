"""`cecc-feeds serve` as a process: it answers, follows its data folder, and ends when told."""

import errno
import gzip
import http.client
import json
import os
import platform
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from werkzeug.datastructures import Headers

import cecc_feeds
from cecc_feeds import serving as serve_module
from tests.conftest import ROOT
from tests.other_parsers import agreed, lint, shared
from tests.service import FEEDS_TOML, MAGIC, Answered, Service, numbered, record, uid, vevents

SOURCE = str(Path(cecc_feeds.__file__).parents[1])
SOON = 20.0
"""Seconds that a busy machine may take over what takes one or two."""


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


class Running:
    """A started server."""

    def __init__(self, service: Service, *args: str, **more: str) -> None:
        self.port = free_port()
        self.service = service
        self.log = service.folder / "server.log"
        self.errors = service.folder / "server.err"
        command = [sys.executable, "-m", "cecc_feeds.cli", "serve", "--port", str(self.port), *args]
        environment = {**os.environ, **service.environment, "PYTHONPATH": SOURCE, "PYTHONUNBUFFERED": "1", **more}
        with self.log.open("wb") as out, self.errors.open("wb") as errors:
            self.process = subprocess.Popen(command, cwd=service.folder, env=environment, stdout=out, stderr=errors)

    def get(self, target: str, headers: dict[str, str] | None = None, *, method: str = "GET") -> Answered:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=SOON)) as connection:
            connection.request(method, target, headers=headers or {})
            with connection.getresponse() as answer:
                return Answered(answer.status, Headers(answer.getheaders()), answer.read())

    def body(self, target: str) -> bytes:
        answer = self.get(target)
        assert answer.status == 200, (target, answer.status)
        return answer.body

    def uids(self, target: str = "/events.ics") -> list[str]:
        return [event["UID"] for event in vevents(self.body(target))]

    def until(self, holds: Callable[[], Any], why: str) -> None:
        """Wait for it; a refused connection counts as not yet."""
        end = time.monotonic() + SOON
        while time.monotonic() < end:
            assert self.process.poll() is None, f"the server ended: {self.errors.read_text()}"
            with suppress(OSError, http.client.HTTPException, AssertionError):
                if holds():
                    return
            time.sleep(0.05)
        pytest.fail(f"{why}: not within {SOON} s; {self.log.read_text()}{self.errors.read_text()}")

    def ready(self) -> "Running":
        self.until(lambda: self.body("/readyz"), "ready")
        return self

    def workers(self) -> list[int]:
        """The processes that it began to answer."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [int(one) for one in children if b"resource_tracker" not in Path(f"/proc/{one}/cmdline").read_bytes()]

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        try:
            return self.process.wait(SOON)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()


@contextmanager
def serving(service: Service, *args: str, **more: str) -> Iterator[Running]:
    """A server that answers; ended in any case."""
    server = Running(service, *args, **more)
    try:
        yield server.ready()
    finally:
        if server.process.poll() is None:
            server.end()


def ended(done: subprocess.CompletedProcess[str]) -> tuple[int, str, str]:
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service(tmp_path)


def test_serve_imports_answers_follows_and_ends_without_a_word_of_trouble(service: Service) -> None:
    service.write(record())
    with serving(service) as server:
        assert server.uids() == [uid("hearing-1")]
        service.write(record(), numbered(2))
        server.until(lambda: server.uids() == [uid("hearing-1"), uid("hearing-2")], "the changed file is taken up")
        (service.records / "more.jsonl").write_text(json.dumps(numbered(3)) + "\n")
        server.until(lambda: len(server.uids()) == 3, "the new file is taken up")
        (service.records / "more.jsonl").unlink()
        server.until(
            lambda: b"WITHDRAWN: Hearing: Number 3" in server.body("/events.ics"), "the deleted file is noticed"
        )
        (service.data / "feeds.toml").write_text(FEEDS_TOML.replace("[hearings]", "[named-later]"))
        server.until(lambda: server.body("/feeds/named-later.ics"), "the new feed is there")
        assert server.end() == 0
    out = server.log.read_text().splitlines()
    assert out[0] == "added 1, changed 0, unchanged 0, withdrawn 0, rejected 0"
    assert out[1] == f"1 items, 1 of them events; serving on http://127.0.0.1:{server.port} (Ctrl-C ends it)"
    assert re.findall(r"(?i)traceback|error|warning", server.errors.read_text()) == []


def test_a_file_with_a_fault_is_complained_of_and_serving_goes_on(service: Service) -> None:
    service.write(record())
    with serving(service) as server:
        path = service.write(record(), {"type": "Hearing", "tittle": "x"})
        server.until(lambda: f"{path}:2: " in server.errors.read_text(), "the complaint")
        assert server.uids() == [uid("hearing-1")]
        path.write_bytes(b"\xff\xfe")
        server.until(lambda: "UTF-8" in server.errors.read_text(), "the next complaint")
        service.write(record(title="Edited"))
        server.until(lambda: b"SUMMARY:Hearing: Edited\r\n" in server.body("/events.ics"), "the repair")
        assert server.end() == 0
    assert "Traceback" not in server.errors.read_text()


@pytest.mark.parametrize("name", ["sources.toml", "same.toml"])
def test_a_broken_file_of_settings_is_told_while_the_last_good_state_stays(service: Service, name: str) -> None:
    service.write(record())
    with serving(service) as server:
        (service.data / name).write_text("x = 1\n")
        server.until(lambda: f"{service.data / name}: " in server.errors.read_text(), "the complaint")
        service.write(record(), numbered(2))
        time.sleep(1.5)
        assert server.uids() == [uid("hearing-1")]
        (service.data / name).write_text("")
        server.until(lambda: len(server.uids()) == 2, "the repair")
        assert server.end() == 0
    assert "Traceback" not in server.errors.read_text()


def test_the_publishers_page_dropped_into_a_served_folder_is_in_the_calendar_within_seconds(service: Service) -> None:
    text = shared("cecc/human-trafficking-page.txt").read_bytes()
    with serving(service) as server:
        assert server.uids() == []
        (service.pages / "human-trafficking.txt").write_bytes(text)
        server.until(lambda: len(server.uids()) == 3, "the page is taken up")
        body = server.body("/events.ics")
    assert sorted(agreed(body).values()) == [
        (datetime(2010, 8, 20, 14, tzinfo=UTC), datetime(2010, 8, 20, 15, 30, tzinfo=UTC)),
        (datetime(2012, 3, 5, 19, 30, tzinfo=UTC), datetime(2012, 3, 5, 21, 30, tzinfo=UTC)),
        (datetime(2015, 4, 30, 18, tzinfo=UTC), datetime(2015, 4, 30, 20, tzinfo=UTC)),
    ]
    assert lint(body) == []


def test_a_data_folder_that_comes_later_is_taken_up(tmp_path: Path) -> None:
    service = Service(tmp_path)
    (service.data / "feeds.toml").unlink()
    for folder in (service.records, service.pages, service.data):
        folder.rmdir()
    with serving(service) as server:
        service.records.mkdir(parents=True)
        service.write(record())
        server.until(lambda: server.uids() == [uid("hearing-1")], "the folder is taken up")
        assert server.end() == 0
    assert "Traceback" not in server.errors.read_text()


def test_a_data_folder_that_goes_away_and_comes_back_is_followed_again(service: Service) -> None:
    service.write(record())
    with serving(service) as server:
        service.data.rename(service.folder / "away")
        time.sleep(1.5)
        assert server.uids() == server.uids("/feeds/hearings.ics") == [uid("hearing-1")]
        (service.folder / "away").rename(service.data)
        service.write(record(), numbered(2))
        server.until(lambda: len(server.uids()) == 2, "the folder is followed again")
        assert server.end() == 0
    assert "Traceback" not in server.errors.read_text()


def test_a_data_folder_that_is_put_in_place_of_another_is_followed(service: Service) -> None:
    service.write(record())
    with serving(service) as server:
        other = Service(service.folder / "other")
        other.write(record(), numbered(2))
        service.data.rename(service.folder / "old")
        other.data.rename(service.data)
        server.until(lambda: len(server.uids()) == 2, "the other folder is read")
        service.write(record(), numbered(2), numbered(3))
        server.until(lambda: len(server.uids()) == 3, "the other folder is followed")
        assert server.end() == 0
    assert "Traceback" not in server.errors.read_text()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("args", [(), ("--workers", "2"), ("--no-import",)], ids=" ".join)
def test_serve_ends_with_zero_however_it_is_told(service: Service, how: signal.Signals, args: tuple[str, ...]) -> None:
    service.publish(record())
    with serving(service, *args) as server:
        assert server.uids() == [uid("hearing-1")]
        assert server.end(how) == 0
    assert "Traceback" not in server.errors.read_text()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_server_that_is_killed_leaves_no_worker_behind_and_the_next_one_finds_the_port(
    service: Service, workers: str
) -> None:
    service.publish(record())
    with serving(service, "--workers", workers) as server:
        assert server.end(signal.SIGKILL) == -signal.SIGKILL
        end = time.monotonic() + SOON
        while not refused(server.port) and time.monotonic() < end:
            time.sleep(0.05)
        assert refused(server.port)


def refused(port: int) -> bool:
    """Whether nobody listens."""
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == errno.ECONNREFUSED


def test_no_import_serves_the_store_as_it_is_and_follows_nothing(service: Service) -> None:
    service.publish(record())
    service.write(record(), numbered(2))
    with serving(service, "--no-import") as server:
        service.write(record(), numbered(2), numbered(3))
        time.sleep(2)
        assert server.uids() == [uid("hearing-1")]


def test_no_import_makes_no_store_where_there_is_none_as_it_would_empty_calendars(service: Service) -> None:
    service.database.unlink()
    command = [sys.executable, "-m", "cecc_feeds.cli", "serve", "--no-import", "--port", str(free_port())]
    environment = {**os.environ, **service.environment, "PYTHONPATH": SOURCE}
    done = subprocess.run(command, cwd=service.folder, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr, service.database.exists()) == (
        2,
        f"there is no database at {service.database}; `cecc-feeds import` makes it\n",
        False,
    )


def test_a_port_that_is_taken_is_a_failure_that_says_so(service: Service) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = [sys.executable, "-m", "cecc_feeds.cli", "serve", "--port", str(taken.getsockname()[1])]
        environment = {**os.environ, **service.environment, "PYTHONPATH": SOURCE}
        done = subprocess.run(
            command, cwd=service.folder, env=environment, capture_output=True, text=True, timeout=2 * SOON
        )
        port = taken.getsockname()[1]
    why = "Address already in use; --host and --port take others"
    assert ended(done) == (2, "", f"127.0.0.1 port {port} cannot be listened on: {why}\n")


def test_two_servers_over_one_store_answer_byte_for_byte_alike(service: Service) -> None:
    service.write(*(numbered(number) for number in range(1, 8)))
    with serving(service) as one, serving(service, "--no-import", "--workers", "2") as other:
        for target in ("/events.ics", "/items.rss", "/items.atom", "/items.json", "/items.csv", "/events?q=number"):
            assert one.body(target) == other.body(target)


# --- what keeps an import from being done, and then no longer ---------------------------------------------------------


def test_an_edit_that_came_while_the_store_was_locked_is_taken_in_once_it_is_free(service: Service) -> None:
    service.given["database"] = f"sqlite:///{service.database}?timeout=0.5"
    service.publish(record())
    with serving(service) as server:
        with closing(sqlite3.connect(service.database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            service.write(record(), numbered(2))
            server.until(lambda: "locked" in server.errors.read_text(), "the complaint")
        server.until(lambda: len(server.uids()) == 2, "the edit is taken in")
    assert server.errors.read_text().count("locked") == 1


@pytest.mark.parametrize("how", ["taken away", "emptied"])
def test_no_edit_makes_a_new_store_in_place_of_the_one_that_was_there(service: Service, how: str) -> None:
    service.publish(record())
    service.publish(record(title="Edited"))
    with serving(service) as server:
        kept = service.folder / "kept.sqlite"
        shutil.copy(service.database, kept)
        service.database.unlink()
        if how == "emptied":
            service.database.touch()
        service.write(record(title="Edited again"))
        server.until(server.errors.read_text, "the complaint")
        assert server.get("/readyz").status == 503
        kept.rename(service.database)
        server.until(lambda: b"Edited again" in server.body("/events.ics"), "the edit is taken in")
        (event,) = vevents(server.body("/events.ics"))
    assert event["SEQUENCE"] == "2"


def test_folders_that_come_and_go_do_not_end_the_following(service: Service) -> None:
    service.write(record())
    with serving(service) as server:
        end = time.monotonic() + 2
        while time.monotonic() < end:
            deep = service.records / "some" / "folders" / "that" / "do" / "not" / "stay"
            deep.mkdir(parents=True)
            shutil.rmtree(service.records / "some")
        service.write(record(), numbered(2))
        server.until(lambda: len(server.uids()) == 2, "the edit is taken in")
    assert "Traceback" not in server.errors.read_text()


# --- what the server itself might spoil -------------------------------------------------------------------------------


def test_headers_and_bytes_are_those_of_the_application(service: Service) -> None:
    service.write(*(numbered(number) for number in range(1, 8)))
    with serving(service) as server:
        for target, magic in ((f"/events{suffix}", magic) for suffix, magic in MAGIC.items()):
            whole = server.get(target)
            assert whole.body.startswith(magic)
            assert whole["Content-Length"] == str(len(whole.body))
            head = server.get(target, method="HEAD")
            assert (head.status, timeless(head), head.body) == (200, timeless(whole), b"")
            again = server.get(target, {"If-None-Match": whole["ETag"]})
            assert (again.status, again["ETag"], again.body) == (304, whole["ETag"], b"")
            again = server.get(target, {"If-Modified-Since": whole["Last-Modified"], "Accept-Encoding": "gzip"})
            assert (again.status, again.body) == (304, b"")
            coded = server.get(target, {"Accept-Encoding": "gzip"})
            assert (coded["Content-Length"], coded["ETag"]) == (str(len(coded.body)), f"W/{whole['ETag']}")
            assert gzip.decompress(coded.body) == whole.body
        assert re.findall(rb"(?<!\r)\n", server.body("/events.ics")) == []


def timeless(answer: Answered) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.headers if name.lower() != "date"}


@pytest.mark.parametrize(
    "target",
    ["/events.ics/", "//events.ics", "/events.ics?q=%ff%00", "/items/%2e%2e", "/%ff", "/items/a%00b", "/" + "x" * 6000],
)
def test_odd_addresses_are_answered_by_the_application(service: Service, target: str) -> None:
    service.write(record())
    with serving(service) as server:
        answer = server.get(target)
        assert answer.status in (200, 404, 414)
        assert answer["Location"] == ""


def test_the_projects_own_data_are_served(service: Service) -> None:
    with serving(service, CECC_FEEDS_DATA=str(ROOT / "data")) as server:
        body = server.body("/events.ics")
        assert lint(body) == []
        assert len(list(vevents(body))) > 10
        assert server.end() == 0
    (doubt,) = server.errors.read_text().splitlines()
    assert " may be the same event as event-2024-12-05-xinjiang: " in doubt


def test_a_second_after_a_commit_every_worker_sends_the_new_bytes_to_whoever_asks(service: Service) -> None:
    """Also to those who ask whether the old ones still hold."""
    targets = [f"/events{suffix}" for suffix in MAGIC]
    with serving(service, "--no-import", "--workers", "2") as server:
        before = {target: server.get(target) for target in targets * 10}
        service.later(minutes=1).publish(record(title="Edited"))
        committed = time.monotonic()
        time.sleep(1)
        for target, number in product(targets, range(10)):
            asked = {"If-None-Match": before[target]["ETag"], "Accept-Encoding": ("", "gzip")[number % 2]}
            answer = server.get(target, asked)
            assert answer.status == 200, (target, time.monotonic() - committed)
            body = gzip.decompress(answer.body) if answer["Content-Encoding"] else answer.body
            assert b"Edited" in body


def test_a_worker_knows_the_rules_of_its_time_zone_before_anybody_asks(service: Service) -> None:
    environment = {**os.environ, **service.environment, "PYTHONPATH": SOURCE}
    command = [sys.executable, "-c", ASKS]
    told = subprocess.run(command, env=environment, cwd=service.folder, capture_output=True, check=True, text=True)
    assert told.stdout == "1\n"


def test_a_worker_that_dies_is_told_of_and_another_one_answers(service: Service) -> None:
    service.publish(record())
    with serving(service, "--no-import") as server:
        (worker,) = server.workers()
        os.kill(worker, signal.SIGKILL)
        server.until(lambda: server.workers() not in ([], [worker]), "another worker")
        assert server.uids() == [uid("hearing-1")]
        assert server.end() == 0
    told = f"worker {worker} ended, which was not asked of it; another one begins\n"
    assert server.errors.read_text() == told


def test_a_worker_that_begins_while_the_settings_are_bad_says_so_and_the_next_one_answers(service: Service) -> None:
    service.publish(record())
    with serving(service, "--no-import") as server:
        (service.data / "feeds.toml").write_text("x = 1\n")
        os.kill(*server.workers(), signal.SIGKILL)
        server.until(lambda: "no worker can begin" in server.errors.read_text(), "the complaint")
        (service.data / "feeds.toml").write_text(FEEDS_TOML)
        server.until(lambda: server.uids() == [uid("hearing-1")], "the repair")
        assert server.end() == 0
    assert f"{service.data / 'feeds.toml'}: " in server.errors.read_text()
    assert "Traceback" not in server.errors.read_text()


@pytest.mark.skipif(platform.system() != "Linux", reason="other systems cannot be asked for it")
def test_only_connections_within_the_machine_are_taken_out_of_the_systems_own_control_of_congestion() -> None:
    def control(host: str) -> bytes:
        with serve_module._bound(host, 0) as bound:
            return bound.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16).rstrip(b"\0")

    with socket.socket() as plain:
        own = plain.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16).rstrip(b"\0")
    assert [control(host) for host in ("127.0.0.1", "localhost", "0.0.0.0")] == [b"reno", b"reno", own]  # noqa: S104


def test_a_worker_holds_no_code_that_only_imports_run() -> None:
    asked = "import sys, cecc_feeds.web.worker; print(*sys.modules)"
    command = [sys.executable, "-c", asked]
    told = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": SOURCE}, capture_output=True, check=True, text=True
    ).stdout.split()
    assert "cecc_feeds.web" in told
    assert not {"cecc_feeds.serving", "cecc_feeds.intake", "cecc_feeds.sources", "watchfiles"} & set(told)


ASKS = """
from cecc_feeds.render import zones
from cecc_feeds.web import worker
worker.worker()
print(zones.vtimezone.cache_info().currsize)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries do so by themselves")
def test_a_worker_gives_large_bodies_back_to_the_system(service: Service) -> None:
    """Kilobytes that are left of twenty bodies that were in memory, in a worker and in a process that is none."""
    environment = {**os.environ, **service.environment, "PYTHONPATH": SOURCE}
    left = []
    for begin in ("from cecc_feeds.web import worker\nworker.worker()", "import cecc_feeds"):
        command = [sys.executable, "-c", begin + GROWS]
        told = subprocess.run(command, env=environment, cwd=service.folder, capture_output=True, check=True, text=True)
        left.append(int(told.stdout))
    worker, other = left
    assert worker < 3_000 < 10_000 < other


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have other ways")
def test_in_a_worker_answers_that_come_have_the_memory_of_those_that_left(service: Service) -> None:
    """Kilobytes that are held after three hundred megabytes of answers, of which four megabytes are kept."""
    environment = {**os.environ, **service.environment, "PYTHONPATH": SOURCE}
    command = [sys.executable, "-c", f"from cecc_feeds.web import worker\nworker.worker()\n{RESIDENT}{COME_AND_GO}"]
    told = subprocess.run(command, env=environment, cwd=service.folder, capture_output=True, check=True, text=True)
    assert 3_000 < int(told.stdout) < 12_000


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries do so by themselves")
def test_after_an_import_a_server_gives_back_what_lies_free_between_what_it_holds(service: Service) -> None:
    """Kilobytes that are left of two hundred thousand, of which every hundredth stays, before an import and after."""
    service.publish(record())
    environment = {**os.environ, **service.environment, "PYTHONPATH": SOURCE}
    command = [sys.executable, "-c", RESIDENT + SCATTERED]
    told = subprocess.run(command, env=environment, cwd=service.folder, capture_output=True, check=True, text=True)
    before, after = map(int, told.stdout.split()[-2:])
    assert after < 50_000 < 150_000 < before


SCATTERED = """
from cecc_feeds import serving
from cecc_feeds.config import load
serving._import(load(), print, list, made=False)  # what an import loads
before = resident()
bodies = [b"x" * 1_000 + b"%d" % number for number in range(200_000)]
small = bodies[::100]
bodies.clear()
held = resident() - before
serving._import(load(), print, list, made=True)
print(held, resident() - before)
"""
RESIDENT = """
def resident():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))

before, small = resident(), []
"""
GROWS = (
    RESIDENT
    + """
bytes(30_000_000)  # from now on glibc takes what is smaller for worth holding
bodies = []
for number in range(20):
    bodies.append(b"x" * (5_000_000 + number))
    small.append(b"y" * (1_000 + number))
bodies.clear()
print(resident() - before)
"""
)
COME_AND_GO = """
from cecc_feeds.web.answers import Answers
from cecc_feeds.web.http import Answer, Prepared
kept = Answers(4_000_000)
for number in range(300):
    body = str(number).encode() * (1_000_000 // len(str(number)))
    kept.keep((str(number), ()), 1, Prepared(Answer(body, "text/plain")))
    small.append(b"y" * (1_000 + number))
print(resident() - before)
"""
