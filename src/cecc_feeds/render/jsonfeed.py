"""JSON Feed 1.1, events under `_event` (https://www.jsonfeed.org/version/1.1/, clients.md 3.4).

Its one rule: keys in one order, and a key without a value is left out.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from json.encoder import encode_basestring as _string  # what json.dumps writes with ensure_ascii=False, in C
from typing import Any

from cecc_feeds import text
from cecc_feeds.model import Edition, Feed
from cecc_feeds.render import escapes, words
from cecc_feeds.render.feedgen_repairs import rfc3339
from cecc_feeds.render.story import Object, Story, present
from cecc_feeds.render.syndication import LANGUAGE

VERSION = "https://jsonfeed.org/version/1.1"
INDENT = "\n   "
ENTRY = b"""\
  {
   "id": %b,
   "url": %b,
   "title": %b,
   "content_html": %b,
   "content_text": %b,
   "summary": %b,
   "date_published": "%b",
   "date_modified": "%b",
   "tags": [
    %b
   ]%b
  }"""
NOTHING: Mapping[str, Object] = {}
EMPTY_END = "[]\n}\n"


def entry(story: Story, _edition: Edition) -> bytes:
    """The object as it stands in `items`, without a comma or newline at its end."""
    said, json = story.said, escapes.json
    return ENTRY % (
        json(said.id),
        json(said.url),
        json(said.title),
        json(said.html),
        json(story.text),
        json(said.opening),
        rfc3339(story.published).encode(),
        rfc3339(story.updated).encode(),
        b",\n    ".join([_tag(label) for _, label in story.tags]),
        _rest(story).encode(),
    )


@lru_cache(maxsize=512)
def _tag(label: str) -> bytes:
    return _string(words.without_commas(label)).encode()


def _rest(story: Story) -> str:
    """What not every entry has, from the comma on."""
    rest = f',\n   "language": {_string(story.language)}' if story.language else ""
    if story.ics_size or story.documents:
        rest += f',\n   "attachments": {_value(list(_attachments(story)), INDENT)}'
    for key, value in (story.more or NOTHING).items():
        rest += f',\n   "{key}": {_object(value, INDENT)}'
    return rest


def _attachments(story: Story) -> Iterable[Object]:
    if story.ics_size:
        yield {
            "url": story.ics_url,
            "mime_type": "text/calendar",
            "title": "Add to calendar",
            "size_in_bytes": story.ics_size,
        }
    for link in story.documents:
        yield {"url": link.url, "mime_type": link.type, "title": link.title}


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


def _object(found: Mapping[str, Any], indent: str) -> str:
    """As `json.dumps(found, ensure_ascii=False, indent=1)`, whose lines begin with `indent` but for the first one.

    What has no value is left out; no number here is 0.
    """
    inner = f"{indent} "
    pairs = [
        f'"{key}": {_string(value) if isinstance(value, str) else _value(value, inner)}'
        for key, value in found.items()
        if value or value is False
    ]
    return f"{{{inner}{f',{inner}'.join(pairs)}{indent}}}"


def _value(value: Any, indent: str) -> str:
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, list):
        inner = f"{indent} "
        return f"[{inner}{f',{inner}'.join([_value(one, inner) for one in value])}{indent}]"
    return _object(value, indent) if isinstance(value, dict) else json.dumps(value)
