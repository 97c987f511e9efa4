"""The ledger: SQL finds the changes that are meant, dates the list of them, and pages through it without a gap."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cecc_feeds.changes import WITHDRAWN, Change, from_to
from cecc_feeds.model import Item, Kept, item_from
from cecc_feeds.query import Query
from cecc_feeds.store import Store
from tests.store.keeping import Fresh, bring, local_day, on_each_database
from tests.store.test_history import Step, steps
from tests.strategies import NOW, keep, queries_of_changes


@dataclass(frozen=True)
class Told:
    """A change as it was written, with the states of the item that it lies between."""

    change: Change
    states: tuple[Item, ...]


def live(store: Store, told: list[Step]) -> Iterator[tuple[list[Told], datetime]]:
    """Bring the steps about, one after the other; before and after each, what was told so far and the moment."""
    now, written = NOW, list[Told]()
    held: dict[str, Kept] = {}
    yield written, now
    for step in told:
        now += timedelta(hours=step.hours, minutes=1)
        yield written, now
        old = held.get(step.item_id)
        if step.record is None and (old is None or old.withdrawn):
            continue
        new = old.item if step.record is None and old else item_from({"id": step.item_id, **(step.record or {})})
        differences = from_to(old, new) if step.record is not None else [WITHDRAWN]
        held[step.item_id] = bring(store, new, now=now, withdrawn=step.record is None, told=differences)
        if differences:
            written.append(Told(Change(new, now, tuple(differences)), (old.item, new) if old else (new,)))
        yield written, now


def meant(written: list[Told], query: Query, today: date) -> list[Change]:
    """What the list holds, the newest first: changes of that day and kind, of items that were meant before or after."""
    states = query.without("start", "until", "archive", "change")
    found = []
    for told in written:
        day = local_day(told.change.at)
        if (
            (query.start is None or day >= query.start.on(today))
            and (query.until is None or day <= query.until.on(today))
            and (query.archive is None or day.replace(day=1) == query.archive)
            and (not query.change or set(query.change) & set(told.change.kinds))
            and any(states.matches(keep(item), today=today) for item in told.states)
        ):
            found.append(told.change)
    return sorted(found, key=lambda change: (-change.at.timestamp(), change.item.id))


@on_each_database
@given(told=steps, asked=st.lists(queries_of_changes(), min_size=1, max_size=6))
def test_the_store_finds_the_changes_that_are_meant_and_pages_through_them(
    fresh: Fresh, told: list[Step], asked: list[Query]
) -> None:
    with fresh() as store:
        *_, (written, now) = live(store, told)
        today = local_day(now)
        with store.read() as reading:
            for query in asked:
                expected = meant(written, query, today)
                assert reading.ledger.count(query, today=today) == len(expected)
                begin = (query.page - 1) * query.page_size
                assert reading.ledger.find(query, today=today) == expected[begin : begin + query.page_size]


@on_each_database
@given(told=steps, query=queries_of_changes())
def test_the_archive_leads_through_every_month_in_which_something_changed(
    fresh: Fresh, told: list[Step], query: Query
) -> None:
    with fresh() as store:
        *_, (written, now) = live(store, told)
        today = local_day(now)
        every = meant(written, query.without("archive"), today)
        months = sorted({local_day(change.at).replace(day=1) for change in every}, reverse=True)
        with store.read() as reading:
            found, month = [], reading.ledger.older(replace(query, archive=date(2100, 1, 1)), today=today)
            while month is not None:
                found.append(month)
                month = reading.ledger.older(replace(query, archive=month), today=today)
        assert found == months


@on_each_database
@given(told=steps, asked=st.lists(queries_of_changes(), min_size=1, max_size=4))
def test_whenever_a_list_of_changes_changed_it_says_so_and_it_never_seems_older(
    fresh: Fresh, told: list[Step], asked: list[Query]
) -> None:
    with fresh() as store:
        before: list[tuple[list[Change], datetime]] = []
        for written, now in live(store, told):
            today = local_day(now)
            with store.read() as reading:
                after = [(meant(written, query, today), reading.ledger.modified(query, today=today)) for query in asked]
            for (shown, was), (shows, now_is) in zip(before, after, strict=False):
                assert now_is > was if shown != shows else now_is >= was
            before = after
