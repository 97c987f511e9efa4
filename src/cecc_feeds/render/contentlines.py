r"""Content lines of iCalendar (RFC 5545, 3.1), written from typed values; a line is bytes with its CRLF.

Its one rule: no value can hold a line end, so `\r\nNAME:` in what was written is a property and never a text.

Of icalendar 7.3.0 only values are used here and components in `zones`, and what it writes wrongly is put right in one
place each; nothing else may work around it.

1. `escaped`: it takes the letters `\N` in a text for a line break, and writes a str in NAME and X-WR-* unescaped.
2. `categories`: it makes its own texts again of those it is given.
3. `line`: where it folds after an escaped backslash it breaks the escape, and readers lose the event (C3); besides, it
   counts octets one character at a time. A component of sixteen properties takes it twenty times as long as `line`.
"""

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache

from icalendar import Component, vInt

from cecc_feeds import times

MOST_OCTETS = 74
"""Of a piece of a folded line: RFC 5545 3.1 allows 75, the space before a continuation among them."""

BACKSLASH = 0x5C


def line(name: str, value: str) -> bytes:
    """`name` with its parameters, `value` as it is to stand there. Raises ValueError where either holds a line end."""
    whole = f"{name}:{value}"
    if "\n" in whole:
        raise ValueError(f"{name} holds a line end")
    octets = whole.encode()
    return octets + b"\r\n" if len(octets) <= MOST_OCTETS else _folded(octets)


def escaped(text: str) -> str:
    """A TEXT value (RFC 5545 3.3.11): backslash, semicolon, comma and newline are escaped, colon and quotes are not."""
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def categories(labels: Iterable[str]) -> str:
    """The value of CATEGORIES on one line, commas inside a label escaped."""
    return ",".join(map(escaped, labels))


def whole_number(value: int) -> str:
    """An INTEGER value (RFC 5545 3.3.8). Raises ValueError beyond 32 bits."""
    return str(value) if 0 <= value < 1 << 31 else str(vInt(value))


def day(value: date) -> str:
    """A DATE value (RFC 5545 3.3.4)."""
    return f"{value.year:04}{value.month:02}{value.day:02}"


def clock(value: datetime) -> str:
    """A DATE-TIME value in local time (RFC 5545 3.3.5): of which zone must be said beside it."""
    return f"{value.year:04}{value.month:02}{value.day:02}T{value.hour:02}{value.minute:02}{value.second:02}"


def instant(value: datetime) -> str:
    """A DATE-TIME value in UTC (RFC 5545 3.3.5)."""
    return _instant(times.utc(value))


@lru_cache(maxsize=64)
def _instant(utc: datetime) -> str:
    return f"{clock(utc)}Z"


def written(component: Component) -> bytes:
    """The component in the order its properties were added, lines folded and ended by CRLF."""
    lines = [str(one).encode() for one in component.content_lines(sorted=False)]
    return b"".join([_folded(one) for one in lines if one])


def _folded(octets: bytes) -> bytes:
    """RFC 5545 3.1, and never inside a UTF-8 character or an escape (clients.md 2.1 rule 2)."""
    pieces = []
    at, most = 0, len(octets) - MOST_OCTETS
    while at < most:
        cut = at + MOST_OCTETS
        while octets[cut] & 0b1100_0000 == 0b1000_0000:
            cut -= 1
        if octets[cut - 1] == BACKSLASH:
            head = octets[at:cut]
            cut -= (len(head) - len(head.rstrip(b"\\"))) % 2
        pieces.append(octets[at:cut])
        at = cut
    return b"\r\n ".join([*pieces, octets[at:]]) + b"\r\n"
