"""What a person sees: our pages in a real browser, driven by Playwright.

Its one rule: every visit ends with the same judgement: nothing on the console, nobody else asked, no cookie.
"""

import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Frame, Page
from werkzeug.serving import BaseWSGIServer, make_server

from tests.conftest import ROOT
from tests.service import Service

WSGIApplication = Callable[[dict[str, Any], Callable[..., Any]], Any]

AXE = ROOT / "tests" / "other_parsers" / "node_modules" / "axe-core" / "axe.min.js"
IN_CI = os.environ.get("CI") == "true"
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
PHONE, DESK = 375, 1280
HEIGHT = 900


def chromium() -> str | None:
    """Where the machine's Chromium is, if axe-core is there, too; else None, or RuntimeError where CI=true."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found and AXE.is_file():
        return found
    if IN_CI:
        raise RuntimeError("CI=true, but Chromium or axe-core is missing: apt-get install chromium, make test")
    return None


@cache
def axe() -> str:
    return AXE.read_text()


@dataclass
class Site:
    """An application on a port of the loopback."""

    origin: str
    service: Service | None = None

    def __call__(self, target: str) -> str:
        return self.origin + target


@contextmanager
def listening(application: WSGIApplication) -> Iterator[Site]:
    """An application served from a thread; each has a port and is another origin."""
    server = make_server("127.0.0.1", 0, application, threaded=True)
    with _running(server):
        yield Site(f"http://127.0.0.1:{server.port}")


@contextmanager
def serving(folder: Path, fill: Callable[[Service], object]) -> Iterator[Site]:
    """A service with what `fill` publishes, under its own address."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    service = Service(folder, given={"base_url": f"http://127.0.0.1:{port}"})
    fill(service)
    with _running(make_server("127.0.0.1", port, service.app(), threaded=True)):
        yield Site(service.given["base_url"], service)


@contextmanager
def _running(server: BaseWSGIServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Visit:
    """A person's stay in a browser. `ours` are the origins that may be asked."""

    context: BrowserContext
    ours: frozenset[str]
    faults: list[str] = field(default_factory=list)

    def open(self, address: str) -> Page:
        page = self.context.new_page()
        page.on("console", lambda said: self._said(said.type, said.text))
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("request", lambda asked: self._asked(asked.url))
        page.goto(address)
        return page

    def _said(self, kind: str, words: str) -> None:
        if kind in ("error", "warning"):
            self.faults.append(f"console: {words}")

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and f"{parts.scheme}://{parts.netloc}" not in self.ours:
            self.faults.append(f"asked another site: {url}")

    def end(self) -> None:
        cookies = self.context.cookies()
        self.context.close()
        assert self.faults == []
        assert cookies == []


@contextmanager
def visit(
    browser: Browser, *sites: Site, width: int = DESK, dark: bool = False, script: bool = True, **more: Any
) -> Iterator[Visit]:
    """A visit that is judged when it ends, unless the test has failed by then."""
    context = browser.new_context(
        viewport={"width": width, "height": HEIGHT},
        color_scheme="dark" if dark else "light",
        java_script_enabled=script,
        **more,
    )
    context.set_default_timeout(10_000)
    stay = Visit(context, frozenset(site.origin for site in sites))
    try:
        yield stay
    except BaseException:
        context.close()
        raise
    stay.end()


def violations(page: Page | Frame) -> list[str]:
    """What axe-core finds on a page or in a frame, frames in it left aside, a line each: rule, what it says, where."""
    page.evaluate(axe())  # not as a script element: the page's own policy allows none of ours
    found: Mapping[str, Any] = page.evaluate(
        "more => axe.run(document, {iframes: false, resultTypes: ['violations'], ...more})",
        {"runOnly": {"type": "tag", "values": list(WCAG)}},
    )
    return [
        f"{one['id']}: {one['help']}: {node['html'][:200]} ({node['failureSummary'][:300]})"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def looked_at(page: Page) -> Iterator[str]:
    """The same page as four people see it: the window is narrowed, the light goes out."""
    for width, dark in ((DESK, False), (PHONE, True), (320, False), (DESK, True)):
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.emulate_media(color_scheme="dark" if dark else "light")
        yield f"{width}{' dark' if dark else ''}"


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    wide: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wide
