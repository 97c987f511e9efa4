"""A service with something of everything, and its export, each made once."""

from pathlib import Path

import pytest

from tests.export import told, write
from tests.service import Service, numbered, numbered_news, record


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    """With items edited and withdrawn, coming and past, and a name that is called otherwise now."""
    made = Service(tmp_path_factory.mktemp("service"))
    made.publish(*told(), numbered(30), numbered_news(200))
    made.data.joinpath("same.toml").write_text('[topics]\n"Tibet" = "Tibetans"\n')
    made.later(hours=1).publish(*told()[1:], record(title="Edited"))
    made.later(hours=1)
    return made


@pytest.fixture(scope="session")
def folder(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("export")
    outcome = write(service, made)
    assert (outcome.unchanged, outcome.removed, outcome.rejected) == (0, 0, ())
    return made
