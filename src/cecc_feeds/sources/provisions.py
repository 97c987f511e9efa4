"""Lists of legal provisions (`/resources/legal-provisions`), whose items have titles and one date (`shapes.md` 3).

Its one rule: the date has no single meaning (of the law, of its retrieval, of neither), so it is `published` and never
an event. Markup that leaked into the text is made text by the model, as everywhere.
"""

from collections.abc import Iterator, Sequence

from cecc_feeds import times
from cecc_feeds.errors import RecordError
from cecc_feeds.model import Rejected
from cecc_feeds.sources import prose
from cecc_feeds.sources import vocabulary as words
from cecc_feeds.sources.found import Found, located
from cecc_feeds.sources.lines import Line, Page

HEADING_LINES = 4


def fits(page: Page) -> bool:
    """Whether a page is headed as such a list; never one with event labels."""
    headings = {page.heading.lower(), *(line.text.lower() for line in page.lines[:HEADING_LINES])}
    return bool(headings & words.PROVISION_HEADINGS) and not any(line.text in words.LABELS for line in page.lines)


def items(page: Page, zone: str) -> Iterator[Found]:
    """The items of the list: each date has its title in the line before it and its text after it."""
    listed = [line for line in page.lines if line.text.lower() not in words.PROVISION_HEADINGS]
    lines = [line for line in listed if line.part] if page.has_parts else listed
    dates = [at for at in range(1, len(lines)) if _dates_a_title(lines[at], lines[at - 1])]
    ends = [at - 1 for at in dates[1:]] + [len(lines)]
    for at, end in zip(dates, ends, strict=False):  # without any date, there still is the end
        yield _item(lines[at - 1], lines[at], lines[at + 1 : max(end, at + 1)], page, zone)


def _dates_a_title(line: Line, before: Line) -> bool:
    """A date under a line that can be a title. One under a full sentence is part of a text."""
    is_title = (
        before.heading or before.linked or not (words.is_day(before.text) or before.text.endswith((".", ":", ";")))
    )
    return words.is_day(line.text) and is_title


def _item(title: Line, day: Line, body: Sequence[Line], page: Page, zone: str) -> Found:
    where = f"{page.where}:{title.number}"
    try:
        published = times.parse_day(day.text)
    except RecordError as error:
        return Rejected(where, str(error))
    raw = {
        "type": words.PROVISION,
        "title": title.text,
        "url": title.anchors[0].url if title.anchors else None,
        "published": published,
        "summary": prose.summary(body),
    }
    return located(raw, where, zone)
