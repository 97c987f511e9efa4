"""Answers kept: what is sent is what Flask would send; nothing old once a change is known; never more than allowed."""

import os
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import brotli
import pytest
from flask import Flask
from hypothesis import example, given, settings
from hypothesis import strategies as st
from werkzeug.test import create_environ, run_wsgi_app

from cecc_feeds.errors import StoreError
from cecc_feeds.store import Store
from cecc_feeds.web import create_app
from cecc_feeds.web.coding import CODINGS
from cecc_feeds.web.http import ASKED, HTML, Answer, fault, unavailable
from cecc_feeds.web.kept import EVERY_SECONDS, FAULTS_PART, KEEP, MOST_REMEMBERED, KeptAnswers
from cecc_feeds.web.routes import PLAIN_ROUTES, ROUTES
from cecc_feeds.web.service import Service as Routed
from tests.service import FEED_PATHS, FEEDS_TOML, Answered, Service, ask, keeping, numbered, record
from tests.web.test_every_route import ENDS, FILLS, KNOWN, METHODS, NAMES, VALUES, shelf, spelt

RULES = sorted(rule for rule, _ in (*ROUTES, *PLAIN_ROUTES))

# --- on and off -------------------------------------------------------------------------------------------------------


@cache
def both() -> tuple[Flask, Flask]:
    """Two applications over the store of `shelf()`: one that keeps answers, one that makes each anew."""
    settings_of = shelf().extensions["cecc_feeds"].settings
    folder = settings_of.data.parent
    on, off = (
        Service(folder, given={"keep_answers": given}, now=Service(folder).now + timedelta(minutes=10)).app()
        for given in ("32", "0")
    )
    assert isinstance(on.wsgi_app, KeptAnswers)
    assert not isinstance(off.wsgi_app, KeptAnswers)
    return on, off


@pytest.fixture(scope="module", autouse=True)
def _forget() -> Iterator[None]:
    yield
    both.cache_clear()
    shelf.cache_clear()


def sent(app: Flask, target: str, headers: dict[str, str], method: str) -> tuple[int, list[tuple[str, str]], bytes]:
    answer = ask(app, target, headers, method=method)
    return answer.status, list(answer.headers), answer.body


def agree(target: str, headers: dict[str, str], method: str) -> Answered:
    """What Flask alone answers, after the other gave the same when it made it and when it had it."""
    on, off = both()
    alone = sent(off, target, headers, method)
    for _ in range(2):
        assert sent(on, target, headers, method) == alone, (target, headers, method)
    return ask(off, target, headers, method=method)


CODED = ("", "gzip", "br", "gzip, deflate, br, zstd", "br;q=0.1, gzip", "*", "gzip;q=0")


