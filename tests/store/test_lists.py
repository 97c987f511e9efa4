"""Lists that are kept ready: changed bit by bit they are what making them anew gives; feeds count no further."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given

from cecc_feeds.changes import announced
from cecc_feeds.model import Item, item_from
from cecc_feeds.query import Day, Query
from cecc_feeds.store import Store, index
from cecc_feeds.store.calendars import COUNTED
from tests.store.keeping import Fresh, bring, on_each_database, put
from tests.store.test_history import Step, steps
from tests.strategies import NOW, TODAY, keep, make

TABLES = {
    "listed": "SELECT facet, k FROM listed",
    "tally": "SELECT facet, total, withdrawn FROM tally WHERE total > 0",
    **{
        name: f"SELECT term, doc FROM temp.in_{name}"  # noqa: S608 - a name of ours
        for name in ("item_words", "event_words", "trail")
    },
}


def held(store: Store) -> dict[str, set[Any]]:
    """What the lists hold, and which words lead to which of their places."""
    with store._engine.connect() as connection:
        for name in ("item_words", "event_words", "trail"):
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS temp.in_{name}")
            connection.exec_driver_sql(
                f"CREATE VIRTUAL TABLE temp.in_{name} USING fts5vocab('main', '{name}', 'instance')"
            )
        return {name: {tuple(row) for row in connection.exec_driver_sql(asked)} for name, asked in TABLES.items()}


def rebuilt(store: Store) -> dict[str, set[Any]]:
    with store._engine.begin() as connection:
        index.rebuild(connection)
    return held(store)


@on_each_database
@given(told=steps)
def test_lists_that_were_changed_bit_by_bit_are_those_that_would_be_made_anew(fresh: Fresh, told: list[Step]) -> None:
    with fresh() as store:
        now = NOW
        shown: dict[str, Item] = {}
        for step in told:
            now += timedelta(hours=step.hours, minutes=1)
            if step.record is not None:
                shown[step.item_id] = item_from({"id": step.item_id, **step.record})
            if step.item_id in shown:
                item = shown[step.item_id]
                bring(store, item, now=now, withdrawn=step.record is None, told=[announced(item)])
        assert held(store) == rebuilt(store)


def test_lists_of_what_became_another_or_is_called_otherwise_are_those_that_would_be_made_anew(store: Store) -> None:
    bring(store, make(id="a", topics=["Tibet"], event={"start": "2026-12-01"}), now=NOW)
    bring(store, make(id="b", topics=["Tibet", "法律改革"]), now=NOW)
    bring(store, make(id="b", topics=["Law"], event={"start": "2026-12-02"}), now=NOW)
    with store.write(now=NOW + timedelta(hours=1)) as writing:
        assert writing.become("a", "b", [announced(make())])
        writing.keep_renamed("topic", {"Tibet": "Xizang"})
    with store.read() as reading:
        before = reading.modified(Query(topics=("xizang",)), "news", today=TODAY)
        assert before == NOW + timedelta(hours=1)
    first, again = held(store), rebuilt(store)
    for name in ("listed", "tally", "item_words", "event_words"):
        assert first[name] == again[name]
    assert all(first.values())


def test_a_state_and_all_that_is_made_of_it_is_the_same_kept_alone_or_among_others(store: Store) -> None:
    items = [
        make(id=f"item-{n}", topics=["Law"], event={"start": f"2026-12-{n + 1:02}"} if n % 2 else None)
        for n in range(9)
    ]
    put(store, [keep(item) for item in items])
    alone = held(store)
    with store.write(now=NOW + timedelta(hours=1)) as writing:
        writing.relist()
        assert [kept.item for kept in writing.find(Query(topics=("law",)), today=TODAY)] == items
    assert held(store) == alone


def test_a_feed_counts_no_further_than_it_says_what_only_a_search_tells(store: Store) -> None:
    put(store, [keep(make(id=f"item-{n}", title="Water")) for n in range(COUNTED + 1)])
    with store.read() as reading:
        found = {
            words: reading.select(Query(words=words), ".rss", "news", today=TODAY)
            for words in ((), ("water",), ("fire",))
        }
        exact = reading.count(Query(words=("water",)), today=TODAY)
    told = {words: (selection.total, selection.at_least, selection.cut) for words, selection in found.items()}
    assert told == {
        (): (COUNTED + 1, False, True),
        ("water",): (COUNTED, True, True),
        ("fire",): (0, False, False),
    }
    assert exact == COUNTED + 1


def test_pages_from_the_far_end_of_a_long_list_are_those_that_counting_from_the_near_one_finds(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = [TODAY + timedelta(days=n // 3 - 20) for n in range(100)]
    put(store, [keep(make(id=f"item-{n * 37 % 100:02}", event={"start": str(day)})) for n, day in enumerate(days)])
    everything = Query(only="events", order="start")
    past = Query(only="events", base=everything, until=Day(days=-1))
    with store.read() as reading:
        for query in (everything, past):
            whole = reading.find(query, today=TODAY, size=1_000)
            assert reading.count(query, today=TODAY) == len(whole)
            monkeypatch.setattr("cecc_feeds.store.reading.FEW", 3)
            pages = [reading.find(query, today=TODAY, size=7, offset=offset) for offset in range(110)]
            monkeypatch.undo()
            assert pages == [whole[offset : offset + 7] for offset in range(110)]


@pytest.mark.parametrize(("first", "second", "whole"), [(60, 0, True), (60, 30, False), (30, 60, True)])
def test_words_are_one_piece_after_an_import_that_brought_half_of_them_or_more(
    store: Store, monkeypatch: pytest.MonkeyPatch, first: int, second: int, *, whole: bool
) -> None:
    monkeypatch.setattr(index, "MANY", 10)
    put(store, [keep(make(id=f"a-{number}", event={"start": "2026-12-01"})) for number in range(first)])
    put(store, [keep(make(id=f"b-{number}", event={"start": "2026-12-02"})) for number in range(second)])
    assert [pieces(store, name) == 1 for name in ("item_words", "event_words", "trail")] == [whole] * 3
    assert held(store) == rebuilt(store)


def pieces(store: Store, name: str) -> int:
    """Of how many segments an index of FTS5 is."""
    with store._engine.connect() as connection:
        asked = f"SELECT count(DISTINCT segid) FROM {name}_idx"  # noqa: S608 - a name of ours
        return int(connection.exec_driver_sql(asked).scalar_one())
