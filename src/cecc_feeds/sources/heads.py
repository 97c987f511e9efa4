"""Heads of listed items: the lines of labels and dates that an item of a listing begins with (`shapes.md` 2).

Its one rule: adjacency decides. Two dates without a blank line between them are published and updated; a date that a
blank line parts from the one before is the first line of the text. An event's day is never taken from `published`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cecc_feeds.sources import vocabulary as words
from cecc_feeds.sources.lines import Line

ADDRESS_LINES = 5
WINDOW = 2 * ADDRESS_LINES + 8
"""No head has more lines than this."""


@dataclass(frozen=True, slots=True)
class Head:
    """What the head says, as it is printed, and how many lines it took.

    `sure`: it cannot be part of another item's text. `is_event`: it has an `Event Date:` or a when of its own.
    `older`: it is of the older lists, known from HTML alone, which never print a type.
    """

    size: int
    sure: bool = True
    is_event: bool = False
    older: bool = False
    when: str = ""
    type: str = ""
    published: str = ""
    updated: str = ""
    place: str = ""


@dataclass(slots=True)
class _Reading:
    """An event's head while it is read: the lines from its label on, and what was found so far."""

    lines: Sequence[Line]
    at: int = 1
    found: dict[str, Any] = field(default_factory=dict)

    def text(self, ahead: int = 0) -> str:
        return self.lines[self.at + ahead].text if self.at + ahead < len(self.lines) else ""

    def gap(self, ahead: int = 0) -> int:
        """Blank lines before; many after the last line."""
        return self.lines[self.at + ahead].gap if self.at + ahead < len(self.lines) else 99

    def is_type(self, ahead: int = 0) -> bool:
        return self.at + ahead < len(self.lines) and is_type(self.lines[self.at + ahead])

    def take(self, name: str) -> None:
        self.found[name] = self.text()
        self.at += 1


def head_at(lines: Sequence[Line], at: int) -> Head | None:
    """The head that begins at `lines[at]`, None where none does."""
    text, part = lines[at].text, lines[at].part
    in_part = part > 0
    if text == words.EVENT_DATE:
        return _event_head(_of_part(lines[at : at + WINDOW], part))
    if words.PLACE_AND_WHEN.fullmatch(text) or words.WHEN.fullmatch(text):
        return _old_event_head(text) if in_part else None
    if in_part and (dated := words.DAY_AND_MORE.fullmatch(text)):
        return Head(1, sure=False, published=dated[1])
    return _dated_head(_of_part(lines[at : at + 3], part)) if words.is_day(text) else None


def _of_part(lines: Sequence[Line], part: int) -> list[Line]:
    return [line for line in lines if line.part == part]


def is_type(line: Line) -> bool:
    """Whether a line can be a printed type; a headline or a link is one only where its words are known."""
    marked = line.heading or line.anchors
    return line.text.lower() in words.TYPE_LABELS if marked else words.is_type(line.text)


def _old_event_head(first: str) -> Head:
    both = words.PLACE_AND_WHEN.fullmatch(first)
    return Head(1, is_event=True, older=True, when=both[2] if both else first, place=both[1] if both else "")


def _dated_head(lines: Sequence[Line]) -> Head:
    """published NL TYPE NL updated, published NL updated, or published alone."""
    published, *rest = (line.text for line in lines[:3])
    gaps = [line.gap for line in lines[1:3]]
    known = bool(rest) and rest[0].lower() in words.TYPE_LABELS
    if len(rest) == 2 and words.is_day(rest[1]) and is_type(lines[1]) and (known or gaps == [0, 0]):
        return Head(3, type=rest[0], published=published, updated=rest[1])
    if known:
        return Head(2, type=rest[0], published=published)
    if rest and words.is_day(rest[0]) and gaps[0] == 0:
        return Head(2, published=published, updated=rest[0])
    return Head(1, sure=False, published=published)


def _event_head(lines: Sequence[Line]) -> Head:
    reading = _Reading(lines)
    if _has_value(reading):
        reading.take("when")
    elif words.UNKNOWN_DATE.fullmatch(reading.text()):
        reading.at += 1
    _read_labels(reading)
    _read_type(reading)
    _read_published(reading)
    _read_labels(reading)
    _read_type(reading)
    if _is_updated(reading):
        reading.take("updated")
    _read_labels(reading)
    return replace(Head(reading.at, is_event=True), **reading.found)


def _has_value(reading: _Reading) -> bool:
    """The value may be missing; a bare date is `published`, but for two of them before a type."""
    text = reading.text()
    if words.WHEN.fullmatch(text):
        return True
    if words.is_day(text):
        return words.is_day(reading.text(1)) and reading.is_type(2) and words.is_day(reading.text(3))
    is_other = text in words.LABELS or text.lower() in words.TYPE_LABELS or words.UNKNOWN_DATE.fullmatch(text)
    return reading.gap() == 0 and not is_other


def _read_labels(reading: _Reading) -> None:
    while (label := reading.text()) in (words.EVENT_TYPE, words.ADDRESS):
        reading.at += 1
        if label == words.EVENT_TYPE:
            if reading.is_type():
                reading.take("type")
            continue
        place = place_lines(reading.lines[reading.at :])
        reading.found["place"] = ", ".join(place)
        reading.at += len(place)


def place_lines(lines: Sequence[Line]) -> list[str]:
    """The lines of an address after its label: until a blank line, the country, a date, or what can be no place."""
    place: list[str] = []
    for line in lines[:ADDRESS_LINES]:
        parted = bool(place) and line.gap > 0
        if parted or line.text in words.LABELS or words.is_day(line.text) or words.is_sentence(line.text):
            break
        place.append(line.text)
        if line.text == words.COUNTRY:
            break
    return place


def labelled_place(lines: list[Line]) -> str:
    """The place under its label; both taken out of their list."""
    at = next((at for at, line in enumerate(lines) if line.text == words.ADDRESS), None)
    if at is None:
        return ""
    place = place_lines(lines[at + 1 :])
    del lines[at : at + 1 + len(place)]
    return ", ".join(place)


def _read_published(reading: _Reading) -> None:
    """The date of the record; after a blank line only where a type follows it, for it might begin the next item."""
    if words.is_day(reading.text()) and (reading.gap() == 0 or reading.is_type(1)):
        reading.take("published")


def _read_type(reading: _Reading) -> None:
    text = reading.text()
    known = text.lower() in words.TYPE_LABELS
    if reading.is_type() and (known or (reading.gap() == 0 and words.is_day(reading.text(1)))):
        reading.take("type")


def _is_updated(reading: _Reading) -> bool:
    """After a blank line, a date is `updated` only where it can't be the head of another item."""
    if not words.is_day(reading.text()) or not reading.found.get("published"):
        return False
    parted = reading.gap() > 0
    begins_another = reading.gap(1) == 0 and (words.is_day(reading.text(1)) or reading.is_type(1))
    return not parted or (reading.gap() == 1 and "type" in reading.found and not begins_another)
