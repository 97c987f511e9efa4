"""Fields as HTML marks them: labels whose colon only CSS adds, `time` elements, a date and a title in one line.

Its one rule: a day or a label that the markup tells is put into the words of the lists; nothing else is changed.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from lxml.html import HtmlElement

from cecc_feeds import times
from cecc_feeds.errors import RecordError
from cecc_feeds.sources import vocabulary as words
from cecc_feeds.sources.lines import Line
from cecc_feeds.text import clean_line

NUMBERS = re.compile(r"(?:\w+\.?,? )?(?:\d{1,2}[/.]\d{1,2}[/.]\d{4}|\d{4}-\d\d-\d\d)(?P<clock>,?(?: -| at)? \d.*)?")
"""A date in numbers: which one is the month it doesn't tell, or which zone."""
RANGE = re.compile(r"(?P<day>.+\d{4}) – \d\d:\d\d [AP]M ?(?:-|–|—|to|until)")
EVENT_CLASS = re.compile(r"event[-_]dates?\b", re.IGNORECASE)
RECORD_CLASS = re.compile(r"created|changed|published|updated|submitted|post-date", re.IGNORECASE)
NEAR = 5


def label_of(element: HtmlElement, text: str) -> str:
    """The label, in the words of the lists, that an element with this text is; "" for none."""
    is_label = element.tag == "dt" or any(name.endswith("label") for name in element.get("class", "").split())
    return words.FIELD_LABELS.get(text.rstrip(" :").lower(), "") if is_label else ""


def time_text(element: HtmlElement, text: str, before: str, label: str, zone: str) -> str:
    """The text of a `time` element, that of its instant where it has a date in numbers.

    `before`: what stands before it in its line; `label`: the line over it.
    """
    numbers = NUMBERS.fullmatch(text)
    start = _instant(element, zone)
    if numbers is None or start is None:
        return text
    classes = " ".join(one.get("class", "") for one in [element, *element.iterancestors()][:NEAR])
    labels = (words.FIELD_LABELS.get(one.rstrip(" :").lower(), "") for one in (before.partition(":")[0], label))
    over = next((one for one in labels if one), "")
    day = times.day_words(start.date())
    if over in (words.PUBLISHED, words.UPDATED) or (not over and RECORD_CLASS.search(classes)):
        return day.partition(", ")[2]
    if over not in (words.EVENT_DATE, words.DATE) and not EVENT_CLASS.search(classes):
        return text
    if not numbers["clock"]:
        return day.partition(", ")[2]
    begun = RANGE.fullmatch(before)
    clock = f"{start:%I:%M %p}"
    return clock if begun and begun["day"].endswith(day) else f"{day} – {clock}"


def _instant(element: HtmlElement, zone: str) -> datetime | None:
    try:
        value = times.parse_edge(element.get("datetime", ""), times.zone(zone))
    except RecordError:
        return None
    return value if isinstance(value, datetime) else None


def plain_labels(lines: Sequence[Line]) -> Iterator[Line]:
    """The lines with `Date:` made the label of an event or of a record, and those of records taken away."""
    label, dated = "", False
    for line, after in zip(lines, [*lines[1:], None], strict=False):
        if line.text in (words.DATE, words.PUBLISHED, words.UPDATED) and after and after.part == line.part:
            label = line.text
            if label == words.DATE and not words.is_day(after.text):
                yield replace(line, text=words.EVENT_DATE)
                label = ""
            continue
        is_value, first = bool(label) and words.is_day(line.text), label != words.UPDATED
        label = ""
        if is_value and not first and not dated:
            continue  # an `updated` alone would be read as `published`
        dated = is_value or (dated and not line.gap)
        yield replace(line, gap=0) if is_value else line


def parted_dates(lines: Iterable[Line]) -> Iterator[Line]:
    """In rows, a date and a link in one line become two."""
    for line in lines:
        link = line.anchors[0].text if line.part and len(line.anchors) == 1 else ""
        if not link or line.linked or line.text.count(link) != 1:
            yield line
            continue
        before, _, after = line.text.partition(link)
        sides = [clean_line(side).strip(" |-–—,:") for side in (before, after)]
        if not any(sides):
            yield replace(line, text=link)
            continue
        day = next((side for side in sides if words.is_day(side) or words.is_when(side)), "")
        if not day or all(sides):
            yield line
            continue
        yield replace(line, text=link)
        yield replace(line, text=day, gap=0, anchors=(), heading=False)
