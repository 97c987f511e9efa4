"""The feed doctor: what a subscriber of an address of ours gets, and what is wrong with it.

Its one rule: nothing is fetched; it reads the very bytes that the address would be answered with.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import SplitResult, unquote, urlsplit

from lxml import etree

from cecc_feeds import text, times
from cecc_feeds.changes import Change
from cecc_feeds.errors import QueryError
from cecc_feeds.model import Kept
from cecc_feeds.query import PARAMETERS, Query
from cecc_feeds.render import FORMATS, lint
from cecc_feeds.web import addresses, builder, feeds, http, lists, pages
from cecc_feeds.web.coding import PLAIN
from cecc_feeds.web.follow import OF_NO_CALENDAR, OF_NO_CHANGES, OF_NO_NEWS, PICTURE, canonical, feed_url, suffixes
from cecc_feeds.web.http import Answer
from cecc_feeds.web.measure import calendar_name, compressed, limits
from cecc_feeds.web.service import Args, Missing, Moved
from cecc_feeds.web.site import Listing, Site

SCHEMES = ("http", "https", "webcal", "webcals", "feed")
SHOWN = 10
MOST_FINDINGS = 20
ALARM = re.compile(rb"BEGIN:VALARM\r\n.*?END:VALARM\r\n", re.DOTALL)
ELSEWHERE = "That is no address of this service. Its feeds begin with {base}/, and every list page names its own."
NO_FEED = "There is no feed at {path}. Every list has one: lists are at /events, /items, /types, /topics and /feeds."


@dataclass(frozen=True, slots=True)
class Held:
    """What a subscriber sees first: coming events and those that are over, items, or changes."""

    coming: tuple[Kept, ...] = ()
    over: tuple[Kept, ...] = ()
    items: tuple[Kept, ...] = ()
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Examined:
    """One feed as a subscriber gets it. `url` is its one spelling, `page` the page for people."""

    title: str
    url: str
    page: str
    format: str
    holds: str
    size: int
    coded: int
    etag: str
    last_modified: str
    modified: datetime | None
    kept_for: int
    """Minutes that a client may keep it for without asking."""
    findings: tuple[str, ...]
    held: Held = Held()


@dataclass(frozen=True, slots=True)
class Sought:
    """An address of ours: its path below the service, decoded, and its parameters."""

    path: str
    args: Args


class Unknown(Exception):
    """There is nothing to examine; the sentence says why."""


def page(site: Site, given: str) -> str:
    """What is to be said of the feed at an address, however somebody spells it; never a fault of who asks."""
    given = text.clean_line(given).strip()
    examined, refusal = None, ""
    try:
        examined = _examined(site, _sought(site, given))
    except Unknown as error:
        refusal = str(error)
    except Missing as error:
        refusal = error.sentence
    except QueryError as error:
        refusal = f"This address is answered 400 and holds nothing: {error}."
    return pages.filled(
        site,
        "doctor.html",
        title="Check a feed",
        description="What subscribers of a feed get, when it last changed, and what is wrong with it.",
        canonical="",
        section="/subscribe",
        given=given,
        examined=examined,
        refusal=refusal,
    )


def _sought(site: Site, given: str) -> Sought:
    """The address, with or without a scheme, absolute or from the root. Raises Unknown where it is not ours."""
    base = urlsplit(site.edition.base_url)
    parts = _parts(given, base.netloc)
    elsewhere = Unknown(ELSEWHERE.format(base=site.edition.base_url))
    if parts is None or len(given) > http.LONGEST_TARGET:
        raise elsewhere
    absolute = bool(parts.scheme or parts.netloc)
    if absolute and (parts.scheme not in SCHEMES or parts.netloc.lower() != base.netloc.lower()):
        raise elsewhere
    path = unquote(parts.path)
    below = base.path.rstrip("/")
    if below and path.startswith(f"{below}/"):
        path = path.removeprefix(below)
    elif below and absolute:
        raise elsewhere
    return Sought(path.rstrip("/") or "/", http.arguments(_octets(parts.query)))


def _parts(given: str, netloc: str) -> SplitResult | None:
    if not given.startswith("/") and "://" not in given:
        given = f"https://{given}" if given.lower().startswith(f"{netloc.lower()}/") else ""
    try:
        parts = urlsplit(given)
    except ValueError:
        return None
    return parts if parts.path or parts.netloc else None


def _octets(query: str) -> str:
    """A query as servers hand it on: each octet a character."""
    return query.encode(errors="replace").decode("latin-1")


def _examined(site: Site, sought: Sought) -> Examined:
    findings: list[str] = []
    try:
        found = addresses.list_at(site, sought.path)
    except Moved as moved:
        findings.append(f"It is now at {site.edition.base_url}{moved.path}; who asks at the old address is led there.")
        found = addresses.list_at(site, unquote(moved.path))
    if found is not None:
        return _list(site, sought.args, *found, findings)
    name = addresses.AN_ITEM.fullmatch(sought.path)
    kept, suffix = addresses.item_at(site, name[1]) if name else (None, "")
    if kept is None:
        raise Unknown(NO_FEED.format(path=sought.path))
    return _item(site, kept, suffix or (".ics" if kept.item.event else ".json"), sought.args)


def _list(site: Site, args: Args, listing: Listing, suffix: str, findings: list[str]) -> Examined:
    """Of a page or a QR code, the feed that its panel offers first."""
    if suffix in ("", PICTURE):
        news_only = listing.query.scope == "changes" or not (
            listing.query.by_event or site.store.count(Query(only="events", base=listing.query), today=site.today)
        )
        suffix = ".rss" if news_only else ".ics"
        findings.append(f"That is a page for people; what is examined is its feed with {suffix} behind its path.")
    narrowed = addresses.narrowed(site, args, listing, suffix)
    query = canonical(narrowed.query, suffix)
    feed, selection = feeds.composed(site, narrowed, suffix)
    answer = feeds.answer(feed, selection, suffix, suffixes(query))
    url = feed_url(site.edition, listing.path, suffix, query)
    findings += _of_arguments(args, suffix, query)
    findings += builder.unknown(site, query)
    findings += _of_holding(len(selection.entries), feed.note)
    made = _told(site, answer, suffix, url, len(selection.entries), findings)
    title = made.title or feed.title
    return replace(made, title=title, page=feed.url(), held=_held(site, query, suffix))


def _held(site: Site, query: Query, suffix: str) -> Held:
    """What a subscriber sees first of a list."""
    if query.scope == "changes":
        told = site.store.ledger.find(query, today=site.today)[:SHOWN]
        return Held(changes=tuple(lists.local(change, site.edition.zone) for change in told))
    if suffix != ".ics":
        return Held(items=tuple(site.store.find(query, today=site.today)[:SHOWN]))
    room = min(SHOWN, query.size or SHOWN)
    coming = site.store.find(lists.coming(query), today=site.today, size=room, withdrawn=True)
    over = site.store.count(lists.past(query), today=site.today)
    past = lists.newest_past(site, query, over, offset=0, size=room - len(coming))
    return Held(coming=tuple(coming), over=tuple(past))


def _item(site: Site, kept: Kept, suffix: str, args: Args) -> Examined:
    """One item's calendar or record."""
    answer = feeds.one_item(site, kept, suffix, Query.from_args(args, only="calendar"))
    if answer.status != 200:
        raise Unknown(answer.body.decode().strip())
    url = site.edition.item_url(kept.item.id, suffix)
    found = [
        "This holds one item only: it is for adding that, not for following; lists have feeds to follow.",
        *(["The item was withdrawn by its publisher."] if kept.withdrawn else []),
    ]
    made = _told(site, answer, suffix, url, 1, found)
    held = Held(coming=(kept,)) if suffix == ".ics" else Held(items=(kept,))
    return replace(made, title=kept.item.heading, page=site.edition.item_url(kept.item.id), held=held)


