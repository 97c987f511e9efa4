"""Addresses of an exported site: each is another one only where a file server needs it, and leads back."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cecc_feeds.model import Edition
from cecc_feeds.query import Query
from cecc_feeds.render import FORMATS
from cecc_feeds.web.filed import FiledEdition, asked, filed
from cecc_feeds.web.follow import feed_url

ADDRESSES = {
    "/items": "/items",
    "/items.atom": "/items.atom",
    "/items?page=2": "/items/page/2",
    "/items.atom?page=2": "/items/page/2.atom",
    "/topics/a.b.json?archive=2026-04": "/topics/a.b/archive/2026-04.json",
    "/items.rss?page=3&archive=2026-04": "/items/archive/2026-04/page/3.rss",
    "https://a.gov/feeds/x.atom?archive=2026-04": "https://a.gov/feeds/x/archive/2026-04.atom",
    "/items?q=law&page=2": "/items?q=law&page=2",
    "/static/style.css?v=1": "/static/style.css?v=1",
}


@pytest.mark.parametrize(("live", "file"), ADDRESSES.items())
def test_pages_and_months_of_a_list_are_files_and_nothing_else_is_another(live: str, file: str) -> None:
    assert filed(live) == file
    assert filed(file) == file


@given(
    path=st.sampled_from(["/items", "/types/page", "/feeds/archive", "/topics/a.b", "/topics/2026-04"]),
    suffix=st.sampled_from(["", *FORMATS]),
    query=st.sampled_from(["", "?page=2", "?archive=2026-04", "?page=12&archive=0999-01"]),
)
@example(path="/items", suffix="", query="?page=2")
def test_every_file_leads_back_to_what_we_answer(path: str, suffix: str, query: str) -> None:
    address = path + suffix + query
    assert asked(filed(address)) == address


def test_an_item_called_page_is_no_page() -> None:
    assert [asked(path) for path in ("/items/page", "/items/archive.ics", "/items/page/x")] == [
        "/items/page", "/items/archive.ics", "/items/page/x",
    ]  # fmt: skip


def test_addresses_of_lists_are_files_in_the_edition_of_files_alone() -> None:
    query = Query(page=2)
    assert feed_url(Edition("https://a.gov"), "/items", "", query) == "https://a.gov/items?page=2"
    assert feed_url(FiledEdition("https://a.gov"), "/items", "", query) == "https://a.gov/items/page/2"
    assert feed_url(FiledEdition("https://a.gov"), "/items", ".atom", query) == "https://a.gov/items.atom"
