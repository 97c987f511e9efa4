"""Same: what only people know — which items are one, which are two, and what is now called otherwise.

Its one rule: it says what holds, whatever the records look like; it never changes a record that a source told.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from cecc_feeds import identity, text
from cecc_feeds.model import Item


@dataclass(frozen=True, slots=True)
class Same:
    """The statements of `same.toml`.

    `one` and `apart` are groups of ids or addresses; `types` and `topics` lead from old slugs to present names, `feeds`
    from old names to present ones, to the end of each chain.
    """

    one: tuple[tuple[str, ...], ...] = ()
    apart: tuple[tuple[str, ...], ...] = ()
    types: Mapping[str, str] = field(default_factory=dict)
    topics: Mapping[str, str] = field(default_factory=dict)
    feeds: Mapping[str, str] = field(default_factory=dict)

    def called_now(self, item: Item) -> Item:
        """The item under the present names of its type and topics."""
        kind = self.types.get(item.type_slug, item.type)
        topics = [self.topics.get(text.slug(topic), topic) for topic in item.topics]
        if kind == item.type and topics == list(item.topics):
            return item
        once = {text.slug(topic): topic for topic in reversed(topics)}
        return item.model_copy(update={"type": kind, "topics": tuple(reversed(once.values()))})

    def told_apart(self, one: Item, other: Item) -> bool:
        """Whether two items were said to be two."""
        return _in_one_group(self.apart, one, other)

    def told_one(self, one: Item, other: Item) -> bool:
        """Whether two items were said to be one."""
        return _in_one_group(self.one, one, other)

    def silences(self, one: Item, other: Item) -> bool:
        """Whether people have said of two items whether they are one."""
        return self.told_apart(one, other) or self.told_one(one, other)


NOTHING_SAID = Same()


def is_address(member: str) -> bool:
    """Whether a member of a group is an address rather than an id."""
    return "://" in member


@cache
def member_key(member: str) -> str:
    """What an item that a member of a group names is known by: an id, or the key of an address."""
    return identity.address_key(member) if is_address(member) else member


def _names(item: Item) -> set[str]:
    """All that an item can be named by in a group."""
    return {item.id, *([identity.address_key(item.url)] if item.url else [])}


def _in_one_group(groups: Iterable[tuple[str, ...]], one: Item, other: Item) -> bool:
    """Whether different members of one group name the two."""
    if not groups:
        return False
    for group in groups:
        keys = {member_key(member) for member in group}
        first, second = (keys & _names(item) for item in (one, other))
        if first and second and len(first | second) > 1:
            return True
    return False
