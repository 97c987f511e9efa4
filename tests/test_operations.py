"""The operator's document is run: its commands as they stand there, and the sentences that it quotes."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.service import Service, numbered, record
from tests.test_cli import environment, process

DOCUMENT = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def block(section: str, holding: str) -> str:
    """The shell commands in a section that hold some words."""
    text = DOCUMENT.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    (found,) = [code for code in re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL) if holding in code]
    return str(found)


@pytest.fixture
def service(tmp_path: Path) -> Service:
    """An installation as `make serve` leaves it, with a change behind it."""
    made = Service(tmp_path, given={"database": f"sqlite:///{tmp_path}/instance/cecc_feeds.sqlite"})
    made.publish(record(), numbered(2))
    made.later(days=1).publish(record(title="Moved"), numbered(2))
    return made


def shell(service: Service, code: str) -> tuple[int, str, str]:
    """Run commands with `cecc-feeds` as a function and the default database."""
    given = environment(service)
    del given["CECC_FEEDS_DATABASE"]
    command = f'set -e\ncecc-feeds() {{ "{sys.executable}" -m cecc_feeds.cli "$@"; }}\n{code}'
    done = subprocess.run(["bash", "-c", command], cwd=service.folder, env=given, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def test_backup_trial_and_restore_go_as_they_are_told(service: Service) -> None:
    feeds = ("/events.ics", "/items.atom", "/items.csv")
    before = [service.get(path) for path in feeds]
    counted = "added 2, changed 0, unchanged 0, withdrawn 0, rejected 0\n"
    assert shell(service, block("Backup", "--ledger")) == (0, "", "")
    assert shell(service, block("Restore", "trial")) == (0, counted, "")
    assert shell(service, block("Restore", "broken-instance")) == (0, counted, "")
    assert (service.folder / "broken-instance" / "cecc_feeds.sqlite").exists()
    restored = Service(service.folder, service.now, service.given)
    assert [restored.get(path) for path in feeds] == before


def test_a_copy_of_the_file_in_its_place_is_the_old_store(service: Service) -> None:
    before = service.get("/events.ics")
    (command,) = re.findall(r"^From a copy of the file: `([^`]+)`", DOCUMENT, re.MULTILINE)
    copy = "import sqlite3; sqlite3.connect('instance/cecc_feeds.sqlite').execute({!r})"
    vacuum = re.findall(r'"(VACUUM INTO [^"]+)"', block("Backup", "VACUUM"))[0]
    subprocess.run([sys.executable, "-c", copy.format(vacuum)], cwd=service.folder, check=True)
    assert shell(service, command) == (0, "", "")
    assert Service(service.folder, service.now, service.given).get("/events.ics") == before


def test_an_import_that_finds_nothing_new_leaves_feeds_as_they_were(service: Service) -> None:
    before = service.get("/events.ics")
    assert process(service, "import").returncode == 0
    assert service.get("/events.ics") == before


def test_no_path_of_a_machine_stands_in_the_document() -> None:
    assert re.findall(r"(?<![\w.:/])/(?:home|root|tmp|work|opt|srv|usr)/\S*", DOCUMENT) == []


def test_every_sentence_that_is_quoted_is_one_of_the_programs() -> None:
    """Up to where a sentence names files and numbers; SQLite and the system say the others."""
    source = " ".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "src").rglob("*.py")))
    ours = (
        "is not there: ", "not ready: ", "is not a field of a record", "so nothing of it was taken",
        "the database was made by another version of the program", "there is no such folder", "cannot be listened on: ",
        "Links in feeds and pages say ", "is not a time zone", "is torn: the line that ends it is missing",
        "the database already holds a history, of ", "this program does not know its schema", "cannot be read: ",
        "save the file as UTF-8",
    )  # fmt: skip
    assert [sentence for sentence in ours if sentence.strip() not in DOCUMENT or sentence not in source] == []
