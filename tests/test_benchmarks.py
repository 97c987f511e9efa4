"""The benchmarks' parts work: what they read, compare, decide and write. What they measure is no test's business."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import repeat
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks import client, library, outputs, paper, plain_loop, processes, stores, table, wrk
from benchmarks.bench import QUICK, running
from benchmarks.errors import Trouble
from benchmarks.promises import Promise, Result, Seen, middle, ratios
from benchmarks.quiet import LOUD, Gate, Watch
from benchmarks.rows import GROUPS, PROMISES, edits
from benchmarks.selections import every_format, queries
from benchmarks.servers import Ports
from cecc_feeds.model import item_from
from tests.conftest import ROOT
from tests.service import Service, record
from tests.test_architecture import Sources, sizes

LINUX = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="/proc is Linux's")

WRK = """\
Running 2s test @ http://127.0.0.1:8761/items.atom
  1 threads and 8 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   235.52us  196.33us   6.03ms   98.70%
    Req/Sec    33.90k     2.61k   39.38k    80.00%
  67491 requests in 2.00s, 3.21GB read
Requests/sec:  33712.25
Transfer/sec:      1.60GB
"""
FAULTS = "  Socket errors: connect 1, read 2, write 3, timeout 4\n  Non-2xx or 3xx responses: 5\n"
REFUSED = WRK.replace("Requests/sec", f"{FAULTS}Requests/sec")


def test_the_report_of_wrk_is_read() -> None:
    assert wrk.parsed(WRK) == wrk.Load(67491, 2.0, 3.21 * 1024**3, 33712.25, 0, 0)
    assert wrk.parsed(REFUSED) == wrk.Load(67491, 2.0, 3.21 * 1024**3, 33712.25, 5, 10)
    assert wrk.parsed(WRK.replace("2.00s, 3.21GB", "500.00ms, 12B")).seconds == 0.5
    with pytest.raises(Trouble, match="unable to connect"):
        wrk.parsed("unable to connect to 127.0.0.1:8761 Connection refused")


@pytest.mark.parametrize(
    ("load", "body"),
    [
        (wrk.parsed(REFUSED), 51_000.0),  # errors
        (wrk.parsed(WRK), 9_000.0),  # larger than asked for: it was not gzip
        (wrk.parsed(WRK), 0.0),  # 200 where 304 was to come
        (wrk.parsed(WRK), 90_000.0),  # 304 or a fault where 200 was to come
        (replace(wrk.parsed(WRK), requests=0), 51_000.0),
    ],
)
def test_a_run_whose_answers_are_not_what_was_asked_for_does_not_count(load: wrk.Load, body: float) -> None:
    wrk.check(wrk.parsed(WRK), 51_000.0, what="good")
    with pytest.raises(Trouble):
        wrk.check(load, body, what="bad")


def test_a_thousand_queries_are_different_and_stand_on_one_line_each() -> None:
    asked = queries(1_000)
    assert len(asked) == len(set(asked)) == 1_000
    assert not any(character.isspace() for target in asked for character in target)


def promise(**changes: object) -> Promise:
    return replace(Promise("hot", "what", "≥", 0.5, lambda _: Seen((1.0,), "")), **changes)


@pytest.mark.parametrize(
    ("sense", "figures", "verdict"),
    [
        ("≥", (0.5, 0.1, 0.9), "holds"),
        ("≥", (0.49, 0.1, 0.9), "FAILS"),
        ("≤", (0.5, 9), "FAILS"),
        ("≤", (0.5,), "holds"),
    ],
)
def test_a_promise_holds_by_its_median(sense: str, figures: tuple[float, ...], verdict: str) -> None:
    assert Result(promise(sense=sense), Seen(figures, "")).verdict == verdict


def test_the_exit_code_tells_failed_before_missing() -> None:
    good, bad = Result(promise(), Seen((1,), "")), Result(promise(), Seen((0,), ""))
    skipped, broken = Result(promise(), skipped="wrk missing"), Result(promise(), fault="Trouble: no answer")
    assert [command.code(found) for found in ([good], [good, skipped], [good, bad, skipped], [good, broken])] == [
        0,
        2,
        1,
        1,
    ]


def test_a_row_that_meets_trouble_fails_with_its_reason_and_a_row_without_its_program_is_not_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def trouble(_: object) -> Seen:
        raise Trouble("the outputs differ")

    run = None
    assert command.measured(promise(measure=trouble, needs=()), run).fault == "Trouble: the outputs differ"  # type: ignore[arg-type]
    monkeypatch.setattr("benchmarks.machine.program", lambda _: None)
    result = command.measured(promise(measure=trouble, needs=("wrk", "nginx")), run)  # type: ignore[arg-type]
    assert (result.skipped, result.verdict) == ("nginx, wrk missing", "not run")


def test_only_known_groups_are_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.arguments(["--only", "hot,cold"]).groups == ("hot", "cold")
    assert command.arguments([]).groups == GROUPS
    with pytest.raises(SystemExit, match="2"):
        command.arguments(["--only", "warm"])
    assert 'there is no "warm"' in capsys.readouterr().err


def test_every_promise_has_a_row_of_its_own() -> None:
    assert len({one.what + one.group for one in PROMISES}) == len(PROMISES)
    assert {"hot", "gzip", "304", "busy", "library", "cold", "growth", "import", "edits", "memory", "help"} == set(
        GROUPS
    )


FOUND = [
    Result(promise(what="one | two"), Seen((0.6, 0.5512, 0.7), "ours 12,345/s")),
    Result(promise(what="three", sense="≤", bound=40, unit=" ms"), fault="Trouble: " + "x" * 100),
]


def test_the_table_is_written_as_text_and_as_markdown() -> None:
    lines = table.text(FOUND).splitlines()
    assert lines[2] == f"one | two  ≥ 0.50×  0.60 [0.55–0.70]×{' ' * 43}  ours 12,345/s  holds"
    assert table.markdown(FOUND).splitlines()[2:] == [
        "| one ¦ two | ≥ 0.50× | 0.60 [0.55–0.70]× | ours 12,345/s | holds |",
        f"| three | ≤ 40 ms | Trouble: {'x' * 50}… |  | FAILS |",
    ]
    assert table.line(FOUND[1]) == f"FAILS   three: Trouble: {'x' * 100}, promised ≤ 40 ms"


def test_figures_are_told_as_median_lowest_and_highest() -> None:
    assert middle([1234.5, 1000, 12_000]) == "1,234 [1,000–12,000]"
    assert middle([0.0123]) == "0.012 [0.012–0.012]"
    assert ratios([(1.0, 2.0), (3.0, 2.0)]) == (0.5, 1.5)


def test_only_what_stands_between_the_markers_is_written(tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    document.write_text("a\n<!-- x begin -->\nold\n<!-- x end -->\nb\n", encoding="utf-8")
    table.write(document, {"x": "new"})
    table.write(document, {"x": "newer"})
    assert document.read_text(encoding="utf-8") == "a\n<!-- x begin -->\nnewer\n<!-- x end -->\nb\n"
    for broken in ("", "<!-- x begin -->", "<!-- x end --><!-- x begin -->", "<!-- x begin --><!-- x end -->" * 2):
        with pytest.raises(Trouble):
            table.put(broken, "x", "new")


def test_the_document_has_the_markers() -> None:
    document = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    for name in ("measured", "on paper"):
        assert "figure" in table.put(document, name, "figure")


def test_the_arithmetic_on_paper() -> None:
    measured = paper.Measured(unchanged=20_000, changed=10_000, body=9_000)
    assumed = paper.Assumed(polls=24, unchanged=0.5, usable=0.5)
    assert paper.carried(measured, assumed) == pytest.approx(0.5 / 0.000075 * 86_400 / 24)
    assert "| 24.0 million |" in paper.table(measured, assumed)


def test_a_whole_run_is_written_into_the_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = tmp_path / "performance.md"
    document.write_text((ROOT / "docs" / "performance.md").read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(command, "DOCUMENT", document)
    said: list[str] = []
    with running(QUICK, 8761, said.append) as run:
        for name, rate in (("304", 20_000.0), ("gzip", 10_000.0), ("gzip body", 9_000.0)):
            run.once(f"rate /items.atom {name}", lambda rate=rate: rate)
        command.written(FOUND, "AMD EPYC, 2 cores", run)
        folder = run.folder
    text = document.read_text(encoding="utf-8")
    assert not folder.exists()
    assert "AMD EPYC, 2 cores." in text
    assert table.markdown(FOUND) in text
    assert "| measured: 304, one worker | 20,000/s |" in text
    assert said == [f"written into {document}"]


def test_what_rows_share_is_made_once_and_fails_for_each() -> None:
    made = iter(range(9))

    def broken() -> int:
        next(made)
        raise Trouble("no answer")

    with running(QUICK, 8761, print) as run:
        assert [run.once("a", lambda: next(made)) for _ in range(2)] == [0, 0]
        for _ in range(2):
            with pytest.raises(Trouble, match="no answer"):
                run.once("b", broken)
    assert next(made) == 2


class Told(Watch):
    """A watch that was told what others do."""

    def __init__(self, others: Iterator[float]) -> None:
        self._told = others

    def others(self) -> float:
        return next(self._told)


def gate(*others: float, patience: float = 0) -> Gate:
    told = iter(others)
    return Gate(patience=patience, again=2, watch=lambda: Told(told))


def test_a_disturbed_run_is_repeated_and_the_last_one_counts() -> None:
    runs = iter(range(9))
    quiet, noisy = gate(LOUD + 1, LOUD + 1, 0.0), gate(9, 9, 9)
    assert quiet.measured(lambda: next(runs)) == 2
    assert (quiet.runs, quiet.disturbed) == (1, 0)
    assert noisy.measured(lambda: next(runs)) == 5
    assert (noisy.runs, noisy.disturbed) == (1, 1)


def test_a_run_begins_when_it_is_quiet_and_waiting_has_its_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.quiet.GLANCE_SECONDS", 0.0)
    told = iter([9.0, 9.0, 0.0, 0.0])
    waiting = Gate(patience=60, again=0, watch=lambda: Told(told))
    assert waiting.measured(lambda: "ran") == "ran"
    assert list(told) == []
    spent = Gate(patience=60, again=5, budget=0, watch=lambda: Told(iter([9.0])))
    assert (spent.measured(lambda: "ran"), spent.disturbed) == ("ran", 1)


def test_a_machine_that_grows_slower_does_so_for_both_sides_of_a_woven_pair() -> None:
    speeds = iter(range(1_000, 0, -1))
    with running(QUICK, 8761, print) as run:
        run.gate = Gate(patience=0, again=0, watch=lambda: Told(repeat(0.0)))
        pairs = run.woven(lambda: 0.6 * next(speeds), lambda: float(next(speeds)))
    assert [ours / theirs for ours, theirs in pairs] == pytest.approx([0.6] * QUICK.rounds)
    assert next(speeds) == 1_000 - 4 * QUICK.rounds


def answered(service: Service, path: str) -> bytes:
    return service.get(path).body


@pytest.fixture
def service(tmp_path: Path) -> Service:
    made = Service(tmp_path, given={"base_url": plain_loop.BASE})
    made.publish(record(**LIKE_MADE), record(**(LIKE_MADE | {"id": "news", "event": None, "links": None})))
    return made


LIKE_MADE = {
    "id": "made-1-0000001",
    "type": "Hearing",
    "title": "Law & “reform” <mothers>",
    "url": "https://www.example.org/items/1/1",
    "published": "2015-04-20",
    "updated": None,
    "topics": ["Civil Society", "Developments in Hong Kong and Macau"],
    "summary": "Northbound law; " + "village 法律, " * 40 + "end.\n\nChildren & <mothers>. Quorum.",
    "language": None,
    "event": {
        "start": "2015-04-30T10:30:00-04:00",
        "end": "2015-04-30T12:00:00-04:00",
        "timezone": "America/New_York",
        "location": "Room 1, Dirksen",
    },
    "links": [
        {"rel": "transcript", "title": "Transcript (PDF)", "url": "https://www.example.org/t.pdf", "type": "a/b"}
    ],
}


def test_the_libraries_write_what_they_were_given(service: Service) -> None:
    ics, feed = answered(service, "/events.ics"), answered(service, "/items.atom")
    values = library.loaded(json.loads(json.dumps(library.values({5: ics}, feed))))
    outputs.same(
        outputs.events(ics), outputs.events(library.calendar(values["head"], values["calendars"][5])), what="ics"
    )
    outputs.same(outputs.atom(feed), outputs.atom(library.atom(values["about"], values["feed"])), what="atom")


READERS = {"ics": "/events.ics", "atom": "/items.atom", "rss": "/items.rss", "json": "/items.json"}


def test_the_plain_loop_writes_what_ours_does(service: Service, tmp_path: Path) -> None:
    from benchmarks.rows import importing

    raw = [LIKE_MADE, LIKE_MADE | {"id": "news", "event": None, "links": None}]
    lines = (json.dumps({name: value for name, value in one.items() if value is not None}) + "\n" for one in raw)
    file = stores.write_records(tmp_path / "some.jsonl", [line.encode() for line in lines])
    ((begin, end),) = plain_loop.parts(file, 1)
    plain_loop.render(file, begin, end, tmp_path)
    for suffix, path in READERS.items():
        read = importing.READERS[suffix]
        ours, theirs = read(answered(service, path)), read((tmp_path / f"0-0.{suffix}").read_bytes())
        outputs.same(ours, theirs, what=suffix, without=importing.OWN[suffix])


def test_the_parts_of_a_file_end_with_lines(tmp_path: Path) -> None:
    file = stores.write_records(tmp_path / "some.jsonl", [b"a" * 10 + b"\n", b"b" * 30 + b"\n", b"c\n"])
    assert plain_loop.parts(file, 2) == [(0, 42), (42, 44)]
    assert [begin for begin, _ in plain_loop.parts(file, 3)] == [0, 42, 42]


def test_two_outputs_that_differ_are_told(service: Service) -> None:
    ics = answered(service, "/events.ics")
    ours = outputs.events(ics)
    later = ics.replace(b"DTEND;TZID=America/New_York:20150430T120000", b"DTEND;TZID=America/New_York:20150430T123000")
    assert later != ics
    with pytest.raises(Trouble, match="dtend"):
        outputs.same(ours, outputs.events(later), what="moved")
    with pytest.raises(Trouble, match="summary"):
        outputs.same(ours, outputs.events(ics.replace(b"SUMMARY:Hearing", b"SUMMARY:Meeting")), what="renamed")
    for empty in ({}, {"another": {}}):
        with pytest.raises(Trouble, match="not the same entries"):
            outputs.same(ours, empty, what="other entries")
    with pytest.raises(Trouble, match="not the same entries"):
        outputs.same({}, {}, what="nothing on either side")


def test_entries_are_counted_without_parsing(service: Service) -> None:
    for suffix, path in READERS.items():
        body = answered(service, path)
        assert outputs.count(f".{suffix}", body) == (1 if suffix == "ics" else 2), suffix
        assert outputs.count(f".{suffix}", answered(service, f"{path}?q=nowhere")) == 0


def test_every_address_that_is_asked_is_one(service: Service) -> None:
    """Types and topics apart that this service does not know."""
    paths = [target for target in every_format() if not target.startswith(("/types/", "/topics/"))]
    assert len(paths) >= 20
    assert {target: service.get(target).status for target in [*paths, *queries(200)]} == dict.fromkeys(
        [*paths, *queries(200)], 200
    )


def test_records_get_their_words_and_the_mark_is_in_every_selection() -> None:
    assert stores.with_word(b'{"title": "T", "summary": "Law."}\n', b"northbound") == (
        b'{"title": "T", "summary": "Northbound Law."}\n'
    )
    with pytest.raises(Trouble):
        stores.with_word(b'{"title": "T"}\n', b"northbound")
    told = stores.mark_record(3, ["Tibet"], datetime(2026, 11, 24, 15, tzinfo=UTC))
    item = item_from(json.loads(told))
    assert item.title == stores.mark_title(3)
    assert {*stores.COMMON, stores.RARE} <= set(item.search_text.split())
    assert item.event is not None
    assert str(item.event.start) == "2026-11-25 09:00:00-05:00"


def test_the_report_of_an_import_is_read() -> None:
    told = stores.counts("…\nadded 5, changed 4, unchanged 3, withdrawn 2, rejected 1\n")
    assert told == {"added": 5, "changed": 4, "unchanged": 3, "withdrawn": 2, "rejected": 1}
    with pytest.raises(Trouble):
        stores.counts("killed")


def test_a_store_is_imported_by_the_command_and_its_commits_are_seen(tmp_path: Path) -> None:
    store = stores.Store(tmp_path / "store")
    store.folder.mkdir()
    path = stores.write_records(tmp_path / "one.jsonl", [json.dumps({"type": "A", "published": "2026-01-02"}).encode()])
    done = stores.imported(store, path, expect={"added": 1}, watched=True)
    assert done.seconds > 0
    versions = stores.data_version(store)
    assert next(versions) == next(versions)
    before = next(versions)
    with pytest.raises(Trouble, match="unchanged"):
        stores.imported(store, path, expect={"unchanged": 2})
    path.write_text(json.dumps({"type": "B", "published": "2026-01-02"}), encoding="utf-8")
    stores.imported(store, path)
    assert next(versions) != before
    versions.close()


def test_the_time_of_edits_runs_from_the_commit_before_them_to_the_last_worker() -> None:
    assert edits.latest([1.0, 2.0, 9.0], [2.5, 3.0]) == 1.0
    with pytest.raises(Trouble):
        edits.latest([2.0], [1.0, 3.0])


PARENT = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]).wait()
"""