def _told(site: Site, answer: Answer, suffix: str, url: str, entries: int, findings: list[str]) -> Examined:
    """What the answer says of itself, with the findings that its bytes give."""
    head = dict(http.Prepared(answer).forms[PLAIN].head)
    found = [*findings, *faults_of(answer.body, suffix, entries)]
    if suffix == ".ics":
        found += [limit.sentence for limit in limits(url, answer.body, entries) if not limit.kept]
    kept_for = re.search(r"max-age=(\d+)", head["Cache-Control"])
    zone = times.zone(site.edition.zone)
    return Examined(
        title=calendar_name(answer.body) if suffix == ".ics" else "",
        url=url,
        page="",
        format=FORMATS[suffix].name,
        holds=_counted(entries, *(("event", "events") if suffix == ".ics" else ("entry", "entries"))),
        size=len(answer.body),
        coded=compressed(answer.body),
        etag=head.get("ETag", ""),
        last_modified=head.get("Last-Modified", ""),
        modified=answer.modified.astimezone(zone) if answer.modified else None,
        kept_for=int(kept_for[1]) // 60 if kept_for else 0,
        findings=tuple(_shortened(found)),
    )


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _shortened(findings: list[str]) -> Iterator[str]:
    yield from findings[:MOST_FINDINGS]
    if len(findings) > MOST_FINDINGS:
        yield f"And {len(findings) - MOST_FINDINGS:,} more."


