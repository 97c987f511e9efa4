"""Embeds in a browser, on a page of another origin that allows no more than docs/embedding.md says."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Frame, Page

from tests import browser as browsers
from tests.browser import DESK, PHONE, Site, Visit, listening, looked_at, overflow, violations
from tests.conftest import ROOT
from tests.service import NOW

STRICT = (
    "default-src 'none'; script-src {origin}; connect-src {origin}; frame-src {origin}; style-src 'self'; "
    "base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
"""What docs/embedding.md asks of a host, and the host's own style sheet."""

HOST = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>A host</title><meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="/host.css"><script {script}></script></head>
<body><main><h1>A host</h1><h2>Events</h2>{body}</main></body>
</html>"""
WAS, IS = (f"Tuesday, December 1, 2026, {hours} EST" for hours in ("9:30–11:00 a.m.", "2:00–3:30 p.m."))
BERLIN = {"timezone_id": "Europe/Berlin"}


@contextmanager
def visit(browser: Browser, *sites: Site, **more: Any) -> Iterator[Visit]:
    """A visit on the day of the service."""
    with browsers.visit(browser, *sites, **more) as stay:
        stay.context.clock.set_fixed_time(NOW)
        yield stay


@contextmanager
def hosting(
    site: Site,
    body: str,
    *,
    script: str = "async",
    style: str = ":root { color-scheme: light dark; }",
    more: str = "",
) -> Iterator[Site]:
    """Another origin with one page. `{origin}` in the body is the service's; `script` "" loads none; `more` may be
    asked as well."""
    tag = f'{script} src="{site.origin}/embed.js"' if script else ""
    page = HOST.replace("<script {script}></script>", f"<script {tag}></script>" if tag else "")
    page = page.replace("{body}", body.replace("{origin}", site.origin))
    policy = STRICT.replace("connect-src", f"connect-src {more}").replace("{origin}", site.origin)

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path in ("/host.css", "/favicon.ico"):
            start_response("200 OK", [("Content-Type", "text/css")])
            return [style.encode()]
        start_response("200 OK", [("Content-Type", "text/html"), ("Content-Security-Policy", policy)])
        return [page.encode()]

    with listening(application) as host:
        yield host


EVENTS = '<cecc-events limit="8"><a href="{origin}/events">All events</a></cecc-events>'
FRAME = (
    '<iframe src="{origin}/embed?limit=8" title="Events" width="100%" height="200" frameborder="0" data-cecc></iframe>'
)


def until(page: Page, condition: str) -> None:
    """Wait until an expression is true. Playwright's own way evaluates in the page, which the policy forbids."""
    for _ in range(200):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(condition)


def shown(page: Page) -> None:
    until(page, "[...document.querySelectorAll('cecc-events')].every(e => e.shadowRoot.querySelector('.box'))")


def frame_of(page: Page) -> Frame:
    until(page, "document.querySelector('iframe').height !== '200'")
    (frame,) = page.frames[1:]
    return frame


def fits(page: Page) -> bool:
    """Whether the frame is as high as what is in it."""
    inside: int = page.frames[1].evaluate("Math.ceil(document.documentElement.getBoundingClientRect().height)")
    outside: int = page.evaluate("Number(document.querySelector('iframe').height)")
    return inside == outside


def test_the_component_has_no_fault_at_any_width_in_light_and_dark(browser: Browser, site: Site) -> None:
    with hosting(site, EVENTS) as host, visit(browser, site, host, **BERLIN) as stay:
        page = stay.open(host("/"))
        shown(page)
        papers = {}
        for look in looked_at(page):
            assert (look, overflow(page), violations(page)) == (look, 0, [])
            papers[look] = paper(page, "cecc-events")
        assert set(papers.values()) == {"rgb(255, 255, 255)", "rgb(19, 23, 28)"}
        assert papers[str(DESK)] != papers[f"{PHONE} dark"]


def paper(page: Page, where: str) -> str:
    found: str = page.locator(f"{where} .box").first.evaluate("box => getComputedStyle(box).backgroundColor")
    return found


