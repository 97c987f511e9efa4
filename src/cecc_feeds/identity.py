"""The id of a record, and the keys by which two records are known to be one item.

Its one rule: the same record always gets the same id and keys, on every machine and in every version; ids are UIDs.
"""

import hashlib
import re
from datetime import UTC, date, datetime
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from cecc_feeds import text
from cecc_feeds.errors import RecordError
from cecc_feeds.model import Item

ID_LENGTH = 120
"""Made ids stay below this, so that addresses and UIDs stay short; a longer one is cut and marked with a digest."""

ARCHIVES = re.compile(
    r"^(?:www\.webharvest\.gov/[^/]+/\d{14}|webarchive\.library\.unt\.edu/[^/]+/\d{14}|web\.archive\.org/web/\d{14}[a-z_]*)"
    r"/(?=https?:/)",
    re.IGNORECASE,
)
"""Copies of a page in web archives: the original's address follows the prefix."""


PLAIN = re.compile(r"https?://(?:www\.)?+(?P<host>[a-z0-9.-]++)(?P<path>(?:/[A-Za-z0-9._~!$&'()*+,;=@-]++)*+)/?+")
"""Addresses whose host and path are said as `address` says them; one with a colon may lead into an archive."""
PLAIN_PATH = re.compile("(?:/[a-z0-9]++(?:-[a-z0-9]++)*+)+")
"""Paths that are ids as soon as dots stand for slashes."""


@lru_cache(maxsize=1024)
def address(url: str) -> tuple[str, str]:
    """(host, path with query) of an address, normalised so that two spellings of one page agree.

    Scheme, case of the host, `www.`, a default port, percent-encoding, a trailing slash, `page=0`, the order of
    parameters, fragments and web-archive prefixes don't matter (interface.md, "id"; RFC 3986 6.2).
    """
    plain = PLAIN.fullmatch(url)
    return (plain["host"], plain["path"]) if plain else _spelled_out(url)


def _spelled_out(url: str) -> tuple[str, str]:
    original = _archived(url)
    if original:
        return address(original)
    split = urlsplit(url)
    host = (split.hostname or "").removeprefix("www.")
    port = f":{split.port}" if split.port not in (None, 80, 443) else ""
    pairs = parse_qsl(split.query, keep_blank_values=True, errors=BYTES)
    kept = sorted(pair for pair in pairs if pair != ("page", "0"))
    path = re.sub(r"/{2,}", "/", unquote(split.path, errors=BYTES)).rstrip("/")
    return host + port, path + (f"?{urlencode(kept, errors=BYTES)}" if kept else "")


BYTES = "surrogateescape"
"""How bytes that are not UTF-8 are read and written: the GBK of old Chinese addresses stays distinct."""


def _archived(url: str) -> str | None:
    """The address that a web archive's copy names, None where it is none or names nothing that can be read."""
    bare = url.partition("://")[2]
    prefix = ARCHIVES.match(bare)
    if prefix is None:
        return None
    try:
        return text.safe_url(re.sub(r"^(https?:)/+", r"\1//", bare[prefix.end() :], flags=re.IGNORECASE))
    except RecordError:
        return None


def identify(item: Item) -> Item:
    """The item with its id: its own, else the one made from its url, else from type, date and opening words."""
    return item if item.id else item.model_copy(update={"id": made_id(item)})


def made_id(item: Item) -> str:
    """The id that a record without one gets: 1 to 120 of `a-z 0-9 - . _`."""
    path = address(item.url)[1] if item.url else ""
    return _from_path(path) if path else _from_words(item)


def has_own_id(item: Item) -> bool:
    """Whether the id was given by the record, not made from it."""
    return bool(item.id) and item.id != made_id(item)


def _from_path(path: str) -> str:
    if len(path) <= ID_LENGTH and PLAIN_PATH.fullmatch(path):
        return path[1:].replace("/", ".")
    return _from_any_path(path)


def _from_any_path(path: str) -> str:
    readable = ".".join(text.ascii_slug(part, 200) for part in path.strip("/").split("/"))
    lossless = path.strip("/") == readable.replace(".", "/")
    return _bounded(readable, path, marked=not lossless)


def _from_words(item: Item) -> str:
    opening = text.opening_words(item.title or item.summary or "")
    named, said = text.ascii_slug(item.type, 40), text.ascii_slug(" ".join(opening), 200)
    readable = "-".join(filter(None, (named, _date_key(item), said)))
    lossless = (named, said) == (item.type_slug, "-".join(opening))
    return _bounded(readable, "\n".join((item.type_slug, _date_key(item), *opening)), marked=not lossless)


def _date_key(item: Item) -> str:
    """The published day, else the event's: an id must not move when the event does."""
    when = item.published if item.published is not None else item.event.start if item.event else None
    return (when.date() if isinstance(when, datetime) else when or date.min).isoformat()


def _bounded(readable: str, whole: str, *, marked: bool) -> str:
    """The readable form, with a digest of the whole where it lost something."""
    if not marked and readable and len(readable) <= ID_LENGTH:
        return readable
    digest = hashlib.sha256(whole.encode(errors=BYTES)).hexdigest()[:10]
    return f"{readable[: ID_LENGTH - 11].strip('-.')}-{digest}".lstrip("-")


def keys(item: Item) -> tuple[str, ...]:
    """Digests any of which, shared, makes two records one item: by address; by type, start (else date), eight words.

    Title and summary each give a key, so that a record which later gains its title is still known by its summary.
    """
    found = [address_key(item.url)] if item.url and address(item.url)[1] else []
    beginning = f"words\n{item.type_slug}\n{_when(item)}\n"
    openings = [text.opening_words(part) for part in (item.title, item.summary) if part]
    found += [_key(beginning + "\n".join(opening)) for opening in openings if opening]
    return tuple(found)


def address_key(url: str) -> str:
    """The key by which all spellings of an address agree."""
    return _key(f"address\n{'/'.join(address(url))}")


def _key(words: str) -> str:
    return hashlib.sha256(words.encode("utf-8", BYTES)).hexdigest()[:32]


def same_day(one: Item, other: Item) -> bool:
    """Whether both name the same event start, else the same published day: what tells the days of one hearing apart."""
    return _when(one) == _when(other)


def titled_apart(one: Item, other: Item) -> bool:
    """Whether titles tell two items apart whose texts open alike, as press releases do: both have one, and neither
    titles nor addresses agree."""
    if not one.title or not other.title or (one.url and other.url and address(one.url) == address(other.url)):
        return False
    return text.opening_words(one.title) != text.opening_words(other.title)


def named_apart(one: Item, other: Item) -> bool:
    """Whether nothing but opening words of their texts speaks for one item: titles differ, and addresses or own ids."""
    return titled_apart(one, other) and bool(
        (one.url and other.url) or (has_own_id(one) and has_own_id(other) and one.id != other.id)
    )


def _when(item: Item) -> str:
    if item.event is None:
        return _date_key(item)
    start = item.event.start
    return start.astimezone(UTC).isoformat() if isinstance(start, datetime) else start.isoformat()