def conditions(answer: Answered) -> Iterator[dict[str, str]]:
    """Headers that ask whether an answer is still the same: rightly, wrongly, and in no way that is understood."""
    tag = answer["ETag"].removeprefix("W/")
    yield from (
        {"If-None-Match": value} for value in (answer["ETag"], f"W/{tag}", f'"x", {tag[:-1]}-gzip"', "*", "", '"x"')
    )
    since = answer["Last-Modified"]
    yield from (
        {"If-Modified-Since": value}
        for value in (since, "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "x")
    )
    yield {"If-None-Match": '"x"', "If-Modified-Since": since}
    yield {"If-None-Match": tag, "If-Modified-Since": "x"}


@pytest.mark.parametrize("rule", RULES)
def test_every_route_answers_the_same_whether_kept_or_not_in_every_method_coding_and_condition(rule: str) -> None:
    names = KNOWN if "<" in rule else [""]
    for name, end in product(names, ("", ".ics", ".json", "/") if "<" in rule else ("", "/")):
        target = spelt(rule, name, end, [])
        first = agree(target, {}, "GET")
        for method in ("HEAD", "OPTIONS", "POST"):
            agree(target, {"Accept-Encoding": "gzip"}, method)
        if first.status != 404 or end == "":
            for coding, asked in product(CODED[:4], conditions(first)):
                agree(target, {"Accept-Encoding": coding, **asked}, "GET")
            agree(target, {"If-None-Match": first["ETag"]}, "HEAD")


@settings(max_examples=settings.default.max_examples)
@given(
    rule=st.sampled_from(RULES),
    fill=FILLS,
    end=ENDS,
    query=st.lists(st.tuples(NAMES, VALUES), max_size=4),
    coding=st.sampled_from(CODED),
    method=METHODS,
)
@example(rule="/items.json", fill="", end="", query=[("type", "hearing"), ("type", "")], coding="gzip", method="GET")
@example(rule="/items.json", fill="", end="//", query=[("limit", "1"), ("limit", "2")], coding="br", method="HEAD")
def test_whatever_is_asked_in_whatever_spelling_the_answer_is_the_same_whether_kept_or_not(
    rule: str, fill: str, end: str, query: list[tuple[str, str]], coding: str, method: str
) -> None:
    headers = {"Accept-Encoding": coding}
    target = spelt(rule, fill, end, query)
    first = agree(target, headers, method)
    agree(spelt(rule, fill, end, [("utm_source", "x"), *query, ("", "")]), headers, method)
    agree(spelt(rule, fill, end, query[::-1]), headers, method)
    for asked in conditions(first):
        agree(target, {**headers, **asked}, "GET")


# --- what changes -----------------------------------------------------------------------------------------------------


@dataclass
class Bench:
    """The layer over a small application of a test's own; `made` are the addresses that the application was asked for.

    `state` is what feeds and pages depend on; None cannot be read. `ticks` is the clock of the layer.
    """

    made: list[str] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)
    state: tuple[Any, Any] | None = (1, 1)
    looked: int = 0
    ticks: float = 0.0

    def __post_init__(self) -> None:
        self.layer = self.make()

    def make(self, *, most: int = 1_000_000, every: float = 0.25) -> KeptAnswers:
        self.layer = KeptAnswers(self._app, self._states, most=most, every=every, ticks=lambda: self.ticks)
        return self.layer

    def _states(self) -> tuple[Any, Any]:
        self.looked += 1
        if self.state is None:
            raise StoreError("gone")
        return self.state

    def _app(self, environ: Any, start_response: Any) -> list[bytes]:
        address = environ["PATH_INFO"] + "?" * bool(environ["QUERY_STRING"]) + environ["QUERY_STRING"]
        self.made.append(address)
        path = environ["PATH_INFO"]
        prepared = environ[KEEP](self.answers.get(path, Answer(path.encode() * 500, "text/plain")))
        form = prepared.form("")
        start_response(prepared.status, form.head)
        return [form.body]

    def ask(self, target: str, headers: dict[str, str] | None = None, *, method: str = "GET") -> Answered:
        path, _, query = target.partition("?")
        environ = create_environ(path, method=method, headers=headers or {})
        environ["QUERY_STRING"] = query
        body, status, head = run_wsgi_app(self.layer, environ, buffered=True)
        return Answered(int(status[:3]), head, b"".join(body))

    def made_by(self, *targets: str) -> list[str]:
        """Which of the addresses the application is asked for when clients ask for all of them."""
        self.made.clear()
        for target in targets:
            self.ask(target)
        return list(self.made)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_what_is_asked_again_is_not_made_again(bench: Bench) -> None:
    assert bench.made_by("/a", "/b", "/a", "/b?type=x", "/b?type=x") == ["/a", "/b", "/b?type=x"]
    assert bench.ask("/a", method="HEAD").body == b""
    assert bench.ask("/a").body == b"/a" * 500
    assert bench.made_by("/a", "/b", "/b?type=x") == []


def test_whether_something_changed_is_asked_a_few_times_a_second_and_not_at_each_request(bench: Bench) -> None:
    bench.made_by(*["/a"] * 100)
    assert bench.looked == 1
    for tick in range(1, 101):
        bench.ticks = tick / 100
        bench.ask("/a")
    assert bench.looked == 1 + 1 / EVERY_SECONDS
    assert EVERY_SECONDS <= 0.5


def test_a_change_is_known_at_the_next_look_and_what_is_old_is_never_sent_again(bench: Bench) -> None:
    bench.made_by("/a", "/b")
    bench.state = (2, 2)
    assert bench.made_by("/a") == []
    bench.ticks += 0.25
    assert bench.made_by("/a", "/a", "/b") == ["/a", "/b"]


def test_what_was_made_while_a_change_came_to_be_is_made_again_at_the_next_look(bench: Bench) -> None:
    """It may be of the state before: nothing tells that it is not."""
    bench.ask("/a")
    bench.state = (2, 2)
    assert bench.made_by("/b") == ["/b"]
    bench.ticks += 0.25
    assert bench.made_by("/a", "/b") == ["/a", "/b"]


