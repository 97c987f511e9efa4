"""Safety of answers: nothing runs in them, any site may fetch feeds, and what is too long is refused unread."""

from collections.abc import Iterator
from io import BytesIO
from itertools import product
from pathlib import Path

import pytest
from werkzeug.test import create_environ, run_wsgi_app

from tests.service import FEED_PATHS, Answered, Service, ask, keeping
from tests.web.test_http import ITEM_FEEDS, NOTHING_RUNS, PAGES, PLAIN, picked

# --- headers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*PAGES, "/none", "/types/none"])
def test_a_page_may_load_nothing_from_elsewhere_nor_stand_within_another_site(service: Service, path: str) -> None:
    answer = service.get(path)
    assert {name: answer[name] for name in SAFETY} == SAFETY


SAFETY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Content-Type-Options": "nosniff",
}


def asked_in_every_way(service: Service) -> Iterator[tuple[str, Answered]]:
    """What is no page, under every status that there is."""
    tag = service.get("/events.ics")["ETag"]
    for path in (*FEED_PATHS, *ITEM_FEEDS, *PLAIN, "/feeds/none.ics", "/events.ics?limit=x", f"/{'x' * 9000}"):
        yield path, service.get(path)
    yield "304", service.get("/events.ics", {"If-None-Match": tag})
    for path, method in product(("/", "/events.ics"), ("OPTIONS", "POST")):
        yield f"{method} {path}", service.get(path, method=method)


def test_in_what_is_no_page_nothing_may_run_while_any_site_may_fetch_it(service: Service) -> None:
    for name, answer in asked_in_every_way(service):
        told = picked(answer, "Content-Security-Policy", "X-Content-Type-Options", "Access-Control-Allow-Origin")
        whole = {"Content-Security-Policy": NOTHING_RUNS, "X-Content-Type-Options": "nosniff"}
        safety = dict.fromkeys(whole, "") if name == "304" else whole  # what the client holds keeps what came with it
        assert told == {**safety, "Access-Control-Allow-Origin": "*"}, name
        assert answer["Cross-Origin-Resource-Policy"] == "", name


def test_a_page_that_did_not_change_says_again_what_may_run_in_it(service: Service) -> None:
    for path in PAGES:
        page = service.get(path)
        again = service.get(path, {"If-None-Match": page["ETag"]})
        assert again.status == 304, path
        assert again["Content-Security-Policy"] == page["Content-Security-Policy"] != "", path


def test_no_answer_sets_a_header_twice(service: Service) -> None:
    everything = [*asked_in_every_way(service), *((path, service.get(path)) for path in (*PAGES, "/none"))]
    for name, answer in everything:
        names = [header.lower() for header, _ in answer.headers]
        assert sorted(names) == sorted(set(names)), name


# --- what is too long -------------------------------------------------------------------------------------------------

LONGEST = 8_000


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
@pytest.mark.parametrize(
    ("begin", "fill"), [("/events.ics?x=", "y"), ("/", "x"), ("/events.ics?", "q=a&"), ("/", "%E6%B3%95"), ("/", "%41")]
)
def test_an_address_longer_than_is_read_is_414_in_one_sentence_and_one_as_long_is_read(
    service: Service, begin: str, fill: str, method: str
) -> None:
    sent = "A" if fill == "%41" else fill  # how a server that decodes the path lets us see it
    as_long = begin + fill * ((LONGEST - len(begin)) // len(sent))
    as_long += "z" * (LONGEST - len(as_long.replace(fill, sent)))
    assert service.get(as_long, method=method).status != 414
    answer = service.get(f"{as_long}z", method=method)
    assert (answer.status, answer["Content-Type"]) == (414, "text/plain; charset=utf-8")
    sentence = b"The address is longer than the 8,000 characters that are read here.\n"
    assert answer.body == (b"" if method == "HEAD" else sentence)


def test_nothing_is_made_of_an_address_that_is_too_long(tmp_path: Path) -> None:
    app, kept = keeping(tmp_path)
    assert ask(app, f"/events.ics?q={'x' * 9000}").status == 414
    assert ask(app, f"/events.ics?x={'x' * 9000}").status == 414
    assert (len(kept.good), len(kept.faults)) == (0, 0)
    assert ask(app, "/events.ics").status == 200
    assert (len(kept.good), len(kept.faults)) == (1, 0)
    assert ask(app, f"/events.ics?x={'x' * 9000}").status == 414


def test_the_bytes_of_addresses_count_among_those_kept(tmp_path: Path) -> None:
    app, kept = keeping(tmp_path)
    held = []
    for length in (10, 410):
        before = kept.good.held
        assert ask(app, f"/items.csv?q={'x' * length}").status == 200
        held.append(kept.good.held - before)
    assert held[1] - held[0] >= 400


def test_no_body_of_a_request_is_read(service: Service) -> None:
    class Unread(BytesIO):
        def read(self, *_: object) -> bytes:
            raise AssertionError("the body was read")

        readline = readlines = __iter__ = read  # type: ignore[assignment]

    for method in ("GET", "POST", "PUT", "OPTIONS"):
        environ = create_environ("/events.ics", method=method, input_stream=Unread(b"x" * 100))
        environ["CONTENT_LENGTH"] = "100"
        environ["CONTENT_TYPE"] = "application/x-www-form-urlencoded"
        _, status, _ = run_wsgi_app(service.app(), environ, buffered=True)
        assert status[:3] in ("200", "204", "405")
