"""The plain loop that an import is held against: json, pydantic, icalendar and feedgen, and nothing stored.

    python -m benchmarks.plain_loop FILE --processes 2 [--write FOLDER]

Its one rule: an honest program as somebody would write it in an afternoon: the libraries as their guides show them, the
texts that our entries have, and in each process an equal part of the file.
"""

import argparse
import html
import json
import multiprocessing
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from feedgen.feed import FeedGenerator
from icalendar import Calendar
from icalendar import Event as VEvent
from pydantic import BaseModel, ConfigDict

BASE = "http://127.0.0.1:8000"
ZONE = ZoneInfo("America/New_York")
NOON = time(12, tzinfo=ZONE)
"""A day stands for its noon, as in our feeds: it is the same day in every zone."""

TOGETHER = 500
"""Records of one feed: the most that a page of ours has."""


class Link(BaseModel):
    rel: str | None = None
    title: str | None = None
    url: str
    type: str | None = None


class Event(BaseModel):
    start: datetime
    end: datetime
    timezone: str = "America/New_York"
    location: str | None = None


class Record(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str
    type: str
    title: str
    url: str | None = None
    published: date
    updated: date | None = None
    topics: list[str] = []
    summary: str = ""
    event: Event | None = None
    links: list[Link] = []

    @cached_property
    def heading(self) -> str:
        return f"{self.type}: {self.title}"

    @cached_property
    def at(self) -> datetime:
        return datetime.combine(self.published, NOON)

    @cached_property
    def tags(self) -> list[tuple[str, str]]:
        return [("types", self.type), *(("topics", topic) for topic in self.topics)]

    @cached_property
    def labelled(self) -> list[tuple[str, str]]:
        found = [(link.title or "Link", link.url) for link in self.links]
        if self.url:
            found.append(("Publisher’s page", self.url))
        return [*found, ("Details", f"{BASE}/items/{self.id}")]

    @cached_property
    def facts(self) -> list[tuple[str, str]]:
        if self.event is None:
            return []
        place = [("Where", self.event.location)] if self.event.location else []
        return [("When", when(self.event)), *place]

    @cached_property
    def text(self) -> str:
        return "\n\n".join([self.summary, "\n".join(f"{label}: {url}" for label, url in self.labelled)])

    @cached_property
    def opening(self) -> str:
        """When and where, and the first three hundred characters of the summary."""
        text = " ".join(self.summary.split())
        if len(text) > 300:
            cut = text[:299]
            cut = cut if text[299].isspace() else cut.rpartition(" ")[0]
            text = cut.rstrip(" \n,;:-–—") + "…"
        return " — ".join(filter(None, [" · ".join(value for _, value in self.facts), text]))

    @cached_property
    def content(self) -> str:
        told = (f"<p><strong>{label}:</strong> {html.escape(value, quote=False)}</p>" for label, value in self.facts)
        body = "\n".join(f"<p>{html.escape(part)}</p>" for part in self.summary.split("\n\n"))
        ends = (f'<p><a href="{html.escape(url)}">{html.escape(label)}</a></p>' for label, url in self.labelled)
        return "".join([*told, body, *ends])


def records(file: Path, begin: int, end: int) -> Iterator[Record]:
    """The records of the lines that begin between two places of a file."""
    with file.open("rb") as lines:
        lines.seek(begin)
        while lines.tell() < end and (line := lines.readline()):
            yield Record.model_validate(json.loads(line))


def render(file: Path, begin: int, end: int, folder: Path | None) -> int:
    """Every record in every format, in feeds of five hundred; their size in bytes. With a folder they are written."""
    found, size = records(file, begin, end), 0
    for number, some in enumerate(iter(lambda: list(islice(found, TOGETHER)), [])):
        made = {"ics": calendar(some), **feeds(some), "json": jsonfeed(some)}
        size += sum(map(len, made.values()))
        if folder is not None:
            for suffix, body in made.items():
                (folder / f"{begin}-{number}.{suffix}").write_bytes(body)
    return size


def calendar(some: list[Record]) -> bytes:
    made = Calendar()
    made.add("prodid", "-//Example//Plain loop//EN")
    made.add("version", "2.0")
    now = datetime.now(UTC).replace(microsecond=0)
    for record in some:
        if record.event is None:
            continue
        zone = ZoneInfo(record.event.timezone)
        event = VEvent()
        event.add("uid", f"{record.id}@cecc.gov")
        event.add("dtstamp", now)
        event.add("created", now)
        event.add("last-modified", now)
        event.add("sequence", 0)
        event.add("dtstart", record.event.start.astimezone(zone))
        event.add("dtend", record.event.end.astimezone(zone))
        event.add("summary", record.heading)
        event.add("status", "CONFIRMED")
        event.add("class", "PUBLIC")
        event.add("transp", "TRANSPARENT")
        event.add("x-microsoft-cdo-busystatus", "FREE")
        if record.event.location:
            event.add("location", record.event.location)
        event.add("url", f"{BASE}/items/{record.id}")
        event.add("categories", [record.type, *record.topics])
        event.add("description", record.text)
        made.add_component(event)
    made.add_missing_timezones()
    return bytes(made.to_ical())


def feeds(some: list[Record]) -> dict[str, bytes]:
    made = FeedGenerator()
    made.id(f"{BASE}/items")
    made.title("Items")
    made.description("Everything published")
    made.link(href=f"{BASE}/items", rel="alternate")
    for record in some:
        entry = made.add_entry(order="append")
        entry.id(f"tag:cecc.gov,2002:item/{record.id}")
        entry.title(record.heading)
        entry.published(record.at)
        entry.updated(record.at)
        entry.link(href=f"{BASE}/items/{record.id}", rel="alternate", type="text/html")
        if record.event:
            entry.link(href=f"{BASE}/items/{record.id}.ics", rel="enclosure", type="text/calendar", length="0")
        for kind, label in record.tags:
            entry.category(term=slug(label), scheme=f"{BASE}/{kind}", label=label)
        entry.summary(record.opening)
        entry.content(record.content, type="html")
    return {"atom": bytes(made.atom_str(pretty=True)), "rss": bytes(made.rss_str(pretty=True))}


def jsonfeed(some: list[Record]) -> bytes:
    items = [_json_item(record) for record in some]
    head = {"version": "https://jsonfeed.org/version/1.1", "title": "Items", "home_page_url": f"{BASE}/items"}
    return json.dumps(head | {"items": items}, ensure_ascii=False, indent=1).encode()


def _json_item(record: Record) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": f"tag:cecc.gov,2002:item/{record.id}",
        "url": f"{BASE}/items/{record.id}",
        "title": record.heading,
        "content_html": record.content,
        "content_text": record.text,
        "summary": record.opening,
        "date_published": record.at.astimezone(UTC).isoformat(),
        "tags": [label for _, label in record.tags],
    }
    if record.event:
        edges = {"start": record.event.start.isoformat(), "end": record.event.end.isoformat()}
        item["_event"] = edges | {"time_zone": record.event.timezone, "location": record.event.location}
    return item


