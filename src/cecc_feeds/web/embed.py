"""Embeds: a list or an item as a page made to stand in pages of others, and the code that puts it there.

Its one rule: the selection is that of the list's own page; whatever is wrong is said in the frame, in one sentence.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from urllib.parse import quote, unquote

from markupsafe import Markup

from cecc_feeds import times
from cecc_feeds.changes import Change
from cecc_feeds.errors import QueryError
from cecc_feeds.model import Edition, Event, Kept
from cecc_feeds.query import NEWS_MOST, Query
from cecc_feeds.web import addresses, http, lists
from cecc_feeds.web.follow import feed_url
from cecc_feeds.web.http import HTML, Answer
from cecc_feeds.web.paper import ENVIRONMENT, STATIC
from cecc_feeds.web.service import Args, Missing, Moved, Service, View
from cecc_feeds.web.site import Listing, Site, time_of

THEMES = ("auto", "light", "dark")
SIZE = 5
"""How many entries an embed shows unless a limit is asked for."""

MOVES = 50
"""How many of the newest moves are looked through for those of the events shown."""

SCRIPT_CACHE = "public, max-age=3600, stale-while-revalidate=86400, stale-if-error=604800"
EVENTS = "/events"
OF_FEEDS_ALONE = ("page", "archive", "alarm", "busy", "cancelled")
"""The parameters that mean nothing in an embed."""


@dataclass(frozen=True, slots=True)
class EmbedCode:
    """HTML to put into a page: the web component with its script, or the frame alone."""

    component: str
    iframe: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What an embed shows of a list; `moved` says by id how coming events moved. `awaited`: nothing is coming, so
    these are the most recent."""

    items: tuple[Kept, ...] = ()
    changes: tuple[Change, ...] = ()
    moved: Mapping[str, str] | None = None
    awaited: bool = False


def address(edition: Edition, path: str, query: Query) -> str:
    """The address of the page that embeds the list at a path as a query narrows it."""
    args = _asked(query).to_args()
    return f"{edition.base_url}{_embedded(path)}" + (f"?{args}" if args else "")


def _asked(query: Query) -> Query:
    """The query with what means nothing in an embed taken out, and a limit that only calendars take."""
    kept = query.without(*OF_FEEDS_ALONE)
    return kept.without("limit") if (kept.limit or 0) > NEWS_MOST else kept


def _embedded(path: str) -> str:
    return "/embed" if path == EVENTS else f"/embed{path}"


def code(edition: Edition, path: str, query: Query, title: str = "") -> EmbedCode:
    """The code that embeds the list at a path, percent-encoded, as a query of its page narrows it.

    `title` names it for those who see no more than a link.
    """
    named = title or edition.publisher
    asked = _asked(query)
    pairs = asked.pairs()
    if path != EVENTS:
        pairs.insert(0, ("path", unquote(path)))
    attributes = Markup(" ").join(Markup('{}="{}"').format(name, value) for name, value in pairs)
    if path.startswith("/feeds/") and not query.by_event:
        attributes += " news"
    link = Markup('<a href="{}">{}</a>').format(feed_url(edition, path, "", asked.without("limit", "order")), named)
    script = Markup('<script async src="{}"></script>').format(f"{edition.base_url}/embed.js")
    component = Markup("{}\n<cecc-events{}>{}</cecc-events>").format(
        script, Markup(" ") + attributes if attributes else "", link
    )
    return EmbedCode(str(component), frame(address(edition, path, query), named))


def frame(url: str, title: str, width: int | str = "100%", height: int = 480) -> str:
    """The frame around an embed; `data-cecc` lets `embed.js` fit its height, where the host has it."""
    return str(
        Markup(
            '<iframe src="{}" title="{}" width="{}" height="{}" loading="lazy" frameborder="0" data-cecc></iframe>'
        ).format(url, title, width, height)
    )


def of_list(path: str) -> View:
    return lambda site, args: _answer(site, args, path)


def of_part(folder: str) -> View:
    return lambda site, args, name: _answer(site, args, f"{folder}/{name}")


def of_item(site: Site, args: Args, name: str) -> Answer:
    return _answer(site, args, name, item=True)


def _answer(site: Site, args: Args, path: str, *, item: bool = False) -> Answer:
    """The page; what is not there, or cannot be understood, is told in a page that may be framed as well."""
    try:
        theme = _theme(args)
    except QueryError as error:
        return _told(site, 400, f"{error}.", "auto")
    try:
        return _item(site, path, theme) if item else _list(site, args, path, theme)
    except QueryError as error:
        return _told(site, 400, f"{error}.", theme)
    except Missing as error:
        return _told(site, error.status, error.sentence, theme)


def _theme(args: Args) -> str:
    theme = (args.get("theme") or ["auto"])[-1].strip().lower() or "auto"
    if theme not in THEMES:
        raise QueryError("theme", f"takes {', '.join(THEMES)}")
    return theme


def list_at(site: Site, path: str) -> tuple[Listing, str]:
    """The list at a decoded path and its suffix, also where it is called otherwise now. Raises Missing."""
    try:
        found = addresses.list_at(site, path)
    except Moved as moved:
        found = addresses.list_at(site, unquote(moved.path))
    if found is None:
        raise Missing(f"There is no list at {path}.")
    return found


