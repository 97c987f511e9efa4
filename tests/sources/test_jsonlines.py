"""Skipping lines that were read before: nothing changes but the cost, and a line that is skipped is not looked into."""

import json
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import cecc_feeds
from cecc_feeds.identity import keys
from cecc_feeds.model import Rejected, record_line
from cecc_feeds.sources import Located, Told, Unread, jsonlines, read_path
from cecc_feeds.sources.found import without_doubles
from cecc_feeds.sources.jsonlines import MEANING, Skip, nothing_known, read_lines, read_new_lines
from cecc_feeds.sources.octets import BOM, LINE_LIMIT
from cecc_feeds.sources.records import json_line_drafts
from tests.sources.pages_of_all_layouts import ZONE
from tests.sources.test_records import CSV, HEARING, RELEASE
from tests.strategies import records

P = TypeVar("P")
R = TypeVar("R")

MADE = {"type": "Press Release", "published": "2026-02-03"}
"""Its id will be made: press-release-2026-02-03."""
LINES = [
    *map(
        json.dumps, [HEARING, RELEASE, MADE, {**MADE, "id": "press-release-2026-02-03"}, {**RELEASE, "title": "Other"}]
    ),
    f"  {json.dumps(RELEASE)} \r",
    json.dumps(RELEASE).replace('"id"', '"\\u0069d"'),
    json.dumps(RELEASE).replace("{", '{"id": "release", ', 1),
    json.dumps({**RELEASE, "id": "RELEASE"}),
    json.dumps({**RELEASE, "id": " release "}),
    '{"id": "release"',
    '{"id": "release", "type": "A"}',
    json.dumps({"title": '"id": "release"', **MADE}),
    "",
    "  \t",
    "nonsense",
    "[]",
    "\u3000",
]


def known(ids: Mapping[bytes | None, str]) -> Skip:
    """Knows lines by their digests."""
    return lambda digests: {digest: ids[digest] for digest in digests if digest in ids}


def read(data: bytes, skip: Skip = nothing_known, zone: str = ZONE) -> list[Any]:
    return list(read_new_lines(BytesIO(data), "file", zone, skip))


def plainly(data: bytes) -> list[Any]:
    """As every other file of records is read."""
    return list(without_doubles(partial(json_line_drafts, BytesIO(data), "file"), ZONE))


def without_digest(found: Any) -> Any:
    return Located(found.item, found.where, found.named) if isinstance(found, Located) else found


@given(st.lists(st.sampled_from(LINES) | records().map(json.dumps), max_size=8), st.data())
@example([json.dumps(RELEASE)] * 2, None)
def test_skipping_changes_nothing_but_the_cost(lines: list[str], data: st.DataObject | None) -> None:
    octets = "\n".join(lines).encode()
    whole = read(octets)
    assert list(map(without_digest, whole)) == list(read_lines(BytesIO(octets), "file", ZONE)) == plainly(octets)
    alone = [one for line in lines for one in read(line.encode()) if isinstance(one, Located)]
    ids = {one.digest: one.item.id for one in alone}
    kept = ids if data is None else {key: ids[key] for key in ids if data.draw(st.booleans())}
    skipping = read(octets, known(kept))
    assert [one.where for one in skipping] == [one.where for one in whole]
    for now, before in zip(skipping, whole, strict=True):
        if isinstance(before, Located) and before.digest in kept:
            assert now == Unread(before.where, before.digest, before.item.id)
        else:
            assert now == before


@given(st.lists(st.sampled_from(LINES) | records().map(json.dumps), max_size=8), st.integers(1, 400))
@example([json.dumps(RELEASE)] * 2, 1)
@example(['{"id": "a", "type": "Hearing", "event": {"start": "2026-12-01T09:30"}}'], 1)
def test_what_other_processes_read_in_parts_is_what_is_read_at_once(lines: list[str], part_bytes: int) -> None:
    octets = "\n".join(lines).encode()

    def elsewhere(work: Callable[[P], R], parts: Iterable[P]) -> Iterator[R]:
        for part in parts:
            sent = pickle.loads(pickle.dumps(partial(work, part)))  # noqa: S301 - our own
            yield pickle.loads(pickle.dumps(sent()))  # noqa: S301 - our own

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(jsonlines, "PART_BYTES", part_bytes)
        found = list(read_new_lines(BytesIO(octets), "file", ZONE, nothing_known, elsewhere))
    assert [Located(one.item, *one[3:6]) if isinstance(one, Told) else one for one in found] == read(octets)
    for one in found:
        assert not isinstance(one, Told) or one[:3] == (one.item.id, record_line(one.item), keys(one.item))


