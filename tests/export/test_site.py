"""What an export holds: every page and feed, as the application answers them, for any file server."""

import re
from pathlib import Path
from urllib.parse import quote, unquote, urljoin, urlsplit

import feedparser
import icalendar
from lxml import html

from cecc_feeds import intake
from cecc_feeds.arrangement import all_sources, arrange
from cecc_feeds.config import feed_digests, named_feeds
from cecc_feeds.store import Store
from cecc_feeds.web.filed import asked
from cecc_feeds.working import writers
from tests.export import address, fetched, files, said_statically, serving, write
from tests.service import BASE_URL, NOW, Service

OF_FILES_ALONE = "subscribe/index.html"
"""All ready-made lists, where the application has the builder."""

STEP = re.compile(r'<a rel="(?:prev|next)" href="/events/\d{4}-\d\d">[^<]*</a>')


def test_every_file_is_what_the_application_answers_but_for_what_only_a_server_can(
    service: Service, folder: Path
) -> None:
    months = dict[str, tuple[str, str]]()
    for name, body in files(folder).items():
        answer = service.get(asked(address(name)))
        if answer.status == 301:
            answer = service.get(asked(answer["Location"].removeprefix(BASE_URL)))
        assert answer.status in (200, 410), name
        live, static = answer.body, body
        if re.fullmatch(r"events/\d{4}-\d\d/index\.html", name):
            months[name] = (STEP.sub("", said_statically(live.decode())), STEP.sub("", static.decode()))
        elif name == OF_FILES_ALONE:
            assert b"<form" not in static
        elif answer["Content-Type"].startswith(("image/", "text/calendar")):
            assert static == live, name
        else:
            assert static.decode() == said_statically(live.decode()), name
    assert len(months) > 4
    assert [name for name, (live, static) in months.items() if live != static] == []


def test_everything_that_has_an_address_is_a_file(service: Service, folder: Path) -> None:
    held = {address(name) for name in files(folder)}
    names = ["hearing-1", "hearing-2", "hearing-20", "hearing-30", "news-1", "news-200", "odd.id_1.ics"]
    wanted = {f"/items/{name}" for name in names} | {f"/items/{name}.ics" for name in names if "hearing" in name}
    wanted |= {f"/items/{name}.json" for name in names if name not in ("hearing-30", "news-200")}
    lists = ["/items", "/events", "/types/hearing", "/types/press-release", "/topics/tibetans", "/feeds/hearings"]
    lists += [f"/types/{quote('分析')}", f"/topics/{quote('中文-more')}", "/topics/tibet"]
    wanted |= {path + suffix for path in lists for suffix in ("", ".ics", ".rss", ".atom", ".json", ".csv")}
    wanted |= {f"/changes{suffix}" for suffix in ("", ".rss", ".atom", ".json")}
    wanted |= {"/", "/types", "/topics", "/feeds", "/robots.txt", "/schema/item.json", "/static/style.css"}
    wanted |= {"/events/2026-08", "/events/2026-10", "/events/2026-12", "/items/page/2", "/items/page/3.atom"}
    wanted |= {"/items/archive/2020-01.atom", "/topics/tibetans/page/3"}
    assert wanted - held == set()
    assert not any(path.endswith(("/healthz", "/readyz")) for path in held)


def names_of(body: bytes) -> set[str]:
    """The anchors of a page."""
    return {str(name) for name in html.document_fromstring(body).xpath("//@id")}


def lost(folder: Path, base_url: str) -> list[tuple[str, str]]:
    """(file, link) of those of our links that lead to no file, or to none of its anchors."""
    by_address = {address(name): body for name, body in files(folder).items()}
    found = set[tuple[str, str]]()
    for name, body in files(folder).items():
        for link in links(name, body, base_url):
            whole = urljoin(base_url + address(name), link)
            if not whole.startswith(base_url):
                continue
            parts = urlsplit(whole)
            held = by_address.get(parts.path or "/")
            strange = parts.query and not parts.path.startswith("/static/")
            if held is None or strange or (parts.fragment and parts.fragment not in names_of(held)):
                found.add((name, link))
    return sorted(found)


