"""The pages for people in a browser: wide and narrow, light and dark."""

import pytest
from playwright.sync_api import Browser

from tests.browser import PHONE, Site, looked_at, overflow, violations, visit

PAGES = (
    "/",
    "/items",
    "/items?q=nothing+of+the+kind",
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