def test_the_component_shows_each_event_with_all_that_is_known_of_it(browser: Browser, site: Site) -> None:
    with hosting(site, EVENTS) as host, visit(browser, site, host, **BERLIN) as stay:
        page = stay.open(host("/"))
        shown(page)
        events = page.locator("cecc-events .event")
        assert events.locator(".badge").all_inner_texts() == ["Moved", "Cancelled", "Postponed"]
        assert [" ".join(line.split()) for line in events.first.inner_text().splitlines() if line] == [
            "Tue, Dec 1, 2026",
            "Hearing",
            "Trade and data",
            "Moved 2:00–3:30 p.m. Washington, D.C. time",
            "8:00–9:30 p.m. your time (Central European Standard Time)",
            "Room 301, Russell Senate Office Building",
            f"Moved from {WAS} to {IS}",
            "Add to calendar",
            ": Trade and data",
        ]
        assert events.first.locator("time").evaluate_all("all => all.map(one => one.dateTime)") == [
            "2026-12-01", "2026-12-01T14:00:00-05:00", "2026-12-01T14:00:00-05:00",
        ]  # fmt: skip
        assert page.locator("cecc-events a").evaluate_all("all => all.slice(1, 3).map(one => one.href)") == [
            site("/items/hearing-1"), site("/items/hearing-1.ics"),
        ]  # fmt: skip
        assert page.locator("cecc-events .foot a").evaluate_all("all => all.map(one => one.href)") == [
            site("/events#follow"), site("/events"),
        ]  # fmt: skip
        titles = events.locator("h3")
        assert titles.nth(1).inner_text().startswith("& “quotes” — a very long title")
        assert titles.nth(4).get_attribute("lang") == "zh-Hans"
        assert events.nth(5).locator(".day").inner_text().split("\n") == ["Tue, Dec 8 – Wed, Dec 9, 2026", "Conference"]
        parts = page.locator("cecc-events [part]").evaluate_all("all => all.flatMap(one => [...one.part])")
        told = (
            (ROOT / "docs" / "embedding.md").read_text(encoding="utf-8").partition("Parts, for")[2].partition("\n\n")[0]
        )
        assert set(parts) <= set(re.findall(r"`(\w+)`", told))


@pytest.mark.parametrize("script", ["async", "defer", 'type="module"', ""])
def test_times_are_said_once_where_they_are_the_same_and_any_kind_of_script_will_do(
    browser: Browser, site: Site, script: str
) -> None:
    """Without any, the link inside stands there."""
    with (
        hosting(site, EVENTS, script=script) as host,
        visit(browser, site, host, timezone_id="America/New_York") as stay,
    ):
        page = stay.open(host("/"))
        if not script:
            assert page.get_by_role("link").all_inner_texts() == ["All events"]
            return
        shown(page)
        assert page.locator("cecc-events .yours").count() == 0
        assert page.locator("cecc-events .event").count() == 6


OTHERS = {
    'type="roundtable"': (None, ["Number 4"]),
    'q="was"': ("Nothing is announced now. The most recent:", ["What was"]),
    'q="zzz"': ("Nothing is announced now. Subscribe to hear of the next event.", []),
    'from="2026-03-01" to="2026-12-02" limit="1"': (None, ["What was"]),
    'status="cancelled"': (None, ["Number 3"]),
    'path="/feeds/hearings" limit="1"': (None, ["Trade and data"]),
    'path="/types/press-release" limit="2"': (None, ["Number 60", "Number 59"]),
    'path="/types/none"': ("The events cannot be shown here just now. All events", []),
    'item="hearing-3"': (None, ["Number 3"]),
    'item="past"': (None, ["What was"]),
    'item="news-7"': (None, ["Number 7"]),
    'path="/types/hearing" limit="1"': (None, ["Trade and data"]),
    'path="/changes" change="moved"': (None, ["Moved from Tuesday, December 1, 2026, 9:30–11:00 a.m. EST"]),
}


def test_every_kind_of_list_is_shown_as_it_is_and_a_change_of_an_attribute_shows_another(
    browser: Browser, site: Site
) -> None:
    body = "".join(f'<cecc-events {one}><a href="{{origin}}/events">All events</a></cecc-events>' for one in OTHERS)
    with hosting(site, body) as host, visit(browser, site, host, width=PHONE) as stay:
        page = stay.open(host("/"))
        shown(page)
        found = {}
        for asked, embed in zip(OTHERS, page.locator("cecc-events").all(), strict=True):
            notes = embed.locator(".note").all_text_contents()
            light = embed.locator("> a").all_inner_texts() if embed.locator("slot").count() else []
            titles = [title.partition(" to ")[0] for title in embed.locator(".title").all_inner_texts()]
            found[asked] = ("".join(notes + light) or None, titles)
        assert found == OTHERS
        assert (overflow(page), violations(page)) == (0, [])
        first = page.locator("cecc-events").first
        first.evaluate(
            "e => { e.setAttribute('type', 'hearing'); e.setAttribute('limit', '2'); e.setAttribute('level', '4'); }"
        )
        first.locator("h4").nth(1).wait_for()
        assert first.locator("h4").first.inner_text() == "Trade and data"
        assert stay.faults == [
            "console: Failed to load resource: the server responded with a status of 404 (NOT FOUND)"
        ]
        stay.faults.clear()


