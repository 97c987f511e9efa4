"""The gateway: ASGI outside, WSGI inside (PEP 3333), called in the event loop itself: one request at a time.

Its one rule: what is sent is what the application gave, whole; the body of a request is not read.

Apps that poll send the same bytes each time. So a request that was answered from what is kept is remembered as it
came, byte for byte, with the head that was sent: to answer it again takes neither a parser nor a header.
"""

import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping, Sequence
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from cecc_feeds.web.kept import SENT, KeptAnswers, Remembered, Sent

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

AS_IT_CAME = "cecc_feeds.as_it_came"
"""The name in the state of a scope under which lie the bytes of the request where they are that and nothing else."""

LONGEST_REMEMBERED = 2_000
"""How many bytes a request may have to be remembered."""


class Gateway:
    """An ASGI application over a WSGI one. `layer`: the kept answers in it, where it keeps them."""

    def __init__(self, app: "WSGIApplication", layer: KeptAnswers | None = None) -> None:
        self._app = app
        self._layer = layer
        self._known = Remembered[bytes, tuple[Sent, bytes]]()
        self._ending: tuple[object, bytes] = (None, b"")

    async def __call__(self, scope: Mapping[str, Any], _receive: Receive, send: Send) -> None:
        status, head, body = self._answer(scope)
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": body})

    def again(self, request: bytes, more: Sequence[tuple[bytes, bytes]]) -> tuple[bytes, bytes] | None:
        """The head and the body to send for the bytes of a request; None where they are to be parsed. `more`: what each
        head has besides, Date; another list once it says something else."""
        known = self._known.get(request)
        if known is None or self._layer is None:
            return None
        sent, head = known
        body = self._layer.again(sent)
        if body is None:
            return None
        of, ending = self._ending
        if more is not of:
            ending = _lines(more) + b"\r\n"
            self._ending = (more, ending)
        return head + ending, body

    def _answer(self, scope: Mapping[str, Any]) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        environ = _environ(scope)
        request = scope["state"].get(AS_IT_CAME)
        told: list[Sent] = []
        if request is not None:
            environ[SENT] = told.append
        begun: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], _exc_info: object = None
        ) -> Callable[..., None]:
            begun[:] = [(status, headers)]
            return _refuse_write

        body = _whole(self._app(environ, start_response))
        ((status, headers),) = begun
        head = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        code = int(status[:3])
        if told:
            self._known.remember(request, (told[0], _head(code, head)))
        return code, head, body


def _head(code: int, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """A status line and headers as they are sent (RFC 9112 4, 5), without the empty line after them."""
    return b"HTTP/1.1 %d %s\r\n" % (code, HTTPStatus(code).phrase.encode()) + _lines(headers)


def _lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    return b"".join(b"%s: %s\r\n" % header for header in headers)


def _refuse_write(body: bytes) -> None:
    raise NotImplementedError("bodies are what the application returns; write() is of old servers (PEP 3333)")


def _whole(parts: Iterable[bytes]) -> bytes:
    try:
        return b"".join(parts)
    finally:
        if hasattr(parts, "close"):
            parts.close()


def _environ(scope: Mapping[str, Any]) -> "WSGIEnvironment":
    """The environ of a request without its body (PEP 3333): octets as latin-1, a path without its escapes. Headers with
    `_` in their names are left out: they would pass for others, which caches in front know nothing of."""
    server, client = scope["server"] or ("", None), scope["client"] or ("", None)
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1] or ""),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        if b"_" in name:
            continue
        key = _key(name)
        told = value.decode("latin-1")
        environ[key] = f"{environ[key]},{told}" if key in environ else told
    return environ


def _key(name: bytes) -> str:
    """The name of a header in an environ (RFC 3875 4.1.18)."""
    key = name.decode("latin-1").upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
