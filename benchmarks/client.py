"""A plain HTTP/1.1 client over one kept connection, for single requests that are timed.

Its one rule: as little as can be between the two readings of the clock, and the same for every server.
"""

import gzip
import re
import socket
import time
from dataclasses import dataclass
from typing import Self

from benchmarks.errors import Trouble

HEAD_END = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
ROOM = 2 * 1024 * 1024
"""How many bytes of an answer there is room for at first, its head among them; a larger one makes more."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` as it came, coded or not; `seconds` from the first byte sent to the last one received."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float

    @property
    def content(self) -> bytes:
        return gzip.decompress(self.body) if self.headers.get("content-encoding") == "gzip" else self.body


IDLE_SECONDS = 5.0
"""After so long without a request another connection is opened: servers close idle ones, ours after ten seconds."""


class Connection:
    """One connection at a time to a server on this machine."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._place = bytearray(b"." * ROOM)
        """Where answers are received: memory that is there, since to get it anew takes longer than to receive them."""
        self._open()

    def _open(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self.port), timeout=120)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._used = time.perf_counter()

    @property
    def own_port(self) -> int:
        return int(self._socket.getsockname()[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(self, target: str, **headers: str) -> Answer:
        """GET; headers are named with `_` for `-`."""
        lines = [f"GET {target} HTTP/1.1", f"Host: 127.0.0.1:{self.port}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        sent = ("\r\n".join(lines) + "\r\n\r\n").encode()
        if time.perf_counter() - self._used > IDLE_SECONDS:
            self._socket.close()
            self._open()
        began = time.perf_counter()
        self._socket.sendall(sent)
        body, end = self._received()
        self._used = time.perf_counter()
        status, told = _parsed(bytes(self._place[:body]))
        return Answer(status, told, bytes(self._place[body:end]), self._used - began)

    def _received(self) -> tuple[int, int]:
        """Where the body of the answer begins and ends."""
        have = self._receive(0)
        while (at := self._place.find(HEAD_END, 0, have)) < 0:
            have = self._receive(have)
        body = at + len(HEAD_END)
        end = body + self._length(bytes(self._place[:body]))
        self._place.extend(bytes(max(0, end - len(self._place))))
        while have < end:
            have = self._receive(have)
        return body, end

    def _receive(self, have: int) -> int:
        """How many bytes of the answer there are, after some more than those."""
        with memoryview(self._place) as place:
            got = self._socket.recv_into(place[have:])
        if not got:
            raise Trouble(f"port {self.port} closed the connection in an answer")
        return have + got

    def _length(self, head: bytes) -> int:
        """How many bytes come after a head (RFC 9112 6.3)."""
        if head[9:12] in (b"204", b"304"):
            return 0
        found = LENGTH.search(head)
        if found is None:
            raise Trouble(f"port {self.port} tells no length of its answer")
        return int(found[1])


def _parsed(head: bytes) -> tuple[int, dict[str, str]]:
    first, *lines = head.removesuffix(HEAD_END).decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return int(first.split(" ", 2)[1]), {name.lower(): value.strip() for name, _, value in pairs}


def fetch(port: int, target: str, **headers: str) -> Answer:
    """One answer over a connection of its own. Raises Trouble when it is neither 200 nor 304."""
    with Connection(port) as connection:
        found = connection.ask(target, **headers)
    if found.status not in (200, 304):
        raise Trouble(f"port {port} answers {target} with {found.status}: {found.content[:200]!r}")
    return found
