"""What lists and pages say of themselves: order, dates of change, the addresses they lead to, the schema."""

import json
import re
from datetime import timedelta
from email.utils import parsedate_to_datetime
from html import unescape
from pathlib import Path

import feedparser
import pytest

from cecc_feeds.web.routes import ROUTES
from tests.service import BASE_URL, FEEDS_TOML, Service, entry_id, numbered, numbered_news

FEED = "/feeds/hearings"


def since(service: Service, target: str) -> str:
    return str(service.get(target)["Last-Modified"])


@pytest.mark.parametrize("suffix", [".ics", ".rss", ".atom", ".json", ".csv"])
@pytest.mark.parametrize(
    ("old", "new"),
    [("type=hearing", "type=roundtable"), ("CECC hearings", "Hearings"), ("with their times", "with times")],
    ids=["query", "title", "description"],
)
def test_a_named_feed_that_reads_otherwise_has_changed(service: Service, old: str, new: str, suffix: str) -> None:
    before = since(service, FEED + suffix)
    (service.data / "feeds.toml").write_text(FEEDS_TOML.replace(old, new))
    service.later(hours=1).bring_in()
    assert since(service, "/events" + suffix) == before
    assert parsedate_to_datetime(since(service, FEED + suffix)) == service.now
    assert service.get(FEED + suffix, {"If-Modified-Since": before}).status == 200


def test_a_named_feed_that_reads_as_before_has_not_changed(service: Service) -> None:
    before = since(service, FEED + ".ics")
    (service.data / "feeds.toml").write_text(f"# a remark\n{FEEDS_TOML}")
    assert str(service.later(hours=1).bring_in()) == "added 0, changed 0, unchanged 1, withdrawn 0, rejected 0"
    assert since(service, FEED + ".ics") == before


def test_another_publisher_name_is_a_change_of_every_calendar(service: Service) -> None:
    before = parsedate_to_datetime(since(service, "/events.ics"))
    other = Service(service.folder, now=service.now + timedelta(hours=1), given={"title": "Another Commission"})
    other.bring_in()
    assert b"\r\nNAME:Events \xe2\x80\x93 Another Commission\r\n" in other.get("/events.ics").body
    assert parsedate_to_datetime(since(other, "/events.ics")) > before


def test_news_stand_in_the_order_of_the_dates_that_they_print(tmp_path: Path) -> None:
    service = Service(tmp_path)
    day = service.now.date().isoformat()
    service.now -= timedelta(hours=2)
    service.publish(numbered_news(1, published=day), numbered_news(2, published="2026-12-20"))
    service.later(hours=6).publish(numbered_news(3, published=day), name="other.jsonl")
    items = json.loads(service.get("/items.json").body)["items"]
    assert [item["id"] for item in items] == [entry_id("news-3"), entry_id("news-1"), entry_id("news-2")]
    assert [item["date_published"] for item in items] == sorted((i["date_published"] for i in items), reverse=True)


@pytest.mark.parametrize("query", ["limit=1000", "alarm=30&busy=1&limit=5", "page=2&order=start&limit=5&topic=x"])
@pytest.mark.parametrize("suffix", ["", ".ics", ".rss", ".atom", ".json", ".csv"])
def test_every_address_that_an_answer_names_is_answered(service: Service, suffix: str, query: str) -> None:
    answer = service.get(f"/events{suffix}?{query}")
    if answer.status == 400:
        assert (suffix, query) != (".ics", "limit=1000")
        assert query == "limit=1000"
        return
    named = re.findall(r"<([^>]+)>", answer["Link"])
    assert named
    named += re.findall(
        r"\r\n(?:URL|SOURCE;VALUE=URI):(\S+)", answer.text.replace("\r\n ", "").partition("BEGIN:VE")[0]
    )
    assert {address: service.get(address.removeprefix(BASE_URL)).status for address in named} == dict.fromkeys(
        named, 200
    )


OFFERING = (
    *(
        "/",
        "/items",
        "/items?topic=tibet&page=2",
        "/events",
        "/events/2026-12",
        "/changes",
        "/types",
        "/topics",
        "/feeds",
    ),
    *("/types/hearing", "/topics/commercial-rule-of-law", FEED, "/items/hearing-1"),
)