def test_pages_are_made_anew_with_every_import_and_feeds_when_something_changed(bench: Bench) -> None:
    bench.answers = {
        "/page": Answer(b"page", HTML),
        "/none": fault(404, "No."),
        "/no-page": Answer(b"x", HTML, status=404),
    }
    everything = ("/page", "/feed", "/none", "/no-page")
    assert bench.made_by(*everything, *everything) == list(everything)
    bench.state, bench.ticks = (1, 2), 1
    assert bench.made_by(*everything, *everything) == ["/page", "/no-page"]


def test_an_import_that_brought_nothing_new_changes_the_state_of_pages_and_not_that_of_feeds(service: Service) -> None:
    routed = Routed(service.settings, lambda: service.now)
    feeds, pages = routed.states()
    assert routed.states() == (feeds, pages)
    service.later(minutes=5).bring_in()
    assert routed.states()[0] == feeds
    assert routed.states()[1] != pages


def test_as_long_as_nobody_commits_a_look_reads_no_table(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    routed = Routed(service.settings, lambda: service.now)
    read, count = Store.read, 0

    def counted(self: Store) -> Any:
        nonlocal count
        count += 1
        return read(self)

    service.later(minutes=5).bring_in()
    monkeypatch.setattr(Store, "read", counted)
    assert {routed.states() for _ in range(3)} == {routed.states()}
    assert count == 1
    service.publish(record(title="Edited"))
    count = 0  # an import reads, too
    assert {routed.states() for _ in range(3)} == {routed.states()}
    assert count == 1


def test_an_edit_the_feeds_and_the_day_change_both_states(service: Service) -> None:
    routed = Routed(service.settings, lambda: service.now)

    def edit() -> None:
        service.publish(record(title="Edited"))

    def name_feeds() -> None:
        (service.data / "feeds.toml").write_text(FEEDS_TOML.replace("CECC hearings", "Hearings"))

    def wait_until_midnight() -> None:
        service.now = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)

    service.now = datetime(2026, 11, 24, 4, 59, 59, tzinfo=UTC)
    for change in (edit, name_feeds, wait_until_midnight):
        before = routed.states()
        change()
        after = routed.states()
        assert [old == new for old, new in zip(before, after, strict=True)] == [False, False], change


def test_another_store_in_its_place_is_another_state(service: Service) -> None:
    routed = Routed(service.settings, lambda: service.now)
    before = routed.states()
    other = service.folder / "other.sqlite"
    other.write_bytes(service.database.read_bytes())
    other.rename(service.database)
    assert routed.states()[0] != before[0]


def test_the_day_turns_at_midnight_where_the_publisher_is(tmp_path: Path) -> None:
    app, _ = keeping(tmp_path, record(), clock=lambda: now)
    now = datetime(2026, 12, 1, 4, 59, 59, tzinfo=UTC)
    target = "/events.csv?from=-1d&to=today"
    before = ask(app, target)
    assert b"hearing-1" not in before.body
    now += timedelta(seconds=1)
    assert b"hearing-1" in ask(app, target).body
    assert before.status == 200


def test_within_a_second_every_answer_is_the_new_one(tmp_path: Path) -> None:
    now = [0.0]
    service = Service(tmp_path, given={"keep_answers": "32"})
    service.publish(record(title="Old"))
    app = create_app(service.settings, clock=lambda: service.now, ticks=lambda: now[0])
    before = {path: ask(app, path).body for path in FEED_PATHS}
    service.later(minutes=1).publish(record(title="New"))
    now[0] += 1
    assert [path for path, body in before.items() if b"Old" in body and b"New" not in ask(app, path).body] == []
    assert all(b"Old" not in ask(app, path).body for path in FEED_PATHS)


# --- while the store cannot be read -----------------------------------------------------------------------------------


def test_while_the_store_cannot_be_read_what_was_good_last_is_sent_and_nothing_else(bench: Bench) -> None:
    bench.made_by("/a", "/b")
    bench.state, bench.ticks = (2, 2), 1
    bench.ask("/a")
    bench.state, bench.ticks = None, 2
    bench.answers = dict.fromkeys(("/a", "/b", "/c"), unavailable("Gone."))
    assert [bench.ask(path).status for path in ("/a", "/b", "/c")] == [200, 200, 503]
    assert bench.ask("/c")["Cache-Control"] == "no-store"
    bench.answers = {"/a": Answer(b"new", "text/plain"), "/b": fault(410, "Left."), "/c": Answer(b"c", "text/plain")}
    bench.state, bench.ticks = (3, 3), 3
    assert [bench.ask(path).status for path in ("/a", "/b", "/c", "/b")] == [200, 410, 200, 410]
    assert bench.ask("/a").body == b"new"


