"""A page as the one form that all grammars read: its lines that are not blank, each with the blank lines before it.

Its one rule: a text page and the same page as HTML give the same lines; HTML may only add (links, headings, borders of
items), never change a text.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from cecc_feeds.errors import RecordError
from cecc_feeds.sources import vocabulary as words
from cecc_feeds.text import clean_line, safe_url

NEWLINE = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link: its words and its absolute address."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page: `gap` blank lines stand before it, `number` is its line in the file.

    `alone`: it is a paragraph, for no line of its page has a blank one before it. Only HTML tells more: whether it is a
    `heading`, its `anchors`, and in `part` the number of the item's container that it is in (0: in none).
    """

    text: str
    number: int
    gap: int = 0
    alone: bool = False
    heading: bool = False
    anchors: tuple[Anchor, ...] = ()
    part: int = 0

    @property
    def linked(self) -> bool:
        """Whether the whole line is one link."""
        return len(self.anchors) == 1 and self.anchors[0].text == self.text


@dataclass(frozen=True, slots=True)
class Page:
    """`heading` is its main one, in line `heading_line`, or ""; `lines` are those after it.

    `address` is the page's own, where the file tells it.
    """

    lines: tuple[Line, ...]
    where: str
    heading: str = ""
    heading_line: int = 0
    address: str = ""
    marked_up: bool = False
    skip_link: bool = False

    @property
    def has_parts(self) -> bool:
        return any(line.part for line in self.lines)


def text_page(text: str, where: str) -> Page:
    """The page of a copied text. An address alone in the first line is the page's; the `Skip to main content` goes."""
    lines = evenly_spaced(single_spaced(list(with_gaps(enumerate(NEWLINE.split(text), 1)))))
    if not any(line.gap for line in lines[1:]):
        lines = [replace(line, alone=True) for line in lines]
    address = ""
    if lines and lines[0].text.startswith(("https://", "http://")):
        address = _address(lines.pop(0).text)
    skip_link = bool(lines) and words.SKIP.fullmatch(lines[0].text) is not None
    kept = without_furniture(joined_formats(split_labels(lines[skip_link:])))
    heading, number = (kept[0].text, kept[0].number) if kept and not _is_head(kept[0].text) else ("", 0)
    return Page(tuple(kept[bool(heading) :]), where, heading, number, address, skip_link=skip_link)


def _is_head(text: str) -> bool:
    return text in words.LABELS or words.is_day(text)


def _address(text: str) -> str:
    try:
        return safe_url(text)
    except RecordError:
        return ""


def with_gaps(numbered: Iterable[tuple[int, str]]) -> Iterator[Line]:
    """Lines, cleaned, with the count of blank ones before each."""
    gap = 0
    for number, text in numbered:
        cleaned = clean_line(text)
        if cleaned:
            yield Line(cleaned, number, gap)
        gap = 0 if cleaned else gap + 1


def single_spaced(lines: list[Line]) -> list[Line]:
    """Undo double spacing. It is sure where even a label and its value have a blank line between them, as all have."""
    if len(lines) < 2 or any(line.gap == 0 for line in lines[1:]):
        return lines
    if not any(_belong_together(one.text, other.text) for one, other in pairwise(lines)):
        return lines
    return [lines[0], *(replace(line, gap=(line.gap - 1) // 2) for line in lines[1:])]


def evenly_spaced(lines: list[Line]) -> list[Line]:
    """Where two blank lines are the least that parts anything, they count as one."""
    surplus = min((line.gap for line in lines[1:] if line.gap), default=1) - 1
    return [replace(line, gap=max(line.gap - surplus, 0)) for line in lines] if surplus else lines


def _belong_together(one: str, other: str) -> bool:
    label_and_value = one == words.EVENT_DATE and words.WHEN.fullmatch(other) is not None
    return label_and_value or (words.is_day(one) and other.lower() in words.TYPE_LABELS)


def split_labels(lines: Sequence[Line]) -> Iterator[Line]:
    """`Event Date: Thursday, …` in one line becomes two."""
    for line in lines:
        label = words.LABEL.fullmatch(line.text)
        if label is None:
            yield line
            continue
        yield replace(line, text=f"{label[1].title()}:")
        if label[2].strip():
            yield replace(line, text=label[2].strip(), gap=0)


def joined_formats(lines: Iterable[Line]) -> Iterator[Line]:
    """`Transcript (PDF)` and, in a line of its own, `(Text)` become one."""
    held: Line | None = None
    for line in lines:
        if held and words.TRANSCRIPT.fullmatch(held.text) and words.TRANSCRIPT_FORMATS.fullmatch(line.text):
            held = replace(held, text=f"{held.text} {line.text}", anchors=(*held.anchors, *line.anchors))
            continue
        if held:
            yield held
        held = line
    if held:
        yield held


def without_furniture(lines: Iterable[Line]) -> list[Line]:
    """The lines without breadcrumbs, "read more" links and pagers; a pager after the last date ends the page."""
    kept: list[Line] = []
    ended = False
    for line in lines:
        if ended and not _is_head(line.text):
            continue
        ended = words.is_pager(line.text)
        if ended:
            while kept and words.is_page_number(kept[-1].text):
                kept.pop()
        elif not words.CRUMBS.fullmatch(line.text) and not words.MORE.fullmatch(line.text):
            kept.append(line)
    return kept
