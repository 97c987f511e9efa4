"""The ledger in a file: a store made from it serves what the old one served and goes on alike, or is not made."""

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from cecc_feeds.errors import SourceError, StoreError
from cecc_feeds.query import PARAMETERS
from cecc_feeds.render import FORMATS
from cecc_feeds.restoring import restore
from cecc_feeds.store import Store, engine
from cecc_feeds.store.schema import NOT_CARRIED, metadata
from cecc_feeds.store.transfer import write_file
from cecc_feeds.web.routes import PLAIN_ROUTES, ROUTES
from tests.service import FEEDS_TOML, Answered, Record, Service, numbered, numbered_news, record
from tests.test_same import say

NAMES = {
    "/types/<name>": ("hearing", "press-release", "roundtable"),
    "/topics/<name>": ("commercial-rule-of-law", "tibet"),
    "/feeds/<name>": ("hearings",),
    "/items/<name>": (*(f"hearing-{number}" for number in range(1, 5)), "news-1", "news-2", "now-its-own", "other"),
    "/events/<name>": ("2026-12",),
    "/changes/<name>": (),
    "/static/<name>": ("style.css",),
    "/sitemaps/<name>": ("1.xml", "lists.xml"),
}
"""What stands in the places of the routes."""

ONE_EACH = ("/static/<name>", "/events/<name>", "/sitemaps/<name>")
"""Routes whose addresses take no suffix."""

QUERIES = (
    "", "type=hearing&topic=tibet", "q=number", "from=today", "to=%2B10d&from=-1d", "status=cancelled", "order=updated",
    "order=start", "limit=2&page=2", "alarm=30&busy=1", "cancelled=drop", "cancelled=keep",
    "change=withdrawn&archive=2026-11",
)  # fmt: skip


def targets() -> Iterator[str]:
    """Every address, the lists among them with every parameter."""
    for rule, _ in (*ROUTES, *PLAIN_ROUTES):
        names = NAMES[rule] if "<" in rule else ("",)
        suffixes = ("", *FORMATS) if "<" in rule and rule not in ONE_EACH else ("",)
        asked = QUERIES if suffixes != ("",) or rule.endswith(("/items", "/events", *FORMATS)) else QUERIES[:1]
        for name, suffix, query in product(names, suffixes, asked if rule != "/items/<name>" else QUERIES[-3:]):
            yield f"{rule.partition('<')[0]}{name}{suffix}?{query}"


TARGETS = tuple(targets())


def test_every_parameter_is_asked_for() -> None:
    assert [name for name in PARAMETERS if not any(f"{name}=" in query for query in QUERIES)] == []


def test_there_is_something_to_compare(service: Service) -> None:
    here = served(service)
    assert {status for status, _, _ in here.values()} == {200, 301, 404, 410}
    gone = [target for target, (status, _, _) in here.items() if status == 404]
    assert [target for target in gone if not target.startswith("/items/")] == []  # an item without event: no calendar


def served(service: Service) -> dict[str, tuple[int, list[tuple[str, str]], bytes]]:
    """All that a fresh process answers, with every header."""
    fresh = Service(service.folder, service.now, service.given)

    def told(answer: Answered) -> tuple[int, list[tuple[str, str]], bytes]:
        return answer.status, sorted(answer.headers), answer.body

    return {target: told(fresh.get(target)) for target in TARGETS}


def differing(one: Service, other: Service) -> list[str]:
    """The addresses where two services answer otherwise."""
    here, there = served(one), served(other)
    return [target for target in here if here[target] != there[target]]


def steps() -> Iterator[tuple[Record, ...]]:
    """What a record file says over days: what comes, changes, is called off, goes and comes back."""
    first = record(links=[{"title": "Transcript", "rel": "transcript", "url": "https://www.cecc.gov/t.pdf"}])
    news = numbered_news(1, published="2026-11-20"), numbered_news(2, updated="2026-11-21")
    nameless = numbered(5, id=None, url=None, published=None, topics=["Tibet"])
    yield record(), numbered(2), numbered(3, type="Roundtable"), numbered(4), nameless, *news
    yield record(), numbered(2, title="Number two"), numbered(3, type="Roundtable"), numbered(4), nameless, *news
    moved = numbered(4, event={"start": "2026-12-14T10:00:00-05:00", "end": "2026-12-14T11:00:00-05:00"})
    yield first, numbered(2, event={"status": "cancelled"}), moved, {**nameless, "id": "now-its-own"}, news[0]
    yield first, numbered(2, updated="2026-11-25"), numbered(3, type="Roundtable"), moved, nameless, *news
    yield first, numbered(3, type="Hearing"), moved, nameless, news[1]


