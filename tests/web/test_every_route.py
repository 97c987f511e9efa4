"""Every route that there is, under whatever is sent: no fault of ours, no cookie, and the same bytes each time."""

import shutil
import time
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import quote

import pytest
from flask import Flask
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cecc_feeds.fields import STATUSES
from cecc_feeds.query import ORDERS, PARAMETERS
from cecc_feeds.render import FORMATS
from cecc_feeds.web.http import ASKED
from cecc_feeds.web.routes import PLAIN_ROUTES, ROUTES
from tests.service import BASE_URL, Answered, Service, ask, numbered, numbered_news, record

RULES = sorted(rule for rule, _ in (*ROUTES, *PLAIN_ROUTES))
LONGEST_SECONDS = 2.0


KNOWN = [
    *("hearing-1", "hearing-20", "hearing-30", "news-1", "news-90", "markup", "odd.id_1", "2026-12", "1900-01"),
    *("hearing", "roundtable", "press-release", "分析", "commercial-rule-of-law", "hearings", "style.css"),
    *("lists.xml", "1.xml"),
]
"""What leads somewhere in `shelf()`: ids, months, slugs, a feed, a file, parts of the sitemap."""


@cache
def shelf() -> Flask:
    """An application over all that makes answers differ: events to come, past, cancelled, all day; news; edits.

    Made once, for all examples.
    """
    service = Service(Path(mkdtemp()))
    told = [
        *(numbered(number) for number in range(1, 9)),
        numbered(20, event={"status": "cancelled"}, type="Roundtable", topics=["中文 & <more>"]),
        numbered(21, event={"start": "2026-12-24", "end": "2026-12-26", "timezone": None}),
        numbered(22, event={"start": "2010-08-20T10:00:00-04:00", "end": "2010-08-20T10:00:00-04:00"}),
        *(numbered_news(number) for number in range(60)),
        record(id="markup", url=None, event=None, title="<b>]]></b> &amp; ,;\\n", summary="=1+1\n\n\u202e\u2028x"),
        record(id="odd.id_1", url=None, event=None, type="分析"),
    ]
    service.publish(*told, numbered(30), numbered_news(90))
    service.later(minutes=5).publish(*told)
    told[0] = {**told[0], "title": "Edited"}
    service.later(minutes=5).publish(*told)
    return service.app()


@pytest.fixture(scope="module", autouse=True)
def _forget() -> Iterator[None]:
    yield
    shutil.rmtree(shelf().extensions["cecc_feeds"].settings.data.parent)
    shelf.cache_clear()


