"""Entries: in which revision, by several processes as by one, and nothing kept where one of them is lost."""

import json
import multiprocessing
import os
import signal
import sqlite3
import sys
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from cecc_feeds import working
from cecc_feeds.errors import CeccFeedsError
from cecc_feeds.fields import PROSE_LENGTH
from cecc_feeds.model import Kept, Revision
from cecc_feeds.render import entries, fingerprint
from cecc_feeds.rendering import FAMILIES, Entries, Job, write_all
from cecc_feeds.store.entries import States
from cecc_feeds.working import AHEAD, OWN, Workers
from tests.render import CHANGED, EDITION, make, without_event
from tests.service import Service, numbered, numbered_news

MANY = [numbered(number) for number in range(1, 701)] + [numbered_news(number) for number in range(1, 1_601)]
"""Enough for several full batches and a part of one."""

TABLES = ("item", "version", "reading", "known", "listed", "tally", "entry_rss", "entry_atom", "entry_json", "vevent")


NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
OLD, OTHER = Revision(CHANGED, 2), Revision(CHANGED, 5)


def written(kept: Kept, states: States) -> Entries:
    (found,) = write_all([Job(kept, states)], EDITION, NOW)
    return found.entries


def states(kept: Kept, *, news: Revision = OLD, calendar: Revision = OTHER) -> States:
    """What is stored of an item that was last written in these revisions."""
    shown = replace(kept, news=news, calendar=calendar if kept.item.event else None)
    prints = fingerprint(shown, entries(shown, EDITION))
    revisions = {"calendar": calendar, "news": news, "record": OLD}
    return {family: (prints[family], revision) for family, revision in revisions.items()}


def revised(found: Entries) -> dict[str, Revision]:
    return {family: revision for family, (_, revision) in found.states.items()}


@pytest.mark.parametrize("kept", [make(), without_event()], ids=["event", "news"])
def test_what_is_new_is_written_in_its_first_revision(kept: Kept) -> None:
    found = written(kept, {})
    first = Revision(NOW)
    shown = replace(kept, news=first, calendar=first if kept.item.event else None)
    assert (revised(found), found.bodies) == (dict.fromkeys(FAMILIES, first), entries(shown, EDITION))
    assert found.states == states(kept, news=first, calendar=first) | {"record": found.states["record"]}


@pytest.mark.parametrize("kept", [make(), without_event()], ids=["event", "news"])
def test_what_comes_out_the_same_stays_in_its_revision(kept: Kept) -> None:
    found = written(kept, states(kept))
    shown = replace(kept, news=OLD, calendar=OTHER if kept.item.event else None)
    assert (found.states, found.bodies) == (states(kept), entries(shown, EDITION))


@pytest.mark.parametrize(
    ("changes", "families"),
    [
        ({"title": "Other"}, {"calendar", "news", "record"}),
        ({"published": "2026-09-09"}, {"news", "record"}),
        ({"updated": "2026-11-11"}, {"record"}),
    ],
)
def test_what_comes_out_another_is_written_in_the_next_revision(changes: dict[str, str], families: set[str]) -> None:
    kept, before = make(**changes), states(make())
    found = written(kept, before)
    moved = {family: Revision(NOW, before[family][1].sequence + 1) for family in families}
    assert revised(found) == {"calendar": OTHER, "news": OLD, "record": OLD, **moved}
    assert found.bodies == entries(
        replace(kept, news=revised(found)["news"], calendar=revised(found)["calendar"]), EDITION
    )
    assert written(kept, found.states) == found, "and once more it is the same"


def test_what_cannot_be_written_in_its_next_revision_is_left_out_and_stays_so() -> None:
    last = Revision(CHANGED, 999_999)
    found = written(make(title="Other"), states(make(), calendar=last))
    assert (found.bodies, found.states["calendar"]) == ({}, ("", Revision(NOW, 1_000_000)))
    assert found.fault == "roundtable-1 cannot be written as iCalendar: SEQUENCE cannot be '1000000'"
    assert written(make(title="Other"), found.states) == found


