"""A connection: whatever comes, in whatever pieces, is answered as without what is kept; nothing waits for ever."""

import asyncio
import re
from collections.abc import Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, TypeVar
from wsgiref.validate import validator

import pytest
from flask import Flask
from hypothesis import example, given, settings
from hypothesis import strategies as st
from uvicorn.server import ServerState

from cecc_feeds.serving import configuration
from cecc_feeds.web import kept
from cecc_feeds.web.gateway import LONGEST_REMEMBERED, Gateway
from cecc_feeds.web.kept import KeptAnswers
from cecc_feeds.web.wire import LARGEST_HEAD, MOST_AT_ONCE, MOST_HEADERS, Wire
from tests.service import Service, keeping, numbered, record

T = TypeVar("T")


def run(told: Coroutine[Any, Any, T]) -> T:
    """What it gives; in a thread of its own, as the tests in browsers leave a loop in this one."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, told).result()


DATES = (b"Thu, 26 Nov 2026 20:00:00 GMT", b"Thu, 26 Nov 2026 20:00:01 GMT")


class Line(asyncio.Transport):
    """The other end of a connection, in memory: what came back, whether it was closed, and how much of what was sent
    it has not read (`unread`)."""

    def __init__(self, protocol: Wire) -> None:
        super().__init__()
        self.back = b""
        self.closed = self.aborted = self.reading_paused = False
        self.unread = 0
        self.protocol = protocol

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return {"sockname": ("127.0.0.1", 8000), "peername": ("127.0.0.1", 50000)}.get(name, default)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self.closed:
            self.back += data

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)

    def abort(self) -> None:
        self.aborted = True
        self.close()

    def get_write_buffer_size(self) -> int:
        return self.unread

    def pause_reading(self) -> None:
        self.reading_paused = True

    def resume_reading(self) -> None:
        self.reading_paused = False


class Connection:
    """A connection to a gateway; `patience` in seconds."""

    def __init__(self, gateway: Gateway, patience: float = 10) -> None:
        config = configuration("what lies in `app` instead")
        config.app = lambda: gateway
        config.timeout_keep_alive = patience  # type: ignore[assignment]
        config.load()
        self.state = ServerState()
        self.state.default_headers = [(b"date", DATES[0])]
        self.protocol = config.http_protocol_class(config=config, server_state=self.state, app_state={})  # type: ignore[call-arg]
        assert isinstance(self.protocol, Wire)
        self.line = Line(self.protocol)
        self.protocol.connection_made(self.line)

    def send(self, *parts: bytes) -> None:
        for part in parts:
            if not self.line.closed:
                self.protocol.data_received(part)

    async def ask(self, *parts: bytes) -> bytes:
        """What comes back for this, once nothing is under way."""
        before = len(self.line.back)
        self.send(*parts)
        await asyncio.sleep(0)
        while self.state.tasks:
            await asyncio.sleep(0)
        return self.line.back[before:]


def asked(gateway: Gateway, *requests: bytes) -> list[bytes]:
    """What comes back for each, sent one after the other on one connection."""

    async def ask() -> list[bytes]:
        connection = Connection(gateway)
        return [await connection.ask(request) for request in requests]

    return run(ask())


def get(target: str = "/events.ics", *headers: str, method: str = "GET", body: str = "", version: str = "1.1") -> bytes:
    head = [f"{method} {target} HTTP/{version}", "Host: a.example", *headers]
    return "\r\n".join([*head, "", body]).encode("latin-1")


def dateless(reply: bytes) -> bytes:
    """Without Date and Connection, and without the order of headers, which says nothing where no name stands twice
    (RFC 9110 5.3)."""
    told = []
    for part in re.split(rb"(?=HTTP/1\.1 )", re.sub(rb"\r\n(date|connection): [^\r]*", b"", reply)):
        head, end, body = part.partition(b"\r\n\r\n")
        first, *headers = head.split(b"\r\n")
        told.append(b"\r\n".join([first, *sorted(headers)]) + end + body)
    return b"".join(told)


class Counting(Gateway):
    """A gateway that counts what it could not say at once."""

    def __init__(self, app: Any, layer: KeptAnswers | None = None) -> None:
        super().__init__(app, layer)
        self.made = 0

    def _answer(self, scope: Any) -> Any:
        self.made += 1
        return super()._answer(scope)


def over(app: Flask) -> Counting:
    return Counting(app.wsgi_app, app.wsgi_app if isinstance(app.wsgi_app, KeptAnswers) else None)


@pytest.fixture
def gateway(tmp_path: Path) -> Counting:
    app, _ = keeping(tmp_path)
    return over(app)


# --- the same with and without ----------------------------------------------------------------------------------------


@cache
def both() -> tuple[Gateway, Gateway]:
    """One gateway that knows the requests of FRIENDS word for word, and one that keeps nothing."""
    folder = Path(mkdtemp())
    app, _ = keeping(folder, record(), *(numbered(number) for number in range(2, 12)))
    knowing = over(app)
    for request in FRIENDS:
        asked(knowing, request, request, request)
    plain = over(Service(folder, given={"keep_answers": "0"}).app())
    return knowing, plain


FRIENDS = [
    get(),
    get("/items.atom", "Accept-Encoding: gzip"),
    get("/events.ics", "If-None-Match: *"),
    get("/", "If-None-Match: *", "Accept-Encoding: br"),
    get("/items.json?limit=1", method="HEAD"),
    get("/items/none"),
    get("/events.ics?x=1", "Content-Length: 0"),
    get("/items.json", "Content-Length: 5", body="hello"),
    get("/items.json", "Transfer-Encoding: chunked", body="5\r\nhello\r\n0\r\nX: y\r\n\r\n"),
    get("/items.json", "Expect: 100-continue"),
]
"""Requests whose answers may be sent again as they are."""
OTHERS = [
    get("/events.ics", "Content-Length: 20", method="POST", body="x" * 20),
    get("/items.json?x=" + "y" * LONGEST_REMEMBERED, f"Content-Length: {len(get())}", body=get().decode()),
    get("/readyz"),
    get(method="OPTIONS"),
    b"\r\n",
]
RUBBISH = b"rubbish\r\n\r\n"
LAST = [
    b"",
    get("/items.csv", "Connection: close"),
    get("/items.csv", version="1.0"),
    get("/items.csv", "Transfer-Encoding: chunked", body="0\r\nConnection: close\r\n\r\n"),
    get("/items.csv", "Connection: keep-alive", version="1.0"),
    RUBBISH,
    get()[:-7],
    get("/", "Content-Length: 50", body="x"),
    get("/", "Connection: Upgrade", "Upgrade: h2c"),
]


@given(st.lists(st.sampled_from(FRIENDS + OTHERS), max_size=6), st.sampled_from(LAST), st.data())
@settings(max_examples=300, deadline=None)
@example([FRIENDS[0], FRIENDS[0]], LAST[0], None)
def test_requests_are_answered_alike_however_they_come(parts: list[bytes], last: bytes, data: Any) -> None:
    """In pieces cut anywhere, one after the other or all at once; by what is known word for word and by Flask alone."""
    whole = b"".join([*parts, last])
    pieces = [*parts, last]
    if data is not None and data.draw(st.booleans(), "cut"):
        cuts = sorted(data.draw(st.sets(st.integers(0, len(whole)), max_size=6), "where"))
        pieces = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    waits = data is None or data.draw(st.booleans(), "one after the other")
    knowing, plain = (replied(gateway, pieces, waits=waits) for gateway in both())
    assert knowing == plain


def replied(gateway: Gateway, pieces: Iterable[bytes], *, waits: bool) -> tuple[bytes, bool]:
    """All that came back, and whether the connection was closed; without the 400 that ends it only where nothing else
    is under way."""

    async def reply() -> tuple[bytes, bool]:
        connection = Connection(gateway)
        for piece in filter(None, pieces):
            if waits:
                await connection.ask(piece)
            else:
                connection.send(piece)
        await connection.ask()
        return dateless(connection.line.back).partition(b"HTTP/1.1 400 ")[0], connection.line.closed

    return run(reply())


@pytest.mark.parametrize("request_", [*FRIENDS, "GET /items?q=法 HTTP/1.1\r\n\r\n".encode()])
def test_what_is_asked_again_word_for_word_is_made_no_more(gateway: Counting, request_: bytes) -> None:
    first, second, third, fourth = asked(gateway, request_, request_, request_, request_)
    assert gateway.made == 2
    assert first.startswith(b"HTTP/1.1 ")
    assert dateless(first) == dateless(second) == dateless(third) == dateless(fourth)


@pytest.mark.parametrize("request_", [*OTHERS[:-1], get("/items.csv", "Connection: close")])
def test_other_requests_are_made_each_time(gateway: Counting, request_: bytes) -> None:
    for _ in range(4):
        asked(gateway, request_)
    assert gateway.made == 4


def test_a_known_request_within_another_one_is_none(gateway: Counting) -> None:
    known = get()
    asked(gateway, known, known, known)
    for before in (b"GET /healthz HTTP/1.1\r\nX: ", get("/healthz", f"Content-Length: {len(known)}")):

        async def reply(before: bytes = before) -> bytes:
            connection = Connection(gateway)
            await connection.ask(before)
            await connection.ask(known)
            return connection.line.back

        told = run(reply())
        assert (told.count(b"HTTP/1.1 "), told.endswith(b"alive\n")) == (1, True)


def test_two_known_requests_in_one_piece_are_two(gateway: Counting) -> None:
    replies = asked(gateway, *[get() * 2] * 4, get(), get() * 2)
    assert [reply.count(b"HTTP/1.1 200") for reply in replies] == [2, 2, 2, 2, 1, 2]


def test_the_body_of_a_request_for_another_protocol_is_no_request(gateway: Counting) -> None:
    """The parser takes it for one: nothing has a body there but what both have agreed upon."""
    known = get()
    asked(gateway, known, known, known)

    async def reply() -> tuple[bytes, bool]:
        connection = Connection(gateway)
        begun = get("/healthz", "Connection: Upgrade", "Upgrade: h2c", f"Content-Length: {len(known)}")
        await connection.ask(begun)
        await connection.ask(known)
        return connection.line.back, connection.line.closed

    told, closed = run(reply())
    assert (told.count(b"HTTP/1.1 "), closed) == (1, True)


def test_octets_that_should_have_been_escaped_are_read_as_if_they_were(gateway: Counting) -> None:
    raw, escaped = asked(gateway, "GET /items?q=法 HTTP/1.1\r\n\r\n".encode(), get("/items?q=%E6%B3%95"))
    assert raw.startswith(b"HTTP/1.1 200 OK\r\n")
    assert dateless(raw) == dateless(escaped)
    assert [reply[9:12] for reply in asked(gateway, "GET /types/法 HTTP/1.1\r\n\r\n".encode())] == [b"404"]


# --- never stale ------------------------------------------------------------------------------------------------------


def test_a_change_of_the_store_is_in_the_next_answer(tmp_path: Path) -> None:
    app, _ = keeping(tmp_path)
    gateway = over(app)
    known = get()
    asked(gateway, known, known, known)
    Service(tmp_path).later(minutes=1).publish(record(title="Edited"))
    changed = asked(gateway, known, known, known)
    assert [b"SUMMARY:Hearing: Edited\r\n" in reply for reply in changed] == [True] * 3
    etag = re.search(rb"etag: (.*)\r\n", changed[0])
    assert etag
    again = get("/events.ics", f"If-None-Match: {etag[1].decode()}")
    assert [reply[:12] for reply in asked(gateway, again, again, again)] == [b"HTTP/1.1 304"] * 3
    Service(tmp_path).later(minutes=2).publish(record(title="Edited again"))
    assert [reply[:12] for reply in asked(gateway, again, again, again)] == [b"HTTP/1.1 200"] * 3


def test_the_date_is_that_of_the_answer(gateway: Counting) -> None:
    async def told() -> list[bytes]:
        connection = Connection(gateway)
        for _ in range(3):
            await connection.ask(get())
        connection.state.default_headers = [(b"date", DATES[1])]
        return [*re.findall(rb"\r\ndate: (.*)\r\n", connection.line.back + await connection.ask(get()))]

    assert run(told()) == [DATES[0]] * 3 + [DATES[1]]


def test_no_more_requests_are_remembered_than_allowed(gateway: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_REMEMBERED", 3)
    for number in range(10):
        request = get(f"/events.ics?x={number}")
        asked(gateway, request, request)
        assert 1 <= len(gateway._known) <= 3
    long = get("/events.ics?x=" + "y" * LONGEST_REMEMBERED)
    asked(gateway, long, long, long)
    assert long not in gateway._known


def test_answers_that_had_to_leave_are_made_anew(tmp_path: Path) -> None:
    app, layer = keeping(tmp_path)
    gateway = over(app)
    known = get("/events.ics", "Accept-Encoding: gzip")
    first = asked(gateway, known, known, known)[0]
    kept = layer.good.at(("/events.ics", ()))
    assert kept is not None
    assert kept.prepared is not None
    kept.prepared.forms.pop("gzip", None)
    assert dateless(asked(gateway, known)[0]) == dateless(first)
    layer.good.drop(("/events.ics", ()))
    assert dateless(asked(gateway, known)[0]) == dateless(first)


# --- no more than is taken --------------------------------------------------------------------------------------------


def test_requests_that_come_together_are_answered_before_more_are_read(gateway: Counting) -> None:
    async def paused() -> list[bool]:
        connection = Connection(gateway)
        connection.send(get("/healthz") * 5)
        seen = []
        while connection.state.tasks:
            seen.append(connection.line.reading_paused)
            await asyncio.sleep(0)
        assert connection.line.back.count(b"alive\n") == 5
        return [*seen, connection.line.reading_paused]

    seen = run(paused())
    assert seen == sorted(seen, reverse=True)
    assert seen.count(True) >= 4


@pytest.mark.parametrize(
    "request_",
    [
        get("/healthz") * (MOST_AT_ONCE + 1),
        get("/healthz") + get("/healthz", *(f"X-{number}: y" for number in range(MOST_HEADERS + 1))),
        get("/healthz") + b"rubbish\r\n\r\n",
    ],
)
def test_what_is_too_much_is_refused_after_the_answers_to_what_came_before(gateway: Counting, request_: bytes) -> None:
    async def reply() -> tuple[bytes, bool]:
        connection = Connection(gateway)
        return await connection.ask(request_), connection.line.closed

    told, closed = run(reply())
    assert (told.startswith(b"HTTP/1.1 200 OK\r\n"), told.count(b"HTTP/1.1 4"), closed) == (True, 0, True)


@pytest.mark.parametrize(
    "piece",
    [
        b"GET / HTTP/1.1\r\nX: " + b"y" * (LARGEST_HEAD + 30_000) + b"\r\n\r\n",
        get("/healthz", "Connection: keep-alive", "Transfer-Encoding: chunked", body="0\r\nX: " + "y" * LARGEST_HEAD),
    ],
)
def test_a_head_that_is_too_large_is_refused_however_it_comes(gateway: Counting, piece: bytes) -> None:
    for size in (len(piece), 30_000):

        async def reply(size: int = size) -> tuple[bytes, bool]:
            connection = Connection(gateway)
            await connection.ask(*(piece[at : at + size] for at in range(0, len(piece), size)))
            return connection.line.back, connection.line.closed

        told, closed = run(reply())
        assert (b"HTTP/1.1 431 " in told, closed) == (True, True)


# --- nothing waits for ever -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "part", [b"", b"G", b"GET / HTTP/1.1\r\nX: ", get("/healthz", "Content-Length: 50"), get("/healthz")]
)
def test_a_connection_on_which_nothing_more_comes_is_given_up(gateway: Counting, part: bytes) -> None:
    async def closed() -> bool:
        connection = Connection(gateway, patience=0.5)
        await connection.ask(*filter(None, [part]))
        assert not connection.line.closed
        await asyncio.sleep(1.2)
        return connection.line.closed

    assert run(closed())


@pytest.mark.parametrize("more", [b"y", b"\r\n"])
@pytest.mark.parametrize("begun", [b"GET / HTTP/1.1\r\nX: ", get("/healthz", "Content-Length: 5000"), b"\r\n"])
def test_slowly_coming_pieces_do_not_make_it_wait_longer(gateway: Counting, begun: bytes, more: bytes) -> None:
    async def closed() -> bool:
        connection = Connection(gateway, patience=0.2)
        connection.send(begun)
        for _ in range(8):
            await asyncio.sleep(0.05)
            connection.send(more)
        return connection.line.closed

    assert run(closed())


def test_a_connection_on_which_requests_come_is_held_and_then_given_up(gateway: Counting) -> None:
    async def held() -> bool:
        connection = Connection(gateway, patience=1.5)
        for _ in range(6):
            assert await connection.ask(get())
            await asyncio.sleep(0.4)
        assert not connection.line.closed
        await asyncio.sleep(2)
        return not connection.line.closed

    assert not run(held())


def test_a_head_that_is_too_large_is_refused_in_one_sentence(gateway: Counting) -> None:
    async def reply(*parts: bytes) -> tuple[bytes, bool]:
        connection = Connection(gateway)
        return await connection.ask(*parts), connection.line.closed

    piece = b"y" * 40_000
    told, closed = run(reply(b"GET / HTTP/1.1\r\nX: ", piece, piece))
    head, _, sentence = told.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 431 ")
    assert f"Content-Length: {len(sentence)}".encode() in head
    assert (closed, sentence) == (True, b"The head of a request may have no more than %d bytes.\n" % LARGEST_HEAD)
    body = get("/healthz", "Content-Length: 120000")
    told, closed = run(reply(body, *[piece] * 3, b"GET /healthz HTTP/1.1\r\n", b"Host: a\r\n\r\n"))
    assert (told.count(b"HTTP/1.1 200 OK\r\n"), closed) == (2, False)


@pytest.mark.parametrize("answering", [True, False])
def test_a_client_that_reads_nothing_is_given_up_and_one_that_reads_slowly_is_not(
    gateway: Counting, answering: bool
) -> None:
    async def aborted(read: int) -> bool:
        connection = Connection(gateway, patience=0.1)
        await connection.ask(get())
        connection.line.unread = 1_000_000
        if answering:
            connection.protocol.pause_writing()
            connection.send(get("/healthz"))
        for _ in range(10):
            await asyncio.sleep(0.05)
            connection.line.unread -= read
        return connection.line.aborted

    assert run(aborted(0))
    assert not run(aborted(1_000))


def test_a_connection_that_broke_leaves_nothing_behind(gateway: Counting) -> None:
    async def left() -> tuple[set[Any], bool]:
        connection = Connection(gateway)
        connection.protocol.pause_writing()
        connection.send(get() * 3)
        await asyncio.sleep(0.05)
        connection.line.closed = True
        connection.protocol.connection_lost(ConnectionResetError())
        await asyncio.sleep(0.05)
        return connection.state.tasks | connection.state.connections, connection.protocol._timer.cancelled()

    assert run(left()) == (set(), True)


def test_a_client_that_reads_nothing_is_sent_nothing_more(gateway: Counting) -> None:
    async def sizes() -> tuple[int, int]:
        connection = Connection(gateway)
        for _ in range(3):
            await connection.ask(get())
        connection.protocol.pause_writing()
        before = len(connection.line.back)
        connection.send(get())
        await asyncio.sleep(0.05)
        waiting = len(connection.line.back) - before
        connection.protocol.resume_writing()
        await connection.ask()
        return waiting, len(connection.line.back) - before

    waiting, after = run(sizes())
    assert (waiting, after > 0) == (0, True)


# --- WSGI inside ------------------------------------------------------------------------------------------------------


def test_the_application_is_asked_as_wsgi_says(tmp_path: Path) -> None:
    """As the standard library's own checker reads PEP 3333."""
    app = Service(tmp_path).app()
    seen: list[dict[str, Any]] = []

    def told(environ: dict[str, Any], start_response: Any) -> Any:
        seen.append(environ.copy())
        return app.wsgi_app(environ, start_response)

    gateway = Gateway(validator(told))
    cookies = ("Cookie: a", "Cookie: b", "Accept_Encoding: gzip")
    replies = asked(
        gateway, get("/t%C3%A9st/%2F?q=%20x", "Content-Type: a/b", *cookies), get(method="HEAD"), get(method="POST")
    )
    assert [reply[9:12] for reply in replies] == [b"404", b"200", b"405"]
    environ = seen[0]
    assert "HTTP_ACCEPT_ENCODING" not in environ
    assert (environ["PATH_INFO"], environ["QUERY_STRING"]) == ("/t\xc3\xa9st//", "q=%20x")
    assert (environ["CONTENT_TYPE"], environ["HTTP_COOKIE"], environ["HTTP_HOST"]) == ("a/b", "a,b", "a.example")
    assert (environ["SERVER_PORT"], environ["SERVER_PROTOCOL"], environ["REMOTE_ADDR"]) == (
        "8000",
        "HTTP/1.1",
        "127.0.0.1",
    )
