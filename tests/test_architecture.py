"""The import rules and sizes of the house, kept by reading the source with `ast`.

Every rule is a function from {module: source} to sentences, one for each fault, so that planted faults test the rules.
A module's name is dotted and begins with `cecc_feeds`; a package's own code is named without `__init__`.
"""

import ast
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase

import pytest

from cecc_feeds.keeping import WRITERS
from tests.conftest import ROOT

Sources = dict[str, str]
Rule = Callable[[Sources], Iterator[str]]

# Part of the package to what it may import, itself apart. A part without a row is a fault.
LEAVES = {"datewords", "errors", "folding", "marks", "memory", "text", "times"}
VALUES = LEAVES | {"canonical", "fields", "item", "model"}
MIDDLE = VALUES | {"identity", "changes", "doubts", "merging", "query", "same"}
OUTER = {"sources", "store", "render"}
BRINGING_IN = {
    "working", "rendering", "keeping", "arrangement", "matching", "taking", "intake", "restoring", "readdressing",
}  # fmt: skip
BELOW_THE_DOORS = MIDDLE | OUTER | BRINGING_IN | {"config", "log"}
DOORS = {"web", "export", "check", "notify", "serving"}
MAY_IMPORT: dict[str, set[str]] = {
    "": set(),  # cecc_feeds/__init__.py
    "errors": set(),
    "folding": set(),
    "marks": set(),
    "memory": set(),
    "text": {"errors", "folding"},
    "datewords": set(),
    "times": {"datewords", "errors", "text"},
    "fields": LEAVES,
    "item": LEAVES | {"fields"},
    "canonical": LEAVES | {"item"},
    "model": LEAVES | {"fields", "item", "canonical"},
    "identity": VALUES,
    "changes": VALUES,
    "query": VALUES,
    "doubts": VALUES | {"identity"},
    "merging": VALUES | {"doubts"},
    "same": VALUES | {"identity"},
    "config": VALUES | {"query", "same"},
    "log": LEAVES,
    **dict.fromkeys(OUTER, MIDDLE),
    "rendering": MIDDLE | OUTER,
    "working": {"errors", "memory"},
    "keeping": MIDDLE | OUTER | {"working", "rendering"},
    "arrangement": MIDDLE | OUTER | {"config"},
    "matching": MIDDLE | OUTER,
    "taking": MIDDLE | OUTER | {"working", "keeping", "arrangement", "matching"},
    "intake": MIDDLE | OUTER | {"working", "keeping", "arrangement", "matching", "taking", "config", "log"},
    "restoring": MIDDLE | OUTER | {"working", "keeping"},
    "readdressing": MIDDLE | OUTER | {"working", "keeping"},
    "web": BELOW_THE_DOORS,
    "check": BELOW_THE_DOORS,
    "notify": BELOW_THE_DOORS,
    "export": BELOW_THE_DOORS | {"web"},  # the static site is what the test client answers
    "cli": BELOW_THE_DOORS | DOORS,
    "serving": BELOW_THE_DOORS | {"web"},  # the command `serve`
    "__main__": {"cli"},
}

# Who alone may import a library, by the module's name.
ONLY_IN = {
    "flask": ["web*", "export*"],
    "werkzeug": ["web*", "export*"],
    "jinja2": ["web*"],
    "uvicorn": ["serving", "web.wire"],
    "click": ["cli"],
    "dateutil": ["times"],
    "sqlalchemy": ["store*"],
    "alembic": ["store*"],
    "sqlite3": ["store*"],
    "feedgen": ["render*"],
    "segno": ["web*"],
    "urllib.request": ["sources.remote"],
}
ENVIRONMENT = {"os.environ", "os.environb", "os.getenv", "os.getenvb", "os.putenv"}
MAY_READ_ENVIRONMENT = ["config"]
CLOCK = {
    "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today",
    "time.time", "time.time_ns", "time.localtime", "time.gmtime",
}  # fmt: skip
MAY_READ_CLOCK = ["web*", "cli", "serving", "intake", "sources.remote"]
MAY_CATCH_EVERYTHING = ["web*", "cli", "serving"]
FUNCTION_LINES, MODULE_LINES = 40, 400
DATA_ONLY = ["store.migrations*"]


def inside(module: str) -> str:
    """`cecc_feeds.store.schema` is `store.schema` inside the package."""
    return module.removeprefix("cecc_feeds").removeprefix(".")


def part(module: str) -> str:
    return inside(module).partition(".")[0]


def one_of(module: str, patterns: list[str]) -> bool:
    """`web*` is the package web and all in it, and not a module webhooks."""
    name = inside(module)
    return any(fnmatchcase(name, pattern.replace("*", ".*")) or name == pattern.rstrip("*") for pattern in patterns)


def imported(module: str, source: str, known: set[str]) -> Iterator[tuple[str, int]]:
    """The dotted names that a module imports, anywhere in it, with their lines; relative imports made absolute."""
    is_package = any(other.startswith(module + ".") for other in known)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = module.split(".")[: None if is_package and node.level == 1 else is_package - node.level]
                base = ".".join([*above, base]).rstrip(".")
            yield from ((f"{base}.{alias.name}", node.lineno) for alias in node.names)


