"""A whole service in a folder, for tests: records go in through intake, answers come out of the WSGI application.

Nothing is simulated but the clock: `Service.now` is the present instant for intake and for answers alike.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes
from zoneinfo import ZoneInfo

from flask import Flask
from werkzeug.datastructures import Headers
from werkzeug.test import create_environ, run_wsgi_app

from cecc_feeds import config, intake
from cecc_feeds.arrangement import all_sources, arrange
from cecc_feeds.keeping import Report
from cecc_feeds.render import FORMATS
from cecc_feeds.store import Store
from cecc_feeds.store.founding import founded
from cecc_feeds.web import create_app
from cecc_feeds.web.kept import KeptAnswers
from cecc_feeds.working import writers

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
"""Monday, 10 in the morning in Washington."""

BASE_URL = "https://feeds.example.gov"
FEEDS_TOML = """\
[hearings]
title = "CECC hearings"
description = "Hearings with their times and places."
query = "type=hearing"
events = true
"""

MAGIC = {
    ".ics": b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n",
    ".rss": b'<?xml version="1.0" encoding="UTF-8"?>\n<rss ',
    ".atom": b'<?xml version="1.0" encoding="UTF-8"?>\n<feed ',
    ".json": b'{\n "version": "https://jsonfeed.org/version/1.1",\n',
    ".csv": b"id,type,title,",
}
"""How a body of each format begins."""

LISTS = ("/items", "/events", "/types/hearing", "/topics/commercial-rule-of-law", "/feeds/hearings")
"""Lists that are there as soon as `record()` is published."""

FEED_PATHS = tuple(path + suffix for path in LISTS for suffix in FORMATS)

Record = dict[str, Any]

KEPT = os.environ.get("TEST_KEPT_ANSWERS", "1") != "0"
"""Whether the services of this run keep answers: `TEST_KEPT_ANSWERS=0 make test` holds the suite to Flask alone."""


def record(*, event: Mapping[str, Any] | bool | None = True, **changes: Any) -> Record:
    """A coming hearing with fields changed; None leaves a field out. `event` changes fields of the event, None
    leaves the event out."""
    told: Record = {
        "id": "hearing-1",
        "type": "Hearing",
        "title": "Trade and data",
        "url": "https://www.cecc.gov/events/hearings/trade-and-data",
        "published": "2026-11-02",
        "topics": ["Commercial Rule of Law"],
        "summary": "A hearing on trade.\n\nWith three witnesses.",
        "event": {
            "start": "2026-12-01T09:30:00-05:00",
            "end": "2026-12-01T11:00:00-05:00",
            "timezone": "America/New_York",
            "location": "Room 301, Russell Senate Office Building",
        },
    }
    told["event"] = (
        None if event is None else _present({**told["event"], **(event if isinstance(event, Mapping) else {})})
    )
    return _present({**told, **changes})


def _present(told: Record) -> Record:
    return {name: value for name, value in told.items() if value is not None}


def numbered(number: int, **changes: Any) -> Record:
    """A hearing unlike all others of other numbers; from 1 on a day apart, beginning on December 1."""
    start = datetime(2026, 12, 1, 9, 30, tzinfo=ZoneInfo("America/New_York")) + timedelta(days=number - 1)
    event = {"start": start.isoformat(), "end": (start + timedelta(hours=1)).isoformat(), **changes.pop("event", {})}
    named = {"id": f"hearing-{number}", "title": f"Number {number}", "url": f"https://www.cecc.gov/hearings/{number}"}
    return record(event=event, **{**named, **changes})


def numbered_news(number: int, **changes: Any) -> Record:
    """A press release unlike all others of other numbers; the higher the number, the newer."""
    published = (datetime(2020, 1, 1) + timedelta(days=number)).date().isoformat()
    named = {"id": f"news-{number}", "title": f"Number {number}", "url": None, "published": published}
    return record(**{"event": None, "type": "Press Release", **named, **changes})


class Answered(NamedTuple):
    """What came back over WSGI."""

    status: int
    headers: Headers
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def __getitem__(self, name: Any) -> Any:
        """A header by its name, "" where it was not sent."""
        return self.headers.get(name, "") if isinstance(name, str) else tuple.__getitem__(self, name)


def ask(
    app: Flask, target: str, headers: Mapping[str, str] | None = None, *, method: str = "GET", host: str = "localhost"
) -> Answered:
    """The answer to a request line, its path decoded as servers do it, whatever the path."""
    path, _, query = target.partition("?")
    environ = create_environ(base_url=f"http://{host}/", method=method, headers=Headers(dict(headers or {})))
    environ["PATH_INFO"] = unquote_to_bytes(path).decode("latin-1")
    environ["QUERY_STRING"] = query.encode().decode("latin-1")
    environ["REQUEST_URI"] = environ["RAW_URI"] = target
    body, status, sent = run_wsgi_app(app, environ, buffered=True)
    whole = b"".join(body)
    body.close() if hasattr(body, "close") else None
    return Answered(int(status[:3]), sent, whole)


@lru_cache
def _empty() -> bytes:
    """An empty database of the newest schema, which need not be made for each test."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "store.sqlite")
        Store.open(f"sqlite:///{path}", zone="UTC").close()
        return path.read_bytes()


