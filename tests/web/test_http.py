"""HTTP under every feed's address: validators, coding, methods, CORS, and what a client sends without effect."""

import gzip
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from itertools import product
from pathlib import Path
from typing import Any
from urllib.robotparser import RobotFileParser

import brotli
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cecc_feeds.render import FORMATS
from cecc_feeds.web.coding import CODINGS, LARGE
from tests.other_parsers import shared_module
from tests.service import BASE_URL, FEED_PATHS, LISTS, MAGIC, Answered, Service, numbered, record

TYPES = {
    ".ics": "text/calendar; charset=utf-8",
    ".rss": "application/rss+xml; charset=utf-8",
    ".atom": "application/atom+xml; charset=utf-8",
    ".json": "application/feed+json; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
}
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Last-Modified, Link",
}
NOTHING_RUNS = "default-src 'none'; frame-ancestors 'none'"
FEED_CACHE = "public, max-age=900, stale-while-revalidate=300, stale-if-error=86400"
ITEM_FEEDS = ("/items/hearing-1.ics", "/items/hearing-1.json")
PAGES = ("/", "/items", "/events", "/types", "/topics", "/feeds", "/events/2026-12", "/items/hearing-1")
PLAIN = ("/healthz", "/readyz", "/robots.txt", "/static/style.css", "/schema/item.json")
EVERYTHING = (*FEED_PATHS, *ITEM_FEEDS, *PAGES, *PLAIN)

every_feed = pytest.mark.parametrize("path", FEED_PATHS)
every_format = pytest.mark.parametrize("suffix", FORMATS)


def suffix_of(path: str) -> str:
    return path[path.rindex(".") :]


def picked(answer: Answered, *names: str) -> dict[str, str]:
    return {name: answer[name] for name in names}


# --- 200 --------------------------------------------------------------------------------------------------------------


@every_feed
def test_a_feed_is_answered_with_exactly_these_headers(wide: Service, path: str) -> None:
    answer = wide.get(path)
    assert answer.status == 200
    assert {name for name, _ in answer.headers} == {
        "Content-Type", "Cache-Control", "Vary", "X-Content-Type-Options", "Access-Control-Allow-Origin",
        "Access-Control-Expose-Headers", "Accept-Ranges", "Link", "ETag", "Last-Modified", "Content-Length",
        "Content-Security-Policy", *(["Content-Disposition"] if path.endswith(".ics") else []),
    }  # fmt: skip
    assert len(answer.headers) == len({name for name, _ in answer.headers}), "a header was sent twice"
    assert {**picked(answer, "Content-Type", "Cache-Control", "Vary", "X-Content-Type-Options", "Accept-Ranges")} == {
        "Content-Type": TYPES[suffix_of(path)],
        "Cache-Control": FEED_CACHE,
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
        "Accept-Ranges": "none",
    }
    assert re.fullmatch(r'"[0-9a-f]{32}"', answer["ETag"])
    assert parsedate_to_datetime(answer["Last-Modified"]) == wide.now


def test_F05_no_bare_line_feed_is_left_when_the_calendar_leaves_the_application(service: Service) -> None:
    awkward = "one\ntwo\r\nthree\rfour\u2028five\u0085six \\n seven"
    service.publish(
        record(summary=awkward, title=awkward, event={"location": awkward}), record(id="b", url=None, event=None)
    )
    addresses = [path for path in FEED_PATHS if path.endswith(".ics")]
    for path in (*addresses, "/items/hearing-1.ics", "/events.ics?alarm=30&busy=1", "/events.ics?q=nothing"):
        body = service.get(path).body
        assert body.startswith(MAGIC[".ics"])
        assert body.endswith(b"\r\nEND:VCALENDAR\r\n")
        assert re.findall(rb"(?<!\r)\n|\r(?!\n)", body) == [], path


def test_F28_robots_txt_lets_every_feed_be_fetched(service: Service) -> None:
    answer = service.get("/robots.txt")
    assert (answer.status, answer["Content-Type"]) == (200, "text/plain; charset=utf-8")
    rules = RobotFileParser()
    rules.parse(answer.text.splitlines())
    refused = [
        (robot, path)
        for robot, path in product(("Google-Calendar-Importer", "Googlebot", "*"), (*FEED_PATHS, *ITEM_FEEDS))
        if not rules.can_fetch(robot, f"{BASE_URL}{path}")
    ]
    assert refused == []


