"""When a list last changed: the changes whose old or new state it holds, and the midnights that turned it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cecc_feeds.model import Item, Kept, item_from, record_line
from cecc_feeds.query import Day, Query
from cecc_feeds.store import Store
from cecc_feeds.store.reading import Family
from tests.store.keeping import BEFORE, Fresh, bring, local_day, on_each_database
from tests.strategies import NOW, TODAY, make, near_records, queries

ITEMS, EVENTS, CALENDAR = Query(), Query(only="events"), Query(only="calendar")
EVENT = {"start": "2026-12-01T09:30:00-05:00"}


def modified(store: Store, query: Query, family: Family = "news", *, today: date = TODAY) -> datetime:
    with store.read() as reading:
        return reading.modified(query, family, today=today)


def minutes(count: int) -> datetime:
    return NOW + timedelta(minutes=count)


def midnight(day: str) -> datetime:
    """The beginning of a winter's day in Washington."""
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC) + timedelta(hours=5)


def test_an_empty_list_last_changed_when_the_store_was_made(store: Store) -> None:
    assert modified(store, ITEMS) == BEFORE
    bring(store, make(), now=NOW)
    assert modified(store, Query(types=("roundtable",))) == BEFORE


def test_a_list_changes_when_an_item_comes_changes_and_goes(store: Store) -> None:
    tibet = Query(topics=("tibet",))
    found = []
    for minute, changes in enumerate(
        [{"topics": ["Tibet"]}, {"topics": ["Tibet"], "title": "New"}, {}, {"title": "Newer"}]
    ):
        bring(store, make(id="a", **changes), now=minutes(minute))  # type: ignore[arg-type]
        found.append(modified(store, tibet))
    assert found == [minutes(0), minutes(1), minutes(2), minutes(2)]
    assert modified(store, ITEMS) == minutes(3)


def test_F10_a_list_never_seems_older_when_its_newest_item_goes(store: Store) -> None:
    bring(store, make(id="a", event=EVENT), now=minutes(0))
    bring(store, make(id="b", event=EVENT), now=minutes(1))
    bring(store, make(id="b", event=EVENT), now=minutes(2), withdrawn=True)
    assert [modified(store, ITEMS), modified(store, CALENDAR, "calendar")] == [minutes(2)] * 2


def test_an_edit_that_does_not_reach_the_calendar_leaves_it_as_old_as_it_was(store: Store) -> None:
    bring(store, make(id="a", event=EVENT), now=minutes(0))
    kept = bring(store, make(id="a", event=EVENT, updated="2026-11-20", language="en"), now=minutes(1))
    assert modified(store, CALENDAR, "calendar") == minutes(0)
    assert modified(store, ITEMS) == minutes(1)
    with store.read() as reading:
        assert reading.get("a") == kept
    assert kept.calendar is not None
    assert (kept.calendar.at, kept.calendar.sequence, kept.news.at, kept.news.sequence) == (
        minutes(0),
        0,
        minutes(1),
        1,
    )


def test_an_edit_of_one_family_after_another_dates_each_by_its_own(store: Store) -> None:
    """What ended in one family goes on in the others."""
    records: list[dict[str, Any]] = [
        {},
        {"published": "2026-11-03"},
        {"title": "New"},
        {"title": "New", "language": "en"},
    ]
    for minute, changes in enumerate(records):
        bring(store, make(id="a", event=EVENT, **changes), now=minutes(minute))
    assert [modified(store, CALENDAR, "calendar"), modified(store, EVENTS)] == [minutes(2), minutes(3)]


def test_two_changes_of_one_second_are_a_second_apart(store: Store) -> None:
    for title in "abc":
        bring(store, make(id="a", title=title), now=NOW)
    assert modified(store, ITEMS) == NOW + timedelta(seconds=2)