def slug(label: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")


def when(event: Event) -> str:
    """`Thursday, January 21, 2027, 2:00–4:00 p.m. EST`."""
    zone = ZoneInfo(event.timezone)
    start, end = event.start.astimezone(zone), event.end.astimezone(zone)
    first, last = clock(start), clock(end)
    if last.endswith("m.") and first.endswith(last[-5:]):
        first = first[:-5]
    return f"{start:%A, %B} {start.day}, {start.year}, {first}–{last} {start:%Z}"


def clock(at: datetime) -> str:
    if at.hour == 12 and not at.minute:
        return "noon"
    return f"{at.hour % 12 or 12}:{at.minute:02} {'p.m.' if at.hour >= 12 else 'a.m.'}"


def parts(file: Path, count: int) -> list[tuple[int, int]]:
    """A file in equal parts that end with lines."""
    size = file.stat().st_size
    edges = [0]
    with file.open("rb") as lines:
        for number in range(1, count):
            lines.seek(size * number // count)
            lines.readline()
            edges.append(lines.tell())
    return list(zip(edges, [*edges[1:], size], strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--write", type=Path)
    args = parser.parse_args()
    work = [(args.file, begin, end, args.write) for begin, end in parts(args.file, args.processes)]
    if args.processes == 1:
        size = sum(render(*part) for part in work)
    else:
        with multiprocessing.Pool(args.processes) as pool:
            size = sum(pool.starmap(render, work))
    print(f"{size} bytes")


if __name__ == "__main__":
    main()
