"""Record files: the same records in four formats, what each refuses, doubles, and the memory of long files."""

import json
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cecc_feeds.errors import SourceError
from cecc_feeds.model import Edition, Feed, Item, Kept, Rejected, Revision, canonical, item_from
from cecc_feeds.render import table
from cecc_feeds.sources import Located, read_path
from tests.sources.pages_of_all_layouts import ZONE, found_in, items_in, records_in

HEARING = {
    "id": "hearing-2015-04-30",
    "type": "Hearing",
    "title": "Population Control in China",
    "url": "https://www.cecc.gov/events/hearings/population-control-in-china",
    "published": "2015-04-30",
    "updated": "2024-08-14",
    "topics": ["Human Trafficking", "Status of Women"],
    "summary": "One paragraph, with a comma.\n\nAnother; with “quotes”.",
    "language": "en",
    "event": {
        "start": "2015-04-30T14:00:00-04:00",
        "end": "2015-04-30T16:00:00-04:00",
        "timezone": "America/New_York",
        "location": "Room 301, Russell Senate Office Building",
        "status": "confirmed",
        "webcast": "https://example.org/watch",
    },
    "links": [
        {
            "rel": "transcript",
            "title": "Transcript (PDF)",
            "url": "https://example.org/t.pdf",
            "type": "application/pdf",
        }
    ],
}
RELEASE = {"id": "release", "type": "Press Release", "published": "2026-02-03"}

YAML = """
- id: hearing-2015-04-30
  type: Hearing
  title: Population Control in China
  url: https://www.cecc.gov/events/hearings/population-control-in-china
  published: 2015-04-30
  updated: 2024-08-14
  topics: [Human Trafficking, Status of Women]
  summary: |
    One paragraph, with a comma.

    Another; with “quotes”.
  language: en
  event:
    start: 2015-04-30T14:00:00-04:00
    end: 2015-04-30T16:00:00-04:00
    timezone: America/New_York
    location: Room 301, Russell Senate Office Building
    status: confirmed
    webcast: https://example.org/watch
  links:
    - {rel: transcript, title: Transcript (PDF), url: "https://example.org/t.pdf", type: application/pdf}
---
id: release
type: Press Release
published: 2026-02-03
title: null
"""
CSV = (
    "id,type,title,url,published,updated,topics,summary,language,event.start,event.end,event.timezone,event.location,"
    "event.status,event.webcast,links\r\n"
    "hearing-2015-04-30,Hearing,Population Control in China,"
    "https://www.cecc.gov/events/hearings/population-control-in-china,2015-04-30,2024-08-14,"
    'Human Trafficking|Status of Women,"One paragraph, with a comma.\n\nAnother; with “quotes”.",en,'
    '2015-04-30T14:00:00-04:00,2015-04-30T16:00:00-04:00,America/New_York,"Room 301, Russell Senate Office Building",'
    'confirmed,https://example.org/watch,"[{""rel"": ""transcript"", ""title"": ""Transcript (PDF)"", '
    '""url"": ""https://example.org/t.pdf"", ""type"": ""application/pdf""}]"\r\n'
    ",,,,,,,,,,,,,,,\r\n"
    "release,Press Release,,,2026-02-03,,,,,,,,,,,\r\n"
)
LINES = f"{json.dumps(HEARING)}\n\n  \n{json.dumps(RELEASE)}\n"
FILES = {
    "JSON Lines": LINES,
    "JSON": json.dumps([HEARING, RELEASE], indent=1),
    "YAML": YAML,
    "CSV": CSV,
}
PLACES = {
    "JSON Lines": ["page:1", "page:4"],
    "JSON": ["page#hearing-2015-04-30", "page#release"],
    "YAML": ["page#hearing-2015-04-30", "page#release"],
    "CSV": ["page:2", "page:6"],
}


def one_refusal(data: bytes | str, reader: str = "JSON Lines") -> Rejected:
    [found] = found_in(data, reader)
    assert isinstance(found, Rejected)
    return found


@pytest.mark.parametrize("reader", FILES)
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_every_format_gives_the_same_records_and_their_places(reader: str, bom: str) -> None:
    assert records_in(bom + FILES[reader], reader) == [HEARING, RELEASE]
    assert [found.where for found in found_in(bom + FILES[reader], reader)] == PLACES[reader]


