"""The feed builder: a form that makes the address of a list, and shows what that list holds.

Its one rule: what it shows is what the address gives, by the very functions that answer it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cecc_feeds.fields import STATUSES
from cecc_feeds.model import Kept
from cecc_feeds.query import CALENDAR_MOST, NEWS_MOST, Day, Query
from cecc_feeds.web import addresses, embed, feeds, lists, pages
from cecc_feeds.web.addresses import WHOLE
from cecc_feeds.web.follow import alternates, feed_url, follow
from cecc_feeds.web.measure import Limit, calendar_name, compressed, limits
from cecc_feeds.web.service import Args
from cecc_feeds.web.site import Kind, Listing, Site

FIELDS = ("type", "topic", "q", "from", "to", "status", "cancelled", "alarm", "busy", "limit")
"""The parameters that the builder asks for."""

HOW = ("alarm", "busy", "cancelled", "limit")
"""The fields of a query that choose no items but say how they are told."""

SHOWN, NEWEST = 5, 5

STARTS = ("today", "-30d", "-90d", "-1y")
ENDS = ("today", "+30d", "+90d", "+1y")
ALARMS = (("0", "When it begins"), ("15", "15 minutes before"), ("60", "1 hour before"), ("1440", "1 day before"))
CANCELLED = (
    ("status", "Marked as cancelled"),
    ("keep", "Kept with CANCELLED in the title, for apps that hide cancelled events"),
    ("drop", "Left out"),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose; `count` is how many items it holds, None where that is not told."""

    value: str
    label: str
    chosen: bool
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """The builder's form, showing what is chosen."""

    types: tuple[Choice, ...]
    topics: tuple[Choice, ...]
    words: str
    starts: tuple[Choice, ...]
    start: str
    ends: tuple[Choice, ...]
    end: str
    status: tuple[Choice, ...]
    cancelled: tuple[Choice, ...]
    alarms: tuple[Choice, ...]
    busy: bool
    limit: int | None
    most: int = CALENDAR_MOST
    opened: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What a choice gives: the calendar as apps show it and what it weighs, some of what it holds, code for a site."""

    name: str
    url: str
    page: str
    events: int
    note: str
    size: int
    coded: int
    limits: tuple[Limit, ...]
    coming: tuple[Kept, ...]
    past: tuple[Kept, ...]
    newest: tuple[Kept, ...]
    component: str
    frame: str
    unknown: tuple[str, ...]

    @property
    def fits(self) -> bool:
        return all(limit.kept for limit in self.limits)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The lists that a choice means: of the calendar and of the news, one and the same where it has its own path."""

    calendar: Listing
    news: Listing


def page(site: Site, args: Args) -> str:
    """The builder. Raises QueryError; where no form is answered, a page of all ready-made lists."""
    if site.static:
        return pages.filled(
            site,
            "ready_made.html",
            title="Subscribe",
            description="Every calendar and news feed that is here, each under a lasting address.",
            canonical="/subscribe",
            section="/subscribe",
            kinds=pages.ready_made(site),
        )
    asked = {name: list(args[name]) for name in FIELDS if name in args}
    query = site.present(Query.from_args(asked, only="calendar"))
    chosen = _chosen(site, query)
    result = _result(site, chosen, query)
    return pages.filled(
        site,
        "subscribe.html",
        title="Subscribe",
        description="Choose what to follow, and get a calendar and news feeds of exactly that.",
        canonical="/subscribe",
        section="/subscribe",
        alternates=alternates(site.edition, chosen.calendar, result.name) if query.pairs() else (),
        form=_form(site, query),
        result=result,
        follow=replace(follow(site, chosen.calendar, result.name, calendar=True, news=chosen.news), builder=""),
    )


def _chosen(site: Site, query: Query) -> Chosen:
    """One type or topic alone has a path of its own, which is shorter and says what it is."""
    names: list[tuple[Kind, str]] = [("type", slug) for slug in query.types]
    names += [("topic", slug) for slug in query.topics]
    alone = query.without(*HOW, "types", "topics") == Query(only="calendar")
    if alone and len(names) == 1 and names[0][1] in site.names[names[0][0]]:
        listing, _ = addresses.of_kind(site, *names[0])
        one = replace(listing, query=replace(query.without("types", "topics"), base=listing.query))
        return Chosen(one, one)
    return Chosen(replace(WHOLE["events"], query=query), replace(WHOLE["items"], query=replace(query, only="items")))