def test_what_cannot_be_made_after_a_change_is_what_was_good_last(bench: Bench) -> None:
    """The store failed between the look and the making."""
    good = bench.ask("/a")
    bench.state, bench.ticks = (2, 2), 1
    bench.answers = {"/a": unavailable("Gone.")}
    assert [bench.ask("/a"), bench.ask("/a")] == [good, good]
    bench.answers = {"/a": fault(404, "None.")}
    assert bench.ask("/a").status == 404
    bench.answers = {"/a": unavailable("Gone.")}
    bench.state, bench.ticks = (3, 3), 2
    assert bench.ask("/a").status == 404


def test_what_is_not_to_be_stored_is_made_each_time(bench: Bench) -> None:
    bench.answers = {"/ready": Answer(b"ready", "text/plain", cache="no-store")}
    assert bench.made_by("/ready", "/ready") == ["/ready", "/ready"]


# --- how much is kept -------------------------------------------------------------------------------------------------


def held(layer: KeptAnswers) -> int:
    return layer.good.held + layer.faults.held


def test_never_more_is_held_than_allowed_in_all_codings(bench: Bench) -> None:
    layer = bench.make(most=200_000)
    for number in range(500):
        bench.answers[f"/{number}"] = Answer(os.urandom(4_000), "text/plain")
        for coding in ("", *CODINGS):
            bench.ask(f"/{number}", {"Accept-Encoding": coding})
        assert held(layer) <= 200_000
    assert len(layer.good) > 8
    assert layer.good.held > 150_000


def test_bodies_that_are_coded_count_too(bench: Bench) -> None:
    bench.answers = {"/a": Answer(os.urandom(10_000), "text/plain")}
    bench.ask("/a")
    before = bench.layer.good.held
    for number, coding in enumerate(CODINGS, 1):
        bench.ask("/a", {"Accept-Encoding": coding})
        bench.ask("/a", {"Accept-Encoding": coding})
        assert number * 10_000 < bench.layer.good.held - before < number * 15_000


def test_one_answer_larger_than_all_that_is_allowed_is_sent_and_not_kept(bench: Bench) -> None:
    layer = bench.make(most=20_000)
    bench.answers = {"/a": Answer(b"x" * 30_000, "text/plain")}
    assert bench.made_by("/a", "/a") == ["/a", "/a"]
    assert bench.ask("/a").body == b"x" * 30_000
    assert held(layer) == 0


def test_what_left_is_held_by_nothing(bench: Bench) -> None:
    """Spellings are remembered longer than what was found under them."""
    bench.make(most=200_000)
    tracemalloc.start()
    try:
        for number in range(300):
            bench.answers = {f"/{number}": Answer(os.urandom(20_000), "text/plain")}
            for _ in range(2):
                bench.ask(f"/{number}")
        assert tracemalloc.get_traced_memory()[0] < 1_000_000
    finally:
        tracemalloc.stop()


def test_what_was_not_asked_for_lately_leaves_first(bench: Bench) -> None:
    bench.make(most=60_000)
    bench.answers = {f"/{number}": Answer(os.urandom(1_000), "text/plain") for number in range(200)}
    bench.made_by("/0", "/1")
    for number in range(2, 200):
        bench.made_by(f"/{number}", "/0")
    assert bench.made_by("/0", "/1") == ["/1"]


def test_a_round_of_questions_that_is_longer_than_there_is_room_finds_most_answers(bench: Bench) -> None:
    """Were the oldest the first to leave, it would find none."""
    layer = bench.make(most=120_000)
    round_of = [f"/{number}" for number in range(60)]
    bench.answers = {path: Answer(os.urandom(1_000), "text/plain") for path in round_of}
    for _ in range(20):
        made = bench.made_by(*round_of)
    room = len(layer.good)
    assert room < len(round_of)
    assert len(made) < 2 * (len(round_of) - room)


