"""Settings: from the environment, else `cecc_feeds.toml`, else the default; and the files of settings in `data/`.

Its one rule: the only reader of the environment.
"""

import hashlib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from cecc_feeds import fields, text, times
from cecc_feeds.errors import QueryError, RecordError, SettingsError
from cecc_feeds.model import DEFAULT_ZONE, Edition
from cecc_feeds.query import PARAMETERS, Query
from cecc_feeds.same import Same, is_address

DEFAULTS = {
    "database": "sqlite:///instance/cecc_feeds.sqlite",
    "data": "data",
    "base_url": "http://127.0.0.1:8000",
    "uid_domain": "cecc.gov",
    "timezone": DEFAULT_ZONE,
    "title": "Congressional-Executive Commission on China",
    "compress_calendars": "1",
    "keep_answers": "20",
    "processes": "0",
    "google_prefix": "https://calendar.google.com/calendar/render?cid=",
}
"""Name in `cecc_feeds.toml` to default; in the environment `CECC_FEEDS_` and the name in capitals."""

FEED_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
FEED_KEYS = {"title", "description", "query", "events"}
SOURCE_KEYS = {"paths", "complete"}
SAME_KEYS = ("one", "apart", "types", "topics", "feeds")


@dataclass(frozen=True, slots=True)
class Settings:
    """How this installation runs. `data` is a folder, `base_url` has no slash at its end, `keep_answers` are bytes,
    `processes` as many as an import uses (0: one for each core), `google_prefix` what Google Calendar is opened with,
    before the address of a calendar."""

    database: str
    data: Path
    base_url: str
    uid_domain: str
    timezone: str
    title: str
    compress_calendars: bool
    keep_answers: int
    processes: int
    google_prefix: str

    @property
    def edition(self) -> Edition:
        return Edition(
            base_url=self.base_url,
            uid_domain=self.uid_domain,
            zone=self.timezone,
            publisher=self.title,
            version=program_version(),
        )


@dataclass(frozen=True, slots=True)
class NamedFeed:
    """A lasting name for a query: a table of `feeds.toml`."""

    name: str
    title: str
    description: str
    query: Query


@dataclass(frozen=True, slots=True)
class ListedSource:
    """A table of `sources.toml`: patterns below the data folder; `complete` None: as its kind of files has it."""

    name: str
    patterns: tuple[str, ...]
    complete: bool | None


def program_version() -> str:
    try:
        return version("cecc-feeds")
    except PackageNotFoundError:
        return "0"


