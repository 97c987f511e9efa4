"""The feed doctor: what it says of an address is what that address is answered with."""

import re
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote

import html5lib
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cecc_feeds.render import FORMATS
from cecc_feeds.web import doctor
from tests.service import BASE_URL, LISTS, Answered, Service, ask, numbered, numbered_news, record
from tests.web.test_every_route import ODD, shelf

HTML = "{http://www.w3.org/1999/xhtml}"


@pytest.fixture
def many(published: Callable[..., Service], tmp_path: Path) -> Service:
    """Eight coming hearings, a past one, a cancelled roundtable, and press releases."""
    return published(
        tmp_path,
        *(numbered(number) for number in range(1, 9)),
        numbered(20, type="Roundtable", topics=["Tibet"], event={"status": "cancelled"}),
        record(id="past", title="What was", url=None, event={"start": "2026-03-05", "end": None, "timezone": None}),
        *(numbered_news(number) for number in range(1, 7)),
    )


def words(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def examined(service: Service, url: str) -> Any:
    answer = service.get(f"/subscribe?url={quote(url)}")
    assert (answer.status, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
    return html5lib.HTMLParser(strict=True).parse(answer.text)


def facts(page: Any) -> dict[str, str]:
    names, values = ([words(e) for e in page.iter(f"{HTML}{tag}")] for tag in ("dt", "dd"))
    return dict(zip(names, values, strict=True))


def findings(page: Any) -> list[str]:
    return [words(row) for e in page.iter(f"{HTML}ul") if e.get("class") == "findings" for row in e]


def refusal(page: Any) -> str:
    return "".join(words(e) for e in page.iter(f"{HTML}p") if e.get("class") == "notice cancelled")


def titles(page: Any) -> list[str]:
    return [words(e) for e in page.iter() if e.get("class") == "title"]


FEEDS = [f"{path}{suffix}" for path, suffix in product((*LISTS, "/changes"), FORMATS)]
OF_CHANGES = ("/changes.ics", "/changes.csv")


@pytest.mark.parametrize("path", [path for path in FEEDS if path not in OF_CHANGES])
def test_what_is_said_of_a_feed_is_what_it_is_answered_with(many: Service, path: str) -> None:
    answer = many.get(path)
    told = facts(examined(many, BASE_URL + path))
    assert told["Address"] == BASE_URL + path
    assert told["For people"] == f"{BASE_URL}{path.rpartition('.')[0]}"
    assert many.get(told["For people"].removeprefix(BASE_URL)).status == 200
    assert told["ETag"] == answer["ETag"]
    assert told["Last-Modified"] == answer["Last-Modified"]
    assert told["Last change"] == "Monday, November 23, 2026, 10:00 a.m. EST"
    assert told["Kept for"] == "up to 15 minutes before a program asks again"
    assert told["Size"].startswith(f"{len(answer.body):,} bytes, ")
    assert told["Format"] == FORMATS[f".{path.rpartition('.')[2]}"].name
    assert told["Holds"] == holds(answer, path)


def holds(answer: Answered, path: str) -> str:
    counted = {".ics": "BEGIN:VEVENT", ".rss": "<item>", ".atom": "<entry", ".json": '"date_published"', ".csv": "\r\n"}
    suffix = f".{path.rpartition('.')[2]}"
    number = answer.text.count(counted[suffix]) - (suffix == ".csv")
    one, several = ("event", "events") if suffix == ".ics" else ("entry", "entries")
    return f"{number} {one if number == 1 else several}"


SPELLINGS = [
    "https://feeds.example.gov/events.ics",
    "http://feeds.example.gov/events.ics",
    "webcal://feeds.example.gov/events.ics",
    "WEBCAL://FEEDS.EXAMPLE.GOV/events.ics",
    "feed://feeds.example.gov/events.ics",
    "feeds.example.gov/events.ics",
    "/events.ics",
    "  /events.ics/ ",
    "/events.ics?",
    "/events.ics#x",
    "/events%2Eics",
]


@pytest.mark.parametrize("given", SPELLINGS)
def test_an_address_of_ours_is_known_however_it_is_spelt(many: Service, given: str) -> None:
    page = examined(many, given)
    assert facts(page)["Address"] == f"{BASE_URL}/events.ics"
    assert findings(page) == []


NO_FEED = "There is no feed at {}. Every list has one: lists are at /events, /items, /types, /topics and /feeds."
ELSEWHERE = f"That is no address of this service. Its feeds begin with {BASE_URL}/, and every list page names its own."
REFUSED = {
    "https://elsewhere.example/events.ics": ELSEWHERE,
    "https://feeds.example.gov.evil.example/events.ics": ELSEWHERE,
    "https://feeds.example.gov:8443/events.ics": ELSEWHERE,
    "//elsewhere.example/events.ics": ELSEWHERE,
    "javascript:alert(1)": ELSEWHERE,
    "file:///etc/passwd": ELSEWHERE,
    "events.ics": ELSEWHERE,
    "https://[::1/x": ELSEWHERE,
    "<script>alert(1)</script>": ELSEWHERE,
    "/": NO_FEED.format("/"),
    "/nowhere.ics": NO_FEED.format("/nowhere.ics"),
    "/changes.ics": NO_FEED.format("/changes.ics"),
    "/types/none.ics": 'There is no type "none" here. Types are listed at /types.',
    "/feeds/none": 'There is no feed "none" here. Feeds are listed at /feeds.',
    "/items/none.ics": NO_FEED.format("/items/none.ics"),
    "/items/news-1.ics": "news-1 has no event, so there is nothing here.",
    "/events.ics?limit=x": (
        'This address is answered 400 and holds nothing: limit: takes a whole number from 1 to 5000; not "x".'
    ),
}


@pytest.mark.parametrize("given", REFUSED)
def test_what_is_no_feed_of_ours_is_told_in_one_sentence_and_asked_again(many: Service, given: str) -> None:
    page = examined(many, given)
    assert refusal(page) == REFUSED[given]
    assert facts(page) == {}
    (field,) = [e for e in page.iter(f"{HTML}input") if e.get("name") == "url"]
    assert field.get("value") == given


def test_below_a_path_an_address_of_ours_is_below_it(tmp_path: Path) -> None:
    service = Service(tmp_path, given={"base_url": "https://www.example.gov/feeds"})
    service.publish(record())
    for address in ("https://www.example.gov/feeds/events.ics", "/feeds/events.ics", "/events.ics"):
        assert facts(examined(service, address))["Address"] == "https://www.example.gov/feeds/events.ics"
    assert refusal(examined(service, "https://www.example.gov/events.ics")).startswith("That is no address of this")
    assert facts(examined(service, "/feeds/feeds/hearings.rss"))["Address"].endswith("/feeds/feeds/hearings.rss")


@pytest.mark.parametrize(
    ("given", "suffix"),
    [("/events", ".ics"), ("/types/hearing", ".ics"), ("/types/press-release", ".rss"), ("/changes", ".rss"),
     ("/events.svg", ".ics")],
)  # fmt: skip
def test_of_a_page_the_feed_is_examined_that_its_panel_offers(many: Service, given: str, suffix: str) -> None:
    page = examined(many, given)
    assert facts(page)["Address"] == f"{BASE_URL}{given.removesuffix('.svg')}{suffix}"
    assert findings(page) == [f"That is a page for people; what is examined is its feed with {suffix} behind its path."]


def test_a_subscriber_of_a_calendar_sees_the_next_events_in_washington_time_first(many: Service) -> None:
    page = examined(many, "/events.ics")
    assert titles(page) == [*(f"Number {number}" for number in range(1, 9)), "Number 20", "What was"]
    times = [(e.get("datetime"), words(e)) for e in page.iter(f"{HTML}time") if "T" in e.get("datetime")]
    assert ("2026-12-01T09:30:00-05:00", "Tuesday, December 1, 2026, 9:30–10:30 a.m. EST") in times
    assert titles(examined(many, "/events.ics?limit=2")) == ["Number 1", "Number 2"]
    assert "Number 20" not in titles(examined(many, "/events.ics?cancelled=drop"))


def test_a_withdrawn_event_is_shown_as_calendars_go_on_telling_of_it(many: Service) -> None:
    rest = [numbered(number) for number in range(2, 9)]
    many.later(hours=1).publish(*rest, allow_withdrawals=True)
    assert many.events()["hearing-1@cecc.gov"]["STATUS"] == "CANCELLED"
    assert titles(examined(many, "/events.ics"))[0] == "Number 1"
    assert "Withdrawn" in words(examined(many, "/events.ics"))


def test_a_subscriber_of_news_sees_the_newest_entries(many: Service) -> None:
    assert titles(examined(many, "/types/press-release.atom")) == [f"Number {number}" for number in range(6, 0, -1)]
    assert len(titles(examined(many, "/changes.rss"))) == 10


def test_of_one_item_its_calendar_is_examined_and_said_to_be_one(many: Service) -> None:
    told = "This holds one item only: it is for adding that, not for following; lists have feeds to follow."
    for address in ("/items/hearing-1", "/items/hearing-1.ics"):
        page = examined(many, address)
        assert (facts(page)["Address"], findings(page)) == (f"{BASE_URL}/items/hearing-1.ics", [told])
        assert facts(page)["ETag"] == many.get("/items/hearing-1.ics")["ETag"]
    page = examined(many, "/items/news-1")
    assert (facts(page)["Address"], findings(page)) == (f"{BASE_URL}/items/news-1.json", [told])


# --- findings ---------------------------------------------------------------------------------------------------------

FINDINGS = {
    "/events.ics?page=2&order=start": [
        'The parameter "page" means nothing in calendars.',
        'The parameter "order" means nothing in calendars.',
    ],
    "/items.rss?alarm=5&busy=1&utm_source=x": [
        'The parameter "alarm" means nothing in news and tables.',
        'The parameter "busy" means nothing in news and tables.',
        'The parameter "utm_source" is not read here.',
    ],
    "/changes.atom?order=start": ['The parameter "order" means nothing in lists of changes.'],
    "/items.json?change=moved": ['The parameter "change" means nothing in news and tables.'],
    "/events.ics?topic=none": [
        'There is no topic "none", and nothing is found by it; topics are listed at /topics.',
        "It holds nothing now. Whoever follows it will hear of the first item.",
    ],
    "/events.ics?limit=3": ["Holds 3 of 10 events; limit=10 in the address gives more."],
    "/items.csv?limit=5": ["Holds 1 to 5 of 16 items; page= and limit= (up to 500) in the address give the others."],
    "/events.ics?alarm=30&busy=1&cancelled=keep": [],
}


@pytest.mark.parametrize("given", FINDINGS)
def test_findings(many: Service, given: str) -> None:
    assert findings(examined(many, given)) == FINDINGS[given]


def test_F27_an_address_that_google_silently_refuses_is_a_finding(many: Service) -> None:
    page = examined(many, f"/events.ics?q={'x' * 300}")
    (found,) = [one for one in findings(page) if one.startswith("Address")]
    assert found == (
        "Address: 340 characters, more than the 256 that apps take. Google Calendar does nothing with a longer one, "
        "and does not say so. Choose fewer things, or have the choice kept under a short name in feeds.toml."
    )
    assert not [one for one in findings(examined(many, f"/items.rss?q={'x' * 300}")) if one.startswith("Address")]


def test_an_address_that_has_moved_is_a_finding_and_the_new_one_is_examined(many: Service) -> None:
    (many.data / "same.toml").write_text('[topics]\n"Commercial Rule of Law" = "Trade"\n[feeds]\n"old" = "hearings"\n')
    many.later(hours=1).bring_in()
    page = examined(many, "/topics/commercial-rule-of-law.ics?limit=9")
    assert facts(page)["Address"] == f"{BASE_URL}/topics/trade.ics?limit=9"
    assert findings(page) == [f"It is now at {BASE_URL}/topics/trade.ics; who asks at the old address is led there."]


EVENT = (
    "BEGIN:VEVENT\r\nUID:a@b\r\nDTSTAMP:20261101T000000Z\r\nCREATED:20261101T000000Z\r\n"
    "LAST-MODIFIED:20261101T000000Z\r\nSEQUENCE:0\r\nDTSTART:20261201T100000Z\r\nDTEND:20261201T{end}0000Z\r\n"
    "SUMMARY:x\r\nSTATUS:CONFIRMED\r\nCLASS:PUBLIC\r\nTRANSP:TRANSPARENT\r\nX-MICROSOFT-CDO-BUSYSTATUS:FREE\r\n"
    "URL:https://a.b/\r\nDESCRIPTION:x\r\nEND:VEVENT\r\n"
)


def test_the_bytes_of_each_event_are_looked_at_reminders_left_aside() -> None:
    good, bad = (EVENT.format(end=end).encode() for end in ("11", "09"))
    alarm = b"BEGIN:VALARM\r\nACTION:DISPLAY\r\nEND:VALARM\r\nEND:VEVENT\r\n"
    reminding = good.replace(b"END:VEVENT\r\n", alarm)
    assert list(doctor.faults_of(b"BEGIN:VCALENDAR\r\n" + good + reminding + b"END:VCALENDAR\r\n", ".ics", 2)) == []
    assert list(doctor.faults_of(b"BEGIN:VCALENDAR\r\n" + bad + good + b"END:VCALENDAR\r\n", ".ics", 2)) == [
        "a@b: DTEND 20261201T090000Z is not after DTSTART 20261201T100000Z"
    ]


@pytest.mark.parametrize(
    ("body", "suffix"), [(b"<rss><channel>", ".rss"), (b"<feed", ".atom"), (b"{", ".json"), (b"\xff", ".csv")]
)
def test_a_body_that_cannot_be_read_is_a_finding(body: bytes, suffix: str) -> None:
    (found,) = doctor.faults_of(body, suffix, 1)
    assert found.startswith("It cannot be read: ")


def test_a_body_with_too_few_entries_is_a_finding() -> None:
    told = "It holds 1 entries where there should be 2."
    assert list(doctor.faults_of(b"<rss><channel><item/></channel></rss>", ".rss", 2)) == [told]


def test_many_findings_are_shortened(many: Service) -> None:
    args = "&".join(f"x{number}=1" for number in range(30))
    found = findings(examined(many, f"/events.ics?{args}"))
    assert (len(found), found[-1]) == (doctor.MOST_FINDINGS + 1, "And 10 more.")


PATHS = st.sampled_from(["/events.ics", "/types/hearing", "/feeds/hearings.atom", "/items/hearing-1.ics", "/", ""])
BASES = st.sampled_from(
    ["", "https://feeds.example.gov", "webcal://feeds.example.gov", "//", "https://", "feeds.example.gov"]
)


@given(base=BASES, path=PATHS, query=st.text(max_size=30), odd=ODD)
@example(base="https://", path="", query="\ud800"[:0], odd="[")
@example(base="https://feeds.example.gov", path="/types/", query="", odd="hearing%00.ics")
def test_whatever_is_given_is_a_page(base: str, path: str, query: str, odd: str) -> None:
    given = f"{base}{path}{odd}?{query}"
    answer = ask(shelf(), f"/subscribe?url={quote(given, errors='replace')}")
    assert answer.status == 200 or (answer.status, len(given) > 800) == (414, True)


def test_each_address_is_examined_anew_once_it_changes(many: Service) -> None:
    before = facts(examined(many, "/events.ics"))
    many.later(hours=1).publish(record(id="new", title="Something new", url=None), name="other.jsonl")
    after = facts(examined(many, "/events.ics"))
    assert before["ETag"] != after["ETag"]
    assert re.search("11:00 a.m.", after["Last change"])
