"""What stands in an item's text besides prose, and the prose itself: transcript lines, links, banners, paragraphs.

Its one rule: a line is left out only where its whole is known to be no prose; a sentence is never cut.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from cecc_feeds.sources import vocabulary as words
from cecc_feeds.sources.lines import Anchor, Line

MEDIA_TYPES = {".pdf": "application/pdf", ".txt": "text/plain", ".htm": "text/html", ".html": "text/html"}
NO_PROSE = (words.TRANSCRIPT, words.WEBCAST, words.BANNER, words.RELEASE_END, words.MORE)


def is_prose(line: Line) -> bool:
    """Whether a line belongs in a summary, as far as it alone can tell."""
    return not any(pattern.fullmatch(line.text) for pattern in NO_PROSE)


def summary(lines: Iterable[Line]) -> str:
    """The prose of `lines`; what a blank line, or a line that is no prose, parts is a paragraph of its own."""
    parts: list[str] = []
    parted = False
    for line in lines:
        if not is_prose(line):
            parted = True
            continue
        if parts:
            parts.append("\n\n" if line.gap or line.alone or parted else "\n")
        parts.append(line.text)
        parted = False
    return "".join(parts)


def banner_form(lines: Sequence[Line]) -> tuple[str, list[Line]]:
    """(title, the rest) of a body that begins with banner, title and date, as old press releases do; else ("", all)."""
    if not lines or not words.BANNER.fullmatch(lines[0].text):
        return "", list(lines)
    until = next((at for at, line in enumerate(lines[:6]) if words.is_day(line.text)), 0)
    if until < 2 or any(words.is_sentence(line.text) for line in lines[1:until]):
        return "", list(lines[1:])
    return " ".join(line.text for line in lines[1:until]), list(lines[until + 1 :])


def links(lines: Iterable[Line]) -> tuple[str | None, list[dict[str, Any]]]:
    """(the webcast's address, the documents) that the lines link to; nothing in a text page."""
    webcast = None
    documents: list[dict[str, Any]] = []
    for line in lines:
        for anchor in line.anchors:
            if words.TRANSCRIPT.fullmatch(line.text):
                documents.append(_document("transcript", _transcript_title(line, anchor), anchor))
            elif words.WEBCAST_WORDS.search(f"{anchor.text} {anchor.url}"):
                webcast = webcast or anchor.url
            elif words.TESTIMONY_WORDS.search(anchor.text) and len(anchor.text) <= 60:
                documents.append(_document("testimony", anchor.text.strip("[] "), anchor))
    return webcast, list(_once(documents))


def _transcript_title(line: Line, anchor: Anchor) -> str:
    bare = anchor.text.strip("() ")
    return anchor.text if "transcript" in bare.lower() else f"{line.text.partition('(')[0].strip(' :')} ({bare})"


def _document(rel: str, title: str, anchor: Anchor) -> dict[str, Any]:
    return {"rel": rel, "title": title, "url": anchor.url, "type": _media_type(anchor)}


def _media_type(anchor: Anchor) -> str | None:
    suffix = PurePosixPath(urlsplit(anchor.url).path).suffix.lower()
    return MEDIA_TYPES.get(suffix, "application/pdf" if "pdf" in anchor.text.lower() else None)


def _once(documents: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    seen: set[str] = set()
    for document in documents:
        if document["url"] not in seen:
            seen.add(document["url"])
            yield document


def with_links(raw: dict[str, Any], lines: Sequence[Line]) -> dict[str, Any]:
    """The record with what its lines link to: a webcast belongs to the event, where there is one."""
    webcast, documents = links(lines)
    if webcast and "event" in raw:
        raw["event"]["webcast"] = webcast
    elif webcast:
        documents.append({"rel": "webcast", "title": "Webcast", "url": webcast})
    return {**raw, "links": documents}