def item_at(site: Site, name: str) -> tuple[Kept, str]:
    """The item at the last segment of its address and its suffix, or the item that stands for it. Raises Missing."""
    kept, suffix = addresses.item_at(site, name)
    if kept is None:
        raise Missing(f'There is no item "{name}" here.')
    return kept, suffix


def _page_alone(suffix: str) -> None:
    if suffix:
        raise Missing("A page is embedded under its address without a suffix.")


def _list(site: Site, args: Args, path: str, theme: str) -> Answer:
    whole, suffix = list_at(site, path)
    _page_alone(suffix)
    listing = addresses.narrowed(site, args, whole, "")
    query = listing.query.without(*OF_FEEDS_ALONE)
    asked = query.describe(site.names_for(query))
    own = feed_url(site.edition, listing.path, "", query.without("limit"))
    return _page(
        site,
        theme,
        title=f"{listing.title}: {asked}" if asked else listing.title,
        canonical=own,
        shown=shown(site, query),
        by_event=query.by_event,
        follow=f"{own}#follow",
    )


def _item(site: Site, name: str, theme: str) -> Answer:
    kept, suffix = item_at(site, name)
    _page_alone(suffix)
    return _page(
        site,
        theme,
        200 if kept.withdrawn is None else 410,
        title=kept.item.heading,
        head=kept.item.type,
        canonical=site.edition.item_url(quote(kept.item.id)),
        shown=Shown((kept,), moved=_moves(site, (kept,))),
        by_event=kept.item.event is not None,
        follow="",
    )


def _told(site: Site, status: int, sentence: str, theme: str) -> Answer:
    events = f"{site.edition.base_url}{EVENTS}"
    return _page(
        site, theme, status, title="Nothing to show", canonical=events, sentence=sentence, shown=Shown(), by_event=True
    )


def _page(site: Site, theme: str, status: int = 200, **values: object) -> Answer:
    given = {"sentence": "", "follow": "", "head": values["title"], **values}
    template = ENVIRONMENT.get_template("embed.html")
    body = template.render(at=site.at, edition=site.edition, theme=theme, clocks=clocks, time_of=time_of, **given)
    cache = http.PAGE_CACHE if status == 200 else http.FAULT_CACHE
    return Answer(body.encode(), HTML, status=status, cache=cache, framed=True)


def shown(site: Site, query: Query) -> Shown:
    """What an embed shows of a list: the coming events, the soonest first, and where there are none the most recent.

    A withdrawn one stays among the coming: who saw it there must not think that it takes place. Lists of other things,
    and lists of asked days or in an asked order, are shown as they are.
    """
    size = query.limit or SIZE
    whole = query.without("limit")
    if query.scope == "changes":
        told = site.store.ledger.find(replace(query, limit=size), today=site.today)
        return Shown(changes=tuple(lists.local(change, site.edition.zone) for change in told))
    parted = lists.parted(query)
    if not parted or query.start or query.until:
        found = site.store.find(replace(whole, order="start") if parted else whole, today=site.today, size=size)
        return Shown(tuple(found), moved=_moves(site, found))
    soon = site.store.find(lists.coming(whole), today=site.today, size=size, withdrawn=True)
    if soon:
        return Shown(tuple(soon), moved=_moves(site, soon))
    over = site.store.count(lists.past(whole), today=site.today)
    return Shown(tuple(lists.newest_past(site, whole, over, offset=0, size=size)), awaited=True)


def _moves(site: Site, found: list[Kept] | tuple[Kept, ...]) -> dict[str, str]:
    """By id how events that are still to take place moved last, in a sentence."""
    ahead = {kept.item.id for kept in found if _is_ahead(kept, site.today)}
    if not ahead:
        return {}
    moves = site.store.ledger.find(Query(only="changes", change=("moved",), limit=MOVES), today=site.today)
    return {
        change.item.id: one.sentence
        for change in reversed(moves)
        for one in change.differences
        if one.kind == "moved" and change.item.id in ahead
    }


def _is_ahead(kept: Kept, today: date) -> bool:
    event = kept.item.event
    return bool(event and event.last_day >= today and not kept.called_off and event.standing != "postponed")


def clocks(event: Event) -> str:
    """The hours of an event without its day, `9:30–11:00 a.m.`; with both days where it ends on another; else ""."""
    if not isinstance(event.start, datetime):
        return ""
    words = times.span_words(event.start, event.end, tzname=False)
    return words.removeprefix(f"{times.day_words(event.start)}, ") if event.last_day == event.first_day else words


def script(_service: Service) -> Answer:
    """The web component under its lasting address; `/static/embed.js?v=…` is the same for ever."""
    return Answer((STATIC / "embed.js").read_bytes(), "text/javascript; charset=utf-8", cache=SCRIPT_CACHE)


ROUTES: tuple[tuple[str, View], ...] = (
    *((_embedded(f"/{name}"), of_list(f"/{name}")) for name in addresses.WHOLE),
    *((f"/embed/{kind}/<name>", of_part(f"/{kind}")) for kind in addresses.NAMED),
    ("/embed/items/<name>", of_item),
)