def test_a_line_that_is_skipped_is_not_looked_into_and_a_file_of_such_lines_is_walked_once() -> None:
    """Told another id than is in it, a line is taken by that id."""

    class Walked(BytesIO):
        lines = 0

        def readline(self, size: int | None = -1) -> bytes:
            self.lines += 1
            return super().readline(size)

    stream = Walked(f"{json.dumps(RELEASE)}\n\nnonsense\n".encode())
    ids = iter("abab")
    told: dict[bytes, str] = {}

    def skip(digests: Sequence[bytes]) -> Mapping[bytes, str]:
        return {digest: told.setdefault(digest, next(ids)) for digest in digests}

    found = list(read_new_lines(stream, "file", ZONE, skip))
    assert [(one.where, one.item_id) for one in found if isinstance(one, Unread)] == [("file:1", "a"), ("file:3", "b")]
    assert stream.lines == 4


def test_a_new_line_with_the_id_of_a_skipped_one_is_refused_with_it() -> None:
    [first] = read(json.dumps(RELEASE).encode())
    other = {**RELEASE, "title": "Other"}
    found = read(f"{json.dumps(RELEASE)}\n{json.dumps(other)}".encode(), known({first.digest: "release"}))
    advice = 'give each an "id" of its own, or delete the double'
    assert found == [
        Rejected(f"file:{here}", f'would get the same id "release" as file:{there}; {advice}')
        for here, there in ((1, 2), (2, 1))
    ]


@pytest.mark.parametrize("written", ["{}\n", "{}", "{}\r\n", "  {}\t \n", "\n\n{}\n", "\ufeff{}"])
def test_a_line_has_one_digest_wherever_it_stands(written: str) -> None:
    line = json.dumps(RELEASE)
    [alone] = read(line.encode())
    assert [one.digest for one in read(written.replace("{}", line).encode())] == [alone.digest]
    assert len(alone.digest) == 16


def test_a_digest_tells_the_line_and_the_zone() -> None:
    line = json.dumps(RELEASE).encode()
    [here], [elsewhere], [other] = read(line), read(line, zone="Asia/Taipei"), read(line.replace(b"2026", b"2025"))
    assert len({here.digest, elsewhere.digest, other.digest}) == 3


def test_a_digest_tells_the_code_that_reads_all_of_it() -> None:
    """Whatever this module imports of ours, a line means what that code says."""
    package = Path(cecc_feeds.__file__).parent
    script = "import sys, cecc_feeds.sources.jsonlines; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    ours = {Path(name.removeprefix("cecc_feeds.").replace(".", "/")) for name in loaded if "cecc_feeds." in name}
    told = {path for path in ours if path.parts[0] != "sources" and (package / path).with_suffix(".py").exists()}
    assert {f"{path}.py" for path in told} - {"merging.py", "doubts.py", "memory.py"} == set(MEANING)


def test_too_long_a_line_is_refused_beside_skipped_ones() -> None:
    [first] = read(json.dumps(RELEASE).encode())
    data = BOM + json.dumps(RELEASE).encode() + b"\n" + b"x" * (LINE_LIMIT + 1)
    assert read(data, known({first.digest: "release"})) == [
        Unread("file:1", first.digest, "release"),
        Rejected("file:2", "the line is longer than 4 MiB"),
    ]


def test_files_are_read_with_digests_where_their_format_has_lines(tmp_path: Path) -> None:
    lines, table = tmp_path / "a.jsonl", tmp_path / "b.csv"
    lines.write_text(json.dumps(RELEASE))
    table.write_text(CSV, newline="")
    asked: list[bytes] = []
    [found] = read_path(lines, zone=ZONE, name="a", skip=lambda digests: asked.extend(digests) or {})
    assert isinstance(found, Located)
    assert [found.digest] == asked
    assert list(read_path(lines, zone=ZONE, name="a")) == [without_digest(found)]
    assert list(read_path(lines, zone=ZONE, name="a", skip=known({asked[0]: "x"}))) == [Unread("a:1", asked[0], "x")]
    assert list(read_path(table, zone=ZONE, skip=known({asked[0]: "x"}))) == list(read_path(table, zone=ZONE))
