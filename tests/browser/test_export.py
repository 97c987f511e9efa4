"""The exported site in a browser, from a plain file server: the same pages, at phone and desk width."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import DESK, PHONE, Site, overflow, visit
from tests.browser.conftest import NEWCOMERS
from tests.export import serving, write
from tests.service import Service, record

PAGES = ("/", "/items/", "/items/page/2/", "/events/", "/events/2026-12/", "/changes/", "/topics/", "/items/hearing-1/")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The export of a service with something of everything, under the address that it is served at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    folder = tmp_path_factory.mktemp("files")
    service = Service(folder / "service")
    service.publish(record(), *NEWCOMERS)
    origin = f"http://127.0.0.1:{port}"
    assert write(service, folder / "site", origin).rejected == ()
    with serving(Path(folder / "site"), port):
        yield Site(origin)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_from_a_file_server_fits_and_says_nothing_on_the_console(
    browser: Browser, files: Site, path: str
) -> None:
    with visit(browser, files) as stay:
        page = stay.open(files(path))
        for width in (DESK, PHONE):
            page.set_viewport_size({"width": width, "height": 900})
            assert (width, overflow(page)) == (width, 0)


def test_a_reader_walks_from_home_to_an_older_item_and_its_calendar_file(browser: Browser, files: Site) -> None:
    with visit(browser, files, width=PHONE) as stay:
        page = stay.open(files("/"))
        page.get_by_role("navigation", name="Main").get_by_role("link", name="All items").click()
        page.get_by_role("link", name="Older").click()
        expect(page).to_have_url(files("/items/page/2/"))
        page.locator(".rows .title a").first.click()
        expect(page.locator("h1")).to_be_visible()
        page = stay.open(files("/items/hearing-1"))
        with page.expect_download() as download:
            page.locator("a[download]").first.click()
        assert download.value.path().read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")
