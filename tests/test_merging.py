"""One item out of several readings: the first decides each field, nothing that only a later one knows is lost."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cecc_feeds.merging import merged
from cecc_feeds.model import Item, canonical, item_from
from tests.strategies import items, make

TIMED = {"start": "2026-12-01T09:30:00-05:00"}
ENDED = {**TIMED, "end": "2026-12-01T11:00:00-05:00"}
LINK = {"url": "https://www.cecc.gov/a.pdf"}

MERGED: list[tuple[list[dict[str, Any]], dict[str, Any]]] = [
    ([{"title": "One"}, {"title": "Two"}], {"title": "One"}),
    ([{"title": None}, {"title": "Two"}], {"title": "Two"}),
    ([{"title": None}, {"title": None}, {"title": "Three"}], {"title": "Three"}),
    ([{"type": "Hearing"}, {"type": "Event"}], {"type": "Hearing"}),
    ([{"published": None, "event": TIMED}, {"updated": "2026-11-09"}], {"event": TIMED, "updated": "2026-11-09"}),
    (
        [{"summary": "Long"}, {"summary": "Short", "url": "https://www.cecc.gov/b", "language": "en"}],
        {"summary": "Long", "url": "https://www.cecc.gov/b", "language": "en"},
    ),
    ([{"topics": ["Tibet", "Law"]}, {"topics": ["LAW", "Press"]}], {"topics": ["Tibet", "Law", "Press"]}),
    (
        [
            {"links": [{**LINK, "title": "First"}]},
            {"links": [{**LINK, "title": "Second"}, {"url": "https://cecc.gov/b"}]},
        ],
        {"links": [{"title": "First", **LINK}, {"url": "https://cecc.gov/b"}]},
    ),
    ([{}, {"event": ENDED}], {"event": ENDED}),
    ([{"event": ENDED}, {}], {"event": ENDED}),
    ([{"event": TIMED}, {"event": {"start": "2026-12-02T09:30:00-05:00"}}], {"event": TIMED}),
    (
        [
            {"event": TIMED},
            {"event": {**TIMED, "location": "Room 1", "webcast": "https://a.example/"}},
            {"event": {**TIMED, "location": "Room 2"}},
        ],
        {"event": {**TIMED, "location": "Room 1", "webcast": "https://a.example/"}},
    ),
    (
        [{"event": {**TIMED, "location": "Room 1"}}, {"event": {**TIMED, "location": "Room 2", "status": "cancelled"}}],
        {"event": {**TIMED, "location": "Room 1", "status": "cancelled"}},
    ),
    ([{"event": TIMED}, {"event": ENDED}], {"event": ENDED}),
    ([{"event": TIMED}, {"event": {**ENDED, "timezone": "Asia/Shanghai"}}], {"event": ENDED}),
    ([{"event": TIMED}, {"event": {"start": "2026-12-01T10:00:00-05:00", "end": ENDED["end"]}}], {"event": TIMED}),
    ([{"event": {"start": "2026-12-01"}}, {"event": ENDED}], {"event": {"start": "2026-12-01"}}),
    (
        [{"event": {"start": "2026-12-01"}}, {"event": {"start": "2026-12-01", "end": "2026-12-02"}}],
        {"event": {"start": "2026-12-01", "end": "2026-12-02"}},
    ),
]


@pytest.mark.parametrize(("parts", "whole"), MERGED)
def test_readings_of_one_item_are_joined(parts: list[dict[str, Any]], whole: dict[str, Any]) -> None:
    read = [
        item_from({"id": f"read-{number}", "type": "Hearing", "published": "2026-11-02", **part})
        for number, part in enumerate(parts)
    ]
    assert canonical(merged(read, "a")) == canonical(
        item_from({"id": "a", "type": "Hearing", "published": "2026-11-02", **whole})
    )


@given(items())
def test_one_reading_alone_stays_as_it_is(item: Item) -> None:
    named = item.model_copy(update={"id": "a"})
    assert (
        merged([item], "a")
        == merged([named, named], "a")
        == merged([named, make()], "a").model_copy(update=dict(named))
    )
    assert merged([named], "a") == named


@given(st.lists(items(), min_size=1, max_size=4))
def test_what_readings_say_together_is_an_item_that_can_be_read(parts: list[Item]) -> None:
    whole = merged(parts, "a")
    again = item_from(canonical(whole))
    assert canonical(again) == canonical(whole)
    assert merged([whole, *parts], "a") == whole