def until_there(workers: Workers) -> None:
    while not all(hand._there.done() for hand in workers._hands):
        time.sleep(0.01)


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other processes are there from the first task on, so that they take part in a short import."""
    begin = Workers.begin

    def waited(self: Workers) -> None:
        begin(self)
        until_there(self)

    monkeypatch.setattr(Workers, "begin", waited)


def filled(folder: Path, processes: int) -> dict[str, list[tuple[object, ...]]]:
    folder.mkdir()
    service = Service(folder)
    service.publish(*MANY, processes=processes)
    with sqlite3.connect(service.database) as database:
        return {table: database.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES}  # noqa: S608


@pytest.mark.usefixtures("begun")
def test_it_does_not_matter_how_many_processes_take_part(tmp_path: Path) -> None:
    alone, together = filled(tmp_path / "one", 1), filled(tmp_path / "three", 3)
    for table in TABLES:
        assert together[table] == alone[table], table
    assert len(alone["entry_atom"]) == len(MANY)
    assert not multiprocessing.active_children()


ODD = ("", "nonsense", json.dumps(MANY[3]), json.dumps({**MANY[5], "id": "hearing-5"}), "[]", '{"type": "Hearing"}')
"""A blank line, no JSON, a double, another one, no record, one without a day."""


@pytest.mark.usefixtures("begun")
def test_it_does_not_matter_how_many_processes_read_a_file_or_how_much_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []
    for large, processes in ((sys.maxsize, 1), (1, 1), (1, 3)):
        monkeypatch.setattr(working, "LARGE", large)
        service = Service(tmp_path / f"{large} {processes}")
        path = service.write(*MANY[650:760])
        path.write_text("\n".join([*path.read_text().splitlines(), *ODD, *map(json.dumps, MANY[1:20])]))
        report = service.bring_in(processes=processes)
        with closing(sqlite3.connect(service.database)) as database:
            held = [database.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES]  # noqa: S608
        told.append(([(one.where.rpartition(":")[2], one.why.replace(str(path), "")) for one in report.rejected], held))
    assert told[0] == told[1] == told[2]
    assert [where for where, _ in told[0][0]] == ["112", "113", "114", "115", "116", "119", "120"]


def test_no_process_is_begun_for_a_file_of_which_nothing_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "LARGE", 1)
    begun: list[Workers] = []

    def begin(self: Workers) -> None:
        begun.append(self)

    monkeypatch.setattr(Workers, "begin", begin)
    service = Service(tmp_path)
    service.publish(*MANY[:20], processes=2)
    assert len(begun) > 0
    begun.clear()
    assert service.bring_in(processes=2).unchanged == 20
    assert begun == []


@pytest.mark.usefixtures("begun")
def test_where_a_process_ends_before_its_time_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service(tmp_path)
    service.publish(MANY[0])
    before = service.get("/items.atom").body
    begin = Workers.begin

    def begun_and_killed(self: Workers) -> None:
        begin(self)
        for process in multiprocessing.active_children():
            process.kill()
            process.join()

    monkeypatch.setattr(Workers, "begin", begun_and_killed)
    with pytest.raises(CeccFeedsError) as refused:
        service.publish(*MANY, processes=2)
    assert str(refused.value) == "a process that writes entries has ended; there may be too little memory"
    assert service.get("/items.atom").body == before
    assert not multiprocessing.active_children()


def process_once(there: Path) -> int:
    """Which process runs this, when that is there."""
    while not there.exists():
        time.sleep(0.01)
    return os.getpid()


def test_another_process_gets_what_it_can_before_anything_is_taken_back_and_this_one_works_only_meanwhile(
    tmp_path: Path,
) -> None:
    now, later = tmp_path, tmp_path / "later"
    workers = Workers(2, os.getpid)
    with closing(workers):
        workers.begin()
        until_there(workers)
        workers.hand_in(partial(process_once, now), worth=True)
        for _ in range(AHEAD):
            assert not workers.ready
            workers.hand_in(partial(process_once, later), worth=True)
            while not workers._waiting[0].done():
                time.sleep(0.01)
        assert workers.ready
        other = workers.take_back()
        for _ in range(OWN):
            assert not workers.ready
            workers.hand_in(partial(process_once, now), worth=True)
        assert not workers.ready
        workers.hand_in(partial(process_once, now), worth=True)
        assert workers.ready, "so many wait that the first has to be waited for"
        later.touch()
        assert [workers.take_back() for _ in range(AHEAD + OWN + 1)] == [other] * AHEAD + [os.getpid()] * (OWN + 1)
        assert not workers.ready
    assert other != os.getpid()


def test_an_interrupt_ends_no_other_process_not_even_while_it_comes_to_be() -> None:
    workers = Workers(2, os.getpid)
    with closing(workers):
        workers.begin()
        (other,) = multiprocessing.active_children()
        for _ in range(20):
            assert other.pid is not None
            os.kill(other.pid, signal.SIGINT)
            time.sleep(0.01)
        until_there(workers)
        workers.hand_in(os.getpid, worth=True)
        assert workers.take_back() == other.pid


def test_a_few_long_items_are_worth_other_processes_as_many_short_ones_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Workers] = []

    def begin(workers: Workers) -> None:
        begun.append(workers)

    monkeypatch.setattr(Workers, "begin", begin)
    for length, worth in ((100, False), (PROSE_LENGTH, True)):
        service = Service(tmp_path / str(length))
        service.publish(*(numbered(number, summary="x " * (length // 2)) for number in range(1, 5)))
        del begun[:]
        moved = Service(service.folder, now=service.now, given={"base_url": "https://moved.example.gov"})
        moved.later(minutes=1).bring_in()
        assert bool(begun) == worth


def test_nothing_waits_for_a_process_that_is_not_there_yet(tmp_path: Path) -> None:
    later = tmp_path / "later"
    workers = Workers(2, partial(process_once, later))
    with closing(workers):
        for _ in range(AHEAD + OWN + 1):
            workers.hand_in(os.getpid, worth=True)
            assert workers.ready
            assert workers.take_back() == os.getpid()
        later.touch()
        until_there(workers)
        workers.hand_in(os.getpid, worth=True)
        assert workers.take_back() == multiprocessing.active_children()[0].pid