def test_what_is_asked_for_now_takes_the_place_of_what_nobody_asks_for_any_more(bench: Bench) -> None:
    bench.make(most=60_000)
    bench.answers = {f"/{number}": Answer(os.urandom(1_000), "text/plain") for number in range(200)}
    bench.made_by(*(f"/{number}" for number in range(100, 200)))
    wanted = [f"/{number}" for number in range(5)]
    for _ in range(100):
        made = bench.made_by(*wanted)
    assert made == []


def test_where_all_ask_for_one_coding_there_is_room_for_more_answers_than_in_all(bench: Bench) -> None:
    """What others ask for then is made from it."""
    layer = bench.make(most=200_000)
    paths = [f"/{number}" for number in range(60)]
    bench.answers = {path: Answer(f"{path} water ".encode() * 700, "text/plain") for path in paths}
    for _ in range(60):
        for path in paths:
            bench.ask(path, {"Accept-Encoding": "gzip"})
    assert len(layer.good) == len(paths)
    assert sum(len(answer.body) for answer in bench.answers.values()) > 2 * layer.good.held
    for path in paths:
        assert bench.ask(path).body == bench.answers[path].body
        assert brotli.decompress(bench.ask(path, {"Accept-Encoding": "br"}).body) == bench.answers[path].body
    assert layer.good.held <= 200_000


def test_no_refusal_however_often_provoked_drives_a_good_answer_out(bench: Bench) -> None:
    layer = bench.make(most=320_000)
    bench.made_by(*(f"/{number}" for number in range(20)))
    for number in range(2_000):
        bench.answers[f"/none/{number}"] = fault(404, f"There is no {number} here.")
        bench.ask(f"/none/{number}")
    assert layer.faults.held <= 320_000 // FAULTS_PART
    assert bench.made_by(*(f"/{number}" for number in range(20))) == []


def test_a_redirect_and_a_refusal_are_kept_as_well(bench: Bench) -> None:
    bench.answers = {
        "/old": fault(301, "Moved.", headers=(("Location", "https://x.example/new"),)),
        "/gone": fault(410, "Gone."),
        "/bad": fault(400, "q: takes words."),
    }
    first = {path: bench.ask(path) for path in bench.answers}
    assert [answer.status for answer in first.values()] == [301, 410, 400]
    assert bench.made_by(*first) == []
    assert {path: bench.ask(path, {"If-None-Match": "*"}) for path in first} == first


def test_an_address_that_no_route_has_is_not_kept_and_what_a_host_is_called_makes_no_difference(tmp_path: Path) -> None:
    app, kept = keeping(tmp_path)
    for host in ("evil.example", "xn--", "a_b:99999", "[::1", "\xff", ""):
        assert ask(app, "/nowhere", {"Host": host}).status == 404
        assert ask(app, "/items.csv", {"Host": host}).status == 200
    assert (len(kept.good), len(kept.faults)) == (1, 0)


def test_parameters_that_are_not_read_neither_fill_the_memory_nor_are_anything_made_for_them(tmp_path: Path) -> None:
    app, kept = keeping(tmp_path)
    first = ask(app, "/items.json?type=hearing&limit=3")
    before = held(kept)
    for number in range(300):
        assert ask(app, f"/items.json?utm_source={number}&limit=3&x[]=1&type=hearing") == first
    assert held(kept) == before
    assert len(kept.good) == 1


@pytest.mark.parametrize("name", ASKED)
def test_answers_to_other_values_of_a_parameter_that_some_address_reads_are_kept_apart(
    tmp_path: Path, name: str
) -> None:
    app, kept = keeping(tmp_path)
    for value in ("1", "2", "1", "1&utm_source=x"):
        ask(app, f"/items.json?{name}={value}")
    assert len(kept.good) + len(kept.faults) == 2


def test_the_same_answer_under_several_spellings_is_stored_once(tmp_path: Path) -> None:
    app, kept = keeping(tmp_path, *(numbered(number) for number in range(1, 20)))
    spellings = [
        "type=hearing,x",
        "type=x,hearing",
        "type=x&type=hearing",
        "type=HEARING,x&page=1",
        "topic=&type=x,hearing",
    ]
    bodies, sizes = set(), []
    for spelling in spellings:
        bodies.add(ask(app, f"/items.json?{spelling}").body)
        sizes.append(held(kept))
    (body,) = bodies
    assert sizes[0] > len(body) > 10_000
    assert sizes[-1] - sizes[0] < 1_000 * len(spellings)


