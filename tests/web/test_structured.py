"""What pages say to machines, read back by software that is not ours: JSON-LD by extruct, Open Graph by html5lib."""

import json
import re
from pathlib import Path
from typing import Any

import extruct
import html5lib
import pytest
from hypothesis import given

from cecc_feeds.model import Edition, item_from
from cecc_feeds.web import structured
from tests.service import BASE_URL, NOW, Service, numbered_news, record
from tests.strategies import items

PUBLISHER = {
    "@type": "Organization",
    "@id": f"{BASE_URL}/#publisher",
    "name": "Congressional-Executive Commission on China",
    "url": f"{BASE_URL}/",
}
EDITION = Edition(base_url=BASE_URL)
HOSTILE = "</script><script>alert(1)</script><!--<script> & \"'\u2028\u2029\\u003c ]]>"


def read_back(page: str) -> dict[str, Any]:
    (found,) = extruct.extract(page, syntaxes=["json-ld"])["json-ld"]
    assert found.pop("@context") == "https://schema.org"
    return dict(found)


def said(service: Service, path: str) -> dict[str, Any]:
    return read_back(service.get(path).text)


def test_an_event_reads_back_as_its_record(service: Service) -> None:
    told = record()
    assert said(service, "/items/hearing-1") == {
        "@type": "Event",
        "@id": f"{BASE_URL}/items/hearing-1",
        "url": f"{BASE_URL}/items/hearing-1",
        "name": told["title"],
        "description": told["summary"],
        "sameAs": told["url"],
        "about": [{"@type": "Thing", "name": "Commercial Rule of Law"}],
        "organizer": PUBLISHER,
        "startDate": told["event"]["start"],
        "endDate": told["event"]["end"],
        "eventStatus": "https://schema.org/EventScheduled",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "location": {"@type": "Place", "name": told["event"]["location"], "address": told["event"]["location"]},
    }


def test_a_press_release_is_a_news_article(service: Service) -> None:
    told = numbered_news(
        1, title=HOSTILE, updated="2026-11-03T08:00:00-05:00", language="zh-Hans",
        links=[{"url": "https://a.gov/a.pdf", "title": "Paper", "type": "application/pdf"}],
    )  # fmt: skip
    service.publish(told, name="news.jsonl")
    title = item_from(told).title
    assert said(service, "/items/news-1") == {
        "@type": "NewsArticle",
        "@id": f"{BASE_URL}/items/news-1",
        "url": f"{BASE_URL}/items/news-1",
        "name": title,
        "headline": title,
        "articleSection": "Press Release",
        "description": told["summary"],
        "inLanguage": "zh-Hans",
        "about": [{"@type": "Thing", "name": "Commercial Rule of Law"}],
        "subjectOf": [
            {
                "@type": "CreativeWork",
                "url": "https://a.gov/a.pdf",
                "name": "Paper",
                "encodingFormat": "application/pdf",
            }
        ],
        "datePublished": told["published"],
        "dateModified": told["updated"],
        "publisher": PUBLISHER,
    }


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("PRC Legal Provision", "Legislation"),
        ("Law", "Legislation"),
        ("Analysis", "NewsArticle"),
        ("Lawsuit", "NewsArticle"),
    ],
)
def test_legal_provisions_are_legislation(kind: str, expected: str) -> None:
    item = item_from({"id": "x", "type": kind, "title": "T", "published": "2026-01-02"})
    told = structured.item(EDITION, item)
    assert (told["@type"], told["datePublished"]) == (expected, "2026-01-02")
    assert told.get("legislationType") == (kind if expected == "Legislation" else None)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"status": "cancelled"}, {"eventStatus": "https://schema.org/EventCancelled"}),
        ({"status": "postponed"}, {"eventStatus": "https://schema.org/EventPostponed"}),
        ({"status": "tentative"}, {"eventStatus": "https://schema.org/EventScheduled"}),
        (
            {"webcast": "https://a.gov/live", "location": None},
            {
                "eventAttendanceMode": "https://schema.org/OnlineEventAttendanceMode",
                "location": {"@type": "VirtualLocation", "url": "https://a.gov/live"},
            },
        ),
        (
            {"webcast": "https://a.gov/live", "location": "Room 1"},
            {
                "eventAttendanceMode": "https://schema.org/MixedEventAttendanceMode",
                "location": [
                    {"@type": "Place", "name": "Room 1", "address": "Room 1"},
                    {"@type": "VirtualLocation", "url": "https://a.gov/live"},
                ],
            },
        ),
        ({"location": None, "end": None}, {"eventAttendanceMode": None, "location": None, "endDate": None}),
        (
            {"start": "2026-12-01", "end": "2026-12-02", "timezone": None},
            {"startDate": "2026-12-01", "endDate": "2026-12-02"},
        ),
    ],
)
def test_how_it_stands_with_an_event_is_said(tmp_path: Path, event: dict[str, Any], expected: dict[str, Any]) -> None:
    service = Service(tmp_path)
    service.publish(record(event=event))
    found = said(service, "/items/hearing-1")
    assert {name: found.get(name) for name in expected} == expected


