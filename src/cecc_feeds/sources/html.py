"""The publisher's pages as a browser saves them, turned into the lines that a copied text has, with links and titles.

Its one rule: nothing is loaded, run or expanded. The visible text of the main part becomes lines as a browser would lay
it out: blocks make lines, paragraphs and headings have blank lines around them, the rows of a list are its parts.
"""

import re
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import cast
from urllib.parse import urljoin

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from cecc_feeds.errors import RecordError, SourceError
from cecc_feeds.sources import fields
from cecc_feeds.sources import vocabulary as words
from cecc_feeds.sources.heads import head_at
from cecc_feeds.sources.lines import Anchor, Line, Page, joined_formats, split_labels, without_furniture
from cecc_feeds.sources.rows import Rows, rows_of
from cecc_feeds.text import clean_line, quoted, safe_url

SITE = "https://www.cecc.gov"
CHARSET = re.compile(r"<meta\b[^>]{0,200}\bcharset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
UTF_8 = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
SAVED_FROM = re.compile(r"<!--\s*saved from url=\(\d+\)(\S+)\s*-->")
HEAD = 8192

MAIN = (
    "//main", "//*[@role='main']", "//*[@id='main-content'][not(self::a)]", "//*[@id='block-system-main']",
    "//*[@id='content'][not(self::a)]", "//*[@id='main']", "//body",
)  # fmt: skip
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
PARAGRAPHS = frozenset({*HEADINGS, "p", "blockquote", "pre", "ul", "ol", "dl", "table", "hr"})
BLOCKS = frozenset({
    "address", "article", "body", "caption", "center", "dd", "details", "div", "dt", "fieldset", "figcaption", "figure",
    "footer", "header", "hgroup", "legend", "li", "main", "section", "summary", "tbody", "td", "th", "thead", "tr",
})  # fmt: skip
UNSEEN = frozenset({
    "aside", "audio", "button", "canvas", "form", "head", "iframe", "nav", "noscript", "object", "script", "select",
    "style", "svg", "template", "title", "video",
})  # fmt: skip
UNSEEN_CLASSES = frozenset({
    "breadcrumb", "contextual-links", "element-invisible", "item-list-pager", "links", "menu", "node__links", "pager",
    "sidebar", "social", "sr-only", "tabs", "visually-hidden",
})  # fmt: skip
LINE_CLASSES = ("views-field", "field--name", "field-name", "sub-loc-date")
BODY_CLASSES = frozenset({"views-field-body", "field-name-body", "field--name-body"})
HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def html_page(text: str, where: str, zone: str) -> Page:
    """The page of an HTML text, its instants told in `zone`.

    SourceError where it declares another charset than UTF-8 or cannot be parsed.
    """
    declared = CHARSET.search(text[:HEAD])
    if declared and declared[1].lower() not in UTF_8:
        raise SourceError(where, f"declares the charset {quoted(declared[1])}; save the page as UTF-8")
    root = _parsed(text, where)
    address, base = _addresses(root, text)
    main = _main(root)
    title = _main_heading(root, main)
    heading = clean_line(title.text_content()) if title is not None else _title_of_window(root)
    layout = _Layout(base, title, zone, rows_of(main, heading))
    layout.lay_out(main)
    lines = list(fields.parted_dates(fields.plain_labels(list(split_labels(layout.lines)))))
    kept = _parts_by_titles(without_furniture(joined_formats(lines)))
    number = _line_of(title) if title is not None else 0
    return Page(tuple(kept), where, heading, number, address, marked_up=True)


def _parts_by_titles(lines: list[Line]) -> list[Line]:
    """Where no container tells the items apart, each linked heading over an item's head begins a part."""
    if any(line.part for line in lines):
        return lines
    part = 0
    marked: list[Line] = []
    for line, after in zip_longest(lines, range(1, len(lines))):
        part += bool(after and line.heading and line.anchors and head_at(lines, after))
        marked.append(replace(line, part=part))
    return marked


def _parsed(text: str, where: str) -> HtmlElement:
    parser = HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        return document_fromstring(text.encode("utf-8"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise SourceError(where, f"not HTML that can be read: {clean_line(str(error))}") from None


def _elements(root: HtmlElement, path: str) -> list[HtmlElement]:
    return cast("list[HtmlElement]", root.xpath(path))


def _values(root: HtmlElement, path: str) -> list[str]:
    return [str(value) for value in cast("list[object]", root.xpath(path))]


def _addresses(root: HtmlElement, text: str) -> tuple[str, str]:
    """(the page's own address, "" if it doesn't tell; the address that relative links start from)."""
    saved = SAVED_FROM.search(text[:HEAD])
    told = [
        *_values(root, "//link[@rel='canonical']/@href"),
        *_values(root, "//meta[@property='og:url']/@content"),
        *([saved[1]] if saved else []),
    ]
    own = next((url for value in told if (url := _absolute(SITE, value))), "")
    base = next((url for value in _values(root, "//base/@href") if (url := _absolute(own or SITE, value))), "")
    return own, base or own or SITE


def _absolute(base: str, href: str) -> str:
    try:
        return safe_url(urljoin(base, href.strip()))
    except (RecordError, ValueError):
        return ""


def _main(root: HtmlElement) -> HtmlElement:
    for path in MAIN:
        for element in _elements(root, path):
            if element.text_content().strip():
                return element
    return root


def _main_heading(root: HtmlElement, main: HtmlElement) -> HtmlElement | None:
    """The h1 of the main part, else of the page."""
    found = [*_elements(main, ".//h1"), *_elements(root, "//h1[not(ancestor::header)]"), *_elements(root, "//h1")]
    return next((one for one in found if clean_line(one.text_content())), None)


def _title_of_window(root: HtmlElement) -> str:
    return clean_line(root.findtext(".//title") or "").partition(" | ")[0]


def _classes(element: HtmlElement) -> frozenset[str]:
    return frozenset(element.get("class", "").split())


def _line_of(element: HtmlElement) -> int:
    return element.sourceline or 0


@dataclass(slots=True)
class _Layout:
    """The lines of a page while they are laid out."""

    base: str
    title: HtmlElement | None
    zone: str
    rows: Rows
    lines: list[Line] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    anchors: list[Anchor] = field(default_factory=list)
    link: str = ""
    link_from: int = 0
    number: int = 0
    gap: int = 0
    heading: bool = False
    part: int = 0
    time_from: int = 0
    container: HtmlElement | None = None

    def lay_out(self, main: HtmlElement) -> None:
        """Walk the main part. What stands before its heading is dropped."""
        walk = etree.iterwalk(main, events=("start", "end"))
        for event, element in walk:
            if event == "end":
                self._close(element)
                if element is not main:
                    self._add(element.tail, element)
            elif element is self.title:
                walk.skip_subtree()
                self._end_line(1)
                self.lines.clear()
            elif element is not main and _is_unseen(element):
                walk.skip_subtree()
            else:
                self._open(element)
                self._add(element.text, element)
        self._end_line(0)

    def _open(self, element: HtmlElement) -> None:
        self._end_block(element)
        if self.container is None and element in self.rows:
            self.container = element
            self.part = self.rows[element]
        if element.tag == "time":
            self.time_from = len(self.pieces)
        if element.tag in HEADINGS:
            self.heading = True
        if element.tag == "a" and element.get("href"):
            self.link = _absolute(self.base, element.get("href", ""))
            self.link_from = len(self.pieces)

    def _close(self, element: HtmlElement) -> None:
        if element.tag == "a":
            self._end_link()
            self.link = ""
        if element.tag == "br":
            self._end_line(0, breaks=True)
            return
        if element.tag == "time":
            self._end_time(element)
        self._end_label(element)
        self._end_block(element)
        if element.tag in HEADINGS:
            self.heading = False
        if element is self.container:
            self.container = None
            self.part = 0

    def _end_time(self, element: HtmlElement) -> None:
        before, text = ("".join(some) for some in (self.pieces[: self.time_from], self.pieces[self.time_from :]))
        label = self.lines[-1].text if self.lines else ""
        told = fields.time_text(element, clean_line(text), clean_line(before), label, self.zone)
        if told != clean_line(text):
            self.pieces[self.time_from :] = [told]

    def _end_label(self, element: HtmlElement) -> None:
        """A known label gets the colon that it may have from CSS alone, and a line of its own where a value follows."""
        if label := fields.label_of(element, clean_line("".join(self.pieces))):
            self.pieces[:] = [label]
            if label != words.ISSUES_LABEL:
                self._end_line(0)

    def _end_block(self, element: HtmlElement) -> None:
        classes = _classes(element)
        if element in self.rows and element.tag != "dd":
            self._end_line(2)
        elif element.tag in PARAGRAPHS or classes & BODY_CLASSES:
            self._end_line(1)
        elif element.tag in BLOCKS or _is_line(classes):
            self._end_line(0)

    def _add(self, text: str | None, element: HtmlElement) -> None:
        if text:
            if text.strip() and not self.number:
                self.number = _line_of(element)
            self.pieces.append(text)

    def _end_link(self) -> None:
        text = clean_line("".join(self.pieces[self.link_from :])) if self.link else ""
        if text:
            self.anchors.append(Anchor(text, self.link))
        self.link_from = len(self.pieces)

    def _end_line(self, margin: int, *, breaks: bool = False) -> None:
        """End the line, if one has begun; `margin` blank lines at least stand before the next."""
        self._end_link()
        text = clean_line("".join(self.pieces))
        if text:
            anchors = tuple(self.anchors)
            line = Line(text, self.number, self.gap, heading=self.heading, anchors=anchors, part=self.part)
            self.lines.append(line)
            self.gap = 0
        elif breaks:
            self.gap += 1
        self.gap = max(self.gap, margin)
        self.pieces, self.anchors, self.number, self.link_from = [], [], 0, 0


def _is_line(classes: frozenset[str]) -> bool:
    return "field" in classes or "date" in classes or any(name.startswith(LINE_CLASSES) for name in classes)


def _is_unseen(element: HtmlElement) -> bool:
    if not isinstance(element.tag, str) or element.tag in UNSEEN:
        return True
    if "hidden" in element.attrib or element.get("aria-hidden") == "true":
        return True
    if HIDDEN_STYLE.search(element.get("style", "")):
        return True
    classes = _classes(element)
    is_label = any("label" in name for name in classes)
    return bool(classes & UNSEEN_CLASSES) and not is_label
