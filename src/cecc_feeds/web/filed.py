"""Addresses of an exported site: pages and months of lists, which are parameters where we answer, are files there.

Its one rule: an address is another one only where it has to be, and `asked` gives back what `filed` was given.
"""

import re
from dataclasses import asdict, dataclass
from urllib.parse import parse_qsl

from cecc_feeds.model import Edition, Feed
from cecc_feeds.render import FORMATS

PARTS = ("archive", "page")
"""The parameters that are parts of a file's path, in their order there."""

ENDS = "|".join(map(re.escape, FORMATS))
LIST = re.compile(rf"(?P<path>.*?)(?P<suffix>{ENDS}|)")
FILE = re.compile(
    rf"(?P<path>/.+?)(?:/archive/(?P<archive>[0-9]{{4}}-[0-9]{{2}}))?(?:/page/(?P<page>[0-9]+))?(?P<suffix>{ENDS}|)"
)


@dataclass(frozen=True, slots=True)
class FiledEdition(Edition):
    """The edition of a site that is exported: a file server looks at no parameter."""

    @classmethod
    def of(cls, edition: Edition) -> "FiledEdition":
        return cls(**asdict(edition))


class FiledFeed(Feed):
    """A feed of such a site. Its id is that of the feed that we answer: a reader of both has it once."""

    __slots__ = ()

    def url(self, suffix: str = "") -> str:
        return filed(Feed.url(self, suffix))


def filed(address: str) -> str:
    """`/items.atom?page=2` as `/items/page/2.atom`, `?archive=2026-04` likewise; every other address as it is."""
    head, _, query = address.partition("?")
    given = dict(parse_qsl(query))
    if not given or not given.keys() <= set(PARTS):
        return address
    found = LIST.fullmatch(head)
    assert found is not None  # noqa: S101 - it matches everything
    return "/".join([found["path"], *(f"{name}/{given[name]}" for name in PARTS if name in given)]) + found["suffix"]


def asked(path: str) -> str:
    """The path of a file as the address that we answer it under: `/items/page/2.atom` as `/items.atom?page=2`."""
    found = FILE.fullmatch(path)
    if not found or not (found["archive"] or found["page"]):
        return path
    # The one spelling has the page before the month (`Query.pairs`).
    args = [f"{name}={found[name]}" for name in reversed(PARTS) if found[name]]
    return f"{found['path']}{found['suffix']}?{'&'.join(args)}"


def spelled(edition: Edition, address: str) -> str:
    """The address of a list as an edition has it."""
    return filed(address) if isinstance(edition, FiledEdition) else address
