"""Memory: how little of it processes hold that work for long or on much.

Its one rule: results never depend on it, and where the platform cannot do a thing it is left undone.
"""

import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager, suppress

M_MMAP_THRESHOLD = -3
LARGE_BYTES = 256 * 1024
"""malloc.h's number for it, and what it stays at; glibc would raise it with each large body that is freed."""


def give_back() -> None:
    """Let what is large return to the system when it is freed: glibc, left to itself, holds 15 MB more after a while.

    Where the C library is another one, nothing is done.
    """
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)


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


SELDOM = 100_000
