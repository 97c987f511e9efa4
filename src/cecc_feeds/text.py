"""Text, cleaned once at the door: control characters, newlines, markup, addresses; and `folding`, given on.

One rule: everything here is pure, and doing it twice is doing it once, so a stored text is never cleaned again.
Which characters go and why: clients.md 2.1 rule 3 (one control character makes lxml refuse a whole feed).
"""

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Iterator
from html import escape, unescape
from html.entities import html5
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

import nh3
from lxml import etree
from lxml.html import HtmlElement

from cecc_feeds.errors import RecordError
from cecc_feeds.folding import (
    HAN_AND_KANA,
    ascii_slug,
    folded_beyond_ascii,
    is_cjk,
    opening_words,
    search_text,
    slug,
    words,
)

__all__ = [
    "ascii_slug", "clean_line", "clean_text", "door_line", "door_text", "element_text", "folded_beyond_ascii",
    "is_cjk", "opening_words", "plain", "quoted", "safe_html", "safe_url", "search_text", "shorten", "slug",
    "text_to_html", "words",
]  # fmt: skip

_DELETED = (
    *range(0x20), *range(0x7F, 0xA0), 0xAD, 0x200B, 0xFEFF,  # controls, soft hyphen, zero width space, BOM
    *range(0x202A, 0x202F), *range(0x2066, 0x206A),  # bidi controls: they can make a text read as another
    *range(0xFDD0, 0xFDF0), *(plane + end for plane in range(0, 0x110000, 0x10000) for end in (0xFFFE, 0xFFFF)),
)  # fmt: skip
_CLEANED: dict[int, str | None] = (
    dict.fromkeys(_DELETED)
    | dict.fromkeys((0x0A, 0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029), "\n")
    | dict.fromkeys((0x09, 0x20, 0xA0, 0x202F), " ")
    | dict.fromkeys(range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}")
)

# Letters that stay as they are wherever they stand: ASCII, Latin, the punctuation of books, Chinese, kana, Hangul, full
# and half width. No deletion, no composition and no white space but the blank touches a text of these alone.
_LASTING = (
    " -~\xa1-\xac\xae-\u02ff\u2010-\u2027\u2030-\u205e\u3001-\u3029\u3041-\u3098\u309b-\u30ff"
    "\u4e00-\u9fff\uac00-\ud7a3\uff01-\uffdc"
)
_LASTING_TEXT = re.compile(rf"(?![ \n])[\n{_LASTING}]*+(?<![ \n])")
_LASTING_LINE = re.compile(rf"(?! )[{_LASTING}]*+(?<! )")

# What an element does to the lines of a text: marks that no cleaned text can hold.
_LINE, _PARAGRAPH, _BREAK, _BULLET = "\x01", "\x02", "\x03", "\x04"
_EFFECTS = {
    _PARAGRAPH: "p h1 h2 h3 h4 h5 h6 blockquote pre",
    _LINE: "address article aside body caption center dd details dialog dir div dl dt fieldset figcaption figure footer"
    " form frame frameset header hgroup hr html legend main menu nav ol optgroup option search section select summary"
    " table tbody tfoot thead title tr ul",
    _BREAK: "br",
    _BULLET: "li",
    " ": "td th",
    "": "a abbr acronym area audio b base basefont bdi bdo big button canvas cite code col colgroup data datalist del"
    " dfn em embed font head i iframe img input ins kbd label link map mark meta meter nobr noframes noscript object"
    " output param picture progress q rp rt ruby s samp script slot small source span strike strong style sub sup"
    " svg template textarea time track tt u var video wbr",
}
_MARKS = {name: mark for mark, names in _EFFECTS.items() for name in names.split()}
_END_MARKS = _MARKS | {"br": "", "li": _LINE}
_UNSEEN = frozenset({"head", "noscript", "script", "style", "template"})
_ROUNDS = 5

