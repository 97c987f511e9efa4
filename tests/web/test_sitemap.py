"""The sitemap: every page has its address in it, items with the day of their change; as large as an archive gets."""

import xml.etree.ElementTree as ET
from urllib.robotparser import RobotFileParser

import pytest

from cecc_feeds.store import browsing
from cecc_feeds.web.sitemap import NAMESPACE
from tests.service import BASE_URL, Service, numbered, numbered_news, record

IN = f"{{{NAMESPACE}}}"


def read(service: Service, path: str) -> dict[str, str | None]:
    """Address to lastmod of what a sitemap or its index names."""
    answer = service.get(path)
    assert (answer.status, answer["Content-Type"]) == (200, "application/xml; charset=utf-8")
    tree = ET.fromstring(answer.body)
    assert tree.tag in (f"{IN}urlset", f"{IN}sitemapindex")
    found = {one.findtext(f"{IN}loc", ""): one.findtext(f"{IN}lastmod") for one in tree}
    assert len(found) == len(tree) > 0
    return found


def path(address: str) -> str:
    assert address.startswith(f"{BASE_URL}/")
    return address.removeprefix(BASE_URL)


def named(service: Service) -> dict[str, str | None]:
    parts = [path(address) for address in read(service, "/sitemap.xml")]
    return {path(address): at for part in parts for address, at in read(service, part).items()}


def test_robots_txt_names_the_sitemap(service: Service) -> None:
    rules = RobotFileParser()
    rules.parse(service.get("/robots.txt").text.splitlines())
    assert rules.site_maps() == [f"{BASE_URL}/sitemap.xml"]


def test_every_page_is_named_and_there(service: Service) -> None:
    service.publish(numbered_news(1, type="分析 & <more>", topics=["Tibet"]), name="news.jsonl")
    found = named(service)
    assert sorted(found) == sorted([
        *("/", "/items", "/events", "/changes", "/types", "/topics", "/feeds", "/events/2026-12"),
        *(f"/feeds/{name}" for name in service.app().extensions["cecc_feeds"].feeds()),
        *("/types/hearing", "/types/%E5%88%86%E6%9E%90-more", "/topics/commercial-rule-of-law", "/topics/tibet"),
        *("/items/hearing-1", "/items/news-1"),
    ])  # fmt: skip
    assert {address: service.get(address).status for address in found} == dict.fromkeys(found, 200)


def test_an_item_says_when_it_last_changed_and_leaves_when_it_is_withdrawn(service: Service) -> None:
    news = numbered_news(1)
    service.later(hours=1).publish(record(), news)
    service.later(hours=1).publish(record(title="Otherwise"), news)
    dates = {address: at for address, at in named(service).items() if address.startswith("/items/")}
    assert dates == {"/items/hearing-1": "2026-11-23T17:00:00Z", "/items/news-1": "2026-11-23T16:00:00Z"}
    service.later(hours=1).publish(news)
    assert [address for address in named(service) if address.startswith("/items/")] == ["/items/news-1"]


def test_parts_without_items_are_not_named_nor_there(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browsing, "PART", 2)
    service.publish(*(numbered(number) for number in range(1, 8)))
    service.later(hours=1).publish(*(numbered(number) for number in (1, 2, 6, 7)), allow_withdrawals=True)
    parts = [path(address) for address in read(service, "/sitemap.xml")]
    items = [read(service, part) for part in parts if not part.endswith("lists.xml")]
    assert [path(address) for part in items for address in part] == [
        address for address in named(service) if address.startswith("/items/")
    ]
    assert sum(map(len, items)) == 4
    assert service.get("/sitemaps/9.xml").status == 404


@pytest.mark.parametrize("name", ["0.xml", "01.xml", "-1.xml", "².xml", f"{9**40}.xml", "1", "x.xml", ".xml", "lists"])
def test_what_is_no_part_is_not_found(service: Service, name: str) -> None:
    assert service.get(f"/sitemaps/{name}").status == 404


@pytest.mark.parametrize("target", ["/sitemap.xml", "/sitemaps/1.xml", "/sitemaps/lists.xml"])
def test_it_has_validators_and_is_the_same_until_something_changes(service: Service, target: str) -> None:
    tag = service.get(target)["ETag"]
    service.later(hours=1)
    assert service.get(target, {"If-None-Match": tag}).status == 304


def test_no_part_can_grow_beyond_what_the_protocol_allows() -> None:
    longest = len(BASE_URL) + 200 + 500
    assert browsing.PART <= 50_000
    assert browsing.PART * longest < 50_000_000