@pytest.mark.parametrize("reader", FILES)
def test_one_record_without_id_gets_the_same_made_id_everywhere(reader: str) -> None:
    text = (
        FILES[reader].replace('"id": "release", ', "").replace("id: release\n", "").replace("release,Press", ",Press")
    )
    text = text.replace('"id": "release",\n', "")
    assert [item.id for item in items_in(text, reader)] == ["hearing-2015-04-30", "press-release-2026-02-03"]


@pytest.mark.parametrize("reader", ["JSON", "YAML", "JSON Lines"])
def test_an_empty_file_of_records_holds_none(reader: str) -> None:
    assert found_in("[]" if reader == "JSON" else "\n", reader) == []


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("nonsense", 'not JSON: expecting value (column 1, at "nonsense")'),
        ('{"type": "A"', "not JSON: expecting ',' delimiter (column 13, at the end)"),
        ("# a comment", 'not JSON: expecting value (column 1, at "# a comment")'),
        ("[]", "a record must be an object with fields, not a list"),
        ("null", "a record must be an object with fields, not null"),
        ('{"type": "A", "type": "B", "published": "2026-01-01"}', 'has "type" twice'),
        ('{"type": NaN, "published": "2026-01-01"}', "NaN is not JSON"),
        ('{"type": -Infinity}', "-Infinity is not JSON"),
        ('{"type": 1e999}', 'the number "1e999" is too large'),
        (f'{{"type": {"9" * 5000}}}', "a number in it is too long"),
        (
            '{"type": "\\ud800", "published": "2026-01-01"}',
            "half a character, U+D800, stands in it; write the whole character",
        ),
        ("[" * 100_000, "it nests deeper than 20 levels"),
        (f'{{"type": {"[" * 30}{"]" * 30}}}', "it nests deeper than 20 levels"),
        ('{"type": "A", "published": "2026-01-01"} {}', 'not JSON: extra data (column 42, at "{}")'),
        ('{"type": "A"}', 'needs "published" or "event": nothing says when'),
        ('{"type": "A", "publishd": "2026-01-01"}', '"publishd" is not a field of a record; did you mean "published"?'),
        ("x" * (4 * 1024 * 1024 + 1), "the line is longer than 4 MiB"),
    ],
)
def test_a_bad_line_is_one_refusal_and_the_others_stay(line: str, why: str) -> None:
    first, bad, last = found_in(
        f"{json.dumps(RELEASE)}\n{line}\n{json.dumps(HEARING)}", "JSON Lines", where="data/x.jsonl"
    )
    assert isinstance(first, Located)
    assert isinstance(last, Located)
    assert bad == Rejected("data/x.jsonl:2", why)


def test_a_line_that_is_not_utf_8_is_one_refusal() -> None:
    first, second = found_in(b'{"type": "caf\xe9"}\n' + json.dumps(RELEASE).encode(), "JSON Lines")
    assert first == Rejected("page:1", "not UTF-8: line 1, byte 14 is 0xE9; save the file as UTF-8")
    assert isinstance(second, Located)


@pytest.mark.parametrize("reader", FILES)
@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"type,a\0b\n", "not a text: byte 7 is NUL; only UTF-8 text is read"),
        ("[]".encode("utf-16"), "written in UTF-16; save the file as UTF-8"),
    ],
)
def test_what_is_no_utf_8_text_is_refused(reader: str, data: bytes, why: str) -> None:
    with pytest.raises(SourceError) as error:
        found_in(data, reader)
    assert str(error.value) == f"page: {why}"


@pytest.mark.parametrize(("reader", "data"), [("JSON", b'["\n\xff"]'), ("YAML", b"a:\n\xff"), ("CSV", b"type\n\xff\n")])
def test_a_file_that_is_not_utf_8_is_refused_with_the_byte(reader: str, data: bytes) -> None:
    with pytest.raises(SourceError, match=r"page: not UTF-8: line 2, byte 1 is 0xFF; save the file as UTF-8"):
        found_in(data, reader)


# --- JSON and YAML --------------------------------------------------------------------------------------------------


def test_a_json_file_may_hold_one_object_or_one_a_line() -> None:
    assert records_in(json.dumps(RELEASE, indent=2), "JSON") == [RELEASE]
    assert records_in(LINES, "JSON") == [HEARING, RELEASE]