def test_a_list_of_coming_events_turns_at_the_midnight_after_one_ends(store: Store) -> None:
    bring(store, make(id="b", event={"start": "2026-12-09"}), now=BEFORE)
    bring(store, make(id="a", event=EVENT), now=NOW)
    coming = Query(only="events", start=Day())
    found = [
        modified(store, coming, today=date.fromisoformat(day))
        for day in ("2026-12-01", "2026-12-02", "2026-12-09", "2026-12-10")
    ]
    assert found == [NOW, midnight("2026-12-02"), midnight("2026-12-02"), midnight("2026-12-10")]


TURNED = {  # query, the day before it turns for an item of December 1, the day it turns
    "from=today": (Query(only="events", start=Day()), "2026-12-01"),
    "from=-90d": (Query(only="events", start=Day(days=-90)), "2027-03-01"),
    "from=-1m": (Query(only="events", start=Day(months=-1)), "2027-01-01"),
    "from=+7d": (Query(only="events", start=Day(days=7)), "2026-11-24"),
    "to=+7d": (Query(only="events", until=Day(days=7)), "2026-11-23"),
    "to=today": (Query(only="events", until=Day()), "2026-11-30"),
    "to=-1d": (Query(only="events", until=Day(days=-1)), "2026-12-01"),
    "to=-1y": (Query(only="events", until=Day(months=-12)), "2027-11-30"),
    "in a named feed": (Query(base=Query(only="events", start=Day())), "2026-12-01"),
    "a calendar of it": (Query(only="calendar", base=Query(only="events", start=Day())), "2026-12-01"),
}


@pytest.mark.parametrize("case", TURNED)
def test_a_list_turns_on_the_day_that_its_bound_passes_an_item(store: Store, case: str) -> None:
    query, last = TURNED[case]
    before = date.fromisoformat(last)
    after = before + timedelta(days=1)
    bring(store, make(id="a", event=EVENT), now=NOW)
    bring(store, make(id="b", event=EVENT, topics=["x"], published=None), now=NOW)
    with store.read() as reading:
        assert reading.count(query, today=before) != reading.count(query, today=after)
        turned = [reading.modified(query, "news", today=day) for day in (before, after, after + timedelta(days=9))]
    assert turned == [turned[0], midnight(str(after)), midnight(str(after))]
    assert turned[0] < midnight(str(after))


def test_a_list_of_news_turns_by_the_day_of_publication(store: Store) -> None:
    bring(store, make(id="a", published="2026-11-22", event=EVENT), now=NOW)
    recent = Query(start=Day(days=-7))
    found = [modified(store, recent, today=date.fromisoformat(day)) for day in ("2026-11-29", "2026-11-30")]
    assert found == [NOW, midnight("2026-11-30")]


def test_a_calendar_turns_when_it_lets_a_cancelled_event_go(store: Store) -> None:
    bring(store, make(id="a", event={"start": "2026-12-01", "status": "cancelled"}), now=NOW)
    found = [
        modified(store, CALENDAR, "calendar", today=date.fromisoformat(day)) for day in ("2027-03-01", "2027-03-02")
    ]
    assert found == [NOW, midnight("2027-03-02")]


def test_a_past_event_that_is_withdrawn_leaves_calendars_at_once(store: Store) -> None:
    bring(store, make(id="a", event={"start": "2026-11-01"}), now=minutes(0))
    bring(store, make(id="a", event={"start": "2026-11-01"}), now=minutes(1), withdrawn=True)
    with store.read() as reading:
        assert reading.count(CALENDAR, today=TODAY, withdrawn=True) == 0
        assert reading.modified(CALENDAR, "calendar", today=TODAY) == minutes(1)


def test_a_cut_calendar_turns_when_a_coming_event_becomes_a_past_one(store: Store) -> None:
    bring(store, make(id="b", event={"start": "2026-11-25"}), now=BEFORE)
    bring(store, make(id="a", event={"start": "2026-11-24"}), now=NOW)
    one = Query(only="calendar", limit=1)
    with store.read() as reading:
        found = [reading.select(one, ".ics", "calendar", today=date(2026, 11, day)) for day in (24, 25, 26)]
    assert [selection.entries for selection in found] == [[b"a"], [b"b"], [b"b"]]
    assert [selection.modified for selection in found] == [NOW, midnight("2026-11-25"), midnight("2026-11-26")]