@LINUX
def test_a_server_and_what_it_began_are_ended_by_their_ids_even_when_the_block_fails(tmp_path: Path) -> None:
    family: list[int] = []

    def broken() -> None:
        with processes.running([sys.executable, "-c", PARENT], tmp_path / "log") as pid:
            until = time.monotonic() + 20
            while len(processes.tree(pid)) < 2 and time.monotonic() < until:
                time.sleep(0.02)
            family.extend(one.pid for one in processes.tree(pid))
            assert all(map(processes.alive, family))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    until = time.monotonic() + 5
    while any(map(processes.alive, family)) and time.monotonic() < until:
        time.sleep(0.02)
    assert (len(family), [pid for pid in family if processes.alive(pid)]) == (2, [])


@LINUX
def test_a_server_that_does_not_listen_is_told_with_its_last_words(tmp_path: Path) -> None:
    with (
        pytest.raises(Trouble, match="no such setting"),
        processes.running([sys.executable, "-c", "raise SystemExit('no such setting')"], tmp_path / "log", port=1),
    ):
        pass


@LINUX
def test_the_largest_process_of_a_command_is_seen_and_its_failure_told() -> None:
    child = "x = bytearray(60 << 20); import time; time.sleep(0.5)"
    code = f"import subprocess, sys; sys.exit(subprocess.call([sys.executable, '-c', {child!r}]))"
    done = processes.run([sys.executable, "-c", code], watched=True)
    assert 60 < done.peaks[0] < 120
    with pytest.raises(Trouble, match="ended with 3"):
        processes.run([sys.executable, "-c", "raise SystemExit(3)"])


