"""What pages ask besides lists: neighbours and make-up mean what the query means, parts hold all that is there."""

from collections import Counter
from datetime import date

import pytest
from hypothesis import given

from cecc_feeds import times
from cecc_feeds.model import DEFAULT_ZONE, Kept
from cecc_feeds.query import Query
from cecc_feeds.store import Store, browsing
from tests.store.keeping import Fresh, bring, on_each_database, put
from tests.store.test_finding import meant, shelves, statements
from tests.strategies import NOW, TODAY, keep, make, near_days, queries

MOST = 3


@on_each_database
@given(shelf=shelves, query=queries(), today=near_days(3))
def test_neighbours_are_those_of_the_list_that_are_nearest(
    fresh: Fresh, shelf: tuple[Kept, ...], query: Query, today: date
) -> None:
    with fresh() as store:
        put(store, shelf)
        with store.read() as reading:
            for one in shelf:
                others = [kept for kept in meant(shelf, query, today, withdrawn=False) if kept.item.id != one.item.id]
                found = reading.browsing.near(query, one, today=today, most=MOST)
                away = [distance(query, one, kept) for kept in found]
                assert away == sorted(distance(query, one, kept) for kept in others)[:MOST]
                assert len({kept.item.id for kept in found}) == len(found)
                assert all(kept in others for kept in found)


def distance(query: Query, one: Kept, other: Kept) -> float:
    return abs(place(query, one, one) - place(query, one, other))


def place(query: Query, one: Kept, kept: Kept) -> float:
    if query.by_event and one.item.event and kept.item.event:
        return times.sort_instant(kept.item.event.start, times.zone(DEFAULT_ZONE)).timestamp()
    return kept.dated.timestamp()


@on_each_database
@given(shelf=shelves, query=queries(), today=near_days(3))
def test_the_make_up_of_a_list_counts_what_it_holds(
    fresh: Fresh, shelf: tuple[Kept, ...], query: Query, today: date
) -> None:
    with fresh() as store:
        put(store, shelf)
        held = meant(shelf, query, today, withdrawn=False)
        with store.read() as reading:
            made = reading.browsing.make_up(query, today=today, most=max(1, len(held)))
            assert reading.browsing.make_up(query, today=today, most=len(held) - 1) is None or not held
            counted = {kind: reading.browsing.event_counts(kind) for kind in ("type", "topic")}
    assert made is not None
    assert made.types == Counter(kept.item.type_slug for kept in held)
    assert made.topics == Counter(slug for kept in held for slug in set(kept.item.topic_slugs))
    assert made.years == Counter(year for kept in held for year in years(query, kept))
    events = [kept for kept in shelf if kept.item.event and kept.withdrawn is None]
    assert counted["type"] == Counter(kept.item.type_slug for kept in events)
    assert counted["topic"] == Counter(slug for kept in events for slug in set(kept.item.topic_slugs))


def years(query: Query, kept: Kept) -> range:
    if query.by_event and kept.item.event:
        return range(kept.item.event.first_day.year, kept.item.event.last_day.year + 1)
    return range(kept.dated_day.year, kept.dated_day.year + 1)


def test_every_item_that_is_there_is_in_one_part(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browsing, "PART", 2)
    with store.read() as reading:
        assert (reading.browsing.parts(), reading.browsing.part(1)) == ([], [])
    for number in range(1, 8):
        bring(store, make(id=f"item-{number}"), now=NOW)
    changed = bring(store, make(id="item-2", title="Otherwise"), now=NOW.replace(hour=20))
    for number in (3, 4, 5):
        bring(store, make(id=f"item-{number}"), now=NOW.replace(hour=21), withdrawn=True)
    with store.read() as reading:
        parts = {number: dict(reading.browsing.part(number)) for number in reading.browsing.parts()}
    assert {number: list(part) for number, part in parts.items()} == {
        1: ["item-1", "item-2"],
        3: ["item-6"],
        4: ["item-7"],
    }
    assert parts[1]["item-2"] == changed.news.at == NOW.replace(hour=20)


@pytest.mark.parametrize("count", [10, 400])
def test_a_larger_archive_takes_no_more_statements(store: Store, count: int) -> None:
    put(store, [keep(make(id=f"item-{number}", published=f"20{number % 20 + 10}-01-02")) for number in range(count)])
    with statements(store) as asked, store.read() as reading:
        one = reading.get("item-7")
        assert one is not None
        reading.browsing.near(Query(types=(one.item.type_slug,)), one, today=TODAY, most=5)
        reading.browsing.make_up(Query(), today=TODAY, most=1_000)
        reading.browsing.parts()
        reading.browsing.part(1)
    assert len(asked) == 12