def test_a_list_that_lost_an_item_to_an_edit_seems_no_older_when_that_items_day_passes(store: Store) -> None:
    """The state that was in the list would have left it by itself: that must not take its end back."""
    coming = Query(only="events", start=Day(), topics=("tibet",))
    bring(store, make(id="a", event=EVENT, topics=["Tibet"]), now=minutes(0))
    bring(store, make(id="a", event=EVENT), now=minutes(1))
    days = [TODAY, date(2026, 12, 1), date(2026, 12, 2), date(2027, 1, 1)]
    found = [modified(store, coming, today=day) for day in days]
    assert found == sorted(found)
    assert found[:2] == [minutes(1)] * 2


def test_a_list_seems_no_older_when_a_past_event_is_dated_back(store: Store) -> None:
    coming = Query(only="events", start=Day())
    bring(store, make(id="a", event={"start": "2026-11-22"}), now=NOW - timedelta(days=9))
    turned = modified(store, coming)
    bring(store, make(id="a", event={"start": "2026-11-18"}), now=NOW)
    assert (turned, modified(store, coming)) == (midnight("2026-11-23"), midnight("2026-11-23"))


@dataclass(frozen=True)
class Step:
    """A moment later: an item as it is then, or (None) its withdrawal."""

    hours: int
    item_id: str
    record: dict[str, Any] | None


steps = st.lists(
    st.builds(Step, st.sampled_from([0, 1, 24, 24 * 30, 24 * 90]), st.sampled_from("abc"), st.none() | near_records()),
    max_size=6,
)


@on_each_database
@given(told=steps, asked=st.lists(queries(), min_size=1, max_size=4))
def test_whenever_a_list_changed_it_says_so_and_it_never_seems_older(
    fresh: Fresh, told: list[Step], asked: list[Query]
) -> None:
    with fresh() as store:
        now = NOW
        held: dict[str, Item] = {}
        before = [snapshot(store, query, now) for query in asked]
        for step in told:
            now += timedelta(hours=step.hours, minutes=1)
            after = [snapshot(store, query, now) for query in asked]
            compare(before, after)
            if step.record is not None:
                held[step.item_id] = item_from({"id": step.item_id, **step.record})
            if step.item_id in held:
                bring(store, held[step.item_id], now=now, withdrawn=step.record is None)
            if step.record is None:
                held.pop(step.item_id, None)
            before, after = after, [snapshot(store, query, now) for query in asked]
            compare(before, after)
            before = after


Snapshot = dict[Family, tuple[list[str], datetime]]


def snapshot(store: Store, query: Query, now: datetime) -> Snapshot:
    """What the list shows and when it says that it changed, a family of formats each; limits left aside."""
    today = local_day(now)
    with store.read() as reading:
        every = reading.find(query, today=today, size=1_000, withdrawn=True)
        there = reading.find(query, today=today, size=1_000)
        calendar = Query(only="calendar", base=query)
        events = reading.find(calendar, today=today, size=1_000, withdrawn=True)
        return {
            "news": (
                [f"{record_line(kept.item)} {kept.withdrawn}" for kept in every],
                reading.modified(query, "news", today=today),
            ),
            "record": ([record_line(kept.item) for kept in there], reading.modified(query, "record", today=today)),
            "calendar": (sorted(map(vevent, events)), reading.modified(calendar, "calendar", today=today)),
        }


def vevent(kept: Kept) -> str:
    assert kept.calendar is not None
    return f"{kept.item.id} {kept.calendar}"


def compare(before: list[Snapshot], after: list[Snapshot]) -> None:
    for one, other in zip(before, after, strict=True):
        for family in one:
            (shown, was), (shows, now_is) = one[family], other[family]
            assert now_is >= was, family
            assert (now_is > was) or shown == shows, family
