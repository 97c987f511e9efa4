"""Knowing: what was found of lists in one state of the store, for whoever asks for them in another format or length.

Its one rule: it is forgotten with the state: every commit that readers see has a revision of its own. What was found of
versions alone holds on: they never change, and new ones come after them.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

MOST = 500
"""Of how many lists something is known; then it begins anew."""


@dataclass(frozen=True, slots=True)
class About:
    """What is to be said of a news list besides its entries; see `Selection`."""

    total: int
    at_least: bool
    modified: datetime
    deleted: tuple[tuple[str, datetime], ...]
    older: date | None


Facts = dict[tuple[Any, ...], Any]
"""What is known of one state, by what was asked: an `About` of a news list, the last change of a calendar."""


Apart = dict[str, int]
"""Words that versions are found by, as FTS5 takes them, to the number up to which none has all of them; MET where some
version has."""

MET = -1


class Known:
    """What is known of one file. Safe between threads: what they know of different states is never mixed."""

    def __init__(self) -> None:
        self._held: tuple[str | None, Facts] = (None, {})
        self._apart: tuple[str | None, Apart] = (None, {})

    def of(self, revision: str | None) -> Facts:
        """What is known at a revision; nothing where there is none yet."""
        state, facts = self._held
        if revision is None or state != revision or len(facts) >= MOST:
            facts = {}
            self._held = (revision, facts)
        return facts

    def apart(self, edition: str | None) -> Apart:
        """What is known of words that meet or not, since the edition last changed: words may be told apart otherwise
        since then."""
        since, apart = self._apart
        if since != edition or len(apart) >= MOST:
            apart = {}
            self._apart = (edition, apart)
        return apart