def own_imports(sources: Sources) -> Iterator[tuple[str, str, int]]:
    """(module, imported module of ours, line)."""
    for module, source in sources.items():
        for name, line in imported(module, source, set(sources)):
            while name and name not in sources:
                name = name.rpartition(".")[0]
            if name and name != module:
                yield module, name, line


def layers(sources: Sources) -> Iterator[str]:
    for module in sources:
        if part(module) not in MAY_IMPORT:
            yield f"{module}: has no row in MAY_IMPORT"
    for module, name, line in own_imports(sources):
        here, there = part(module), part(name)
        if here != there and there and there not in MAY_IMPORT.get(here, set()):
            yield f"{module}:{line}: {here} must not import {there}"


def rings(sources: Sources) -> Iterator[str]:
    """A package counts as importing what its `__init__` names, but not because a submodule of it was imported."""
    graph: dict[str, set[str]] = {module: set() for module in sources}
    for module, name, _ in own_imports(sources):
        graph[module].add(name)
    reported: set[str] = set()
    for start in sorted(graph):
        path = way_back(graph, start)
        if path and not reported & set(path):
            reported |= set(path)
            yield "ring: " + " -> ".join([*path, start])


def way_back(graph: dict[str, set[str]], start: str) -> list[str]:
    """The shortest path from a module to itself, without its last step; empty where there is none."""
    paths, seen = [[start]], set()
    while paths:
        path = paths.pop(0)
        for name in sorted(graph[path[-1]]):
            if name == start:
                return path
            if name not in seen:
                seen.add(name)
                paths.append([*path, name])
    return []


def libraries(sources: Sources) -> Iterator[str]:
    for module, source in sources.items():
        for name, line in imported(module, source, set(sources)):
            for library, homes in ONLY_IN.items():
                if (name == library or name.startswith(library + ".")) and not one_of(module, homes):
                    yield f"{module}:{line}: {library} belongs in {' and '.join(homes)}"


def named(source: str) -> Iterator[tuple[str, int]]:
    """Every dotted name in a source, its first word replaced by what an import bound it to."""
    tree = ast.parse(source)
    bound: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            whole = ((alias.asname or alias.name.partition(".")[0], alias) for alias in node.names)
            bound |= {name: alias.name if alias.asname else name for name, alias in whole}
        elif isinstance(node, ast.ImportFrom):
            bound |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute):
            first, _, rest = ast.unparse(node).partition(".")
            yield ".".join(filter(None, [bound.get(first, first), rest])), node.lineno


def environment(sources: Sources) -> Iterator[str]:
    yield from uses(sources, ENVIRONMENT, MAY_READ_ENVIRONMENT, "reads the environment")


def clock(sources: Sources) -> Iterator[str]:
    yield from uses(sources, CLOCK, MAY_READ_CLOCK, "reads the clock")


def uses(sources: Sources, names: set[str], allowed: list[str], does: str) -> Iterator[str]:
    for module, source in sources.items():
        if not one_of(module, allowed):
            yield from (f"{module}:{line}: {does}: {name}" for name, line in named(source) if name in names)


def catching(sources: Sources) -> Iterator[str]:
    """`except:`, `except Exception` and `except BaseException`, alone or in a tuple."""
    for module, source in sources.items():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ExceptHandler) and not one_of(module, MAY_CATCH_EVERYTHING):
                caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
                if any(kind is None or ast.unparse(kind) in ("Exception", "BaseException") for kind in caught):
                    yield f"{module}:{node.lineno}: catches everything"


def sizes(sources: Sources) -> Iterator[str]:
    for module, source in sources.items():
        if one_of(module, DATA_ONLY):
            continue
        if (lines := len(source.splitlines())) > MODULE_LINES:
            yield f"{module}: {lines} lines, more than {MODULE_LINES}"
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
                lines = node.end_lineno - node.lineno + 1
                if lines > FUNCTION_LINES:
                    yield f"{module}:{node.lineno}: {node.name} has {lines} lines, more than {FUNCTION_LINES}"


RULES: list[Rule] = [layers, rings, libraries, environment, clock, catching, sizes]


def our_sources() -> Sources:
    src = ROOT / "src"
    paths = sorted((src / "cecc_feeds").rglob("*.py"))
    names = [".".join(path.relative_to(src).with_suffix("").parts).removesuffix(".__init__") for path in paths]
    return {name: path.read_text(encoding="utf-8") for name, path in zip(names, paths, strict=True)}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_package_keeps_the_rule(rule: Rule) -> None:
    assert list(rule(our_sources())) == []


