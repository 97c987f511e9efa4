"""The command line: what goes to stdout, what to stderr, and how a command ends."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import cecc_feeds
from cecc_feeds.cli import cli
from cecc_feeds.store import Store
from tests.conftest import ROOT
from tests.service import Record, Service, numbered, numbered_news, record, uid

SOURCE = str(Path(cecc_feeds.__file__).parents[1])


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service(tmp_path)


def run(service: Service, *args: str) -> Result:
    """The command in this process."""
    return CliRunner().invoke(cli, args, env=service.environment, catch_exceptions=False)


def environment(service: Service, **more: str) -> dict[str, str]:
    return {**os.environ, **service.environment, "PYTHONPATH": SOURCE, **more}


def process(service: Service, *args: str, **more: str) -> subprocess.CompletedProcess[str]:
    """The command as its users start it, in a process of its own; only there exit codes are what they are."""
    command = [sys.executable, "-m", "cecc_feeds.cli", *args]
    return subprocess.run(command, cwd=service.folder, env=environment(service, **more), capture_output=True, text=True)


def ended(done: subprocess.CompletedProcess[str]) -> tuple[int, str, str]:
    return done.returncode, done.stdout, done.stderr


def lines(*records: Record) -> str:
    return "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in records)


# --- import -----------------------------------------------------------------------------------------------------------


def test_import_brings_in_every_configured_source_and_ends_with_the_counts(service: Service) -> None:
    service.write(record(), numbered(2))
    assert ended(process(service, "import")) == (0, "added 2, changed 0, unchanged 0, withdrawn 0, rejected 0\n", "")
    assert ended(process(service, "import")) == (0, "added 0, changed 0, unchanged 2, withdrawn 0, rejected 0\n", "")
    assert list(service.events()) == [uid("hearing-1"), uid("hearing-2")]


BEGINNING = """
import sys
from cecc_feeds import cli, working