def test_a_broken_json_file_says_where() -> None:
    with pytest.raises(SourceError, match=r"page: not JSON: expecting value \(line 2, column 1, at \"oops]\"\)"):
        found_in("[\noops]", "JSON")


def test_a_json_record_without_an_id_is_named_by_its_number() -> None:
    found = found_in(json.dumps([RELEASE, {"type": "A"}, 3]), "JSON")
    assert [one.where for one in found] == ["page#release", "page#2", "page#3"]


def test_yaml_texts_stay_as_they_are_written() -> None:
    values = "type: no\ntitle: 1_000\npublished: 2026-04-30\nsummary: 2.10\ntopics: [yes, 0x1F, 1e3, '~']\nurl: ~\n"
    [record] = records_in(values, "YAML")
    assert {name: record[name] for name in record if name != "id"} == {
        "type": "no",
        "title": "1_000",
        "published": "2026-04-30",
        "topics": ["yes", "0x1F", "1e3", "~"],
        "summary": "2.10",
    }


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: &x [1]\nb: *x\n", "anchors (&) and aliases (*) are refused (line 1, column 4)"),
        ("&a [*a]", "anchors (&) and aliases (*) are refused (line 1, column 1)"),
        ("type: !!python/object:os.system ls", 'the tag "tag:yaml.org,2002:python/object:os.system" is refused'),
        ("type: !!binary aGk=", 'the tag "tag:yaml.org,2002:binary" is refused'),
        ("type: a\ntype: b\n", 'has "type" twice (line 2, column 1)'),
        ("[a]: b", "a field's name must be a text (line 1, column 1)"),
        ("[" * 5000, "it nests deeper than 20 levels"),
        ("a: b: c", "mapping values are not allowed here (line 1, column 5)"),
        ('"\\UFFFFFFFF"', "an escape in it names no character"),
        ("a: \x07", "special characters are not allowed"),
    ],
)
def test_yaml_beyond_plain_records_is_refused_with_its_place(text: str, why: str) -> None:
    with pytest.raises(SourceError) as error:
        found_in(text, "YAML")
    assert why in str(error.value)


# --- CSV ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_told_from_the_header(delimiter: str) -> None:
    text = f"Type{delimiter} published {delimiter}topics\nHearing{delimiter}2026-01-02{delimiter}A|B\n"
    [record] = records_in(text, "CSV")
    assert (record["type"], record["published"], record["topics"]) == ("Hearing", "2026-01-02", ["A", "B"])


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("A,2026-01-01,t,x,extra", "has 5 cells under 4 columns; quote cells that hold the delimiter"),
        ("A,2026-01-01,t,x", '"colour" is not a field of a record'),
        ("A,01/02/2026,t,", "published: "),
        ('A,2026-01-01,"t"x,', "the row cannot be read: ',' expected after '\"'"),
    ],
)
def test_a_bad_row_is_one_refusal_at_the_line_it_begins_in(row: str, why: str) -> None:
    found = found_in(f'type,published,title,colour\nB,2026-02-02,"two\nlines",\n{row}\nC,2026-03-03,,\n', "CSV")
    assert [found[0].where, found[1].where, found[2].where] == ["page:2", "page:4", "page:5"]
    assert isinstance(found[1], Rejected)
    assert why in found[1].why
    assert isinstance(found[2], Located)


def test_an_open_quote_is_a_refusal_that_names_the_row_it_began_in() -> None:
    found = found_in('type,published\nA,2026-01-01\nB,"2026-01-02\nC,2026-01-03\n', "CSV")
    assert isinstance(found[0], Located)
    assert found[1:] == [Rejected("page:3", "the row cannot be read: unexpected end of data")]


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ("", 'the first line must name the columns, "type" among them; it is ""'),
        ("Hearing,2026-01-01", 'the first line must name the columns, "type" among them; it is "Hearing,2026-01-01"'),
        ("type,title,Title", 'has the column "title" twice'),
    ],
)
def test_a_header_that_cannot_serve_is_refused(header: str, why: str) -> None:
    with pytest.raises(SourceError) as error:
        found_in(f"{header}\nA,2026-01-01,x\n", "CSV")
    assert str(error.value) == f"page: {why}"


