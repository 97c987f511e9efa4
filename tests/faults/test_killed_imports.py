"""Imports that are killed, and imports at once: what is served is all old or all new, and nothing is lost."""

import random
import signal
import sqlite3
import threading
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from itertools import cycle
from typing import Any

import pytest

from cecc_feeds.web.kept import EVERY_SECONDS
from tests.faults.conftest import Figure
from tests.faults.processes import ITEMS, begun, ended, generation, generations, run
from tests.service import Record, Service, numbered, uid, vevents
from tests.test_serving import Running, serving

KILLED = 25
KNOWN_SECONDS = EVERY_SECONDS + 0.1
"""When a worker knows of a commit."""

EVERYTHING = [*(f"/items.{suffix}?limit=500" for suffix in ("json", "rss", "atom", "csv", "ics")), "/events.ics"]


chance = random.Random(25)


def test_whenever_an_import_is_killed_every_feed_is_of_the_old_state_or_of_the_new(
    service: Service, figure: Figure
) -> None:
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
        held = 1
        for new, moment in enumerate(chance.sample(moments, KILLED), 2):
            service.write(*generation(new))
            process = begun(service, "import")
            time.sleep(moment)
            process.send_signal(signal.SIGKILL)
            ended(process)
            time.sleep(KNOWN_SECONDS)
            (found,) = generations(server.body(EVERYTHING[0]))
            assert found in (held, new)
            outcomes["new" if found == new else "old"] += 1
            held = found
            assert integrity(service) == "ok"
        code, out, err = run(service, "import")
        server.until(lambda: generations(server.body(EVERYTHING[0])) == {KILLED + 1}, "the last import")
    assert (code, err) == (0, "")
    assert out in (counts(changed=ITEMS), counts(unchanged=ITEMS))
    assert reader.faults == []
    assert min(outcomes["old"], outcomes["new"]) > 0
    same_history(service, commits=outcomes["new"] + 1 + (out == counts(changed=ITEMS)))
    figure(
        f"{KILLED} imports killed at {min(moments):.2f}-{max(moments):.2f} s of {lasting:.2f} s: {outcomes['old']} "
        f"left the old state, {outcomes['new']} the new; {reader.asked} requests meanwhile, {reader.states} states "
        f"seen, 0 torn, 0 5xx"
    )


def counts(*, changed: int = 0, unchanged: int = 0) -> str:
    return f"added 0, changed {changed}, unchanged {unchanged}, withdrawn 0, rejected 0\n"


def integrity(service: Service) -> str:
    with closing(sqlite3.connect(f"file:{service.database}?mode=ro", uri=True)) as connection:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])


def same_history(service: Service, *, commits: int) -> None:
    """Every item is there, and each commit of a change was counted once."""
    sequences = {name: event["SEQUENCE"] for name, event in service.events("/events.ics?limit=5000").items()}
    assert sequences == {uid(f"hearing-{number}"): str(commits) for number in range(1, ITEMS + 1)}


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
