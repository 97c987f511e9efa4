"""Folding: what of a text is compared and looked up — search words, opening words, slugs.

Its one rule: folding goes letter by letter, so that what lies between two ASCII letters is folded alone, and once.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache, partial

HAN_AND_KANA = (
    "\u3005\u3007\u3021-\u3029\u3038-\u303b\u3041-\u309f\u30a0-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U0001aff0-\U0001afff\U0001b000-\U0001b16f\U00020000-\U0003fffd"
)
_CJK = re.compile(f"[{HAN_AND_KANA}]+")
_APOSTROPHES = dict.fromkeys(map(ord, "'‘’‛ʼ＇"))
_SLUG_LIMIT = 80

# ASCII, as the bytes of UTF-8: small letters and digits, a blank for each other one; bytes of other letters stay.
_ASCII = bytes(code if code > 0x7F or chr(code).isalnum() else 0x20 for code in range(256)).lower()
_QUOTES = re.compile(rb"\xe2\x80[\x98\x99\x9b]")  # ‘ ’ ‛
_POINTS = re.compile(rb"\xe2\x80[\x90-\xa7]")  # U+2010 to U+2027, the dashes and quotation marks of books
_SOME_POINT = b"\xe2\x80"
_ASCII_RUN = re.compile("([\x00-\x7f]+)")  # found twice as fast as what lies between them
_NO_WORD = re.compile(r"[\W_]+")
_BYTES = "surrogatepass"
_NEAR = 80
"""How many letters most eight words fit in."""
_REMEMBERED = 16
"""Runs outside ASCII of up to so many letters are folded once: é and “ come again, a page of Chinese does not."""


def words(value: str) -> list[str]:
    """Search words in order: runs of letters and digits after NFKD, case folding and dropping marks.

    Chinese and Japanese characters make runs of their own. A word is its own only word.
    """
    octets = value.encode("utf-8", _BYTES).translate(_ASCII)
    if value.isascii():
        return octets.decode("ascii").split()
    if _SOME_POINT in octets:
        octets = _POINTS.sub(b" ", octets)
    return _in_parts(octets.decode("utf-8", _BYTES), _spaced, _spaced_once).split()


def is_cjk(word: str) -> bool:
    """Whether a word of `words` is a run of Chinese or Japanese characters, which are matched by substring."""
    return bool(_CJK.fullmatch(word))


def folded_beyond_ascii(value: str, spell: Callable[[str], str]) -> str:
    """The text with each run outside ASCII as `words` has it, and in it each run of Chinese or Japanese spelled anew.

    What takes words apart and folds ASCII by itself finds in it the words of `words`.
    """
    return _in_parts(value, partial(_spelled, spell), partial(_spelled_once, spell))


def _spelled(spell: Callable[[str], str], run: str) -> str:
    return _CJK.sub(lambda found: spell(found[0]), _spaced(run))


_spelled_once = lru_cache(maxsize=4096)(_spelled)


def search_text(values: Iterable[str]) -> str:
    """All words, each between blanks: a word occurs iff `f" {word} "` is in it, a CJK run iff the run itself is."""
    return f" {' '.join(words(chr(10).join(values)))} "


def opening_words(value: str, count: int = 8) -> tuple[str, ...]:
    """The first `count` words, apostrophes dropped first: China’s, China's and Chinas open alike."""
    reach = _NEAR
    while reach < len(value):
        found = _opening(value[:reach])
        if len(found) > count:  # only the last of them may have been cut
            return found[:count]
        reach *= 8
    return _opening(value)[:count]


def _opening(value: str) -> tuple[str, ...]:
    return _opening_once(value) if len(value) <= _NEAR else tuple(_bare_words(value))


@lru_cache(maxsize=1024)
def _opening_once(value: str) -> tuple[str, ...]:
    return tuple(_bare_words(value))


@lru_cache(maxsize=1024)
def slug(value: str) -> str:
    """A name for addresses, 1 to 80 characters: words joined by hyphens, letters of every script kept.

    A value without any word gets `x-` and eight hexadecimal digits of its SHA-256, the same ones always.
    """
    composed = (unicodedata.normalize("NFC", word) for word in _bare_words(value))
    digest = hashlib.sha256(value.encode("utf-8", _BYTES)).hexdigest()
    return _hyphened(composed, _SLUG_LIMIT) or f"x-{digest[:8]}"


def ascii_slug(value: str, limit: int) -> str:
    """As `slug`, but of `a-z 0-9 -` only and at most `limit` characters; "" when nothing is left."""
    return _hyphened((re.sub("[^a-z0-9]", "", word) for word in _bare_words(value)), limit)


def _hyphened(parts: Iterable[str], limit: int) -> str:
    joined = ""
    for part in filter(None, parts):
        longer = f"{joined}-{part}" if joined else part[:limit]
        if len(longer) > limit:
            break
        joined = longer
    return joined


def _bare_words(value: str) -> list[str]:
    octets = value.encode("utf-8", _BYTES).translate(_ASCII, b"'")
    if value.isascii():
        return octets.decode("ascii").split()
    if _SOME_POINT in octets:
        octets = _POINTS.sub(b" ", _QUOTES.sub(b"", octets))
    return _in_parts(octets.decode("utf-8", _BYTES), _bare, _bare_once).split()


def _in_parts(value: str, fold: Callable[[str], str], fold_once: Callable[[str], str]) -> str:
    """The text with each run outside ASCII folded."""
    pieces = _ASCII_RUN.split(value)
    pieces[::2] = [fold_once(run) if len(run) <= _REMEMBERED else fold(run) for run in pieces[::2]]
    return "".join(pieces)


def _spaced(run: str) -> str:
    return _in_words(_folded(run))


def _bare(run: str) -> str:
    return _in_words(_folded(run).translate(_APOSTROPHES))


_spaced_once, _bare_once = lru_cache(maxsize=4096)(_spaced), lru_cache(maxsize=4096)(_bare)


def _in_words(folded: str) -> str:
    """Folded text with blanks for all that is no letter or digit, and around Chinese and Japanese."""
    return _CJK.sub(r" \g<0> ", _NO_WORD.sub(" ", folded))


def _folded(value: str) -> str:
    while (once := _folded_once(value)) != value:  # folding can make what decomposes, decomposing what folds
        value = once
    return value


def _folded_once(value: str) -> str:
    letters = unicodedata.normalize("NFKD", value).casefold()
    return "".join(char for char in letters if unicodedata.category(char)[0] != "M")
