"""oEmbed (https://oembed.com): which addresses are answered, what the answer says, and how pages lead to it."""

import json
import re
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from lxml import etree

from tests.service import BASE_URL, Answered, Service, numbered, record

PUBLISHER = "Congressional-Executive Commission on China"
MARKS = '<script>alert("1")</script> & "quotes" \'too\' <b>'


def asked(service: Service, address: str, more: str = "") -> Answered:
    return service.get(f"/oembed?url={quote(address, safe='')}{more}")


def told(service: Service, address: str, more: str = "") -> dict[str, Any]:
    answer = asked(service, address, more)
    assert (answer.status, answer["Content-Type"]) == (200, "application/json; charset=utf-8")
    found: dict[str, Any] = json.loads(answer.body)
    return found


def frame(found: dict[str, Any]) -> dict[str, str]:
    """The attributes of the frame that an answer holds, and nothing else."""
    (attributes,) = re.fullmatch(r"<iframe ([^<>]*)></iframe>", found["html"]).groups()  # type: ignore[union-attr]
    return {name: unescape(value) for name, value in re.findall(r'([a-z-]+)(?:="([^"]*)")?', attributes)}


def test_the_answer_is_a_rich_frame_as_json_and_as_xml(service: Service) -> None:
    found = told(service, f"{BASE_URL}/events?type=hearing&limit=3")
    title = f"Events: Hearing – {PUBLISHER}"
    assert found == {
        "version": "1.0",
        "type": "rich",
        "html": f'<iframe src="{BASE_URL}/embed?type=hearing&amp;limit=3" title="{title}" width="600" height="620" '
        'loading="lazy" frameborder="0" data-cecc></iframe>',
        "width": 600,
        "height": 620,
        "title": title,
        "provider_name": PUBLISHER,
        "provider_url": f"{BASE_URL}/",
        "cache_age": 3600,
    }
    answer = asked(service, f"{BASE_URL}/events?type=hearing&limit=3", "&format=xml")
    assert (answer.status, answer["Content-Type"]) == (200, "text/xml; charset=utf-8")
    root = etree.fromstring(answer.body)
    assert root.tag == "oembed"
    assert {child.tag: child.text for child in root} == {name: str(value) for name, value in found.items()}


ADDRESSES = {
    "/events": "/embed",
    "/events.ics?limit=1000&alarm=5": "/embed",
    "/events/?utm_source=x&page=2": "/embed",
    "/events.rss?q=a+b&order=start": "/embed?q=a+b&order=start",
    "/items": "/embed/items",
    "/changes.atom?change=moved": "/embed/changes?change=moved",
    "/types/hearing": "/embed/types/hearing",
    "/types/hearing.json": "/embed/types/hearing",
    "/topics/commercial-rule-of-law": "/embed/topics/commercial-rule-of-law",
    "/feeds/hearings.ics": "/embed/feeds/hearings",
    "/items/hearing-1": "/embed/items/hearing-1",
    "/items/hearing-1.ics": "/embed/items/hearing-1",
    "/items/odd.json": "/embed/items/odd.json",
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_address_of_a_list_or_an_item_is_answered_with_a_frame_that_is_there(
    service: Service, address: str
) -> None:
    service.publish(numbered(2, id="odd.json"), name="other.jsonl")
    for origin in (BASE_URL, BASE_URL.replace("https", "http"), BASE_URL.upper().replace("HTTPS", "https")):
        source = frame(told(service, f"{origin}{address}"))["src"]
        assert source == f"{BASE_URL}{ADDRESSES[address]}"
        assert service.get(source.removeprefix(BASE_URL)).status == 200


NOT_OURS = (
    "https://example.org/events", f"{BASE_URL}.evil.example/events", "//feeds.example.gov/events", "events",
    "ftp://feeds.example.gov/events", f"{BASE_URL}/", f"{BASE_URL}/subscribe", f"{BASE_URL}/static/style.css",
    f"{BASE_URL}/types/none", f"{BASE_URL}/feeds/none.ics", f"{BASE_URL}/items/none", f"{BASE_URL}/events/2026-12",
    f"{BASE_URL}:8443/events", "https://[feeds/events",
)  # fmt: skip


@pytest.mark.parametrize("address", NOT_OURS)
def test_any_other_address_is_404_in_a_sentence(service: Service, address: str) -> None:
    answer = asked(service, address)
    assert (answer.status, answer["Content-Type"]) == (404, "text/plain; charset=utf-8")
    assert answer.text.endswith(".\n")


def test_a_withdrawn_item_is_404(service: Service) -> None:
    service.later(hours=1).publish(numbered(2), allow_withdrawals=True)
    assert asked(service, f"{BASE_URL}/items/hearing-1").status == 404


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        ("", 400, "url: takes the address of a list or an item here."),
        ("url=", 400, "url: takes the address of a list or an item here."),
        (f"url={BASE_URL}/events&format=yaml", 501, "format: json and xml are written here."),
        (f"url={BASE_URL}/events&maxwidth=wide", 400, "maxwidth: takes a whole number of pixels from 50."),
        (f"url={BASE_URL}/events&maxheight=9", 400, "maxheight: takes a whole number of pixels from 50."),
        (f"url={BASE_URL}/events%3Flimit%3Dx", 400, 'limit: takes a whole number from 1 to 500; not "x".'),
    ],
)
def test_what_cannot_be_understood_is_told_in_a_sentence(
    service: Service, query: str, status: int, sentence: str
) -> None:
    answer = service.get(f"/oembed?{query}")
    assert (answer.status, answer.text) == (status, f"{sentence}\n")


