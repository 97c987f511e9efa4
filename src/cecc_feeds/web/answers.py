"""Answers kept: finished representations by address, good while the store, the feeds and the day stay the same.

Its one rule: an answer kept is what would be made now; the last good one stands in while nothing can be made.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

from cecc_feeds.web.http import Answer

MOST_BYTES = 64_000_000


class Answers:
    """A bounded store of answers, the least lately used leaving first; safe between threads."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most
        self._held = 0
        self._answers: OrderedDict[Hashable, tuple[Hashable, Answer]] = OrderedDict()
        self._lock = Lock()

    def get(self, address: Hashable, state: Hashable, make: Callable[[], Answer]) -> Answer:
        """The answer at an address, made when none is kept for that state."""
        with self._lock:
            kept = self._answers.get(address)
            if kept is not None and kept[0] == state:
                self._answers.move_to_end(address)
                return kept[1]
        answer = make()
        self._keep(address, state, answer)
        return answer

    def last_good(self, address: Hashable) -> Answer | None:
        """The last answer kept at an address, whatever state it was of."""
        with self._lock:
            kept = self._answers.get(address)
            return None if kept is None else kept[1]

    def _keep(self, address: Hashable, state: Hashable, answer: Answer) -> None:
        with self._lock:
            old = self._answers.pop(address, None)
            self._held += _weight(address, answer) - (_weight(address, old[1]) if old else 0)
            self._answers[address] = (state, answer)
            while self._held > self._most and self._answers:
                left, (_, gone) = self._answers.popitem(last=False)
                self._held -= _weight(left, gone)


def _weight(address: Hashable, answer: Answer) -> int:
    """Bytes an answer may hold: its body, a coded form of about a third, what surrounds them, and its address."""
    return len(answer.body) * 4 // 3 + 2_000 + len(repr(address))
