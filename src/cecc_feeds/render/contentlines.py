r"""What icalendar 7.3.0 writes wrongly, put right in one place each; nothing else may work around it.

1. `Text`: it takes the letters `\N` in a text for a line break, and writes a str in NAME and X-WR-* unescaped.
2. `categories`: it makes its own texts again of those it is given.
3. `written`: where a line is folded after an escaped backslash it breaks the escape, and readers lose the event (C3);
   besides, it counts octets one character at a time, which takes a third of an import.
"""

import re
from collections.abc import Iterable

from icalendar import Component, vCategory, vText

MOST_OCTETS = 74
"""Of a piece of a folded line: RFC 5545 3.1 allows 75, the space before a continuation among them."""


class Text(vText):
    """A TEXT value (RFC 5545 3.3.11): backslash, semicolon, comma and newline are escaped, colon and quotes are not."""

    def to_ical(self) -> bytes:
        escaped = re.sub(r"([\\;,])", r"\\\1", self).replace("\n", "\\n")
        return escaped.encode()


def categories(labels: Iterable[str]) -> vCategory:
    """CATEGORIES on one line, commas inside a label escaped."""
    made = vCategory([])
    made.cats = [Text(label) for label in labels]
    return made


def written(component: Component) -> bytes:
    """The component in the order its properties were added, lines folded and ended by CRLF."""
    lines = component.content_lines(sorted=False)
    return b"".join(_folded(str(line).encode()) + b"\r\n" for line in lines if line)


def _folded(line: bytes) -> bytes:
    """RFC 5545 3.1, and never inside a UTF-8 character or an escape (clients.md 2.1 rule 2)."""
    pieces = []
    while len(line) > MOST_OCTETS:
        cut = MOST_OCTETS
        while line[cut] & 0b1100_0000 == 0b1000_0000:
            cut -= 1
        head = line[:cut]
        if (len(head) - len(head.rstrip(b"\\"))) % 2:
            cut -= 1
        pieces.append(line[:cut])
        line = line[cut:]
    return b"\r\n ".join([*pieces, line])
