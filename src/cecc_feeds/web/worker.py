"""A worker: a process that answers.

Its one rule: what only imports and the command `serve` need is not loaded; it would lie in each worker's memory.
"""

import logging
import multiprocessing
import os
import signal
import threading
import time

from flask import Flask

from cecc_feeds.errors import CeccFeedsError
from cecc_feeds.memory import give_back
from cecc_feeds.web import create_app
from cecc_feeds.web.gateway import Gateway
from cecc_feeds.web.kept import KeptAnswers
from cecc_feeds.web.routes import straight

log = logging.getLogger(__name__)

RETRY_SECONDS = 5.0
"""How long to wait before what failed is tried again."""

LARGEST_ANSWER = 4 * 1024 * 1024
"""More than nearly every answer: a block that stands alone is new memory each time, and the system's clearing of it
page by page takes ten times as long as writing it; so only what is larger may stand alone."""

FIRST = ("/events.ics", "limit=1")
"""What a worker makes before anybody asks: the rules of the time zone take longer than a thousand events."""


def worker() -> Gateway:
    """The application of one worker, which ends with the process that began it, even one that was killed: a worker
    that goes on alone holds the port and answers from a store that nobody brings up to date."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    give_back(LARGEST_ANSWER)
    app = _app()
    straight(app.extensions["cecc_feeds"])(*FIRST)
    return Gateway(app.wsgi_app, app.wsgi_app if isinstance(app.wsgi_app, KeptAnswers) else None)


def _app() -> Flask:
    """The application. Where it cannot be made, as after a fault in `feeds.toml` that was not there when the server
    began, that is told, and another worker tries after a while."""
    try:
        return create_app()
    except Exception as error:
        ours = isinstance(error, CeccFeedsError)
        log.error("%s; no worker can begin before that is mended", error, exc_info=None if ours else error)
        time.sleep(RETRY_SECONDS)
        raise SystemExit(1) from None


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
