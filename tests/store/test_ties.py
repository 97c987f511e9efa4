"""What is of one second stands in the order of ids however it came, and is not all read where it came in that order."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cecc_feeds.model import DEFAULT_ZONE, Kept, Revision
from cecc_feeds.query import Query, sort_key
from cecc_feeds.store import Store, index, rows
from cecc_feeds.store.entries import Put, facts_of
from cecc_feeds.store.reading import Reading
from tests.store.keeping import FAMILIES, Fresh, on_each_database
from tests.store.test_lists import rebuilt
from tests.strategies import NOW, TODAY, keep, make

DAYS = (None, "2026-01-02", "2026-01-03")
"""Of None an item is listed under the second at which it was first seen."""

LISTS = (
    Query(),
    Query(types=("hearing",)),
    Query(words=("water",)),
    Query(only="events", order="published"),
    Query(only="events", order="start"),
)

imports = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from("abcdefgh"), st.tuples(st.sampled_from(DAYS), st.booleans()), min_size=1),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
)
"""Of each import the ids with day and whether there is an event, and whether they come in falling order of ids."""


def bring(store: Store, items: Sequence[Kept]) -> None:
    revision = Revision(NOW)
    with store.write(now=NOW) as writing:
        states = dict.fromkeys(FAMILIES, ("", revision))
        told = [(facts_of(kept), rows.state_row(kept, zone=DEFAULT_ZONE)) for kept in items]
        puts = [Put(facts, states, state, bodies={".rss": facts.id.encode()}) for facts, state in told]
        for begin in range(0, len(puts), 2):  # an import keeps its items part by part
            writing.keep_all(puts[begin : begin + 2])


def brought(item_id: str, day: str | None, *, event: bool) -> Kept:
    start = {"start": "2026-12-01T10:00" if item_id < "e" else "2026-12-02T10:00"}
    return keep(
        make(id=item_id, title="Water", type="Hearing", published=day, event=start if event or not day else None)
    )


def assert_pages(reading: Reading, there: Sequence[Kept], today: date) -> None:
    for query in LISTS:
        meant = sorted((one for one in there if query.matches(one, today=today)), key=sort_key(query, DEFAULT_ZONE))
        for size in (1, 3, 20):
            for offset in range(len(there) + 1):
                assert reading.find(query, today=today, size=size, offset=offset) == meant[offset : offset + size]
            for page in (1, 2):
                selection = reading.select(replace(query, limit=size, page=page), ".rss", "news", today=today)
                ids = [kept.item.id.encode() for kept in meant[(page - 1) * size : page * size]]
                assert list(selection.entries) == ids


@on_each_database
@pytest.mark.parametrize("few", [0, 2_000], ids=["from both ends", "from the near end"])
@given(told=imports)
def test_pages_are_in_the_order_of_ids_within_a_second_whatever_came_when(
    fresh: Fresh, few: int, told: list[tuple[dict[str, tuple[str | None, bool]], bool]]
) -> None:
    with fresh() as store, pytest.MonkeyPatch.context() as patch:
        patch.setattr("cecc_feeds.store.reading.FEW", few)
        there: dict[str, Kept] = {}
        for those, falling in told:
            items = [brought(item_id, day, event=event) for item_id, (day, event) in those.items()]
            bring(store, sorted(items, key=lambda kept: kept.item.id, reverse=True) if falling else items)
            there |= {kept.item.id: kept for kept in items}
            with store.read() as reading:
                assert_pages(reading, list(there.values()), TODAY)
        once = mixed(store)
        rebuilt(store)
        assert mixed(store) == out_of_order(store) <= once
        with store.read() as reading:
            assert_pages(reading, list(there.values()), TODAY)


def mixed(store: Store) -> set[int]:
    with store._engine.connect() as connection:
        return {second for (second,) in connection.exec_driver_sql("SELECT second FROM mixed")}


def out_of_order(store: Store) -> set[int]:
    """The seconds that have to be in `mixed`."""
    asked = "SELECT k, id FROM listed JOIN item ON item.seat = (k & ?) WHERE facet = 0 ORDER BY k DESC"
    with store._engine.connect() as connection:
        found = [(k >> index.SHIFT, item_id) for k, item_id in connection.exec_driver_sql(asked, (index.MASK,))]
    return {second for (second, above), (other, below) in pairwise(found) if second == other and below < above}


def falling(first: int, last: int, day: str | None = None) -> list[Kept]:
    return [brought(f"item-{n:04}", day, event=False) for n in range(last, first - 1, -1)]


@pytest.mark.parametrize("query", LISTS[:4], ids=lambda query: query.to_args() or "all")
def test_the_newest_page_of_thousands_of_one_second_takes_no_more_steps_than_that_of_hundreds(
    store: Store, query: Query
) -> None:
    bring(store, falling(3_700, 3_999))
    few = steps(store, query)
    bring(store, falling(0, 3_699))
    assert mixed(store) == set()
    assert steps(store, query) <= 1.2 * few
    bring(store, falling(9_999, 9_999))
    assert mixed(store) == {index.place(int(NOW.timestamp()), 0) >> index.SHIFT}
    assert steps(store, query) > 5 * few  # that is not in order, and the steps tell


def steps(store: Store, query: Query) -> int:
    """How many hundreds of instructions SQLite takes for a page; each of one more row takes a dozen."""
    counted = 0

    def count() -> int:
        nonlocal counted
        counted += 1
        return 0

    with store.read() as reading:
        driver = reading._connection.connection.driver_connection
        assert driver is not None
        driver.set_progress_handler(count, 100)
        assert len(reading.find(query, today=TODAY, size=50)) == 50
        driver.set_progress_handler(None, 0)
    return counted


def test_an_item_that_leaves_its_second_and_comes_back_leaves_the_others_in_order(store: Store) -> None:
    bring(store, falling(0, 99))
    moved = brought("item-0050", "2026-01-02", event=False)
    bring(store, [moved])
    bring(store, falling(50, 50))
    assert mixed(store) == set()
    bring(store, falling(0, 9, "2026-01-02"))
    assert mixed(store) == set()
    bring(store, [moved])
    assert mixed(store) == set()  # its seat is lower and its id is higher than theirs
    with store.read() as reading:
        assert reading.find(Query(), today=TODAY, size=200)[-11:] == [*falling(0, 9, "2026-01-02")[::-1], moved]


def test_a_higher_id_under_a_later_seat_is_out_of_order(store: Store) -> None:
    bring(store, falling(0, 9))
    bring(store, falling(10, 10, "2026-01-02"))
    assert mixed(store) == set()
    bring(store, falling(10, 10))
    assert mixed(store) == {index.place(int(NOW.timestamp()), 0) >> index.SHIFT}
