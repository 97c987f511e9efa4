"""HTTP: an Answer and how it becomes a response: validators, coding, caching, CORS (clients.md 4, RFC 9110, 9111).

Its one rule: every header rule stands here once; what a client sends never changes the bytes, only whether they travel.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import parse_qsl, quote

import xxhash
from flask import Request, Response
from werkzeug.http import HTTP_STATUS_CODES

from cecc_feeds.query import PARAMETERS
from cecc_feeds.web.coding import CODINGS, DECODINGS, LEAST_CODED, PLAIN, chosen

FEED_CACHE = "public, max-age=900, stale-while-revalidate=300, stale-if-error=86400"
PAGE_CACHE = "public, max-age=300, stale-while-revalidate=300, stale-if-error=86400"
FAULT_CACHE = "public, max-age=300"
STATIC_CACHE = "public, max-age=31536000, immutable"
NO_CACHE = "no-store"

TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"

ALLOWED = "GET, HEAD, OPTIONS"
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


def _policy(directives: Mapping[str, str]) -> tuple[str, str]:
    return "Content-Security-Policy", "; ".join(f"{what} {whom}" for what, whom in directives.items())


CONTENT_POLICY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "img-src": "'self'",
    "script-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
PAGE_SAFETY = (
    _policy(CONTENT_POLICY),
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

FRAMED_POLICY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "script-src": "'self'",
    "form-action": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "*",
}
FRAMED_SAFETY = (
    _policy(FRAMED_POLICY),
    *(header for header in PAGE_SAFETY if header[0] in ("Referrer-Policy", "Permissions-Policy")),
)
"""For a page that is made to stand in pages of others: any of them may frame it."""

ASKED = (*PARAMETERS, "url", "theme", "format", "maxwidth", "maxheight")
"""The names of all parameters that any address here reads: an answer hangs on its path and these, and on no other."""

LONGEST_TARGET = 8_000
"""Characters of path and query: more than any address written here, less than what servers in front let pass."""

NOT_IN_304 = frozenset(
    ("content-type", "content-length", "content-encoding", "content-disposition", "last-modified", "accept-ranges",
     "x-content-type-options")
)  # fmt: skip
"""What whoever asks again has, and no cache has to renew (RFC 9110 15.4.5); each header more costs one or two
hundredths of all that a 304 takes."""

TAG = re.compile(r'\s*(?:W/)?"?([0-9a-f]{32})(?:[-:;]+(?:gzip|br|gz|df|zstd)[^"]*)?"?\s*', re.IGNORECASE)
"""An entity tag of ours, also as proxies rewrite it: weak, unquoted, with the coding's suffix (clients.md 4.3, 2)."""


@dataclass(frozen=True)
class Answer:
    """A finished representation. `modified` (UTC) is None where only the ETag tells; never a half body.

    `framed`: a page that other sites may frame.
    """

    body: bytes
    media_type: str
    status: int = 200
    modified: datetime | None = None
    cache: str = PAGE_CACHE
    headers: tuple[tuple[str, str], ...] = ()
    compressible: bool = True
    framed: bool = False


Head = list[tuple[str, str]]


@dataclass(slots=True)
class Form:
    """An answer in one coding; `used`: it was sent since room was last looked for."""

    head: Head
    body: bytes
    used: bool = False

    @property
    def weight(self) -> int:
        """About how many bytes it holds."""
        return len(self.body) + 150 * len(self.head) + sum(len(value) for _, value in self.head)


