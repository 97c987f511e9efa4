"""A plain HTTP/1.1 client over one kept connection, for single requests that are timed.

Its one rule: as little as can be between the two readings of the clock, and the same for every server.
"""

import gzip
import socket
import time
from dataclasses import dataclass
from typing import Self

from benchmarks.errors import Trouble

HEAD_END = b"\r\n\r\n"


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
        self._open()

    def _open(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self.port), timeout=120)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""
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
        head = self._until(HEAD_END)
        status, told = _parsed(head)
        body = self._body(status, told)
        self._used = time.perf_counter()
        return Answer(status, told, body, self._used - began)

    def _body(self, status: int, told: dict[str, str]) -> bytes:
        if status in (204, 304):
            return b""
        if "content-length" in told:
            return self._exactly(int(told["content-length"]))
        if told.get("transfer-encoding", "").lower() != "chunked":
            raise Trouble(f"port {self.port} tells no length of its answer")
        parts = []
        while size := int(self._until(b"\r\n").split(b";")[0], 16):
            parts.append(self._exactly(size))
            self._until(b"\r\n")
        self._until(b"\r\n")
        return b"".join(parts)

    def _until(self, mark: bytes) -> bytes:
        while (at := self._rest.find(mark)) < 0:
            self._rest += self._more()
        found, self._rest = self._rest[:at], self._rest[at + len(mark) :]
        return found

    def _exactly(self, size: int) -> bytes:
        parts, have = [self._rest], len(self._rest)
        while have < size:
            parts.append(self._more())
            have += len(parts[-1])
        whole = b"".join(parts)
        self._rest = whole[size:]
        return whole[:size]

    def _more(self) -> bytes:
        got = self._socket.recv(1 << 18)
        if not got:
            raise Trouble(f"port {self.port} closed the connection in an answer")
        return got


def _parsed(head: bytes) -> tuple[int, dict[str, str]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return int(first.split(" ", 2)[1]), {name.lower(): value.strip() for name, _, value in pairs}


def fetch(port: int, target: str, **headers: str) -> Answer:
    """One answer over a connection of its own. Raises Trouble when it is neither 200 nor 304."""
    with Connection(port) as connection:
        found = connection.ask(target, **headers)
    if found.status not in (200, 304):
        raise Trouble(f"port {port} answers {target} with {found.status}: {found.content[:200]!r}")
    return found
