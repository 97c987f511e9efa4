"""Seats: where items stand in lists, as numbers that grow with the date and end with the item's seat.

Its one rule: an item keeps its seat for as long as there is a store.
"""

SHIFT = 29
MASK = (1 << SHIFT) - 1
BEGIN = -2_211_753_600
"""December 1, 1899: no record is older."""


def place(at: int, seat: int) -> int:
    """Where an item stands among all of its list, at an instant."""
    return (at - BEGIN) << SHIFT | seat


def instant_of(k: int) -> int:
    return (k >> SHIFT) + BEGIN
