"""The wire: uvicorn's HTTP/1.1 on one connection, and before it what is asked again word for word.

Its one rule: bytes are looked up only where nothing else is under way on the connection: no request of which a part
came, no answer that is still being made.
"""

import asyncio
import re
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from cecc_feeds.web.gateway import AS_IT_CAME, LONGEST_REMEMBERED, Gateway

LARGEST_HEAD = 64 * 1024
"""Bytes for the head of a request, and for what follows a body that came in chunks."""

MOST_HEADERS = 256
MOST_AT_ONCE = 256
"""How many headers a request may have, and how many requests may come together before one is answered."""

JOINED = 60_000
"""Bytes of a body below which joining it to its head costs less than sending two parts."""

WHY_TOO_LARGE = b"The head of a request may have no more than %d bytes.\n" % LARGEST_HEAD
TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"Content-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(WHY_TOO_LARGE), WHY_TOO_LARGE)
)

RAW = re.compile(rb"[\x80-\xff]")


class Wire(HttpToolsProtocol):
    """A connection to a Gateway.

    uvicorn gives up a connection on which no request came for a while after an answer. Here also one on which none has
    come yet, or only a part of one, however slowly more of it comes; one whose other end reads nothing of its answer;
    one whose head is too large.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._gateway: Gateway = self.config.loaded_app
        self._open = False  # a part of a request came
        self._in_head = False  # … and not all of its head
        self._came = 0  # how many requests began in what came last
        self._size = 0  # bytes of a request that are not its body
        self._running: RequestResponseCycle | None = None  # what is being answered, or was last
        self._waiting_since = 0.0
        self._unread: tuple[int, float] = (0, 0.0)  # what was not sent when last looked at, and of which request

    # --- what comes ---------------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        idle = not self._open and not self._answering
        if idle:
            again = None if self.flow.write_paused else self._gateway.again(data, self.server_state.default_headers)
            if again is not None:
                self._waiting_since = self.loop.time()
                self._send(*again)
                return
            self._size = 0
        self._came = 0
        self._size += len(data)
        if idle and len(data) > LARGEST_HEAD and data.find(b"\r\n\r\n", 0, LARGEST_HEAD) < 0:
            self._refuse()
            return
        super().data_received(_escaped(data) if idle and not data.isascii() else data)
        if self._open and self._size > LARGEST_HEAD:
            self._refuse()
        elif idle and not self._open and self._came == 1 and self.cycle.keep_alive and len(data) <= LONGEST_REMEMBERED:
            self.scope["state"][AS_IT_CAME] = data

    def on_message_begin(self) -> None:
        self._came += 1
        if self._came > MOST_AT_ONCE:
            raise ValueError("more requests at once than are taken")
        super().on_message_begin()
        self._open = self._in_head = True
        if not self._answering:
            self._waiting_since = self.loop.time()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Of what follows a body (RFC 9110 6.5) nothing is read."""
        if not self._in_head:
            return
        if len(self.headers) >= MOST_HEADERS:
            raise ValueError("more headers than are taken")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._in_head = False
        if self.parser.should_upgrade():  # to nothing that is spoken here, and its body would be read as a request
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._size = 0

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._open = False
        self._size = 0
        if not self.parser.should_keep_alive():  # as what follows a body may say, which the parser minds
            self.cycle.keep_alive = False
            if self.cycle.response_complete:
                self.transport.close()

    def _refuse(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(TOO_LARGE)
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be parsed, after the answers to what came before it; they end the connection then."""
        if self._answering:
            self.cycle.keep_alive = False
            self.flow.pause_reading()
        else:
            super().send_400_response(msg)

    # --- what goes ----------------------------------------------------------------------------------------------------

    @property
    def _answering(self) -> bool:
        return self._running is not None and not self._running.response_complete

    def _send(self, head: bytes, body: bytes) -> None:
        if len(body) < JOINED:
            self.transport.write(head + body)
        else:
            self.transport.writelines((head, body))

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        self._waiting_since = self.loop.time()
        super().on_response_complete()
        if self.pipeline:
            self.flow.pause_reading()

    # --- how long -----------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._waiting_since = self.loop.time()
        self._timer = self.loop.call_later(self.timeout_keep_alive, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()
        self._unset_keepalive_if_required()
        if self._running is not None:
            self._running.disconnected = True
        super().connection_lost(exc)

    def timeout_keep_alive_handler(self) -> None:
        """uvicorn's own, which knows nothing of what is answered before it: `_look` sees to that."""

    def _look(self) -> None:
        """Give the connection up where nothing came, or nothing was read, for so long."""
        unread = (self.transport.get_write_buffer_size(), self._waiting_since)
        left = self._waiting_since + self.timeout_keep_alive - self.loop.time()
        if unread[0] and unread == self._unread:
            self.transport.abort()
            return
        self._unread = unread
        if left <= 0 and not unread[0] and not self._answering:
            self.transport.close()
        wait = self.timeout_keep_alive if unread[0] or left <= 0 else left
        self._timer = self.loop.call_later(wait, self._look)


def _escaped(data: bytes) -> bytes:
    """A request whose address is escaped where it should have been: programs send it as it is typed
    (`curl …/items?q=法`), and the parser refuses that."""
    line, end, rest = data.partition(b"\r\n")
    return RAW.sub(lambda found: b"%%%02X" % found[0][0], line) + end + rest
