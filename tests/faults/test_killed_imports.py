"""Imports that are killed, and imports at once: what is served is all old or all new, and nothing is lost."""

import json
import random
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from itertools import count, cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from cecc_feeds.store import Store
from cecc_feeds.web.kept import EVERY_SECONDS
from tests.faults.conftest import Figure
from tests.faults.processes import ITEMS, begun, ended, generation, generations, run
from tests.service import Record, Service, entry_id, numbered, uid, vevents
from tests.test_serving import Running, serving

KILLED = 25
KNOWN_SECONDS = EVERY_SECONDS + 0.1
"""When a worker knows of a commit."""

EVERYTHING = [*(f"/items.{suffix}?limit=500" for suffix in ("json", "rss", "atom", "csv", "ics")), "/events.ics"]


chance = random.Random(25)


def test_whenever_an_import_is_killed_every_feed_is_of_the_old_state_or_of_the_new(
    service: Service, figure: Figure
) -> None:
    """Whatever was served is in the history, each state once, and every commit moved SEQUENCE by one.

    A killed import may have written its commit to the log and told nobody (as the next test tells): readers go on
    with the old state, and the commit is found later or written over. `unheard` are those states; no others may be in
    the history that were never served.
    """
    service.write(*generation(0))
    assert run(service, "import")[0] == 0
    with serving(service, "--no-import") as server, Reader(server) as reader:
        service.write(*generation(1))
        begin = time.monotonic()
        assert run(service, "import")[0] == 0
        lasting = time.monotonic() - begin
        longest = 1.5 * lasting  # the measured one may have been the quickest of all
        moments = [0.02 + (longest - 0.02) * (number + chance.random()) / KILLED for number in range(KILLED)]
        outcomes = Counter[str]()
        served, unheard = [0, 1], set[int]()
        for new, moment in enumerate(chance.sample(moments, KILLED), 2):
            service.write(*generation(new))
            kill(begun(service, "import"), after=moment)
            found = held(service)
            assert found in {served[-1], new} | unheard
            server.until(lambda: generations(server.body(EVERYTHING[0])) == {held(service)}, "what the store holds")
            outcomes["new" if found == new else "old"] += 1
            served.append(found)
            unheard |= {held_by_the_files(service)} - {found}
            assert integrity(service) == "ok"
        code, out, err = run(service, "import")
        server.until(lambda: generations(server.body(EVERYTHING[0])) == {KILLED + 1}, "the last import")
    assert (code, err) == (0, "")
    assert out in [counts(**{name: ITEMS}) for name in endings(served[-1], unheard)]
    assert reader.faults == []
    assert min(outcomes["old"], outcomes["new"]) > 0
    same_history(service, {*served, *reader.seen, KILLED + 1}, unheard)
    figure(
        f"{KILLED} imports killed at {min(moments):.2f}-{max(moments):.2f} s of {lasting:.2f} s: {outcomes['old']} "
        f"left the old state, {outcomes['new']} the new; {reader.asked} requests meanwhile, {reader.states} states "
        f"seen, 0 torn, 0 5xx"
    )


def kill(process: "subprocess.Popen[str]", *, after: float) -> None:
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    ended(process)


def endings(held: int, unheard: set[int]) -> set[str]:
    """What the import that is not killed may have said of all items, the last generation being served or unheard."""
    if KILLED + 1 in unheard:
        return {"changed", "unchanged"}
    return {"unchanged" if held == KILLED + 1 else "changed"}


def counts(*, changed: int = 0, unchanged: int = 0) -> str:
    return f"added 0, changed {changed}, unchanged {unchanged}, withdrawn 0, rejected 0\n"


def integrity(service: Service) -> str:
    with closing(sqlite3.connect(f"file:{service.database}?mode=ro", uri=True)) as connection:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])


def held(service: Service, database: Path | None = None) -> int:
    """The generation that whoever opens the store now finds."""
    url = f"sqlite:///{database or service.database}"
    with Store.open(url, zone=service.settings.timezone, read_only=True) as store, store.read() as reading:
        items = [reading.held(f"hearing-{number}") for number in range(1, ITEMS + 1)]
    (found,) = generations("".join(one.item.title for one in items if one).encode())
    return found