@dataclass
class Service:
    """One installation in a folder of its own; `settings` are those of `cecc_feeds.toml`, by their names there."""

    folder: Path
    now: datetime = NOW
    given: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.records.mkdir(parents=True, exist_ok=True)
        self.pages.mkdir(exist_ok=True)
        if not self.database.exists():
            self.database.write_bytes(_empty())
        feeds = self.data / "feeds.toml"
        if not feeds.exists():
            feeds.write_text(FEEDS_TOML)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def records(self) -> Path:
        return self.data / "records"

    @property
    def pages(self) -> Path:
        return self.data / "pages"

    @property
    def database(self) -> Path:
        return self.folder / "store.sqlite"

    @property
    def environment(self) -> dict[str, str]:
        """The settings as a process would be given them."""
        own = {"database": f"sqlite:///{self.database}", "data": str(self.data), "base_url": BASE_URL}
        own |= ({} if KEPT else {"keep_answers": "0"}) | self.given
        return {f"CECC_FEEDS_{name.upper()}": value for name, value in own.items()}

    @cached_property
    def settings(self) -> config.Settings:
        return config.load(self.environment, self.folder)

    def write(self, *records: Record, name: str = "cecc.jsonl") -> Path:
        """A record file with those records and no others."""
        path = self.records / name
        lines = "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in records)
        path.write_bytes(lines.encode("utf-8", "backslashreplace"))  # half a character as JSON writes it
        return path

    def bring_in(self, processes: int = 1, **options: Any) -> Report:
        """What `cecc-feeds import` does, at `now`."""
        with founded(self.settings.database, zone=self.settings.timezone) as store:
            arranged = arrange(self.data)
            wanted = all_sources(store, self.data, arranged)
            feeds = config.feed_digests(config.named_feeds(self.data))
            own = {name: options.pop(name) for name in ("now", "pause", "dry_run") if name in options}
            terms = intake.Terms(self.settings.edition, **{"arrangement": arranged, "feeds": feeds, **options})
            with writers(processes) as workers:
                return intake.bring_all_in(store, wanted, terms, workers, **{"now": lambda: self.now, **own})

    def publish(self, *records: Record, name: str = "cecc.jsonl", **options: Any) -> Report:
        """Write a record file and bring it in."""
        self.write(*records, name=name)
        return self.bring_in(**options)

    def later(self, **span: float) -> "Service":
        """Move the clock on."""
        self.now += timedelta(**span)
        return self

    def app(self, clock: Callable[[], datetime] | None = None) -> Flask:
        """A fresh process's application, which looks for changes at each request."""
        return create_app(self.settings, clock=clock or (lambda: self.now), every=0)

    @cached_property
    def _app(self) -> Flask:
        return self.app()

    def get(self, target: str, headers: Mapping[str, str] | None = None, *, method: str = "GET") -> Answered:
        return ask(self._app, target, headers, method=method)

    def events(self, target: str = "/events.ics") -> dict[str, dict[str, str]]:
        """UID to properties of the events that a calendar holds now."""
        answer = self.get(target)
        assert answer.status == 200, answer
        return {event["UID"]: event for event in vevents(answer.body)}

    def ids(self, target: str = "/items.json") -> list[str]:
        """The entry ids of a JSON feed, in its order."""
        return [item["id"] for item in json.loads(self.get(target).body)["items"]]


def keeping(folder: Path, *records: Record, **options: Any) -> tuple[Flask, KeptAnswers]:
    """An application that keeps answers, whatever this run of the tests does, and the layer of it that does."""
    service = Service(folder, given={"keep_answers": "32"})
    service.publish(*(records or [record()]))
    app = create_app(service.settings, **{"clock": lambda: service.now, "every": 0, **options})
    assert isinstance(app.wsgi_app, KeptAnswers)
    return app, app.wsgi_app


def vevents(ics: bytes) -> Iterator[dict[str, str]]:
    """Each VEVENT as a dict of what stands before and after the first colon of its unfolded lines."""
    for part in ics.decode().replace("\r\n ", "").split("BEGIN:VEVENT\r\n")[1:]:
        lines = part.partition("\r\nEND:VEVENT")[0].split("\r\n")
        yield {line.partition(":")[0]: line.partition(":")[2] for line in lines}


def entry_id(item_id: str) -> str:
    return f"tag:cecc.gov,2002:item/{item_id}"


def uid(item_id: str) -> str:
    return f"{item_id}@cecc.gov"
