"""What every reader gives: items with their place, or refusals with their reason; and the refusal of doubles.

Its one rule: two records of one file that would get one id are both refused, each naming the other's place.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from cecc_feeds import identity
from cecc_feeds.errors import RecordError
from cecc_feeds.model import Item, Rejected, item_from, item_of_record, record_line

PLACES_NAMED = 3


class Located(NamedTuple):
    """An item, its id filled in, and where it was read: FILE:LINE or FILE#ID; `named`: the id was given, not made.

    `digest` tells the line that it was read from, where lines may be skipped.
    """

    item: Item
    where: str
    named: bool = False
    digest: bytes | None = None

    @property
    def id(self) -> str:
        return self.item.id

    @property
    def record(self) -> str:
        """Its canonical line."""
        return record_line(self.item)

    @property
    def keys(self) -> tuple[str, ...]:
        return identity.keys(self.item)

    @property
    def weight(self) -> int:
        """About how many characters it holds."""
        return len(self.item.summary or "")


class Told(NamedTuple):
    """What was read of a large file, perhaps by another process: as a Located but for the item, which is made of its
    record where that is asked for."""

    id: str
    record: str
    keys: tuple[str, ...]
    where: str
    named: bool
    digest: bytes | None
    zone: str

    @property
    def item(self) -> Item:
        return item_of_record(self.record, self.zone)

    @property
    def weight(self) -> int:
        return len(self.record)


class Unread(NamedTuple):
    """A line that was skipped because it was read before: where it stands, its digest, the id of its item then."""

    where: str
    digest: bytes
    item_id: str

    @property
    def weight(self) -> int:
        return 0


Found = Located | Rejected
F = TypeVar("F", bound=Located | Told | Rejected)


class Draft(NamedTuple):
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


def located(raw: object, where: str, zone: str, digest: bytes | None = None) -> Found:
    """The item that a decoded record stands for, or its refusal."""
    try:
        item = item_from(raw, zone=zone)
        return Located(identity.identify(item), where, bool(item.id), digest)
    except RecordError as error:
        return Rejected(where, str(error))


def checked(draft: Draft | Rejected, zone: str, digest: bytes | None = None) -> Found:
    """The item that a draft stands for, or its refusal, which it may be already."""
    return draft if isinstance(draft, Rejected) else located(draft.raw, draft.where, zone, digest)


def without_doubles(drafts: Callable[[], Iterator[Draft | Rejected]], zone: str) -> Iterator[Found]:
    """The records of `drafts`, which is run two times (three where there are doubles), so that none need be held."""

    def run() -> Iterator[tuple[str, str]]:
        return ((record_id(draft, zone), draft.where) for draft in drafts())

    places = places_of_doubles((name for name, _ in run()), run)
    for draft in drafts():
        yield refused_if_double(checked(draft, zone), places)


def held_without_doubles(found: Iterable[Found]) -> Iterator[Found]:
    """The same for the few items of a page, which are held."""
    held = list(found)
    names = [(_item_id(one), one.where) for one in held]
    places = places_of_doubles((name for name, _ in names), lambda: names)
    yield from (refused_if_double(one, places) for one in held)


def record_id(draft: Draft | Rejected, zone: str) -> str:
    """The id a record would get, "" for none. An id of its own counts even where the record will be refused."""
    if isinstance(draft, Rejected):
        return ""
    named = draft.raw.get("id")
    if isinstance(named, str) and named.strip():
        return named.strip()
    return _item_id(located(draft.raw, draft.where, zone))


def _item_id(found: Found) -> str:
    return found.item.id if isinstance(found, Located) else ""


PARTS = 256


def places_of_doubles(names: Iterable[str], run: Callable[[], Iterable[tuple[str, str]]]) -> dict[str, Places]:
    """Places by id, of the ids that occur more than once. Holds eight bytes a record, not the records.

    `names` are the ids, "" for none; one too many does no harm. `run` gives each with its place, where that is asked.
    """
    parts = [array("q") for _ in range(PARTS)]  # so that few of a million are numbers of Python at once
    for name in names:
        if name:
            fingerprint = hash(name)
            parts[fingerprint % PARTS].append(fingerprint)
    repeated = {one for part in parts if len(set(part)) < len(part) for one in _repeated(part)}
    places: dict[str, Places] = {}
    for name, where in run() if repeated else ():
        if name and hash(name) in repeated:
            places.setdefault(name, Places()).add(where)
    return {name: found for name, found in places.items() if found.count > 1}


def _repeated(fingerprints: Iterable[int]) -> Iterator[int]:
    return (one for one, count in Counter(fingerprints).items() if count > 1)


def refused_if_double(found: F, places: Mapping[str, Places]) -> F | Rejected:
    """What was found, or its refusal where another place has its id."""
    if isinstance(found, Rejected) or found.id not in places:
        return found
    return refusal_of_double(found.id, found.where, places)


def refusal_of_double(item_id: str, where: str, places: Mapping[str, Places]) -> Rejected:
    """The refusal of a record whose id other records of the file have, too."""
    advice = 'give each an "id" of its own, or delete the double'
    return Rejected(where, f'would get the same id "{item_id}" as {places[item_id].besides(where)}; {advice}')
