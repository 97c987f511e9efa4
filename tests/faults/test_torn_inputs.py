"""Torn, binary and hostile files of every kind: refused by name in bounded time, and nothing is withdrawn for them."""

import csv
import io
import json
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cecc_feeds.cli import cli
from cecc_feeds.sources import READERS
from tests.faults.conftest import Figure
from tests.faults.processes import run
from tests.service import Service, numbered
from tests.sources.pages_of_all_layouts import PAGE_FILES

SUFFIXES = [reader.suffixes[0] for reader in READERS]
LONGEST_SECONDS = 20.0
CUTS = 60

RECORDS = [numbered(number, summary="Zwölf Zeugen, 法律.") for number in range(1, 13)]


def whole(suffix: str) -> bytes:
    """A good file of each kind, of a dozen records or of the publisher's pages."""
    if suffix == ".csv":
        return as_csv().encode()
    if suffix in (".txt", ".html"):
        return next(path for path in PAGE_FILES if path.suffix == suffix).read_bytes()
    if suffix == ".jsonl":
        return "".join(f"{json.dumps(record, ensure_ascii=False)}\n" for record in RECORDS).encode()
    return json.dumps(RECORDS, ensure_ascii=False, indent=1).encode()  # JSON is YAML as well


def as_csv() -> str:
    flat = [
        {
            **{name: value for name, value in record.items() if name not in ("event", "topics")},
            "topics": "|".join(record["topics"]),
            **{f"event.{name}": value for name, value in record["event"].items()},
        }
        for record in RECORDS
    ]
    file = io.StringIO()
    writer = csv.DictWriter(file, list(flat[0]))
    writer.writeheader()
    writer.writerows(flat)
    return file.getvalue()


def placed(service: Service, suffix: str) -> Path:
    return (service.pages if suffix in (".txt", ".html") else service.records) / f"source{suffix}"