def live(service: Service) -> Service:
    for number, records in enumerate(steps()):
        service.later(days=1, hours=1).publish(*records, allow_withdrawals=True)
        if number == 1:
            service.publish(record(summary=None, topics=["Tibet"]), numbered(1, id="other"), name="other.jsonl")
            (service.data / "feeds.toml").write_text(FEEDS_TOML.replace("CECC hearings", "Hearings"))
    return service


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Service:
    return live(Service(tmp_path_factory.mktemp("lived")))


@pytest.fixture
def service(lived: Service, tmp_path: Path) -> Service:
    """An installation with a life of some days behind it."""
    return copied(lived, tmp_path / "old")


def copied(service: Service, folder: Path) -> Service:
    shutil.copytree(service.folder, folder)
    return Service(folder, service.now)


def exported(service: Service) -> bytes:
    with Store.open(service.settings.database, zone=service.settings.timezone, read_only=True) as store:
        return b"".join(store.ledger(program="0.1.0"))


def bring(service: Service, ledger: bytes) -> str:
    """What `import --ledger` does, at the service's time."""
    report = restore(
        ledger.splitlines(keepends=True), name="a.jsonl", database=service.settings.database,
        edition=service.settings.edition, now=lambda: service.now,
    )  # fmt: skip
    return str(report)


def moved_to(folder: Path, service: Service, **given: str) -> Service:
    """A new installation with the data and the settings of another, and what its ledger tells."""
    other = Service(folder, service.now, {**service.given, **given})
    shutil.copytree(service.data, other.data, dirs_exist_ok=True)
    other.database.unlink()
    bring(other, exported(service))
    return other


# --- what is the same afterwards --------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [0, 3, 20, 100])
def test_a_restored_store_serves_the_same_bytes_and_headers_now_and_later(
    service: Service, tmp_path: Path, days: int
) -> None:
    other = moved_to(tmp_path / "new", service)
    assert differing(service.later(days=days), other.later(days=days)) == []


def test_the_two_go_on_alike(service: Service, tmp_path: Path) -> None:
    other = moved_to(tmp_path / "new", service)
    before = service.events("/items/hearing-4.ics")["hearing-4@cecc.gov"]["SEQUENCE"]
    for one in (service, other):
        one.later(hours=5).publish(record(), numbered(4, title="At last"), numbered(6), allow_withdrawals=True)
        one.later(hours=5).publish(numbered(2), numbered(4, title="At last"), numbered(6), allow_withdrawals=True)
    assert int(other.events("/items/hearing-4.ics")["hearing-4@cecc.gov"]["SEQUENCE"]) == int(before) + 1
    assert differing(service, other) == []
    assert exported(service) == exported(other)


def test_an_import_of_what_is_known_changes_no_feed_of_a_restored_store(service: Service, tmp_path: Path) -> None:
    other = moved_to(tmp_path / "new", service)
    before = served(other)
    report = other.bring_in()
    assert (report.added, report.changed, report.withdrawn, report.rejected) == (0, 0, 0, [])
    after = served(other)
    feeds = [target for target in TARGETS if target.partition("?")[0].endswith(tuple(FORMATS))]
    assert [target for target in feeds if before[target] != after[target]] == []


def test_what_a_restored_store_exports_is_what_it_was_made_from(service: Service, tmp_path: Path) -> None:
    assert exported(moved_to(tmp_path / "new", service)) == exported(service)


def test_a_database_without_items_takes_a_ledger_in_as_a_missing_one_does(service: Service, tmp_path: Path) -> None:
    empty = Service(tmp_path / "empty", service.now)
    empty.publish()
    assert bring(empty, exported(service)).startswith("added 8, changed 0, ")
    assert exported(empty) == exported(service)


def test_an_upgrade_meanwhile_is_what_it_would_have_been_without_the_move(service: Service, tmp_path: Path) -> None:
    elsewhere = {"base_url": "https://elsewhere.example", "title": "Another Commission"}
    service.later(hours=1)
    other = moved_to(tmp_path / "new", service, **elsewhere)
    before = service.events()
    upgraded = Service(service.folder, service.now, elsewhere)
    upgraded.bring_in()
    other.bring_in()
    assert upgraded.events() != before
    assert differing(upgraded, other) == []


