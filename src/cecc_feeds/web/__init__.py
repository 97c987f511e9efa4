"""The web: create_app makes the WSGI application.

Its one rule: a request reads one state of the store and writes nothing; nothing that a client sends is a 5xx.
"""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from cecc_feeds import config
from cecc_feeds.config import Settings
from cecc_feeds.errors import CeccFeedsError
from cecc_feeds.web import http
from cecc_feeds.web.kept import EVERY_SECONDS, KEEP, KeptAnswers
from cecc_feeds.web.routes import PLAIN_ROUTES, ROUTES, straight
from cecc_feeds.web.service import Service

log = logging.getLogger(__name__)


def create_app(
    settings: Settings | None = None,
    *,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ticks: Callable[[], float] = time.monotonic,
    every: float = EVERY_SECONDS,
) -> Flask:
    """The application over one store. `clock` tells the present instant (aware); tests give their own.

    Where answers are kept, its `wsgi_app` is the layer that does, looking for changes every `every` seconds of `ticks`.
    Raises SettingsError when the settings or feeds.toml are bad.
    """
    app = Flask(__name__, static_folder=None)
    app.url_map.merge_slashes = False
    app.url_map.strict_slashes = False
    service = Service(settings or config.load(), clock)
    app.extensions["cecc_feeds"] = service
    views = {rule: _served(service, view) for rule, view in ROUTES}
    views |= {rule: _plain(service, view) for rule, view in PLAIN_ROUTES}
    for rule, served in views.items():
        app.add_url_rule(rule, endpoint=rule, view_func=served, provide_automatic_options=False)
    app.before_request(_unread)
    app.register_error_handler(HTTPException, lambda error: _unkept(service.problem(error, request.path)))
    app.register_error_handler(Exception, _failed)
    if service.settings.keep_answers:
        app.wsgi_app = KeptAnswers(  # type: ignore[method-assign]
            app.wsgi_app,
            service.states,
            most=service.settings.keep_answers,
            every=every,
            ticks=ticks,
            make=straight(service),
        )
    return app


def _served(service: Service, view: Callable[..., http.Answer]) -> Callable[..., Response]:
    def serve(**values: str) -> Response:
        args = http.arguments(request.environ.get("QUERY_STRING", ""))
        return _kept(service.answer(view, request.path, args, values))

    return serve


def _plain(service: Service, view: Callable[..., http.Answer]) -> Callable[..., Response]:
    return lambda **values: _kept(view(service, **values))


def _kept(answer: http.Answer) -> Response:
    """What hangs on nothing but its address and the store: whoever is before us may keep it."""
    prepare: Callable[[http.Answer], http.Prepared] = request.environ.get(KEEP, http.Prepared)
    return http.respond(request, prepare(answer))


def _unkept(answer: http.Answer) -> Response:
    return http.respond(request, http.Prepared(answer))


def _unread() -> Response | None:
    """What is answered without looking further: every address answers the same three methods, with the same headers."""
    too_long = http.refused_target(request)
    if too_long is not None:
        return too_long
    if request.method == "OPTIONS":
        return http.options()
    if request.method not in ("GET", "HEAD"):
        return http.refused_method()
    return None


def _failed(error: Exception) -> Response:
    """A fault of ours: logged with its trace, told in one sentence."""
    if not isinstance(error, CeccFeedsError):
        log.exception("%s could not be answered", request.path)
    return _unkept(http.unavailable("This cannot be answered just now; please try again."))
