"""What holds for every format: the registry, refusals, fingerprints, and the same bytes wherever they are made."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cecc_feeds.errors import RenderError
from cecc_feeds.model import Kept, Revision
from cecc_feeds.render import FORMATS, entries, fingerprint, item_calendar
from tests.conftest import ROOT
from tests.render import CHANGED, EDITION, feed, make, whole, without_event

LATER = Revision(CHANGED + timedelta(days=9), 17)
WITHDRAWN = {"withdrawn": datetime(2026, 11, 3, tzinfo=UTC)}


def test_the_formats_are_these() -> None:
    assert [(suffix, made.suffix, made.media_type, made.family, made.name) for suffix, made in FORMATS.items()] == [
        (".ics", ".ics", "text/calendar; charset=utf-8", "calendar", "iCalendar"),
        (".rss", ".rss", "application/rss+xml; charset=utf-8", "news", "RSS"),
        (".atom", ".atom", "application/atom+xml; charset=utf-8", "news", "Atom"),
        (".json", ".json", "application/feed+json; charset=utf-8", "news", "JSON Feed"),
        (".csv", ".csv", "text/csv; charset=utf-8", "record", "CSV"),
    ]


@pytest.mark.parametrize("item", [make(), without_event(), make(kept=WITHDRAWN)], ids=["event", "news", "withdrawn"])
def test_entries_are_those_of_each_format(item: Kept) -> None:
    assert entries(item, EDITION) == {suffix: made.entry(item, EDITION) for suffix, made in FORMATS.items()}


@pytest.mark.parametrize(
    ("suffix", "name"), [(".ics", "iCalendar"), (".rss", "RSS"), (".atom", "Atom"), (".json", "JSON Feed")]
)
def test_a_refusal_names_the_item_and_the_format(suffix: str, name: str) -> None:
    bad = make()
    bad = replace(bad, item=bad.item.model_copy(update={"title": "a\x00\ud800"}))
    with pytest.raises(RenderError, match=f"^roundtable-1 cannot be written as {name}: "):
        FORMATS[suffix].entry(bad, EDITION)
    with pytest.raises(RenderError, match=r"^roundtable-1 cannot be written as iCalendar: "):
        entries(bad, EDITION)


def test_an_event_without_its_revision_is_refused() -> None:
    with pytest.raises(RenderError, match="its calendar revision is missing"):
        entries(make(kept={"calendar": None}), EDITION)


# --- fingerprints ---------------------------------------------------------------------------------------------------


def moved(item: Kept, other: Kept) -> set[str]:
    """The families whose fingerprints differ."""
    before, after = (fingerprint(one, entries(one, EDITION)) for one in (item, other))
    return {family for family in before if before[family] != after[family]}


@pytest.mark.parametrize(
    ("changes", "families"),
    [
        ({"title": "Other"}, {"calendar", "news", "record"}),
        ({"event": {"start": "2026-12-01T09:31"}}, {"calendar", "news", "record"}),
        ({"event": {"status": "cancelled"}}, {"calendar", "news", "record"}),
        ({"kept": WITHDRAWN}, {"calendar", "news", "record"}),
        ({"updated": "2026-11-11"}, {"record"}),
        ({"published": "2026-09-09"}, {"news", "record"}),
        ({"kept": {"news": LATER}}, {"news"}),
        ({"kept": {"calendar": LATER}}, {"calendar", "news"}),
        ({"summary": "word " * 2_000}, {"calendar", "news", "record"}),
    ],
)
def test_a_fingerprint_moves_where_the_bytes_do(changes: dict[str, Any], families: set[str]) -> None:
    assert moved(make(), make(**changes)) == families


def test_what_no_calendar_shows_moves_no_calendar() -> None:
    long = "word " * 2_000
    assert moved(make(summary=long), make(summary=f"{long}more")) == {"news", "record"}


def test_a_fingerprint_does_not_depend_on_the_release() -> None:
    assert entries(make(), replace(EDITION, version="9.9.99")) == entries(make(), EDITION)


# --- one item -------------------------------------------------------------------------------------------------------


def test_equal_instants_in_two_zones_are_different_bytes_one_after_the_other() -> None:
    here = make(event={"timezone": "America/New_York"})
    there = make(event={"timezone": "Europe/London"})
    alone = [entries(item, EDITION) for item in (here, there)]
    mixed = [FORMATS[".rss"].entry(item, EDITION) for item in (here, there, here)]
    assert mixed == [alone[0][".rss"], alone[1][".rss"], alone[0][".rss"]]
    assert item_calendar(here, EDITION) != item_calendar(there, EDITION)


# --- the same bytes anywhere ----------------------------------------------------------------------------------------

PROGRAM = """
import hashlib, locale, os, sys, time
locale.setlocale(locale.LC_ALL, os.environ["WANTED"])
import tests.render as t
made = [t.make(), t.without_event(language="zh"), t.make(id="c", topics=["b", "a"], event={"end": None})]
whole = b"".join(t.whole(suffix, made, zones=("Europe/London", "America/New_York")) for suffix in t.FORMATS)
before, after = locale.setlocale(locale.LC_ALL), os.environ["WANTED"]
sys.stdout.write(hashlib.sha256(whole).hexdigest() + " " + str(before == after))
"""


def rendered(**environment: str) -> str:
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={"PYTHONPATH": path, "PATH": os.environ["PATH"], "WANTED": "C", **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize("failure", ["F09", "F43"])
def test_F09_and_F43_two_processes_with_other_zones_and_hash_seeds_write_the_same_bytes(failure: str) -> None:
    first = rendered(PYTHONHASHSEED="1", TZ="Asia/Tokyo")
    assert rendered(PYTHONHASHSEED="2", TZ="America/Los_Angeles") == first


def test_F09_nothing_of_the_present_stands_in_a_feed(monkeypatch: pytest.MonkeyPatch) -> None:
    import feedgen.entry
    import feedgen.feed

    class AsDatetime(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, datetime)

    class Later(metaclass=AsDatetime):
        @staticmethod
        def now(tz: Any = None) -> datetime:
            return datetime.now(tz) + timedelta(days=1)

    before = {suffix: whole(suffix, [make()]) for suffix in FORMATS}
    monkeypatch.setattr(feedgen.feed, "datetime", Later)
    monkeypatch.setattr(feedgen.entry, "datetime", Later)
    assert {suffix: whole(suffix, [make()]) for suffix in FORMATS} == before


@pytest.mark.parametrize("name", ["de_DE", "zh_CN"])
def test_F47_the_names_of_days_do_not_follow_the_locale(name: str, tmp_path: Path) -> None:
    if not shutil.which("localedef"):
        pytest.skip("there is no localedef to make a locale with")
    made = subprocess.run(
        ["localedef", "-i", name, "-f", "UTF-8", str(tmp_path / f"{name}.UTF-8")], capture_output=True
    )
    if made.returncode:
        pytest.skip(f"this machine cannot make the locale {name}")
    assert rendered(WANTED=f"{name}.UTF-8", LOCPATH=str(tmp_path)) == rendered()


def test_F47_a_date_is_written_without_touching_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    import locale

    def refuse(*_: object) -> str:
        raise AssertionError("the locale of the whole process was touched")

    expected = whole(".rss", [make()])
    monkeypatch.setattr(locale, "setlocale", refuse)
    assert whole(".rss", [make()]) == expected
    assert b"<pubDate>Thu, 01 Oct 2026 14:30:00 +0000</pubDate>" in expected


def test_a_document_is_a_head_the_entries_and_a_tail() -> None:
    for suffix, made in FORMATS.items():
        one, two = made.entry(make(), EDITION), made.entry(make(id="b"), EDITION)
        between = made.document(feed(), [one, two])
        assert between.count(one) == between.count(two) == 1, suffix
        assert between.index(one) < between.index(two), suffix
