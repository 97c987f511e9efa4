"""Facets: the types, topics and years that a list can be narrowed to, and what it is narrowed to already.

Its one rule: a count is shown where it is at hand or a list is short, never where it would take a walk through all.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, partial
from typing import Literal

from cecc_feeds.query import Day, Query
from cecc_feeds.web.lists import CHANGE_WORDS
from cecc_feeds.web.site import Kind, Listing, Site

COUNTED = 500
"""Up to how many items of a list are looked at to count what they are."""

SHOWN = 12
"""How many types or topics are named, those of most items first."""

YEARS_SHOWN = 30

Field = Literal["types", "topics"]
FIELDS: tuple[tuple[Kind, Field, str], ...] = (("type", "types", "Type"), ("topic", "topics", "Topic"))


@dataclass(frozen=True, slots=True)
class Counts:
    """How many items of a list are of each type, topic and year; None where that is not at hand."""

    types: Mapping[str, int] | None = None
    topics: Mapping[str, int] | None = None
    years: Mapping[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """One way to narrow or to widen a list: its words, the list's query string then, how many that are (None: many)."""

    label: str
    args: str
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Facet:
    """One property that a list can be narrowed by; `index` is the page of all its values, "" where all are named."""

    name: str
    values: tuple[Value, ...]
    index: str = ""


def facets(site: Site, listing: Listing) -> tuple[Facet, ...]:
    """What a list can be narrowed to, or, where it is narrowed so already, widened by.

    None of a list of changes, and none in files, which no parameter narrows.
    """
    query = listing.query
    if query.scope == "changes" or site.static:
        return ()

    @cache
    def of(rest: Query) -> Counts:
        return _counts(site, rest)

    found = [
        _of_field(site, query, about, getattr(of(_rest(query, about[1])), about[1]))
        for about in FIELDS
        if not _settled(query, about[1])
    ]
    if not _dated(query):
        found.append(_of_years(query, of(_rest(query, "start", "until")).years))
    return tuple(facet for facet in found if facet.values)


def _rest(query: Query, *names: str) -> Query:
    return query.without(*names, "page", "limit", "order", "alarm", "busy", "cancelled")


def _settled(query: Query, field: Field) -> bool:
    """Whether the list's own path says it."""
    return any(getattr(part, field) for part in query.all()[1:])


def _dated(query: Query) -> bool:
    """Whether the list is of some other time than a year."""
    settled = any(part.start or part.until for part in query.all()[1:])
    return settled or query.archive is not None or (bool(query.start or query.until) and year_of(query) is None)


def _counts(site: Site, query: Query) -> Counts:
    """Of a short list what it holds, else what is kept ready: of all items, of all events."""
    browsing = site.store.browsing
    made = browsing.make_up(query, today=site.today, most=COUNTED)
    if made is not None:
        return Counts(made.types, made.topics, made.years)
    if query != Query(only=query.only):
        return Counts()
    if not query.by_event:
        return Counts(site.store.counts("type"), site.store.counts("topic"))
    years: dict[int, int] = {}
    for year, _, events in site.store.months():
        years[year] = years.get(year, 0) + events
    return Counts(browsing.event_counts("type"), browsing.event_counts("topic"), years)


def _of_field(site: Site, query: Query, about: tuple[Kind, Field, str], counts: Mapping[str, int] | None) -> Facet:
    kind, field, name = about
    known, chosen = site.names[kind], getattr(query, field)
    rank = site.store.counts(kind) if counts is None else counts
    slugs = sorted((slug for slug in rank if slug not in chosen), key=lambda slug: (-rank[slug], known.get(slug, slug)))
    values = tuple(
        Value(
            known.get(slug, slug),
            args(query, **{field: tuple(sorted((*chosen, slug)))}),
            None if counts is None else counts[slug],
        )
        for slug in slugs[:SHOWN]
    )
    return Facet(name, values, f"/{kind}s" if len(slugs) > SHOWN else "")


def _of_years(query: Query, counts: Mapping[int, int] | None) -> Facet:
    chosen = year_of(query)
    values = (
        Value(str(year), args(query, start=_first(year), until=_last(year)), count)
        for year, count in sorted((counts or {}).items(), reverse=True)
        if year != chosen
    )
    return Facet("Year", tuple(values)[:YEARS_SHOWN])


def _first(year: int) -> Day:
    return Day(fixed=date(year, 1, 1))


def _last(year: int) -> Day:
    return Day(fixed=date(year, 12, 31))


def year_of(query: Query) -> int | None:
    """The year that `from` and `to` begin and end, if they do."""
    year = query.start.fixed.year if query.start and query.start.fixed else 0
    return year if year and (query.start, query.until) == (_first(year), _last(year)) else None


def args(query: Query, **changes: object) -> str:
    """The query string of the first page of the list narrowed otherwise."""
    plain = replace(query, page=1, alarm=None, busy=False, cancelled=None)
    spelled = replace(plain, **changes).to_args()  # type: ignore[arg-type]
    return f"?{spelled}" if spelled else ""


def chosen(site: Site, query: Query) -> tuple[Value, ...]:
    """What the list is narrowed to beyond its path: each with the list without it."""
    found = []
    for kind, field, _ in FIELDS:
        names = site.names[kind] if getattr(query, field) else {}
        found += _each(query, field, partial(_named, names))
    found += _each(query, "words", lambda word: f"“{word}”")
    year = year_of(query)
    if year is not None:
        found.append(Value(str(year), args(query, start=None, until=None)))
    else:
        found += [Value(f"From {query.start}", args(query, start=None))] if query.start else []
        found += [Value(f"To {query.until}", args(query, until=None))] if query.until else []
    found += _each(query, "status", str.capitalize)
    found += _each(query, "change", lambda kind: CHANGE_WORDS[kind])
    if query.archive:
        found.append(Value(f"{query.archive:%Y-%m}", args(query, archive=None)))
    return tuple(found)


def _named(names: Mapping[str, str], slug: str) -> str:
    return names.get(slug, slug)


def _each(query: Query, field: str, label: Callable[[str], str]) -> list[Value]:
    values: tuple[str, ...] = getattr(query, field)
    return [Value(label(one), args(query, **{field: tuple(v for v in values if v != one)})) for one in values]