def test_the_ledger_carries_every_table_but_what_is_rendered(service: Service) -> None:
    fill(service)
    tables = {json.loads(line)["table"] for line in exported(service).splitlines()[1:-1]}
    assert tables == set(CARRIED)


CARRIED = [name for name in metadata.tables if not name.startswith(NOT_CARRIED)]
RENDERED = [name for name in metadata.tables if name.startswith(("entry_", "vevent"))]
LISTS = ["listed", "tally WHERE total > 0"]


def test_every_table_is_carried_rendered_or_a_list() -> None:
    assert {*CARRIED, *RENDERED, *(name.split()[0] for name in LISTS), "alias", "mixed"} == metadata.tables.keys()
    assert len(RENDERED) == len(FORMATS)


def test_every_value_of_every_table_comes_back(service: Service, tmp_path: Path) -> None:
    fill(service)
    other = moved_to(tmp_path / "new", service)
    for table in (*CARRIED, *RENDERED, *LISTS):
        asked = f"SELECT * FROM {table}"  # noqa: S608 - a name from our own schema
        assert set(rows(other, asked)) == set(rows(service, asked)), table


def fill(service: Service) -> None:
    """A row in each table that intake does not write in a life as short as this."""
    with closing(sqlite3.connect(service.database)) as connection, connection:
        connection.execute("INSERT INTO renamed VALUES ('topic', 'an-old-name', 'tibet')")
        connection.execute("UPDATE source SET rank = 7 WHERE name = 'other.jsonl'")
    say(service, 'one = [["hearing-1", "other"]]')
    service.later(hours=1).bring_in()


def rows(service: Service, asked: str) -> list[Any]:
    with closing(sqlite3.connect(service.database)) as connection:
        return connection.execute(asked).fetchall()


def test_a_ledger_is_of_one_state_while_others_write(service: Service) -> None:
    before = exported(service)
    with Store.open(service.settings.database, zone="UTC", read_only=True) as store:
        lines = store.ledger(program="0.1.0")
        begun = [next(lines), next(lines)]
        service.later(hours=1).publish(numbered(7), numbered(8), name="third.jsonl")
        assert b"".join([*begun, *lines]) == before
    assert exported(service) != before


# --- other schemas ----------------------------------------------------------------------------------------------------


OF_0002 = Path(__file__).with_name("ledger-0002.jsonl").read_bytes()
"""What the program of that schema exported after `live` and `live_on`."""


def live_on(service: Service) -> Service:
    """A day later two items are said to be one, and a topic is called otherwise."""
    say(service.later(days=1), 'one = [["hearing-1", "other"]]', "[topics]", 'Tibet = "Tibet and beyond"')
    service.bring_in(allow_withdrawals=True)
    return service


def of_this_edition(ledger: bytes, service: Service) -> bytes:
    """The ledger as if it had been written by a program that renders as this one does."""
    asked = "SELECT value FROM state WHERE name = 'edition'"
    edition = rows(service, asked)[0][0]

    def now(line: dict[str, Any]) -> dict[str, Any]:
        state = line.get("row", {})
        return {**line, "row": {**state, "value": edition}} if state.get("name") == "edition" else line

    return altered(ledger, now)


@pytest.mark.parametrize("days", [0, 3, 100])
def test_what_a_ledger_of_schema_0002_tells_is_served_as_if_this_program_had_been_there_all_along(
    service: Service, tmp_path: Path, days: int
) -> None:
    here = live_on(service)
    other = Service(tmp_path / "new", here.now, here.given)
    shutil.copytree(here.data, other.data, dirs_exist_ok=True)
    other.database.unlink()
    bring(other, of_this_edition(OF_0002, here))
    assert differing(here.later(days=days), other.later(days=days)) == []


def test_the_versions_of_schema_0002_become_those_that_this_program_would_have_written(
    service: Service, tmp_path: Path
) -> None:
    here, other = live_on(service), Service(tmp_path / "new", service.now)
    other.database.unlink()
    bring(other, of_this_edition(OF_0002, here))
    told = (
        "SELECT item.id, v.at, v.day, v.moved, v.kinds, v.told, v.gone, v.topics, v.record, v.n = item.version, p.at "
        "FROM version v JOIN item ON item.n = v.item LEFT JOIN version p ON p.n = v.previous "
        "ORDER BY v.at, item.id, v.n"
    )
    assert rows(other, told) == rows(here, told)


