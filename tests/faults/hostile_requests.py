"""Requests that no friend sends, as the bytes of a connection each; `REQUESTS` names them all."""

import random
from collections.abc import Iterator
from urllib.parse import quote

from cecc_feeds.query import PARAMETERS

EVIL = "evil.example"
"""Where a reply would have this name, it would have come from the request's own headers."""

PATHS = ("/", "/items", "/events.ics", "/items.json", "/types/hearing", "/feeds/hearings.ics", "/items/hearing-1")

TRAVERSALS = [
    "/../../etc/passwd", "/static/../../../../etc/passwd", "/static/%2e%2e/%2e%2e/config.py",
    "/static/..%2f..%2fcli.py",
    "/static/....//....//etc/passwd", "/static/%252e%252e/x", "/static/..\\..\\x", "/static//etc/passwd",
    "/static/style.css/../../routes.py", "/static/style.css%00.png", "/items/../../../x", "/items/..%00/x",
    "/%2e%2e/%2e%2e/", "/./././items", "//", "///", "//evil.example/..", "/\\evil.example", "/;/items", "/items;x=1",
    "/items/%2F%2Fevil", "/feeds/%2e%2e%2f%2e%2e%2fx.ics", "/static/%c0%ae%c0%ae/x", "/static/con", "/.git/config",
]  # fmt: skip
SPELLINGS = [
    "/%00", "/items/%00", "/items%00.ics", "/%ff", "/types/%ff", "/topics/%c3%28.rss", "/%", "/%4", "/%zz", "/%u0041",
    "/items/%ED%A0%80", "/items/%F4%90%80%80", "/items/%0d%0aX-Injected:%20yes", "/types/%0a", "/items/%09", "/items/ ",
    "/items/" + "%41" * 500, "/items/" + "a" * 7_900, "/items/" + "a" * 9_000, "/items/" + "%e4" * 3_000, "/" * 4_000,
    "/items/" + "a/" * 2_000, "/events/9999-99", "/events/0000-00", "/events/2026-13", "/events/-1-01", "/ITEMS.ICS",
    "/items.ics.ics", "/items.", "/items.ics%20", "/items..json", "/.ics", "/types/.ics", "/feeds/.rss", "/items/.",
]  # fmt: skip
VALUES = [
    "' OR 1=1 --", '"; DROP TABLE item; --', "1 UNION SELECT * FROM entry", "%' AND (SELECT 1)='", "\\", "*",
    "NEAR(a b)",
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "javascript:alert(1)", "{{7*7}}", "${jndi:ldap://x}",
    "%0d%0aSet-Cookie:%20a=b", "%0aX-Injected: yes", "%00", "%ff%fe", "\u202e\u2066", "../../etc/passwd", "-1", "1e999",
    "9" * 400, "NaN", "0x10", "١٢", "+1y", "-36601d", "2026-02-30", "today,today", ",,,,", "a" * 501, "法" * 400,
    "\U0001f600",
]  # fmt: skip
HEADERS = [
    f"Host: {EVIL}", f"Host: {EVIL}:99999", f"Host: user@{EVIL}", "Host: ", "Host: [::1", "Host: a b", "Host: \xff",
    f"X-Forwarded-Host: {EVIL}", f"X-Forwarded-Server: {EVIL}", f"X-Host: {EVIL}", f"Forwarded: host={EVIL};proto=http",
    f"X-Original-URL: http://{EVIL}/", "X-Rewrite-URL: /admin", f"X-Forwarded-Prefix: //{EVIL}",
    f"Referer: http://{EVIL}/",
    f"Origin: http://{EVIL}", "X-Forwarded-Proto: gopher", "X-HTTP-Method-Override: DELETE", "X-Forwarded-For: ' OR 1",
    "Range: bytes=0-0", "Range: bytes=0-,0-,0-", "Range: bytes=-99999999999999999999", "Range: items=1-2",
    "If-Range: x",
    "Accept-Encoding: gzip;q=nan", "Accept-Encoding: gzip;q=-1", "Accept-Encoding: " + "gzip," * 2_000,
    "Accept-Encoding: \xff", "Accept-Encoding: *;q=0", "Accept-Encoding: identity;q=0", "Accept-Encoding: gzip;;;q",
    "If-None-Match: ", 'If-None-Match: "', "If-None-Match: W/W/W/", "If-None-Match: " + '"a",' * 5_000,
    "If-None-Match: \xff", "If-None-Match: *, *", "If-Modified-Since: yesterday", "If-Modified-Since: 0",
    "If-Modified-Since: Thu, 01 Jan 1970 00:00:00 -9999", "If-Modified-Since: Fri, 31 Dec 9999 23:59:60 GMT",
    "If-Modified-Since: " + "9" * 5_000, "If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT", "If-Match: x",
    "Authorization: Basic !!!!", "Authorization: Digest x=", "Authorization: \xff", "Cookie: " + "a=b; " * 3_000,
    "Cookie: \xff=\x01", "Content-Type: multipart/form-data; boundary=", "Content-Type: \xff", "Expect: 100-continue",
    "Expect: x", "Upgrade: websocket", "Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings", "TE: trailers, deflate",
    "Transfer-Encoding: chunked", "Transfer-Encoding: xchunked", "Transfer-Encoding: chunked, identity",
    "Content-Length: -1", "Content-Length: 99999999999999999999", "Content-Length: 5, 6", "Content-Length: x",
    "X: " + "y" * 30_000, "X: " + "y" * 200_000, ": x", "X x: y", "X\x00: y", "X: a\x00b", "X: a\r\n folded", "\xff: x",
    "Max-Forwards: -1", "Via: " + "1.1 x," * 500, "Accept: " + "a/b;q=0.1," * 2_000, "Accept-Language: \xff",
]  # fmt: skip
METHODS = [
    "POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "get", "GETGET", "G" * 5_000, "\xff", "GET\x00",
    "",
]  # fmt: skip
LINES = [
    f"GET http://{EVIL}/items HTTP/1.1", f"GET http://{EVIL}/events.ics HTTP/1.1", f"GET https://{EVIL}:1/ HTTP/1.1",
    f"GET //{EVIL}/items HTTP/1.1", f"CONNECT {EVIL}:443 HTTP/1.1", "OPTIONS * HTTP/1.1", "GET * HTTP/1.1",
    "GET items HTTP/1.1",
    "GET / HTTP/0.9", "GET /", "GET / HTTP/1.0", "GET / HTTP/2.0", "GET / HTTP/9.9", "GET / http/1.1",
    "GET  /  HTTP/1.1",
    "GET /\tHTTP/1.1", "GET / x HTTP/1.1", "GET /#x HTTP/1.1", "GET ?x HTTP/1.1", "GET /items?\x00 HTTP/1.1",
    "GET /\xff HTTP/1.1", "GET / HTTP/1.1 ", "PRI * HTTP/2.0", "\x16\x03\x01\x02\x00\x01", "\x00" * 100, "SSH-2.0-x",
    "",
]  # fmt: skip
SMUGGLED = f"GET /items?q=smuggled HTTP/1.1\r\nHost: {EVIL}\r\n\r\n"
BODIES = [
    ("GET", "Content-Length: 5", "hello"), ("GET", "Content-Length: 5", SMUGGLED), ("HEAD", "Content-Length: 3", "abc"),
    ("POST", "Content-Length: 5\r\nTransfer-Encoding: chunked", f"0\r\n\r\n{SMUGGLED}"),
    ("POST", "Transfer-Encoding: chunked\r\nContent-Length: 5", f"0\r\n\r\n{SMUGGLED}"),
    ("POST", "Content-Length: 5\r\nContent-Length: 6", "helloo"), ("POST",
    "Content-Length: 0\r\nContent-Length: 44", SMUGGLED),
    ("POST", "Transfer-Encoding: chunked\r\nTransfer-Encoding: x", f"0\r\n\r\n{SMUGGLED}"),
    ("POST", "Transfer-Encoding : chunked", f"0\r\n\r\n{SMUGGLED}"), ("POST", "Transfer-Encoding:\x0bchunked",
    "0\r\n\r\n"),
    ("POST", "Transfer-Encoding: chunked", "zz\r\nhello\r\n0\r\n\r\n"), ("POST", "Transfer-Encoding: chunked",
    "5\r\nhel"),
    ("POST", "Transfer-Encoding: chunked", "ffffffffffffffffff\r\nx"), ("POST", "Transfer-Encoding: chunked",
    "5;x\r\nhello"),
    ("POST", "Content-Length: 100000000", "only a little"), ("PUT", "Content-Length: 1000000", "x" * 1_000_000),
    ("GET", "Transfer-Encoding: chunked", f"0\r\n\r\n{SMUGGLED}"), ("OPTIONS", "Content-Length: 5", "hello"),
    ("POST", "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 8", "q=smuggl"),
]  # fmt: skip


