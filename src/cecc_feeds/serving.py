"""Serving: the import at start, the workers, and the thread that follows `data/`.

Its one rule: only this process writes the store; the workers read it.
"""

import multiprocessing
import os
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from watchfiles import watch

from cecc_feeds import intake
from cecc_feeds.arrangement import all_sources, arrange
from cecc_feeds.config import Settings, feed_digests, named_feeds
from cecc_feeds.errors import CeccFeedsError, SettingsError, SourceError
from cecc_feeds.query import Query
from cecc_feeds.store import Store
from cecc_feeds.store.founding import founded

Say = Callable[[str], None]
Complain = Callable[[Iterable[str]], None]

Stamp = frozenset[tuple[str, int, int]]

CONNECTIONS = HTTP1Settings(header_read_timeout=10_000, keep_alive=True, max_buffer_size=64 * 1024)
"""Ten seconds (in ms) to send the head of a request, and to begin the next one on the same connection; 64 KiB for it.
Bodies are not read at all."""

RETRY_SECONDS = 5.0
"""How long to wait before what failed is tried again: a locked store, a broken file of settings, a folder in flux."""

QUIET_SECONDS = 1.0
"""How often to look whether the data folder is there, and still the same."""


def serve(
    settings: Settings, *, host: str, port: int, workers: int, follow: bool, say: Say, complain: Complain
) -> None:
    """Serve until told to stop. Raises CeccFeedsError when settings or store are unusable."""
    _refuse_taken(host, port)
    named_feeds(settings.data)
    stop = threading.Event()
    if follow:
        seen = _stamp(settings.data)
        _import_if_there(settings, say, complain)
        follower = threading.Thread(target=_follow, args=(settings, seen, stop, say, complain), daemon=True)
        follower.start()
    here = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    say(f"{_holds(settings, made=not follow)}; serving on {here} (Ctrl-C ends it)")
    if settings.base_url != here:
        say(f"Links in feeds and pages say {settings.base_url}; CECC_FEEDS_BASE_URL sets that.")
    # A worker that is forked while an import has the store open would inherit SQLite's notes of locks, not the locks.
    multiprocessing.set_start_method("spawn", force=True)
    try:
        Granian(
            "cecc_feeds.web.worker:worker",
            factory=True,
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=workers,
            blocking_threads=1,
            http=HTTPModes.http1,
            http1_settings=CONNECTIONS,
            websockets=False,
            respawn_failed_workers=True,
            log_level=LogLevels.warning,
        ).serve()
    finally:
        stop.set()


def _import(settings: Settings, say: Say, complain: Complain, *, made: bool = False) -> None:
    arrangement = arrange(settings.data)
    complain(arrangement.complaints)
    opened = partial(Store.open, made=True) if made else founded
    with opened(settings.database, zone=settings.timezone) as store:
        feeds = feed_digests(named_feeds(settings.data))
        terms = intake.Terms(settings.edition, arrangement, feeds=feeds, processes=settings.processes, telling=False)
        wanted = all_sources(store, settings.data, arrangement)
        report = intake.bring_all_in(store, wanted, terms, now=lambda: datetime.now(UTC), pause=time.sleep)
    complain([*map(str, report.rejected), *report.findings])
    say(str(report))


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


def _refuse_taken(host: str, port: int) -> None:
    """Raises SettingsError where the address cannot be listened on: the server itself would end in a panic."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
    except OSError as error:
        why = f"{host} port {port} cannot be listened on: {error.strerror}; --host and --port take others"
        raise SettingsError(why) from None