def _of_arguments(args: Args, suffix: str, query: Query) -> Iterator[str]:
    """The parameters that change nothing there."""
    of_none = OF_NO_CALENDAR if suffix == ".ics" else OF_NO_CHANGES if query.scope == "changes" else OF_NO_NEWS
    where = "calendars" if suffix == ".ics" else "lists of changes" if query.scope == "changes" else "news and tables"
    for name in args:
        if name not in PARAMETERS:
            yield f'The parameter "{text.shorten(text.clean_line(name), 60)}" is not read here.'
        elif name in of_none or (name == "change" and query.scope != "changes"):
            yield f'The parameter "{name}" means nothing in {where}.'


def _of_holding(entries: int, note: str) -> Iterator[str]:
    if note:
        yield note
    if not entries:
        yield "It holds nothing now. Whoever follows it will hear of the first item."


def faults_of(body: bytes, suffix: str, entries: int) -> Iterator[str]:
    """What is wrong with the body, and whether it holds as many entries as it should."""
    if suffix == ".ics":
        yield from _of_events(body)
    try:
        held = COUNTS[suffix](body)
    except (ValueError, etree.XMLSyntaxError, csv.Error) as error:
        yield f"It cannot be read: {text.clean_line(str(error))}"
        return
    if held != entries:
        yield f"It holds {held:,} entries where there should be {entries:,}."


def _of_events(calendar: bytes) -> Iterator[str]:
    """The faults of each event as apps would meet them; reminders are left aside."""
    for part in ALARM.sub(b"", calendar).split(lint.BEGIN)[1:]:
        vevent = lint.BEGIN + part.partition(lint.END)[0] + lint.END
        uid = vevent.partition(b"UID:")[2].partition(b"\r\n")[0].decode(errors="replace")
        yield from (f"{uid}: {fault}" for fault in lint.faults(vevent))


def _elements(path: str) -> Callable[[bytes], int]:
    return lambda body: len(etree.fromstring(body, etree.XMLParser(resolve_entities=False)).findall(path))


def _json_items(body: bytes) -> int:
    told = json.loads(body)
    return len(told["items"]) if "items" in told else 1


COUNTS: Mapping[str, Callable[[bytes], int]] = {
    ".ics": lambda body: body.count(lint.BEGIN),
    ".rss": _elements("channel/item"),
    ".atom": _elements("{http://www.w3.org/2005/Atom}entry"),
    ".json": _json_items,
    ".csv": lambda body: sum(1 for _ in csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""))) - 1,
}
"""How many entries a reader finds in a body, by suffix. Raises where it cannot be read."""