def links(name: str, body: bytes, base_url: str) -> list[str]:
    if name.endswith("index.html"):
        return [link for _, _, link, _ in html.document_fromstring(body).iterlinks()]
    unfolded = body.decode(errors="replace").replace("\r\n ", "")
    return re.findall(rf'{re.escape(base_url)}[^"<>\s\\]*', unfolded)


def test_every_link_of_every_page_and_feed_leads_to_a_file_and_to_its_anchor(folder: Path) -> None:
    assert lost(folder, BASE_URL) == []


def test_no_page_has_a_form_that_nothing_answers(folder: Path) -> None:
    assert [name for name, body in files(folder).items() if b"<form" in body] == []


def test_the_data_of_this_repository_is_exported_whole(root: Path, tmp_path: Path) -> None:
    made = Service(tmp_path, given={"data": str(root / "data")})
    with Store.open(made.settings.database, zone=made.settings.timezone) as store, writers(1) as workers:
        arranged = arrange(made.settings.data)
        wanted = all_sources(store, made.settings.data, arranged)
        feeds = feed_digests(named_feeds(made.settings.data))
        terms = intake.Terms(made.settings.edition, arrangement=arranged, feeds=feeds)
        intake.bring_all_in(store, wanted, terms, workers, now=lambda: NOW)
    assert write(made, tmp_path / "site").rejected == ()
    assert lost(tmp_path / "site", BASE_URL) == []


def test_a_subscriber_of_a_plain_file_server_reads_the_calendar_and_the_news(service: Service, folder: Path) -> None:
    with serving(folder) as origin:
        calendar = icalendar.Calendar.from_ical(fetched(f"{origin}/events.ics"))
        news = feedparser.parse(fetched(f"{origin}/items.atom"))
        for path in ("/items", "/items/", "/items/page/2", f"/topics/{quote('中文-more')}", "/items/hearing-1/"):
            assert b"<!doctype html>" in fetched(origin + path)
    assert {str(event["UID"]) for event in calendar.walk("VEVENT")} == set(service.events())
    assert [entry.id for entry in news.entries] == service.ids()
    assert not news.bozo


def test_a_reader_that_walks_the_files_back_meets_every_item_once(service: Service, folder: Path) -> None:
    met, address = list[str](), f"{BASE_URL}/items.atom"
    while address:
        parsed = feedparser.parse(folder.joinpath(unquote(urlsplit(address).path)[1:]).read_bytes())
        met += [entry.id for entry in parsed.entries]
        address = next((link.href for link in parsed.feed.links if link.rel == "next"), "")
    assert len(met) == len(set(met))
    assert met == service.ids("/items.json?limit=500")


def test_another_address_is_in_every_link_and_nothing_else_changes(
    service: Service, folder: Path, tmp_path: Path
) -> None:
    moved = "https://mirror.example.org/feeds"
    outcome = write(service, tmp_path / "site", moved)
    assert outcome.rejected == ()
    here, there = files(folder), files(tmp_path / "site")
    assert here.keys() == there.keys()
    for name in ("items.json", "items.csv", "items/hearing-1.ics", "events.ics", "feeds/hearings.ics"):
        old = here[name].replace(b"\r\n ", b"").decode().replace(BASE_URL, moved)
        assert re.sub(r'length="\d+"|"size_in_bytes": \d+', "", there[name].replace(b"\r\n ", b"").decode()) == re.sub(
            r'length="\d+"|"size_in_bytes": \d+', "", old
        ), name
    assert BASE_URL.encode() not in b"".join(body for name, body in there.items() if not name.startswith("static/"))
    assert b'href="/feeds/items"' in there["index.html"]
    again = write(service, tmp_path / "site", moved)
    assert (again.written, again.removed) == (0, 0)
