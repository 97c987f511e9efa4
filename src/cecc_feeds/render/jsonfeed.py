"""JSON Feed 1.1, events under `_event` (https://www.jsonfeed.org/version/1.1/, clients.md 3.4).

Its one rule: keys in one order, and a key without a value is left out.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cecc_feeds import text
from cecc_feeds.model import Edition, Feed
from cecc_feeds.render import words
from cecc_feeds.render.feedgen_repairs import rfc3339
from cecc_feeds.render.story import Object, Story, present
from cecc_feeds.render.syndication import LANGUAGE

VERSION = "https://jsonfeed.org/version/1.1"
EMPTY_END = "[]\n}\n"


def entry(story: Story, _edition: Edition) -> bytes:
    """The object as it stands in `items`, without a comma or newline at its end."""
    found = {
        "id": story.id,
        "url": story.url,
        "title": story.title,
        "content_html": story.html,
        "content_text": story.text,
        "summary": story.opening,
        "date_published": rfc3339(story.published),
        "date_modified": rfc3339(story.updated),
        "tags": [words.without_commas(label) for _, label in story.tags],
        "language": story.language,
        "attachments": list(_attachments(story)),
        **(story.more or {}),
    }
    return f"  {_written(found)}".replace("\n", "\n  ").encode()


def _attachments(story: Story) -> Iterable[Object]:
    if story.ics_size:
        yield {
            "url": story.ics_url,
            "mime_type": "text/calendar",
            "title": "Add to calendar",
            "size_in_bytes": story.ics_size,
        }
    for link in story.documents:
        yield present({"url": link.url, "mime_type": link.type, "title": link.title})


def document(feed: Feed, entries: Sequence[bytes]) -> bytes:
    """A whole feed around items in the order given."""
    base = feed.edition.base_url
    head = {
        "version": VERSION,
        "title": text.clean_line(feed.title),
        "home_page_url": feed.url(),
        "feed_url": feed.url(".json"),
        "description": words.about(feed),
        "next_url": feed.pages.get("prev-archive"),
        "icon": f"{base}/static/icon-512.png",
        "favicon": f"{base}/static/icon-64.png",
        "authors": [{"name": feed.edition.publisher, "url": f"{base}/"}],
        "author": {"name": feed.edition.publisher},
        "language": LANGUAGE,
    }
    empty = json.dumps(present(head) | {"items": []}, ensure_ascii=False, indent=1) + "\n"
    if not entries:
        return empty.encode()
    return empty.removesuffix(EMPTY_END).encode() + b"[\n" + b",\n".join(entries) + b"\n ]\n}\n"


def _written(found: Mapping[str, Any]) -> str:
    return json.dumps(present(found), ensure_ascii=False, indent=1)
