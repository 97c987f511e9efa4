"""HTTP: an Answer and how it becomes a response: validators, coding, caching, CORS (clients.md 4, RFC 9110, 9111).

Its one rule: every header rule stands here once; what a client sends never changes the bytes, only whether they travel.
"""

import gzip
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import cached_property
from urllib.parse import quote

from flask import Request, Response
from werkzeug.datastructures import Headers

FEED_CACHE = "public, max-age=900, stale-while-revalidate=300, stale-if-error=86400"
PAGE_CACHE = "public, max-age=300, stale-while-revalidate=300, stale-if-error=86400"
FAULT_CACHE = "public, max-age=300"
STATIC_CACHE = "public, max-age=31536000, immutable"
NO_CACHE = "no-store"

TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"

ALLOWED = "GET, HEAD, OPTIONS"
LEAST_COMPRESSED = 500
"""Bytes below which coding gains nothing."""

COMMON = (
    ("Vary", "Accept-Encoding"),
    ("X-Content-Type-Options", "nosniff"),
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "ETag, Last-Modified, Link"),
    ("Accept-Ranges", "none"),
)
PREFLIGHT = (
    ("Access-Control-Allow-Methods", ALLOWED),
    ("Access-Control-Allow-Headers", "If-None-Match, If-Modified-Since, Accept, Cache-Control"),
    ("Access-Control-Max-Age", "86400"),
)
CONTENT_POLICY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "img-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
PAGE_SAFETY = (
    ("Content-Security-Policy", "; ".join(f"{what} {whom}" for what, whom in CONTENT_POLICY.items())),
    ("Referrer-Policy", "no-referrer"),
    ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    (
        "Permissions-Policy",
        ", ".join(f"{what}=()" for what in ("camera", "geolocation", "microphone", "payment", "usb")),
    ),
)
DATA_SAFETY = (("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),)
"""For what is no page: nothing in it may run, however it is opened; any site may fetch it (CORS)."""

LONGEST_TARGET = 8_000
"""Characters of path and query: more than any address written here, less than what servers in front let pass."""

NOT_IN_304 = frozenset({"content-type", "content-length", "content-encoding", "content-disposition", "last-modified"})

TAG = re.compile(r'\s*(?:W/)?"?([0-9a-f]{32})(?:[-:;]+(?:gzip|br|gz|df|zstd)[^"]*)?"?\s*', re.IGNORECASE)
"""An entity tag of ours, also as proxies rewrite it: weak, unquoted, with the coding's suffix (clients.md 4.3, 2)."""


@dataclass(frozen=True)
class Answer:
    """A finished representation. `modified` (UTC) is None where only the ETag tells; never a half body."""

    body: bytes
    media_type: str
    status: int = 200
    modified: datetime | None = None
    cache: str = PAGE_CACHE
    headers: tuple[tuple[str, str], ...] = ()
    compressible: bool = True

    @cached_property
    def tag(self) -> str:
        """The opaque part of the ETag: 32 hex digits of the body's SHA-256."""
        return hashlib.sha256(self.body).hexdigest()[:32]

    @cached_property
    def gzipped(self) -> bytes | None:
        """The body in gzip, the same bytes each time; None where that does not pay."""
        if not self.compressible or len(self.body) < LEAST_COMPRESSED:
            return None
        coded = gzip.compress(self.body, 6, mtime=0)
        return coded if len(coded) < len(self.body) else None


def respond(request: Request, answer: Answer) -> Response:
    """The response to a GET or HEAD."""
    body, coding = answer.body, None
    if answer.gzipped is not None and _lists_gzip(request):
        body, coding = answer.gzipped, "gzip"
    headers = Headers(_headers(answer, coding))
    if answer.status == 200 and not_modified(dict(request.headers), answer.tag, answer.modified):
        return Response(status=304, headers=_of_304(headers))
    response = Response(body, status=answer.status, headers=headers)
    response.headers["Content-Length"] = str(len(body))
    return response


def _lists_gzip(request: Request) -> bool:
    """Whether Accept-Encoding names gzip itself: `*` alone is not enough (clients.md 4.4)."""
    return any(coding.lower() in ("gzip", "x-gzip") and quality > 0 for coding, quality in request.accept_encodings)


def _headers(answer: Answer, coding: str | None) -> Iterable[tuple[str, str]]:
    yield "Content-Type", answer.media_type
    yield "Cache-Control", answer.cache
    yield from COMMON
    yield from answer.headers
    yield from PAGE_SAFETY if answer.media_type == HTML else DATA_SAFETY
    if answer.status == 200:
        yield "ETag", f'W/"{answer.tag}"' if coding else f'"{answer.tag}"'
        if answer.modified is not None:
            yield "Last-Modified", format_datetime(answer.modified, usegmt=True)
    if coding:
        yield "Content-Encoding", coding


def _of_304(headers: Headers) -> Headers:
    return Headers([(name, value) for name, value in headers if name.lower() not in NOT_IN_304])


def not_modified(headers: Mapping[str, str], tag: str, modified: datetime | None) -> bool:
    """Whether the client's copy is this one: If-None-Match alone decides where it is sent (RFC 9110 13.2.2)."""
    matched = headers.get("If-None-Match")
    if matched is not None:
        return matched.strip() == "*" or tag in _tags(matched)
    since = headers.get("If-Modified-Since")
    return modified is not None and since is not None and _since(since, modified)


def _tags(header: str) -> set[str]:
    return {found[1].lower() for part in header.split(",") if (found := TAG.fullmatch(part))}


def _since(header: str, modified: datetime) -> bool:
    try:
        instant = parsedate_to_datetime(header)
    except (TypeError, ValueError, IndexError, OverflowError):
        return False
    aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return aware >= modified.replace(microsecond=0)


def options() -> Response:
    """The answer to OPTIONS, CORS preflight included."""
    response = Response(status=204, headers=[("Allow", ALLOWED), *COMMON, *DATA_SAFETY, *PREFLIGHT])
    del response.headers["Content-Type"]  # Flask's own: there is nothing here that has a type
    return response


def refused_method() -> Response:
    """405: everything here is read only."""
    answer = fault(405, f"Only {ALLOWED} are answered here.")
    return Response(answer.body, status=405, headers=[*_headers(answer, None), ("Allow", ALLOWED)])


def refused_target(request: Request) -> Response | None:
    """414 for an address that is too long, before anything is made of it; else None.

    The path counts as it is when encoded anew: not every server tells how it was sent.
    """
    length = len(quote(request.environ.get("PATH_INFO", ""), encoding="latin-1", errors="replace"))
    query = request.environ.get("QUERY_STRING", "")
    if length + bool(query) + len(query) <= LONGEST_TARGET:
        return None
    sentence = f"The address is longer than the {LONGEST_TARGET:,} characters that are read here."
    return respond(request, fault(414, sentence))


def fault(status: int, sentence: str, *, cache: str = FAULT_CACHE, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """A plain sentence instead of a body: never HTML under a feed's address."""
    return Answer(f"{sentence}\n".encode(), TEXT, status=status, cache=cache, headers=headers)


def unavailable(sentence: str) -> Answer:
    """503: the store cannot be read and there is no last good answer."""
    return fault(503, sentence, cache=NO_CACHE, headers=(("Retry-After", "600"),))
