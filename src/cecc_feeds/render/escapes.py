"""Escapes: how clean texts stand in HTML, XML and JSON.

Its one rule: each is what the standard library or lxml writes of a clean text, whose only control character is LF.

Texts are mostly bytes here: in UTF-8 no part of another character is a sign that is looked for, and there they are
found several times as fast as in a str.
"""

from html import escape


def html(octets: bytes) -> bytes:
    """As `html.escape`."""
    return xml(octets).replace(b'"', b"&quot;").replace(b"'", b"&#x27;")


def xml(octets: bytes) -> bytes:
    """Between tags, as lxml writes it."""
    return octets.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")


def json(octets: bytes) -> bytes:
    """With its quotation marks, as `json.dumps` writes it without `ensure_ascii`."""
    inside = octets.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return b'"%b"' % inside


def attribute(text: str) -> str:
    """Of one line, between quotation marks in a tag of XML."""
    return escape(text, quote=False).replace('"', "&quot;")
