"""A worker: a process that granian begins to answer with.

Its one rule: what only imports and the command `serve` need is not loaded; it would lie in each worker's memory.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress

from cecc_feeds.memory import give_back
from cecc_feeds.web import create_app
from cecc_feeds.web.routes import straight

LARGEST_ANSWER = 4 * 1024 * 1024
"""More than nearly every answer: a block that stands alone is new memory each time, and the system's clearing of it
page by page takes ten times as long as writing it; so only what is larger may stand alone."""

FIRST = ("/events.ics", "limit=1")
"""What a worker makes before anybody asks: the rules of the time zone take longer than a thousand events."""


def worker() -> Callable[..., Iterable[bytes]]:
    """The application of one worker, which ends with the process that began it, even one that was killed: a worker
    that goes on alone holds the port and answers from a store that nobody brings up to date."""
    _schedule_as_batch()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    give_back(LARGEST_ANSWER)
    app = create_app()
    straight(app.extensions["cecc_feeds"])(*FIRST)
    return app.wsgi_app


def _schedule_as_batch() -> None:
    """Let no thread of this process, this one or one to come, push another one off its core because something came in
    for it (SCHED_BATCH, sched(7)): more requests are read and answered at a time, with fewer changes between threads.

    Where the system has no such thing or refuses it, nothing is done.
    """
    with suppress(AttributeError, OSError):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
