"""Rendering: the entries of many items, written over the cores of the machine and given back in their order.

Its one rule: what comes out does not depend on how many processes took part.
"""

import multiprocessing
import os
import pickle
import signal
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from cecc_feeds import changes
from cecc_feeds.errors import RenderError
from cecc_feeds.memory import seldom_collected
from cecc_feeds.model import Edition, Kept, Revision, item_of_record, record_line
from cecc_feeds.render import Family, drafts
from cecc_feeds.store.entries import States
from cecc_feeds.store.index import spelled
from cecc_feeds.store.rows import state_row

FAMILIES: tuple[Family, ...] = ("calendar", "news", "record")
AHEAD = 2
"""How many batches each process has before it: one that it works on, one that waits."""


class Job(NamedTuple):
    """An item to be written, and its revisions as it was last (none: it never was); those of `kept` do not count."""

    kept: Kept
    states: States


class Written(NamedTuple):
    """What came of a job: revisions, entries by suffix, the time zone of its event, the columns of its state, and what
    it is found by.

    `fault` is why it cannot be written; then it has no entries.
    """

    states: States
    bodies: Mapping[str, bytes]
    zone: str
    state: Mapping[str, Any]
    words: str
    fault: str = ""


class Workers:
    """Processes that write: batches are handed in, and come back in that order. To be closed, with `closing`, say.

    Of so many (0: one for each core) the caller's is one; the others are begun for the first batch that is worth it.
    """

    def __init__(self, edition: Edition, now: datetime, processes: int = 1) -> None:
        self._terms = edition, now
        self._others = (processes or len(os.sched_getaffinity(0))) - 1
        self._hands: list[_Hand] = []
        self._waiting: deque[Future[bytes] | list[Written]] = deque()

    @property
    def ready(self) -> bool:
        """Whether the first batch can be taken back without waiting long, or so many wait that it has to be."""
        if not self._waiting:
            return False
        first = self._waiting[0]
        return isinstance(first, list) or first.done() or len(self._waiting) > AHEAD * len(self._hands)

    def hand_in(self, jobs: Sequence[Job], *, worth: bool) -> None:
        """`worth`: whether there is enough to do to begin other processes for."""
        if worth and not self._hands:
            self._hands = [_Hand(*self._terms) for _ in range(self._others)]
        hand = min(self._hands, key=lambda one: one.load, default=None)
        if hand is not None and hand.load < AHEAD:
            self._waiting.append(hand.ask([_packed(job) for job in jobs]))
        else:  # the others have enough to do
            self._waiting.append([write(job, *self._terms) for job in jobs])

    def take_back(self) -> list[Written]:
        """The batch that was handed in first of those that were not taken back. Raises RenderError when it is lost."""
        first = self._waiting.popleft()
        if isinstance(first, list):
            return first
        try:
            found: list[Written] = pickle.loads(first.result())  # noqa: S301 - what `_work` sent
        except (EOFError, OSError):
            raise RenderError("a process that writes entries has ended; there may be too little memory") from None
        return found

    def close(self) -> None:
        for hand in self._hands:
            hand.close()
        self._hands.clear()


class _Hand:
    """Another process, at the other end of a pipe: it ends when this end is closed, also by the end of this process.

    A thread of its own sends and receives, so that neither process waits until the other has time for it.
    """

    def __init__(self, edition: Edition, now: datetime) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=_work, args=(other, edition, now), daemon=True)
        self._process.start()
        other.close()
        self._thread = ThreadPoolExecutor(1)
        self._asked: list[Future[bytes]] = []

    @property
    def load(self) -> int:
        """How many batches it has before it."""
        self._asked = [one for one in self._asked if not one.done()]
        return len(self._asked)

    def ask(self, jobs: list[tuple[Any, ...]]) -> Future[bytes]:
        asked = self._thread.submit(self._exchange, pickle.dumps(jobs))
        self._asked.append(asked)
        return asked

    def _exchange(self, jobs: bytes) -> bytes:
        self._pipe.send_bytes(jobs)
        return self._pipe.recv_bytes()

    def close(self) -> None:
        self._process.terminate()
        self._process.join()
        self._thread.shutdown(cancel_futures=True)
        self._pipe.close()


def _work(pipe: Connection, edition: Edition, now: datetime) -> None:
    """Write what comes, until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the other end decides
    with suppress(EOFError, OSError), seldom_collected():
        while True:
            pipe.send([write(_unpacked(job, edition.zone), edition, now) for job in pipe.recv()])


def _packed(job: Job) -> tuple[Any, ...]:
    """A job as it goes through a pipe: an Item as its line, which is sooner read than what pickle makes of it."""
    kept = job.kept
    rest = kept.first_seen, kept.dated, kept.dated_day, NEVER, None, kept.withdrawn, kept.was_coming, kept.news_line
    return record_line(kept.item), rest, job.states


def _unpacked(told: tuple[Any, ...], zone: str) -> Job:
    line, rest, states = told
    return Job(Kept(item_of_record(line, zone), *rest), states)


NEVER = Revision(datetime.min.replace(tzinfo=UTC))


def write(job: Job, edition: Edition, now: datetime) -> Written:
    """An item's entries: each family's revision moves where its bytes do."""
    kept, was = job
    state, words = state_row(kept, zone=edition.zone), spelled(kept.item.searched)
    try:
        drafted = drafts(kept, edition)
        hashes = drafted.fingerprint
        moved = {family: _revision(was.get(family), hashes[family], now) for family in FAMILIES}
        calendar = moved["calendar"] if kept.item.event else None
        bodies = drafted.stamped(news=moved["news"], calendar=calendar)
    except RenderError as error:
        moved = {family: _revision(was.get(family), "", now) for family in FAMILIES}
        return Written({family: ("", moved[family]) for family in FAMILIES}, {}, "", state, words, str(error))
    states: States = {family: (hashes[family], moved[family]) for family in FAMILIES}
    return Written(states, bodies, drafted.zone, state, words)


def _revision(was: tuple[str, Revision] | None, fresh: str, now: datetime) -> Revision:
    if was is None:
        return changes.revised(None, now)
    return was[1] if was[0] in (fresh, STEADY) else changes.revised(was[1], now)


STEADY = "steady"
"""The hash of a state whose revision stays, whatever the bytes."""
