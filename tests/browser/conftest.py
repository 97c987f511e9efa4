"""One browser for the whole run, and a service with something of everything."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser import Site, chromium, serving
from tests.service import Service, numbered, numbered_news, record

NEWCOMERS = (
    numbered(2, title="<Script> & “quotes” — " + "a very long title " * 8, topics=["Tibet", "Xinjiang"]),
    numbered(3, event={"status": "cancelled"}),
    numbered(4, event={"status": "postponed"}, type="Roundtable"),
    numbered(5, title="中国的劳工权利", language="zh-Hans"),
    record(
        id="two-days", title="A conference of two days", url=None, type="Conference",
        event={"start": "2026-12-08", "end": "2026-12-09"},
    ),
    record(
        id="past", title="What was", url=None, published="2026-03-01",
        event={"start": "2026-03-05T10:00:00-05:00", "end": "2026-03-05T12:00:00-05:00"},
        links=[
            {"rel": "transcript", "title": "Transcript (PDF)", "url": "https://a.gov/t.pdf", "type": "application/pdf"}
        ],
    ),
    *(numbered_news(number) for number in range(1, 61)),
)  # fmt: skip


def _fill(service: Service) -> None:
    service.publish(record(), *NEWCOMERS)
    moved = record(event={"start": "2026-12-01T14:00:00-05:00", "end": "2026-12-01T15:30:00-05:00"})
    service.later(hours=1).publish(moved, *NEWCOMERS)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None:
        pytest.skip("no Chromium on this machine, or no axe-core in tests/other_parsers")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield made
        made.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Coming, moved, cancelled, postponed and past events, several days, another script, sixty press releases."""
    with serving(tmp_path_factory.mktemp("site"), _fill) as made:
        yield made


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A service that holds nothing at all."""
    with serving(tmp_path_factory.mktemp("empty"), lambda service: service.bring_in()) as made:
        yield made


@pytest.fixture(scope="session")
def topical(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A service with two hundred topics."""
    topics = [f"Topic {number}" for number in range(200)]
    told = [numbered(number, topics=topics[number * 10 : number * 10 + 10]) for number in range(20)]
    with serving(tmp_path_factory.mktemp("topical"), lambda service: service.publish(*told)) as made:
        yield made
