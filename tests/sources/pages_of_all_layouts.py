"""The golden pages, the seed page, and how tests read them."""

import os
from io import BytesIO
from pathlib import Path

import pytest

from cecc_feeds.model import Item, Rejected, canonical
from cecc_feeds.sources import READERS, Found, Located, read_path

PAGES = Path(__file__).parents[1] / "golden" / "pages"
SEED = Path(__file__).parents[2].parent / "shared" / "cecc" / "human-trafficking-page.txt"
ZONE = "America/New_York"

PAGE_FILES = sorted(path for path in PAGES.iterdir() if path.suffix in (".txt", ".html"))
TEXT_FILES = [path for path in PAGE_FILES if path.suffix == ".txt"]
READERS_BY_NAME = {reader.name: reader for reader in READERS}


def seed_text() -> str:
    """The seed page; where shared/ is absent the test is skipped, but not in CI."""
    if not SEED.exists() and os.environ.get("CI") != "true":
        pytest.skip(f"{SEED} is not here")
    return SEED.read_text(encoding="utf-8")


def found_in(data: bytes | str, reader: str = "text page", where: str = "page") -> list[Found]:
    raw = data.encode() if isinstance(data, str) else data
    return list(READERS_BY_NAME[reader].read(BytesIO(raw), where, ZONE))


def items_in(data: bytes | str, reader: str = "text page") -> list[Item]:
    """The items of a file in which nothing is refused."""
    found = found_in(data, reader)
    assert [one for one in found if isinstance(one, Rejected)] == []
    return [one.item for one in found if isinstance(one, Located)]


def records_in(data: bytes | str, reader: str = "text page") -> list[dict[str, object]]:
    return [canonical(item) for item in items_in(data, reader)]


def items_at(path: Path) -> list[Item]:
    return [one.item for one in read_path(path, zone=ZONE) if isinstance(one, Located)]
