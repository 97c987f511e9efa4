"""What differs between two states of an item, in words, and the revision that a difference makes."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cecc_feeds import changes
from cecc_feeds.changes import Change, differences, from_to, revised, when_and_where
from cecc_feeds.fields import CHANGES as KINDS
from cecc_feeds.model import Item, Kept, Revision, record_line
from tests.strategies import NOW, items, make

TIMED = {"start": "2026-12-01T09:30:00-05:00", "end": "2026-12-01T11:00:00-05:00"}
PLACED = {**TIMED, "location": "Room 301"}
LATER = {"start": "2026-12-08T14:00:00-05:00", "end": "2026-12-08T16:00:00-05:00"}
LINK = {"url": "https://www.cecc.gov/a.pdf"}
WHEN = "Tuesday, December 1, 2026, 9:30–11:00 a.m. EST"

CHANGES: list[tuple[dict[str, Any], dict[str, Any], list[str]]] = [
    ({}, {}, []),
    ({}, {"title": "Trade"}, ["Title changed"]),
    ({}, {"title": None}, ["Title changed"]),
    ({}, {"type": "Roundtable"}, ["Type changed"]),
    ({}, {"topics": ["Tibet"]}, ["Topics changed"]),
    ({"topics": ["Tibet"]}, {"topics": ["TIBET"]}, ["Topics changed"]),
    ({}, {"summary": "Words."}, ["Text changed"]),
    ({}, {"published": "2026-11-03"}, ["Date changed"]),
    ({}, {"url": "https://www.cecc.gov/a"}, ["Address changed"]),
    ({}, {"updated": "2026-11-20", "language": "en"}, ["Marked as updated", "Language changed"]),
    ({}, {"event": PLACED}, [f"Time announced: {WHEN}, Room 301"]),
    ({}, {"event": {"start": "2026-12-01"}}, ["Day announced: Tuesday, December 1, 2026"]),
    ({"event": TIMED}, {}, [f"No longer announced for {WHEN}"]),
    ({"event": TIMED}, {"event": LATER}, [f"Moved from {WHEN} to Tuesday, December 8, 2026, 2:00–4:00 p.m. EST"]),
    (
        {"event": {"start": "2026-12-01"}},
        {"event": TIMED},
        [f"Time announced: {WHEN}"],
    ),
    (
        {"event": {"start": "2026-12-02"}},
        {"event": TIMED},
        [f"Moved from Wednesday, December 2, 2026 to {WHEN}"],
    ),
    (
        {"event": TIMED},
        {"event": {"start": "2026-12-01T22:30:00+08:00", "end": TIMED["end"], "timezone": "Asia/Shanghai"}},
        ["Now Tuesday, December 1, 2026, 10:30 p.m. – Wednesday, December 2, 2026, midnight CST"],
    ),
    ({"event": {"start": TIMED["start"]}}, {"event": TIMED}, [f"Now {WHEN}"]),
    ({"event": TIMED}, {"event": {"start": TIMED["start"]}}, ["Now Tuesday, December 1, 2026, 9:30 a.m. EST"]),
    (
        {"event": {"start": "2026-11-01T01:30:00-04:00"}},
        {"event": {"start": "2026-11-01T01:30:00-05:00"}},
        ["Moved from Sunday, November 1, 2026, 1:30 a.m. EDT to Sunday, November 1, 2026, 1:30 a.m. EST"],
    ),
    ({"event": TIMED}, {"event": {"start": "2026-12-01"}}, [f"Time to be announced (was {WHEN})"]),
    ({"event": TIMED}, {"event": PLACED}, ["Place: Room 301"]),
    ({"event": PLACED}, {"event": {**TIMED, "location": "Room 2"}}, ["Place: Room 2 (was Room 301)"]),
    ({"event": PLACED}, {"event": TIMED}, ["Place: to be announced (was Room 301)"]),
    ({"event": TIMED}, {"event": {**TIMED, "status": "cancelled"}}, ["Cancelled"]),
    ({"event": TIMED}, {"event": {**TIMED, "status": "postponed"}}, ["Postponed"]),
    ({"event": TIMED}, {"event": {**TIMED, "status": "tentative"}}, ["Tentative"]),
    ({"event": {**TIMED, "status": "postponed"}}, {"event": TIMED}, ["Confirmed"]),
    ({"event": TIMED}, {"event": {**TIMED, "status": "confirmed"}}, ["Details changed"]),
    ({"event": TIMED}, {"event": {**TIMED, "webcast": "https://a.example/live"}}, ["Webcast added"]),
    (
        {"event": {**TIMED, "webcast": "https://a.example/live"}},
        {"event": {**TIMED, "webcast": "https://b.example/live"}},
        ["Webcast address changed"],
    ),
    ({}, {"links": [{**LINK, "rel": "transcript"}]}, ["Transcript posted"]),
    ({}, {"links": [{**LINK, "title": "Testimony (PDF)"}]}, ["Link added: Testimony (PDF)"]),
    ({}, {"links": [LINK]}, ["Link added: https://www.cecc.gov/a.pdf"]),
    ({"links": [LINK]}, {"links": [{**LINK, "title": "Named"}]}, ["Link changed: Named"]),
    ({"links": [LINK]}, {}, ["Link removed: https://www.cecc.gov/a.pdf"]),
    ({"links": [{**LINK, "rel": "transcript"}]}, {}, ["Transcript removed"]),
    ({"links": [LINK]}, {"links": [{**LINK, "rel": "Transcript"}]}, ["Transcript posted"]),
    (
        {"links": [{**LINK, "rel": "transcript"}]},
        {"links": [{**LINK, "rel": "transcript", "title": "Named"}]},
        ["Transcript changed"],
    ),
    ({"links": [{**LINK, "rel": "transcript"}]}, {"links": [LINK]}, ["Link changed: https://www.cecc.gov/a.pdf"]),
    ({"event": {**TIMED, "webcast": "https://a.example/live"}}, {"event": TIMED}, ["Webcast removed"]),
    (
        {"event": TIMED},
        {"event": {**LATER, "status": "postponed", "location": "Room 2"}, "title": "Trade", "links": [LINK]},
        [
            "Postponed",
            f"Moved from {WHEN} to Tuesday, December 8, 2026, 2:00–4:00 p.m. EST",
            "Place: Room 2",
            "Link added: https://www.cecc.gov/a.pdf",
            "Title changed",
        ],
    ),
]


@pytest.mark.parametrize(("before", "after", "told"), CHANGES)
def test_a_change_is_told_as(before: dict[str, Any], after: dict[str, Any], told: list[str]) -> None:
    assert sentences(make(id="a", **before), make(id="a", **after)) == told


def sentences(old: Item, new: Item) -> list[str]:
    return [difference.sentence for difference in differences(old, new)]


def kept(item: Item, withdrawn: datetime | None = None) -> Kept:
    return Kept(item, NOW, NOW, NOW.date(), Revision(NOW), withdrawn=withdrawn)


def told(old: Kept | None, new: Item) -> list[tuple[str, str]]:
    return [(difference.kind, difference.sentence) for difference in from_to(old, new)]


def test_what_is_new_or_back_is_told_as() -> None:
    item, retitled = make(id="a"), make(id="a", title="Trade")
    assert [
        told(None, item),
        told(None, make(id="a", event=PLACED)),
        told(kept(item), retitled),
        told(kept(item, NOW), item),
        told(kept(item, NOW), retitled),
    ] == [
        [("announced", "New")],
        [("announced", f"New: {WHEN}, Room 301")],
        [("title", "Title changed")],
        [("returned", "Back again")],
        [("returned", "Back again"), ("title", "Title changed")],
    ]


def test_a_difference_says_which_field_had_which_value_before_and_after() -> None:
    found = differences(
        make(id="a", event=PLACED), make(id="a", event={**LATER, "status": "postponed"}, topics=["Tibet"])
    )
    assert [(one.kind, one.field, one.old, one.new) for one in found] == [
        ("postponed", "event.status", "confirmed", "postponed"),
        (
            "moved",
            "event.start",
            "2026-12-01T09:30:00-05:00/2026-12-01T11:00:00-05:00",
            "2026-12-08T14:00:00-05:00/2026-12-08T16:00:00-05:00",
        ),
        ("place", "event.location", "Room 301", ""),
        ("topics", "topics", "", "Tibet"),
    ]


def test_a_changed_link_is_told_as_records_spell_it() -> None:
    found = differences(make(id="a", links=[LINK]), make(id="a", links=[{**LINK, "rel": "transcript", "title": "T"}]))
    assert [(one.kind, one.field, one.old, one.new) for one in found] == [
        ("transcript", "links", "", "https://www.cecc.gov/a.pdf")
    ]
    found = differences(make(id="a", links=[LINK]), make(id="a", links=[{**LINK, "title": "T"}]))
    assert [(one.kind, one.old, one.new) for one in found] == [
        ("link", '{"url":"https://www.cecc.gov/a.pdf"}', '{"title":"T","url":"https://www.cecc.gov/a.pdf"}')
    ]


def test_entries_speak_first_of_what_is_worth_it_with_its_day() -> None:
    old, new = make(id="a", event=PLACED), make(id="a", event={**PLACED, "location": "Room 2"}, title="Trade")
    change = Change(new, NOW, tuple(differences(old, new)))
    dull = Change(new, NOW, tuple(differences(old, make(id="a", event=PLACED, title="Trade"))))
    assert [changes.news(one, new, "America/New_York") for one in (change, dull, None)] == [
        "Changed Monday, November 23, 2026: Place: Room 2 (was Room 301).",
        "",
        "",
    ]


@pytest.mark.parametrize(
    ("standing", "now", "said"),
    [("confirmed", "confirmed", True), ("tentative", "tentative", True), ("confirmed", "cancelled", False)],
)
def test_entries_never_say_first_what_an_event_no_longer_is(standing: str, now: str, said: bool) -> None:
    before = make(id="a", event={**TIMED, "status": "postponed"})
    change = Change(before, NOW, tuple(differences(before, make(id="a", event={**TIMED, "status": standing}))))
    line = changes.news(change, make(id="a", event={**TIMED, "status": now}), "America/New_York")
    assert line == (f"Changed Monday, November 23, 2026: {standing.capitalize()}." if said else "")


def test_the_place_stands_behind_the_time() -> None:
    told = [make(event=event).event for event in (TIMED, PLACED)]
    assert [when_and_where(event) for event in told if event] == [WHEN, f"{WHEN}, Room 301"]


@given(items())
def test_an_item_does_not_differ_from_itself(item: Item) -> None:
    assert sentences(item, item) == []


@given(items(), items())
def test_no_difference_goes_untold_and_each_is_of_a_kind_that_can_be_asked_for(one: Item, other: Item) -> None:
    found = differences(one, other)
    assert bool(found) == (record_line(one) != record_line(other))
    assert {difference.kind for difference in found} <= set(KINDS)


@given(items(), items())
def test_a_sentence_is_one_line(one: Item, other: Item) -> None:
    assert all(sentence.strip() and len(sentence.splitlines()) == 1 for sentence in sentences(one, other))


def test_the_first_revision_is_that_second_and_has_the_number_0() -> None:
    assert revised(None, NOW + timedelta(microseconds=999_999)) == Revision(NOW, 0)


@pytest.mark.parametrize(
    ("seconds", "later"),
    [(60.5, 60), (1, 1), (0.9, 1), (0, 1), (-3600, 1)],
    ids=["a minute", "a second", "less", "none", "a clock set back"],
)
def test_the_next_revision_is_at_least_a_second_later(seconds: float, later: int) -> None:
    assert revised(Revision(NOW, 4), NOW + timedelta(seconds=seconds)) == Revision(NOW + timedelta(seconds=later), 5)


@given(st.lists(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)), min_size=1))
def test_revisions_only_rise_and_by_one_whatever_the_clock_does(instants: list[datetime]) -> None:
    found: list[Revision] = []
    for now in instants:
        found.append(revised(found[-1] if found else None, now))
    assert [revision.sequence for revision in found] == list(range(len(found)))
    assert all(earlier.at < later.at for earlier, later in pairwise(found))
    assert all(revision.at.microsecond == 0 for revision in found)


def test_F08_a_thousand_edits_within_a_second_give_a_thousand_instants_and_small_numbers() -> None:
    found = [revised(None, NOW)]
    for _ in range(1_000):
        found.append(revised(found[-1], NOW))
    assert found == [Revision(NOW + timedelta(seconds=number), number) for number in range(1_001)]
