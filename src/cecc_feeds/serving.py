"""Serving: the import at start, the workers, and the thread that follows `data/`.

Its one rule: only this process writes the store; the workers read it.
"""

import os
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from ipaddress import ip_address
from pathlib import Path

from uvicorn import Config
from uvicorn.supervisors.multiprocess import Multiprocess, Process
from watchfiles import watch

from cecc_feeds import intake
from cecc_feeds.arrangement import all_sources, arrange
from cecc_feeds.config import Settings, feed_digests, named_feeds
from cecc_feeds.errors import CeccFeedsError, SettingsError, SourceError
from cecc_feeds.keeping import Report
from cecc_feeds.memory import give_back_all
from cecc_feeds.query import Query
from cecc_feeds.store import Store
from cecc_feeds.store.founding import founded
from cecc_feeds.working import writers

Say = Callable[[str], None]
Complain = Callable[[Iterable[str]], None]

Stamp = frozenset[tuple[str, int, int]]

CONNECTION_SECONDS = 10
"""How long to wait for the head of a request, and for the next one on the same connection; and for answers on their
way when the server is told to end."""

READY_SECONDS = 60
"""How long a worker may take to begin, where it is to take the place of another one (HUP), before that one stays."""

RETRY_SECONDS = 5.0
"""How long to wait before what failed is tried again: a locked store, a broken file of settings, a folder in flux."""

QUIET_SECONDS = 1.0
"""How often to look whether the data folder is there, and still the same."""


def serve(
    settings: Settings, *, host: str, port: int, workers: int, follow: bool, say: Say, complain: Complain
) -> None:
    """Serve until told to stop. Raises CeccFeedsError when settings or store are unusable."""
    with _at(host, port):
        listener = _bound(host, port)
    stop = threading.Event()
    with listener:
        named_feeds(settings.data)
        if follow:
            seen = _stamp(settings.data)
            _import_if_there(settings, say, complain)
            follower = threading.Thread(target=_follow, args=(settings, seen, stop, say, complain), daemon=True)
            follower.start()
        here = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        say(f"{_holds(settings, made=not follow)}; serving on {here} (Ctrl-C ends it)")
        if settings.base_url != here:
            say(f"Links in feeds and pages say {settings.base_url}; CECC_FEEDS_BASE_URL sets that.")
        try:
            with _at(host, port):
                listener.listen()
            Workers(configuration("cecc_feeds.web.worker:worker", workers=workers), [listener], complain).run()
        finally:
            stop.set()


class Workers(Multiprocess):
    """The processes that answer. One that ends is told of by `complain`, and another one begun."""

    def __init__(self, config: Config, sockets: list[socket.socket], complain: Complain) -> None:
        super().__init__(config, sockets)
        self._complain = complain

    def run(self) -> None:
        """Until told to end. No worker stays, whatever happens: they would wait for the end of this process, and it for
        theirs."""
        try:
            super().run()
        finally:
            self.terminate_all()
            self.join_all()

    def keep_subprocess_alive(self) -> None:
        """uvicorn's own asks each worker for a sign of life, waits seconds for that of one that is just ending, and
        kills one that a busy machine keeps from giving it."""
        for index, worker in enumerate(self.processes):
            if not self.should_exit.is_set() and not worker.process.is_alive():
                self._complain([f"worker {worker.pid} ended, which was not asked of it; another one begins"])
                self.processes[index] = Process(self.config, self.sockets)
                self.processes[index].start()


def configuration(application: str, *, workers: int = 1) -> Config:
    """The settings of the server; `application` names what makes a Gateway (`module:function`) in each worker."""
    return Config(
        application,
        factory=True,
        loop="uvloop",
        http="cecc_feeds.web.wire:Wire",
        ws="none",
        lifespan="off",
        interface="asgi3",
        workers=workers,
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        log_level="error",
        timeout_keep_alive=CONNECTION_SECONDS,
        timeout_graceful_shutdown=CONNECTION_SECONDS,
        timeout_worker_healthcheck=READY_SECONDS,
    )


def _import(settings: Settings, say: Say, complain: Complain, *, made: bool = False) -> None:
    try:
        report = _brought_in(settings, complain, made=made)
    finally:
        give_back_all()
    complain([*map(str, report.rejected), *report.findings])
    say(str(report))