def load(environment: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """The settings; `environment` stands in for the process's, `folder` for the working one. Raises SettingsError."""
    given = os.environ if environment is None else environment
    file = (folder or Path()) / "cecc_feeds.toml"
    written = _toml(file)
    unknown = sorted(set(written) - set(DEFAULTS))
    if unknown:
        raise SettingsError(f'{file}: "{unknown[0]}" is no setting; there are {", ".join(DEFAULTS)}')
    values = {
        name: given.get(f"CECC_FEEDS_{name.upper()}", "").strip() or str(written.get(name, "")).strip() or default
        for name, default in DEFAULTS.items()
    }
    return Settings(
        database=values["database"],
        data=Path(values["data"]),
        base_url=address_of_service("CECC_FEEDS_BASE_URL", values["base_url"]),
        uid_domain=_uid_domain(values["uid_domain"]),
        timezone=_timezone(values["timezone"]),
        title=text.clean_line(values["title"]) or DEFAULTS["title"],
        compress_calendars=_switch("CECC_FEEDS_COMPRESS_CALENDARS", values["compress_calendars"]),
        keep_answers=_megabytes("CECC_FEEDS_KEEP_ANSWERS", values["keep_answers"]),
        processes=_processes("CECC_FEEDS_PROCESSES", values["processes"]),
        google_prefix=_address("CECC_FEEDS_GOOGLE_PREFIX", values["google_prefix"]),
    )


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{file}: cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _address(name: str, value: str) -> str:
    try:
        return text.safe_url(value)
    except RecordError as error:
        raise SettingsError(f"{name}: {error}") from None


def address_of_service(name: str, value: str) -> str:
    """A public address, without a slash at its end; `name` is what it was given as. Raises SettingsError."""
    url = _address(name, value).rstrip("/")
    if urlsplit(url).query or urlsplit(url).fragment:
        raise SettingsError(f'{name}: "{value}" must be an address without ? and #')
    return url


def _switch(name: str, value: str) -> bool:
    if value.lower() not in SWITCH:
        raise SettingsError(f'{name}: "{value}" is neither 1 nor 0')
    return SWITCH[value.lower()]


def _megabytes(name: str, value: str) -> int:
    """Megabytes as bytes."""
    if not re.fullmatch(r"[0-9]{1,6}", value):
        raise SettingsError(f'{name}: "{value}" is no number of megabytes; 0 keeps none')
    return int(value) * 1_000_000


def _processes(name: str, value: str) -> int:
    """How many; 0 is one for each core."""
    if not re.fullmatch(r"[0-9]{1,3}", value):
        raise SettingsError(f'{name}: "{value}" is no number of processes; 0 takes one for each core')
    return int(value)


SWITCH = dict.fromkeys(("1", "true", "yes", "on"), True) | dict.fromkeys(("0", "false", "no", "off"), False)


def _uid_domain(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.-]{1,200}", value):
        raise SettingsError(f'CECC_FEEDS_UID_DOMAIN: "{value}" is not a domain such as cecc.gov')
    return value


def _timezone(value: str) -> str:
    try:
        times.zone(value)
    except RecordError as error:
        raise SettingsError(f"CECC_FEEDS_TIMEZONE: {error}") from None
    return value


def named_feeds(data: Path) -> dict[str, NamedFeed]:
    """The feeds of `data/feeds.toml` by name, in the file's order; none when it is missing. Raises SettingsError."""
    file = data / "feeds.toml"
    return {name: _named_feed(file, name, table) for name, table in _toml(file).items()}


def _named_feed(file: Path, name: str, table: object) -> NamedFeed:
    if not FEED_NAME.fullmatch(name):
        raise SettingsError(f"{file}: [{name}] is not a feed name: a-z 0-9 and -, at most 80")
    given = table.get("title") if isinstance(table, dict) else None
    title = text.clean_line(given) if isinstance(given, str) else ""
    if not isinstance(table, dict) or not title:
        raise SettingsError(f'{file}: [{name}] needs a "title"')
    unknown = sorted(set(table) - FEED_KEYS)
    if unknown:
        raise SettingsError(f'{file}: [{name}] "{unknown[0]}" is not known; there are {", ".join(sorted(FEED_KEYS))}')
    asked = parse_qs(str(table.get("query", "")).lstrip("?"))
    strange = sorted(set(asked) - set(PARAMETERS))
    if strange:
        there_are = ", ".join(PARAMETERS)
        raise SettingsError(f'{file}: [{name}] query: "{strange[0]}" is no parameter; there are {there_are}')
    try:
        query = replace(Query.from_args(asked, only="calendar"), only="events" if table.get("events") else "items")
    except QueryError as error:
        raise SettingsError(f"{file}: [{name}] query: {error}") from None
    return NamedFeed(name, title, text.clean_line(str(table.get("description", ""))) or title, query)


def feed_digests(feeds: Mapping[str, NamedFeed]) -> dict[str, str]:
    """Name to what tells one state of a named feed from another."""
    return {name: hashlib.sha256(repr(feed).encode()).hexdigest()[:32] for name, feed in feeds.items()}


def feed_path(name: str) -> str:
    return f"/feeds/{quote(name)}"


def listed_sources(data: Path) -> list[ListedSource]:
    """The sources of `data/sources.toml` in order of precedence; none when it is missing. Raises SettingsError."""
    file = data / "sources.toml"
    return [_listed_source(file, name, table) for name, table in _toml(file).items()]


def _listed_source(file: Path, name: str, table: object) -> ListedSource:
    if not FEED_NAME.fullmatch(name):
        raise SettingsError(f"{file}: [{name}] is not a source name: a-z 0-9 and -, at most 80")
    if not isinstance(table, dict):
        raise SettingsError(f'{file}: "{name}" is no table; write [{name}] and below it paths = ["records/…"]')
    unknown = sorted(set(table) - SOURCE_KEYS)
    if unknown:
        raise SettingsError(f'{file}: [{name}] "{unknown[0]}" is not known; there are {", ".join(sorted(SOURCE_KEYS))}')
    paths, complete = table.get("paths"), table.get("complete")
    if not isinstance(paths, list) or not paths or not all(isinstance(path, str) and path for path in paths):
        raise SettingsError(f'{file}: [{name}] needs "paths", a list of files below data/: paths = ["records/…"]')
    if complete is not None and not isinstance(complete, bool):
        raise SettingsError(f'{file}: [{name}] "complete" is true or false, not {fields.shown(complete)}')
    for path in paths:
        if Path(path).is_absolute() or ".." in Path(path).parts:
            raise SettingsError(f'{file}: [{name}] "{path}" is outside of data/; paths are relative to it, without ..')
    return ListedSource(name, tuple(paths), complete)


def same(data: Path) -> Same:
    """What `data/same.toml` says; nothing when it is missing. Raises SettingsError."""
    file = data / "same.toml"
    told = _toml(file)
    unknown = sorted(set(told) - set(SAME_KEYS))
    if unknown:
        raise SettingsError(f'{file}: "{unknown[0]}" is not known; there are {", ".join(SAME_KEYS)}')
    one, apart = (_groups(file, name, told.get(name, [])) for name in ("one", "apart"))
    both = next((sorted(set(a) & set(b)) for a in one for b in apart if len(set(a) & set(b)) > 1), None)
    if both:
        raise SettingsError(f'{file}: "one" and "apart" both have {both}; take one of the lines out')
    return Same(
        one=one,
        apart=apart,
        types=_names(file, "types", told.get("types", {})),
        topics=_names(file, "topics", told.get("topics", {})),
        feeds=_names(file, "feeds", told.get("feeds", {})),
    )


def _groups(file: Path, name: str, told: object) -> tuple[tuple[str, ...], ...]:
    example = f'{name} = [["an-id", "another-id"]]'
    if not isinstance(told, list) or not all(isinstance(group, list) for group in told):
        raise SettingsError(f'{file}: "{name}" is a list of lists: {example}')
    for group in told:
        if len(group) < 2 or not all(isinstance(member, str) for member in group):
            raise SettingsError(f'{file}: "{name}" has {group!r}; it takes two or more ids or addresses: {example}')
        if len(set(group)) < len(group):
            raise SettingsError(f'{file}: "{name}" has {group!r}, which names one twice')
    return tuple(tuple(_member(file, name, member) for member in group) for group in told)


def _member(file: Path, name: str, member: str) -> str:
    """An id as it is, an address as records have it."""
    try:
        if is_address(member):
            return text.safe_url(member)
    except RecordError as error:
        raise SettingsError(f'{file}: "{name}": {error}') from None
    if not ITEM_ID.fullmatch(member):
        raise SettingsError(f'{file}: "{name}": "{member}" is neither an id (a-z 0-9 - . _) nor an address (https://…)')
    return member


ITEM_ID = re.compile(r"[a-z0-9._-]{1,200}")


def _names(file: Path, table: str, told: object) -> dict[str, str]:
    """Old slug (of feeds: name) to the present name, at the end of each chain."""
    where = f"{file}: [{table}]"
    if not isinstance(told, dict) or not all(isinstance(new, str) and new.strip() for new in told.values()):
        raise SettingsError(f'{where} takes lines of the form "old name" = "what it is called now"')
    names: dict[str, str] = {}
    for old, new in told.items():
        key = _name_key(where, table, old)
        _name_key(where, table, new)
        if names.setdefault(key, text.clean_line(new)) != text.clean_line(new):
            raise SettingsError(f'{where} "{old}" is called two things: "{names[key]}" and "{new}"')
    return {old: _called_at_last(where, table, names, old) for old in names}


def _name_key(where: str, table: str, name: str) -> str:
    if table != "feeds":
        return text.slug(text.clean_line(name))
    if not FEED_NAME.fullmatch(name):
        raise SettingsError(f'{where} "{name}" is not a feed name: a-z 0-9 and -, at most 80')
    return name


def _called_at_last(where: str, table: str, names: Mapping[str, str], old: str) -> str:
    met, key = [old], old
    while True:
        name = names[key]
        following = _name_key(where, table, name)
        if following == key or following not in names:
            return name
        if following in met:
            raise SettingsError(f'{where} "{old}" is called "{name}" in the end, which leads round in a ring')
        met.append(following)
        key = following
