"""What is rendered of items: as each alone, as lxml, json and csv write it, and the prints that tell bytes apart."""

import csv
import io
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lxml import etree

from cecc_feeds import identity, text
from cecc_feeds.errors import RecordError, RenderError
from cecc_feeds.model import DEFAULT_ZONE, Edition, Item, Kept, Revision, dated, item_from
from cecc_feeds.render import FORMATS, Rendered, calendar, entries, fingerprint, item_calendar, rendered, words
from cecc_feeds.render.feedgen_repairs import rfc2822, rfc3339
from cecc_feeds.render.table import COLUMNS, _inert, row
from tests import strategies
from tests.render import CHANGED, EDITION, feed, make, without_event

SEEN = datetime(2026, 11, 23, 15, tzinfo=UTC)
ODD = Edition("https://feeds.example.org/a&b", "cecc.gov", publisher="A & B, the “c”; <d>", version="7")
LOOKALIKE = (
    "\r\nDTSTAMP:19700101T000000Z\r\n <updated>1970-01-01T00:00:00Z</updated>\n   "
    '"date_modified": "1970-01-01T00:00:00Z",\n     "size_in_bytes": 1480\n length="1480" type="text/calendar"/> '
    '<content:encoded/><content type="html"/> <summary type="text"> <description> ]]> &lt;updated&gt;'
)
"""Whatever a stamp or a splice looks for, as an item may say it."""


def instants(**zones: Any) -> st.SearchStrategy[datetime]:
    return st.datetimes(datetime(1970, 1, 1), datetime(2199, 12, 31), **zones)


def revisions() -> st.SearchStrategy[Revision]:
    zones = st.sampled_from([UTC, ZoneInfo("America/New_York"), ZoneInfo("Asia/Kathmandu")])
    sequences = st.integers(0, 2_000) | st.sampled_from([99_999, 999_999, 1_000_000, 2**31, -1])
    return st.builds(Revision, instants(timezones=zones), sequences)


def items() -> st.SearchStrategy[Item]:
    texts = strategies.texts(6) | st.just(LOOKALIKE)
    told = st.fixed_dictionaries({}, optional={"title": texts, "summary": texts, "topics": st.lists(texts, max_size=2)})
    records = st.builds(lambda record, more: {**record, **more}, strategies.records(), told)
    return records.map(_item).filter(bool)


def _item(record: dict[str, Any]) -> Item | None:
    try:
        return identity.identify(item_from(record))
    except RecordError:
        return None


@st.composite
def kept_items(draw: st.DrawFn) -> Kept:
    item = draw(items())
    seen = draw(instants(timezones=st.just(UTC)))
    instant, day = dated(item, first_seen=seen, zone=DEFAULT_ZONE)
    return Kept(
        item, seen, instant, day,
        news=draw(revisions()),
        calendar=draw(st.none() | revisions()),
        withdrawn=draw(st.none() | st.just(SEEN)),
        was_coming=draw(st.booleans()),
        news_line=draw(strategies.texts(3).map(text.clean_line) | st.just("")),
    )  # fmt: skip


widely = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
LIKE_PLACES = make(title=LOOKALIKE, summary=LOOKALIKE, topics=[LOOKALIKE], event={"location": LOOKALIKE})


def alone(kept: Kept) -> Rendered | str:
    """What is rendered of one item."""
    (found,) = rendered([kept], EDITION)
    return found


def told(write: Any) -> Any:
    """What comes of it: a result, or the sentence of the refusal."""
    try:
        return write()
    except RenderError as error:
        return str(error)


# --- sizes and zones ------------------------------------------------------------------------------------------------


@widely
@given(kept=kept_items(), edition=st.sampled_from([EDITION, ODD]))
@example(kept=LIKE_PLACES, edition=ODD)
def test_the_size_of_a_calendar_is_that_of_the_file(kept: Kept, edition: Edition) -> None:
    kept = replace(kept, calendar=Revision(CHANGED, 12))
    filed = calendar.filed(words.said(kept, edition), kept.calendar)
    assert filed.size == (len(item_calendar(kept, edition)) if filed.vevent else 0)


@pytest.mark.parametrize("sequence", [0, 9, 10, 999, 999_999])
def test_the_size_of_a_calendar_follows_the_digits_of_its_revision(sequence: int) -> None:
    revision = Revision(CHANGED, sequence)
    kept = make(kept={"calendar": revision})
    found, size = entries(kept, EDITION), len(item_calendar(kept, EDITION))
    assert f' length="{size}"'.encode() in found[".rss"]
    assert f' length="{size}"'.encode() in found[".atom"]
    assert f'"size_in_bytes": {size}\n'.encode() in found[".json"]


@pytest.mark.parametrize(
    ("changes", "zone"),
    [
        ({}, "America/New_York"),
        ({"event": {"timezone": "Africa/Casablanca"}}, ""),
        ({"event": {"start": "2026-12-03", "end": None, "timezone": None}}, ""),
        ({"kept": {"withdrawn": SEEN, "was_coming": False}}, "America/New_York"),
    ],
)
def test_with_entries_comes_the_zone_that_the_event_is_written_in(changes: dict[str, Any], zone: str) -> None:
    assert alone(make(**changes)) == Rendered(entries(make(**changes), EDITION), zone)


