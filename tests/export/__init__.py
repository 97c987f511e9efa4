"""An export in a folder, for tests: what it was made of, its files, and a plain file server over it."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

from cecc_feeds.export import Outcome, export
from cecc_feeds.export.folder import LIST
from cecc_feeds.web.filed import filed
from tests.service import BASE_URL, Record, Service, numbered, numbered_news, record

OURS = ("_headers", "_redirects", "nginx.conf", "404.html", "404.txt", LIST)
"""What no address of ours answers."""


def told() -> list[Record]:
    """Enough of everything: lists of several pages and months, topics in two scripts, ids with dots, links."""
    return [
        record(),
        *(numbered(number) for number in range(2, 6)),
        numbered(20, event={"status": "cancelled"}, type="Roundtable", topics=["中文 & <more>"]),
        numbered(22, event={"start": "2026-08-20T10:00:00-04:00", "end": "2026-08-20T10:00:00-04:00"}),
        *(numbered_news(number, topics=["Tibet"]) for number in range(1, 110)),
        record(id="odd.id_1.ics", url=None, event=None, type="分析"),
    ]


def write(service: Service, folder: Path, base_url: str = BASE_URL) -> Outcome:
    return export(service.settings, folder, base_url=base_url, now=service.now, progress=lambda _count: None)


def files(folder: Path) -> dict[str, bytes]:
    """Name to body of what has an address, without what lies beside it in codings."""
    names = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {
        name: path.read_bytes()
        for name, path in sorted(names.items())
        if path.suffix not in (".gz", ".br") and name not in OURS
    }


def address(name: str) -> str:
    """The address of a file, as pages name it."""
    return quote("/" + re.sub(r"(^|/)index\.html$", "", name))


# What a site of files says otherwise, as (pattern, what stands there instead).
FORM = re.compile(r"<form\b.*?</form>\n", re.DOTALL)
FURTHER = re.compile(r'<p class="further">.*?</p>\n', re.DOTALL)
"""To the builder and the feed doctor."""
FACETS = re.compile(r'<nav class="facets".*?</nav>\n', re.DOTALL)
OEMBED = re.compile(r'<link rel="alternate" type="[^"]+\+oembed"[^>]*>\n')
OF_OURS = re.compile(rf'(?:{re.escape(BASE_URL)}|(?<=href="))(/[^"<>\s\\]*?\?(?:(?:&amp;|&)?(?:page|archive)=[\d-]+)+)')
WORDS = {
    "; the search above looks through everything": "",
    "page= and limit= (up to 500) in the address give the others": (
        "the others are in further pages, each linked from the one before it"
    ),
}


def said_statically(body: str) -> str:
    """What a site of files says where the application says this."""
    for pattern in (FORM, FACETS, FURTHER, OEMBED):
        body = pattern.sub("", body)
    body = OF_OURS.sub(lambda found: found[0].replace(found[1], filed(found[1].replace("&amp;", "&"))), body)
    for live, static in WORDS.items():
        body = body.replace(live, static)
    return body


@contextmanager
def serving(folder: Path, port: int = 0) -> Iterator[str]:
    """A plain file server over a folder, as `python -m http.server` is; its address."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_said: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def fetched(url: str) -> bytes:
    with urlopen(url) as answer:  # noqa: S310
        return bytes(answer.read())


def small(folder: Path) -> Service:
    """A service that is soon exported."""
    made = Service(folder)
    made.publish(record(), numbered(2), numbered_news(1))
    return made
