"""Which kind of page a text or HTML file is: `LAYOUTS`, tried in order, the first that fits reads it.

Its one rule: a page that lost its dates gives nothing and says so; a guess would put a hearing on a wrong day.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from cecc_feeds.errors import SourceError
from cecc_feeds.sources import detail, html, listing, provisions
from cecc_feeds.sources import vocabulary as words
from cecc_feeds.sources.found import Found, held_without_doubles
from cecc_feeds.sources.lines import Page, text_page
from cecc_feeds.sources.octets import FILE_LIMIT, whole_text
from cecc_feeds.text import quoted

PAGE_LIMIT = FILE_LIMIT // 4


@dataclass(frozen=True, slots=True)
class Layout:
    """A row of `LAYOUTS`: whether a page is of this kind, and its items."""

    name: str
    fits: Callable[[Page], bool]
    items: Callable[[Page, str], Iterator[Found]]


LAYOUTS = (
    Layout("detail of an event", lambda page: _tells_its_type(page) and detail.fits_event(page), detail.event_items),
    Layout(
        "detail of an article", lambda page: _tells_its_type(page) and detail.fits_article(page), detail.article_items
    ),
    Layout("legal provisions", provisions.fits, provisions.items),
    Layout("listing", listing.fits, listing.items),
    Layout("detail of an event", detail.fits_event, detail.event_items),
    Layout("detail of an article", detail.fits_article, detail.article_items),
)


def read_text(stream: BinaryIO, where: str, zone: str) -> Iterator[Found]:
    """The items of a page that was copied as text."""
    return _items(text_page(whole_text(stream, where, PAGE_LIMIT), where), zone)


def read_html(stream: BinaryIO, where: str, zone: str) -> Iterator[Found]:
    """The items of a page that a browser saved."""
    return _items(html.html_page(whole_text(stream, where, PAGE_LIMIT), where, zone), zone)


def layout_of(page: Page) -> Layout | None:
    """The first layout that fits, None where the page's dates are lost."""
    return next((layout for layout in LAYOUTS if layout.fits(page)), None)


def looks_like_text_page(head: bytes) -> bool:
    """Whether a file without a known suffix begins as a copied page does."""
    lines = [line.strip() for line in head.decode("utf-8", "replace").splitlines()[:8]]
    return any(words.SKIP.fullmatch(line) or line == words.EVENT_DATE for line in lines)


def _items(page: Page, zone: str) -> Iterator[Found]:
    layout = layout_of(page)
    held = list(held_without_doubles(layout.items(page, zone))) if layout else []
    if not held:
        raise SourceError(page.where, _lost(page))
    yield from held


def _tells_its_type(page: Page) -> bool:
    """Whether the address is that of one item; a list's doesn't tell a type."""
    return words.type_of_address(page.address) is not None


def _lost(page: Page) -> str:
    if not page.heading and not page.lines:
        return "no dated items found: there is no text in it"
    seen = f"begins with {quoted(page.heading or page.lines[0].text)}"
    if page.marked_up and any(words.is_when(line.text) or words.is_day(line.text) for line in page.lines):
        return (
            f"no dated items found: it {seen} and has lines of dates, but nothing tells its items apart; "
            "save the page of each item, or the list in another view"
        )
    if page.marked_up:
        return f"no dated items found: it {seen} and has no lines of dates; save the page of a list or of one item"
    return (
        f"no dated items found: it {seen} and looks like a copy that lost its lines of dates; "
        "save the page as HTML in a browser, or copy all of its text, dates and blank lines too"
    )
