"""Calendars read by software that is not ours, and the lint and time zone maker that lie beside the project.

`readings(ics)` and `titles(ics)` say what each parser found, `agreed(ics)` what all of them found alike. The parsers
are icalendar, vobject, Home Assistant's `ical`, and ical.js (Thunderbird, Nextcloud) where node and its package are
there; where CI=true they have to be.
"""

import importlib.util
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import icalendar
import pytest
import vobject
from ical.calendar_stream import IcsCalendarStream

HERE = Path(__file__).parent
SHARED = HERE.parents[1].parent / "shared"
IN_CI = os.environ.get("CI") == "true"

Moment = date | datetime
Times = tuple[Moment, Moment]
Texts = tuple[str, str, str]


class Found(NamedTuple):
    """One event as a parser sees it. `end` is DTEND as written: of an all-day event the day after its last."""

    uid: str
    start: Moment
    end: Moment
    summary: str
    description: str
    location: str


def readings(ics: bytes) -> dict[str, dict[str, Times]]:
    """Parser to UID to (start, end): aware datetimes in UTC, or dates for all-day events, end exclusive."""
    return {name: {found.uid: (found.start, found.end) for found in events} for name, events in _read(ics).items()}


def titles(ics: bytes) -> dict[str, dict[str, Texts]]:
    """Parser to UID to (SUMMARY, DESCRIPTION, LOCATION), unescaped; a property that is missing is ""."""
    return {
        name: {found.uid: (found.summary, found.description, found.location) for found in events}
        for name, events in _read(ics).items()
    }


def agreed(ics: bytes) -> dict[str, Times]:
    """What `readings` holds for every parser alike; AssertionError where they differ."""
    (first, expected), *others = readings(ics).items()
    for name, found in others:
        assert found == expected, f"{name} and {first} read different times"
    return expected


@lru_cache(maxsize=32)
def _read(ics: bytes) -> dict[str, tuple[Found, ...]]:
    parsers: dict[str, Callable[[bytes], Iterator[Found]]] = {
        "icalendar": _icalendar,
        "vobject": _vobject,
        "ical": _home_assistant,
    }
    if ical_js_is_there():
        parsers["ical.js"] = _ical_js
    return {name: _each_once(name, parser(ics)) for name, parser in parsers.items()}


def _each_once(name: str, events: Iterator[Found]) -> tuple[Found, ...]:
    found = tuple(events)
    uids = [event.uid for event in found]
    assert len(set(uids)) == len(uids), f"{name} found a UID twice: {sorted(uids)}"
    return found


def ical_js_is_there() -> bool:
    """Whether ical.js can be asked; where CI=true its absence is an error."""
    there = shutil.which("node") is not None and (HERE / "node_modules" / "ical.js").is_dir()
    if IN_CI and not there:
        raise RuntimeError("CI=true, but node or ical.js is missing: npm ci --prefix tests/other_parsers")
    return there


def _in_utc(moment: Moment) -> Moment:
    if not isinstance(moment, datetime):
        return moment
    assert moment.utcoffset() is not None, f"{moment} is floating"
    return moment.astimezone(UTC)


def _icalendar(ics: bytes) -> Iterator[Found]:
    for event in icalendar.Calendar.from_ical(ics).walk("VEVENT"):
        assert not event.errors, event.errors
        texts = (str(event.get(name, "")) for name in ("SUMMARY", "DESCRIPTION", "LOCATION"))
        yield Found(str(event["UID"]), _in_utc(event["DTSTART"].dt), _in_utc(event["DTEND"].dt), *texts)


def _vobject(ics: bytes) -> Iterator[Found]:
    known = vars(vobject.icalendar)[
        "__tzidMap"
    ]  # kept for the whole process: the first file's zones would win for ever
    for tzid in known.keys() - {"UTC"}:
        del known[tzid]
    for event in vobject.readOne(ics.decode()).contents.get("vevent", []):
        texts = (event.getChildValue(name, "") for name in ("summary", "description", "location"))
        yield Found(event.uid.value, _in_utc(event.dtstart.value), _in_utc(event.dtend.value), *texts)


def _home_assistant(ics: bytes) -> Iterator[Found]:
    for event in IcsCalendarStream.calendar_from_ics(ics.decode()).events:
        texts = (getattr(event, name) or "" for name in ("summary", "description", "location"))
        yield Found(str(event.uid), _in_utc(event.start), _in_utc(event.end), *texts)


def _ical_js(ics: bytes) -> Iterator[Found]:
    done = subprocess.run(["node", "read_ical.mjs"], cwd=HERE, input=ics, capture_output=True)
    assert done.returncode == 0, f"ical.js: {done.stderr.decode()}"
    for event in json.loads(done.stdout):
        yield Found(event.pop("uid"), _from_json(event.pop("start")), _from_json(event.pop("end")), **event)


def _from_json(text: str) -> Moment:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def shared(name: str) -> Path:
    """A file of the folder `shared` beside the project, e.g. "golden/golden.ics".

    Skips the test where it is missing; where CI=true that is a failure.
    """
    path = SHARED / name
    if not path.exists():
        assert not IN_CI, f"CI=true, but {path} is missing"
        pytest.skip(f"there is no {path}")
    return path


def shared_module(name: str) -> ModuleType:
    """A Python file of the same folder as a module, e.g. "golden/vtimezone.py"; skips as `shared` does."""
    return _load(shared(name))


@lru_cache
def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"shared_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def lint(ics: bytes) -> list[str]:
    """The faults of a calendar's bytes by `shared/golden/lint_ics.py`: an empty list, or "Lnn what is wrong"."""
    faults: list[str] = shared_module("golden/lint_ics.py").lint(ics)
    return faults


def vtimezone(tzid: str) -> tuple[str, datetime] | tuple[None, None]:
    """A VTIMEZONE and the moment from which it is right, by `shared/golden/vtimezone.py`.

    (None, None) where the zone has no yearly rule.
    """
    built: tuple[str, datetime] | tuple[None, None] = shared_module("golden/vtimezone.py").build(tzid)
    return built