def request(target: str, *headers: str, method: str = "GET", body: str = "") -> bytes:
    own = [] if any(header.lower().startswith("host:") for header in headers) else ["Host: localhost"]
    return raw(f"{method} {target} HTTP/1.1", *own, *headers, body=body)


def raw(line: str, *headers: str, body: str = "") -> bytes:
    return "\r\n".join([line, *headers, "Connection: close", "", body]).encode("latin-1", "replace")


def requests() -> Iterator[bytes]:
    chance = random.Random(300)
    yield from (request(target) for target in (*TRAVERSALS, *SPELLINGS))
    for number, value in enumerate(VALUES):
        named = (PARAMETERS[number % len(PARAMETERS)], "q", "type", "topic")
        for name in dict.fromkeys(named):
            yield request(f"{chance.choice(PATHS)}?{name}={quote(value, safe='%')}")
    yield from (request(chance.choice(PATHS), header) for header in HEADERS)
    yield from (request(chance.choice(PATHS), method=method) for method in METHODS)
    yield from (raw(line, "Host: localhost") for line in LINES)
    yield from (request("/items.json", header, method=method, body=body) for method, header, body in BODIES)
    yield from (request(f"/events.ics?{pairs}") for pairs in FLOODS)
    yield request("/items", *(f"X-{number}: {'z' * 50}" for number in range(90)))
    yield request("/items", *(f"X-{number}: z" for number in range(5_000)))
    yield raw("GET /items HTTP/1.1", "Host: a", f"Host: {EVIL}")
    yield raw("GET /items HTTP/1.1")


FLOODS = [
    "limit=5000&" * 300, "limit=1&" * 700, "&".join(f"x{number}=1" for number in range(1_000)), "q=a&" * 1_500,
    "&" * 5_000,
    "=" * 5_000, "type=" + "a," * 3_000, "type=a&" * 1_000, "page=" + "9" * 5_000, "x=" + "y" * 60_000,
    "x=" + "y" * 300_000,
    "limit[]=1&limit[a]=2", "limit=1;limit=2", "q=%", "q=%4", "%=%", "q=" + "%41" * 2_500, "q=\x00", "?" * 500,
    "/" * 500,
]  # fmt: skip

REQUESTS = list(requests())
