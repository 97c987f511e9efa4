"""Listing pages: every item of a topic, a type or a term of Congress, from text or HTML (`shapes.md` 2).

Its one rule: an item begins where its head stands; what follows is its text until the next head. A bad date refuses
its item, never the page.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from cecc_feeds import times
from cecc_feeds.errors import RecordError
from cecc_feeds.model import Rejected
from cecc_feeds.sources import prose
from cecc_feeds.sources import vocabulary as words
from cecc_feeds.sources.found import Found, located
from cecc_feeds.sources.heads import Head, head_at, labelled_place
from cecc_feeds.sources.lines import Line, Page
from cecc_feeds.text import quoted

TOPIC_WORDS = 6
"""A longer heading that is not known stands over one item: it is its title."""


@dataclass(slots=True)
class Entry:
    """One item as it stands on the page: its head, then its text."""

    head: Head
    first: Line
    title: Line | None = None
    body: list[Line] = field(default_factory=list)


def fits(page: Page) -> bool:
    """Whether a page is such a list: by its items' borders (HTML), its labels, or its heads."""
    if page.marked_up and page.has_parts:
        heads = (line.part and head_at(page.lines, at) for at, line in enumerate(page.lines))
        return not _is_one_event(page) and any(heads)
    found = entries(page)
    if not found or not (page.skip_link or any(entry.head.sure for entry in found)):
        return False
    labelled = any(entry.head.is_event for entry in found)
    heading = _heading(page, found)
    few_words = len(heading.split()) <= TOPIC_WORDS
    several = len(found) > 1
    return words.is_known_heading(heading) or (labelled and (few_words or several)) or (few_words and several)


def _is_one_event(page: Page) -> bool:
    """Whether a long title and a when stand over the rows: those are what is related to the one event of the page."""
    top = [line for line in page.lines[:8] if not line.part and words.is_when(line.text)]
    return len(top) == 1 and len(page.heading.split()) > TOPIC_WORDS and not words.is_known_heading(page.heading)


def items(page: Page, zone: str) -> Iterator[Found]:
    """The items of a listing, in its order."""
    found = entries(page)
    heading = _heading(page, found)
    printed = {entry.head.type.lower() for entry in found}
    topics = [heading] if words.is_topic(heading) and heading.lower() not in printed else []
    for entry in found:
        yield _item(entry, topics, page, zone)
    if page.marked_up and page.has_parts:
        yield from _outside(page)


def _outside(page: Page) -> Iterator[Rejected]:
    """A refusal for each date beside a linked title, or when, that stands in no row: never lose an item silently."""
    lines = page.lines
    for at, line in enumerate(lines):
        near = (one for one in lines[max(at - 1, 0) : at + 2] if not one.part)
        titled = words.is_day(line.text) and any(one.linked and prose.is_prose(one) for one in near)
        if not line.part and (titled or words.is_when(line.text)):
            yield Rejected(f"{page.where}:{line.number}", f"{quoted(line.text)} stands in none of the rows of the list")


def _heading(page: Page, found: Sequence[Entry]) -> str:
    """The page's heading; where a copied text has a menu over it, the last known topic before the first item."""
    if page.marked_up or not found:
        return page.heading
    before = [line.text for line in page.lines if line.number < found[0].first.number]
    return next((text for text in reversed(before) if text.lower() in words.TOPICS), page.heading)


def entries(page: Page) -> list[Entry]:
    """The items as they stand on the page."""
    if page.marked_up and page.has_parts:
        parts = groupby((line for line in page.lines if line.part), key=lambda line: line.part)
        return [entry for _, part in parts if (entry := _part_entry(list(part)))]
    return _text_entries(page.lines)


def _part_entry(lines: list[Line]) -> Entry | None:
    """The item of one container: a title, a head, a text; None where there is no head (a menu, a picture)."""
    at, head = next(((at, head) for at in range(len(lines)) if (head := head_at(lines, at))), (0, None))
    if head is None:
        return None
    before, body = lines[:at], lines[at + head.size :]
    if not head.place:
        head = replace(head, place=labelled_place(before) or labelled_place(body))
    around = [*before, *body] if head.older else before
    label = next((line for line in around if line.text.lower() in words.TYPE_LABELS), None)
    if label and not head.type:
        head = replace(head, type=label.text)
    named = [line for line in before if line is not label and (line.heading or line.linked)]
    if not named and body and body[0].linked and prose.is_prose(body[0]):
        named = body[:1]
    if not named and len(before) == 1 and _can_be_title(before[0]):
        named = before
    title = next((line for line in named if line.heading), named[0] if named else None)
    kept = [line for line in (*before, *body) if line is not title and line is not label]
    return Entry(head, lines[0], title, kept)


