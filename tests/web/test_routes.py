"""Every address of the interface: what it answers, what its parameters take, and what is not there."""

import csv
import io
import json
import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings

from cecc_feeds.identity import identify
from cecc_feeds.model import Item, canonical, item_from, record_line
from cecc_feeds.query import CALENDAR_MOST, NEWS_MOST, PARAMETERS
from cecc_feeds.render import FORMATS
from cecc_feeds.sources import Located, read_path
from tests import strategies
from tests.service import BASE_URL, FEEDS_TOML, LISTS, Answered, Service, entry_id, numbered, numbered_news, record, uid

HTML = "text/html; charset=utf-8"
PAGES = ("/", *LISTS, "/types", "/topics", "/feeds", "/events/2026-12", "/events/1900-01", "/items/hearing-1")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_html(service: Service, path: str) -> None:
    answer = service.get(path)
    assert (answer.status, answer["Content-Type"]) == (200, HTML)
    assert answer.body.lower().startswith(b"<!doctype html>")


def test_the_operators_addresses_answer_in_plain_words(service: Service) -> None:
    told = {path: (service.get(path).status, service.get(path).text) for path in ("/healthz", "/readyz", "/robots.txt")}
    assert told == {
        "/healthz": (200, "alive\n"),
        "/readyz": (200, "ready\ncecc.jsonl: last good import 2026-11-23T15:00:00Z, 0 s ago\n"),
        "/robots.txt": (200, f"User-agent: *\nAllow: /\n\nSitemap: {BASE_URL}/sitemap.xml\n"),
    }
    assert {service.get(path)["Cache-Control"] for path in ("/healthz", "/readyz")} == {"no-store"}


def test_ready_tells_the_age_of_each_sources_last_good_import(service: Service) -> None:
    service.later(minutes=3, seconds=4).publish(numbered(2), name="other\tfile.jsonl")
    with closing(sqlite3.connect(service.database)) as connection, connection:
        connection.execute(
            "INSERT INTO source (name, there, kind, configured, imported, rank) VALUES ('page.txt', 1, 'page', 1, 0, 0)"
        )
    service.later(seconds=184)
    assert service.get("/readyz").text == (
        "ready\n"
        "cecc.jsonl: last good import 2026-11-23T15:03:04Z, 184 s ago\n"
        "other file.jsonl: last good import 2026-11-23T15:03:04Z, 184 s ago\n"
        "page.txt: last good import never\n"
    )


def test_an_import_in_the_future_is_told_as_one(service: Service) -> None:
    told = "ready\ncecc.jsonl: last good import 2026-11-23T15:00:00Z, -60 s ago\n"
    assert service.later(minutes=-1).get("/readyz").text == told