@pytest.mark.parametrize(
    ("more", "size"),
    [
        ("", (600, 960)),
        ("&maxwidth=320", (320, 1000)),
        ("&maxheight=300&maxwidth=9999", (600, 300)),
        ("&maxwidth=&maxheight=", (600, 960)),
    ],
)
def test_the_frame_is_no_larger_than_is_asked_for(service: Service, more: str, size: tuple[int, int]) -> None:
    found = told(service, f"{BASE_URL}/events", more)
    own = frame(found)
    assert (found["width"], found["height"]) == (int(own["width"]), int(own["height"])) == size


def test_marks_in_titles_and_queries_stay_text(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.publish(record(title=MARKS))
    heading = told(service, f"{BASE_URL}/items/hearing-1")["title"]
    assert frame(told(service, f"{BASE_URL}/items/hearing-1"))["title"] == heading
    found = told(service, f"{BASE_URL}/events?q={quote(MARKS)}&type={quote(MARKS)}")
    assert frame(found)["title"] == found["title"]
    assert asked(service, f"{BASE_URL}/events?q={quote(MARKS)}", "&format=xml").status == 200


def test_a_service_below_a_path_answers_for_its_own_addresses(tmp_path: Path) -> None:
    service = Service(tmp_path, given={"base_url": "https://www.example.gov/calendar"})
    service.publish(record())
    assert frame(told(service, "https://www.example.gov/calendar/events"))["src"] == (
        "https://www.example.gov/calendar/embed"
    )
    assert asked(service, "https://www.example.gov/events").status == 404


@pytest.mark.parametrize("path", ["/events", "/events?q=trade&type=hearing", "/types/hearing", "/items/hearing-1"])
def test_pages_lead_to_their_embed(service: Service, path: str) -> None:
    offered = re.findall(
        r'<link rel="alternate" type="(\w+/\w+\+oembed)" title="[^"]+" href="([^"]+)">', service.get(path).text
    )
    assert [media for media, _ in offered] == ["application/json+oembed", "text/xml+oembed"]
    for media, address in offered:
        answer = service.get(unescape(address).removeprefix(BASE_URL))
        assert (answer.status, answer["Content-Type"].partition(";")[0]) == (200, media.removesuffix("+oembed"))
        own = json.loads(answer.body)["html"] if "json" in media else etree.fromstring(answer.body).findtext("html")
        assert f'src="{BASE_URL}/embed' in str(own)