class Prepared:
    """An answer made ready to be sent any number of times, its body in the codings asked for so far.

    By coding: `forms` of the whole answer, of which all but one may leave, and `unchanged`, the head of a 304. `tags`
    are the entity tags it is sent under, `places` counts the addresses that it is kept at.
    """

    __slots__ = (
        "_coded", "_modified", "_plain", "_since", "_tag", "forms", "lasting", "ok", "page", "places", "status", "tags",
        "unchanged",
    )  # fmt: skip

    def __init__(self, answer: Answer) -> None:
        self._tag = xxhash.xxh3_128_hexdigest(answer.body)
        self._modified = answer.modified
        self._since = None if answer.modified is None else format_datetime(answer.modified, usegmt=True)
        self.ok = answer.status == 200
        self.places = 0
        self.lasting = answer.cache != NO_CACHE
        self.page = answer.media_type == HTML
        self.status = f"{answer.status} {HTTP_STATUS_CODES[answer.status].upper()}"
        self.tags = frozenset((f'"{self._tag}"', f'W/"{self._tag}"') if self.ok else ())
        plain = list(_head(answer, f'"{self._tag}"', self._since))
        self._coded = [(name, f'W/"{self._tag}"') if name == "ETag" else (name, value) for name, value in plain]
        self._plain = [*plain, ("Content-Length", str(len(answer.body)))]
        whole = Form(self._plain, answer.body)
        self.forms = {PLAIN: whole}
        if not answer.compressible or len(answer.body) < LEAST_CODED:
            self.forms |= dict.fromkeys(CODINGS, whole)
            self._coded = plain
        self.unchanged = {PLAIN: _of_304(plain), **dict.fromkeys(CODINGS, _of_304(self._coded))}

    @property
    def content(self) -> tuple[str, ...]:
        """What two answers have in common that are the same."""
        return (self.status, self._tag, *(value for _, value in self._plain))

    def form(self, coding: str) -> Form:
        """The whole answer in a coding."""
        return self.forms.get(coding) or self.code(coding)

    def code(self, coding: str) -> Form:
        """The whole answer, coded anew: from the plain body or, where that left, from one that is coded."""
        held, form = next(iter([*self.forms.items()]))  # the first to come, mostly the plain one
        plain = form.body if held == PLAIN else DECODINGS[held](form.body)
        if coding == PLAIN:
            return Form(self._plain, plain)
        body = CODINGS[coding](plain)
        return Form([*self._coded, ("Content-Encoding", coding), ("Content-Length", str(len(body)))], body)

    def is_with(self, match: str | None, since: str | None) -> bool:
        """Whether the client holds this very answer already, by its If-None-Match and If-Modified-Since."""
        if match is None and since is None:
            return False
        if match in self.tags or (match is None and since == self._since):
            return True
        return self.ok and not_modified(match, since, self._tag, self._modified)


def respond(request: Request, prepared: Prepared) -> Response:
    """The response to a GET or HEAD."""
    coding = chosen(request.headers.get("Accept-Encoding", ""))
    if prepared.is_with(request.headers.get("If-None-Match"), request.headers.get("If-Modified-Since")):
        return Response(status=304, headers=prepared.unchanged[coding])
    form = prepared.form(coding)
    return Response(form.body, status=prepared.status, headers=form.head)


def _head(answer: Answer, tag: str, modified: str | None) -> Iterator[tuple[str, str]]:
    yield "Content-Type", answer.media_type
    yield "Cache-Control", answer.cache
    yield from COMMON
    yield from answer.headers
    yield from _safety(answer)
    if answer.status == 200:
        yield "ETag", tag
        if modified is not None:
            yield "Last-Modified", modified


def _safety(answer: Answer) -> tuple[tuple[str, str], ...]:
    if answer.media_type != HTML:
        return DATA_SAFETY
    return FRAMED_SAFETY if answer.framed else PAGE_SAFETY


def _of_304(head: Head) -> Head:
    """What a 304 repeats: a page's policy, but not that of a body in which nothing runs anyway."""
    return [header for header in head if header[0].lower() not in NOT_IN_304 and header not in DATA_SAFETY]


def arguments(query: str) -> dict[str, list[str]]:
    """The parameters of a QUERY_STRING, names to values; whatever octets it has."""
    sent = query.encode("latin-1", "replace").decode(errors="replace")
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(sent, keep_blank_values=True, errors="werkzeug.url_quote"):
        found.setdefault(name, []).append(value)
    return found


def not_modified(match: str | None, since: str | None, tag: str, modified: datetime | None) -> bool:
    """Whether the client's copy is this one: If-None-Match alone decides where it is sent (RFC 9110 13.2.2)."""
    if match is not None:
        return match.strip() == "*" or tag in _tags(match)
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
    return Response(answer.body, status=405, headers=[*_head(answer, "", None), ("Allow", ALLOWED)])


def refused_target(request: Request) -> Response | None:
    """414 for an address that is too long, before anything is made of it; else None.

    The path counts as it is when encoded anew: not every server tells how it was sent.
    """
    length = len(quote(request.environ.get("PATH_INFO", ""), encoding="latin-1", errors="replace"))
    query = request.environ.get("QUERY_STRING", "")
    if length + bool(query) + len(query) <= LONGEST_TARGET:
        return None
    sentence = f"The address is longer than the {LONGEST_TARGET:,} characters that are read here."
    return respond(request, Prepared(fault(414, sentence)))


def fault(status: int, sentence: str, *, cache: str = FAULT_CACHE, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """A plain sentence instead of a body: never HTML under a feed's address."""
    return Answer(f"{sentence}\n".encode(), TEXT, status=status, cache=cache, headers=headers)


def unavailable(sentence: str) -> Answer:
    """503: the store cannot be read and there is no last good answer."""
    return fault(503, sentence, cache=NO_CACHE, headers=(("Retry-After", "600"),))
