"""The wire: uvicorn's HTTP/1.1 on one connection, and before it what is asked again word for word.

Its one rule: bytes are looked up only where nothing else is under way on the connection: no request of which a part
came, no answer that is not yet sent.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from cecc_feeds.web.gateway import AS_IT_CAME, Gateway

LARGEST_HEAD = 64 * 1024
"""Bytes for the head of a request."""

JOINED = 60_000
"""Bytes of a body below which joining it to its head costs less than sending two parts."""

WHY_TOO_LARGE = b"The head of a request may have no more than %d bytes.\n" % LARGEST_HEAD
TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"Content-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(WHY_TOO_LARGE), WHY_TOO_LARGE)
)


class Wire(HttpToolsProtocol):
    """A connection to a Gateway.

    uvicorn gives up a connection on which no request came for a while after an answer; here also one on which none has
    come yet or only a part of a head or of a body, however slowly more of it comes, and one whose head is too large.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._gateway: Gateway = self.config.loaded_app
        self._open = False  # a part of a request came
        self._in_head = False  # … and not all of its head
        self._head_size = 0
        self._came = 0  # how many requests began in what came last
        self._with_body = False
        self._waiting_since = 0.0
        self._told: tuple[object, bytes] = (None, b"")

    # --- what comes ---------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._waiting_since = self.loop.time()
        self._watch()

    def data_received(self, data: bytes) -> None:
        idle = not self._open and not self._answering
        if idle:
            self._waiting_since = self.loop.time()
            self._head_size = 0
            again = None if self.flow.write_paused else self._gateway.again(data)
            if again is not None:
                self._send(*again)
                return
        self._came = 0
        self._with_body = False
        self._head_size += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._in_head and self._head_size > LARGEST_HEAD:
            self.transport.write(TOO_LARGE)
            self.transport.close()
            return
        if idle and not self._open and self._came == 1 and not self._with_body and self.cycle.keep_alive:
            self.scope["state"][AS_IT_CAME] = data
        if self.timeout_keep_alive_task is None:
            self._watch()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._open = self._in_head = True
        self._came += 1

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._in_head = False

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._with_body = True

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._open = False
        self._head_size = 0

    # --- what goes ----------------------------------------------------------------------------------------------------

    def _send(self, head: bytes, body: bytes) -> None:
        headers = self.server_state.default_headers  # Date: another list each second
        of, ending = self._told
        if headers is not of:
            ending = b"".join((*(b"%s: %s\r\n" % header for header in headers), b"\r\n"))
            self._told = (headers, ending)
        if len(body) < JOINED:
            self.transport.write(b"".join((head, ending, body)))
        else:
            self.transport.writelines((head + ending, body))

    def on_response_complete(self) -> None:
        self._waiting_since = self.loop.time()
        super().on_response_complete()

    # --- how long -----------------------------------------------------------------------------------------------------

    @property
    def _answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # none before the first request
        return cycle is not None and not cycle.response_complete

    def _left(self) -> float:
        return self._waiting_since + self.timeout_keep_alive - self.loop.time()

    def _watch(self) -> None:
        left = self.timeout_keep_alive if self._answering else self._left()
        self.timeout_keep_alive_task = self.loop.call_later(left, self.timeout_keep_alive_handler)

    def timeout_keep_alive_handler(self) -> None:
        """Give the connection up where it has waited for long enough; answers that were sent again did not tell."""
        if self._answering or self._left() > 0:
            self._watch()
        else:
            super().timeout_keep_alive_handler()