def torn(data: bytes) -> Iterator[bytes]:
    """The file cut at many places, with a piece missing, and with bytes written over it."""
    chance = random.Random(len(data))
    for number in range(CUTS):
        at = len(data) * number // CUTS + chance.randrange(max(1, len(data) // CUTS))
        yield data[:at]
    for _ in range(CUTS // 4):
        at, length = chance.randrange(len(data)), chance.randrange(1, 200)
        yield data[:at] + data[at + length :]
        yield data[:at] + chance.randbytes(length) + data[at + length :]
        yield data[:at] + bytes(length) + data[at + length :]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_torn_file_is_refused_by_name_and_an_import_with_a_refusal_withdraws_nothing(
    service: Service, suffix: str, figure: Figure
) -> None:
    path, data = placed(service, suffix), whole(suffix)
    path.write_bytes(data)
    first = service.bring_in()
    assert (first.rejected, first.added > 0) == ([], True)
    refused = variants = 0
    for part in torn(data):
        path.write_bytes(part)
        begun = time.monotonic()
        report = service.later(minutes=1).bring_in()
        assert time.monotonic() - begun < LONGEST_SECONDS
        assert all(refusal.where.startswith(str(path)) or refusal.where == path.name for refusal in report.rejected)
        assert not (report.rejected and report.withdrawn), report
        refused, variants = refused + bool(report.rejected), variants + 1
    path.write_bytes(data)
    service.later(minutes=1).bring_in()
    assert service.later(minutes=1).bring_in().rejected == []
    figure(f"{suffix}: torn in {variants} ways, {refused} refused, 0 of these withdrew anything")
    assert refused > 0


def bomb() -> bytes:
    """Billion laughs: each line is ten of the one before."""
    lines = ["a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    return "\n".join(lines).encode()


def entities() -> bytes:
    names = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE html [<!ENTITY a0 "ha">{names}]><html><body>&a9;</body></html>'.encode()


HOSTILE: dict[str, bytes] = {
    "nothing": b"",
    "only blanks": b" \r\n\t\n" * 10,
    "only a mark": b"\xef\xbb\xbf",
    "a YAML bomb": bomb(),
    "an entity bomb": entities(),
    "deep JSON": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "deep lists": b"[" * 200_000,
    "deep YAML": b"- " * 20_000 + b"x",
    "deep flow YAML": b"---\n" + b"[" * 20_000 + b"]" * 20_000,
    "deep HTML": b"<div>" * 100_000,
    "NUL bytes": b'{"type": "Hear\x00ing", "published": "2026-01-01"}\n',
    "all NUL": bytes(100_000),
    "UTF-16": '{"type": "Hearing", "published": "2026-01-01"}\n'.encode("utf-16"),
    "UTF-16 without a mark": '{"type": "Hearing", "published": "2026-01-01"}\n'.encode("utf-16-le"),
    "not UTF-8": b'{"type": "Anh\xf6rung", "published": "2026-01-01"}\n',
    "half a character at the end": '{"type": "Anhörung"}'.encode()[:14],
    "a surrogate": b'{"type": "\\ud800", "published": "2026-01-01"}\n\xed\xa0\x80\n',
    "a picture": b"\x89PNG\r\n\x1a\n" + random.Random(3).randbytes(50_000),
    "random bytes": random.Random(4).randbytes(200_000),
    "an endless number": b'{"type": "Hearing", "published": ' + b"9" * 100_000 + b"}\n",
    "an endless date": b'{"type": "Hearing", "published": "' + b"2026-01-01" * 20_000 + b'"}\n',
    "tags of YAML": b"- !!python/object/apply:os.system ['touch never']\n",
    "a quotation without an end": b'id,type,published\n"' + b"x,y\n" * 20_000,
    "many columns": b"id," * 50_000 + b"type\n" + b"x," * 50_000 + b"y\n",
    "doubled keys": b'{"type": "a", "type": "b"}\n',
    "terminal sequences": b'{"type": "\x1b[2J\x1b]0;x\x07", "published": "2026-01-01"}\n',
}
LONG_LINE = 50_000_000


@pytest.fixture
def stocked(service: Service) -> Service:
    service.publish(*RECORDS)
    return service


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_of_any_kind_is_told_by_each_command_and_changes_nothing(stocked: Service, name: str) -> None:
    before = stocked.ids("/items.json?limit=500")
    for suffix in SUFFIXES:
        path = stocked.folder / f"hostile{suffix}"
        path.write_bytes(HOSTILE[name])
        for command in ("read", "check", "import"):
            begun = time.monotonic()
            done = CliRunner().invoke(cli, [command, str(path)], env=stocked.environment)
            assert time.monotonic() - begun < LONGEST_SECONDS, (suffix, command)
            refuse_more_than_complaints(done, path)
    assert [entry for entry in before if entry not in stocked.ids("/items.json?limit=500")] == []
    assert not Path("never").exists()


def refuse_more_than_complaints(done: Result, path: Path) -> None:
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code in (0, 1), done.output
    assert "Traceback" not in done.output
    for line in done.stderr.splitlines():
        where, colon, why = line.partition(": ")
        assert colon
        assert where.startswith((str(path), path.name)), line
        assert why
        assert "\x1b" not in line
        assert len(line) < 2000


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_line_of_fifty_megabytes_is_told_in_bounded_time_and_memory(
    stocked: Service, suffix: str, figure: Figure
) -> None:
    path = stocked.folder / f"long{suffix}"
    with path.open("wb") as file:
        file.write(b'{"type": "Hearing", "published": "2026-01-01", "title": "')
        for _ in range(LONG_LINE // 1_000_000):
            file.write(b"x" * 1_000_000)
        file.write(b'"}\n')
    limits = ["bash", "-c", 'ulimit -v 3000000 && exec "$@"', "bash"]
    for command in ("read", "check", "import"):
        begun = time.monotonic()
        code, out, err = run(stocked, command, str(path), within=limits)
        seconds = time.monotonic() - begun
        assert code in (0, 1), err
        assert "Traceback" not in err
        assert "withdrawn 0" in out or command != "import"
        assert seconds < LONGEST_SECONDS
        assert err == "" or err.startswith(str(path))
        assert len(err) < 2000
    figure(f"{suffix}: a line of {LONG_LINE // 1_000_000} MB, the import took {seconds:.1f} s: exit {code}")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_commands_as_processes_end_with_one_and_a_place_for_a_torn_file(stocked: Service, suffix: str) -> None:
    path = stocked.folder / f"torn{suffix}"
    data = whole(suffix)
    path.write_bytes(data[: len(data) // 2] + b"\xff\x00" + data[len(data) // 2 :])
    for command in ("read", "check", "import"):
        code, out, err = run(stocked, command, str(path))
        assert code == 1
        assert err.startswith(str(path))
        assert "Traceback" not in err
        assert "withdrawn 0" in out or command != "import"
