"""What holds for every test: a folder of its own, none of the caller's settings, and Hypothesis profiles.

`HYPOTHESIS_PROFILE=thorough make test` searches longer; CI uses `ci`, which finds the same every time.
"""

import os
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

ROOT = Path(__file__).parents[1]

set_hypothesis_home_dir(ROOT / ".hypothesis")
settings.register_profile("ci", deadline=None, max_examples=100, derandomize=True, print_blob=True)
settings.register_profile("dev", deadline=None, max_examples=50)
settings.register_profile("thorough", deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") == "true" else "dev"))


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative defaults (data, instance) lead into the test's empty folder, never into the project's own."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("CECC_FEEDS_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder, for tests that read its README, docs or data."""
    return ROOT
