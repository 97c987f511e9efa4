"""Matching: which item a record is, and which items are one.

Its one rule: an item that is known stays the item that it is; two that were kept apart are one only if people say so.
"""

from collections.abc import Container, Iterable, Mapping, Sequence

from cecc_feeds import identity
from cecc_feeds.merging import merged
from cecc_feeds.model import Item
from cecc_feeds.same import Same, is_address, member_key
from cecc_feeds.store import Writing
from cecc_feeds.store.writing import id_key


class Matcher:
    """Tells which item each record of one source is; `claimed` are the items that were told so far."""

    def __init__(self, writing: Writing, source_name: str, same: Same, claimed: Container[str]) -> None:
        self.writing = writing
        self.source_name = source_name
        self.same = same
        self.claimed = claimed
        self.parted: set[str] = set()
        """Items under which this source's records may lie that were then said to be others."""

    def match(self, read: Item, found: Mapping[str, Sequence[str]]) -> str:
        """The id of the item that the record is: known by id, else by address or words, else a new one."""
        own = id_key(read.id)
        for item_id in found.get(own, ()):
            if not self._said_apart(read, item_id):
                return item_id
        likely = [
            item_id
            for key, those in found.items()
            for item_id in those
            if key != own and not self._said_apart(read, item_id) and not self._told_apart(read, item_id)
        ]
        return next((item_id for item_id in likely if self._same_day(read, item_id)), (likely or [read.id])[0])

    def retitled(self, read: Item, item_id: str) -> bool:
        """Whether the record would be an item that this source told by another title, not yet read this time."""
        if item_id == read.id or item_id in self.claimed:
            return False
        said = self.writing.reading_of(self.source_name, item_id)
        return said is not None and identity.titled_apart(read, said)

    def _said_apart(self, read: Item, item_id: str) -> bool:
        """Whether people said that the record is not that item."""
        if not self.same.apart or read.id == item_id:
            return False
        known = self._known(item_id)
        told = {"id": item_id} if known else {"id": item_id, "url": None}
        other = (known or read).model_copy(update=told)
        if not self.same.told_apart(read, other):
            return False
        self.parted.add(item_id)
        return True

    def _told_apart(self, read: Item, item_id: str) -> bool:
        """Whether the two are named apart: by titles and addresses, by ids of their own on different days, as the days
        of one hearing, or by titles where this source names both."""
        known = self._known(item_id)
        if known is None:
            return False
        if identity.named_apart(read, known) or (
            identity.has_own_id(read) and identity.has_own_id(known) and not identity.same_day(read, known)
        ):
            return True
        said = self.writing.reading_of(self.source_name, item_id)
        return said is not None and item_id in self.claimed and identity.titled_apart(read, said)

    def _same_day(self, read: Item, item_id: str) -> bool:
        known = self._known(item_id)
        return known is not None and identity.same_day(read, known)

    def _known(self, item_id: str) -> Item | None:
        """What this source said of an item, else what all say, else what was kept of it."""
        said = self.writing.reading_of(self.source_name, item_id)
        if said is not None:
            return said
        others = [other for _, other in self.writing.readings(item_id)]
        kept = self.writing.get(item_id) if not others else None
        return merged(others, item_id) if others else kept.item if kept else None


def together(writing: Writing, same: Same) -> dict[str, tuple[str, ...]]:
    """Item id to all that are one with it, as people say: first the one known longest, then in the order they say."""
    groups: list[list[str]] = []
    for told in same.one:
        named = [item_id for member in told for item_id in _named(writing, member)]
        shared = [group for group in groups if not set(group).isdisjoint(named)]
        groups = [group for group in groups if group not in shared]
        groups.append([item_id for group in (*shared, named) for item_id in group])
    ordered = (tuple(writing.seniority(group)) for group in groups)
    return {item_id: group for group in ordered if len(group) > 1 for item_id in group}


def _named(writing: Writing, member: str) -> Iterable[str]:
    """The item that an id or an address stands for: itself, else the one known longest under it, so far as there is."""
    key = member_key(member) if is_address(member) else id_key(member)
    found = writing.candidates({key}).get(key, [])
    if not is_address(member) and (member in found or writing.first_seen(member) is not None):
        return [member]
    return found[:1]
