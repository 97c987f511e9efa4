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
from cecc_feeds.sources.lines import Line, Page
from cecc_feeds.sources.listing import event

HEAD_LINES = 8
PLACE_LIMIT = 160


def fits_event(page: Page) -> bool:
    """Whether a line near the top gives a day and a time, as hearings and roundtables have it."""
    return _when_at(page) is not None


def event_items(page: Page, zone: str) -> Iterator[Found]:
    """The one event of such a page."""
    at = _when_at(page) or 0
    lines = [line for line in page.lines if line.text not in words.LABELS]
    at -= sum(line.text in words.LABELS for line in page.lines[:at])
    when, place = _split(lines[at].text)
    known = {page.heading.lower(), *words.TYPE_LABELS}
    before = [line for line in lines[:at] if line.text.lower() not in known]
    after = list(lines[at + 1 :])
    if not place and before and _is_place(before[-1], gap=1):
        place = before.pop().text.strip("| ")
    elif not place and after and _is_place(after[0], gap=1):
        place = after.pop(0).text
    try:
        happens = event(when, place, zone)
    except RecordError as error:
        yield Rejected(f"{page.where}:{lines[at].number}", str(error))
        return
    raw = {"type": words.type_of_address(page.address) or words.EVENT, "event": happens}
    yield _item(page, raw, [*before, *after], zone)


def fits_article(page: Page) -> bool:
    """Whether a date stands right under the title, as in press releases and analyses."""
    at = _date_at(page)
    if at is None or (words.is_known_heading(page.heading) and not words.type_of_address(page.address)):
        return False
    parted = page.lines[at].gap > 0 or (at + 1 < len(page.lines) and page.lines[at + 1].gap > 0)
    alone = sum(words.is_day(line.text) for line in page.lines) == 1 and len(page.heading.split()) >= 4
    return parted or alone or page.marked_up


def article_items(page: Page, zone: str) -> Iterator[Found]:
    """The one release or analysis of such a page."""
    at = _date_at(page) or 0
    rest = list(page.lines[at + 1 :])
    updated = rest.pop(0).text if rest and words.is_day(rest[0].text) and rest[0].gap == 0 else ""
    without_label = words.ANALYSIS if updated else words.PRESS_RELEASE
    raw: dict[str, Any] = {"type": words.type_of_address(page.address) or without_label}
    try:
        raw["published"] = times.parse_day(page.lines[at].text)
        raw["updated"] = times.parse_day(updated) if updated else None
    except RecordError as error:
        yield Rejected(f"{page.where}:{page.lines[at].number}", str(error))
        return
    yield _item(page, raw, rest, zone)


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


def _is_place(line: Line, *, gap: int) -> bool:
    labels = (words.TRANSCRIPT, words.PEOPLE, words.BANNER, words.ISSUES, words.WEBCAST)
    is_label = any(pattern.fullmatch(line.text) for pattern in labels)
    return (
        line.gap <= gap and len(line.text) <= PLACE_LIMIT and not is_label and not words.SENTENCE_END.search(line.text)
    )


def _date_at(page: Page) -> int | None:
    """The line of the date, which only banners and the title, said again, part from the title."""
    for at, line in enumerate(page.lines[:HEAD_LINES]):
        if words.is_day(line.text):
            return at
        if not words.BANNER.fullmatch(line.text) and line.text.lower() != page.heading.lower():
            return None
    return None


def _item(page: Page, raw: dict[str, Any], lines: Sequence[Line], zone: str) -> Found:
    topics, rest = _issues(lines)
    known = {
        "title": page.heading,
        "url": page.address or None,
        "topics": topics,
        "summary": prose.summary(_without_people(rest)),
        **raw,
    }
    first = page.heading_line or (lines[0].number if lines else 1)
    return located(prose.with_links(known, lines), f"{page.where}:{first}", zone)


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