ODD = st.one_of(
    st.sampled_from(["", " ", ".", "..", "%00", "%ff", "%", "%2e%2e%2f", "'\"<>&", "\x00", "\r\nX: y", "x" * 3000]),
    st.text(max_size=20),
)
FILLS = st.one_of(st.sampled_from(KNOWN), st.sampled_from(KNOWN), ODD)
ENDS = st.one_of(st.sampled_from(["", "", "/", *FORMATS, *FORMATS]), st.sampled_from(["//", "..", ".ics.ics", "%20"]))
NAMES = st.one_of(st.sampled_from(ASKED), st.sampled_from(["utm_source", "limit[]", "", "Q", "\x00", "feed"]))
GOOD = ["hearing", "commercial-rule-of-law", "number", "hearing,roundtable", "0", "1", "2", "50", "500", "5000"]
MONTHS = ["2026-11", "2026-12", "0001-01", "1970-01", "9998-12", "9999-12", "1-01", "2026-13"]
DAYS = ["today", "-90d", "+1y", " 1y", "2026-12-01", "0001-01-01", "9999-12-31", "2026-02-30", "-36600d", "+1200m"]
RUBBISH = ["", "-1", "5001", "9" * 30, "1e9", "٣", "%ff", "\ud7ff", "x" * 3000, ",", "法律", "a" * 501, "drop", "keep"]
VALUES = st.one_of(st.sampled_from([*GOOD, *DAYS, *MONTHS, *STATUSES, *ORDERS, *RUBBISH]), st.text(max_size=30))
LATIN = st.text(st.characters(codec="latin-1", exclude_characters="\r\n\x00"), max_size=40)
HEADERS = st.dictionaries(
    st.sampled_from([
        "Accept", "Accept-Encoding", "If-None-Match", "If-Modified-Since", "Authorization", "Cookie", "Range", "Host",
        "Origin", "X-Forwarded-Host", "Forwarded", "Content-Type", "Content-Length", "Transfer-Encoding", "Expect",
    ]),
    st.one_of(st.sampled_from(["*", "gzip", "identity;q=0", "bytes=0-0", "evil.example", "chunked", "-1"]), LATIN),
    max_size=4,
)  # fmt: skip
METHODS = st.sampled_from(["GET", "GET", "GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "TRACE", "get", "X"])


def spelt(rule: str, fill: str, end: str, query: list[tuple[str, str]]) -> str:
    path = rule.replace("<name>", quote(fill, safe="%", errors="replace")) + end
    pairs = (f"{quote(name, safe='%')}={quote(value, safe='%', errors='replace')}" for name, value in query)
    return f"{path}?{'&'.join(pairs)}" if query else path


def asked(target: str, headers: dict[str, str], method: str) -> Answered:
    begun = time.monotonic()
    answer = ask(shelf(), target, headers, method=method)
    assert time.monotonic() - begun < LONGEST_SECONDS
    return answer


@pytest.mark.parametrize("rule", RULES)
@settings(max_examples=max(20, settings.default.max_examples // 3))
@given(fill=FILLS, end=ENDS, query=st.lists(st.tuples(NAMES, VALUES), max_size=5), headers=HEADERS, method=METHODS)
@example(fill="hearing", end="", query=[], headers={}, method="GET")
@example(fill="hearings", end=".ics", query=[("from", "-36600d"), ("to", "+1200m")], headers={}, method="GET")
@example(
    fill="", end="", query=[("url", f"{BASE_URL}/feeds/hearings?q=%FF<"), ("format", "xml")], headers={}, method="GET"
)
@example(fill="", end="", query=[("url", f"{BASE_URL}/events"), ("format", "x")], headers={}, method="GET")
@example(fill="..", end="", query=[("limit", "1")] * 400, headers={}, method="GET")
def test_whatever_is_sent_a_route_answers_soon_and_alike_without_a_fault_of_ours(
    rule: str, fill: str, end: str, query: list[tuple[str, str]], headers: dict[str, str], method: str
) -> None:
    target = spelt(rule, fill, end, query)
    answer = asked(target, headers, method)
    assert answer.status in (200, 204, 304, 400, 404, 405, 410, 414) or (rule, answer.status) == ("/oembed", 501)
    assert answer["Set-Cookie"] == answer["Location"] == ""
    assert "evil.example" not in f"{answer.headers}"
    assert b"evil.example" not in answer.body
    assert asked(target, headers, method) == answer
    if method == "GET":
        refuse_html_in_feeds(rule, target, answer)
        assert asked(target, headers, "HEAD") == Answered(answer.status, answer.headers, b"")
        assert answer.status == 304 or answer["Content-Length"] == str(len(answer.body))


def refuse_html_in_feeds(rule: str, target: str, answer: Answered) -> None:
    """Under a feed's address stands that format, or a plain sentence."""
    path = target.partition("?")[0].rstrip("/")
    suffix = next((suffix for suffix in FORMATS if path.endswith(suffix)), "")
    if not suffix or answer.status == 304 or rule.startswith("/embed/"):
        return
    assert "html" not in answer["Content-Type"]
    if answer.status != 200:
        assert answer["Content-Type"] == "text/plain; charset=utf-8"
        assert not answer.body.lstrip().startswith(b"<")
    elif suffix == ".json" and rule.startswith(("/items/", "/schema/")):
        assert answer["Content-Type"] in ("application/json; charset=utf-8", "application/schema+json; charset=utf-8")
    else:
        assert answer["Content-Type"] == FORMATS[suffix].media_type


def test_the_map_of_the_application_holds_these_routes_and_no_other() -> None:
    assert sorted(rule.rule for rule in shelf().url_map.iter_rules()) == RULES
    assert {argument for rule in shelf().url_map.iter_rules() for argument in rule.arguments} == {"name"}


NEEDED = {"/oembed": [("url", f"{BASE_URL}/events")]}
"""Parameters without which nothing is answered."""


def test_every_route_is_answered_200_under_some_name() -> None:
    """Else what holds for any name above might hold because there is never anything there."""
    suffixes = ("", *FORMATS)
    answered = {
        rule
        for rule, name, suffix in product(RULES, KNOWN, suffixes)
        if ask(shelf(), spelt(rule, name, suffix if "<" in rule else "", NEEDED.get(rule, []))).status == 200
    }
    assert sorted(answered) == RULES


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_every_parameter_is_taken_somewhere_and_never_a_fault(parameter: str) -> None:
    statuses = set()
    for value, rule in product(
        [*GOOD, *DAYS, *MONTHS, *STATUSES, *ORDERS, *RUBBISH], ("/events.ics", "/items.atom", "/items")
    ):
        answer = asked(spelt(rule, "", "", [(parameter, value)]), {}, "GET")
        statuses.add(answer.status)
        if answer.status == 400:
            assert answer.text.startswith(f"{parameter}: ")
    assert statuses <= {200, 400}
    assert 200 in statuses
