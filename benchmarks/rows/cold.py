"""Ours against the libraries that build the same answer at each request, over HTTP under the same server.

Its one rule: the cold answers are the first after a change that each of them must show. The change is a record that
`cecc-feeds import` brings in: it is in every selection, so what was kept cannot be what is answered.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks import client, library, outputs, servers, wrk
from benchmarks.bench import Bench
from benchmarks.client import Answer, Connection
from benchmarks.errors import Trouble
from benchmarks.promises import Promise, Seen, middle, ratios
from benchmarks.servers import Server
from benchmarks.wrk import Asked

NOTICED_SECONDS = 1.2
"""A change is promised to be served within a second."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One cold row: what is asked of ours and of the libraries, with a limit, and in which coding of ours."""

    ours: str
    theirs: str
    coding: str = ""


KINDS = {
    "calendar": Kind("/events.ics?limit={}", "/calendar.ics?limit={}"),
    "calendar, gzip": Kind("/events.ics?limit={}", "/calendar.ics?limit={}", "gzip"),
    "atom": Kind("/items.atom?limit={}", "/feed.atom?limit={}"),
}


@dataclass
class Timed:
    """Seconds of ours and of theirs, one figure a round: the median of its requests."""

    pairs: list[tuple[float, float]] = field(default_factory=list)

    def seen(self) -> Seen:
        ours, theirs = ([pair[side] * 1000 for pair in self.pairs] for side in (0, 1))
        figures = ratios([(them, us) for us, them in self.pairs])
        return Seen(figures, f"ours {middle(ours)} ms, the library {middle(theirs)} ms")


def limits(bench: Bench) -> dict[str, list[int]]:
    """The limits that each kind is asked with after a change, each by no other kind of the same document."""
    many, most, news = bench.sizes.variants, bench.sizes.calendar, bench.sizes.news
    return {
        "calendar": [most - number for number in range(many)],
        "calendar, gzip": [most - many - number for number in range(many)],
        "atom": [news - number for number in range(many)],
    }


def libraries(bench: Bench) -> Server:
    """The libraries' server, holding the same values as ours does now; both outputs are held against each other."""

    def start() -> Server:
        bench.marked(bench.small)
        ours = bench.ours(bench.small)
        time.sleep(NOTICED_SECONDS)
        wanted = {*limits(bench)["calendar"], *limits(bench)["calendar, gzip"], bench.sizes.hot_calendar}
        values = library.values(
            {limit: client.fetch(ours.port, f"/events.ics?limit={limit}").body for limit in wanted},
            client.fetch(ours.port, f"/items.atom?limit={bench.sizes.news}").body,
        )
        file = Path(bench.place("library") / "values.json")
        file.write_text(json.dumps(values), encoding="utf-8")
        port = bench.ports.free()
        theirs = bench.stack.enter_context(servers.libraries(file, port, bench.place("logs")))
        compare(bench, ours, theirs)
        return theirs

    return bench.once("libraries", start)


def compare(bench: Bench, ours: Server, theirs: Server) -> None:
    """Raises Trouble unless both say the same, whichever limit is asked."""
    for name, wanted in (*limits(bench).items(), ("calendar", [bench.sizes.hot_calendar])):
        read = outputs.atom if name == "atom" else outputs.events
        for limit in (wanted[0], wanted[-1]):
            us = client.fetch(ours.port, KINDS[name].ours.format(limit)).content
            them = client.fetch(theirs.port, KINDS[name].theirs.format(limit)).content
            outputs.same(read(us), read(them), what=f"{name} of {limit}")


def measured(bench: Bench) -> dict[str, Timed]:
    """All cold kinds: in each round a change, then every limit of every kind asked of both, turn about."""

    def make() -> dict[str, Timed]:
        timed = {name: Timed() for name in KINDS}
        ours, theirs = bench.ours(bench.small, whose="cold"), libraries(bench)
        with Connection(ours.port) as us, Connection(theirs.port) as them:
            for number in range(bench.sizes.rounds):
                found = bench.gate.measured(partial(_round, bench, us, them, number))
                for name, pair in found.items():
                    timed[name].pairs.append(pair)
        return timed

    return bench.once("cold", make)


def _round(bench: Bench, us: Connection, them: Connection, number: int) -> dict[str, tuple[float, float]]:
    title = bench.marked(bench.small)
    time.sleep(NOTICED_SECONDS)
    found = {}
    names = list(KINDS)
    turned = number % len(names)
    for name in (*names[turned:], *names[:turned]):  # each kind is once the very first
        kind = KINDS[name]
        headers = {"Accept_Encoding": kind.coding} if kind.coding else {}
        pairs = []
        for turn, limit in enumerate(limits(bench)[name]):
            theirs = them.ask(kind.theirs.format(limit)) if turn % 2 else None
            ours = us.ask(kind.ours.format(limit), **headers)
            shows(ours, title)
            theirs = theirs or them.ask(kind.theirs.format(limit))
            pairs.append((ours.seconds, theirs.seconds))
        found[name] = middles(pairs)
    return found


def shows(answer: Answer, title: str) -> None:
    """Raises Trouble unless an answer is of the store as it is since the last change."""
    if answer.status != 200 or title.encode() not in answer.content:
        raise Trouble(f"an answer ({answer.status}) does not show the change of {NOTICED_SECONDS} s ago")


def middles(pairs: Sequence[tuple[float, float]]) -> tuple[float, float]:
    return median(one for one, _ in pairs), median(other for _, other in pairs)


def cold(bench: Bench, name: str) -> Seen:
    return measured(bench)[name].seen()


def hot(bench: Bench) -> Seen:
    """Requests a second of the calendar of 100: kept, against built by icalendar at each request."""
    theirs, ours, limit = libraries(bench), bench.ours(bench.small), bench.sizes.hot_calendar

    def rate(server: Server, target: str) -> float:
        body = float(len(client.fetch(server.port, target).body))
        return wrk.load(server.port, [Asked(target)], seconds=bench.sizes.seconds, folder=bench.place("wrk"), body=body)

    pairs = bench.pairs(
        partial(rate, ours, KINDS["calendar"].ours.format(limit)),
        partial(rate, theirs, KINDS["calendar"].theirs.format(limit)),
    )
    us, them = ([pair[side] for pair in pairs] for side in (0, 1))
    return Seen(ratios(pairs), f"ours {middle(us)}/s, the library {middle(them)}/s")


ROWS: tuple[Promise, ...] = (
    Promise(
        "library",
        "hot calendar of 100 events: against Flask and icalendar building it at each request",
        "≥",
        600,
        hot,
        needs=("records", "Linux", "wrk"),
    ),
    Promise(
        "cold",
        "cold calendar of 1,000 events, no coding asked: icalendar building and writing it against ours",
        "≥",
        80,
        partial(cold, name="calendar"),
    ),
    Promise("cold", "the same with gzip asked of ours", "≥", 40, partial(cold, name="calendar, gzip")),
    Promise("cold", "cold Atom of 50 entries: feedgen building it against ours", "≥", 3, partial(cold, name="atom")),
)