@every_feed
def test_F29_whatever_accept_says_the_answer_is_the_same(wide: Service, path: str) -> None:
    plain = wide.get(path)
    for accept in (
        "text/html",
        "application/calendar+json",
        "x/y;q=0",
        "*/*;q=0",
        "",
        "text/calendar;q=",
        "garbage,,;",
    ):
        assert wide.get(path, {"Accept": accept}) == plain, accept


@every_feed
def test_F30_whatever_authorization_says_the_answer_is_the_same(wide: Service, path: str) -> None:
    plain = wide.get(path)
    assert plain.status == 200
    for sent in (
        "Bearer",
        "Bearer x",
        "Basic !!!",
        "Basic",
        "Negotiate",
        "Digest username=",
        "",
        "\xff",
        "Basic dXNlcg==",
    ):
        assert wide.get(path, {"Authorization": sent}) == plain, sent


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": "session=1; other"},
        {"Origin": "https://example.org"},
        {"User-Agent": "Google-Calendar-Importer"},
        {"User-Agent": ""},
        {"A-IM": "feed"},
        {"Range": "bytes=0-9"},
        {"Prefer": "subscribe-enhanced-get"},
        {"Host": "evil.example"},
        {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http", "X-Forwarded-Prefix": "/evil"},
        {"Forwarded": "host=evil.example;proto=http"},
        {"Accept-Language": "de, zh-Hant;q=0.9"},
    ],
    ids=lambda headers: next(iter(headers)),
)
def test_no_other_header_changes_the_answer(wide: Service, headers: dict[str, str]) -> None:
    for path in EVERYTHING:
        assert wide.get(path, headers) == wide.get(path)


# --- coding -----------------------------------------------------------------------------------------------------------


@every_feed
def test_F31_a_feed_is_compressed_only_for_who_asks_and_its_length_is_right_both_times(
    wide: Service, path: str
) -> None:
    for accept in (None, "", "identity", "gzip;q=0, deflate", "br;q=0, zstd, compress", "*", "gzip;q=nan", "br;q=x"):
        plain = wide.get(path, {} if accept is None else {"Accept-Encoding": accept})
        assert picked(plain, "Content-Encoding", "Content-Length") == {
            "Content-Encoding": "",
            "Content-Length": str(len(plain.body)),
        }
        assert plain.body.startswith(MAGIC[suffix_of(path)])
    for accept, coding in CHOSEN.items():
        coded = wide.get(path, {"Accept-Encoding": accept})
        assert picked(coded, "Content-Encoding", "Content-Length", "ETag", "Vary", "Content-Type") == {
            "Content-Encoding": coding,
            "Content-Length": str(len(coded.body)),
            "ETag": f"W/{plain['ETag']}",
            "Vary": "Accept-Encoding",
            "Content-Type": plain["Content-Type"],
        }
        assert DECODERS[coding](coded.body) == plain.body
        assert len(coded.body) < len(plain.body)


DECODERS = {"gzip": gzip.decompress, "br": brotli.decompress}
CHOSEN = {
    "gzip": "gzip", "x-gzip": "gzip", "GZip": "gzip", "br": "br", "gzip, deflate, br, zstd": "br",
    "br;q=0, gzip": "gzip", "br;q=1.0, gzip;q=0.8, *;q=0.1": "br", "gzip;q=1.0, br;q=0.8": "gzip",
    "identity, gzip;q=0.1": "gzip",
}  # fmt: skip
"""Accept-Encoding as clients send it, and which coding that gets."""


def test_every_coding_that_there_is_is_tried() -> None:
    assert set(DECODERS) == set(CHOSEN.values()) == set(CODINGS)


def test_calendars_stay_uncompressed_where_the_setting_says_so(tmp_path: Path) -> None:
    service = Service(tmp_path, given={"compress_calendars": "0"})
    service.publish(*(numbered(number) for number in range(1, 11)))
    for coding in CODINGS:
        asked = {"Accept-Encoding": coding}
        told = [service.get(f"/events{suffix}", asked)["Content-Encoding"] for suffix in (".ics", ".rss")]
        assert told == ["", coding]


