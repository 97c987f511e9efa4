"""A story: what one entry of a news feed says, of an item or of a change, before it is RSS, Atom or JSON.

Its one rule: everything that the news formats share is decided here, once.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from html import escape
from typing import Any, NamedTuple

from cecc_feeds import text, times
from cecc_feeds.changes import Change, Difference
from cecc_feeds.model import Edition, Event, Item, Link
from cecc_feeds.render import escapes, words
from cecc_feeds.render.words import Said

Object = dict[str, Any]


class Texts(NamedTuple):
    """What all formats say, `html` the body, as UTF-8."""

    id: bytes
    url: bytes
    title: bytes
    opening: bytes
    html: bytes


class Story(NamedTuple):
    """One entry. `tags` are (kind, label) with kind `types` or `topics`; `ics_size` is that of the calendar file that
    the item has, 0 for none; `documents` are its attachments; `more` what JSON Feed says beyond the standard.

    `said` is what all formats say, `xml` the same as it stands between tags, `text` the body as plain text in UTF-8.
    """

    said: Texts
    xml: Texts
    text: bytes
    published: datetime
    updated: datetime
    language: str | None
    tags: tuple[tuple[str, str], ...]
    ics_url: str = ""
    ics_size: int = 0
    documents: tuple[Link, ...] = ()
    more: Mapping[str, Object] | None = None


def of_item(told: Said, updated: datetime, ics_size: int) -> Story:
    """The entry of an item that last changed at a moment and has a calendar file of that size, 0 for none."""
    kept, edition = told.kept, told.edition
    item = kept.item
    ics_url = edition.item_url(item.id, ".ics") if ics_size else ""
    body = told.body.encode()
    html = _html(told, body)
    said = _texts(html, edition.entry_id(item.id), edition.item_url(item.id), told.title, words.opening(told))
    return Story(
        said,
        Texts(*map(escapes.xml, said)),
        text=_plain(told, body),
        published=times.utc(kept.dated),
        updated=times.utc(updated),
        language=item.language,
        tags=_tags(item),
        ics_url=ics_url,
        ics_size=ics_size,
        documents=tuple(filter(_is_document, item.links)) if item.links and not kept.withdrawn else (),
        more={"_event": _event(told, item.event, ics_url)} if item.event else None,
    )


def of_change(change: Change, edition: Edition) -> Story:
    """The entry of a change: what happened first, then which item it happened to."""
    item = change.item
    url = f"{edition.item_url(item.id)}#{anchor(change.at)}"
    facts = words.event_facts(item.event)
    told = [f"{sentence}." for sentence in change.sentences]
    heading = words.typed(item)
    html = "".join(
        [
            *(f"<p>{escape(sentence, quote=False)}</p>" for sentence in told),
            *(f"<p><strong>{label}:</strong> {escape(value, quote=False)}</p>" for label, value in facts),
            _link(heading, url),
        ]
    ).encode()
    title = text.shorten(f"{change.sentences[0]}: {heading}", words.TITLE_MOST)
    opening = text.shorten(" ".join(told), words.OPENING_MOST)
    said = _texts(html, edition.change_id(item.id, change.at), url, title, opening)
    return Story(
        said,
        Texts(*map(escapes.xml, said)),
        text="\n\n".join(
            part
            for part in ("\n".join(told), "\n".join(f"{label}: {value}" for label, value in facts), f"{heading}: {url}")
            if part
        ).encode(),
        published=times.utc(change.at),
        updated=times.utc(change.at),
        language=item.language,
        tags=_tags(item),
        more={"_change": _told(change, edition)},
    )


def _texts(html: bytes, *lines: str) -> Texts:
    entry_id, url, title, opening = map(str.encode, lines)
    return Texts(entry_id, url, title, opening, html)


def anchor(at: datetime) -> str:
    """The name of a change on its item's page: its moment in UTC, `20261124T141500Z`."""
    return f"{times.utc(at):%Y%m%dT%H%M%SZ}"


def _tags(item: Item) -> tuple[tuple[str, str], ...]:
    return ("types", item.type), *(("topics", topic) for topic in item.topics)


def _html(told: Said, body: bytes) -> bytes:
    """The body: news, facts, summary, links; every address in it is absolute (R11)."""
    above = [f"<p>{escape(note)}</p>" for note in told.notes]
    above += [f"<p><strong>{label}:</strong> {escape(value, quote=False)}</p>" for label, value in told.facts]
    below = "".join([_link(label, url) for label, url in told.links]).encode()
    return b"".join(("".join(above).encode(), _prose(body), below))


def _prose(body: bytes) -> bytes:
    """As `text.text_to_html` of a clean text; nothing need be looked for in one that holds no address."""
    if b"://" in body:
        return text.text_to_html(body.decode()).encode()
    lines = escapes.html(body).replace(b"\n", b"<br>")
    return b"<p>%b</p>" % lines.replace(b"<br><br>", b"</p>\n<p>") if body else b""


def _plain(told: Said, body: bytes) -> bytes:
    """The whole entry as plain text, for readers that show no HTML."""
    above = "\n".join([*told.notes, *[f"{label}: {value}" for label, value in told.facts]])
    below = "\n".join([f"{label}: {url}" for label, url in told.links])
    return b"\n\n".join([part for part in (above.encode(), body, below.encode()) if part])


def _link(label: str, url: str) -> str:
    return f'<p><a href="{escape(url)}">{escape(label, quote=False)}</a></p>'


def _is_document(link: Link) -> bool:
    """Whether it can be attached: without its media type NetNewsWire drops an attachment (R16), and pages are none."""
    return "/" in (link.type or "") and link.type != "text/html" and link.url.startswith("http")


def _event(told: Said, event: Event, ics_url: str) -> Object:
    """Times as the record holds them; what is not known is not there. A withdrawn event is a cancelled one."""
    withdrawn = told.kept.withdrawn is not None
    return {
        "about": f"{told.edition.base_url}/schema/item.json",
        "start": times.fmt_stamp(event.start),
        "end": times.fmt_stamp(event.end) if event.end else None,
        "time_zone": event.zone,
        "all_day": event.all_day,
        "status": "cancelled" if withdrawn else event.standing,
        "location": event.location,
        "webcast": None if withdrawn else event.webcast,
        "ics": ics_url,
    }


def _told(change: Change, edition: Edition) -> Object:
    return {
        "about": f"{edition.base_url}/changes",
        "item": edition.entry_id(change.item.id),
        "item_url": edition.item_url(change.item.id),
        "kinds": list(change.kinds),
        "differences": [_difference(one) for one in change.differences],
    }


def _difference(one: Difference) -> Object:
    return present(
        {
            "kind": one.kind,
            "sentence": one.sentence,
            "field": one.field,
            "old": text.shorten(one.old, words.OPENING_MOST),
            "new": text.shorten(one.new, words.OPENING_MOST),
        }
    )


def present(found: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> Object:
    """What has a value: JSON Feed knows no null and no empty string (clients.md 3.4)."""
    return {key: value for key, value in dict(found).items() if value not in (None, "", [])}