@pytest.mark.parametrize("path", OFFERING)
def test_a_page_names_its_feeds_in_its_link_header_as_in_its_head(service: Service, path: str) -> None:
    answer = service.get(path)
    offered = re.findall(
        r'<link rel="alternate" type="([^"+]+(?:\+(?!oembed)[^"]+)?)"[^>]* href="([^"]+)"', answer.text
    )
    told = re.findall(r'<([^>]+)>; rel="alternate"; type="([^"]+)"', answer["Link"])
    assert told == [(unescape(address), media) for media, address in offered]
    assert {media for _, media in told} >= ({"application/json"} if path.startswith("/items/") else OF_EACH_LIST)


OF_EACH_LIST = {"application/rss+xml", "application/atom+xml", "application/feed+json"}


def test_a_page_of_what_was_withdrawn_offers_nothing(service: Service) -> None:
    service.publish(numbered(2))
    service.later(hours=1).publish(numbered(3))
    answer = service.get("/items/hearing-2")
    assert (answer.status, answer["Link"]) == (410, "")


def test_only_a_coding_that_is_named_is_used(wide: Service) -> None:
    codings = ("gzip", "x, gzip;q=0.1", "*", "*;q=1, identity;q=0", "gzip;q=0", "zstd", "br", "x, br;q=0.1", "br;q=0")
    assert [wide.get("/events.ics", {"Accept-Encoding": one})["Content-Encoding"] for one in codings] == [
        "gzip", "gzip", "", "", "", "", "br", "br", "",
    ]  # fmt: skip


def test_the_schema_says_what_the_reader_takes(service: Service) -> None:
    schema = json.loads(service.get("/schema/item.json").body)
    assert schema["properties"]["id"]["pattern"] == "^[a-z0-9._-]{1,200}$"
    assert (schema["required"], schema["anyOf"]) == (["type"], [{"required": ["published"]}, {"required": ["event"]}])
    assert schema["additionalProperties"] is False
    assert "/schema/item.json" in dict(ROUTES)


def test_an_id_given_later_leads_to_the_item_too(service: Service) -> None:
    nameless = numbered(7, id=None)
    service.publish(nameless, name="other.jsonl")
    (known,) = (one.rpartition("/")[2] for one in service.ids() if one != entry_id("hearing-1"))
    service.later(hours=1).publish({**nameless, "id": "now-its-own"}, name="other.jsonl")
    moved = service.get("/items/now-its-own.json")
    assert (moved.status, moved["Location"]) == (301, f"{BASE_URL}/items/{known}.json")


def test_one_event_can_be_had_with_a_reminder(service: Service) -> None:
    plain, asked = service.get("/items/hearing-1.ics"), service.get("/items/hearing-1.ics?alarm=30&busy=1")
    assert b"BEGIN:VALARM" not in plain.body
    assert b"\r\nTRIGGER:-PT30M\r\n" in asked.body
    assert b"\r\nTRANSP:OPAQUE\r\n" in asked.body


def test_feeds_are_read_in_the_order_that_they_have(service: Service) -> None:
    service.publish(*(numbered_news(number) for number in range(1, 6)), name="news.jsonl")
    entries = feedparser.parse(service.get("/types/press-release.rss").body).entries
    assert [entry.id for entry in entries] == [entry_id(f"news-{number}") for number in (5, 4, 3, 2, 1)]


def test_a_named_feed_with_a_limit_for_calendars_leads_through_all_its_news(service: Service) -> None:
    service.publish(*(numbered_news(number) for number in range(1, 503)), name="news.jsonl")
    (service.data / "feeds.toml").write_text('[all]\ntitle = "All"\nquery = "type=press-release&limit=1000"\n')
    links = feedparser.parse(service.get("/feeds/all.atom").body).feed.links
    assert {link.rel: link.href for link in links if link.rel in ("next", "last")} == dict.fromkeys(
        ("next", "last"), f"{BASE_URL}/feeds/all.atom?page=2"
    )
    counts = [len(feedparser.parse(service.get(f"/feeds/all.atom?page={page}").body).entries) for page in (1, 2)]
    assert counts == [500, 2]
