"""Heads of feeds: what stands around entries, written once for each shape and filled in for each feed.

Its one rule: whoever writes the shape decides where and how all stands; here values take the places of marks.

Feedgen takes as long for a head as the database for its fifty entries, and most heads differ in texts alone.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from cecc_feeds.model import Edition

Pages = tuple[tuple[str, str], ...]
"""Relations (RFC 5005) and addresses."""


class Head(NamedTuple):
    """What a feed says of itself: `own` its address, `page` that of the page for people, `others` of other formats."""

    edition: Edition
    title: str
    about: str
    id: str
    own: str
    page: str
    others: tuple[str, ...]
    pages: Pages
    archive: bool
    modified: datetime
    newest: datetime | None = None


Write = Callable[[Head], bytes]
"""A feed's bytes up to its first entry."""

Dates = Callable[[datetime], str]

MARK = "mark-2b9f64d0-%d-"
MODIFIED, NEWEST = datetime(1971, 2, 3, 4, 5, 6, tzinfo=UTC), datetime(1972, 3, 4, 5, 6, 7, tzinfo=UTC)
"""In the place of instants."""


def filled(head: Head, write: Write, dates: Dates) -> bytes:
    """What `write` gives of a head; `dates` is how it writes instants."""
    texts = _texts(head)
    relations = tuple([relation for relation, _ in head.pages])
    given = tuple(map(bool, texts))
    newest = head.newest is not None
    pieces, places = _shape(write, dates, head.edition, given, relations, archive=head.archive, newest=newest)
    values = [*texts, dates(head.modified), dates(head.newest) if head.newest else ""]
    return b"".join(
        [pieces[0]]
        + [
            _escaped(values[place], in_tag=in_tag) + after
            for (place, in_tag), after in zip(places, pieces[1:], strict=True)
        ]
    )


def _texts(head: Head) -> list[str]:
    return [head.title, head.about, head.id, head.own, head.page, *head.others, *[address for _, address in head.pages]]


@lru_cache(maxsize=128)
def _shape(
    write: Write,
    dates: Dates,
    edition: Edition,
    given: tuple[bool, ...],
    relations: tuple[str, ...],
    *,
    archive: bool,
    newest: bool,
) -> tuple[list[bytes], list[tuple[int, bool]]]:
    """The bytes between the values of a head, and for each place the number of its value and whether it is within a
    tag. What is empty has no mark: an element without text is written otherwise."""
    marks = [MARK % number if there else "" for number, there in enumerate(given)]
    title, about, feed_id, own, page, *others = marks
    addresses = others[len(others) - len(relations) :]
    head = Head(
        *(edition, title, about, feed_id, own, page, tuple(others[: len(others) - len(relations)])),
        pages=tuple(zip(relations, addresses, strict=True)),
        archive=archive,
        modified=MODIFIED,
        newest=NEWEST if newest else None,
    )
    told = {mark.encode(): number for number, mark in enumerate([*marks, dates(MODIFIED), dates(NEWEST)]) if mark}
    pieces = re.split(b"(%s)" % b"|".join(map(re.escape, told)), write(head))
    places = [(told[mark], before.endswith(b'"')) for before, mark in zip(pieces[::2], pieces[1::2], strict=False)]
    return pieces[::2], places


def _escaped(value: str, *, in_tag: bool) -> bytes:
    """A text of one line as lxml writes it."""
    value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return (value.replace('"', "&quot;") if in_tag else value).encode()
