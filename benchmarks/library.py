"""The libraries' side: Flask, icalendar and feedgen, used as their own guides show it, building each answer anew.

Its one rule: the values lie ready in memory as Python's own; nothing else is made beforehand, nothing is kept.
"""

import json
import os
import socket
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from feedgen.feed import FeedGenerator
from flask import Flask, Response, request
from icalendar import Calendar, Event
from lxml import etree
from uvicorn.supervisors import Multiprocess

from benchmarks import outputs
from cecc_feeds.web.gateway import Gateway

VALUES = "BENCHMARK_VALUES"
"""Environment variable by which the server tells its worker where the values are."""

INSTANTS = ("dtstamp", "created", "last-modified")
Values = dict[str, Any]


def values(calendars: Mapping[int, bytes], feed: bytes) -> Values:
    """What calendars, by their limits, and an Atom feed say, as JSON can hold it: the values, to be written again."""
    read = {limit: outputs.events(ics) for limit, ics in calendars.items()}
    return {
        "events": {uid: _event_values(event) for events in read.values() for uid, event in events.items()},
        "calendars": {limit: list(events) for limit, events in read.items()},
        "head": {
            "prodid": "-//Example//Library//EN",
            "version": "2.0",
            "method": "PUBLISH",
            "calscale": "GREGORIAN",
            "x-wr-calname": "Events",
            "x-wr-timezone": "America/New_York",
        },
        "feed": list(outputs.atom(feed).values()),
        "about": {name: str(etree.fromstring(feed).findtext(f"{outputs.ATOM}{name}")) for name in ("id", "title")},
    }


def _event_values(event: Mapping[str, Any]) -> Values:
    return {name: value for name, value in event.items() if name != "zone of dtend"}


def loaded(told: Values) -> Values:
    """The values as the libraries take them: instants in their zones."""
    for event in told["events"].values():
        zone = ZoneInfo(event.pop("zone of dtstart") or "UTC")
        for name in INSTANTS:
            event[name] = datetime.fromisoformat(event[name])
        for name in ("dtstart", "dtend"):
            event[name] = _edge(event[name], zone)
        event["sequence"] = int(event["sequence"])
    for entry in told["feed"]:
        for name in ("updated", "published"):
            entry[name] = datetime.fromisoformat(entry[name])
        for name in ("links", "categories"):
            entry[name] = [dict(pairs) for pairs in entry[name]]
    told["calendars"] = {int(limit): [told["events"][uid] for uid in uids] for limit, uids in told["calendars"].items()}
    return told


def _edge(value: str, zone: ZoneInfo) -> date | datetime:
    return datetime.fromisoformat(value).astimezone(zone) if "T" in value else date.fromisoformat(value)


def calendar(head: Mapping[str, str], events: Iterable[Mapping[str, Any]]) -> bytes:
    """A calendar as icalendar's guide makes one: components with properties added, then to_ical()."""
    made = Calendar()
    for name, value in head.items():
        made.add(name, value)
    for values_of_event in events:
        event = Event()
        for name, value in values_of_event.items():
            event.add(name, value)
        made.add_component(event)
    made.add_missing_timezones()
    return bytes(made.to_ical())


def atom(about: Mapping[str, str], entries: Iterable[Mapping[str, Any]]) -> bytes:
    """An Atom feed as feedgen's guide makes one: add_entry(), then atom_str()."""
    made = FeedGenerator()
    made.id(about["id"])
    made.title(about["title"])
    made.author({"name": "Commission"})
    made.link(href="http://127.0.0.1:8000/items", rel="alternate")
    made.link(href="http://127.0.0.1:8000/items.atom", rel="self")
    made.language("en")
    for told in entries:
        entry = made.add_entry(order="append")
        entry.id(told["id"])
        entry.title(told["title"])
        entry.updated(told["updated"])
        entry.published(told["published"])
        for link in told["links"]:
            entry.link(**link)
        for category in told["categories"]:
            entry.category(**category)
        entry.summary(told["summary"])
        entry.content(told["content"], type="html")
    return bytes(made.atom_str(pretty=True))


def create_app() -> Flask:
    """Two addresses, `/calendar.ics` and `/feed.atom`, each with `limit`."""
    told = loaded(json.loads(Path(os.environ[VALUES]).read_text(encoding="utf-8")))
    app = Flask(__name__)
    makers: dict[str, tuple[str, Callable[[int], bytes]]] = {
        "/calendar.ics": ("text/calendar", lambda limit: calendar(told["head"], told["calendars"][limit])),
        "/feed.atom": ("application/atom+xml", lambda limit: atom(told["about"], told["feed"][:limit])),
    }

    def view(path: str) -> Response:
        media, make = makers[f"/{path}"]
        return Response(make(request.args.get("limit", 1000, type=int)), content_type=f"{media}; charset=utf-8")

    app.add_url_rule("/<path>", view_func=view)
    return app


def gateway() -> Gateway:
    return Gateway(create_app().wsgi_app)


def serve(port: int, file: str) -> None:
    """Under the server that ours has, with its settings."""
    from cecc_feeds.serving import configuration

    os.environ[VALUES] = file
    with socket.create_server(("127.0.0.1", port)) as listener:
        Multiprocess(configuration("benchmarks.library:gateway"), [listener]).run()


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2])