def test_the_items_of_schema_0002_are_seated_as_an_import_would_seat_them(service: Service, tmp_path: Path) -> None:
    here, other = live_on(service), Service(tmp_path / "new", service.now)
    other.database.unlink()
    bring(other, of_this_edition(OF_0002, here))
    asked = "SELECT id FROM item WHERE first_seen IS NOT NULL ORDER BY"
    seated = rows(other, f"{asked} seat")
    assert seated == rows(other, f"{asked} first_seen, id DESC")
    assert seated == rows(here, f"{asked} seat") != rows(here, f"{asked} first_seen, id")


def as_of_0001(ledger: bytes) -> bytes:
    """The ledger that a program of the first schema would have written."""

    def older(line: dict[str, Any]) -> dict[str, Any] | None:
        if line.get("table") in ("change", "difference", "renamed"):
            return None
        for name in ("rank", "became"):
            line.get("row", {}).pop(name, None)
        return {**line, "schema": "0001"} if "schema" in line else line

    return altered(ledger, older)


def without_joining(line: dict[str, Any]) -> dict[str, Any]:
    """As if no item had been found to be another."""
    row = line.get("row", {})
    if line.get("table") == "version" and row["item_id"] == "other":
        row |= {"current": True, "calendar_until": None, "news_until": None, "record_until": None}
    return line


