"""Hot answers: ours from what is kept, against nginx from files, itself under an import, and the libraries.

Its one rule: both send the same bytes: nginx's files are what ours answered just before.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from statistics import mean, median

from benchmarks import client, wrk
from benchmarks.bench import Bench
from benchmarks.errors import Trouble
from benchmarks.promises import Promise, Seen, middle, ratios
from benchmarks.selections import queries
from benchmarks.servers import Server
from benchmarks.wrk import Asked

CODING = {"identity": "", "gzip": "gzip", "304": "gzip"}
"""Kind of request to the coding asked for: what polls for a change asks for gzip as well, as every app does."""


@dataclass(frozen=True, slots=True)
class Both:
    """What is asked of ours and of nginx, and the mean size of the bodies that come, 0 for 304."""

    ours: list[Asked]
    theirs: list[Asked]
    body: float


def targets(bench: Bench) -> dict[str, list[str]]:
    return {
        "/items.atom": ["/items.atom"],
        "/items.json": ["/items.json"],
        "/items.atom?limit=25": ["/items.atom?limit=25"],
        "/items.json?limit=20": ["/items.json?limit=20"],
        "/events.ics": [f"/events.ics?limit={bench.sizes.hot_calendar}"],
        "queries": queries(bench.sizes.queries),
    }


def prepared(bench: Bench, server: Server, name: str, kind: str) -> Both:
    """Ours asked once for everything; the same bytes as files of nginx's, plain and in gzip; each one's own tags."""
    headers = {"Accept_Encoding": CODING[kind]} if CODING[kind] else {}
    folder = bench.place("nginx/files")
    ours, theirs, sizes, digests = [], [], [], set()
    with client.Connection(server.port) as us, client.Connection(bench.nginx().port) as them:
        for number, target in enumerate(targets(bench)[name]):
            suffix = target.partition("?")[0].rpartition(".")[2]
            file = folder / f"{re.sub('[^a-z0-9]+', '-', name)}-{number}.{suffix}"
            plain, coded = us.ask(target), us.ask(target, Accept_Encoding="gzip")
            if (plain.status, coded.status) != (200, 200) or coded.content != plain.body:
                raise Trouble(f"{target} answers {plain.status} and {coded.status}, or another text in gzip")
            file.write_bytes(plain.body)
            file.with_name(f"{file.name}.gz").write_bytes(coded.body)
            answers = us.ask(target, **headers), them.ask(f"/{file.name}", **headers)
            if answers[0].body != answers[1].body:
                raise Trouble(f"nginx answers {file.name} with other bytes than ours {target}")
            digests.add(sha256(answers[0].body).digest())
            sizes.append(len(answers[0].body))
            tags = [answer.headers["etag"] if kind == "304" else "" for answer in answers]
            ours.append(Asked(target, tags[0]))
            theirs.append(Asked(f"/{file.name}", tags[1]))
    if len(digests) != len(ours):
        raise Trouble(f"{len(ours)} queries gave only {len(digests)} different answers")
    return Both(ours, theirs, 0.0 if kind == "304" else mean(sizes))


def against_nginx(bench: Bench, name: str, kind: str) -> Seen:
    server, nginx = bench.ours(bench.small), bench.nginx()
    both = prepared(bench, server, name, kind)
    once = partial(_load, bench, both=both, kind=kind)
    for port, asked in ((server.port, both.ours), (nginx.port, both.theirs)):
        once(port, asked, seconds=1)
    pairs = bench.woven(lambda: once(server.port, both.ours), lambda: once(nginx.port, both.theirs))
    bench.once(f"rate {name} {kind}", lambda: median(rate for rate, _ in pairs))
    bench.once(f"rate {name} {kind} body", lambda: both.body)
    told = f"{both.body:,.0f} bytes" if both.body else "no body"
    us, them = ([pair[side] for pair in pairs] for side in (0, 1))
    return Seen(ratios(pairs), f"{told}; ours {middle(us)}/s, nginx {middle(them)}/s")


def _load(
    bench: Bench, port: int, asked: list[Asked], *, both: Both, kind: str, seconds: int = 0, prefix: Sequence[str] = ()
) -> float:
    return wrk.load(
        port,
        asked,
        seconds=seconds or bench.sizes.seconds,
        folder=bench.place("wrk"),
        body=both.body,
        coding=CODING[kind],
        prefix=prefix,
    )


def _rows(group: str, kind: str, told: str, bounds: dict[str, float]) -> list[Promise]:
    names = {"/events.ics": "/events.ics?limit=100", "queries": "1,000 different queries in turn"}
    return [
        Promise(
            group,
            f"{told}, {names.get(name, name)}: against nginx serving files",
            "≥",
            bound,
            partial(against_nginx, name=name, kind=kind),
            needs=("records", "Linux", "nginx", "wrk"),
        )
        for name, bound in bounds.items()
    ]


NAMES = ("/items.atom", "/items.json", "/events.ics", "queries")
ABOUT_50_KB = ("/items.atom?limit=25", "/items.json?limit=20")
"""The size at which the promise is hardest to keep: nginx sends pages of its file as they lie there."""

IDENTITY = dict.fromkeys((*NAMES, *ABOUT_50_KB), 0.50) | {"/events.ics": 0.65}
ROWS: tuple[Promise, ...] = (
    *_rows("hot", "identity", "hot 200, no coding asked", IDENTITY),
    *_rows("gzip", "gzip", "hot 200, gzip asked", dict.fromkeys(NAMES, 0.70)),
    *_rows("304", "304", "304 to the right If-None-Match", dict.fromkeys(NAMES, 0.60)),
)
