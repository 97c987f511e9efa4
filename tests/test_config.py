"""Settings: the environment before the file before the default, and named feeds; a fault is a sentence."""

from pathlib import Path
from typing import Any

import pytest

from cecc_feeds import config
from cecc_feeds.config import NamedFeed, Settings, feed_path, load, named_feeds, program_version
from cecc_feeds.errors import SettingsError
from cecc_feeds.model import Edition
from cecc_feeds.query import PARAMETERS, Day, Query

DEFAULT = Settings(
    database="sqlite:///instance/cecc_feeds.sqlite",
    data=Path("data"),
    base_url="http://127.0.0.1:8000",
    uid_domain="cecc.gov",
    timezone="America/New_York",
    title="Congressional-Executive Commission on China",
    compress_calendars=True,
    keep_answers=20_000_000,
    processes=0,
    google_prefix="https://calendar.google.com/calendar/render?cid=",
)
IN_FILE = """
database = "sqlite:///file.sqlite"
data = "from-file"
base_url = "https://file.example"
uid_domain = "file.example"
timezone = "Asia/Shanghai"
title = "From the file"
compress_calendars = false
keep_answers = 0
processes = 3
google_prefix = "https://file.example/add?cid="
"""
IN_ENVIRONMENT = {
    "CECC_FEEDS_DATABASE": "sqlite:///environment.sqlite",
    "CECC_FEEDS_DATA": "from-environment",
    "CECC_FEEDS_BASE_URL": "https://environment.example",
    "CECC_FEEDS_UID_DOMAIN": "environment.example",
    "CECC_FEEDS_TIMEZONE": "Europe/Berlin",
    "CECC_FEEDS_TITLE": "From the environment",
    "CECC_FEEDS_COMPRESS_CALENDARS": "1",
    "CECC_FEEDS_KEEP_ANSWERS": "7",
    "CECC_FEEDS_PROCESSES": "2",
    "CECC_FEEDS_GOOGLE_PREFIX": "https://environment.example/r?cid=",
}


def settings(**changes: Any) -> Settings:
    return Settings(**{**{name: getattr(DEFAULT, name) for name in Settings.__slots__}, **changes})


def test_every_setting_has_a_default_that_works() -> None:
    assert load({}) == load() == DEFAULT


def test_the_file_goes_before_the_default_and_the_environment_before_the_file(tmp_path: Path) -> None:
    (tmp_path / "cecc_feeds.toml").write_text(IN_FILE)
    told_in_file = Settings(
        "sqlite:///file.sqlite",
        Path("from-file"),
        "https://file.example",
        "file.example",
        "Asia/Shanghai",
        "From the file",
        False,
        0,
        3,
        "https://file.example/add?cid=",
    )
    assert load({}) == load({}, tmp_path) == load(dict.fromkeys(IN_ENVIRONMENT, ""), tmp_path) == told_in_file
    assert load(IN_ENVIRONMENT, tmp_path) == Settings(
        "sqlite:///environment.sqlite",
        Path("from-environment"),
        "https://environment.example",
        "environment.example",
        "Europe/Berlin",
        "From the environment",
        True,
        7_000_000,
        2,
        "https://environment.example/r?cid=",
    )


