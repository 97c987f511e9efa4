"""What every reader gives: items with their place, or refusals with their reason; and the refusal of doubles.

Its one rule: two records of one file that would get one id are both refused, each naming the other's place.
"""

import hashlib
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from cecc_feeds.errors import RecordError
from cecc_feeds.identity import identify
from cecc_feeds.model import Item, Rejected, item_from

PLACES_NAMED = 3


@dataclass(frozen=True, slots=True)
class Located:
    """An item, its id filled in, and where it was read: FILE:LINE or FILE#ID; `named`: the id was given, not made."""

    item: Item
    where: str
    named: bool = False


Found = Located | Rejected


@dataclass(frozen=True, slots=True)
class Draft:
    """A decoded record, not yet validated, and where it stands."""

    raw: Mapping[str, Any]
    where: str


@dataclass(slots=True)
class Places:
    """Where one id occurs: how often, and the first few places."""

    count: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, where: str) -> None:
        self.count += 1
        if len(self.first) <= PLACES_NAMED:
            self.first.append(where)

    def besides(self, where: str) -> str:
        """The other places in words."""
        named = [place for place in self.first if place != where][:PLACES_NAMED]
        more = self.count - 1 - len(named)
        return ", ".join(named) + (f" and {more} more" if more else "")


def located(raw: object, where: str, zone: str) -> Found:
    """The item that a decoded record stands for, or its refusal."""
    try:
        item = item_from(raw, zone=zone)
        return Located(identify(item), where, named=bool(item.id))
    except RecordError as error:
        return Rejected(where, str(error))


def without_doubles(drafts: Callable[[], Iterator[Draft | Rejected]], zone: str) -> Iterator[Found]:
    """The records of `drafts`, which is run two times (three where there are doubles), so that none need be held."""
    places = _places_of_doubles(lambda: ((_record_id(draft, zone), draft.where) for draft in drafts()))
    for draft in drafts():
        found = draft if isinstance(draft, Rejected) else located(draft.raw, draft.where, zone)
        yield _refused_if_double(found, places)


def held_without_doubles(found: Iterable[Found]) -> Iterator[Found]:
    """The same for the few items of a page, which are held."""
    held = list(found)
    places = _places_of_doubles(lambda: ((_item_id(one), one.where) for one in held))
    yield from (_refused_if_double(one, places) for one in held)


def _record_id(draft: Draft | Rejected, zone: str) -> str:
    """The id a record would get, "" for none. An id of its own counts even where the record will be refused."""
    if isinstance(draft, Rejected):
        return ""
    named = draft.raw.get("id")
    if isinstance(named, str) and named.strip():
        return named.strip()
    return _item_id(located(draft.raw, draft.where, zone))


def _item_id(found: Found) -> str:
    return found.item.id if isinstance(found, Located) else ""


def _places_of_doubles(run: Callable[[], Iterator[tuple[str, str]]]) -> dict[str, Places]:
    """Places by id, of the ids that occur more than once. Holds eight bytes a record, not the records."""
    fingerprints = array("Q", (_fingerprint(name) for name, _ in run() if name))
    repeated = {one for one, other in pairwise(sorted(fingerprints)) if one == other}
    places: dict[str, Places] = {}
    for name, where in run() if repeated else ():
        if name and _fingerprint(name) in repeated:
            places.setdefault(name, Places()).add(where)
    return {name: found for name, found in places.items() if found.count > 1}


def _fingerprint(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest())


def _refused_if_double(found: Found, places: Mapping[str, Places]) -> Found:
    if isinstance(found, Rejected) or found.item.id not in places:
        return found
    others = places[found.item.id].besides(found.where)
    advice = 'give each an "id" of its own, or delete the double'
    return Rejected(found.where, f'would get the same id "{found.item.id}" as {others}; {advice}')
