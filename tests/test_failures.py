"""Every real failure of clients.md section 6 has a test that is named after it: `test_F05_…` for the row F5."""

import ast
import re
from collections.abc import Iterator

from tests.conftest import ROOT
from tests.other_parsers import shared

LATER = {"F50"}
"""Rows whose parts are not built yet: hubs."""


def rows() -> list[str]:
    """The failures' names in the order of the table."""
    section = shared("clients.md").read_text(encoding="utf-8").partition("\n## 6. ")[2].partition("\n## 7. ")[0]
    return re.findall(r"^\| (F\d+) \|", section, re.MULTILINE)


def test_names() -> Iterator[str]:
    """The names of all tests of the suite, read without importing them."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        if "node_modules" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield node.name


test_names.__test__ = False  # type: ignore[attr-defined]


def failures_of(name: str) -> list[str]:
    """The rows that a test is named after: `test_F09_F43_…` is named after two."""
    named = re.match(r"test((?:_F\d+)+)(?:_|$)", name)
    return [f"F{int(number)}" for number in re.findall(r"F(\d+)", named[1])] if named else []


def test_the_table_is_found_whole() -> None:
    assert rows() == [f"F{number}" for number in range(1, 59)]


def test_every_failure_has_a_test_named_after_it() -> None:
    named = {row for name in test_names() for row in failures_of(name)}
    assert [row for row in rows() if row not in named | LATER] == []


def test_no_test_is_named_after_a_failure_that_there_is_not() -> None:
    known = set(rows())
    assert [name for name in test_names() if not set(failures_of(name)) <= known] == []


def test_a_name_spells_its_failure_in_two_digits() -> None:
    wrong = [
        name
        for name in test_names()
        if re.search(r"_[Ff]\d+(_|$)", name) and not re.match(r"test(_F\d\d)+_[a-z]", name)
    ]
    assert wrong == []