@pytest.mark.parametrize("name", IN_ENVIRONMENT)
def test_each_setting_is_taken_from_the_process_and_a_blank_one_is_none(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    field = name.removeprefix("CECC_FEEDS_").lower()
    monkeypatch.setenv(name, f"  {IN_ENVIRONMENT[name]} ")
    assert load() == settings(**{field: getattr(load(IN_ENVIRONMENT), field)})
    monkeypatch.setenv(name, " ")
    assert load() == DEFAULT


CLEANED: list[tuple[str, str, dict[str, Any]]] = [
    ("BASE_URL", "https://feeds.example.gov/", {"base_url": "https://feeds.example.gov"}),
    ("BASE_URL", "https://Feeds.Example.GOV/cecc/", {"base_url": "https://feeds.example.gov/cecc"}),
    ("TITLE", " The\n Commission ", {"title": "The Commission"}),
    ("TITLE", "\u200b", {}),
    ("COMPRESS_CALENDARS", "0", {"compress_calendars": False}),
    ("COMPRESS_CALENDARS", "no", {"compress_calendars": False}),
    ("COMPRESS_CALENDARS", "Yes", {}),
    ("KEEP_ANSWERS", "064", {"keep_answers": 64_000_000}),
]


@pytest.mark.parametrize(("name", "value", "changes"), CLEANED)
def test_a_value_is_cleaned(name: str, value: str, changes: dict[str, Any]) -> None:
    assert load({f"CECC_FEEDS_{name}": value}) == settings(**changes)


FAULTS = {
    (
        "BASE_URL",
        "feeds.example.gov",
    ): '"feeds.example.gov" is not a web address: it does not start with http: or https:',
    ("BASE_URL", "ftp://x"): '"ftp://x" is not a web address: it does not start with http: or https:',
    ("BASE_URL", "https://u:p@x.example"): '"https://u:p@x.example" is not a web address: it names a user',
    ("BASE_URL", "https://x.example/?a=1"): '"https://x.example/?a=1" must be an address without ? and #',
    ("BASE_URL", "https://x.example/#a"): '"https://x.example/#a" must be an address without ? and #',
    ("GOOGLE_PREFIX", "x?cid="): '"x?cid=" is not a web address: it does not start with http: or https:',
    ("UID_DOMAIN", "a@b"): '"a@b" is not a domain such as cecc.gov',
    ("UID_DOMAIN", "x" * 201): f'"{"x" * 201}" is not a domain such as cecc.gov',
    ("TIMEZONE", "EDT"): '"EDT" is not a time zone; use an IANA name such as America/New_York',
    ("PROCESSES", "all"): '"all" is no number of processes; 0 takes one for each core',
    ("KEEP_ANSWERS", "lots"): '"lots" is no number of megabytes; 0 keeps none',
    ("KEEP_ANSWERS", "-1"): '"-1" is no number of megabytes; 0 keeps none',
    ("KEEP_ANSWERS", "٣"): '"٣" is no number of megabytes; 0 keeps none',
    ("TIMEZONE", "../etc/passwd"): '"../etc/passwd" is not a time zone; use an IANA name such as America/New_York',
}


@pytest.mark.parametrize(("name", "value"), FAULTS)
def test_a_bad_value_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load({f"CECC_FEEDS_{name}": value})
    assert str(refused.value) == f"CECC_FEEDS_{name}: {FAULTS[name, value]}"


def test_a_setting_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cecc_feeds.toml").write_text('titel = "x"')
    with pytest.raises(SettingsError) as refused:
        load({}, tmp_path)
    assert str(refused.value) == (
        f'{tmp_path}/cecc_feeds.toml: "titel" is no setting; there are database, data, base_url, uid_domain, timezone, '
        "title, compress_calendars, keep_answers, processes, google_prefix"
    )


@pytest.mark.parametrize(
    "content", [b"title = ", b"title = '\xff'", b"a = 1\na = 2"], ids=["cut off", "not UTF-8", "twice"]
)
@pytest.mark.parametrize("name", ["cecc_feeds.toml", "feeds.toml"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SettingsError) as refused:
        load({}, tmp_path) if name == "cecc_feeds.toml" else named_feeds(tmp_path)
    assert str(refused.value).startswith(f"{tmp_path}/{name}: cannot be read: ")


def test_a_folder_in_the_place_of_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "feeds.toml").mkdir()
    with pytest.raises(SettingsError, match=r"feeds\.toml: cannot be read: .*Is a directory"):
        named_feeds(tmp_path)


def test_entries_depend_on_these_settings_and_on_the_version() -> None:
    assert load(IN_ENVIRONMENT).edition == Edition(
        base_url="https://environment.example",
        uid_domain="environment.example",
        zone="Europe/Berlin",
        publisher="From the environment",
        version=program_version(),
    )


FEEDS = """
[hearings]
title = "CECC  hearings"
description = "Hearings with their times\\nand places."
query = "type=hearing,roundtable&from=-1y&to=+1y"
events = true

[all-2]
title = "Everything"

[tibet]
title = "Tibet"
query = "?topic=Tibet&q=law"
"""


def test_named_feeds_are_read_in_the_order_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "feeds.toml").write_text(FEEDS)
    hearings = Query(only="events", types=("hearing", "roundtable"), start=Day(months=-12), until=Day(months=12))
    found = named_feeds(tmp_path)
    assert list(found.items()) == [
        ("hearings", NamedFeed("hearings", "CECC hearings", "Hearings with their times and places.", hearings)),
        ("all-2", NamedFeed("all-2", "Everything", "Everything", Query())),
        ("tibet", NamedFeed("tibet", "Tibet", "Tibet", Query(topics=("tibet",), words=("law",)))),
    ]
    assert [feed_path(name) for name in found] == ["/feeds/hearings", "/feeds/all-2", "/feeds/tibet"]


def test_without_a_file_there_are_no_named_feeds(tmp_path: Path) -> None:
    assert named_feeds(tmp_path / "none") == {}


FEED_FAULTS = {
    '[Hearings]\ntitle = "x"': "[Hearings] is not a feed name: a-z 0-9 and -, at most 80",
    '["a/b"]\ntitle = "x"': "[a/b] is not a feed name: a-z 0-9 and -, at most 80",
    f'[{"a" * 81}]\ntitle = "x"': f"[{'a' * 81}] is not a feed name: a-z 0-9 and -, at most 80",
    "[a]": '[a] needs a "title"',
    '[a]\ntitle = "A"\nquery = "topics=tibet"': (
        f'[a] query: "topics" is no parameter; there are {", ".join(PARAMETERS)}'
    ),
    "a = 1": '[a] needs a "title"',
    "[a]\ntitle = 5": '[a] needs a "title"',
    '[a]\ntitle = " "': '[a] needs a "title"',
    '[a]\ntitle = "x"\nqery = ""': '[a] "qery" is not known; there are description, events, query, title',
    '[a]\ntitle = "x"\nquery = "limit=0"': '[a] query: limit: takes a whole number from 1 to 5000; not "0"',
}


@pytest.mark.parametrize("content", FEED_FAULTS)
def test_a_bad_named_feed_is_refused_by_name(tmp_path: Path, content: str) -> None:
    (tmp_path / "feeds.toml").write_text(content)
    with pytest.raises(SettingsError) as refused:
        named_feeds(tmp_path)
    assert str(refused.value) == f"{tmp_path}/feeds.toml: {FEED_FAULTS[content]}"


def test_the_settings_are_those_of_the_interface() -> None:
    """A new one is added to the README with it; a renamed one breaks who set it."""
    assert list(config.DEFAULTS) == [name.removeprefix("CECC_FEEDS_").lower() for name in IN_ENVIRONMENT]