def test_an_import_that_brought_nothing_new_is_on_the_foot_of_every_page_and_in_no_feed(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.publish(record(), numbered(2, id="v1.json"))
    pages = (*PAGES, "/items/v1.json", "/events?q=trade")
    feeds = [f"{path}{suffix}" for path, suffix in product(LISTS, FORMATS)] + ["/items/hearing-1.ics"]
    before = {path: service.get(path) for path in (*pages, *feeds)}
    service.later(minutes=5).bring_in()
    after = {path: service.get(path) for path in (*pages, *feeds)}
    old, new = (f'2026-11-23T10:0{minute}:00-05:00">Monday, November 23, 2026, 10' for minute in (0, 5))
    assert [path for path in pages if foot(after[path]).count(f"{new}:05 a.m. EST</time>") != 1] == []
    assert [path for path in pages if foot(before[path]).count(f"{old}:00 a.m. EST</time>") != 1] == []
    assert [path for path in pages if before[path]["ETag"] == after[path]["ETag"]] == []
    assert [path for path in feeds if before[path] != after[path]] == []


def foot(page: Answered) -> str:
    return page.text.partition("<footer>")[2]


def test_ready_says_why_not_while_health_goes_on(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.database.unlink()
    told = {path: service.get(path) for path in ("/healthz", "/readyz")}
    assert {path: answer.status for path, answer in told.items()} == {"/healthz": 200, "/readyz": 503}
    assert told["/readyz"].text.startswith("not ready: there is no database at ")


def test_the_schema_describes_the_record(service: Service) -> None:
    answer = service.get("/schema/item.json")
    assert (answer.status, answer["Content-Type"]) == (200, "application/schema+json; charset=utf-8")
    schema = json.loads(answer.body)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert tuple(schema["properties"]) == tuple(Item.model_fields)
    assert schema["additionalProperties"] is False
    assert schema["required"] == ["type"]


def test_an_empty_service_answers_every_list_that_needs_no_item(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.bring_in()
    for path in ("/", "/items", "/events", "/feeds/hearings", "/types", "/topics", "/feeds", "/events/2026-12"):
        assert service.get(path).status == 200, path
    for path, suffix in product(("/items", "/events", "/feeds/hearings"), FORMATS):
        answer = service.get(path + suffix)
        assert answer.status == 200, path + suffix
        assert answer.body


# --- items ------------------------------------------------------------------------------------------------------------


def test_an_item_is_a_page_a_calendar_and_its_canonical_record(service: Service) -> None:
    assert service.get("/items/hearing-1")["Content-Type"] == HTML
    assert list(service.events("/items/hearing-1.ics")) == [uid("hearing-1")]
    assert service.get("/items/hearing-1.json").text == f"{record_line(item_from(record()))}\n"
    assert json.loads(service.get("/items/hearing-1.json").body) == record()


def test_an_item_without_an_event_has_no_calendar(service: Service) -> None:
    service.publish(record(), numbered_news(1))
    answer = service.get("/items/news-1.ics")
    assert (answer.status, answer.text) == (404, "news-1 has no event, so there is nothing here.\n")
    assert service.get("/items/news-1.json").status == 200


def test_an_id_may_hold_dots_and_look_like_a_file(tmp_path: Path) -> None:
    service = Service(tmp_path)
    names = ["a.b.c", "events.ics", "v1.json", "x.csv", "a_b", "1", "..a", "-", "." * 3 + "x.atom"]
    service.publish(*(numbered(number, id=name) for number, name in enumerate(names, 1)))
    for name in names:
        assert service.get(f"/items/{name}").status == 200, name
        assert json.loads(service.get(f"/items/{name}.json").body)["id"] == name
        assert list(service.events(f"/items/{name}.ics")) == [uid(name)]
        assert service.get(f"/items/{name}/")["Content-Type"] == HTML


def test_of_an_item_and_another_one_named_like_its_calendar_each_has_its_page(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.publish(numbered(1, id="a"), numbered(2, id="a.json.json"))
    assert json.loads(service.get("/items/a.json").body)["id"] == "a"
    assert json.loads(service.get("/items/a.json.json.json").body)["id"] == "a.json.json"


def test_an_item_keeps_the_address_of_an_id_that_it_was_once_read_under(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.publish(record(id=None, url=None))
    (name,) = [one.rpartition("/")[2] for one in service.ids()]
    service.later(hours=1).publish(record(id=None))
    assert service.ids() == [entry_id(name)]
    moved = [service.get(f"/items/events.hearings.trade-and-data{suffix}") for suffix in ("", ".json", ".ics?alarm=5")]
    assert [(answer.status, answer["Location"]) for answer in moved] == [
        (301, f"{BASE_URL}/items/{name}"),
        (301, f"{BASE_URL}/items/{name}.json"),
        (301, f"{BASE_URL}/items/{name}.ics?alarm=5"),
    ]


def test_a_withdrawn_item_has_a_readable_page_with_410_and_its_calendar_says_cancelled(service: Service) -> None:
    service.publish(numbered_news(1))
    page = service.get("/items/hearing-1")
    assert (page.status, page["Content-Type"]) == (410, HTML)
    assert "Trade and data" in page.text
    event = service.events("/items/hearing-1.ics")[uid("hearing-1")]
    assert (event["STATUS"], event["SUMMARY"]) == ("CANCELLED", "WITHDRAWN: Hearing: Trade and data")
    told = service.get("/items/hearing-1.json")
    assert (told.status, told.text) == (410, "hearing-1 was withdrawn by its publisher.\n")


# --- parameters -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Service:
    """Hearings of December 1 to 6, of which 2 is cancelled and 3 a roundtable on Tibet, and three press releases."""
    service = Service(tmp_path_factory.mktemp("shelf"))
    service.publish(
        numbered(1, updated="2026-11-20"),
        numbered(2, event={"status": "cancelled"}),
        numbered(3, type="Roundtable", topics=["Tibet", "Commercial Rule of Law"]),
        numbered(4, summary="Eau de vie: l’été à Hong-Kong, 法律与社会"),
        numbered(5, published="2026-10-01", updated="2026-11-23"),
        numbered(6, published="2026-11-22"),
        *(numbered_news(number, topics=["Tibet"]) for number in (1, 2)),
        numbered_news(3, published="2026-11-21", topics=None),
    )
    return service


def shown(service: Service, target: str) -> list[str]:
    """The ids of a JSON feed, or of a calendar's events, without what all have in common."""
    path = target.partition("?")[0]
    if path.endswith(".ics"):
        return [name.partition("@")[0] for name in service.events(target)]
    return [name.rpartition("/")[2] for name in service.ids(target)]


NEWEST_FIRST = [
    "hearing-6", "news-3", "hearing-1", "hearing-2", "hearing-3", "hearing-4", "hearing-5", "news-2", "news-1",
]  # fmt: skip
HEARINGS = ["hearing-6", "hearing-1", "hearing-2", "hearing-4", "hearing-5"]
QUERIES = {
    "": NEWEST_FIRST,
    "?type=hearing": HEARINGS,
    "?type=Hearing": HEARINGS,
    "?type=roundtable,press-release": ["news-3", "hearing-3", "news-2", "news-1"],
    "?type=roundtable&type=press-release": ["news-3", "hearing-3", "news-2", "news-1"],
    "?type=press-release&topic=tibet": ["news-2", "news-1"],
    "?topic=Tibet": ["hearing-3", "news-2", "news-1"],
    "?topic=nowhere": [],
    "?type=nothing": [],
    "?type=nothing,roundtable": ["hearing-3"],
    "?q=eau": ["hearing-4"],
    "?q=EAU+VIE": ["hearing-4"],
    "?q=ete": ["hearing-4"],
    "?q=ea": [],
    "?q=%E6%B3%95": ["hearing-4"],
    "?q=kong+trade": [],
    "?q=rayburn": [],
    "?q=russell+number+2": ["hearing-2"],
    "?from=2026-11-21": ["hearing-6", "news-3"],
    "?from=-2d": ["hearing-6", "news-3"],
    "?from=-1w&to=today": ["hearing-6", "news-3"],
    "?to=2020-12-31": ["news-2", "news-1"],
    "?to=-5y": ["news-2", "news-1"],
    "?from=%2B1d": [],
    "?from=+1d": [],
    "?from= 1d": [],
    "?status=cancelled": ["hearing-2"],
    "?status=confirmed,cancelled&type=roundtable": ["hearing-3"],
    "?order=start&type=hearing": ["hearing-1", "hearing-2", "hearing-4", "hearing-5", "hearing-6"],
    "?order=published&type=hearing": HEARINGS,
    "?order=updated&type=hearing": ["hearing-5", "hearing-6", "hearing-1", "hearing-2", "hearing-4"],
    "?limit=2": NEWEST_FIRST[:2],
    "?limit=2&page=2": NEWEST_FIRST[2:4],
    "?page=2": [],
    "?limit=1&limit=3": NEWEST_FIRST[:3],
    "?type=&topic=&q=&from=&to=&status=&order=&limit=&page=&alarm=&busy=": NEWEST_FIRST,
    "?utm_source=x&fbclid=1&nocache=%FF&TYPE=hearing&type[]=hearing": NEWEST_FIRST,
    "?alarm=30&busy=1": NEWEST_FIRST,
}


@pytest.mark.parametrize("query", QUERIES)
def test_a_list_holds_what_its_parameters_ask_for(shelf: Service, query: str) -> None:
    assert shown(shelf, f"/items.json{query}") == QUERIES[query]
    table = shelf.get(f"/items.csv{query}").text
    assert [row["id"] for row in csv.DictReader(io.StringIO(table))] == QUERIES[query]


EVENT_QUERIES = {
    "/events.ics": ["hearing-1", "hearing-2", "hearing-3", "hearing-4", "hearing-5", "hearing-6"],
    "/items.ics?type=press-release": [],
    "/events.ics?from=2026-12-03&to=2026-12-04": ["hearing-3", "hearing-4"],
    "/events.ics?from=+10d": ["hearing-3", "hearing-4", "hearing-5", "hearing-6"],
    "/events.ics?to=today": [],
    "/events.ics?limit=2": ["hearing-1", "hearing-2"],
    "/events.ics?order=published&page=3": [
        "hearing-1",
        "hearing-2",
        "hearing-3",
        "hearing-4",
        "hearing-5",
        "hearing-6",
    ],
    "/types/hearing.ics": ["hearing-1", "hearing-2", "hearing-4", "hearing-5", "hearing-6"],
    "/types/hearing.ics?topic=tibet": [],
    "/topics/tibet.ics": ["hearing-3"],
    "/topics/tibet.json": ["hearing-3", "news-2", "news-1"],
    "/topics/tibet.json?type=hearing": [],
    "/feeds/hearings.json": HEARINGS,
    "/feeds/hearings.json?type=roundtable": [],
    "/feeds/hearings.ics?status=cancelled": ["hearing-2"],
    "/events.json?from=2026-12-03&to=2026-12-04": ["hearing-3", "hearing-4"],
}


@pytest.mark.parametrize("target", EVENT_QUERIES)
def test_a_list_of_events_is_asked_by_the_day_of_the_event(shelf: Service, target: str) -> None:
    assert shown(shelf, target) == EVENT_QUERIES[target]


BAD = {
    "from=yesterday": "from: takes a day such as 2026-04-30, today, -90d or +1y; not “yesterday”.",
    "to=2026-02-30": "to: takes a day such as 2026-04-30, today, -90d or +1y; not “2026-02-30”.",
    "from=1d": "from: takes a day such as 2026-04-30, today, -90d or +1y; not “1d”.",
    "status=moved": "status: takes confirmed, tentative, postponed, cancelled; not “moved”.",
    "order=size": "order: takes start, published, updated; not “size”.",
    "limit=0": "limit: takes a whole number from 1 to MOST; not “0”.",
    "limit=1.5": "limit: takes a whole number from 1 to MOST; not “1.5”.",
    "limit=99999": "limit: takes a whole number from 1 to MOST; not “99999”.",
    "page=0": "page: takes a whole number from 1 to 100000; not “0”.",
    "page=-1": "page: takes a whole number from 1 to 100000; not “-1”.",
    "alarm=soon": "alarm: takes a whole number from 0 to 40320; not “soon”.",
    "archive=2026-13": "archive: takes a month such as 2026-04; not “2026-13”.",
    "cancelled=yes": "cancelled: takes status, keep, drop; not “yes”.",
    "busy=yes": "busy: takes a whole number from 0 to 1; not “yes”.",
    "limit=<script>": "limit: takes a whole number from 1 to MOST; not “<script>”.",
}


@pytest.mark.parametrize("query", BAD)
def test_a_value_that_cannot_be_understood_is_one_plain_sentence(service: Service, query: str) -> None:
    for path, suffix in product(LISTS, ("", *FORMATS)):
        answer = service.get(f"{path}{suffix}?{query}")
        most = CALENDAR_MOST if suffix == ".ics" else NEWS_MOST
        expected = BAD[query].replace("MOST", str(most)).replace("“", '"').replace("”", '"')
        assert (answer.status, answer["Content-Type"], answer.text) == (
            400,
            "text/plain; charset=utf-8",
            f"{expected}\n",
        )


def test_every_parameter_has_a_value_that_is_refused_or_takes_any_text() -> None:
    refused = {query.partition("=")[0] for query in BAD}
    assert set(PARAMETERS) - refused <= {"type", "topic", "q", "change"}


def test_the_number_of_names_and_words_has_a_bound(service: Service) -> None:
    many = ",".join(f"type-{number}" for number in range(51))
    assert service.get(f"/items.json?type={many}").text == "type or topic: takes at most 50 names.\n"
    assert service.get("/items.json?q=" + "+".join(f"w{number}" for number in range(31))).text == (
        "q: takes at most 30 words of 500 characters in all.\n"
    )


def test_one_selection_has_one_address(service: Service) -> None:
    spellings = (
        "?type=hearing&topic=tibet,xinjiang&q=law%20water&from=today",
        "?from=TODAY&q=water&q=LAW&topic=xinjiang&topic=Tibet&type=Hearing&nocache=1",
        "?from=%2B0d&topic=tibet&topic=xinjiang&type=hearing,hearing&q=law+water+law",
    )
    assert len({service.get(f"/items.rss{query}")["Link"] for query in spellings}) == 1


@pytest.mark.parametrize("path", ["/events.ics", "/items/hearing-1.ics"])
def test_alarm_and_busy_are_for_who_asks(service: Service, path: str) -> None:
    plain = service.get(path).text
    assert "VALARM" not in plain
    assert plain.count("TRANSP:TRANSPARENT\r\nX-MICROSOFT-CDO-BUSYSTATUS:FREE\r\n") == 1
    asked = service.get("/events.ics?alarm=45&busy=1").text
    assert asked.count("TRANSP:OPAQUE\r\nX-MICROSOFT-CDO-BUSYSTATUS:BUSY\r\n") == 1
    alarm = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Reminder\r\nTRIGGER:-PT45M\r\nEND:VALARM\r\nEND:VEVENT\r\n"
    assert asked.count(alarm) == 1


def test_news_are_the_same_whether_an_alarm_is_asked_for_or_not(service: Service) -> None:
    for suffix in (".rss", ".atom", ".json", ".csv"):
        assert service.get(f"/events{suffix}?alarm=45&busy=1") == service.get(f"/events{suffix}")


SPELLINGS = ["法律", "Human Rights & Law", "..", "a/b", "C++", "%2e", "🙂", "x" * 300, ".ics", "a?b#c"]


@pytest.mark.parametrize("name", SPELLINGS)
def test_a_topic_of_any_spelling_has_its_lists(service: Service, name: str) -> None:
    service.publish(record(topics=[name]))
    page = service.get("/topics").text
    found = set(re.findall(r'href="(/topics/[^".]+)"', page))
    (path,) = found - {"/topics/commercial-rule-of-law"}
    for suffix in ("", *FORMATS):
        answer = service.get(path + suffix)
        assert answer.status == 200
        assert suffix == "" or f'<{BASE_URL}{path}{suffix}>; rel="self"' in answer["Link"]
    assert list(service.events(f"{path}.ics")) == [uid("hearing-1")]
    filename = service.get(f"{path}.ics")["Content-Disposition"]
    assert re.fullmatch(r'inline; filename="[a-z0-9-]{1,120}\.ics"', filename)
    assert name != "法律" or filename == 'inline; filename="calendar.ics"'


# --- known once, known for ever ---------------------------------------------------------------------------------------


def test_a_type_or_topic_known_once_is_known_for_ever_empty_or_not(service: Service) -> None:
    service.publish(numbered_news(1, topics=["Tibet"]), allow_withdrawals=True)
    for path in ("/types/hearing", "/topics/commercial-rule-of-law"):
        assert [service.get(path + suffix).status for suffix in ("", *FORMATS)] == [200] * 6
        assert shown(service, f"{path}.csv".replace(".csv", ".json")) == ["hearing-1"], "the entry that says withdrawn"
    service.later(days=365).publish(allow_withdrawals=True)
    assert service.get("/topics/tibet.ics").status == 200


NOT_THERE = {
    "/types/none": 'There is no type "none" here. Types are listed at /types.',
    "/topics/none": 'There is no topic "none" here. Topics are listed at /topics.',
    "/feeds/none": 'There is no feed "none" here. Feeds are listed at /feeds.',
    "/items/none": 'There is no item "none" here.',
    "/events/2026-13": "A month is addressed like /events/2026-04, in the years 1900 to 2199.",
    "/events/1899-12": "A month is addressed like /events/2026-04, in the years 1900 to 2199.",
    "/events/next": "A month is addressed like /events/2026-04, in the years 1900 to 2199.",
    "/none": "There is nothing at this address.",
    "/items/a/b": "There is nothing at this address.",
    "/static/none.css": "There is no such file.",
    "/static/../routes.py": "There is nothing at this address.",
    "/static/%2e%2e": "There is no such file.",
}


@pytest.mark.parametrize("path", NOT_THERE)
def test_what_is_not_there_is_404_with_a_sentence(service: Service, path: str) -> None:
    answer = service.get(path)
    assert answer.status == 404
    if answer["Content-Type"] == HTML:
        assert NOT_THERE[path].replace('"', "&#34;") in answer.text
    else:
        assert answer.text == f"{NOT_THERE[path]}\n"


def test_a_problem_page_says_back_nothing_that_could_run(service: Service) -> None:
    for path in ("/types/<script>alert(1)</script>", "/items/%3Cimg%20src=x%3E", "/feeds/%22%3E%3Cb%3E"):
        assert not re.search(r"<script>|<img|<b>", service.get(path).text)


def test_a_feed_named_in_feeds_toml_while_serving_is_there_at_once(service: Service) -> None:
    assert service.get("/feeds/tibet.ics").status == 404
    (service.data / "feeds.toml").write_text(FEEDS_TOML + '[tibet]\ntitle = "On Tibet"\nquery = "topic=tibet"\n')
    assert service.get("/feeds/tibet.ics").status == 200
    assert json.loads(service.get("/feeds/tibet.json").body)["title"] == "On Tibet"


def test_the_host_of_a_request_is_in_no_answer(service: Service) -> None:
    for path in (*PAGES, *(path + suffix for path in LISTS for suffix in FORMATS)):
        answer = service.get(path, {"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
        assert b"evil.example" not in answer.body
        assert "evil.example" not in str(answer.headers)


# --- a record comes back ----------------------------------------------------------------------------------------------


def served(service: Service, item: Item) -> dict[str, list[Item]]:
    """The item as each format that carries whole records gives it back, read by our own readers."""
    service.write(canonical(item), name="one.jsonl")
    service.bring_in(allow_withdrawals=True)
    found: dict[str, Any] = {".json": service.get(f"/items/{item.id}.json"), ".csv": service.get("/items.csv")}
    assert [answer.status for answer in found.values()] == [200, 200]
    return {suffix: list(read_back(service, suffix, answer.body)) for suffix, answer in found.items()}


def read_back(service: Service, suffix: str, body: bytes) -> Iterable[Item]:
    path = service.folder / f"back{suffix}"
    path.write_bytes(body)
    for found in read_path(path, zone=service.settings.timezone):
        assert isinstance(found, Located), found
        yield found.item


FORMULAS = record(
    title="=1+1", summary="+cmd|' /C calc'!A0\n\n@x\t-1", topics=["-a|b\\", "'=c", "\\|"], url=None,
    event={"location": "'@here", "webcast": "https://a.example/?a=1,2;3"},
    links=[
        {"url": "https://a.example/a|b", "title": "A | B", "rel": "=x", "type": "application/pdf"},
        {"url": "mailto:a@b.example"},
    ],
)  # fmt: skip


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Service:
    return Service(tmp_path_factory.mktemp("empty"))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(item=strategies.items().map(identify))
@example(item=identify(item_from(FORMULAS)))
@example(item=identify(item_from(record(event={"end": None}))))
@example(item=identify(item_from(record(event={"start": "2026-12-01", "end": "2026-12-03", "timezone": None}))))
@example(item=identify(item_from({"type": "T", "published": "2026-11-01T05:30:00+01:00"})))
def test_a_record_served_and_read_again_is_the_same(empty: Service, item: Item) -> None:
    given_id = Item.model_validate({**canonical(item), "id": "round-trip"}, context={"zone": "America/New_York"})
    whole = record_line(given_id)
    told = served(empty.later(seconds=5), given_id)
    assert {suffix: [record_line(one) for one in items] for suffix, items in told.items()} == {
        ".json": [whole],
        ".csv": [whole],
    }