@pytest.mark.parametrize("coding", CODINGS)
def test_the_compressed_bytes_are_the_same_at_every_time(wide: Service, coding: str) -> None:
    once = wide.get("/events.ics", {"Accept-Encoding": coding})
    other = Service(wide.folder, now=wide.now + timedelta(hours=5))
    assert other.get("/events.ics", {"Accept-Encoding": coding}) == once


@pytest.mark.parametrize("coding", CODINGS)
def test_what_is_large_is_coded_the_same_each_time_too(coding: str) -> None:
    body = bytes(range(256)) * (LARGE // 256 + 1)
    assert len(body) > LARGE
    assert DECODERS[coding](CODINGS[coding](body)) == body
    assert CODINGS[coding](body) == CODINGS[coding](body)


# --- conditional requests ---------------------------------------------------------------------------------------------


def validators(answer: Answered) -> tuple[str, Any]:
    return answer["ETag"].removeprefix("W/").strip('"'), parsedate_to_datetime(answer["Last-Modified"])


def decisions(tag: str, modified: Any) -> Iterator[tuple[str | None, str | None, bool]]:
    """If-None-Match, If-Modified-Since, and whether the client's copy is good: golden/conditional.py row by row."""
    same, before, after = (
        format_datetime(modified + timedelta(seconds=seconds), usegmt=True) for seconds in (0, -1, 86_400)
    )
    yield f'"{tag}"', None, True
    yield f'W/"{tag}"', None, True
    yield f'"{tag}-gzip"', None, True
    yield f'W/"{tag}:gzip"', None, True
    yield f'"{tag}--gzip"', None, True
    yield f'"{tag};gzip"', None, True
    yield f'"{tag}-br"', None, True
    yield f'"{tag}-df"', None, True
    yield tag, None, True
    yield tag.upper(), None, True
    yield '"zzz"', same, False
    yield "*", None, True
    yield " * ", before, True
    yield f'"a", W/"{tag}"', None, True
    yield f'"a",W/"{tag}-gzip" , "b"', before, True
    yield f'"{tag[:-1]}"', None, False
    yield f'"{tag}0"', None, False
    yield None, same, True
    yield None, after, True
    yield None, before, False
    yield None, "garbage", False
    yield None, "", False
    yield "", same, False
    yield '"zzz"', after, False
    yield None, modified.strftime("%A, %d-%b-%y %H:%M:%S GMT"), True
    yield None, modified.strftime("%a %b %d %H:%M:%S %Y"), True
    yield None, modified.strftime("%a, %d %b %Y %H:%M:%S +0000"), True
    yield None, "Thu, 01 Jan 1970 00:00:00 GMT", False
    yield None, "Mon, 99 Foo 99999 99:99:99 GMT", False
    yield None, "Fri, 31 Dec 99999 23:59:59 GMT", False


@pytest.mark.parametrize("coding", [None, *CODINGS])
@every_feed
def test_F32_the_decision_table_of_conditional_requests_holds_whatever_the_coding(
    wide: Service, path: str, coding: str | None
) -> None:
    asked = {"Accept-Encoding": coding} if coding else {}
    first = wide.get(path, asked)
    tag, modified = validators(first)
    oracle = shared_module("golden/conditional.py").not_modified
    for match, since, good in decisions(tag, modified):
        sent = {"If-None-Match": match, "If-Modified-Since": since, **asked}
        answer = wide.get(path, {name: value for name, value in sent.items() if value is not None})
        assert bool(oracle(match, since, tag, modified)) is good, (match, since)
        if good:
            assert (answer.status, answer.body) == (304, b""), (match, since)
        else:
            assert answer == first, (match, since)


@every_feed
def test_what_the_server_sent_sent_back_verbatim_is_answered_304_with_the_same_tag(wide: Service, path: str) -> None:
    for asked in ({}, *({"Accept-Encoding": coding} for coding in CODINGS)):
        first = wide.get(path, asked)
        for back in (
            {"If-None-Match": first["ETag"]},
            {"If-Modified-Since": first["Last-Modified"]},
            {"If-None-Match": first["ETag"], "If-Modified-Since": first["Last-Modified"]},
        ):
            answer = wide.get(path, {**asked, **back})
            assert (answer.status, answer.body) == (304, b"")
            assert dict(answer.headers) == {**picked(first, "ETag", "Cache-Control", "Vary", "Link"), **CORS}
            assert wide.get(path, {**asked, **back}, method="HEAD") == answer


@every_feed
def test_a_tag_of_one_coding_is_good_for_the_other(wide: Service, path: str) -> None:
    plain = wide.get(path)
    for coding in CODINGS:
        coded = wide.get(path, {"Accept-Encoding": coding})
        assert wide.get(path, {"If-None-Match": coded["ETag"]}).status == 304
        assert wide.get(path, {"If-None-Match": plain["ETag"], "Accept-Encoding": coding}).status == 304


def test_pages_and_the_schema_are_conditional_by_their_tag(service: Service) -> None:
    for path in (*PAGES, "/schema/item.json", "/robots.txt", "/static/style.css"):
        first = service.get(path)
        assert service.get(path, {"If-None-Match": first["ETag"]}).status == 304, path


def test_an_error_is_never_304(service: Service) -> None:
    for path in ("/feeds/none.ics", "/events.ics?limit=x", "/none"):
        plain = service.get(path)
        assert plain.status in (400, 404)
        assert plain["ETag"] == ""
        assert service.get(path, {"If-None-Match": "*"}) == plain


def test_an_edit_gives_new_validators_and_the_old_ones_no_longer_hold(service: Service) -> None:
    for path in FEED_PATHS:
        first = service.get(path)
        service.later(minutes=5).publish(record(title=f"Edited for {path}"))
        second = service.get(path, {"If-None-Match": first["ETag"]})
        since = service.get(path, {"If-Modified-Since": first["Last-Modified"]})
        assert (second.status, since.status) == (200, 200), path
        assert second["ETag"] != first["ETag"]
        assert parsedate_to_datetime(second["Last-Modified"]) == service.now


# --- types, addresses, methods ----------------------------------------------------------------------------------------


@every_format
def test_F33_a_feed_is_shown_inline_and_a_single_event_is_a_download(service: Service, suffix: str) -> None:
    told = {path: service.get(path + suffix)["Content-Disposition"] for path in (*LISTS, "/items/hearing-1")}
    assert told == (
        {
            "/items": 'inline; filename="items.ics"',
            "/events": 'inline; filename="events.ics"',
            "/types/hearing": 'inline; filename="hearing.ics"',
            "/topics/commercial-rule-of-law": 'inline; filename="commercial-rule-of-law.ics"',
            "/feeds/hearings": 'inline; filename="hearings.ics"',
            "/items/hearing-1": 'attachment; filename="hearing-1.ics"',
        }
        if suffix == ".ics"
        else dict.fromkeys(told, "")
    )


@every_feed
def test_F34_the_content_type_is_exact_on_get_and_head(service: Service, path: str) -> None:
    types = [service.get(path, method=method)["Content-Type"] for method in ("GET", "HEAD")]
    assert types == [TYPES[suffix_of(path)]] * 2


def test_F34_the_record_of_an_item_is_plain_json(service: Service) -> None:
    types = {path: service.get(path)["Content-Type"] for path in ITEM_FEEDS}
    assert types == {
        "/items/hearing-1.ics": "text/calendar; charset=utf-8",
        "/items/hearing-1.json": "application/json; charset=utf-8",
    }


def variants(path: str) -> Iterator[str]:
    """The spellings under which an address is met in the wild, its own first."""
    yield from (path, f"{path}/", f"/{path}", f"{path}//", f"{path}?", f"{path}?nocache=1", f"{path}/?utm_source=x")
    yield from (
        path.upper(),
        path.replace("/", "/./"),
        path.replace("/", "%2F"),
        f"{path}%20",
        f"{path}%00",
        f"{path}.",
    )
    yield from (f"/x/..{path}", path.replace("e", "%65"), path.rstrip("s"), f"{path};x=1", f"{path}#top", f"{path}\\")


@pytest.mark.parametrize("path", EVERYTHING)
def test_F35_the_canonical_address_is_answered_without_a_redirect_also_with_a_slash_behind_it(
    service: Service, path: str
) -> None:
    assert service.get(path).status == 200
    if path != "/":
        behind = service.get(f"{path}/")
        assert (behind.status, behind.body) == (200, service.get(path).body)
    assert service.get(f"/{path}").status in (200, 404)


@pytest.mark.parametrize("path", EVERYTHING)
def test_F53_no_spelling_of_an_address_is_answered_308(service: Service, path: str) -> None:
    for spelling, method in product(variants(path), ("GET", "HEAD", "POST", "OPTIONS")):
        answer = service.get(spelling, method=method)
        assert answer.status in (200, 204, 404, 405), (method, spelling)
        assert answer["Location"] == ""


@pytest.mark.parametrize("path", EVERYTHING)
def test_head_is_get_without_its_body(wide: Service, path: str) -> None:
    for asked in ({}, *({"Accept-Encoding": coding} for coding in CODINGS)):
        whole, head = wide.get(path, asked), wide.get(path, asked, method="HEAD")
        assert head == Answered(200, whole.headers, b"")
        assert head["Content-Length"] == str(len(whole.body))


@pytest.mark.parametrize("path", [*EVERYTHING, "/none", "/feeds/none.ics", "/events.ics?limit=x"])
def test_other_methods_are_refused_in_one_sentence_that_names_those_there_are(service: Service, path: str) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH", "PROPFIND", "TRACE", "NONSENSE"):
        answer = service.get(path, method=method)
        assert (answer.status, answer["Allow"], answer.text) == (
            405,
            "GET, HEAD, OPTIONS",
            "Only GET, HEAD, OPTIONS are answered here.\n",
        )


# --- caching, CORS ----------------------------------------------------------------------------------------------------


def test_F51_no_feed_is_kept_longer_than_an_hour_and_its_own_hint_says_the_same(service: Service) -> None:
    for path in (*FEED_PATHS, *ITEM_FEEDS, "/events.json?page=2"):
        kept = re.findall(r"\b(?:s-)?max-?age=(\d+)", service.get(path)["Cache-Control"])
        assert kept, path
        assert max(map(int, kept)) <= 3600
    assert re.findall(rb"<ttl>(\d+)</ttl>", service.get("/items.rss").body) == [b"60"]
    assert re.findall(rb"\r\n(REFRESH-INTERVAL.*|X-PUBLISHED-TTL.*)\r\n", service.get("/items.ics").body) == [
        b"REFRESH-INTERVAL;VALUE=DURATION:PT1H"
    ]
    assert b"\r\nX-PUBLISHED-TTL:PT1H\r\n" in service.get("/items.ics").body


def test_an_error_may_be_kept_five_minutes_at_most(service: Service) -> None:
    told = [service.get(path)["Cache-Control"] for path in ("/feeds/none.ics", "/events.ics?limit=x", "/none")]
    assert told == ["public, max-age=300"] * 3


@every_feed
def test_F52_other_sites_may_read_a_feed_and_its_validators_whatever_the_status(service: Service, path: str) -> None:
    origin = {"Origin": "https://example.org"}
    tag = service.get(path)["ETag"]
    answers = {
        200: service.get(path, origin),
        304: service.get(path, {**origin, "If-None-Match": tag}),
        400: service.get(f"{path}?limit=x", origin),
        404: service.get(f"/feeds/none{suffix_of(path)}", origin),
        405: service.get(path, origin, method="POST"),
    }
    assert {status: answer.status for status, answer in answers.items()} == {status: status for status in answers}
    assert {status: picked(answer, *CORS) for status, answer in answers.items()} == dict.fromkeys(answers, CORS)
    assert answers[200]["ETag"] == answers[304]["ETag"] == tag


@pytest.mark.parametrize("path", [*EVERYTHING, "/feeds/none.ics", "/none"])
def test_F52_a_preflight_for_a_conditional_request_passes(service: Service, path: str) -> None:
    asked = {
        "Origin": "https://example.org",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "if-none-match, if-modified-since",
    }
    answer = service.get(path, asked, method="OPTIONS")
    assert (answer.status, answer.body) == (204, b"")
    assert dict(answer.headers) == {
        "Allow": "GET, HEAD, OPTIONS",
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
        "Accept-Ranges": "none",
        "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
        "Access-Control-Allow-Headers": "If-None-Match, If-Modified-Since, Accept, Cache-Control",
        "Access-Control-Max-Age": "86400",
        "Content-Security-Policy": NOTHING_RUNS,
        **CORS,
    }


# --- whatever comes ---------------------------------------------------------------------------------------------------

AWKWARD = st.text(st.characters(codec="latin-1", exclude_characters="\r\n\x00"), max_size=40)
ROOTS = st.sampled_from([*EVERYTHING, "/", "/items/", "/events/", "/types/", "/topics/", "/feeds/", "/static/", ""])
TAILS = st.one_of(
    st.sampled_from(
        ["", "/", "//", ".ics", ".json", "..", "/../x", "%00", "%ff", "%c3%28", "%ed%a0%80", ".ics.ics", "%2e%2e%2f"]
    ),
    st.text(max_size=20),
)
NAMES = st.sampled_from(
    ["type", "topic", "q", "from", "to", "status", "order", "limit", "page", "alarm", "busy", "cancelled", "x"]
)
VALUES = st.one_of(
    st.sampled_from(
        [
            "",
            " ",
            "0",
            "1",
            "-1",
            "9" * 30,
            "today",
            "-90d",
            "+1y",
            " 1y",
            "+99999y",
            "-36600d",
            "0001-01-01",
            "9999-12-31",
        ]
    ),
    st.sampled_from(
        ["2026-02-30", "٣", "%00", "%ff", "\ud7ff", "x" * 5000, "hearing,hearing", ",", "start", "法律", "a%20b"]
    ),
    st.text(max_size=30),
    st.integers(-10, 10**12).map(str),
)
HEADERS = st.dictionaries(
    st.sampled_from(
        ["Accept", "Accept-Encoding", "If-None-Match", "If-Modified-Since", "Authorization", "Cookie", "Range", "Host"]
    ),
    AWKWARD,
    max_size=4,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    root=ROOTS,
    tail=TAILS,
    query=st.lists(st.tuples(NAMES, VALUES), max_size=5),
    headers=HEADERS,
    method=st.sampled_from(["GET", "HEAD", "GET", "OPTIONS", "POST"]),
)
@example(root="/events", tail=".ics", query=[("from", "-36600d"), ("to", "+1200m")], headers={}, method="GET")
@example(root="/items", tail=".rss", query=[("page", "100000"), ("limit", "500")], headers={}, method="GET")
@example(root="", tail="", query=[], headers={}, method="GET")
@example(root="/items/", tail="%00", query=[("q", "%00")], headers={}, method="GET")
def test_nothing_that_a_client_sends_is_a_server_error_or_a_cookie(
    service: Service, root: str, tail: str, query: list[tuple[str, str]], headers: dict[str, str], method: str
) -> None:
    path = f"{root}{tail}".replace("?", "").encode("utf-8", "surrogateescape").decode()
    target = f"{path}?{'&'.join(f'{name}={value}' for name, value in query)}"
    answer = service.get(target, headers, method=method)
    assert answer.status in (200, 204, 304, 400, 404, 405, 414)
    assert answer["Set-Cookie"] == ""
    assert answer["Location"] == ""
    if answer.status == 400 and method != "HEAD":
        assert re.fullmatch(r"[a-z]+( or [a-z]+)?: takes .+\.\n", answer.text), answer.text
    if method == "GET" and answer.status == 200:
        assert answer.body
        assert answer["Content-Length"] == str(len(answer.body))


def test_many_addresses_leave_no_trace_in_each_others_answers(service: Service) -> None:
    first = {path: service.get(path) for path in EVERYTHING}
    assert {path: service.get(path) for path in reversed(EVERYTHING)} == dict(reversed(first.items()))
    assert json.loads(service.get("/items/hearing-1.json").body) == record()