# --- several --------------------------------------------------------------------------------------------------------


@widely
@given(several=st.lists(kept_items(), max_size=5), edition=st.sampled_from([EDITION, ODD]))
def test_several_are_rendered_as_each_alone(several: list[Kept], edition: Edition) -> None:
    found = [one if isinstance(one, str) else one.entries for one in rendered(several, edition)]
    assert found == [told(lambda kept=kept: entries(kept, edition)) for kept in several]


def test_one_that_cannot_be_written_spoils_no_other() -> None:
    bad = [replace(one, item=one.item.model_copy(update={"title": "\ud800"})) for one in (make(), without_event())]
    several = [make(), bad[0], without_event(), bad[1], make(title="Other")]
    found = rendered(several, EDITION)
    assert found[::2] == [alone(kept) for kept in several[::2]]
    assert [str(one).partition(": ")[0] for one in found[1::2]] == [
        "roundtable-1 cannot be written as iCalendar",
        "press-1 cannot be written as RSS",
    ]


# --- fingerprints ---------------------------------------------------------------------------------------------------


def test_stored_fingerprints_stay_what_they_are() -> None:
    """Where they moved, every stored item would count as changed."""
    assert fingerprint(make(), entries(make(), EDITION)) == {
        "calendar": "d66c947f79a3f3d84ea73afe77f17a84",
        "news": "313f5a35ed9bc44e260924edf0cc74dd",
        "record": "e77fbf6bb49ba2830c103c7f94cd2f5d",
    }


# --- openings -------------------------------------------------------------------------------------------------------


@given(
    said=st.text(st.sampled_from("ab\n \u3000\u2003é\u0301法👩\u200d")) | strategies.texts(60), times=st.integers(1, 40)
)
@example(said="word\n\n", times=100)
@example(said="a\u3000 \n", times=100)
def test_a_summary_begins_as_its_words_in_one_line(said: str, times: int) -> None:
    clean = text.clean_text(said * times)
    assert words._beginning(clean) == text.shorten(" ".join(clean.split()), words.OPENING_MOST)


# --- what libraries would write -------------------------------------------------------------------------------------


@widely
@given(kept=kept_items(), edition=st.sampled_from([EDITION, ODD]))
@example(kept=LIKE_PLACES, edition=ODD)
def test_an_entry_of_xml_is_what_lxml_writes_of_it_as_a_whole(kept: Kept, edition: Edition) -> None:
    without_blanks = etree.XMLParser(remove_blank_text=True)
    for suffix in (".rss", ".atom"):
        made = FORMATS[suffix]
        document = made.document(feed(), [made.entry(replace(kept, calendar=Revision(SEEN)), edition)])
        rest = document.partition(b"\n")[2]
        whole = etree.tostring(etree.fromstring(document, without_blanks), pretty_print=True, encoding="UTF-8")
        assert rest == whole


@widely
@given(kept=kept_items())
@example(kept=LIKE_PLACES)
def test_an_entry_of_json_is_what_json_writes_of_it(kept: Kept) -> None:
    entry = FORMATS[".json"].entry(replace(kept, calendar=Revision(SEEN)), EDITION).decode()
    again = json.dumps(json.loads(entry), ensure_ascii=False, indent=1)
    assert entry == f"  {again}".replace("\n", "\n  ")


@widely
@given(item=items())
@example(item=LIKE_PLACES.item)
def test_a_row_is_what_csv_writes_of_its_cells(item: Item) -> None:
    (cells,) = csv.reader(io.StringIO(row(item).decode(), newline=""))
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    assert (len(cells), line.getvalue().encode()) == (len(COLUMNS), row(item))


@given(cell=st.text("=+-@'\t\r\n,\"a\\|é") | st.text())
def test_a_cell_is_guarded_as_the_rule_says(cell: str) -> None:
    calculated = tuple("=+-@\t\r")
    dangerous = cell.startswith(calculated) or (cell[:1] == "'" and cell[1:].startswith((*calculated, "'")))
    assert _inert(cell) == (f"'{cell}" if dangerous else cell)


@given(instant=instants(timezones=st.timezones()))
@example(instant=datetime(999, 1, 1, tzinfo=UTC))
def test_instants_are_written_as_the_standard_library_writes_them(instant: datetime) -> None:
    from email.utils import format_datetime

    utc = instant.astimezone(UTC)
    assert rfc2822(utc) == format_datetime(utc)
    assert rfc3339(instant) == utc.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_threads_write_the_same_bytes_side_by_side() -> None:
    made = [make(id=f"e{n}", topics=[f"t{n % 7}", f"u{n % 5}"], summary=f"Number {n} & <more>") for n in range(200)]
    with ThreadPoolExecutor(8) as pool:
        beside = list(pool.map(lambda kept: entries(kept, EDITION), made * 3))
    assert beside == [entries(kept, EDITION) for kept in made] * 3
