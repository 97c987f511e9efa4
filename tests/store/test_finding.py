"""What is found: SQL means what `Query.matches` and `sort_key` mean, on each database and at each size."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from cecc_feeds.model import DEFAULT_ZONE, Kept
from cecc_feeds.query import NEWS_LIMIT, Day, Query, sort_key
from cecc_feeds.store import Reading, Store
from cecc_feeds.store.reading import CALENDAR_EVENTS
from tests.store.keeping import Fresh, on_each_database, put
from tests.strategies import NOW, OF_ITEMS, SEARCHES, TODAY, keep, kept_items, make, near_days, queries

shelves = st.integers(0, 7).flatmap(lambda size: st.tuples(*(kept_items(f"item-{number}") for number in range(size))))


def meant(shelf: tuple[Kept, ...], query: Query, today: date, *, withdrawn: bool) -> list[Kept]:
    """What the list holds, in its order, by the meaning of the query."""
    there = [kept for kept in shelf if withdrawn or kept.withdrawn is None]
    return sorted((kept for kept in there if query.matches(kept, today=today)), key=sort_key(query, DEFAULT_ZONE))


@on_each_database
@given(shelf=shelves, asked=st.lists(queries(), min_size=1, max_size=6), today=near_days(3))
def test_the_store_finds_what_matches_in_the_order_that_is_meant(
    fresh: Fresh, shelf: tuple[Kept, ...], asked: list[Query], today: date
) -> None:
    with fresh() as store:
        put(store, shelf)
        with store.read() as reading:
            for query in asked:
                for withdrawn in (False, True):
                    expected = meant(shelf, query, today, withdrawn=withdrawn)
                    assert reading.find(query, today=today, size=10_000, withdrawn=withdrawn) == expected
                    assert reading.count(query, today=today, withdrawn=withdrawn) == len(expected)


def test_days_and_statuses_are_found_by_each_of_their_bounds(store: Store) -> None:
    """Every bound of days around events of one day, of several, over midnight and far from New York."""
    events: list[dict[str, str] | None] = [
        None,
        {"start": "2026-11-22"},
        {"start": "2026-11-22", "end": "2026-11-24", "status": "tentative"},
        {"start": "2026-11-23T23:30:00-05:00", "end": "2026-11-24T00:30:00-05:00"},
        {"start": "2026-11-23T22:00:00-05:00", "end": "2026-11-24T00:00:00-05:00", "status": "postponed"},
        {"start": "2026-11-24T06:00:00+08:00", "timezone": "Asia/Shanghai"},
    ]
    shelf = tuple(keep(make(id=f"item-{n}", published=f"2026-11-2{n}", event=told)) for n, told in enumerate(events))
    put(store, shelf)
    bounds = [None, *(Day(fixed=TODAY + timedelta(days=n)) for n in range(-3, 4)), Day(days=-1), Day(), Day(days=1)]
    statuses: list[tuple[str, ...]] = [(), ("confirmed",), ("postponed", "tentative")]
    with store.read() as reading:
        for only, start, until, status in product(OF_ITEMS, bounds, bounds, statuses):
            query = Query(only=only, start=start, until=until, status=status)
            expected = meant(shelf, query, TODAY, withdrawn=False)
            assert reading.find(query, today=TODAY) == expected, query


@on_each_database
@given(shelf=shelves, query=queries(), today=near_days(3))
def test_a_news_feed_holds_the_page_of_what_matches(
    fresh: Fresh, shelf: tuple[Kept, ...], query: Query, today: date
) -> None:
    with fresh() as store:
        put(store, shelf)
        with store.read() as reading:
            found = {family: reading.select(query, suffix, family, today=today) for suffix, family in NEWS}
    for family, selection in found.items():
        expected = meant(shelf, query, today, withdrawn=family == "news")
        size = query.size or NEWS_LIMIT
        page = expected[(query.page - 1) * size : query.page * size]
        assert [entry.decode() for entry in selection.entries] == [kept.item.id for kept in page]
        assert selection.newest == max((kept.dated for kept in page), default=None)
        assert (selection.total, selection.cut) == (len(expected), len(page) < len(expected))


NEWS = ((".rss", "news"), (".csv", "record"))


@on_each_database
@given(shelf=shelves, query=queries(), today=near_days(3))
def test_a_calendar_holds_coming_events_first_then_the_newest_past_ones(
    fresh: Fresh, shelf: tuple[Kept, ...], query: Query, today: date
) -> None:
    query = Query(only="calendar", base=query)
    with fresh() as store:
        put(store, shelf)
        with store.read() as reading:
            selection = reading.select(query, ".ics", "calendar", today=today)
    expected = meant(shelf, Query(base=query, order="start"), today, withdrawn=True)
    coming = [kept for kept in expected if last_day(kept) >= today]
    past = [kept for kept in expected if last_day(kept) < today]
    past.sort(key=lambda kept: (-sort_key(Query(order="start"), DEFAULT_ZONE)(kept)[0], kept.item.id))
    chosen = (coming + past)[: query.size or CALENDAR_EVENTS]
    assert [entry.decode() for entry in selection.entries] == [kept.item.id for kept in expected if kept in chosen]
    assert selection.zones == tuple(
        sorted({kept.item.event.zone for kept in chosen if kept.item.event and kept.item.event.zone})
    )
    assert (selection.total, selection.cut) == (len(expected), len(chosen) < len(expected))


def last_day(kept: Kept) -> date:
    assert kept.item.event is not None
    return kept.item.event.last_day


@pytest.mark.parametrize("title", SEARCHES)
def test_the_store_knows_the_same_words_as_the_query(store: Store, title: str) -> None:
    put(store, [keep(make(title=title, type="x", topics=["100%_"], id="a"))])
    found, missed = (spelled.split() for spelled in SEARCHES[title])
    with store.read() as reading:
        asked = {word: reading.count(Query.from_args({"q": [word]}), today=TODAY) for word in [*found, *missed]}
    assert asked == dict.fromkeys(found, 1) | dict.fromkeys(missed, 0)


@pytest.mark.parametrize("only", OF_ITEMS)
def test_each_breadth_of_list_holds(store: Store, only: str) -> None:
    put(store, [keep(make(id=name, event=told)) for name, told in EVENTS.items()])
    with store.read() as reading:
        found = reading.find(Query.from_args({}, only=only), today=TODAY)  # type: ignore[arg-type]
    assert [kept.item.id for kept in found] == HELD[only]


EVENTS = {
    "news": None,
    "held": {"start": "2026-11-22"},
    "called-off": {"start": "2026-08-25", "status": "cancelled"},
    "long-called-off": {"start": "2026-08-24", "status": "cancelled"},
}
HELD = {
    "items": ["called-off", "held", "long-called-off", "news"],
    "events": ["called-off", "held", "long-called-off"],
    "calendar": ["called-off", "held"],
}


def test_pages_of_a_list_join_without_gap_or_overlap(store: Store) -> None:
    put(store, [keep(make(id=f"item-{number:03}", published="2026-11-02")) for number in range(107)])
    with store.read() as reading:
        pages = [reading.find(Query(limit=25, page=page), today=TODAY) for page in range(1, 6)]
        whole = reading.find(Query(), today=TODAY, size=1_000)
        shifted = reading.find(Query(limit=3, page=9), today=TODAY, size=2, offset=105)
    assert [len(page) for page in pages] == [25, 25, 25, 25, 7]
    assert [kept for page in pages for kept in page] == whole
    assert [kept.item.id for kept in shifted] == ["item-105", "item-106"]


def test_a_calendar_that_is_cut_leaves_out_the_oldest(store: Store) -> None:
    days = [str(TODAY - timedelta(days=number)) for number in range(-10, CALENDAR_EVENTS)]
    put(store, [keep(make(id=f"day-{day}", event={"start": day})) for day in days])
    with store.read() as reading:
        selection = reading.select(Query(only="calendar"), ".ics", "calendar", today=TODAY)
        more = reading.select(Query(only="calendar", limit=5_000), ".ics", "calendar", today=TODAY)
    assert [entry.decode() for entry in selection.entries] == [f"day-{day}" for day in sorted(days)[10:]]
    assert (selection.total, selection.cut, len(more.entries), more.cut) == (len(days), True, len(days), False)


def test_a_calendar_that_grows_too_heavy_leaves_out_past_events_only(store: Store) -> None:
    days = [str(TODAY + timedelta(days=number)) for number in range(-5, 5)]
    put(store, [keep(make(id=f"day-{day}", event={"start": day})) for day in days])
    with store.write(now=NOW) as writing:
        for day in days:
            writing.keep_entries(f"day-{day}", {".ics": f"day-{day}".encode() * 15_000}, "")
    with store.read() as reading:
        selection = reading.select(Query(only="calendar"), ".ics", "calendar", today=TODAY)
    assert [entry[:14].decode() for entry in selection.entries] == [f"day-{day}" for day in days[5:]]
    assert selection.cut


def test_a_feed_names_what_was_withdrawn_lately_newest_first(store: Store) -> None:
    gone = {"a": 3, "b": 1, "c": 30, "d": 31}
    put(
        store,
        [keep(make(id=name, type="x"), withdrawn=NOW - timedelta(days=days)) for name, days in gone.items()]
        + [keep(make(id="other"), withdrawn=NOW), keep(make(id="here", type="x"))],
    )
    query = Query(types=("x",))
    with store.read() as reading:
        news = reading.select(query, ".rss", "news", today=TODAY)
        table = reading.select(query, ".csv", "record", today=TODAY)
    assert news.deleted == tuple((name, NOW - timedelta(days=gone[name])) for name in "bac")
    assert (table.deleted, [entry.decode() for entry in table.entries]) == ((), ["here"])


def test_an_item_without_an_entry_in_a_format_is_left_out_of_its_feeds(store: Store) -> None:
    put(store, [keep(make(id="a")), keep(make(id="b"))])
    with store.write(now=NOW) as writing:
        writing.keep_entries("a", {".csv": b"a", ".rss": b""}, "")
    with store.read() as reading:
        found = [reading.select(Query(), suffix, family, today=TODAY).entries for suffix, family in NEWS]
        assert [reading.entry("a", ".rss"), reading.entry("a", ".csv")] == [None, b"a"]
    assert found == [[b"b"], [b"a", b"b"]]


def test_names_counts_and_months_of_what_is_there(store: Store) -> None:
    put(
        store,
        [
            keep(make(id="a", topics=["Rule of Law", "Café"], event={"start": "2026-12-31T23:00:00-05:00"})),
            keep(make(id="b", topics=["rule of law"], type="HEARING", event={"start": "2026-12-01"})),
            keep(make(id="c", type="Press Release", topics=["法律"])),
            keep(make(id="d", type="Roundtable", topics=["Café"], event={"start": "2025-01-01"}), withdrawn=NOW),
        ],
    )
    with store.read() as reading:
        assert reading.names("type") == {
            "hearing": "Hearing",
            "press-release": "Press Release",
            "roundtable": "Roundtable",
        }
        assert reading.names("topic") == {"cafe": "Café", "rule-of-law": "Rule of Law", "法律": "法律"}
        assert reading.counts("type") == {"hearing": 2, "press-release": 1}
        assert reading.counts("topic") == {"cafe": 1, "rule-of-law": 2, "法律": 1}
        assert reading.months() == [(2026, 12, 2)]


ASKED: dict[str, Callable[[Reading], object]] = {
    "find": lambda reading: reading.find(Query(words=("trade",), topics=("law",)), today=TODAY, size=2_000),
    "count": lambda reading: reading.count(Query(only="events", start=Day()), today=TODAY),
    "news": lambda reading: reading.select(Query(limit=500), ".rss", "news", today=TODAY),
    "table": lambda reading: reading.select(Query(limit=500), ".csv", "record", today=TODAY),
    "calendar": lambda reading: reading.select(
        Query(only="calendar", start=Day(days=-900)), ".ics", "calendar", today=TODAY
    ),
    "whole calendar": lambda reading: reading.select(
        Query(only="calendar", limit=5_000), ".ics", "calendar", today=TODAY
    ),
    "get": lambda reading: reading.get("item-5"),
    "names": lambda reading: (reading.names("topic"), reading.counts("topic"), reading.months(), reading.sources()),
}


def test_the_same_request_issues_as_many_statements_over_10_items_as_over_1000(store: Store) -> None:
    counted = []
    for size in (10, 1_000):
        days = [TODAY - timedelta(days=number) for number in range(size)]
        put(
            store, [keep(make(id=f"item-{n}", topics=["Law"], event={"start": str(day)})) for n, day in enumerate(days)]
        )
        counted.append({name: issued(store, ask) for name, ask in ASKED.items()})
    assert counted[0] == counted[1]
    assert min(counted[0].values()) > 1  # BEGIN, and at least one question


def test_what_a_page_holds_all_of_is_not_counted_once_more(store: Store) -> None:
    """To search a large archive in vain takes as long as all else."""
    put(store, [keep(make(id=f"item-{n}", title="Water" if n else "Fire")) for n in range(4)])
    for words, limit, counts in ((("water", "fire"), 2, 0), (("fire",), 2, 0), (("water",), 3, 1), (("water",), 4, 0)):
        with statements(store) as found, store.read() as reading:
            selection = reading.select(Query(words=words, limit=limit), ".rss", "news", today=TODAY)
        assert selection.total == {"water fire": 0, "fire": 1, "water": 3}[" ".join(words)]
        assert sum("count(*)" in statement for statement in found) == counts, (words, limit)


def issued(store: Store, ask: Callable[[Reading], object]) -> int:
    with statements(store) as found, store.read() as reading:
        ask(reading)
    return len(found)


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    """What SQLite itself is asked; what a search asks of its own tables is a comment to it."""
    found: list[str] = []

    def note(statement: str) -> None:
        if not statement.startswith("--"):
            found.append(statement)

    def listen(connection: sqlite3.Connection, *_rest: object) -> None:
        connection.set_trace_callback(note)

    def tell(callback: Callable[[str], None] | None) -> None:
        with store._engine.connect() as connection:
            for one in (connection, *(idle for _, idle in store._idle)):
                one.connection.driver_connection.set_trace_callback(callback)

    tell(note)
    event.listen(store._engine, "checkout", listen)
    try:
        yield found
    finally:
        event.remove(store._engine, "checkout", listen)
        tell(None)


def test_a_reading_of_nothing_finds_nothing(store: Store) -> None:
    with store.read() as reading:
        assert nothing(reading) == ([], 0, [], {}, [], {}, None, None)


def nothing(reading: Reading) -> tuple[object, ...]:
    return (
        reading.find(Query(), today=TODAY),
        reading.count(Query(), today=TODAY),
        list(reading.every()),
        reading.names("type"),
        reading.months(),
        reading.sources(),
        reading.get("a"),
        reading.edition(),
    )
