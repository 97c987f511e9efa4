"""Embeds: what the page for frames shows, who may frame it, the code that puts it there, the script."""

import gzip
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import html5lib
import pytest

from cecc_feeds.query import PARAMETERS, Query
from cecc_feeds.web import embed
from cecc_feeds.web.paper import STATIC, asset
from cecc_feeds.web.site import PLACES
from tests.conftest import ROOT
from tests.service import BASE_URL, FEEDS_TOML, Answered, Service, numbered, numbered_news, record

HTML = "text/html; charset=utf-8"
MARKS = '<script>alert("1")</script> & "quotes" \'too\' <b>'
PAST = {"start": "2026-03-05T10:00:00-05:00", "end": "2026-03-05T12:00:00-05:00"}
EMBEDS = (
    "/embed", "/embed/items", "/embed/changes", "/embed/types/hearing", "/embed/topics/commercial-rule-of-law",
    "/embed/feeds/hearings", "/embed/items/hearing-1",
)  # fmt: skip


class Page(HTMLParser):
    """Titles with their addresses, notes, marks and the hours of a page, in its order."""

    def __init__(self, answer: Answered) -> None:
        super().__init__()
        self.links: list[tuple[str, dict[str, str | None]]] = []
        self.said: dict[str, list[str]] = {}
        self._open: list[tuple[str, str]] = []
        self.feed(answer.text)
        html5lib.HTMLParser(strict=True).parse(answer.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a":
            self.links.append(("", given))
        if tag not in ("meta", "link"):
            key = (given.get("class") or tag).split(" ")[0]
            self._open.append((tag, key))
            self.said.setdefault(key, []).append("")

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        for tag, key in self._open:
            self.said[key][-1] += data
            if tag == "a":
                self.links[-1] = (self.links[-1][0] + data, self.links[-1][1])

    def all(self, key: str) -> list[str]:
        return [" ".join(said.split()) for said in self.said.get(key, [])]


def page(service: Service, target: str) -> Page:
    answer = service.get(target)
    assert (answer.status, answer["Content-Type"]) == (200, HTML)
    return Page(answer)


# --- what is shown ----------------------------------------------------------------------------------------------------


def test_coming_events_are_shown_the_soonest_first_and_five_unless_more_are_asked_for(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.publish(*(numbered(number) for number in range(1, 9)), numbered(20, event=PAST), numbered_news(1))
    assert page(service, "/embed").all("h2") == [f"Number {number}" for number in range(1, 6)]
    assert page(service, "/embed?limit=7&q=number").all("h2") == [f"Number {number}" for number in range(1, 8)]
    assert page(service, "/embed").all("note") == []


def test_where_nothing_is_coming_it_says_so_and_shows_the_most_recent(tmp_path: Path) -> None:
    service = Service(tmp_path)
    dates = [{name: stamp.replace("03", f"0{month}", 1) for name, stamp in PAST.items()} for month in range(1, 7)]
    service.publish(*(numbered(number, event=dates[number - 1]) for number in range(1, 7)))
    shown = page(service, "/embed?limit=3")
    assert (shown.all("note"), shown.all("h2")) == (
        ["Nothing is announced now. The most recent:"],
        ["Number 6", "Number 5", "Number 4"],
    )


def test_where_nothing_is_at_all_it_says_so(service: Service) -> None:
    shown = page(service, "/embed?q=nothing")
    assert (shown.all("note"), shown.all("h2")) == (
        ["Nothing is here now. Subscribe to hear of the first item."],
        [],
    )


def test_asked_days_or_an_order_are_shown_as_asked(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.publish(*(numbered(number) for number in range(1, 4)), numbered(20, event=PAST))
    assert page(service, "/embed?from=2026-01-01&to=2026-12-02").all("h2") == ["Number 20", "Number 1", "Number 2"]
    assert page(service, "/embed?order=start&limit=2").all("h2") == ["Number 20", "Number 1"]


def test_an_event_tells_its_day_hours_place_and_its_own_calendar(service: Service) -> None:
    shown = page(service, "/embed")
    assert shown.all("day") == ["Tue, Dec 1, 2026Hearing"]
    assert shown.all("p")[0] == "9:30–11:00 a.m. Washington, D.C. time"
    assert shown.all("place") == ["Room 301, Russell Senate Office Building"]
    assert shown.links == [
        ("Events", {"href": f"{BASE_URL}/events", "target": "_top"}),
        ("Trade and data", {"href": f"{BASE_URL}/items/hearing-1", "target": "_top"}),
        ("Add to calendar: Trade and data", {"href": f"{BASE_URL}/items/hearing-1.ics", "type": "text/calendar"}),
        ("Subscribe", {"href": f"{BASE_URL}/events#follow", "target": "_top"}),
        ("Congressional-Executive Commission on China", {"href": f"{BASE_URL}/", "target": "_top"}),
    ]
    assert (
        '<time datetime="2026-12-01T09:30:00-05:00" data-end="2026-12-01T11:00:00-05:00"' in service.get("/embed").text
    )


@pytest.mark.parametrize(
    ("event", "days", "line"),
    [
        ({"start": "2026-12-24", "end": "2026-12-26"}, "Thu, Dec 24, 2026 – Sat, Dec 26, 2026", None),
        ({"start": "2026-12-24", "end": None}, "Thu, Dec 24, 2026", "Time to be announced"),
        (
            {"start": "2026-12-24T22:00:00-05:00", "end": "2026-12-25T01:00:00-05:00"},
            "Thu, Dec 24, 2026 – Fri, Dec 25, 2026",
            "Thursday, December 24, 2026, 10:00 p.m. – Friday, December 25, 2026, 1:00 a.m. Washington, D.C. time",
        ),
        (
            {"start": "2026-12-24T09:00:00-08:00", "end": None, "timezone": "America/Los_Angeles"},
            "Thu, Dec 24, 2026",
            "9:00 a.m. Los Angeles time",
        ),
    ],
)
def test_days_and_hours_of_every_kind_of_event(
    tmp_path: Path, event: dict[str, str | None], days: str, line: str | None
) -> None:
    service = Service(tmp_path)
    service.publish(record(event={"location": None, **event}))
    shown = page(service, "/embed")
    assert (shown.all("day"), shown.all("p")) == ([f"{days}Hearing"], [line] if line else [])


def test_what_is_cancelled_postponed_tentative_or_moved_is_marked(tmp_path: Path) -> None:
    service = Service(tmp_path)
    others = [
        numbered(at, event={"status": status}) for at, status in ((2, "cancelled"), (3, "postponed"), (4, "tentative"))
    ]
    service.publish(record(), numbered(20, event=PAST), *others)
    moved = {"start": "2026-12-01T14:00:00-05:00", "end": "2026-12-01T15:30:00-05:00"}
    later = {**PAST, "end": "2026-03-05T13:00:00-05:00"}
    gone = [{**one, "event": {**one["event"], "location": "Elsewhere"}} for one in others]
    service.later(hours=1).publish(record(event=moved), numbered(20, event=later), *gone)
    told = "Moved from Tuesday, December 1, 2026, 9:30–11:00 a.m. EST to Tuesday, December 1, 2026, 2:00–3:30 p.m. EST"
    shown = page(service, "/embed")
    assert shown.all("badge") == ["Moved", "Cancelled", "Postponed", "Tentative"]
    assert shown.all("moved") == [told]
    assert page(service, "/embed/items/hearing-1").all("moved") == [told]
    assert page(service, "/embed/items/hearing-20").all("moved") == []


def test_the_last_of_several_moves_is_told(service: Service) -> None:
    for hour in (12, 15):
        service.later(hours=1).publish(record(event={"start": f"2026-12-01T{hour}:00:00-05:00", "end": None}))
    told = "Moved from Tuesday, December 1, 2026, noon EST to Tuesday, December 1, 2026, 3:00 p.m. EST"
    assert page(service, "/embed").all("moved") == [told]


def test_lists_of_other_things_are_shown_the_newest_first(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.publish(record(), *(numbered_news(number) for number in range(1, 4)))
    assert page(service, "/embed/types/press-release?limit=2").all("h2") == ["Number 3", "Number 2"]
    assert page(service, "/embed/items").all("h2") == ["Trade and data", "Number 3", "Number 2", "Number 1"]
    one = page(service, "/embed/items?limit=1")
    assert one.all("day") == ["Mon, Nov 2, 2026Hearing"]
    assert one.all("p")[0] == "Tue, Dec 1, 2026, 9:30–11:00 a.m. Washington, D.C. time"
    assert page(service, "/embed/changes?type=hearing").all("h2") == ["Trade and data"]


def test_an_embed_of_a_withdrawn_item_says_so_and_offers_no_calendar(service: Service) -> None:
    service.later(hours=1).publish(numbered(2), allow_withdrawals=True)
    answer = service.get("/embed/items/hearing-1")
    shown = Page(answer)
    assert (answer.status, shown.all("badge"), shown.all("add")) == (410, ["Withdrawn"], [])


def test_a_coming_event_that_was_withdrawn_stays_and_is_marked(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.publish(*(numbered(number) for number in range(1, 4)), numbered(20, event=PAST), numbered(21, event=PAST))
    service.later(hours=1).publish(numbered(1), numbered(3), numbered(20, event=PAST), allow_withdrawals=True)
    shown = page(service, "/embed")
    assert (shown.all("h2"), shown.all("badge")) == (["Number 1", "Number 2", "Number 3"], ["Withdrawn"])
    assert page(service, "/embed?to=2026-11-01").all("h2") == ["Number 20"]


def test_a_list_that_is_called_otherwise_now_is_shown(service: Service) -> None:
    (service.data / "same.toml").write_text('[types]\n"Hearing" = "Public Hearing"\n[feeds]\n"old" = "hearings"\n')
    service.later(hours=1).bring_in()
    assert page(service, "/embed/types/hearing").all("h1") == ["Public Hearing"]
    assert page(service, "/embed/feeds/old").all("h1") == ["CECC hearings"]


def test_marks_in_records_are_shown_as_text(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.publish(record(title=MARKS, type=MARKS, event={"location": MARKS}))
    for target in ("/embed", "/embed/items/hearing-1"):
        answer = service.get(target)
        assert answer.text.count("<script") == 1
        assert "alert(" not in answer.text.replace("alert(&#34;1&#34;)", "")
        Page(answer)


def test_parameters_that_mean_nothing_in_an_embed_change_nothing(service: Service) -> None:
    plain = service.get("/embed")
    assert service.get("/embed?page=2&alarm=5&busy=1&cancelled=drop&archive=2020-01&utm_source=x") == plain


def test_a_theme_is_of_the_page_alone(service: Service) -> None:
    assert '<html lang="en" data-theme="auto">' in service.get("/embed?theme=").text
    dark = service.get("/embed?type=hearing&theme=dark").text
    assert '<html lang="en" data-theme="dark">' in dark
    assert '<meta name="color-scheme" content="dark">' in dark
    assert f'<link rel="canonical" href="{BASE_URL}/events?type=hearing">' in dark
    assert '<meta name="robots" content="noindex">' in dark


# --- what is wrong, and who may frame it ------------------------------------------------------------------------------

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors *"
)
WRONG = {
    "/embed?theme=blue": (400, "theme: takes auto, light, dark."),
    "/embed?limit=x": (400, 'limit: takes a whole number from 1 to 500; not "x".'),
    "/embed/types/none": (404, 'There is no type "none" here. Types are listed at /types.'),
    "/embed/feeds/none": (404, 'There is no feed "none" here. Feeds are listed at /feeds.'),
    "/embed/types/hearing.ics": (404, "A page is embedded under its address without a suffix."),
    "/embed/items/hearing-1.json": (404, "A page is embedded under its address without a suffix."),
    "/embed/items/none": (404, 'There is no item "none" here.'),
}


@pytest.mark.parametrize("target", WRONG)
def test_what_is_wrong_is_said_in_the_frame(service: Service, target: str) -> None:
    answer = service.get(target)
    assert (answer.status, Page(answer).all("note")) == (WRONG[target][0], [WRONG[target][1]])


@pytest.mark.parametrize("target", [*EMBEDS, *WRONG])
def test_any_site_may_frame_an_embed_and_nothing_but_its_own_files_is_loaded(service: Service, target: str) -> None:
    answer = service.get(target)
    assert answer["Content-Security-Policy"] == POLICY
    assert answer["X-Frame-Options"] == answer["Cross-Origin-Opener-Policy"] == ""
    assert (answer["Referrer-Policy"], answer["X-Content-Type-Options"]) == ("no-referrer", "nosniff")
    loaded = re.findall(r'<(?:link rel="stylesheet" href|script src)="([^"]+)"', answer.text)
    assert loaded == [asset("embed.css"), asset("embed-frame.js")]
    assert [service.get(address).status for address in loaded] == [200, 200]


# --- the code that puts it there --------------------------------------------------------------------------------------


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


ASKED = Query.from_args({"type": ["hearing"], "q": ['"a" <b>'], "limit": ["3"], "alarm": ["5"]}, only="events")


def test_the_code_of_a_list_is_escaped_and_says_what_was_asked(service: Service) -> None:
    code = embed.code(service.settings.edition, "/events", ASKED, MARKS)
    component, frame = Tags(code.component), Tags(code.iframe)
    assert component.tags == [
        ("script", {"async": None, "src": f"{BASE_URL}/embed.js"}),
        ("cecc-events", {"type": "hearing", "q": "a b", "limit": "3"}),
        ("a", {"href": f"{BASE_URL}/events?type=hearing&q=a+b"}),
    ]
    assert component.text.strip() == MARKS
    own = {"src": f"{BASE_URL}/embed?type=hearing&q=a+b&limit=3", "title": MARKS}
    assert frame.tags == [
        ("iframe", {**own, "width": "100%", "height": "480", "loading": "lazy", "frameborder": "0", "data-cecc": None})
    ]


@pytest.mark.parametrize(
    ("path", "query", "attributes"),
    [
        ("/events", Query(only="events"), {}),
        ("/feeds/hearings", Query(only="events", base=Query(types=("hearing",))), {"path": "/feeds/hearings"}),
        ("/feeds/news", Query(), {"path": "/feeds/news", "news": None}),
        ("/types/%E5%88%86%E6%9E%90", Query(types=("分析",)), {"path": "/types/分析"}),
    ],
)
def test_the_code_names_the_list(service: Service, path: str, query: Query, attributes: dict[str, str | None]) -> None:
    whole = Query(only=query.only, base=query)
    code = embed.code(service.settings.edition, path, whole, "A list")
    assert Tags(code.component).tags[1] == ("cecc-events", attributes)
    assert Tags(code.component).tags[2] == ("a", {"href": f"{BASE_URL}{path}"})
    assert Tags(code.iframe).tags[0][1]["src"] == f"{BASE_URL}{'/embed' if path == '/events' else f'/embed{path}'}"


def test_code_never_asks_for_more_than_a_page_takes(service: Service) -> None:
    code = embed.code(service.settings.edition, "/events", Query(only="calendar", limit=5000), "A list")
    assert Tags(code.component).tags[1] == ("cecc-events", {})
    assert Tags(code.iframe).tags[0][1]["src"] == f"{BASE_URL}/embed"


# --- the script -------------------------------------------------------------------------------------------------------

SCRIPT = (STATIC / "embed.js").read_text(encoding="utf-8")


def test_the_script_is_one_file_under_a_lasting_address_and_under_that_of_its_version(service: Service) -> None:
    lasting, version = service.get("/embed.js"), service.get(asset("embed.js"))
    assert lasting.body == version.body == SCRIPT.encode()
    assert lasting["Content-Type"] == version["Content-Type"] == "text/javascript; charset=utf-8"
    assert lasting["Cache-Control"].startswith("public, max-age=3600,")
    assert version["Cache-Control"] == "public, max-age=31536000, immutable"
    assert service.get("/embed.js", {"If-None-Match": lasting["ETag"]}).status == 304
    assert lasting["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("coding", ["gzip", "br"])
def test_the_script_is_under_twelve_kilobytes_compressed(service: Service, coding: str) -> None:
    answer = service.get("/embed.js", {"Accept-Encoding": coding})
    assert answer["Content-Encoding"] == coding
    assert len(answer.body) < 12_000
    assert len(gzip.compress(SCRIPT.encode())) < 12_000


def test_scripts_use_nothing_that_a_strict_policy_forbids_and_keep_nothing() -> None:
    banned = (
        "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", ".style", "cssText",
        "cookie", "localStorage", "sessionStorage", "indexedDB", "javascript:", "onclick", "sendBeacon",
    )  # fmt: skip
    for name in ("embed.js", "embed-frame.js"):
        source = (STATIC / name).read_text(encoding="utf-8")
        assert [word for word in banned if word in source] == [], name


def test_the_component_passes_on_every_parameter_that_means_something_in_an_embed() -> None:
    listed = json.loads(re.search(r"LISTED = (\[.*?\]);", SCRIPT)[1])  # type: ignore[index]
    assert {*listed, "limit", *embed.OF_FEEDS_ALONE} == set(PARAMETERS)
    assert f"const SIZE = {embed.SIZE};" in SCRIPT
    assert f"const PLACES = {json.dumps(PLACES).replace('{', '{ ').replace('}', ' }')};" in SCRIPT
    assert f"change=moved&limit={embed.MOVES}" in SCRIPT


def test_every_custom_property_is_told_in_the_docs_and_no_other() -> None:
    told = (ROOT / "docs" / "embedding.md").read_text(encoding="utf-8")
    assert set(re.findall(r"var\((--cecc-[a-z-]+)", SCRIPT)) == set(re.findall(r"--cecc-[a-z-]+", told))


def test_embeds_read_the_named_feeds_of_now(service: Service) -> None:
    assert page(service, "/embed/feeds/hearings").all("h1") == ["CECC hearings"]
    (service.data / "feeds.toml").write_text(FEEDS_TOML.replace("CECC hearings", "Hearings"))
    assert page(service, "/embed/feeds/hearings").all("h1") == ["Hearings"]
