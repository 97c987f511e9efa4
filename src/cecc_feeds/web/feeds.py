"""Feeds: a list in one format, and one item in one format, as answers.

Its one rule: the path decides the format, the query the selection; the bytes come from the store, the head from here.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from functools import lru_cache
from urllib.parse import quote, unquote

from cecc_feeds import text, times
from cecc_feeds.changes import Change
from cecc_feeds.errors import RenderError
from cecc_feeds.model import Edition, Feed, Kept, record_line
from cecc_feeds.query import CALENDAR_MOST, NEWS_MOST, Query
from cecc_feeds.render import FORMATS, Format, item_feed
from cecc_feeds.store import Selection
from cecc_feeds.store.selection import month_after
from cecc_feeds.web.filed import FiledFeed
from cecc_feeds.web.follow import canonical, listed, spelt, suffixes
from cecc_feeds.web.http import FEED_CACHE, Answer, fault
from cecc_feeds.web.site import Listing, Site

log = logging.getLogger(__name__)

MEDIA_TYPES = {suffix: made.media_type.partition(";")[0] for suffix, made in FORMATS.items()}


def list_feed(site: Site, listing: Listing, suffix: str) -> Answer:
    """A list as a feed: its kept entries between a head and a tail."""
    feed, selection = composed(site, listing, suffix)
    return answer(feed, selection, suffix, suffixes(listing.query))


def composed(site: Site, listing: Listing, suffix: str) -> tuple[Feed, Selection]:
    """What a feed says of itself, and what it holds."""
    made = FORMATS[suffix]
    query = canonical(listing.query, suffix)
    selection = _selected(site, query, made)
    if query.archive and _closed(query.archive, site.today):
        at = times.utc(times.sort_instant(month_after(query.archive), times.zone(site.edition.zone)))
        selection = replace(selection, modified=max(selection.modified, at))
    if listing.changed is not None:
        selection = replace(selection, modified=max(selection.modified, listing.changed))
    feed = _feed(site, listing if query is listing.query else replace(listing, query=query), selection, made)
    return feed, selection


def answer(feed: Feed, selection: Selection, suffix: str, formats: Iterable[str]) -> Answer:
    """A feed as it is sent; `formats` are the suffixes that its list has."""
    made = FORMATS[suffix]
    return Answer(
        made.document(feed, selection.entries),
        made.media_type,
        modified=selection.modified,
        cache=FEED_CACHE,
        headers=(("Link", links(feed, suffix, formats)), *disposition(feed.path, suffix, "inline")),
    )


def _selected(site: Site, query: Query, made: Format) -> Selection:
    """What the feed holds: of items the kept entries, of changes entries that are written now."""
    selection = site.store.select(query, made.suffix, made.family, today=site.today)
    if query.scope != "changes" or made.notice is None:
        return selection
    told = site.store.ledger.find(query, today=site.today)
    last = times.local_day(told[-1].at, times.zone(site.edition.zone)) if told else None
    entries = tuple(_written(made.notice, change, site.edition) for change in told)
    return replace(
        selection,
        entries=[entry for entry in entries if entry is not None],
        newest=told[0].at if told else None,
        oldest=last,
    )


def _written(notice: Callable[[Change, Edition], bytes], change: Change, edition: Edition) -> bytes | None:
    """A change's entry; None where it cannot be written: the others are not kept back for it."""
    try:
        return notice(change, edition)
    except RenderError as error:
        log.warning("A change is left out of a feed: %s", error)
        return None


def _feed(site: Site, listing: Listing, selection: Selection, made: Format) -> Feed:
    query = listing.query
    return (FiledFeed if site.static else Feed)(
        edition=site.edition,
        path=listing.path,
        title=title_of(site, listing),
        description=listing.description,
        modified=selection.modified,
        args=spelt(canonical(query, "")),
        calendar_args=spelt(canonical(query, ".ics")),
        newest=selection.newest,
        zones=selection.zones,
        note=_note(query, selection, made, static=site.static),
        pages=_pages(site.edition, listing, selection, made),
        archive=bool(query.archive and _closed(query.archive, site.today)),
        deleted=tuple((site.edition.entry_id(item_id), when) for item_id, when in selection.deleted),
        alarm=query.reminder,
        busy=query.blocks_time,
        keep_cancelled=query.cancelled_as == "keep",
    )


def title_of(site: Site, listing: Listing) -> str:
    """What a feed is called: a named feed by its own name, any other with the publisher's behind it."""
    asked = listing.query.describe(site.names_for(listing.query))
    title = f"{listing.title}: {asked}" if asked else listing.title
    return title if listing.path.startswith("/feeds/") else f"{title} – {site.edition.publisher}"


def _note(query: Query, selection: Selection, made: Format, *, static: bool) -> str:
    """What was cut, and how to get the rest: in files by the pages and months that are linked."""
    shown, total = len(selection.entries), selection.total
    if shown >= total and not selection.at_least:
        return ""
    if made.family == "calendar":
        more = "" if static else f"; limit={min(total, CALENDAR_MOST)} in the address gives more"
        return f"Holds {shown:,} of {_of(selection)} events{more}."
    first = (query.page - 1) * query.page_size + 1
    which = f"{first:,} to {first + shown - 1:,}" if shown else "none"
    what = "changes" if query.scope == "changes" else "items"
    others = f"page= and limit= (up to {NEWS_MOST}) in the address give the others"
    if static:
        others = "the others are in further pages, each linked from the one before it"
    return f"Holds {which} of {_of(selection)} {what}; {others}."