def planted(**changes: str) -> Sources:
    """A small package that keeps every rule, with the given modules added or replaced; `__` stands for a dot."""
    kept = {
        "errors": "", "text": "", "times": "import dateutil.parser", "model": "from .text import clean",
        "query": "from cecc_feeds.model import Item", "config": "import os\nx = os.environ",
        "sources": "from . import records", "sources.records": "from ..model import Item",
        "store": "import sqlalchemy", "render": "", "intake": "from datetime import datetime\nx = datetime.now()",
        "web": "import flask\nfrom cecc_feeds import config", "export": "from .web import create_app",
        "cli": "try:\n    from cecc_feeds.web import create_app\nexcept Exception: pass",
    }  # fmt: skip
    kept |= {name.replace("__", "."): source for name, source in changes.items()}
    return {"cecc_feeds": ""} | {f"cecc_feeds.{name}": source for name, source in kept.items()}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_package_that_keeps_every_rule_passes(rule: Rule) -> None:
    assert list(rule(planted())) == []


LONG = "def long():\n" + "    x = 1\n" * 40
FAULTS: list[tuple[Rule, Sources, list[str]]] = [
    (layers, planted(errors="import cecc_feeds.text"), ["errors:1: errors must not import text"]),
    (layers, planted(text="from .times import day"), ["text:1: text must not import times"]),
    (layers, planted(model="from . import query"), ["model:1: model must not import query"]),
    (layers, planted(store="from .render import FORMATS"), ["store:1: store must not import render"]),
    (layers, planted(sources__html="from ..store import put"), ["sources.html:1: sources must not import store"]),
    (layers, planted(sources__html="from .records import read"), []),
    (layers, planted(render="def f():\n    from .config import load"), ["render:2: render must not import config"]),
    (layers, planted(config="from .intake import run"), ["config:1: config must not import intake"]),
    (layers, planted(web="from cecc_feeds.cli import main"), ["web:1: web must not import cli"]),
    (layers, planted(check="from cecc_feeds.web import app"), ["check:1: check must not import web"]),
    (layers, planted(utils=""), ["utils: has no row in MAY_IMPORT"]),
    (
        rings,
        planted(sources__a="from . import b", sources__b="def f():\n    from .a import x"),
        ["ring: sources.a -> sources.b -> sources.a"],
    ),
    (
        rings,
        planted(sources="from .a import read", sources__a="from . import READERS"),
        ["ring: sources -> sources.a -> sources"],
    ),
    (libraries, planted(render="import flask"), ["render:1: flask belongs in web* and export*"]),
    (libraries, planted(webhooks="from flask import abort"), ["webhooks:1: flask belongs in web* and export*"]),
    (libraries, planted(web__pages="from flask import abort"), []),
    (libraries, planted(text="from dateutil import tz"), ["text:1: dateutil belongs in times"]),
    (libraries, planted(intake="from sqlalchemy.orm import Session"), ["intake:1: sqlalchemy belongs in store*"]),
    (
        libraries,
        planted(sources__records="from urllib import request"),
        ["sources.records:1: urllib.request belongs in sources.remote"],
    ),
    (environment, planted(cli="import os as o\no.environ.get('X')"), ["cli:2: reads the environment: os.environ"]),
    (environment, planted(web="from os import getenv\ngetenv('X')"), ["web:2: reads the environment: os.getenv"]),
    (
        clock,
        planted(render="import datetime as d\nd.datetime.now(d.UTC)"),
        ["render:2: reads the clock: datetime.datetime.now"],
    ),
    (clock, planted(model="from datetime import date\ndate.today"), ["model:2: reads the clock: datetime.date.today"]),
    (clock, planted(store="import time\ntime.time()"), ["store:2: reads the clock: time.time"]),
    (clock, planted(store="import time\ntime.monotonic()"), []),
    (clock, planted(sources__remote="import time\ntime.time()"), []),
    (catching, planted(intake="try: x\nexcept Exception: pass"), ["intake:2: catches everything"]),
    (catching, planted(render="try: x\nexcept (KeyError, BaseException): pass"), ["render:2: catches everything"]),
    (catching, planted(store="try: x\nexcept: pass"), ["store:2: catches everything"]),
    (catching, planted(store="try: x\nexcept (KeyError, OSError): pass"), []),
    (sizes, planted(text="\n" * 401), ["text: 401 lines, more than 400"]),
    (sizes, planted(text="\n" * 400), []),
    (sizes, planted(text=LONG), ["text:1: long has 41 lines, more than 40"]),
    (sizes, planted(store__migrations__first=LONG), []),
]


@pytest.mark.parametrize(("rule", "sources", "faults"), FAULTS)
def test_a_planted_fault_is_found(rule: Rule, sources: Sources, faults: list[str]) -> None:
    assert [fault.replace("cecc_feeds.", "") for fault in rule(sources)] == faults


def test_the_edition_counts_every_module_that_what_is_rendered_depends_on() -> None:
    """A change of code that changes bytes must render anew; what only refuses or decides cannot change them."""
    sources = our_sources()
    reached, waiting = set[str](), [name for name in sources if part(name) == "render"]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += [there for here, there, _ in own_imports(sources) if here == name]
    counted = {name.removesuffix(".py") for name in WRITERS}
    assert {part(name) for name in reached} - {"render", "", *NOT_WRITERS} == counted


NOT_WRITERS = {"errors", "fields"}
"""What rendering reaches without taking bytes from it: errors, and how a field is read at the door."""
