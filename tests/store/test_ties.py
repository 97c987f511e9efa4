"""Items of one second: in the order of their ids on every page, however many there are, whatever came when."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cecc_feeds.model import Kept
from cecc_feeds.query import Query
from cecc_feeds.store import Store
from tests.store.keeping import Fresh, on_each_database, put
from tests.strategies import NOW, TODAY, keep, make

QUERIES = (Query(), Query(types=("hearing",)), Query(words=("water",)))


def at(item_id: str, instant: datetime) -> Kept:
    """An item listed under an instant."""
    kept = keep(make(id=item_id, title="Water"))
    return Kept(kept.item, kept.first_seen, instant, instant.date(), kept.news, kept.calendar)


def pages(store: Store, query: Query, size: int) -> list[str]:
    """The ids of a list, page by page."""
    found: list[str] = []
    with store.read() as reading:
        for number in range(1, 100):
            part = reading.find(replace(query, limit=size, page=number), today=TODAY)
            found += [kept.item.id for kept in part]
            if len(part) < size:
                return found
    raise AssertionError("a list without an end")


imports = st.lists(
    st.dictionaries(st.sampled_from([f"item-{n}" for n in range(12)]), st.integers(0, 2), min_size=1), max_size=5
)
"""Imports: each brings items under one of three seconds, new ones or known ones that move."""


@on_each_database
@given(told=imports, size=st.integers(1, 7))
def test_every_page_has_items_of_one_second_in_the_order_of_their_ids(
    fresh: Fresh, told: list[dict[str, int]], size: int
) -> None:
    with fresh() as store:
        held: dict[str, int] = {}
        for number, brought in enumerate(told):
            held |= brought
            several = [at(item_id, NOW - timedelta(seconds=second)) for item_id, second in brought.items()]
            several.sort(key=lambda kept: kept.item.id, reverse=number % 2 == 0)
            put(store, several, now=NOW + timedelta(hours=number))
        meant = sorted(held, key=lambda item_id: (held[item_id], item_id))
        for query in QUERIES:
            assert pages(store, query, size) == meant


@contextmanager
def counted_steps(store: Store) -> Iterator[list[int]]:
    """How many thousands of steps SQLite takes for what is read in the block."""
    steps = [0]

    def step() -> int:
        steps[0] += 1
        return 0

    with store._engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.set_progress_handler(step, 1_000)
    yield steps
    driver.set_progress_handler(None, 0)


def test_what_one_import_brings_of_one_second_is_not_read_for_a_page_of_it(store: Store) -> None:
    for number, (first, last) in enumerate(((0, 20), (20, 6_020))):
        several = [at(f"item-{n:05}", NOW - timedelta(hours=2 - number)) for n in range(first, last)]
        put(store, several[::-1], now=NOW + timedelta(hours=number))
    with counted_steps(store) as steps:
        for query in QUERIES:
            with store.read() as reading:
                assert [kept.item.id for kept in reading.find(replace(query, limit=2), today=TODAY)] == [
                    "item-00020",
                    "item-00021",
                ]
    assert steps[0] < 10
