"""Pages of one item: hearings and roundtables in four layouts, press releases and analyses (`shapes.md` 4).

Its one rule: the day of an event is read only from the line that gives its time, the date of a release only from the
line under its title; dates in names and prose are never looked at. A page that lost both gives nothing.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from cecc_feeds import times
from cecc_feeds.errors import RecordError
from cecc_feeds.model import Rejected
from cecc_feeds.sources import prose
from cecc_feeds.sources import vocabulary as words
from cecc_feeds.sources.found import Found, located
from cecc_feeds.sources.heads import Head, head_at, labelled_place
from cecc_feeds.sources.lines import Line, Page
from cecc_feeds.sources.listing import event, printed_dates

HEAD_LINES = 8
PLACE_LIMIT = 160


def fits_event(page: Page) -> bool:
    """Whether a line near the top, and no other, gives a day and a time, as hearings and roundtables have it.

    A page that is headed as a list, or that gives several, is never taken for one event, unless its address tells it.
    """
    at = _when_at(page)
    if at is None or words.type_of_address(page.address):
        return at is not None
    is_list = bool(page.heading) and words.is_known_heading(page.heading)
    return not is_list and len({line.text for line in page.lines if line.part == 0 and words.is_when(line.text)}) < 2


def event_items(page: Page, zone: str) -> Iterator[Found]:
    """The one event of such a page."""
    at = _when_at(page) or 0
    head, before, after = _head(page, at)
    place = head.place or labelled_place(before) or labelled_place(after) or _place(before, after)
    try:
        dates = {"event": event(head.when, place, zone), **printed_dates(head)}
    except RecordError as error:
        yield Rejected(f"{page.where}:{page.lines[at].number}", str(error))
        return
    yield _item(page, dates, [*before, *after], head.type or words.EVENT, zone)


def _head(page: Page, at: int) -> tuple[Head, list[Line], list[Line]]:
    """(what the line of the when and the lines that belong to it say, the lines before, the lines after)."""
    lines = list(page.lines)
    if at and lines[at - 1].text == words.EVENT_DATE and (labelled := head_at(lines, at - 1)):
        return labelled, lines[: at - 1], lines[at - 1 + labelled.size :]
    when, place = _split(lines[at].text)
    return Head(1, when=when, place=place), lines[:at], lines[at + 1 :]


def _place(before: list[Line], after: list[Line]) -> str:
    """The place in the line before the when, or after it; taken out of its list."""
    if before and _is_place(before[-1]):
        return before.pop().text.strip("| ")
    return after.pop(0).text if after and _is_place(after[0]) else ""


def fits_article(page: Page) -> bool:
    """Whether a date stands right under the title, as in press releases and analyses."""
    at = _date_at(page)
    if at is None or _is_list(page):
        return False
    parted = page.lines[at].gap > 0 or (at + 1 < len(page.lines) and page.lines[at + 1].gap > 0)
    alone = sum(words.is_day(line.text) for line in page.lines) == 1 and len(page.heading.split()) >= 4
    return parted or alone or page.marked_up


def _is_list(page: Page) -> bool:
    """Whether it is headed as a list or has several dates next to linked titles, and its address isn't of one item."""
    if words.type_of_address(page.address):
        return False
    if words.is_known_heading(page.heading):
        return True
    lines = page.lines
    near = (lines[max(at - 1, 0) : at + 2] for at, line in enumerate(lines) if words.is_day(line.text))
    return sum(any(line.linked and prose.is_prose(line) for line in some) for some in near) > 1


def article_items(page: Page, zone: str) -> Iterator[Found]:
    """The one release or analysis of such a page."""
    at = _date_at(page) or 0
    rest = list(page.lines[at + 1 :])
    updated = rest.pop(0).text if rest and words.is_day(rest[0].text) and rest[0].gap == 0 else ""
    raw: dict[str, Any] = {}
    try:
        raw["published"] = times.parse_day(page.lines[at].text)
        raw["updated"] = times.parse_day(updated) if updated else None
    except RecordError as error:
        yield Rejected(f"{page.where}:{page.lines[at].number}", str(error))
        return
    lines = [*page.lines[:at], *rest]
    yield _item(page, raw, lines, words.ANALYSIS if updated else words.PRESS_RELEASE, zone)