def _result(site: Site, chosen: Chosen, query: Query) -> Result:
    feed, selection = feeds.composed(site, chosen.calendar, ".ics")
    body = feeds.answer(feed, selection, ".ics", ()).body
    url = feed_url(site.edition, chosen.calendar.path, ".ics", chosen.calendar.query)
    room = min(SHOWN, query.limit or SHOWN)
    narrowed = chosen.calendar.query
    coming = site.store.find(lists.coming(narrowed), today=site.today, size=room, withdrawn=True)
    over = site.store.count(lists.past(narrowed), today=site.today)
    page = feed_url(site.edition, chosen.calendar.path, "", _shown(narrowed))
    embedded = embed.code(site.edition, "/events", replace(query, limit=query.limit or embed.SIZE), feed.title)
    return Result(
        name=calendar_name(body),
        url=url,
        page=page,
        events=len(selection.entries),
        note=feed.note,
        size=len(body),
        coded=compressed(body),
        limits=limits(url, body, len(selection.entries)),
        coming=tuple(coming),
        past=tuple(lists.newest_past(site, narrowed, over, offset=0, size=room - len(coming))),
        newest=tuple(site.store.find(replace(chosen.news.query, limit=None), today=site.today, size=NEWEST)),
        component=embedded.component,
        frame=embedded.iframe,
        unknown=unknown(site, query),
    )


def _shown(query: Query) -> Query:
    """The query as a page takes it: no more than it shows."""
    return query.without("limit") if (query.limit or 0) > NEWS_MOST else query


def unknown(site: Site, query: Query) -> tuple[str, ...]:
    """A sentence for each type or topic of a query that nothing ever had."""
    named: tuple[tuple[Kind, tuple[str, ...]], ...] = (("type", query.types), ("topic", query.topics))
    return tuple(
        f'There is no {kind} "{slug}", and nothing is found by it; {kind}s are listed at /{kind}s.'
        for kind, slugs in named
        for slug in slugs
        if slug not in site.names[kind]
    )


def _form(site: Site, query: Query) -> Form:
    return Form(
        types=_known(site, "type", query.types),
        topics=_known(site, "topic", query.topics),
        words=" ".join(query.words),
        starts=_days(query.start, STARTS, "Any day", "From"),
        start=str(query.start) if query.start and not query.start.relative else "",
        ends=_days(query.until, ENDS, "Any day", "To"),
        end=str(query.until) if query.until and not query.until.relative else "",
        status=tuple(Choice(one, one.capitalize(), one in query.status) for one in STATUSES),
        cancelled=tuple(Choice(value, label, value == query.cancelled_as) for value, label in CANCELLED),
        alarms=_alarms(query.alarm),
        busy=query.busy,
        limit=query.limit,
        opened=bool(query.status) or query.without(*HOW) != query,
    )


def _known(site: Site, kind: Kind, chosen: tuple[str, ...]) -> tuple[Choice, ...]:
    """All names there are, those chosen that there are not first."""
    names, counts = site.names[kind], site.store.counts(kind)
    strange = [(slug, slug) for slug in chosen if slug not in names]
    return tuple(
        Choice(slug, name, slug in chosen, counts.get(slug, 0)) for slug, name in (*strange, *lists.in_order(names))
    )


def _days(day: Day | None, offered: Sequence[str], nothing: str, before: str) -> tuple[Choice, ...]:
    """Days by their distance from today, with the one that is chosen."""
    chosen = str(day) if day and day.relative else ""
    values = [*offered, *([chosen] if chosen and chosen not in offered else [])]
    return (
        Choice("", nothing, not chosen),
        *(Choice(value, f"{before} {Day.parse(value).in_words}", value == chosen) for value in values),
    )


def _alarms(minutes: int | None) -> tuple[Choice, ...]:
    chosen = "" if minutes is None else str(minutes)
    known = dict(ALARMS)
    others = () if chosen in ("", *known) else ((chosen, f"{int(chosen):,} minutes before"),)
    return (
        Choice("", "No reminder", not chosen),
        *(Choice(value, label, value == chosen) for value, label in (*ALARMS, *others)),
    )