def altered(ledger: bytes, change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> bytes:
    """A ledger with its lines changed, the trailer apart, and made to add up again."""
    told = [change(json.loads(line)) for line in ledger.splitlines()[:-1]]
    lines = [f"{json.dumps(line, ensure_ascii=False)}\n".encode() for line in told if line is not None]
    return added_up(b"".join(lines))


def added_up(body: bytes) -> bytes:
    trailer = {"rows": body.count(b"\n") - 1, "sha256": hashlib.sha256(body).hexdigest()}
    return body + f"{json.dumps(trailer)}\n".encode()


def test_a_ledger_of_an_older_schema_is_brought_up_to_date(service: Service, tmp_path: Path) -> None:
    other = Service(tmp_path / "new", service.now)
    bring(other, as_of_0001(altered(OF_0002, without_joining)))
    items = [name for name, *_ in rows(service, "SELECT id FROM item ORDER BY id")]
    kept = "SELECT id, first_seen, calendar_sequence FROM item WHERE id <> 'other' ORDER BY id"  # news told of changes
    assert rows(other, kept) == rows(live_on(service), kept)
    told = "SELECT item.id, kinds FROM version JOIN item ON item.n = item WHERE told IS NOT NULL ORDER BY item.id"
    assert rows(other, told) == [(name, " announced ") for name in items]
    assert rows(other, "SELECT version_num FROM alembic_version") == [(engine.HEAD,)]


# --- what is refused --------------------------------------------------------------------------------------------------


def without_last_line(ledger: bytes) -> bytes:
    return b"".join(ledger.splitlines(keepends=True)[:-1])


def without_a_row(ledger: bytes) -> bytes:
    lines = ledger.splitlines(keepends=True)
    return b"".join([*lines[:5], *lines[6:]])


def with_row(**changes: Any) -> Callable[[bytes], bytes]:
    """The first row of the table `item` with values changed, `...` for those left out."""

    def change(ledger: bytes) -> bytes:
        seen: list[object] = []

        def one(line: dict[str, Any]) -> dict[str, Any]:
            if line.get("table") != "item" or seen:
                return line
            seen.append(line)
            row = {**line["row"], **changes}
            return {**line, "row": {name: value for name, value in row.items() if value is not ...}}

        return altered(ledger, one)

    return change


def with_header(**changes: Any) -> Callable[[bytes], bytes]:
    return lambda ledger: altered(ledger, lambda line: {**line, **changes} if "ledger" in line else line)


def doubled(ledger: bytes) -> bytes:
    lines = ledger.splitlines(keepends=True)
    number = line_of(ledger, b'{"table": "known"')
    return added_up(b"".join([*lines[:number], lines[number - 1], *lines[number:-1]]))


def line_of(ledger: bytes, begins: bytes) -> int:
    """The number of the first line that begins so."""
    return next(number for number, line in enumerate(ledger.splitlines(), 1) if line.startswith(begins))


NO_LEDGER = "a.jsonl: is no ledger; `cecc-feeds export --ledger` writes one"
TORN = "a.jsonl: is torn: the line that ends it is missing"
NO_SUM = "is not what the {} rows before it add up to: the ledger is torn or was altered"
REFUSED: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "nothing": (lambda ledger: b"", "a.jsonl: is no ledger; it has no line"),
    "records": (lambda ledger: b'{"type": "Hearing"}\n', NO_LEDGER),
    "no JSON": (lambda ledger: b"\x89PNG\r\n\x1a\n", "a.jsonl:1: is no line of a ledger"),
    "no object": (lambda ledger: b"[]\n", "a.jsonl:1: is no line of a ledger"),
    "deep": (lambda ledger: b"[" * 100_000 + b"\n", "a.jsonl:1: is no line of a ledger"),
    "of others": (with_header(ledger="other"), NO_LEDGER),
    "no schema": (with_header(schema=2), NO_LEDGER),
    "newer": (
        with_header(schema="9999", program="7.0"),
        "a.jsonl:1: this program does not know its schema 9999; cecc-feeds 7.0 wrote it: take that or a newer one",
    ),
    "schema in words": (
        with_header(schema="head"),
        "a.jsonl:1: this program does not know its schema head; cecc-feeds 0.1.0 wrote it: take that or a newer one",
    ),
    "header alone": (lambda ledger: ledger.splitlines(keepends=True)[0], TORN),
    "last line gone": (without_last_line, TORN),
    "half a line": (lambda ledger: ledger[: len(ledger) // 2], TORN),
    "last byte gone": (lambda ledger: ledger[:-1], TORN),
    "a row gone": (without_a_row, f"a.jsonl:LAST-1: {NO_SUM.format('ROWS-1')}"),
    "a letter changed": (
        lambda ledger: ledger.replace(b"Number", b"Mumber", 1), f"a.jsonl:LAST: {NO_SUM.format('ROWS')}",
    ),
    "more after it": (lambda ledger: ledger + b"{}\n", "a.jsonl:LAST+1: goes on after the line that ends it"),
    "unknown table": (
        lambda ledger: altered(ledger, lambda line: {**line, "table": "entry"} if "table" in line else line),
        "a.jsonl:2: is no row of a table that there is",
    ),
    "no row": (
        lambda ledger: altered(ledger, lambda line: {**line, "row": 1} if "table" in line else line),
        "a.jsonl:2: is no row of a table that there is",
    ),
    "lacking": (with_row(first_seen=...), "a.jsonl:ITEM: does not fit the table item: first_seen lacking or unknown"),
    "unknown": (with_row(colour="red"), "a.jsonl:ITEM: does not fit the table item: colour lacking or unknown"),
    "text for a number": (
        with_row(first_seen="soon"), 'a.jsonl:ITEM: does not fit the table item: first_seen cannot be "soon"',
    ),
    "a flag for a number": (
        with_row(first_seen=True), "a.jsonl:ITEM: does not fit the table item: first_seen cannot be true",
    ),
    "a number for a flag": (
        with_row(was_coming=1), "a.jsonl:ITEM: does not fit the table item: was_coming cannot be 1",
    ),
    "a huge number": (
        with_row(first_seen=2**63), f"a.jsonl:ITEM: does not fit the table item: first_seen cannot be {2**63}",
    ),
    "null": (with_row(id=None), "a.jsonl:ITEM: does not fit the table item: id cannot be null"),
    "no hex": (
        lambda ledger: added_up(without_last_line(ledger).replace(b'"digest": "', b'"digest": "x')),
        "a.jsonl:READING: does not fit the table reading: digest cannot be ",
    ),
    "twice": (
        doubled, "a.jsonl:KNOWN+1: does not fit the table known: UNIQUE constraint failed: known.key, known.item",
    ),
}  # fmt: skip


@pytest.mark.parametrize("alter", [alter for alter, _ in REFUSED.values()], ids=REFUSED)
def test_what_is_no_whole_ledger_is_refused_with_a_sentence_and_makes_no_database(
    service: Service, tmp_path: Path, alter: Callable[[bytes], bytes], request: pytest.FixtureRequest
) -> None:
    ledger = exported(service)
    expected = placed(REFUSED[request.node.callspec.id][1], ledger)
    other = Service(tmp_path / "new")
    other.database.unlink()
    with pytest.raises(SourceError) as refused:
        bring(other, alter(ledger))
    assert str(refused.value)[: len(expected)] == expected
    assert "\n" not in str(refused.value)
    assert not other.database.exists()


def placed(sentence: str, ledger: bytes) -> str:
    """A sentence with the numbers of a ledger: `LAST` its last line, `ROWS` its rows, a table's name its first row."""
    last = ledger.count(b"\n")
    numbers = {"LAST-1": last - 1, "LAST+1": last + 1, "LAST": last, "ROWS-1": last - 3, "ROWS": last - 2}
    numbers["KNOWN+1"] = line_of(ledger, b'{"table": "known"') + 1
    numbers |= {name.upper(): line_of(ledger, b'{"table": "%s"' % name.encode()) for name in ("item", "reading")}
    for name, number in numbers.items():
        sentence = sentence.replace(name, str(number))
    return sentence


def test_a_database_with_a_history_is_refused_and_stays_as_it_is(service: Service, tmp_path: Path) -> None:
    other = Service(tmp_path / "new", service.now)
    other.publish(numbered(40))
    before = exported(other), served(other)
    with pytest.raises(StoreError) as refused:
        bring(other, exported(service))
    assert str(refused.value) == (
        "the database already holds a history, of 1 items, so nothing was done; "
        "name a new one in CECC_FEEDS_DATABASE, or move this one away"
    )
    assert (exported(other), served(other)) == before


def test_a_ledger_is_not_taken_in_twice(service: Service, tmp_path: Path) -> None:
    other = moved_to(tmp_path / "new", service)
    with pytest.raises(StoreError, match=r"^the database already holds a history, of 8 items, "):
        bring(other, exported(service))


def test_of_a_ledger_that_cannot_be_rendered_nothing_is_kept(service: Service, tmp_path: Path) -> None:
    """Also what fails after the rows went in leaves the database without them."""
    other = Service(tmp_path / "new", service.now)
    edition = replace(other.settings.edition, zone="Mars/Olympus")
    ledger = exported(service).splitlines(keepends=True)
    with pytest.raises(Exception, match="Mars/Olympus"):
        restore(ledger, name="a", database=other.settings.database, edition=edition, now=lambda: other.now)
    assert rows(other, "SELECT count(*) FROM item") == [(0,)]
    assert rows(other, "SELECT count(*) FROM state") == [(0,)]


def test_nothing_is_exported_from_a_database_that_was_never_filled(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.database.write_bytes(b"")
    with pytest.raises(StoreError) as refused:
        exported(service)
    assert str(refused.value) == (
        "the database holds nothing yet, so there is no ledger of it; `cecc-feeds import` fills it"
    )


def test_a_newer_programs_database_is_left_to_that_program(service: Service) -> None:
    with closing(sqlite3.connect(service.database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError) as refused:
        exported(service)
    assert str(refused.value) == "the database has the schema 9999 of a newer program; take that one to export it"


# --- the file ---------------------------------------------------------------------------------------------------------

HEADER = b'{"ledger": "cecc-feeds", "schema": "0002"}\n'


def breaking() -> Iterator[bytes]:
    yield HEADER
    raise StoreError("the disk is gone")


def test_a_file_is_written_whole_or_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    write_file(path, [HEADER, b"1\n"])
    with pytest.raises(StoreError, match=r"^the disk is gone$"):
        write_file(path, breaking())
    assert [file.name for file in tmp_path.iterdir()] == ["a.jsonl"]
    assert path.read_bytes() == HEADER + b"1\n"
    write_file(path, [HEADER])
    assert path.read_bytes() == HEADER


def test_a_link_goes_on_leading_to_the_file(tmp_path: Path) -> None:
    link = tmp_path / "newest.jsonl"
    link.symlink_to("a.jsonl")
    write_file(link, [HEADER])
    assert (link.is_symlink(), (tmp_path / "a.jsonl").read_bytes()) == (True, HEADER)


def test_no_ledger_is_written_over_another_file(service: Service) -> None:
    before = service.database.read_bytes()
    with pytest.raises(SourceError) as refused:
        write_file(service.database, [HEADER])
    why = "is there already and is no ledger, so it stays as it is; name another file"
    assert str(refused.value) == f"{service.database}: {why}"
    assert service.database.read_bytes() == before


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("", "is no plain file; - writes to stdout"),
        ("none/a.jsonl", "cannot be written: No such file or directory"),
    ],
)
def test_a_place_that_takes_no_file_is_named(tmp_path: Path, place: str, why: str) -> None:
    with pytest.raises(SourceError) as refused:
        write_file(tmp_path / place, [HEADER])
    assert str(refused.value) == f"{tmp_path / place}: {why}"
    assert list(tmp_path.iterdir()) == []


def test_a_device_is_not_replaced() -> None:
    with pytest.raises(SourceError, match=r"^/dev/null: is no plain file; - writes to stdout$"):
        write_file(Path("/dev/null"), [HEADER])
    assert Path("/dev/null").is_char_device()
