"""Cutting into parts: nothing is lost or moved, and no part is larger than it may be."""

from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from cecc_feeds.memory import at_once, held_at_once

WEIGHTS = st.lists(st.integers(0, 9))


@given(several=WEIGHTS, size=st.integers(1, 7))
def test_parts_have_the_size_that_is_asked_for_and_the_last_what_is_left(several: list[int], size: int) -> None:
    parts = list(at_once(several, size))
    assert list(chain.from_iterable(parts)) == several
    assert {len(part) for part in parts[:-1]} <= {size}
    assert all(0 < len(part) <= size for part in parts)


@given(several=WEIGHTS, size=st.integers(1, 7), most=st.integers(1, 20))
def test_parts_end_with_what_makes_them_heavy(several: list[int], size: int, most: int) -> None:
    parts = list(held_at_once(several, int, size, most))
    assert list(chain.from_iterable(parts)) == several
    assert all(0 < len(part) <= size and sum(part[:-1]) < most for part in parts)
    assert all(len(part) == size or sum(part) >= most for part in parts[:-1])
