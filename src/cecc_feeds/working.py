"""Working: what several processes do at once, given back in the order in which it was handed in.

Its one rule: what comes out does not depend on how many processes take part.
"""

import multiprocessing
import os
import pickle
import signal
import socket
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from functools import partial
from importlib import import_module
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from cecc_feeds.errors import RenderError
from cecc_feeds.memory import seldom_collected

P = TypeVar("P")
R = TypeVar("R")
Task = Callable[[], Any]
"""What is to be done; for another process it is pickled, and what it gives as well."""

AHEAD = 3
"""How many tasks each process has before it: one that it works on, others that wait."""

OWN = 2
"""How many tasks this process does, when the others have enough to do, before it waits for the first of theirs."""


def is_large(path: Path) -> bool:
    """Whether it is worth it to begin other processes for a file of records; not where it cannot be looked at."""
    with suppress(OSError):
        return path.stat().st_size >= LARGE
    return False


LARGE = 1024 * 1024


def writers(processes: int) -> "AbstractContextManager[Workers]":
    """So many processes that write entries (0: one for each core), for a block."""
    return closing(Workers(processes, _loaded))


def _loaded() -> None:
    """By name, since it takes long: they may begin before this process loads it, or without that."""
    import_module("cecc_feeds.rendering")


class Workers:
    """Processes that work: tasks are handed in, and what they give comes back in that order. To be closed, with
    `closing`, say.

    Of so many (0: one for each core) the caller's is one; the others are begun for the first task that is worth it.
    Each does `first` before anything is handed to it: so it has loaded what it needs, and nobody waits for that.
    """

    def __init__(self, processes: int, first: Task) -> None:
        self._others = (processes or len(os.sched_getaffinity(0))) - 1
        self._first = first
        self._hands: list[_Hand] = []
        self._waiting: deque[Future[bytes] | _Done] = deque()

    @property
    def ready(self) -> bool:
        """Whether the first task is to be taken back before another one is handed in: it is done and the other
        processes have enough to do, or so many wait that it has to be."""
        if not self._waiting:
            return False
        first = self._waiting[0]
        done = isinstance(first, _Done) or first.done()
        return (done and self._free is None) or len(self._waiting) > AHEAD * len(self._hands) + OWN

    def begin(self) -> None:
        """Begin the other processes, if there are none yet."""
        if not self._hands:
            self._hands = [_Hand(self._first) for _ in range(self._others)]

    def hand_in(self, task: Task, *, worth: bool) -> None:
        """`worth`: whether there is enough to do to begin other processes for."""
        if worth:
            self.begin()
        hand = self._free
        self._waiting.append(_Done(task()) if hand is None else hand.ask(task))

    @property
    def _free(self) -> "_Hand | None":
        """The other process that has least before it; None where all have enough to do."""
        hand = min(self._hands, key=lambda one: one.load, default=None)
        return hand if hand is not None and hand.load < AHEAD else None

    def take_back(self) -> Any:
        """What the task gave that was handed in first of those that were not taken back. Raises RenderError when it is
        lost."""
        first = self._waiting.popleft()
        if isinstance(first, _Done):
            return first.found
        try:
            return pickle.loads(first.result())  # noqa: S301 - what `_work` sent
        except (EOFError, OSError):
            raise RenderError("a process that writes entries has ended; there may be too little memory") from None

    def each(self, work: Callable[[P], R], parts: Iterable[P]) -> Iterator[R]:
        """What a function gives of each part, in their order; some are worked on ahead."""
        try:
            for part in parts:
                while self.ready:
                    yield self.take_back()
                self.hand_in(partial(work, part), worth=True)
            while self._waiting:
                yield self.take_back()
        finally:
            self._waiting.clear()

    def close(self) -> None:
        for hand in self._hands:
            hand.close()
        self._hands.clear()


class _Done:
    """What a task of this process gave."""

    def __init__(self, found: Any) -> None:
        self.found = found


class _Hand:
    """Another process, at the other end of a pipe: it ends when this end is closed, also by the end of this process.

    Threads send and receive, on both sides: so neither process waits until the other has time for it, and the next task
    is there when one is done.
    """

    def __init__(self, first: Task) -> None:
        self._pipe, other = socket.socketpair()
        self._coming = self._pipe.makefile("rb")
        self._process = multiprocessing.get_context("spawn").Process(target=_work, args=(other,), daemon=True)
        with _no_interrupts():
            self._process.start()
        other.close()
        self._sender, self._receiver = ThreadPoolExecutor(1), ThreadPoolExecutor(1)
        self._asked: list[Future[bytes]] = []
        self._there = self.ask(first)

    @property
    def load(self) -> int:
        """How many tasks it has before it; of one that is not there yet as many as it may have."""
        self._asked = [one for one in self._asked if not one.done()]
        return len(self._asked) if self._there.done() else AHEAD

    def ask(self, task: Task) -> Future[bytes]:
        self._sender.submit(_send, self._pipe, pickle.dumps(task, PROTOCOL))  # where that fails, nothing is received
        asked = self._receiver.submit(_received, self._coming)
        self._asked.append(asked)
        return asked

    def close(self) -> None:
        self._process.terminate()
        self._process.join()
        for thread in (self._sender, self._receiver):
            thread.shutdown(cancel_futures=True)
        self._coming.close()
        self._pipe.close()


@contextmanager
def _no_interrupts() -> Iterator[None]:
    """A process that is begun meanwhile never hears of them: a terminal sends them to all, and this one decides."""
    resource_tracker.ensure_running()  # which hears of them again where it is begun
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(pipe: socket.socket) -> None:
    """Do what comes, until the other end is closed."""
    with (
        suppress(EOFError, OSError),
        seldom_collected(),
        ThreadPoolExecutor(1) as sender,
        pipe.makefile("rb") as coming,
    ):
        while True:
            task: Task = pickle.loads(_received(coming))  # noqa: S301 - what `_Hand.ask` sent
            sender.submit(_send, pipe, pickle.dumps(task(), PROTOCOL))


PROTOCOL = pickle.HIGHEST_PROTOCOL
"""That writes long texts to where they stay, not twice."""

SIZE = 8
"""How many bytes say how long a message is."""


def _send(pipe: socket.socket, message: bytes) -> None:
    pipe.sendall(len(message).to_bytes(SIZE))
    pipe.sendall(message)


def _received(coming: BinaryIO) -> bytes:
    """A whole message, read to where it stays: multiprocessing's pipes take six times as long for megabytes. Raises
    EOFError where the other end was closed before its end."""
    size = coming.read(SIZE)
    message = coming.read(int.from_bytes(size))
    if len(size) < SIZE or len(message) < int.from_bytes(size):
        raise EOFError
    return message
