"""The fixture `store`: an empty store on each database in turn."""

from collections.abc import Iterator

import pytest

from cecc_feeds.store import Store
from tests.store.keeping import DATABASES


@pytest.fixture(params=DATABASES.values(), ids=DATABASES)
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    with request.param() as made:
        yield made