def moved(hour: int) -> dict[str, Any]:
    return record(event={"start": f"2026-12-01T{hour}:30:00-05:00", "end": f"2026-12-01T{hour + 1}:30:00-05:00"})


def test_an_event_that_moved_says_when_it_was_before(service: Service) -> None:
    """More than one earlier start are all named, the latest first; none that it is back at."""
    first = record()["event"]["start"]
    told = []
    for hour in (14, 16, 14):
        service.later(hours=1).publish(moved(hour))
        told.append(said(service, "/items/hearing-1"))
    assert [(one["startDate"], one["eventStatus"], one["previousStartDate"]) for one in told] == [
        ("2026-12-01T14:30:00-05:00", "https://schema.org/EventRescheduled", first),
        ("2026-12-01T16:30:00-05:00", "https://schema.org/EventRescheduled", ["2026-12-01T14:30:00-05:00", first]),
        ("2026-12-01T14:30:00-05:00", "https://schema.org/EventRescheduled", ["2026-12-01T16:30:00-05:00", first]),
    ]


def test_another_end_or_text_is_no_move(service: Service) -> None:
    later_end = {"end": "2026-12-01T12:00:00-05:00"}
    service.later(hours=1).publish(record(event=later_end, summary="Otherwise."))
    found = said(service, "/items/hearing-1")
    assert found["eventStatus"] == "https://schema.org/EventScheduled"
    assert "previousStartDate" not in found


def test_what_was_withdrawn_says_nothing_to_machines(service: Service) -> None:
    service.later(hours=1).publish(numbered_news(1))
    assert extruct.extract(service.get("/items/hearing-1").text, syntaxes=["json-ld"]) == {"json-ld": []}


@given(items())
def test_whatever_a_record_says_reads_back_alike(item: Any) -> None:
    told = structured.item(EDITION, item)
    page = f'<html><script type="application/ld+json">{structured.block(told)}</script><p>after</p></html>'
    assert read_back(page) == json.loads(json.dumps(told))
    assert [words.text for words in html5lib.parse(page, namespaceHTMLElements=False).iter("p")] == ["after"]


def test_no_text_ends_the_block_or_begins_another() -> None:
    block = structured.block({"name": HOSTILE})
    assert re.search("[<>&\u2028\u2029]", block) is None
    assert json.loads(block)["name"] == HOSTILE


def test_home_tells_who_publishes_and_how_to_search(service: Service) -> None:
    site, publisher = said(service, "/")["@graph"]
    assert publisher == PUBLISHER
    assert (site["@type"], site["publisher"]) == ("WebSite", {"@id": PUBLISHER["@id"]})
    address = site["potentialAction"]["target"]["urlTemplate"].replace("{search_term_string}", "trade")
    assert "Trade and data" in service.get(address.removeprefix(BASE_URL)).text


@pytest.mark.parametrize("path", ["/items", "/events", "/events/2026-12", "/types/hearing"])
def test_a_list_names_where_its_items_are(service: Service, path: str) -> None:
    found = said(service, path)
    assert (found["@type"], found["numberOfItems"]) == ("ItemList", 1)
    assert found["itemListElement"] == [{"@type": "ListItem", "position": 1, "url": f"{BASE_URL}/items/hearing-1"}]


def graph(service: Service, path: str) -> dict[str, str]:
    tree = html5lib.parse(service.get(path).text, namespaceHTMLElements=False)
    return {meta.get("property"): meta.get("content") for meta in tree.iter("meta") if meta.get("property")}


def test_an_item_has_a_card_for_other_sites(service: Service) -> None:
    service.publish(record(title=HOSTILE, updated="2026-11-03"))
    publisher = PUBLISHER["name"]
    assert graph(service, "/items/hearing-1") == {
        "og:site_name": publisher,
        "og:locale": "en_US",
        "og:type": "article",
        "og:title": item_from(record(title=HOSTILE)).title,
        "og:description": "Hearing, Tuesday, December 1, 2026, 9:30–11:00 a.m. EST, Room 301, Russell Senate Office "
        "Building. A hearing on trade. With three witnesses.",
        "og:image": f"{BASE_URL}/static/icon-512.png",
        "og:image:width": "512",
        "og:image:height": "512",
        "og:image:alt": publisher,
        "og:url": f"{BASE_URL}/items/hearing-1",
        "article:published_time": "2026-11-02",
        "article:modified_time": "2026-11-03",
    }


@pytest.mark.parametrize(
    "path", ["/", "/items", "/events", "/events/2026-12", "/changes", "/types", "/topics", "/feeds"]
)
def test_every_page_has_a_card(service: Service, path: str) -> None:
    found = graph(service, path)
    assert (found["og:type"], found["og:url"]) == ("website", f"{BASE_URL}{path}")
    assert all(found.values())
    assert service.get(found["og:image"].removeprefix(BASE_URL)).status == 200


def test_nothing_hangs_on_the_clock(service: Service) -> None:
    page = service.get("/items/hearing-1").text
    service.now = NOW.replace(hour=23)
    assert service.get("/items/hearing-1").text == page