def test_what_is_remembered_word_by_word_is_bounded(bench: Bench) -> None:
    for number in range(MOST_REMEMBERED + 50):
        bench.ask(f"/a?x={number}", {"Accept-Encoding": f"x{number}, gzip"})
    bench.ask(f"/a?{'x' * 5_000}", {"Accept-Encoding": f"{'x' * 5_000}, br"})
    remembered = (bench.layer._spellings, bench.layer._codings)
    assert [0 < len(one) <= MOST_REMEMBERED for one in remembered] == [True, True]
    assert [max(len(str(key)) for key in one) < 1_000 for one in remembered] == [True, True]
    assert bench.made == ["/a?x=0"]


# --- how it is sent ---------------------------------------------------------------------------------------------------


def test_a_304_makes_no_coded_body_and_a_head_request_of_what_is_kept_none_either(bench: Bench) -> None:
    tag = bench.ask("/a")["ETag"]
    before = bench.layer.good.held
    for coding in CODINGS:
        for method in ("GET", "HEAD"):
            answer = bench.ask("/a", {"If-None-Match": tag, "Accept-Encoding": coding}, method=method)
            assert (answer.status, answer["ETag"], answer.body) == (304, f"W/{tag}", b"")
    assert bench.ask("/a", method="HEAD")["Content-Length"] == "1000"
    assert bench.layer.good.held == before


def test_a_server_that_changes_the_head_it_is_given_changes_no_later_answer(bench: Bench) -> None:
    def spoil(_status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
        headers[:] = [("X-Server", "spoilt")]

    first = bench.ask("/a")
    unchanged = bench.ask("/a", {"If-None-Match": "*"})
    for headers in ({}, {"If-None-Match": "*"}):
        assert list(bench.layer(create_environ("/a", headers=headers), spoil)) == ([] if headers else [first.body])
    assert bench.ask("/a") == first
    assert bench.ask("/a", {"If-None-Match": "*"}) == unchanged


def test_octets_that_are_no_text_in_a_query_are_no_fault_of_ours(tmp_path: Path) -> None:
    app, _ = keeping(tmp_path)
    for query in ("q=\xff", "\xff=1", "q=\xe6\xb3", "type=\x80,\xff&\xfe"):
        environ = create_environ("/items.csv")
        environ["QUERY_STRING"] = query
        _, status, _ = run_wsgi_app(app, environ, buffered=True)
        assert status.startswith("200 "), query


# --- many threads -----------------------------------------------------------------------------------------------------


def together(*tasks: Callable[[], None]) -> None:
    """Run the tasks beside one another; raises what one of them raised."""
    raised: list[BaseException] = []

    def run(task: Callable[[], None]) -> None:
        try:
            task()
        except BaseException as error:  # noqa: BLE001 - raised again below
            raised.append(error)

    threads = [threading.Thread(target=run, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    if raised:
        raise raised[0]


def test_threads_that_ask_while_answers_leave_and_change_get_whole_ones_and_never_go_back(tmp_path: Path) -> None:
    """The memory has room for a few answers, so that each thread drives out what the others are sending."""
    service = Service(tmp_path, given={"keep_answers": "1"})
    service.publish(*(numbered(number, title="Edition 0") for number in range(1, 30)))
    app = service.app()
    done = threading.Event()
    paths = [path for path in FEED_PATHS if not path.startswith("/topics")]

    def reads() -> None:
        seen = dict.fromkeys(paths, 0)
        while not done.is_set():
            for path, coding in product(paths, ("", *CODINGS)):
                answer = ask(app, path, {"Accept-Encoding": coding})
                assert answer.status == 200
                assert len(answer.body) == int(answer["Content-Length"])
                if not coding:
                    editions = {number for number in range(4) if f"Edition {number}".encode() in answer.body}
                    assert len(editions) == 1, (path, editions)
                    assert editions >= {seen[path]} or min(editions) > seen[path], path
                    seen[path] = min(editions)

    def writes() -> None:
        try:
            for edition in (1, 2, 3):
                service.later(minutes=1).publish(
                    *(numbered(number, title=f"Edition {edition}") for number in range(1, 30))
                )
        finally:
            done.set()

    together(reads, reads, reads, writes)
    assert all(b"Edition 3" in ask(app, path).body for path in paths)
