"""JSON Feed 1.1, events under `_event` (https://www.jsonfeed.org/version/1.1/, clients.md 3.4).

Its one rule: keys in one order, and a key without a value is left out.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cecc_feeds import text, times
from cecc_feeds.model import Edition, Event, Feed, Kept, Link
from cecc_feeds.render import calendar, words
from cecc_feeds.render.feedgen_repairs import rfc3339
from cecc_feeds.render.syndication import LANGUAGE, html

VERSION = "https://jsonfeed.org/version/1.1"
EMPTY_END = "[]\n}\n"

Object = dict[str, Any]


def entry(kept: Kept, edition: Edition) -> bytes:
    """The item's object as it stands in `items`, without a comma or newline at its end."""
    item = kept.item
    found = {
        "id": edition.entry_id(item.id),
        "url": edition.item_url(item.id),
        "title": words.title(kept),
        "content_html": html(kept, edition),
        "content_text": words.lines(kept, edition),
        "summary": words.opening(kept),
        "date_published": rfc3339(kept.published_at),
        "date_modified": rfc3339(kept.news.at),
        "tags": [words.without_commas(label) for label in (item.type, *item.topics)],
        "language": item.language,
        "attachments": list(_attachments(kept, edition)),
        "_event": _event(kept, item.event, edition) if item.event else None,
    }
    return f"  {_written(found)}".replace("\n", "\n  ").encode()


def _attachments(kept: Kept, edition: Edition) -> Iterable[Object]:
    item = kept.item
    if size := calendar.item_size(kept, edition):
        yield {
            "url": edition.item_url(item.id, ".ics"),
            "mime_type": "text/calendar",
            "title": "Add to calendar",
            "size_in_bytes": size,
        }
    for link in item.links if kept.withdrawn is None else ():
        if _is_document(link):
            yield _present({"url": link.url, "mime_type": link.type, "title": link.title})


def _is_document(link: Link) -> bool:
    """Whether it can be attached: without its media type NetNewsWire drops an attachment (R16), and pages are none."""
    return "/" in (link.type or "") and link.type != "text/html" and link.url.startswith("http")


def _event(kept: Kept, event: Event, edition: Edition) -> Object:
    """Times as the record holds them; what is not known is not there. A withdrawn event is a cancelled one."""
    withdrawn = kept.withdrawn is not None
    return _present(
        {
            "about": f"{edition.base_url}/schema/item.json",
            "start": times.fmt_stamp(event.start),
            "end": times.fmt_stamp(event.end) if event.end else None,
            "time_zone": event.zone,
            "all_day": event.all_day,
            "status": "cancelled" if withdrawn else event.standing,
            "location": event.location,
            "webcast": None if withdrawn else event.webcast,
            "ics": edition.item_url(kept.item.id, ".ics") if calendar.item_size(kept, edition) else None,
        }
    )


def document(feed: Feed, entries: Sequence[bytes]) -> bytes:
    """A whole feed around items in the order given."""
    base = feed.edition.base_url
    head = {
        "version": VERSION,
        "title": text.clean_line(feed.title),
        "home_page_url": feed.url(),
        "feed_url": feed.url(".json"),
        "description": words.about(feed),
        "next_url": feed.pages.get("next"),
        "icon": f"{base}/static/icon-512.png",
        "favicon": f"{base}/static/icon-64.png",
        "authors": [{"name": feed.edition.publisher, "url": f"{base}/"}],
        "author": {"name": feed.edition.publisher},
        "language": LANGUAGE,
    }
    empty = json.dumps(_present(head) | {"items": []}, ensure_ascii=False, indent=1) + "\n"
    if not entries:
        return empty.encode()
    return empty.removesuffix(EMPTY_END).encode() + b"[\n" + b",\n".join(entries) + b"\n ]\n}\n"


def _written(found: Mapping[str, Any]) -> str:
    return json.dumps(_present(found), ensure_ascii=False, indent=1)


def _present(found: Mapping[str, Any]) -> Object:
    return {key: value for key, value in found.items() if value not in (None, "", [])}
