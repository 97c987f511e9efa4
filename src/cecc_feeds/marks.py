"""Marks: what is noted of millions of items, by their numbers, in a few bytes each.

Its one rule: a set or dictionary of ids would take a hundred bytes an item, and an import may bring a million.
"""

from array import array
from collections.abc import Iterable, Iterator


class Marks:
    """A set of small whole numbers, a byte for each up to the largest."""

    def __init__(self, numbers: Iterable[int] = ()) -> None:
        self._bytes = bytearray()
        self._count = 0
        self.update(numbers)

    def add(self, number: int) -> None:
        if number >= len(self._bytes):
            self._bytes.extend(bytes(number + 1 - len(self._bytes) + ROOM))
        self._count += not self._bytes[number]
        self._bytes[number] = 1

    def update(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            self.add(number)

    def __contains__(self, number: int | None) -> bool:
        return number is not None and number < len(self._bytes) and self._bytes[number] == 1

    def __len__(self) -> int:
        return self._count

    def without(self, others: "Marks") -> int:
        """How many of them are not among others."""
        return (self.as_number() & ~others.as_number()).bit_count()

    def as_number(self) -> int:
        """One number whose bytes of 1 are the marks."""
        return int.from_bytes(self._bytes, "little")

    def __iter__(self) -> Iterator[int]:
        number = self._bytes.find(1)
        while number >= 0:
            yield number
            number = self._bytes.find(1, number + 1)


class Places:
    """Numbers, each with a place: `FILE:LINE` in eight bytes, another one as it is."""

    def __init__(self) -> None:
        self._places = array("q")
        self._files: list[str] = []
        self._known: dict[str, int] = {}

    def put(self, number: int, where: str) -> None:
        file, colon, line = where.rpartition(":")
        if not (colon and line.isascii() and line.isdigit() and len(line) < DIGITS):
            file, line = where, "0"
        at = self._known.get(file)
        if at is None:
            at = self._known[file] = len(self._files) + 1
            self._files.append(file)
        if number >= len(self._places):
            self._places.frombytes(bytes(8 * (number + 1 - len(self._places) + ROOM)))
        self._places[number] = at << SHIFT | int(line)

    def get(self, number: int | None) -> str | None:
        """The place of a number; None where it has none."""
        held = self.order(number)
        if not held:
            return None
        file, line = self._files[(held >> SHIFT) - 1], held & ((1 << SHIFT) - 1)
        return f"{file}:{line}" if line else file

    def order(self, number: int | None) -> int:
        """The later in what was read, the larger; 0 where it has no place."""
        return self._places[number] if number is not None and number < len(self._places) else 0

    def __contains__(self, number: int | None) -> bool:
        return self.order(number) > 0

    def __iter__(self) -> Iterator[int]:
        return (number for number, held in enumerate(self._places) if held)


class Traces:
    """Texts, a bit each: one that was not added is mostly known not to have been, one that was always is."""

    def __init__(self) -> None:
        self._bits = bytearray(TRACES // 8)

    def add(self, text: str) -> None:
        trace = hash(text) % TRACES
        self._bits[trace >> 3] |= 1 << (trace & 7)

    def may_hold(self, text: str) -> bool:
        trace = hash(text) % TRACES
        return bool(self._bits[trace >> 3] >> (trace & 7) & 1)


TRACES = 1 << 26
"""Eight megabytes; of a million items with three keys each, one text in sixteen is taken for another."""

ROOM = 4_096
"""How many more there is room for when there has to be more."""

SHIFT, DIGITS = 40, 12
"""The bits of a line's number, and more digits than it can have."""
