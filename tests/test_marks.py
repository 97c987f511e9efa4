"""Marks: what is noted of many items in few bytes."""

from hypothesis import given
from hypothesis import strategies as st

from cecc_feeds.marks import Marks, Traces


@given(st.sets(st.text()), st.text())
def test_a_trace_is_found_of_whatever_was_added_and_of_nothing_before(added: set[str], other: str) -> None:
    traces = Traces()
    assert not traces.may_hold(other)
    for one in added:
        traces.add(one)
    assert all(map(traces.may_hold, added))


def test_of_what_was_not_added_nearly_nothing_leaves_a_trace() -> None:
    traces = Traces()
    for number in range(40_000):
        traces.add(f"id:{number}")
    assert sum(traces.may_hold(f"key:{number}") for number in range(40_000)) < 100


@given(st.sets(st.integers(0, 9_999)), st.sets(st.integers(0, 9_999)))
def test_marks_are_counted_without_others(mine: set[int], theirs: set[int]) -> None:
    assert Marks(mine).without(Marks(theirs)) == len(mine - theirs)