def test_addresses_separated_by_bars_are_links_too() -> None:
    [record] = records_in("type,published,links\nA,2026-01-01,https://a.example/|https://b.example/x\n", "CSV")
    assert record["links"] == [{"url": "https://a.example/"}, {"url": "https://b.example/x"}]


def test_links_that_are_no_json_are_refused_by_name() -> None:
    found = one_refusal("type,published,links\nA,2026-01-01,[oops\n", "CSV")
    assert found == Rejected("page:2", 'links: not JSON: expecting value (column 2, at "oops")')


def written_as_table(items: list[Item]) -> bytes:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    kept = [Kept(item, now, now, now.date(), Revision(now)) for item in items]
    edition = Edition()
    feed = Feed(edition, "/items", "t", "d", now)
    return table.document(feed, [table.entry(one, edition) for one in kept])


@pytest.mark.parametrize(
    "title",
    ["=1+1", "+1", "-1", "@a", "'=1", "''", "'", "''=", "'quoted'", "a|b\\|c\\\\", '"x", y;z', "\\", "|", "\\|"],
)
def test_what_our_own_table_writes_is_read_back_without_loss(title: str) -> None:
    item = item_from({**HEARING, "title": title, "topics": [title, "A"], "summary": f"{title}\n\n{title}"})
    assert [canonical(one) for one in items_in(written_as_table([item]), "CSV")] == [canonical(item)]


# --- doubles --------------------------------------------------------------------------------------------------------

ADVICE = 'give each an "id" of its own, or delete the double'


@pytest.mark.parametrize(
    ("reader", "data", "places"),
    [
        ("JSON Lines", f"{json.dumps(RELEASE)}\n" * 2, ["page:1", "page:2"]),
        ("JSON", json.dumps([RELEASE, RELEASE]), ["page#1", "page#2"]),
        (
            "YAML",
            "[{id: release, type: A, published: 2026-02-03}, {id: release, type: B, published: 2026-02-04}]",
            ["page#1", "page#2"],
        ),
        ("CSV", "id,type,published\nrelease,A,2026-02-03\nrelease,A,2026-02-03\n", ["page:2", "page:3"]),
    ],
)
def test_two_records_with_one_id_are_both_refused_by_name(reader: str, data: str, places: list[str]) -> None:
    assert found_in(data, reader) == [
        Rejected(here, f'would get the same id "release" as {there}; {ADVICE}')
        for here, there in zip(places, reversed(places), strict=True)
    ]


def test_a_made_id_that_another_record_has_is_refused_on_both_sides() -> None:
    made = {"type": "Press Release", "published": "2026-02-03", "title": "Chairs Speak"}
    named = {"id": "press-release-2026-02-03-chairs-speak", "type": "Analysis", "published": "2020-01-01"}
    found = found_in("\n".join(map(json.dumps, [made, RELEASE, named])), "JSON Lines")
    assert [type(one) for one in found] == [Rejected, Located, Rejected]


def test_many_doubles_are_named_shortly() -> None:
    found = found_in(f"{json.dumps(RELEASE)}\n" * 9, "JSON Lines")
    assert str(found[0]) == (f'page:1: would get the same id "release" as page:2, page:3, page:4 and 5 more; {ADVICE}')


def test_a_refused_record_still_doubles_the_id_that_it_names() -> None:
    found = found_in(f'{json.dumps(RELEASE)}\n{{"id": "release", "type": "A"}}\n', "JSON Lines")
    assert [str(one) for one in found] == [
        f'page:1: would get the same id "release" as page:2; {ADVICE}',
        'page:2: needs "published" or "event": nothing says when',
    ]


@pytest.mark.parametrize("suffix", [".jsonl", ".csv"])
def test_a_long_file_is_not_held_in_memory(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"long{suffix}"
    summary = "All that was said on that day. " * 50
    with path.open("w") as file:
        if suffix == ".csv":
            file.write("id,type,published,summary\n")
        for number in range(8_000):
            record = {"id": f"made-{number}", "type": "Analysis", "published": "2026-01-02", "summary": summary}
            file.write(json.dumps(record) if suffix == ".jsonl" else ",".join(record.values()))
            file.write("\n")
    tracemalloc.start()
    count = sum(isinstance(found, Located) for found in read_path(path, zone=ZONE))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 8_000
    assert peak < path.stat().st_size / 4
