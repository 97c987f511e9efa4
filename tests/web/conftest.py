"""Two small services, each made once and copied for every test that asks for it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.service import Record, Service, numbered, record

Copy = Callable[..., Service]


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """`published(folder, *records)`: a service in the folder that holds the records."""
    made: dict[str, Path] = {}

    def copy(folder: Path, *records: Record) -> Service:
        if repr(records) not in made:
            made[repr(records)] = template = tmp_path_factory.mktemp("published")
            Service(template).publish(*records)
        shutil.copytree(made[repr(records)], folder, dirs_exist_ok=True)
        return Service(folder)

    return copy


@pytest.fixture
def service(published: Copy, tmp_path: Path) -> Service:
    """A service that holds `record()`, still to come."""
    return published(tmp_path, record())


@pytest.fixture
def wide(published: Copy, tmp_path: Path) -> Service:
    """The same with so many hearings that every body is worth compressing."""
    return published(tmp_path, record(), *(numbered(number) for number in range(2, 12)))