def test_where_nothing_can_be_had_the_link_stays_and_what_was_shown_stays(browser: Browser, site: Site) -> None:
    with hosting(site, EVENTS) as host, visit(browser, site, host) as stay:
        stay.context.route("**/events.json*", lambda route: route.abort())
        page = stay.open(host("/"))
        shown(page)
        assert page.get_by_role("link").all_inner_texts() == ["All events"]
        assert page.locator("cecc-events .note").inner_text().strip() == "The events cannot be shown here just now."
        assert violations(page) == []
        stay.context.unroute("**/events.json*")
        page.locator("cecc-events").evaluate("e => e.setAttribute('limit', '3')")
        page.locator("cecc-events .event").nth(2).wait_for()
        stay.context.route("**/events.json*", lambda route: route.abort())
        with page.expect_event("requestfailed"):
            page.locator("cecc-events").evaluate("e => e.setAttribute('limit', '4')")
        page.wait_for_timeout(100)
        assert page.locator("cecc-events .event").count() == 3
        assert set(stay.faults) == {"console: Failed to load resource: net::ERR_FAILED"}
        stay.faults.clear()


def test_a_page_that_is_looked_at_again_after_long_asks_again(browser: Browser, site: Site) -> None:
    with hosting(site, EVENTS) as host, visit(browser, site, host) as stay:
        page = stay.open(host("/"))
        shown(page)
        look = "document.dispatchEvent(new Event('visibilitychange'))"
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.evaluate(look)
        page.wait_for_timeout(100)
        assert asked == []
        with page.expect_request("**/events.json*"):
            page.evaluate(f"Date.now = (now => () => now() + 1e6)(Date.now); {look}")


def test_an_element_that_is_taken_away_asks_no_more_and_nothing_is_kept(browser: Browser, site: Site) -> None:
    with hosting(site, EVENTS) as host, visit(browser, site, host) as stay:
        page = stay.open(host("/"))
        shown(page)
        stay.context.route("**/events.json*", lambda route: None)
        with page.expect_event("requestfailed"):
            page.evaluate(
                """() => { const e = document.querySelector('cecc-events');
                e.setAttribute('limit', '2'); setTimeout(() => e.remove(), 200); }"""
            )
        assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
        assert page.locator("cecc-events").count() == 0


def test_a_file_server_that_ignores_queries_serves_the_component_as_well(browser: Browser, site: Site) -> None:
    assert site.service is not None
    service = site.service

    def files(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        answer = service.get(environ["PATH_INFO"])
        start_response(f"{answer.status} OK", [*answer.headers])
        return [answer.body]

    body = "".join(
        f'<cecc-events base="{{files}}" {one} limit="2"><a href="/">x</a></cecc-events>'
        for one in ('type="hearing"', 'type="Hearing" q="quotes"', 'topic="tibet"', 'q="was"', 'to="2026-04-01"')
    )
    with (
        listening(files) as static,
        hosting(static, body.replace("{files}", static.origin)) as host,
        visit(browser, static, host) as stay,
    ):
        page = stay.open(host("/"))
        shown(page)
        titles = [embed.locator(".title").all_inner_texts() for embed in page.locator("cecc-events").all()]
        long = titles[1]
        assert long[0].startswith("& “quotes”")
        assert titles == [["Trade and data", *long], long, long, ["What was"], ["What was"]]


def test_whatever_a_feed_says_is_shown_as_text_and_no_address_runs(browser: Browser, site: Site) -> None:
    marks = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    event = {"start": "2099-12-01T09:30:00-05:00", "time_zone": "Mars/Olympus", "all_day": False, "status": marks}
    items = [
        {
            "url": "javascript:alert(3)", "title": marks, "tags": [marks], "language": marks,
            "date_published": "2026-11-02T17:00:00Z",
            "_event": {**event, "location": marks, "ics": "JavaScript:alert(4)"},
        },
        {"url": "data:text/html,x", "title": "No more than a title"},
        {
            "url": "/x", "title": "WITHDRAWN: Hearing: Gone", "tags": ["Hearing"], "date_published": "2026-11-02",
            "_event": {**event, "start": "2099-12-02T09:30:00Z", "status": "cancelled", "ics": "https://x.gov/y"},
        },
    ]  # fmt: skip

    def hostile(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "application/json"), ("Access-Control-Allow-Origin", "*")])
        return [json.dumps({"feed_url": f"{site.origin}/events.json?from=today", "items": items}).encode()]

    with listening(hostile) as there:
        body = (
            f'<cecc-events base="{there.origin}"></cecc-events><cecc-events base="{there.origin}" news></cecc-events>'
        )
        with hosting(site, body, more=there.origin) as host, visit(browser, site, host, there) as stay:
            page = stay.open(host("/"))
            shown(page)
            coming, news = page.locator("cecc-events").all()
            assert coming.locator(".title").all_inner_texts() == [marks, "Gone"]
            assert coming.locator(".badge").all_inner_texts() == ["Withdrawn"]
            assert news.locator(".title").all_inner_texts() == [marks, "No more than a title"]
            for embed in (coming, news):
                assert embed.locator(".event a").evaluate_all("all => all.map(one => one.href)") == ["", "", ""]
                assert embed.locator(".place").all_inner_texts() == [marks]
                assert "2:30 p.m. UTC time" in embed.locator(".time").first.inner_text()
                assert embed.locator("img, script").count() == 0


