"""Which elements of an HTML page hold its items: by the publisher's classes, else by what lists look like.

Its one rule: an element is a row only where it and its likes hold a date each; what stands between rows must be nothing
that would be lost.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml.html import HtmlElement

from cecc_feeds.sources import vocabulary as words
from cecc_feeds.text import clean_line

PARTS = frozenset({"views-row", "list-item", "list-item-hearing", "node-teaser", "node--view-mode-teaser", "teaser"})
ROW_TAGS = frozenset({"tr", "li", "article", "div", "section"})
SINGLE_TAGS = frozenset({"tr", "li"})
"""One of these may be a list of one item."""
SIDES = " |-–—,;()[]"
DATE_START = re.compile(
    rf"(?:{words.DAY.pattern}$|{words.WEEKDAY_AND_DAY.pattern}|{words.ISO.pattern}$)", re.IGNORECASE
)

Rows = dict[HtmlElement, int]


def rows_of(main: HtmlElement, heading: str) -> Rows:
    """The elements that hold items, each with the number of its item (a `dt` and its `dd`s have one)."""
    named = [element for element in _tags(main) if is_part(element)]
    articles = [element for element in _tags(main) if element.tag == "article"]
    if named:
        return _numbered(named)
    if len(articles) > 1:
        return _numbered(articles)
    return _listed(main, link_needed=not heading or not words.is_known_heading(heading))


def is_part(element: HtmlElement) -> bool:
    """Whether the publisher's own classes say that it is an item."""
    return not PARTS.isdisjoint(element.get("class", "").split())


def _tags(root: HtmlElement) -> Iterator[HtmlElement]:
    return (element for element in root.iterdescendants() if isinstance(element.tag, str))


def _numbered(elements: list[HtmlElement]) -> Rows:
    return {element: number for number, element in enumerate(elements, 1)}


@dataclass(slots=True)
class _Holders:
    """What holds a date, a link, or rows that were found: each with all that it stands in."""

    dates: set[HtmlElement] = field(default_factory=set)
    links: set[HtmlElement] = field(default_factory=set)
    rows: set[HtmlElement] = field(default_factory=set)


def _mark(held: set[HtmlElement], element: HtmlElement | None) -> None:
    while element is not None and element not in held:
        held.add(element)
        element = element.getparent()


def _holders(main: HtmlElement) -> _Holders:
    holders = _Holders()
    for element in _tags(main):
        if _is_date(element.text) or (element.tag == "time" and element.get("datetime", "")[:4].isdigit()):
            _mark(holders.dates, element)
        if _is_date(element.tail):
            _mark(holders.dates, element.getparent())
        if element.tag == "a" and element.get("href") and clean_line(element.text_content()):
            _mark(holders.links, element)
    return holders


def _is_date(text: str | None) -> bool:
    return bool(text) and DATE_START.match(clean_line(text or "").strip(SIDES)) is not None


def _listed(main: HtmlElement, *, link_needed: bool) -> Rows:
    """Rows of lists without known classes; the innermost where lists hold lists."""
    items: list[list[HtmlElement]] = []
    holders = _holders(main)
    order = {element: at for at, element in enumerate([main, *_tags(main)])}
    for parent in reversed(order):  # children before what holds them
        if parent in holders.dates and parent not in holders.rows:
            found = _items_in(parent, holders, link_needed=link_needed)
            items.extend(found)
            _mark(holders.rows, parent if found else None)
    items.sort(key=lambda item: order[item[0]])
    return {element: number for number, item in enumerate(items, 1) for element in item}


def _items_in(parent: HtmlElement, holders: _Holders, *, link_needed: bool) -> list[list[HtmlElement]]:
    children = [child for child in parent if isinstance(child.tag, str)]
    if parent.tag == "dl":
        wanted = [holders.dates, holders.links][: 1 + link_needed]
        return [run for run in _runs(children) if all(any(one in held for one in run) for held in wanted)]
    for tag in sorted({str(child.tag) for child in children} & ROW_TAGS):
        rows = [
            child for child in children if child.tag == tag and child in holders.dates and child not in holders.rows
        ]
        if _is_list(children, rows, holders, link_needed=link_needed):
            return [[row] for row in rows]
    return []


def _is_list(children: list[HtmlElement], rows: list[HtmlElement], holders: _Holders, *, link_needed: bool) -> bool:
    linked = [row for row in rows if row in holders.links]
    whole = linked if link_needed else rows
    if len(whole) < 2 and not (len(rows) == len(linked) == 1 and rows[0].tag in SINGLE_TAGS):
        return False
    among = children[children.index(rows[0]) :]
    those = set(rows)
    return not any(_would_be_lost(child, holders) for child in among if child not in those)


def _runs(children: list[HtmlElement]) -> Iterator[list[HtmlElement]]:
    """Each run of `dt` with the `dd` after it."""
    run: list[HtmlElement] = []
    for child in children:
        if child.tag == "dt" and run and run[-1].tag != "dt":
            yield run
            run = []
        run.append(child)
    if run:
        yield run


def _would_be_lost(element: HtmlElement, holders: _Holders) -> bool:
    """Whether what stands among rows is more than a heading over some of them, or a pager."""
    if element.tag in ("nav", "script", "style", "hr", "br", "thead"):
        return False
    is_heading = element.tag in ("h2", "h3", "h4") and element not in holders.links
    return not is_heading and not words.is_page_number(clean_line(element.text_content()))