def held_by_the_files(service: Service) -> int:
    """The generation that whoever opens the store finds once all have let go of it: the files tell, without -shm."""
    with TemporaryDirectory() as folder:
        return held(service, copied(service, Path(folder)))


def copied(service: Service, folder: Path) -> Path:
    """A copy of the store's file and its log, as it would be after all processes ended."""
    database = folder / service.database.name
    for end in ("", "-wal"):
        if service.database.with_name(service.database.name + end).exists():
            shutil.copy(f"{service.database}{end}", f"{database}{end}")
    return database


def same_history(service: Service, served: set[int], unheard: set[int]) -> None:
    """Every item is there with all generations that were served, in their order, and each commit was counted once."""
    told: dict[str, list[int]] = {entry_id(f"hearing-{number}"): [] for number in range(1, ITEMS + 1)}
    for item in changes(service):
        named = [one["new"] for one in item["_change"]["differences"] if one.get("field") == "title"]
        told[item["_change"]["item"]] += generations("".join(named).encode()) or {0}  # the first ones are announced
    (history,) = {tuple(reversed(numbers)) for numbers in told.values()}
    assert list(history) == sorted(set(history))
    assert served <= set(history) <= served | unheard
    sequences = {name: event["SEQUENCE"] for name, event in service.events("/events.ics?limit=5000").items()}
    assert sequences == {uid(f"hearing-{number}"): str(len(history) - 1) for number in range(1, ITEMS + 1)}


def changes(service: Service) -> Iterator[dict[str, Any]]:
    """All changes, the newest first."""
    for page in count(1):
        items = json.loads(service.get(f"/changes.json?limit=500&page={page}").body)["items"]
        yield from items
        if len(items) < 500:
            return


@dataclass
class Reader:
    """A thread that reads every feed in turn and notes what must not be."""

    server: Running
    asked: int = 0
    faults: list[str] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    modified: dict[str, Any] = field(default_factory=dict)
    sequences: dict[str, int] = field(default_factory=dict)

    def __enter__(self) -> "Reader":
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join()

    @property
    def states(self) -> int:
        return len(self.seen)

    def run(self) -> None:
        for target in cycle(EVERYTHING):
            if self.stop.is_set():
                return
            self.stop.wait(0.01)  # so that the imports have a processor as well
            try:
                self.faults += [f"{target}: {fault}" for fault in self.read(target)]
            except OSError as error:
                self.faults.append(f"{target}: {error!r}")

    def faults_of_all(self) -> list[str]:
        """Read every feed once."""
        return [fault for target in EVERYTHING for fault in self.read(target)]

    def read(self, target: str) -> list[str]:
        answer = self.server.get(target)
        self.asked += 1
        if answer.status != 200:
            return [f"status {answer.status}"]
        found = generations(answer.body)
        self.seen |= found
        modified = parsedate_to_datetime(answer["Last-Modified"])
        before = self.modified.setdefault(target, modified)
        self.modified[target] = modified
        faults = [f"generations {found}"] if len(found) != 1 else []
        faults += [f"Last-Modified went back from {before} to {modified}"] if modified < before else []
        return faults + (self.sequence_faults(answer.body) if ".ics" in target else [])

    def sequence_faults(self, body: bytes) -> list[str]:
        now = {event["UID"]: int(event["SEQUENCE"]) for event in vevents(body)}
        faults = [f"SEQUENCE of {name} went back" for name in now if now[name] < self.sequences.get(name, 0)]
        self.sequences |= now
        return faults if len(now) == ITEMS else [*faults, f"{len(now)} events"]


