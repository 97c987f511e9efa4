"""The parts of a list's page: which items stand on it, its pager, its form.

Its one rule: a page asks the store a fixed number of questions, however long the list.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cecc_feeds import times
from cecc_feeds.changes import Change
from cecc_feeds.fields import CHANGES
from cecc_feeds.model import Kept
from cecc_feeds.query import Day, Query
from cecc_feeds.web.site import Listing, Site

DIRECTIONS = {"start": ("Earlier", "Later"), "published": ("Newer", "Older"), "updated": ("Newer", "Older")}

FIELDS = ("type", "topic", "q", "from", "to", "change", "archive")
"""The parameters that the form sets anew; the others go along hidden."""

SPELLED = {"place": "New place", "text": "New text", "date": "New date"}
CHANGE_WORDS = {kind: SPELLED.get(kind, kind.capitalize()) for kind in CHANGES}


@dataclass(frozen=True, slots=True)
class Part:
    """One page of a list: `coming` and `past` are None where the list is not parted by today."""

    items: tuple[Kept, ...]
    total: int
    page: int
    pages: int
    coming: tuple[Kept, ...] | None = None
    awaited: int = 0
    """How many are coming, on all pages."""
    changes: tuple[Change, ...] = ()
    """What a list of changes holds instead of items."""


@dataclass(frozen=True, slots=True)
class Pager:
    """The way to the neighbouring pages: label and query string each, None at an end."""

    page: int
    pages: int
    before: tuple[str, str] | None
    after: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a select."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Form:
    """The form that narrows a list. A select is empty where the list's own path settles it already."""

    words: str
    types: tuple[Choice, ...]
    topics: tuple[Choice, ...]
    changes: tuple[Choice, ...]
    start: Day | None
    until: Day | None
    hidden: tuple[tuple[str, str], ...]
    narrowed: bool


def part(site: Site, query: Query) -> Part:
    """The page of a list that a query asks for. Events begin with the coming ones, unless an order is asked for."""
    size = query.page_size
    whole = query.without("page", "limit")
    skipped = (query.page - 1) * size
    if query.scope == "changes":
        told = site.store.ledger.find(query, today=site.today)
        total = site.store.ledger.count(query, today=site.today)
        changes = tuple(local(change, site.edition.zone) for change in told)
        return Part((), total, query.page, _pages(total, size), changes=changes)
    total = site.store.count(whole, today=site.today)
    if not parted(query):
        found = site.store.find(whole, today=site.today, offset=skipped, size=size)
        return Part(tuple(found), total, query.page, _pages(total, size))
    awaited = site.store.count(coming(whole), today=site.today)
    first = site.store.find(coming(whole), today=site.today, offset=skipped, size=size) if skipped < awaited else []
    over = site.store.count(past(whole), today=site.today)
    rest = newest_past(site, whole, over, offset=max(0, skipped - awaited), size=size - len(first))
    return Part(tuple(rest), total, query.page, _pages(awaited + over, size), tuple(first), awaited)


def local(change: Change, zone: str) -> Change:
    """The same change with its moment as clocks of the zone show it."""
    return replace(change, at=change.at.astimezone(times.zone(zone)))


def _pages(total: int, size: int) -> int:
    return max(1, -(-total // size))


def parted(query: Query) -> bool:
    """Whether a list begins with the coming events: no order was asked for."""
    settled = query.base.ordering if query.base and any(part.order for part in query.base.all()) else "start"
    return query.by_event and query.order is None and settled == "start"


def coming(query: Query) -> Query:
    """The events of a list that are not over yet, soonest first."""
    return Query(only="events", base=query, start=Day(), order="start")


def past(query: Query) -> Query:
    """The events of a list that began before today: those that are over, and those of several days that go on."""
    return Query(only="events", base=query, until=Day(days=-1), order="start")


def newest_past(site: Site, query: Query, total: int, *, offset: int, size: int) -> list[Kept]:
    """The events of a list that are over, newest first, from the `offset`-th of the `total` that `past` counts."""
    end = total - offset
    if end <= 0 or size <= 0:
        return []
    found = site.store.find(past(query), today=site.today, offset=max(0, end - size), size=min(size, end))
    return [kept for kept in reversed(found) if kept.item.event and kept.item.event.last_day < site.today]


def pager(query: Query, part: Part) -> Pager:
    """The pager below one page of a list; from beyond the end it leads back to the last page."""
    before, after = DIRECTIONS["published" if part.coming is not None else query.ordering]

    def to(label: str, page: int) -> tuple[str, str]:
        args = replace(query, page=page, alarm=None, busy=False, cancelled=None).to_args()
        return label, f"?{args}" if args else ""

    return Pager(
        page=part.page,
        pages=part.pages,
        before=to(before, min(part.page - 1, part.pages)) if part.page > 1 else None,
        after=to(after, part.page + 1) if part.page < part.pages else None,
    )


def form(listing: Listing, types: Mapping[str, str], topics: Mapping[str, str]) -> Form:
    """The form of a list, showing what is asked now; `types` and `topics` are all names by slug."""
    query = listing.query
    settled = query.base.all() if query.base else ()
    hidden = replace(query, page=1, alarm=None, busy=False, cancelled=None).pairs()
    return Form(
        words=" ".join(query.words),
        types=() if any(part.types for part in settled) else _choices(types, query.types, "Any type"),
        topics=() if any(part.topics for part in settled) else _choices(topics, query.topics, "Any topic"),
        changes=_choices(CHANGE_WORDS, query.change, "Anything") if query.scope == "changes" else (),
        start=query.start,
        until=query.until,
        hidden=tuple((name, value) for name, value in hidden if name not in FIELDS),
        narrowed=bool(query.without("page", "limit", "order", "alarm", "busy", "cancelled").pairs()),
    )


def _choices(names: Mapping[str, str], asked: tuple[str, ...], nothing: str) -> tuple[Choice, ...]:
    """Every name, and one more choice for what a select cannot say: several at once, or a slug nobody knows."""
    single = asked[0] if len(asked) == 1 and asked[0] in names else ""
    several = asked if asked and not single else ()
    label = " or ".join(names.get(slug, slug) for slug in several)
    return (
        Choice("", nothing, chosen=not asked),
        *([Choice(",".join(several), label, chosen=True)] if several else []),
        *(Choice(slug, name, chosen=slug == single) for slug, name in in_order(names)),
    )


def in_order(names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Slugs and names as people look them up."""
    return sorted(names.items(), key=lambda pair: (pair[1].casefold(), pair[0]))
