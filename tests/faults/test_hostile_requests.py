"""A real server under hostile requests: no fault of ours, nothing of theirs in a reply, and friends are served."""

import re
import socket
import time
from contextlib import suppress

import pytest

from tests.faults.conftest import Figure
from tests.faults.hostile_requests import EVIL, REQUESTS, request
from tests.service import BASE_URL, Service, numbered, record
from tests.test_serving import SOON, Running, serving

PATIENCE = 0.5
"""Seconds to wait for the reply to a request that is not complete."""


def sent(server: Running, *parts: bytes, patience: float = PATIENCE) -> bytes:
    """All that comes back on a connection of its own."""
    reply = b""
    with suppress(OSError), socket.create_connection(("127.0.0.1", server.port), timeout=patience) as connection:
        with suppress(OSError):
            for part in parts:
                connection.sendall(part)
        while received := connection.recv(65536):
            reply += received
    return reply


def statuses(reply: bytes) -> list[int]:
    """Of every answer in a reply."""
    return [int(status) for status in re.findall(rb"(?:\A|\n|})HTTP/1\.[01] (\d{3}) ", reply)]


def heads(reply: bytes) -> str:
    return "\n".join(part.partition(b"\r\n\r\n")[0].decode("latin-1") for part in re.split(rb"(?=HTTP/1\.1 )", reply))


@pytest.fixture
def stocked(service: Service) -> Service:
    service.publish(record(), *(numbered(number) for number in range(2, 30)))
    return service


def test_hostile_requests_are_refused_or_answered_and_friends_are_served_on(stocked: Service, figure: Figure) -> None:
    assert len(REQUESTS) >= 300
    counted: dict[str, int] = {}
    with serving(stocked, "--no-import") as server:
        before = {target: server.body(target) for target in ("/", "/events.ics", "/items.json")}
        slow = [slowly(server, part) for part in (b"", b"G", b"GET /items HTTP/1.1\r\nHost: a\r\nX: ")]
        for asked in REQUESTS:
            begun = time.monotonic()
            reply = sent(server, asked)
            assert time.monotonic() - begun < 2 + PATIENCE, asked[:200]
            found = statuses(reply)
            assert max(found, default=0) < 500, (asked[:200], reply[:200])
            assert not re.search(r"(?im)^(set-cookie|x-injected|location):", heads(reply)), asked[:200]
            assert EVIL.encode() not in reply, asked[:200]
            assert b"Traceback" not in reply
            name = str(found[0]) if found else "closed"
            counted[name] = counted.get(name, 0) + 1
        assert {target: server.body(target) for target in before} == before
        ended = [wait_for_end(connection) for connection in slow]
        assert server.process.poll() is None
        told = server.errors.read_text()
    assert re.findall(r"(?i)traceback|panic|exception", told) == []
    summary = ", ".join(f"{name}: {number}" for name, number in sorted(counted.items()))
    figure(f"{len(REQUESTS)} hostile requests ({summary}), 0 5xx; slow heads ended after {max(ended):.1f} s")


def slowly(server: Running, part: bytes) -> tuple[socket.socket, float]:
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=SOON)
    connection.sendall(part)
    return connection, time.monotonic()


def wait_for_end(slow: tuple[socket.socket, float]) -> float:
    """How many seconds the server waited for the rest of a request's head."""
    connection, begun = slow
    with connection, suppress(ConnectionResetError):
        while connection.recv(65536):
            pass
    return time.monotonic() - begun


def test_an_address_that_is_too_long_is_refused_in_one_sentence(stocked: Service) -> None:
    with serving(stocked, "--no-import") as server:
        for target in ("/" + "x" * 8_000, "/events.ics?x=" + "y" * 8_000, "/events.ics?" + "limit=1&" * 1_001):
            answer = server.get(target)
            assert (answer.status, answer.text) == (
                414,
                "The address is longer than the 8,000 characters that are read here.\n",
            )


def test_a_head_that_is_too_large_is_refused_without_reading_it_all(stocked: Service) -> None:
    with serving(stocked, "--no-import") as server:
        allowed = sent(server, request("/events.ics", "X: " + "y" * 40_000), patience=SOON)
        refused = sent(server, request("/events.ics", "X: " + "y" * 300_000))
        assert (statuses(allowed), statuses(refused)) in (([200], [431]), ([200], []))


@pytest.mark.parametrize("method", ["POST", "GET", "PUT"])
def test_a_body_is_not_waited_for(stocked: Service, method: str) -> None:
    """Its sender would keep the one that answers from everybody else."""
    with serving(stocked, "--no-import") as server:
        head = request("/events.ics", "Content-Length: 50000000", method=method)
        begun = time.monotonic()
        with socket.create_connection(("127.0.0.1", server.port), timeout=SOON) as connection:
            connection.sendall(head)
            first = connection.recv(65536)
            seconds = time.monotonic() - begun
            assert server.get("/healthz").status == 200
        assert statuses(first) == [200 if method == "GET" else 405]
        assert seconds < 2


def test_what_a_request_says_of_its_host_is_in_no_link(stocked: Service) -> None:
    with serving(stocked, "--no-import") as server:
        for target in ("/", "/items", "/items.atom", "/items.json", "/events.ics", "/items/hearing-1"):
            plain = sent(server, request(target), patience=SOON)
            for spelling in (target, f"http://{EVIL}{target}"):
                forged = sent(server, request(spelling, f"Host: {EVIL}", f"X-Forwarded-Host: {EVIL}"), patience=SOON)
                assert dateless(forged) == dateless(plain)
            assert EVIL.encode() not in plain
            assert BASE_URL.encode() in plain


def dateless(reply: bytes) -> bytes:
    return re.sub(rb"(?i)\ndate: [^\r]*\r", b"\n\r", reply)