@pytest.mark.parametrize(("scheme", "theme", "expected"), [
    ("normal", "auto", "rgb(255, 255, 255)"), ("normal", "dark", "rgb(19, 23, 28)"),
    ("dark", "auto", "rgb(19, 23, 28)"), ("light dark", "light", "rgb(255, 255, 255)"),
])  # fmt: skip
def test_the_theme_is_that_of_the_page_or_the_one_asked_for(
    browser: Browser, site: Site, scheme: str, theme: str, expected: str
) -> None:
    """The machine prefers dark all the time."""
    style = (
        f":root {{ color-scheme: {scheme}; }} cecc-events {{ --cecc-accent: rgb(1, 2, 3); }} "
        "cecc-events::part(title) { color: rgb(4, 5, 6); }"
    )
    body = EVENTS.replace("<cecc-events ", f'<cecc-events theme="{theme}" ')
    with hosting(site, body, style=style) as host, visit(browser, site, host, dark=True) as stay:
        page = stay.open(host("/"))
        shown(page)
        colour = "one => getComputedStyle(one).color"
        assert paper(page, "cecc-events") == expected
        assert page.locator("cecc-events .foot a").first.evaluate(colour) == "rgb(1, 2, 3)"
        assert page.locator("cecc-events .title").first.evaluate(colour) == "rgb(4, 5, 6)"


def test_the_frame_has_no_fault_and_is_as_high_as_what_is_in_it(browser: Browser, site: Site) -> None:
    with hosting(site, FRAME) as host, visit(browser, site, host, **BERLIN) as stay:
        page = stay.open(host("/"))
        frame = frame_of(page)
        assert frame.locator(".yours").first.inner_text() == "8:00–9:30 p.m. your time (Central European Standard Time)"
        heights = set()
        for look in looked_at(page):
            page.wait_for_timeout(300)
            assert (look, fits(page), overflow(page), violations(page), violations(frame)) == (look, True, 0, [], [])
            heights.add(page.locator("iframe").get_attribute("height"))
        assert len(heights) == 3


def test_the_frame_works_without_script_and_its_links_lead_out_of_it(browser: Browser, site: Site) -> None:
    with hosting(site, FRAME) as host, visit(browser, site, host, script=False) as stay:
        page = stay.open(host("/"))
        frame = page.frame_locator("iframe")
        assert frame.locator("h2").count() == 6
        assert frame.locator(".yours").count() == 0
        frame.get_by_role("link", name="Trade and data", exact=True).click()
        page.wait_for_url(site("/items/hearing-1"))


@pytest.mark.parametrize(
    "target", ["/embed/items/hearing-3?theme=dark", "/embed/changes", "/embed/types/press-release"]
)
def test_every_kind_of_frame_has_no_fault(browser: Browser, site: Site, target: str) -> None:
    body = FRAME.replace("/embed?limit=8", target)
    with hosting(site, body) as host, visit(browser, site, host, width=320) as stay:
        page = stay.open(host("/"))
        frame = frame_of(page)
        assert (fits(page), overflow(page), violations(frame)) == (True, 0, [])


def test_no_other_page_of_the_service_can_be_framed(browser: Browser, site: Site) -> None:
    with hosting(site, FRAME.replace("/embed?limit=8", "/events")) as host, visit(browser, site, host) as stay:
        page = stay.open(host("/"))
        page.wait_for_timeout(300)
        assert page.frames[1].url.startswith("chrome-error:")
        assert len(stay.faults) == 1
        stay.faults.clear()