def _brought_in(settings: Settings, complain: Complain, *, made: bool) -> Report:
    arrangement = arrange(settings.data)
    complain(arrangement.complaints)
    opened = partial(Store.open, made=True) if made else founded
    with writers(settings.processes) as workers, opened(settings.database, zone=settings.timezone) as store:
        feeds = feed_digests(named_feeds(settings.data))
        terms = intake.Terms(settings.edition, arrangement, feeds=feeds, telling=False)
        wanted = all_sources(store, settings.data, arrangement)
        return intake.bring_all_in(store, wanted, terms, workers, now=lambda: datetime.now(UTC), pause=time.sleep)


def _import_if_there(settings: Settings, say: Say, complain: Complain) -> None:
    try:
        _import(settings, say, complain)
    except SourceError as error:
        complain([str(error)])


def _holds(settings: Settings, *, made: bool) -> str:
    """What the store holds. Raises StoreError where it must be `made` already: an empty one would empty calendars."""
    if made:
        Store.open(settings.database, zone=settings.timezone, read_only=True).close()
    with Store.open(settings.database, zone=settings.timezone) as store, store.read() as reading:
        today = datetime.now(UTC).date()
        items, events = (reading.count(Query(only=only), today=today) for only in ("items", "events"))
    return f"{items} items, {events} of them events"


def _follow(settings: Settings, seen: Stamp, stop: threading.Event, say: Say, complain: Complain) -> None:
    """Import again whenever a file below the data folder changes, and until that succeeds.

    `seen` is what the folder held when it was last read: what changed before the watch began, or while there was no
    folder or another one, counts as well.
    """
    last = ""
    while not stop.is_set():
        try:
            _while_there(settings, seen, stop, lambda: _import(settings, say, complain, made=True))
            return
        except Exception as error:  # noqa: BLE001 - whatever it is: nobody else follows the folder
            told = str(error) if isinstance(error, (CeccFeedsError, OSError)) else traceback.format_exc()
            if told != last:
                complain([told])
            last = told
            seen = frozenset()  # as if nothing had been read: what could not be taken in is tried again
            stop.wait(RETRY_SECONDS)


def _while_there(settings: Settings, seen: Stamp, stop: threading.Event, bring_in: Callable[[], None]) -> None:
    """Follow the folder, and whatever is put in its place. Raises whatever keeps an import from being done."""
    while not stop.is_set():
        place = _place(settings.data)
        if place is None:
            stop.wait(QUIET_SECONDS)
            continue
        first = True
        for changed in watch(
            settings.data, stop_event=stop, debounce=400, step=100, yield_on_timeout=True,
            rust_timeout=int(QUIET_SECONDS * 1000), raise_interrupt=False,
        ):  # fmt: skip
            if changed or (first and _stamp(settings.data) != seen):
                seen = _stamp(settings.data)
                bring_in()
            first = False
            if _place(settings.data) != place:
                break


def _place(folder: Path) -> tuple[int, int] | None:
    """Which folder it is: one that was put in place of another is another."""
    try:
        told = folder.stat()
    except OSError:
        return None
    return (told.st_dev, told.st_ino) if folder.is_dir() else None


def _stamp(folder: Path) -> Stamp:
    """What tells one state of a folder's files from another; a part that goes away meanwhile is not in it."""
    found = set()
    for path in (Path(place, name) for place, _, names in os.walk(folder) for name in names):
        with suppress(OSError):
            told = path.stat()
            found.add((str(path), told.st_mtime_ns, told.st_size))
    return frozenset(found)


@contextmanager
def _at(host: str, port: int) -> Iterator[None]:
    """Raises SettingsError where the address cannot be had."""
    try:
        yield
    except OSError as error:
        why = f"{host} port {port} cannot be listened on: {error.strerror}; --host and --port take others"
        raise SettingsError(why) from None


def _bound(host: str, port: int) -> socket.socket:
    """A socket at the address on which nobody listens yet: whoever asks before there is an answer is refused."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if ip_address(address[0]).is_loopback:
        _unpaced(bound)
    bound.bind(address)
    return bound


def _unpaced(bound: socket.socket) -> None:
    """Let connections within this machine, as those of a proxy, go by Reno. Where the system's own way to control
    congestion is BBR, it has a timer set for each 64 kB, though nothing is in their way, and larger answers take
    twice as long."""
    with suppress(AttributeError, OSError):  # a system without the option, one that refuses it
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"reno")
