"""Writing: all or nothing, nothing forgotten, and what was written is what is read."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cecc_feeds.errors import StoreError
from cecc_feeds.model import Item, Kept, Revision, record_line
from cecc_feeds.query import Query
from cecc_feeds.store import Store, lineage
from cecc_feeds.store.rows import digest
from cecc_feeds.store.writing import id_key
from tests.store.keeping import BEFORE, Fresh, bring, on_each_database, put, revision
from tests.strategies import NOW, TODAY, ids, items, keep, make

STATES = {
    family: (f"hash of {family}", Revision(NOW, number)) for number, family in enumerate(("calendar", "news", "record"))
}


@on_each_database
@given(item=items(), item_id=ids())
def test_an_item_is_read_as_it_was_written(fresh: Fresh, item: Item, item_id: str) -> None:
    kept = keep(item.model_copy(update={"id": item_id}), first_seen=NOW - timedelta(days=1), at=NOW)
    with fresh() as store:
        put(store, [kept])
        with store.read() as reading:
            assert reading.get(item_id) == kept
            assert reading.find(Query(), today=TODAY) == [kept]


@pytest.mark.parametrize(
    "kept",
    [
        keep(make(id="a")),
        keep(make(id="a"), withdrawn=NOW, was_coming=False),
        keep(make(id="a", event={"start": "2026-12-01"}), withdrawn=NOW),
        replace(keep(make(id="a", event={"start": "2026-12-01"})), news=Revision(NOW, 7), calendar=Revision(BEFORE, 3)),
    ],
)
def test_the_moments_of_an_item_are_read_as_they_were_written(store: Store, kept: Kept) -> None:
    put(store, [kept])
    with store.read() as reading:
        assert reading.get("a") == kept


def test_the_revision_state_is_kept_for_each_family(store: Store) -> None:
    with store.write(now=NOW) as writing:
        assert writing.states("a") == {}
        writing.keep(keep(make(id="a")), STATES)
        assert writing.states("a") == STATES


def test_a_fault_within_a_write_undoes_all_of_it(store: Store) -> None:
    put(store, [keep(make(id="a"))])
    with pytest.raises(ZeroDivisionError):
        fail_half_way(store)
    with store.read() as reading:
        assert (list(reading.every()), revision(store)) == (["a"], 1)


def fail_half_way(store: Store) -> None:
    with store.write(now=NOW) as writing:
        writing.keep(keep(make(id="b")), STATES)
        writing.learn("b", ["key"], {})
        raise ZeroDivisionError


def test_an_abandoned_write_leaves_nothing_but_shows_its_own_work_until_then(store: Store) -> None:
    with store.write(now=NOW) as writing:
        writing.keep(keep(make(id="a")), STATES)
        assert writing.count(Query(), today=TODAY) == 1
        writing.abandon()
    with store.read() as reading:
        assert (list(reading.every()), revision(store)) == ([], 0)


def test_what_the_database_refuses_is_a_store_error_in_a_sentence(store: Store) -> None:
    with pytest.raises(StoreError) as refused, store.write(now=NOW) as writing:
        writing.keep(keep(make(id="a")), {family: (None, Revision(NOW)) for family in STATES})  # type: ignore[misc]
    assert str(refused.value) == "the database could not be used: NOT NULL constraint failed: item.calendar_hash"
    assert revision(store) == 0


def test_the_revision_grows_with_what_readers_see_and_with_nothing_else(store: Store) -> None:
    found = [revision(store)]
    for act in (
        lambda writing: writing.keep(keep(make(id="a")), STATES),
        lambda writing: writing.keep_entries("a", {".rss": b"x"}, ""),
        lambda writing: writing.keep_edition("e"),
        lambda writing: writing.keep_source("s", "records", configured=True),
        lambda writing: writing.keep_reading("s", "a", record_line(make(id="a")), fresh=True),
        lambda writing: writing.learn("a", ["key"], {}),
        lambda writing: None,
    ):
        with store.write(now=NOW) as writing:
            act(writing)
        found.append(revision(store))
    assert found == [0, 1, 2, 3, 3, 3, 3, 3]


def test_a_store_remembers_when_it_was_made_and_for_which_edition(store: Store) -> None:
    for edition in ("one", "two"):
        with store.write(now=NOW) as writing:
            writing.keep_edition(edition)
    with store.read() as reading:
        assert (reading.founded(), reading.edition()) == (BEFORE, "two")


def test_readings_are_told_records_first_each_kind_by_name(store: Store) -> None:
    with store.write(now=NOW) as writing:
        for name, kind in (("z.jsonl", "records"), ("a.txt", "page"), ("b.txt", "page"), ("y.csv", "records")):
            writing.keep_source(name, kind, configured=name != "a.txt")  # type: ignore[arg-type]
            writing.keep_reading(name, "a", record_line(make(id="a", title=name)), fresh=True)
        writing.keep_reading("z.jsonl", "a", record_line(make(id="a", title="Anew")), fresh=False)
        writing.keep_reading("z.jsonl", "b", record_line(make(id="b")), fresh=False)
    with store.write(now=NOW + timedelta(days=1)) as writing:
        writing.keep_source("a.txt", "page", configured=True)
        writing.drop_source("b.txt")
        writing.drop_reading("b.txt", "a")
        assert writing.readings("a") == [
            ("y.csv", make(id="a", title="y.csv")),
            ("z.jsonl", make(id="a", title="Anew")),
            ("a.txt", make(id="a", title="a.txt")),
        ]
        assert writing.reading_of("z.jsonl", "b") == make(id="b")
        assert writing.reading_of("y.csv", "b") is None
        assert writing.digests("z.jsonl", ["a", "b", "c"]) == {
            "a": digest('{"id": "a", "type": "Hearing", "title": "Anew", "published": "2026-11-02"}'),
            "b": digest('{"id": "b", "type": "Hearing", "title": "Trade and data", "published": "2026-11-02"}'),
        }
        assert writing.sources() == {
            "a.txt": ("page", True, NOW + timedelta(days=1)),
            "y.csv": ("records", True, NOW),
            "z.jsonl": ("records", True, NOW),
        }


def test_an_item_is_known_by_every_key_it_was_ever_read_under_the_longest_known_first(store: Store) -> None:
    put(store, [keep(make(id="old"), first_seen=NOW), keep(make(id="young"), first_seen=NOW + timedelta(days=1))])
    with store.write(now=NOW) as writing:
        writing.learn("young", ["k1", "k2"], {})
        writing.learn("not-kept", ["k1"], {})
        writing.learn("old", ["k1", "k3"], writing.candidates(["k1", "k3"]))
        writing.learn("old", ["k1", "k3"], writing.candidates(["k1", "k3"]))
        assert writing.candidates({"k1", "k2", "k3", "k4"}) == {
            "k1": ["old", "young", "not-kept"],
            "k2": ["young"],
            "k3": ["old"],
        }
        assert writing.candidates(set()) == {}


def test_an_item_is_found_by_an_id_it_was_once_read_under(store: Store) -> None:
    kept = bring(store, make(id="a"), now=NOW)
    with store.write(now=NOW) as writing:
        writing.learn("a", [id_key("old-name"), id_key("a")], {})
        writing.learn("lost", [id_key("lost")], {})
    with store.read() as reading:
        assert [reading.get(name) for name in ("a", "old-name", "lost", "never", "id:a")] == [
            kept,
            kept,
            None,
            None,
            None,
        ]


def test_thousands_of_keys_are_looked_up(store: Store) -> None:
    keys = [f"key-{number}" for number in range(12_000)]
    with store.write(now=NOW) as writing:
        writing.learn("a", keys, {})
        assert writing.candidates(keys) == {key: ["a"] for key in keys}


def test_entries_are_replaced_whole_and_know_the_zone_of_their_calendar(store: Store) -> None:
    put(store, [keep(make(id="a", event={"start": "2026-12-01T09:00"}))])
    with store.write(now=NOW) as writing:
        writing.keep_entries("a", {".ics": b"one", ".rss": b"two", ".csv": b""}, "Asia/Shanghai")
        writing.keep_entries("a", {".ics": b"three"}, "Asia/Shanghai")
    with store.read() as reading:
        assert [reading.entry("a", suffix) for suffix in (".ics", ".rss", ".csv")] == [b"three", None, None]
        assert reading.select(Query(only="calendar"), ".ics", "calendar", today=TODAY).zones == ("Asia/Shanghai",)


def test_a_type_or_topic_known_once_is_known_for_ever_by_its_first_name(store: Store) -> None:
    bring(store, make(id="a", type="Hearing", topics=["Café"]), now=NOW)
    bring(store, make(id="a", type="HEARING", topics=["CAFE", "Tibet"]), now=NOW)
    bring(store, make(id="a", type="Roundtable"), now=NOW)
    bring(store, make(id="a", type="Roundtable"), now=NOW, withdrawn=True)
    with store.read() as reading:
        assert (reading.names("type"), reading.counts("type")) == (
            {"hearing": "Hearing", "roundtable": "Roundtable"},
            {},
        )
        assert (reading.names("topic"), reading.counts("topic")) == ({"cafe": "Café", "tibet": "Tibet"}, {})


@on_each_database
@given(titles=st.lists(st.sampled_from("ab"), min_size=1, max_size=6))
def test_there_is_one_present_state_of_an_item_whatever_came_before(fresh: Fresh, titles: list[str]) -> None:
    with fresh() as store:
        for number, title in enumerate(titles):
            kept = bring(store, make(id="a", title=title, topics=[title]), now=NOW + timedelta(minutes=number))
        with store.read() as reading:
            assert reading.find(Query(), today=TODAY) == [kept]
            assert reading.find(Query(topics=(titles[-1],)), today=TODAY) == [kept]
            assert reading.counts("topic") == {titles[-1]: 1}
            assert list(reading.every()) == ["a"]


def test_events_at_a_known_time_are_told_by_day_and_id_however_few_days_are_asked_at_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = [date(2026, 12, day) for day in (1, 2, 3, 9)]
    for item_id, day in (("b", 0), ("a", 0), ("c", 1), ("d", 2), ("e", 3)):
        put(store, [keep(make(id=item_id, title=item_id, event={"start": f"{days[day]}T09:30:00-05:00"}))])
    put(store, [keep(make(id="the-time-is-unknown", event={"start": str(days[0]), "end": None, "timezone": None}))])
    for at_once in (1, 2, 64):
        monkeypatch.setattr(lineage, "DAYS", at_once)
        with store.write(now=NOW) as writing:
            found = list(writing.timed_on({days[0], days[1], days[3]}))
            assert found == [
                (day, writing.number(item_id), item_id, item_id)
                for day, item_id in ((days[0], "a"), (days[0], "b"), (days[1], "c"), (days[3], "e"))
            ]
