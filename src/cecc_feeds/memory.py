"""Memory: how little of it processes hold that work for long or on much.

Its one rule: results never depend on it, and where the platform cannot do a thing it is left undone.
"""

import ctypes
import gc
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""malloc.h's numbers: how much may lie free at the end before it is given back; from where on a block stands alone."""

LARGE_BYTES = 16 * 1024 * 1024
"""More than processes that work send each other at once: memory that came anew from the system for each message would
take as long as to write it."""


def give_back(large: int = LARGE_BYTES) -> None:
    """Let blocks of so many bytes return to the system when they are freed, and what lies free at the end beyond so
    many: glibc, left to itself, raises both limits with each large block that is freed, up to 64 MB.

    Where the C library is another one, nothing is done.
    """
    with suppress(AttributeError, OSError, TypeError):
        library = ctypes.CDLL(None)
        library.mallopt(M_MMAP_THRESHOLD, large)
        library.mallopt(M_TRIM_THRESHOLD, large)


def give_back_all() -> None:
    """Let all that lies free return to the system, between blocks that are held too: after an import it is most of what
    the process has.

    Where the C library is another one, nothing is done.
    """
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Look for rings of garbage seldom: an import makes millions of values, hardly any of them in rings, and the
    collector would look through all of them again and again."""
    thresholds = gc.get_threshold()
    give_back()
    gc.freeze()
    gc.set_threshold(SELDOM, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


SELDOM = 1_000_000

HEAVY = 1024 * 1024
"""How many bytes of records are worked on together: what is made of each is ten times as much, and some parts wait."""


def at_once(several: Iterable[T], size: int) -> Iterator[list[T]]:
    """The same, so many at once; the last time what is left."""
    left = iter(several)
    while part := list(islice(left, size)):
        yield part


def held_at_once(
    several: Iterable[T], weight: Callable[[T], int], size: int = sys.maxsize, most: int = HEAVY
) -> Iterator[list[T]]:
    """The same, fewer at once where they are large: each time up to the one with which they weigh `most` together."""
    part: list[T] = []
    heavy = 0
    for one in several:
        part.append(one)
        heavy += weight(one)
        if heavy >= most or len(part) >= size:
            yield part
            part, heavy = [], 0
    if part:
        yield part