working.LARGE = 1
working.Workers.begin = lambda _workers: print("sqlalchemy" in sys.modules)
cli.cli()
"""


@pytest.mark.parametrize("named", [[], ["data/records/cecc.jsonl"]])
def test_of_a_first_import_of_much_the_other_processes_begin_before_this_one_has_loaded_all(
    service: Service, named: list[str]
) -> None:
    service.write(record())
    service.given["database"] = f"sqlite:///{service.folder}/new.sqlite?timeout=5"
    command = [sys.executable, "-c", BEGINNING, "import", *named]
    begun = [
        subprocess.run(command, cwd=service.folder, env=environment(service), capture_output=True, text=True)
        for _ in range(2)
    ]
    assert [list(dict.fromkeys(done.stdout.splitlines())) for done in begun] == [
        ["False", "True", "added 1, changed 0, unchanged 0, withdrawn 0, rejected 0"],
        ["added 0, changed 0, unchanged 1, withdrawn 0, rejected 0"],
    ]


def test_import_makes_the_database_and_its_folder(service: Service) -> None:
    service.write(record())
    service.given["database"] = f"sqlite:///{service.folder}/a/b/new.sqlite"
    assert process(service, "import").returncode == 0
    assert list(Service(service.folder, given=service.given).events()) == [uid("hearing-1")]


def test_a_refusal_is_a_line_on_stderr_and_exit_one(service: Service) -> None:
    path = service.write(record(), {"type": "Hearing", "publishd": "2026-01-01"}, {"type": "Hearing"})
    assert ended(process(service, "import")) == (
        1,
        "added 1, changed 0, unchanged 0, withdrawn 0, rejected 2\n",
        (
            f'{path}:2: "publishd" is not a field of a record; did you mean "published"?\n'
            f'{path}:3: needs "published" or "event": nothing says when\n'
        ),
    )


def test_import_of_paths_is_of_those_alone(service: Service) -> None:
    service.write(record())
    other = service.folder / "other.jsonl"
    other.write_text(lines(numbered(2)))
    assert run(service, "import", str(other)).stdout == "added 1, changed 0, unchanged 0, withdrawn 0, rejected 0\n"
    assert list(service.events()) == [uid("hearing-2")]
    assert run(service, "import").stdout == "added 1, changed 0, unchanged 0, withdrawn 0, rejected 0\n"
    assert list(service.events()) == [uid("hearing-1"), uid("hearing-2")]


def test_import_of_a_folder_is_of_the_files_below_it(service: Service) -> None:
    below = service.folder / "elsewhere" / "deep"
    below.mkdir(parents=True)
    (below / "a.jsonl").write_text(lines(record()))
    (below / "notes.md").write_text("no records")
    done = run(service, "import", str(service.folder / "elsewhere"))
    assert (done.exit_code, done.stdout) == (0, "added 1, changed 0, unchanged 0, withdrawn 0, rejected 0\n")


def test_a_file_that_no_reader_takes_is_refused_and_the_others_go_on(service: Service) -> None:
    good, bad = service.folder / "good.jsonl", service.folder / "bad.bin"
    good.write_text(lines(record()))
    bad.write_bytes(b"\x89PNG\r\n")
    code, out, err = ended(process(service, "import", str(bad), str(good)))
    assert (code, out) == (1, "added 1, changed 0, unchanged 0, withdrawn 0, rejected 1\n")
    assert err.startswith(f"{bad}: not a kind of file that is read; these are: ")
    assert err.count("\n") == 1


def test_the_name_of_a_source_keeps_files_of_other_names_together(service: Service) -> None:
    for day in (1, 2):
        path = service.folder / f"crawl-{day}.jsonl"
        path.write_text(lines(record(), numbered(day + 1)))
        done = run(service, "import", str(path), "--source", "crawl")
        assert done.exit_code == 0
    assert done.stdout == "added 1, changed 0, unchanged 1, withdrawn 1, rejected 0\n"
    with Store.open(service.settings.database, zone="UTC") as store, store.read() as reading:
        assert list(reading.sources()) == ["crawl"]


def test_partial_withdraws_nothing_and_complete_withdraws_what_a_page_no_longer_names(service: Service) -> None:
    path = service.folder / "records.jsonl"
    for text, option, counted in (
        (lines(record(), numbered(2)), "--complete", "added 2, changed 0, unchanged 0, withdrawn 0, rejected 0\n"),
        (lines(record()), "--partial", "added 0, changed 0, unchanged 1, withdrawn 0, rejected 0\n"),
        (lines(record()), "--complete", "added 0, changed 0, unchanged 1, withdrawn 1, rejected 0\n"),
    ):
        path.write_text(text)
        assert run(service, "import", str(path), option).stdout == counted


def test_too_many_withdrawals_need_the_option(service: Service) -> None:
    service.write(*(numbered_news(number) for number in range(10)))
    run(service, "import")
    service.write(numbered_news(1))
    assert ended(process(service, "import")) == (
        1,
        "added 0, changed 0, unchanged 0, withdrawn 0, rejected 1\n",
        (
            "cecc.jsonl: would withdraw 9 of 10 items, so nothing of it was taken; "
            "if that is meant: cecc-feeds import --allow-withdrawals\n"
        ),
    )
    done = run(service, "import", "--allow-withdrawals")
    assert (done.exit_code, done.stdout) == (0, "added 0, changed 0, unchanged 1, withdrawn 9, rejected 0\n")


def test_a_dry_run_prints_what_subscribers_would_read_and_stores_nothing(service: Service) -> None:
    service.write(record(), numbered(2))
    run(service, "import")
    service.write(record(event={"status": "cancelled"}), numbered(3), {"type": 1})
    done = process(service, "import", "--dry-run")
    assert (done.returncode, done.stdout) == (
        1,
        (
            "hearing-1: Cancelled\n"
            "hearing-3: New: Thursday, December 3, 2026, 9:30–10:30 a.m. EST, "
            "Room 301, Russell Senate Office Building\n"
        ),
    )
    assert list(service.events()) == [uid("hearing-1"), uid("hearing-2")]
    assert service.events()[uid("hearing-1")]["STATUS"] == "CONFIRMED"


# --- export and import of the ledger ----------------------------------------------------------------------------------


def test_the_history_goes_into_a_file_and_comes_out_of_it_in_a_new_store(service: Service) -> None:
    service.publish(record(), numbered(2))
    service.later(days=1).publish(record(event={"status": "cancelled"}), numbered(2))
    assert ended(process(service, "export", "--ledger", "kept.jsonl")) == (0, "", "")
    service.given["database"] = f"sqlite:///{service.folder}/new/store.sqlite"
    counted = "added 2, changed 0, unchanged 0, withdrawn 0, rejected 0\n"
    assert ended(process(service, "import", "--ledger", "kept.jsonl")) == (0, counted, "")
    assert ended(process(service, "export", "--ledger", "-")) == (0, (service.folder / "kept.jsonl").read_text(), "")
    event = Service(service.folder, service.now, service.given).events()[uid("hearing-1")]
    assert (event["STATUS"], event["SEQUENCE"]) == ("CANCELLED", "1")


def test_the_history_may_go_through_a_pipe(service: Service) -> None:
    service.publish(record())
    ledger = run(service, "export", "--ledger", "-").stdout_bytes
    other = Service(service.folder / "other")
    done = CliRunner().invoke(cli, ["import", "--ledger", "-"], env=other.environment, input=ledger)
    assert (done.exit_code, done.stdout) == (0, "added 1, changed 0, unchanged 0, withdrawn 0, rejected 0\n")
    assert run(other, "export", "--ledger", "-").stdout_bytes == ledger
    again = process(other, "import", "--ledger", "-")
    assert ended(again) == (2, "", "stdin: is no ledger; it has no line\n")


def test_a_ledger_is_not_restored_over_a_history(service: Service) -> None:
    service.publish(record())
    process(service, "export", "--ledger", "kept.jsonl")
    assert ended(process(service, "import", "--ledger", "kept.jsonl")) == (
        2,
        "",
        (
            "the database already holds a history, of 1 items, so nothing was done; "
            "name a new one in CECC_FEEDS_DATABASE, or move this one away\n"
        ),
    )


def test_a_ledger_that_is_not_there_makes_no_database(service: Service) -> None:
    service.database.unlink()
    done = process(service, "import", "--ledger", "none.jsonl")
    assert ended(done) == (2, "", "none.jsonl: cannot be read: No such file or directory\n")
    assert not service.database.exists()


def test_a_store_that_is_not_there_is_not_exported(service: Service) -> None:
    service.database.unlink()
    why = f"there is no database at {service.database}; `cecc-feeds import` makes it\n"
    assert ended(process(service, "export", "--ledger", "kept.jsonl")) == (2, "", why)
    assert not (service.folder / "kept.jsonl").exists()


@pytest.mark.parametrize(
    "args", [["cecc.jsonl"], ["--source", "x"], ["--partial"], ["--complete"], ["--allow-withdrawals"], ["--dry-run"]]
)
def test_a_ledger_is_restored_without_any_other_wish(service: Service, args: list[str]) -> None:
    (service.folder / "cecc.jsonl").write_text("")
    done = process(service, "import", "--ledger", "cecc.jsonl", *args)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("--ledger restores a whole store; it goes with no PATH and no other option\n")


def several(service: Service) -> tuple[Path, Path]:
    """A complete source of two files."""
    paths = service.write(record(), name="a.jsonl"), service.write(numbered(2), numbered(3), name="b.jsonl")
    (service.data / "sources.toml").write_text('[archive]\npaths = ["records/*.jsonl"]\n')
    return paths


def test_one_file_of_a_configured_source_stands_for_the_whole_source(service: Service) -> None:
    one, other = several(service)
    assert run(service, "import").stdout == "added 3, changed 0, unchanged 0, withdrawn 0, rejected 0\n"
    one.write_text(lines(record(title="Edited")))
    other.write_text(lines(numbered(3)))
    done = run(service, "import", str(one))
    assert (done.exit_code, done.stdout) == (0, "added 0, changed 1, unchanged 1, withdrawn 1, rejected 0\n")
    with Store.open(service.settings.database, zone="UTC") as store, store.read() as reading:
        assert list(reading.sources()) == ["archive"]


def test_a_source_can_be_imported_by_its_name_alone(service: Service) -> None:
    several(service)
    (service.pages / "topic.txt").write_text("no page")
    done = run(service, "import", "--source", "archive")
    assert (done.exit_code, done.stdout) == (0, "added 3, changed 0, unchanged 0, withdrawn 0, rejected 0\n")
    why = '"archiv" is no configured source; there are archive, topic.txt\n'
    assert ended(process(service, "import", "--source", "archiv")) == (2, "", why)


def test_a_name_with_paths_reads_those_paths_under_it(service: Service) -> None:
    one, other = several(service)
    for path, counted in ((one, "added 1, changed 0, unchanged 0"), (other, "added 2, changed 0, unchanged 0")):
        done = run(service, "import", "--source", "archive", "--partial", str(path))
        assert done.stdout == f"{counted}, withdrawn 0, rejected 0\n"
    done = run(service, "import", "--source", "archive", str(one))
    assert done.stdout == "added 0, changed 0, unchanged 1, withdrawn 2, rejected 0\n"


@pytest.mark.parametrize("narrowed", [[], ["--source", "archive"]])
def test_partial_holds_for_configured_sources_as_well(service: Service, narrowed: list[str]) -> None:
    one, other = several(service)
    run(service, "import")
    other.unlink()
    done = run(service, "import", "--partial", *narrowed)
    assert done.stdout == "added 0, changed 0, unchanged 1, withdrawn 0, rejected 0\n"
    one.unlink()
    done = run(service, "import", "--partial", *narrowed)
    assert done.stdout == "added 0, changed 0, unchanged 0, withdrawn 0, rejected 0\n"
    done = run(service, "import", *narrowed)
    assert done.stdout == "added 0, changed 0, unchanged 0, withdrawn 3, rejected 0\n"


def test_a_pattern_that_matches_nothing_is_a_complaint_and_no_error(service: Service) -> None:
    several(service)
    (service.data / "sources.toml").write_text('[archive]\npaths = ["records/*.jsonl", "records/old/*"]\n')
    why = f'{service.data}/sources.toml: [archive] "records/old/*" matches no file\n'
    assert ended(process(service, "import")) == (
        0,
        "added 3, changed 0, unchanged 0, withdrawn 0, rejected 0\n",
        why,
    )
    assert ended(process(service, "check")) == (0, "0 findings in 3 records\n", why)


@pytest.mark.parametrize("command", ["import", "check", "serve"])
@pytest.mark.parametrize("name", ["sources.toml", "same.toml"])
def test_a_bad_file_of_settings_is_exit_two_and_says_where(service: Service, command: str, name: str) -> None:
    (service.data / name).write_text("x = 1\n")
    code, out, err = ended(process(service, command))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"{service.data / name}: ")


def test_a_dry_run_tells_of_all_sources_together(service: Service) -> None:
    service.write(record(topics=["A"]), name="a.jsonl")
    service.write(record(topics=["B"]), numbered(2), name="b.jsonl")
    assert ended(process(service, "import", "--dry-run")) == (
        0,
        (
            "hearing-1: New: Tuesday, December 1, 2026, 9:30–11:00 a.m. EST, Room 301, Russell Senate Office Building\n"
            "hearing-2: New: Wednesday, December 2, 2026, 9:30–10:30 a.m. EST, "
            "Room 301, Russell Senate Office Building\n"
        ),
        "",
    )


def test_a_dry_run_undoes_only_the_source_that_would_lose_too_much(service: Service) -> None:
    service.write(*(numbered_news(number) for number in range(6)), name="a.jsonl")
    run(service, "import")
    service.write(numbered_news(7), name="a.jsonl")
    service.write(numbered_news(8), name="b.jsonl")
    done = process(service, "import", "--dry-run")
    assert (done.returncode, done.stdout) == (1, "news-8: New\n")
    assert done.stderr.startswith("a.jsonl: would withdraw 6 of 6 items")


def test_a_dry_run_makes_no_database_and_migrates_none(service: Service) -> None:
    service.write(record())
    service.database.unlink()
    done = run(service, "import", "--dry-run")
    assert (done.exit_code, done.stdout.count("\n"), sorted(service.folder.glob("*.sqlite*"))) == (0, 1, [])
    service.database.touch()
    done = run(service, "import", "--dry-run")
    assert (done.exit_code, done.stdout.count("\n"), service.database.read_bytes()) == (0, 1, b"")


# --- read -------------------------------------------------------------------------------------------------------------


def test_read_prints_canonical_records_and_stores_nothing(service: Service) -> None:
    path = service.folder / "told.json"
    path.write_text(json.dumps([{**record(), "language": "", "summary": None}, {"title": "No type"}]))
    before = service.database.read_bytes()
    done = process(service, "read", str(path))
    assert (done.returncode, done.stderr) == (1, f'{path}#2: "type" is missing\n')
    assert done.stdout == lines(record(summary=None))
    assert service.database.read_bytes() == before
    service.database.unlink()
    assert process(service, "read", str(path)).stdout == done.stdout
    assert not service.database.exists()


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".yaml", ".csv"])
def test_what_read_prints_read_prints_again(service: Service, suffix: str) -> None:
    told = [
        record(links=[{"title": "T", "url": "https://www.cecc.gov/t.pdf"}]),
        numbered_news(3),
        numbered(4, title="法律, “a|b”"),
    ]
    path = service.folder / f"told{suffix}"
    if suffix == ".jsonl":
        path.write_text(lines(*told))
    elif suffix == ".csv":
        service.publish(*told)
        path.write_bytes(service.get("/items.csv").body)
        told = [told[index] for index in (0, 2, 1)]  # newest first
    else:
        path.write_text(json.dumps(told, ensure_ascii=False))  # JSON is YAML, too
    once = process(service, "read", str(path))
    assert ended(once) == (0, lines(*told), "")
    again = service.folder / "again.jsonl"
    again.write_text(once.stdout)
    assert ended(process(service, "read", str(again))) == ended(once)


def test_read_finds_nothing_in_an_empty_file_and_says_so_with_its_exit(service: Service) -> None:
    path = service.folder / "empty.jsonl"
    path.write_text("\n")
    assert ended(process(service, "read", str(path))) == (1, "", f"{path}: there is no record in it\n")


# --- check ------------------------------------------------------------------------------------------------------------


def test_check_exits_one_on_a_finding_and_zero_without(service: Service) -> None:
    path = service.write(record())
    assert ended(process(service, "check")) == (0, "0 findings in 1 record\n", "")
    path = service.write(record(event={"end": None}))
    assert ended(process(service, "check", str(path))) == (
        1,
        "1 finding in 1 record\n",
        f"{path}:1: the end is not known (Tuesday, December 1, 2026, 9:30 a.m. EST); calendars will show two hours\n",
    )


def test_check_stores_nothing(service: Service) -> None:
    service.write(record())
    service.database.unlink()
    assert run(service, "check").exit_code == 0
    assert not service.database.exists()


# --- how it ends ------------------------------------------------------------------------------------------------------

COULD_NOT: dict[str, tuple[list[str], dict[str, str], str]] = {
    "unknown command": (["improt"], {}, "No such command 'improt'"),
    "unknown option": (["import", "--dryrun"], {}, "No such option"),
    "no path": (["read"], {}, "Missing argument"),
    "missing file": (["read", "none.jsonl"], {}, "does not exist"),
    "bad port": (["serve", "--port", "0"], {}, "is not in the range"),
    "bad base url": (["import"], {"CECC_FEEDS_BASE_URL": "ftp://x"}, "CECC_FEEDS_BASE_URL: "),
    "bad time zone": (["import"], {"CECC_FEEDS_TIMEZONE": "Mars/Olympus"}, "CECC_FEEDS_TIMEZONE: "),
    "bad domain": (["check"], {"CECC_FEEDS_UID_DOMAIN": "a b"}, "CECC_FEEDS_UID_DOMAIN: "),
    "no such database": (["import"], {"CECC_FEEDS_DATABASE": "nosuch://x"}, "is not a database address"),
    "database in memory": (["import"], {"CECC_FEEDS_DATABASE": "sqlite://"}, "names no file"),
    "database is no database": (["import"], {"CECC_FEEDS_DATABASE": "sqlite:///data/feeds.toml"}, "database"),
    "database cannot be made": (["import"], {"CECC_FEEDS_DATABASE": "sqlite:////proc/none/x.sqlite"}, "cannot be made"),
}


@pytest.mark.parametrize(("args", "settings", "said"), COULD_NOT.values(), ids=COULD_NOT)
def test_what_could_not_be_done_is_exit_two_and_a_sentence(
    service: Service, args: list[str], settings: dict[str, str], said: str
) -> None:
    done = process(service, *args, **settings)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_bad_settings_file_is_exit_two(service: Service) -> None:
    (service.folder / "cecc_feeds.toml").write_text('titel = "x"\n')
    code, out, err = ended(process(service, "check"))
    assert (code, out) == (2, "")
    assert '"titel" is no setting; there are database, data, base_url' in err


def test_settings_come_from_the_environment_before_the_file_before_the_default(service: Service) -> None:
    (service.folder / "cecc_feeds.toml").write_text('uid_domain = "file.example"\nbase_url = "https://file.example"\n')
    service.write(record())
    assert process(service, "import", CECC_FEEDS_BASE_URL="https://environment.example").returncode == 0
    served = Service(service.folder, given={"uid_domain": "file.example", "base_url": "https://environment.example"})
    (event,) = served.events().values()
    assert (event["UID"], event["URL"]) == (
        "hearing-1@file.example",
        "https://environment.example/items/hearing-1",
    )


@pytest.mark.parametrize("command", [[], ["serve"], ["import"], ["export"], ["read"], ["check"]])
def test_help_is_quick_because_it_imports_nothing_heavy(service: Service, command: list[str]) -> None:
    program = (
        "import sys\n"
        "from cecc_feeds.cli import main\n"
        f"sys.argv = ['cecc-feeds', *{command!r}, '--help']\n"
        "try:\n    main()\nfinally:\n"
        "    print(sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], env=environment(service), capture_output=True, text=True)
    assert (done.returncode, done.stdout.partition("\n")[0][:18]) == (0, "Usage: cecc-feeds ")
    heavy = {
        "flask",
        "werkzeug",
        "sqlalchemy",
        "alembic",
        "lxml",
        "feedgen",
        "icalendar",
        "pydantic",
        "uvicorn",
        "jinja2",
    }
    assert heavy & set(eval(done.stderr)) == set()  # noqa: S307 - a list of names, printed above


def test_help_names_every_command(service: Service) -> None:
    told = process(service, "--help").stdout
    assert [name for name in cli.commands if f"  {name} " not in told] == []
    assert process(service, "-h").stdout == told


def test_a_reader_that_goes_away_is_met_with_silence(service: Service) -> None:
    path = service.folder / "many.jsonl"
    path.write_text(lines(*(numbered(number, summary="long " * 500) for number in range(1, 200))))
    command = [sys.executable, "-m", "cecc_feeds.cli", "read", str(path)]
    with subprocess.Popen(
        command, cwd=service.folder, env=environment(service), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as started:
        assert started.stdout
        assert started.stderr
        started.stdout.readline()
        started.stdout.close()
        assert started.stderr.read() == b""


def test_no_progress_bar_where_there_is_no_terminal(service: Service) -> None:
    service.write(*(numbered(number) for number in range(1, 30)))
    done = process(service, "import")
    assert (done.stdout.count("\n"), done.stderr) == (1, "")


def test_the_version_is_told(service: Service) -> None:
    try:
        from importlib.metadata import version

        told = version("cecc-feeds")
    except ModuleNotFoundError:
        pytest.skip("the package is not installed here")
    assert told in process(service, "--version").stdout


def test_records_with_other_scripts_go_through_a_plain_locale(service: Service) -> None:
    path = service.folder / "told.jsonl"
    path.write_text(lines(record(title="法律 – “é”")), encoding="utf-8")
    plain: dict[str, Any] = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "1"}
    assert process(service, "read", str(path), **plain).stdout == lines(record(title="法律 – “é”"))


def test_the_projects_own_data_have_no_refusal_and_one_doubt(service: Service) -> None:
    done = CliRunner().invoke(cli, ["import"], env={**service.environment, "CECC_FEEDS_DATA": str(ROOT / "data")})
    doubted = done.stderr.partition(": ")[2]
    assert (done.exit_code, done.stderr.count("\n"), doubted) == (
        0,
        1,
        (
            '"The Preservation of Memory: Combatting the CCP\'s Historical Revisionism and Erasure of Culture" '
            "may be the same event as event-2024-12-05-xinjiang: "
            "Thursday, December 5, 2024, 10:00 a.m.–noon EST there, "
            "Thursday, December 5, 2024, 10:30 a.m.–12:30 p.m. EST here\n"
        ),
    )
    assert done.stdout.endswith("withdrawn 0, rejected 0\n")