BODIES = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Name: value\r\n\r\nhello",
    b"HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nETag: \"b\"\r\ncontent-length:3\r\n\r\nabc",
    b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX-Name: long\r\nContent-Length: 200000\r\n\r\n" + b"x" * 200_000,
]  # fmt: skip
UNREADABLE = {
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n": "tells no length",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell": "closed the connection in an answer",
}


@pytest.mark.parametrize("sent", UNREADABLE)
def test_the_client_refuses_an_answer_whose_end_it_cannot_tell_or_that_ends_before(sent: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def answer() -> None:
            taken, _ = server.accept()
            with taken:
                taken.recv(4096)
                taken.sendall(sent)

        thread = threading.Thread(target=answer)
        thread.start()
        with client.Connection(port) as connection, pytest.raises(Trouble, match=f"port {port} .*{UNREADABLE[sent]}"):
            connection.ask("/")
        thread.join()


@LINUX
def test_the_client_reads_every_kind_of_answer_over_one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "ROOM", 150_000)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def answer() -> None:
            taken, _ = server.accept()
            with taken:
                for body in BODIES:
                    taken.recv(4096)
                    for at in range(0, 210, 7):
                        taken.sendall(body[at : at + 7])
                    taken.sendall(body[210:])

        thread = threading.Thread(target=answer)
        thread.start()
        with client.Connection(port) as connection:
            assert processes.holder(os.getpid(), connection.own_port, port) == os.getpid()
            found = [connection.ask("/", If_None_Match='"a"') for _ in BODIES]
            thread.join()
            with pytest.raises((Trouble, OSError)):
                connection.ask("/")
    assert [(one.status, one.body) for one in found[:4]] == [(200, b"hello"), (304, b""), (200, b"abc"), (200, b"")]
    assert found[4].body == b"x" * 200_000
    assert found[0].headers == {"content-length": "5", "x-name": "value"}


def test_ports_that_others_hold_are_passed_over() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Trouble, match=f"no port is free from {port}"):
            Ports(port, 1).free()


def test_the_benchmarks_keep_the_sizes_of_the_house() -> None:
    paths = sorted((ROOT / "benchmarks").rglob("*.py"))
    sources: Sources = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in paths}
    assert len(sources) > 20
    assert list(sizes(sources)) == []


def test_the_command_tells_its_options() -> None:
    done = subprocess.run([sys.executable, "-m", "benchmarks", "--help"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(option in done.stdout for option in ("--only", "--quick", "--no-write"))
