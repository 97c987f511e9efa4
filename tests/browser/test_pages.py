"""The pages for people in a browser: wide and narrow, light and dark."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import PHONE, Site, looked_at, overflow, serving, violations, visit
from tests.service import Service, numbered

PAGES = (
    "/",
    "/items",
    "/items?q=nothing+of+the+kind",
    "/items?type=hearing&q=number&from=2026-01-01&to=2026-12-31",
    "/events",
    "/events/2026-12",
    "/events/2031-01",
    "/changes",
    "/types",
    "/topics",
    "/feeds",
    "/types/hearing",
    "/feeds/hearings",
    "/items/hearing-1",
    "/items/hearing-3",
    "/items/past",
)
EMPTY = ("/", "/items", "/events", "/events/2026-12", "/changes", "/types", "/topics")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_fault_at_any_width_in_light_and_dark(browser: Browser, site: Site, path: str) -> None:
    with visit(browser, site) as stay:
        page = stay.open(site(path))
        for look in looked_at(page):
            assert (look, overflow(page), violations(page)) == (look, 0, [])


@pytest.mark.parametrize("path", EMPTY)
def test_a_page_of_nothing_has_no_fault(browser: Browser, empty: Site, path: str) -> None:
    with visit(browser, empty, width=PHONE) as stay:
        page = stay.open(empty(path))
        assert (overflow(page), violations(page)) == (0, [])


PRINTED = {
    "/events/2026-12": 1,
    "/events/2026-02": 1,
    "/events/2031-01": 1,
    "/items/hearing-1": 1,
    "/items/past": 1,
}


@pytest.mark.parametrize(("path", "sheets"), PRINTED.items())
def test_a_month_and_an_item_are_printed_on_one_sheet(browser: Browser, site: Site, path: str, sheets: int) -> None:
    with visit(browser, site) as stay:
        page = stay.open(site(path))
        assert [_sheets(page.pdf(format=size, prefer_css_page_size=False)) for size in ("Letter", "A4")] == [sheets] * 2


@pytest.mark.parametrize(("days", "title"), [(28, "Number"), (28, "A title of many words " * 8), (1, "So long " * 30)])
def test_a_crowded_month_is_still_one_sheet(browser: Browser, tmp_path: Path, days: int, title: str) -> None:
    def fill(service: Service) -> None:
        start = "2026-12-{:02}T{:02}:30:00-05:00"
        service.publish(*(
            numbered(n, title=f"{title} {n}", event={"start": start.format(n % days + 1, 9 + n // days), "end": None})
            for n in range(1, 5 * days)
        ))  # fmt: skip

    with serving(tmp_path, fill) as site, visit(browser, site) as stay:
        assert _sheets(stay.open(site("/events/2026-12")).pdf(format="Letter")) == 1


def _sheets(pdf: bytes) -> int:
    """How many pages a PDF has, by its objects of that type."""
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))