def _of(selection: Selection) -> str:
    return f"{'more than ' if selection.at_least else ''}{selection.total:,}"


def _pages(edition: Edition, listing: Listing, selection: Selection, made: Format) -> dict[str, str]:
    """RFC 5005 relations of a news feed's page; none where one page holds all.

    In JSON Feed only what leads to pages that hold still, the months of the archive.
    """
    archives = _archives(edition, listing, selection, made) if made.family == "news" else {}
    if made.family == "calendar" or made.suffix == ".json":
        return archives
    query, size = listing.query, listing.query.page_size
    last = max(1, -(-(selection.total + selection.at_least) // size))
    wanted = {"first": 1, "prev": query.page - 1, "next": query.page + 1, "last": last}
    if last == 1 and query.page == 1:
        return archives
    return archives | {
        relation: listed(edition, listing.path, made.suffix, _of_page(query, number))
        for relation, number in wanted.items()
        if 1 <= number <= last and not (selection.at_least and relation == "last")
    }


def _archives(edition: Edition, listing: Listing, selection: Selection, made: Format) -> dict[str, str]:
    """From the feed to the month that its last entry is of, from month to month, and back (RFC 5005, 4).

    Only in the order of publication: in another, a month is no page of the list.
    """
    query = listing.query

    def address(month: date | None, page: int = 1) -> str:
        return listed(edition, listing.path, made.suffix, _of_month(query, month, page))

    if query.ordering != "published" or (query.page > 1 and not query.archive):
        return {}
    if query.archive is None:
        more = selection.oldest is not None and selection.cut
        return {"prev-archive": address(selection.oldest.replace(day=1))} if selection.oldest and more else {}
    found = {"current": address(None)}
    if query.page * query.page_size < selection.total + selection.at_least:
        found["prev-archive"] = address(query.archive, query.page + 1)
    elif selection.older:
        found["prev-archive"] = address(selection.older)
    return found


def _closed(month: date, today: date) -> bool:
    """Whether the month is over, so that its archive gains nothing new."""
    return month_after(month) <= today


@lru_cache(maxsize=1024)
def _of_page(query: Query, page: int) -> str:
    """As `spelt` of another page of the list: as often asked for again."""
    return spelt(replace(query, page=page))


@lru_cache(maxsize=1024)
def _of_month(query: Query, month: date | None, page: int) -> str:
    """The same of a page of a month, or (None) of the list from its beginning, at whatever length."""
    return spelt(replace(query, archive=month, page=page, limit=None))


def links(feed: Feed, suffix: str, formats: Iterable[str] = ()) -> str:
    """The Link header: the canonical address, the page for people and the other formats (RFC 8288)."""
    twins = [other for other in (formats or FORMATS) if other not in (suffix, ".csv")]
    found = [f'<{feed.url(suffix)}>; rel="self"', f'<{feed.url()}>; rel="alternate"; type="text/html"']
    found += [f'<{feed.url(other)}>; rel="alternate"; type="{MEDIA_TYPES[other]}"' for other in twins]
    found += [f'<{address}>; rel="{relation}"' for relation, address in feed.pages.items()]
    return ", ".join(found)


def disposition(path: str, suffix: str, kind: str) -> tuple[tuple[str, str], ...]:
    """Content-Disposition of a calendar: the file name is what some apps show (F56, F33)."""
    if suffix != ".ics":
        return ()
    name = text.ascii_slug(unquote(path.rsplit("/", 1)[-1]), 120) or "calendar"
    return (("Content-Disposition", f'{kind}; filename="{name}.ics"'),)


def one_item(site: Site, kept: Kept, suffix: str, query: Query) -> Answer:
    """One item in one format: its calendar, its canonical record, or a feed of one entry."""
    if suffix == ".json":
        return _record(site.edition, kept)
    made = FORMATS[suffix]
    body = site.store.entry(kept.item.id, suffix)
    if body is None:
        why = "has no event" if kept.withdrawn is None else "was withdrawn by its publisher"
        return fault(404, f"{kept.item.id} {why}, so there is nothing here.")
    modified = (kept.calendar or kept.news).at if made.family == "calendar" else kept.news.at
    feed = item_feed(kept, site.edition)
    feed = replace(
        feed,
        modified=modified,
        newest=kept.dated,
        alarm=query.reminder,
        busy=query.blocks_time,
        keep_cancelled=query.cancelled_as == "keep",
    )
    return Answer(
        made.document(feed, [body]),
        made.media_type,
        modified=modified,
        cache=FEED_CACHE,
        headers=(("Link", links(feed, suffix)), *disposition(kept.item.id, suffix, "attachment")),
    )


def _record(edition: Edition, kept: Kept) -> Answer:
    own = edition.item_url(quote(kept.item.id))
    return Answer(
        f"{record_line(kept.item)}\n".encode(),
        "application/json; charset=utf-8",
        cache=FEED_CACHE,
        headers=(("Link", f'<{own}.json>; rel="self", <{own}>; rel="alternate"; type="text/html"'),),
    )