_NAME = rf"(?P<name>{'|'.join(sorted(_MARKS, key=len, reverse=True))})"
_ATTRIBUTE = r"""\s++[a-z][\w:.-]*+\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'<>`]++)"""
_HTML = re.IGNORECASE | re.ASCII  # HTML's own idea of letters and white space
_CUT_OFF = r"\s++[a-z][\w:.-]*+\s*+=[^<>\n]*\Z"  # the last tag of a text that was cut
_TAG = re.compile(rf"<(?P<end>/?){_NAME}(?:(?:{_ATTRIBUTE})*+\s*+/?>|{_CUT_OFF})", _HTML)
_TAG_OR_COMMENT = re.compile(_TAG.pattern + "|<!--", _HTML)
_ELEMENT = re.compile("</?([A-Za-z][A-Za-z0-9]*+)")  # whatever `_TAG` finds has such a beginning
_COMMENT = "!--"
_ENDS = {_COMMENT: re.compile("-->")} | {name: re.compile(rf"</{name}\s*>", _HTML) for name in _UNSEEN}
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]*);")
_SPACE = re.compile(r"\s")
_LINE_END = re.compile(rf"[ \n]*[{_LINE}-{_BULLET}][ \n{_LINE}-{_BULLET}]*")

_URL_LIMIT = 2000
_HOST_LIMIT = 253
_LINK_SCHEMES = ("http", "https", "mailto")
_PATH_SAFE = "/:@!$&'()*+,;=~"
_QUERY_SAFE = _PATH_SAFE + "?"
_ESCAPED_BYTE = re.compile("(%[0-9A-Fa-f]{2})")
_LASTING_URL = re.compile(
    r"(https?)://[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*+"
    r"(?:/P*+)?(?:\?(?:P|\?)++)?(?:#(?:P|\?)++)?".replace("P", r"(?:[A-Za-z0-9_.~/:@!$&'()*+,;=-]++|%[0-9A-F]{2})")
)
"""Addresses that encoding leaves as they are."""
_HOST = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?")
_BARE_URL = re.compile(rf"https?://[^\s<>\"“”«»\u3000-\u303f\uff00-\uffef{HAN_AND_KANA}]+", re.IGNORECASE)
_CLOSERS = {")": "(", "]": "[", "}": "{"}
_SAFE_TAGS = set(
    "p br hr b strong i em u s sub sup a ul ol li dl dt dd blockquote h3 h4 h5 h6 code pre"
    " table caption thead tbody tfoot tr th td".split()
)
_SAFE_ATTRIBUTES = {"a": {"href", "rel"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan", "scope"}}


def clean_text(value: str) -> str:
    """Text of any number of lines, as clients.md 2.1 rule 3 wants it: NFC, LF, paragraphs parted by one blank line.

    Markup is not looked at; see `door_text`.
    """
    if _LASTING_TEXT.fullmatch(value) and " \n" not in value and "\n\n\n" not in value:
        return value
    return _cleaned(value)


def _cleaned(value: str) -> str:
    value = value.replace("\r\n", "\n").translate(_CLEANED)
    value = unicodedata.normalize("NFC", value)  # after the deletions: they can bring a letter and its mark together
    value = "\n".join(line.rstrip() for line in value.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", value).strip()


def clean_line(value: str) -> str:
    """Text of one line: `clean_text`, then every run of white space is one space."""
    if _LASTING_LINE.fullmatch(value) and "  " not in value:
        return value
    return " ".join(_cleaned(value).split())


def door_text(value: str) -> str:
    """Clean plain text of any number of lines from text or HTML: what a multi-line field of a record keeps."""
    return _without_markup(value, clean_text)


def door_line(value: str) -> str:
    """Clean plain text of one line from text or HTML: what a title, place or name keeps."""
    if _LASTING_LINE.fullmatch(value) and "  " not in value and "<" not in value:
        return value
    return _without_markup(value, clean_line)


def plain(value: str) -> str:
    """Clean plain text if `value` holds a tag of a known HTML element; else `value`, not one character changed.

    `a<b and b>c`, `AT&T <x>` and `R&amp;D` alone are text, not HTML (F24, F49).
    """
    return _without_markup(value, clean_text) if _TAG.search(value) else value


def quoted(value: str) -> str:
    """`value` between quotation marks, fit for an error's sentence: one clean line of at most 100 characters."""
    return f'"{shorten(clean_line(value), 100)}"'


def _without_markup(value: str, clean: Callable[[str], str]) -> str:
    value = clean(value)
    for _ in range(_ROUNDS):
        if not _may_hold_tags(value) or not _TAG.search(value):
            return value
        value = clean(_text_of_markup(value))
    return re.sub("<(?=[A-Za-z/])", "< ", value)  # markup escaped over and over: what is left can't be a tag


def _may_hold_tags(value: str) -> bool:
    return "<" in value and any(name.lower() in _MARKS for name in _ELEMENT.findall(value))


def element_text(element: HtmlElement) -> str:
    """Visible text of a parsed element (without its tail), in lines and paragraphs as a browser would copy it."""
    return clean_text(_laid_out("".join(_marked_nodes(element))))


def _marked_nodes(element: HtmlElement) -> Iterator[str]:
    walk = etree.iterwalk(element, events=("start", "end", "comment", "pi"))
    preformatted = 0
    for event, node in walk:
        name = node.tag if isinstance(node.tag, str) else ""
        preformatted += (name == "pre") * (1 if event == "start" else -1)
        if event != "start":
            yield _END_MARKS.get(name, "") + ("" if node is element else _node_text(node.tail, preformatted))
        elif name in _UNSEEN or "hidden" in node.attrib:
            walk.skip_subtree()  # its end still comes
        else:
            yield _MARKS.get(name, "") + _node_text(node.text, preformatted)


def _node_text(value: str | None, preformatted: int) -> str:
    kept = (value or "").replace("\r\n", "\n").translate(_CLEANED)
    return kept.replace("\n", _BREAK) if preformatted else re.sub(r"[ \n]+", " ", kept)


def _text_of_markup(value: str) -> str:
    """One round: tags become lines, each entity reference is decoded once. `value` is clean, so it holds no marks."""
    marked = _laid_out("".join(_marked_pieces(value)))
    return _ENTITY.sub(_decoded, marked)


def _marked_pieces(value: str) -> Iterator[str]:
    endless: set[str] = set()  # without it, a thousand unclosed comments would be a thousand searches to the end
    at = 0
    while tag := _TAG_OR_COMMENT.search(value, at):
        yield value[at : tag.start()]
        at = tag.end()
        name = (tag["name"] or _COMMENT).lower()
        if tag["end"]:
            yield _END_MARKS.get(name, "")
        elif name in _ENDS and name not in endless and (end := _ENDS[name].search(value, at)):
            at = end.end()
        else:
            endless.add(name)
            yield _MARKS.get(name, tag[0])
    yield value[at:]


def _laid_out(marked: str) -> str:
    """Lines from marks. Where elements make lines, a newline alone in the source is only a blank."""
    pieces = _LINE_END.split(marked)
    if len(pieces) > 1:
        pieces = [re.sub(r"(?<!\n)\n(?!\n)", " ", piece) for piece in pieces]
    ends = [*map(_line_end, _LINE_END.findall(marked)), ""]
    return re.sub(r" {2,}", " ", "".join(piece + end for piece, end in zip(pieces, ends, strict=True)))


def _line_end(marks: str) -> str:
    newlines = max(marks.count(_BREAK), 2 if _PARAGRAPH in marks else 1)
    return "\n" * newlines + ("- " if _BULLET in marks else "")


def _decoded(reference: re.Match[str]) -> str:
    text = reference[0]
    return unescape(text) if text[1] == "#" else html5.get(text[1:], text)


def shorten(value: str, limit: int) -> str:
    """At most `limit` characters: cut after a word where one ends near, "…" at the end, letters keep their marks."""
    if len(value) <= limit:
        return value
    cut = limit - 1
    while cut > 0 and _holds_together(value[cut - 1], value[cut]):
        cut -= 1
    head = value[: cut if cut > 0 else max(limit - 1, 0)]
    if not value[len(head)].isspace():
        near = _SPACE.search(head[-max(limit // 4, 1) :][::-1])
        head = head[: -near.end()] if near else head
    return (head.rstrip(" \n,;:-–—") + "…")[: max(limit, 0)]


def _holds_together(left: str, right: str) -> bool:
    skin_tone = "\U0001f3fb" <= right <= "\U0001f3ff"
    return "\N{ZERO WIDTH JOINER}" in (left, right) or skin_tone or unicodedata.category(right)[0] == "M"


def text_to_html(value: str) -> str:
    """HTML of a clean text: `<p>` for paragraphs, `<br>` for lines, links for bare web addresses, all else escaped."""
    paragraphs = (part for part in re.split(r"\n{2,}", value.strip("\n")) if part)
    return "\n".join(f"<p>{_linked(part).replace(chr(10), '<br>')}</p>" for part in paragraphs)


def _linked(value: str) -> str:
    pieces, at = [], 0
    for found in _BARE_URL.finditer(value):
        address = _without_trailing_punctuation(found[0])
        end = found.start() + len(address)
        pieces += [escape(value[at : found.start()]), _link(address)]
        at = end
    return "".join(pieces) + escape(value[at:])


def _link(address: str) -> str:
    try:
        target = safe_url(address)
    except RecordError:
        return escape(address)
    return f'<a href="{escape(target)}">{escape(address)}</a>'


def _without_trailing_punctuation(address: str) -> str:
    if len(address) > _URL_LIMIT:
        return address
    while address:
        last = address[-1]
        opener = _CLOSERS.get(last)
        if last not in ".,;:!?'’‘*…" and not (opener and address.count(last) > address.count(opener)):
            break
        address = address[:-1]
    return address


def safe_html(value: str) -> str:
    """HTML cut down to a short list of elements; links only to absolute http, https and mailto addresses."""
    kept = nh3.clean(
        clean_text(value),  # nh3 can't take lone surrogates
        tags=_SAFE_TAGS,
        clean_content_tags=set(_UNSEEN),
        attributes=_SAFE_ATTRIBUTES,
        attribute_filter=_safe_attribute,
        url_schemes=set(_LINK_SCHEMES),
        link_rel=None,
    )
    return clean_text(kept)


def _safe_attribute(_element: str, attribute: str, value: str) -> str | None:
    if attribute != "href":
        return value
    try:
        return safe_url(value, schemes=_LINK_SCHEMES)
    except RecordError:
        return None


def safe_url(value: str, *, schemes: tuple[str, ...] = ("http", "https")) -> str:
    """An absolute address in ASCII (RFC 3986), at most 2,000 characters: host in IDNA, the rest percent-encoded.

    Escapes that are there are kept, in capitals. RecordError where it is not an address of one of `schemes`, or names
    a user, or holds white space or control characters.
    """
    lasting = _LASTING_URL.fullmatch(value) if len(value) <= _HOST_LIMIT else None
    return value if lasting and lasting[1] in schemes else _checked_url(value, schemes)


def _checked_url(value: str, schemes: tuple[str, ...]) -> str:
    text = value.strip()
    if odd := next((char for char in text if char.isspace() or unicodedata.category(char) in {"Cc", "Cf", "Cs"}), ""):
        raise RecordError(f"{quoted(value)} is not a web address: it holds the character U+{ord(odd):04X}")
    try:
        address = _encoded_address(urlsplit(text), schemes)
    except ValueError as why:  # UnicodeError is one
        raise RecordError(f"{quoted(value)} is not a web address: {clean_line(str(why))}") from why
    if len(address) > _URL_LIMIT:
        raise RecordError(f"{quoted(value)} is longer than the {_URL_LIMIT} characters that an address may have")
    return address


def _encoded_address(parts: SplitResult, schemes: tuple[str, ...]) -> str:
    if parts.scheme not in schemes:
        raise ValueError(f"it does not start with {' or '.join(f'{scheme}:' for scheme in schemes)}")
    if parts.scheme == "mailto" and (parts.netloc or not re.fullmatch(r"[^@]+@[^@]+", parts.path)):
        raise ValueError("mailto: takes one name@host")
    place = "" if parts.scheme == "mailto" else _encoded_place(parts)
    path, query = _encoded(parts.path, _PATH_SAFE), _encoded(parts.query, _QUERY_SAFE)
    return urlunsplit((parts.scheme, place, path, query, _encoded(parts.fragment, _QUERY_SAFE)))


def _encoded_place(parts: SplitResult) -> str:
    if "@" in parts.netloc:
        raise ValueError("it names a user")
    host = parts.hostname or ""
    host = f"[{ipaddress.IPv6Address(host)}]" if "[" in parts.netloc else _encoded_host(host)
    if parts.port == 0 or "%" in host:
        raise ValueError("its port is 0 or its host has a zone")
    return host if parts.port is None else f"{host}:{parts.port}"


def _encoded_host(host: str) -> str:
    if not host or len(host) > _HOST_LIMIT:
        raise ValueError("it has no host, or one that is too long")
    encoded = host if host.isascii() else host.encode("idna").decode("ascii").lower()
    if not _HOST.fullmatch(encoded):
        raise ValueError(f"{quoted(host)} is not a host name")
    return encoded


def _encoded(part: str, safe: str) -> str:
    pieces = _ESCAPED_BYTE.split(part)
    return "".join(piece.upper() if at % 2 else quote(piece, safe=safe) for at, piece in enumerate(pieces))
