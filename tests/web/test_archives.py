"""Older news (RFC 5005): pages that go back one by one, and the months of the archive, which hold still."""

import json
from pathlib import Path

import feedparser
import pytest

from tests.service import BASE_URL, Service, entry_id, numbered_news, record

NEWS = [".rss", ".atom", ".json"]


@pytest.fixture
def service(tmp_path: Path) -> Service:
    """A hundred and fifty press releases, a day apart from January 2, 2020, and one hearing notice of today."""
    made = Service(tmp_path)
    made.publish(*(numbered_news(number) for number in range(1, 151)), record())
    return made


def ids_and_next(service: Service, target: str, relation: str) -> tuple[list[str], str]:
    """The entry ids of a feed, and where it leads ("" where it leads nowhere)."""
    body = service.get(target).body
    if ".json" in target:
        feed = json.loads(body)
        return [item["id"] for item in feed["items"]], feed.get("next_url", "").removeprefix(BASE_URL)
    parsed = feedparser.parse(body)
    leads = [link.href for link in parsed.feed.links if link.rel == relation]
    return [entry.id for entry in parsed.entries], "".join(leads).removeprefix(BASE_URL)


def walk(service: Service, target: str, relation: str) -> list[list[str]]:
    found = []
    while target:
        ids, target = ids_and_next(service, target, relation)
        found.append(ids)
    return found


ALL = [entry_id("hearing-1"), *(entry_id(f"news-{number}") for number in range(150, 0, -1))]


@pytest.mark.parametrize("suffix", [".rss", ".atom"])
def test_pages_lead_back_to_the_first_item_and_none_is_on_two(service: Service, suffix: str) -> None:
    assert [one for page in walk(service, f"/items{suffix}?limit=40", "next") for one in page] == ALL


@pytest.mark.parametrize("suffix", NEWS)
@pytest.mark.parametrize("query", ["", "?limit=7", "?type=press-release"])
def test_the_months_of_the_archive_lead_back_to_the_first_item(service: Service, suffix: str, query: str) -> None:
    pages = walk(service, f"/items{suffix}{query}", "prev-archive")
    every = dict.fromkeys(one for page in pages for one in page)
    assert list(every) == (ALL[1:] if "type" in query else ALL)


@pytest.mark.parametrize("suffix", NEWS)
def test_a_closed_month_holds_still_whatever_is_published_later(service: Service, suffix: str) -> None:
    target = f"/items{suffix}?archive=2020-03"
    before = service.get(target)
    service.later(days=40).publish(*(numbered_news(number) for number in range(1, 151)), record(), numbered_news(2500))
    after = service.get(target)
    assert (after.body, after["ETag"], after["Last-Modified"]) == (before.body, before["ETag"], before["Last-Modified"])
    assert service.get("/items" + suffix).body != before.body


@pytest.mark.parametrize("suffix", NEWS)
def test_an_archive_shows_what_comes_late_or_goes(service: Service, suffix: str) -> None:
    target = f"/items{suffix}?archive=2020-05"
    before = service.get(target)
    late = numbered_news(999, published="2020-04-15")
    kept = [numbered_news(number) for number in range(1, 151) if not 90 <= number <= 120]
    service.later(days=1).publish(*kept, late, record(), allow_withdrawals=True)
    after = service.get(target, {"If-Modified-Since": before["Last-Modified"]})
    assert (after.status, before["Last-Modified"], after["Last-Modified"]) == (
        200,
        "Mon, 23 Nov 2026 15:00:00 GMT",
        "Tue, 24 Nov 2026 15:00:00 GMT",
    )


@pytest.mark.parametrize("suffix", [".rss", ".atom"])
def test_closed_months_say_that_they_are_an_archive_and_of_which_feed(service: Service, suffix: str) -> None:
    mark = b"archive xmlns:fh="
    assert [mark in service.get(f"/items{suffix}{query}").body for query in ("", "?page=2", "?archive=2026-11")] == [
        False,
        False,
        False,
    ]
    closed = service.get(f"/items{suffix}?archive=2020-03&type=press-release")
    assert closed.body.count(mark) == 1
    assert ids_and_next(service, f"/items{suffix}?archive=2020-03&type=press-release", "current")[1] == (
        f"/items{suffix}?type=press-release"
    )


def test_a_month_with_more_than_an_archive_page_holds_goes_on(tmp_path: Path) -> None:
    service = Service(tmp_path)
    records = [numbered_news(number, published="2020-03-10") for number in range(1, 231)]
    service.publish(*records, numbered_news(0, published="2020-01-01"))
    pages = walk(service, "/items.atom?archive=2020-03", "prev-archive")
    assert [len(page) for page in pages] == [100, 100, 30, 1]


@pytest.mark.parametrize("suffix", NEWS)
def test_changes_have_an_archive_too(tmp_path: Path, suffix: str) -> None:
    service = Service(tmp_path)
    for month in range(3):
        service.publish(*(numbered_news(number, title=f"In month {month}") for number in range(30)))
        service.later(days=31)
    pages = walk(service, f"/changes{suffix}?limit=10", "prev-archive")
    assert [len(page) for page in pages] == [10, 30, 30, 30]
    assert len({one for page in pages for one in page}) == 90
