"""Serving: the import at start, the workers, and the thread that follows `data/`.

Its one rule: only this process writes the store; the workers read it.
"""

import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from watchfiles import watch

from cecc_feeds import intake
from cecc_feeds.config import Settings, named_feeds
from cecc_feeds.errors import CeccFeedsError
from cecc_feeds.query import Query
from cecc_feeds.store import Store

Say = Callable[[str], None]
Complain = Callable[[Iterable[str]], None]

QUIET_SECONDS = 1.0
"""How long to wait for a data folder that is not there."""


def serve(
    settings: Settings, *, host: str, port: int, workers: int, follow: bool, say: Say, complain: Complain
) -> None:
    """Serve until told to stop. Raises CeccFeedsError when settings or store are unusable."""
    named_feeds(settings.data)
    stop = threading.Event()
    if follow:
        _import(settings, say, complain)
        follower = threading.Thread(target=_follow, args=(settings, stop, say, complain), daemon=True)
        follower.start()
    here = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    say(f"{_holds(settings)}; serving on {here} (Ctrl-C ends it)")
    if settings.base_url != here:
        say(f"Links in feeds and pages say {settings.base_url}; CECC_FEEDS_BASE_URL sets that.")
    try:
        Granian(
            "cecc_feeds.web:create_app",
            factory=True,
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=workers,
            blocking_threads=1,
            respawn_failed_workers=True,
            log_level=LogLevels.warning,
        ).serve()
    finally:
        stop.set()


def _import(settings: Settings, say: Say, complain: Complain) -> None:
    with Store.open(settings.database, zone=settings.timezone) as store:
        present = intake.configured(settings.data)
        report = intake.bring_all_in(
            store,
            [*present, *intake.gone(store, present)],
            edition=settings.edition,
            now=lambda: datetime.now(UTC),
            pause=time.sleep,
        )
    complain(str(refusal) for refusal in report.rejected)
    say(str(report))


def _holds(settings: Settings) -> str:
    with Store.open(settings.database, zone=settings.timezone) as store, store.read() as reading:
        today = datetime.now(UTC).date()
        items, events = (reading.count(Query(only=only), today=today) for only in ("items", "events"))
    return f"{items} items, {events} of them events"


def _follow(settings: Settings, stop: threading.Event, say: Say, complain: Complain) -> None:
    """Import again whenever a file below the data folder changes; a failed import is told and the next change tried."""
    while not stop.is_set():
        if not settings.data.is_dir():
            stop.wait(QUIET_SECONDS)
            continue
        for _ in watch(settings.data, stop_event=stop, debounce=400, step=100, raise_interrupt=False):
            try:
                _import(settings, say, complain)
            except CeccFeedsError as error:
                complain([str(error)])