def _when_at(page: Page) -> int | None:
    for at, line in enumerate(page.lines[:HEAD_LINES]):
        when = _split(line.text)[0]
        if words.ISO.fullmatch(when) or words.WHEN.fullmatch(when):
            return at
    return None


def _split(text: str) -> tuple[str, str]:
    """(when, place) of a line that may hold both."""
    both = words.PLACE_AND_WHEN.fullmatch(text)
    return (both[2], both[1]) if both else (text.strip("| "), "")


def _is_place(line: Line) -> bool:
    labels = (words.TRANSCRIPT, words.PEOPLE, words.BANNER, words.ISSUES, words.WEBCAST)
    known = line.text.lower() in words.TYPE_LABELS or words.is_label(line.text)
    is_label = known or any(label.fullmatch(line.text) for label in labels)
    short = line.gap <= 1 and len(line.text) <= PLACE_LIMIT
    return short and not line.linked and not is_label and not words.SENTENCE_END.search(line.text)


def _date_at(page: Page) -> int | None:
    """The line of the date, which only banners and the title, said again, part from the title.

    Where the address tells that it is one item, headlines may part them too.
    """
    is_one_item = words.type_of_address(page.address) is not None
    for at, line in enumerate(page.lines[:HEAD_LINES]):
        if words.is_day(line.text):
            return at
        headline = is_one_item and not words.is_sentence(line.text) and not words.DATELINE.match(line.text)
        if not headline and not words.BANNER.fullmatch(line.text) and line.text.lower() != page.heading.lower():
            return None
    return None


def _item(page: Page, dates: dict[str, Any], lines: Sequence[Line], without_label: str, zone: str) -> Found:
    """The item: its type is what the address tells, else a printed label, else `without_label`."""
    printed = next((line.text for line in lines if line.text.lower() in words.TYPE_LABELS), None)
    said_already = {page.heading.lower(), *words.TYPE_LABELS, *(label.lower() for label in words.LABELS)}
    topics, rest = _issues([line for line in lines if line.text.lower() not in said_already])
    raw = {
        "type": words.type_of_address(page.address) or printed or without_label,
        "title": page.heading,
        "url": page.address or None,
        "topics": topics,
        "summary": prose.summary(_without_people(rest)),
        **dates,
    }
    first = page.heading_line or (lines[0].number if lines else 1)
    return located(prose.with_links(raw, lines), f"{page.where}:{first}", zone)


def _issues(lines: Sequence[Line]) -> tuple[list[str], list[Line]]:
    """(topics, the other lines): `Issues:` and the short lines under it."""
    at = next((at for at, line in enumerate(lines) if words.ISSUES.fullmatch(line.text)), None)
    if at is None:
        return [], list(lines)
    label = words.ISSUES.fullmatch(lines[at].text)
    topics = [part.strip() for part in (label[1] if label else "").split(",") if part.strip()]
    end = at + 1
    while end < len(lines) and _is_issue(lines[end], first=end == at + 1):
        topics.append(lines[end].text)
        end += 1
    return topics, [*lines[:at], *lines[end:]]


def _is_issue(line: Line, *, first: bool) -> bool:
    short = len(line.text) <= 80 and len(line.text.split()) <= 10 and not line.text.endswith((".", ":"))
    return short and (first or line.gap == 0)


def _without_people(lines: Sequence[Line]) -> Iterator[Line]:
    """The lines without lists of names. A list before the prose ends where prose begins, one after it never."""
    seen_prose = in_names = False
    for line in lines:
        if words.PEOPLE.fullmatch(line.text):
            in_names = True
        elif in_names and not seen_prose and (words.is_sentence(line.text) or not prose.is_prose(line)):
            in_names = False
        if not in_names:
            seen_prose = seen_prose or words.is_sentence(line.text)
            yield line
