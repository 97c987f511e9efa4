"""The pages and embeds in Firefox as well, which reads policies, style sheets and shadow roots by code of its own."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.browser import IN_CI, Site
from tests.browser.test_embeds import EVENTS, FRAME, hosting

HERE = Path(__file__).parent
PAGES = ("/", "/events", "/events/2026-12", "/items/hearing-1", "/subscribe?type=hearing", "/subscribe?url=/events.ics")
COMPONENT = "document.querySelector('cecc-events').shadowRoot?.querySelectorAll('.event').length > 1"
HEIGHT = "Number(document.querySelector('iframe').height)"


@pytest.fixture(scope="module")
def firefox() -> str:
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    driver = HERE.parent / "other_parsers" / "node_modules" / "puppeteer-core"
    if program and shutil.which("node") and driver.is_dir():
        return program
    if IN_CI:
        raise RuntimeError("CI=true, but Firefox or puppeteer-core is missing: apt-get install firefox-esr, make test")
    pytest.skip("no Firefox on this machine, or no puppeteer-core in tests/other_parsers")


def visited(program: str, *visits: dict[str, Any]) -> list[dict[str, Any]]:
    """What came of each visit, which must end without a word on the console and without a cookie."""
    given = {"program": program, "visits": [{"width": 1280, "dark": False, "until": "true", **one} for one in visits]}
    done = subprocess.run(
        ["node", "firefox.mjs"], cwd=HERE, input=json.dumps(given).encode(), capture_output=True, timeout=300
    )
    assert done.returncode == 0, done.stderr.decode()
    found: list[dict[str, Any]] = json.loads(done.stdout)
    assert [(one["overflow"], one["said"], one["cookies"]) for one in found] == [(0, [], [])] * len(visits)
    return found


def test_pages_ask_nobody_else_and_fit_the_window(firefox: str, site: Site) -> None:
    looks = [(path, width) for path in PAGES for width in (320, 1280)]
    told = "document.querySelectorAll('h1').length"
    found = visited(firefox, *({"url": site(path), "width": width, "told": told} for path, width in looks))
    assert [(one["told"], one["asked"]) for one in found] == [(1, [site.origin])] * len(looks)


@pytest.mark.parametrize("dark", [False, True])
def test_the_component_shows_events_on_a_strict_page_of_another_origin(firefox: str, site: Site, dark: bool) -> None:
    marks = "[...document.querySelector('cecc-events').shadowRoot.querySelectorAll('.badge')].map(one => one.innerText)"
    with hosting(site, EVENTS) as host:
        looks = [{"url": host("/"), "width": w, "dark": dark, "until": COMPONENT, "told": marks} for w in (320, 1280)]
        found = visited(firefox, *looks)
        assert [one["told"] for one in found] == [["Moved", "Cancelled", "Postponed"]] * 2
        assert all(set(one["asked"]) == {site.origin, host.origin} for one in found)


def test_a_frame_grows_to_what_is_in_it(firefox: str, site: Site) -> None:
    with hosting(site, FRAME) as host:
        visit = {"url": host("/"), "until": f"{HEIGHT} !== 200", "told": HEIGHT}
        narrow, wide = (one["told"] for one in visited(firefox, {**visit, "width": 320}, {**visit, "width": 1280}))
        assert narrow > wide > 400
