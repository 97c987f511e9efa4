"""The documents can fail: every command, option, setting, parameter and format of the code stands in them.

What is looked for is read from the code's own registries, so that nothing new goes untold.
"""

import json
import re
from collections.abc import Iterator

import click
import pytest

from cecc_feeds import config
from cecc_feeds.cli import cli
from cecc_feeds.fields import STATUSES
from cecc_feeds.model import Event, Item, canonical, item_from
from cecc_feeds.query import ORDERS, PARAMETERS
from cecc_feeds.render import FORMATS
from cecc_feeds.sources import READERS, Reader
from cecc_feeds.web.routes import PLAIN_ROUTES, ROUTES
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = {
    path.name: path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
}
EVERYTHING = "\n".join(DOCUMENTS.values())


def code_spans(text: str) -> str:
    """What stands in backquotes or in code blocks: only there is a name a name."""
    blocks = re.findall(r"^```.*?^```", text, re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return "\n".join((*blocks, *re.findall(r"`[^`\n]+`", rest)))


CODE = code_spans(EVERYTHING)


def told(name: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", CODE) is not None


def options() -> Iterator[tuple[str, str]]:
    """(command, option), each spelling."""
    for name, command in cli.commands.items():
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                yield from ((name, spelling) for spelling in (*parameter.opts, *parameter.secondary_opts))


@pytest.mark.parametrize("command", cli.commands)
def test_every_command_is_told(command: str) -> None:
    assert told(f"cecc-feeds {command}")


@pytest.mark.parametrize(("command", "option"), list(options()))
def test_every_option_is_told_in_the_line_of_its_command(command: str, option: str) -> None:
    line = next(line for line in README.splitlines() if line.startswith(f"| `cecc-feeds {command}"))
    assert re.search(rf"{re.escape(option)}(?![\w-])", line)


def test_no_option_is_told_that_there_is_not() -> None:
    known = {option for _, option in options()} | {"--help"}
    lines = [line.partition("` |")[0] for line in README.splitlines() if line.startswith("| `cecc-feeds ")]
    assert len(lines) == len(cli.commands)
    assert {option for line in lines for option in re.findall(r"--[a-z-]+", line)} <= known


@pytest.mark.parametrize("name", config.DEFAULTS)
def test_every_setting_is_told_with_its_default(name: str) -> None:
    assert f"| `CECC_FEEDS_{name.upper()}` | `{config.DEFAULTS[name]}` |" in README


def test_no_setting_is_told_that_there_is_not() -> None:
    assert set(re.findall(r"CECC_FEEDS_([A-Z_]+)", EVERYTHING)) <= {name.upper() for name in config.DEFAULTS}


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_every_parameter_is_told_in_the_table_of_parameters(name: str) -> None:
    table = README.partition("| parameter | ")[2].partition("\n\n")[0]
    assert f"`{name}`" in table


def test_no_parameter_is_told_that_there_is_not() -> None:
    table = README.partition("| parameter | ")[2].partition("\n\n")[0]
    first_cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert {name for cell in first_cells for name in re.findall(r"`(\w+)`", cell)} == set(PARAMETERS)


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_is_told_with_its_media_type(suffix: str) -> None:
    assert told(suffix)
    assert told(FORMATS[suffix].media_type.partition(";")[0])


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_every_kind_of_file_that_is_read_is_named(reader: Reader) -> None:
    assert {"HTML page": "saved by a browser", "text page": "as text"}.get(reader.name, reader.name) in README


@pytest.mark.parametrize("value", [*STATUSES, *ORDERS])
def test_every_value_of_a_parameter_is_told(value: str) -> None:
    assert told(value)


def test_every_address_is_told() -> None:
    lists = {re.sub(r"/<\w+>$", "/", rule) for rule, _ in (*ROUTES, *PLAIN_ROUTES) if not rule.endswith(tuple(FORMATS))}
    untold = {"/", "/types", "/topics", "/feeds", "/robots.txt", "/static/"}
    assert [rule for rule in sorted(lists - untold) if rule not in CODE] == []


def test_every_link_between_the_documents_leads_somewhere() -> None:
    for name, text in DOCUMENTS.items():
        folder = ROOT if name == "README.md" else ROOT / "docs"
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (folder / target).exists(), f"{name}: {target}"


def test_the_record_in_the_readme_is_one() -> None:
    (told_record,) = re.findall(r"^```json\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    raw = json.loads(told_record)
    assert canonical(item_from(raw)) == raw


def test_the_fields_of_a_record_are_in_the_readme_or_in_the_schema_that_it_points_to() -> None:
    assert "/schema/item.json" in README
    shown = set(re.findall(r'"(\w+)":', README))
    assert {"id", "type", "title", "published", "event", "start", "end", "timezone"} <= shown
    assert shown <= {*Item.model_fields, *Event.model_fields}