@pytest.mark.parametrize("lets_go", [False, True], ids=["written over", "found"])
def test_a_commit_that_a_killed_import_told_nobody_of_is_found_whole_once_all_let_go_or_written_over(
    service: Service, lets_go: bool
) -> None:
    """An import writes its commit to the log (-wal), then tells in -shm how far the log holds. Killed in between, the
    log holds a commit that nobody who has the store open knows of. Whoever is first after all let go reads the log
    anew and finds it; an import before that writes over it. SEQUENCE moves once for each state that was served.
    """
    service.publish(*generation(0))
    with ExitStack() as running:
        server = running.enter_context(serving(service, "--no-import"))
        reader = Reader(server)
        assert reader.faults_of_all() == []
        service.write(*generation(1))
        commit_untold(service)
        time.sleep(KNOWN_SECONDS)
        assert reader.faults_of_all() == []
        assert (reader.seen, held(service), held_by_the_files(service)) == ({0}, 0, 1)
        if lets_go:
            assert server.end() == 0
            reader.server = running.enter_context(serving(service, "--no-import"))
            assert reader.faults_of_all() == []
            assert (reader.seen, held(service)) == ({0, 1}, 1)
        service.write(*generation(2))
        assert run(service, "import") == (0, counts(changed=ITEMS), "")
        time.sleep(KNOWN_SECONDS)
        assert reader.faults_of_all() == []
    assert integrity(service) == "ok"
    assert reader.seen == ({0, 1, 2} if lets_go else {0, 2})
    same_history(service, reader.seen, set())


def commit_untold(service: Service) -> None:
    """Import into the store, and end before -shm says so. The commit is made in a copy and its log laid over ours."""
    with TemporaryDirectory() as folder:
        database = copied(service, Path(folder))
        with closing(sqlite3.connect(database, isolation_level=None)) as other:
            other.execute("BEGIN")
            other.execute("SELECT count(*) FROM item").fetchone()  # who reads keeps the log from being emptied
            assert run(service, "import", CECC_FEEDS_DATABASE=f"sqlite:///{database}")[0] == 0
            log = database.with_name(f"{database.name}-wal").read_bytes()
    with service.database.with_name(f"{service.database.name}-wal").open("r+b") as ours:
        ours.write(log)


def test_the_reader_would_notice_a_torn_feed_and_a_state_that_goes_back(service: Service) -> None:
    """A feed of two generations, then one of an older state."""
    service.publish(*generation(5))
    with serving(service, "--no-import") as server:
        reader = Reader(server)
        assert reader.read("/events.ics") == []
        reader.sequences = {uid("hearing-1"): 9}
        reader.modified["/events.ics"] = reader.modified["/events.ics"].replace(year=2099)
        service.later(minutes=1).publish(*generation(6)[: ITEMS // 2], *generation(5)[ITEMS // 2 :])
        time.sleep(KNOWN_SECONDS)
        faults = reader.read("/events.ics")
    assert [fault.split(" ")[0] for fault in faults] == ["generations", "Last-Modified", "SEQUENCE"]


def twenty(name: str) -> list[Record]:
    return [numbered(item, id=f"{name}-{item}", url=None, title=f"{name} {item}") for item in range(1, 21)]


@pytest.mark.parametrize("existing", [False, True], ids=["new", "existing"])
def test_two_imports_at_once_go_one_after_the_other_and_lose_nothing(
    service: Service, figure: Figure, existing: bool
) -> None:
    times = 3
    for number in range(times):
        if not existing:
            for path in service.folder.glob("store.sqlite*"):  # the log as well: a reader has it open
                path.unlink()
        names = [f"{number}-{part}" for part in "ab"]
        files = [service.write(*twenty(name), name=f"{name}.jsonl") for name in names]
        both = [begun(service, "import", str(file)) for file in files]
        done = [ended(process) for process in both]
        assert done == [(0, "added 20, changed 0, unchanged 0, withdrawn 0, rejected 0\n", "")] * 2
        here = set(service.ids("/items.json?limit=500"))
        assert len(here) == (40 * (number + 1) if existing else 40)
        assert integrity(service) == "ok"
    figure(
        f"{times} times two imports at once into {'one' if existing else 'no'} database: both ended with 0, none lost"
    )
