"""Codings: which of them a client takes, and a body in it.

Its one rule: the same body gives the same bytes, whenever and wherever; so the level hangs on its length alone.
"""

import zlib
from collections.abc import Callable

import brotli
import deflate
from werkzeug.http import parse_accept_header

LEAST_CODED = 500
"""Bytes below which coding gains nothing."""

LARGE = 256 * 1024
"""Bytes above which coding quickly counts for more: whoever asks next waits for it."""


def _br(body: bytes) -> bytes:
    coded: bytes = brotli.compress(body, quality=6 if len(body) <= LARGE else 5)
    return coded


def _gzip(body: bytes) -> bytes:
    return bytes(deflate.gzip_compress(body, 6 if len(body) <= LARGE else 1))


CODINGS: dict[str, Callable[[bytes], bytes]] = {"br": _br, "gzip": _gzip}
"""By the name in Content-Encoding, the one that makes less of a body first."""


def _ungzip(body: bytes) -> bytes:
    return zlib.decompress(body, wbits=16 + zlib.MAX_WBITS)


DECODINGS: dict[str, Callable[[bytes], bytes]] = {"br": brotli.decompress, "gzip": _ungzip}
"""Back again, for bodies of our own."""

PLAIN = ""
"""The name of no coding at all."""

ALIASES = {"x-gzip": "gzip"}


def chosen(accept: str) -> str:
    """The coding for an Accept-Encoding: the best liked of those that it names, else none.

    `*` names none (clients.md 4.4), and who would rather have none gets what it takes as well: it is less to send.
    """
    liked = {ALIASES.get(name.lower(), name.lower()): quality for name, quality in parse_accept_header(accept)}
    taken = [name for name in CODINGS if liked.get(name, 0) > 0]
    return max(taken, key=lambda name: liked[name], default=PLAIN)