def _can_be_title(line: Line) -> bool:
    known = words.is_label(line.text) or line.text.lower() in words.TYPE_LABELS
    return not known and prose.is_prose(line) and not words.is_sentence(line.text) and not words.is_day(line.text)


def _text_entries(lines: Sequence[Line]) -> list[Entry]:
    has_blanks = any(line.gap for line in lines[1:])
    found: list[Entry] = []
    at = 0
    while at < len(lines):
        head = head_at(lines, at)
        if head and _begins_item(head, lines, at, found[-1] if found else None, has_blanks=has_blanks):
            head = head if has_blanks else _without_blanks(head, lines[at : at + 3])
            found.append(Entry(head, lines[at]))
            at += head.size
        else:
            if found:
                found[-1].body.append(lines[at])
            at += 1
    return found


def _without_blanks(head: Head, lines: Sequence[Line]) -> Head:
    """Where all blank lines are lost, two dates over a dateline are those of a press release."""
    two_dates = head.size == 2 and head.updated and not head.is_event
    over_dateline = len(lines) > 2 and words.DATELINE.match(lines[2].text)
    return Head(1, sure=False, published=head.published) if two_dates and over_dateline else head


def _begins_item(head: Head, lines: Sequence[Line], at: int, before: Entry | None, *, has_blanks: bool) -> bool:
    if before is None or lines[at].text == words.EVENT_DATE:
        return True
    parted = lines[at].gap > 0 or not has_blanks or not before.body
    if head.sure or not parted:
        return parted
    return not _is_body_date(lines[at], before)


def _is_body_date(line: Line, entry: Entry) -> bool:
    """Whether a lone date belongs to the text of the press release before it, which may repeat or differ from its own.

    It stands first in the text, or after nothing but headlines, and is the only one.
    """
    is_press = not entry.head.sure and not any(words.is_day(one.text) for one in entry.body)
    if not is_press:
        return False
    repeated = line.text == entry.head.published
    if not entry.body:
        return repeated or line.gap <= 1
    headlines = not any(words.is_sentence(one.text) or words.DATELINE.match(one.text) for one in entry.body)
    return headlines and (repeated or line.gap <= 1)


def _item(entry: Entry, topics: list[str], page: Page, zone: str) -> Found:
    where = f"{page.where}:{entry.first.number}"
    try:
        raw = _record(entry, zone)
    except RecordError as error:
        return Rejected(where, str(error))
    return located(prose.with_links({**raw, "topics": topics}, entry.body), where, zone)


def _record(entry: Entry, zone: str) -> dict[str, Any]:
    head = entry.head
    title, body = prose.banner_form(entry.body)
    url = entry.title.anchors[0].url if entry.title and entry.title.anchors else ""
    is_press = not head.sure
    kept = [line for line in body if not (is_press and words.is_day(line.text))]
    raw: dict[str, Any] = {
        "type": head.type or _type_without_label(head, url),
        "title": entry.title.text if entry.title else title,
        "url": url or None,
        "summary": prose.summary(kept),
    }
    raw |= printed_dates(head)
    if head.when:
        raw["event"] = event(head.when, head.place, zone)
    return raw


def printed_dates(head: Head) -> dict[str, Any]:
    """The dates of the record that a head prints."""
    printed = {"published": head.published, "updated": head.updated}
    return {name: times.parse_day(text) for name, text in printed.items() if text}


def _type_without_label(head: Head, url: str) -> str:
    if head.is_event:
        return (head.older and words.type_of_address(url)) or words.EVENT
    return words.ANALYSIS if head.updated else words.PRESS_RELEASE


def event(when: str, place: str, zone: str) -> dict[str, Any]:
    """The event of a record: the printed when, read whole or refused, and the place with its commas set right."""
    span = times.parse_when(when, times.zone(zone))
    return {
        "start": span.start,
        "end": span.end,
        "timezone": getattr(span.start.tzinfo, "key", zone) if isinstance(span.start, datetime) else None,
        "location": tidy_place(place),
    }


def tidy_place(place: str) -> str:
    """`Washington , District of Columbia` with its comma where it belongs."""
    return ", ".join(part.strip() for part in place.split(",") if part.strip())
