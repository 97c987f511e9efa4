"""One golden file a format, in tests/golden/feeds: rewritten only by `GOLDEN_REWRITE=1 make test`, and read like code.

They hold the formats to the bytes; what those bytes must be, and for whom, is in the other tests.
"""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import feedparser
import pytest

from cecc_feeds.model import Kept, Revision
from cecc_feeds.render import FORMATS, item_calendar
from tests.conftest import ROOT
from tests.other_parsers import agreed, lint
from tests.render import EDITION, SEEN, feed, make, values, without_event

FOLDER = ROOT / "tests" / "golden" / "feeds"
RECORDED = datetime(2026, 11, 1, 14, 0, tzinfo=UTC)


def library() -> Iterator[Kept]:
    """An item for each thing that the formats tell apart, in the order in which a feed lists them."""
    yield make(
        id="roundtable-2005-03-21-an-old-one",
        title="An old one",
        url=None,
        summary=None,
        published="2005-03-21",
        event={"start": "2005-03-21T14:00", "end": "2005-03-21T15:30", "location": None},
        kept={"news": Revision(SEEN), "calendar": Revision(SEEN)},
    )
    yield make(
        id="roundtable-trade",
        title='Trade; data, & "access" — é日本',
        topics=["Rule of law, courts", "Tibet"],
        summary="Line 1\nLine 2, with; stuff and a rather long sentence that has to be folded somewhere as it is.\n\n"
        "See https://www.cecc.gov/a?b=c,d for <more>.",
        language="en",
        event={
            "webcast": "https://live.example.org/1?a=b&c=d",
            "location": "Auditorium, 100 Example Street NE, Washington, DC",
        },
        links=[
            {
                "rel": "transcript",
                "title": "Transcript (PDF)",
                "url": "https://www.cecc.gov/t.pdf",
                "type": "application/pdf",
            },
            {"rel": "related", "url": "https://www.cecc.gov/related"},
        ],
    )
    yield make(
        id="field-hearing",
        type="Hearing",
        title="Field hearing",
        summary=None,
        event={"start": "2026-12-03", "end": None, "timezone": None, "location": None, "status": "cancelled"},
    )
    yield make(
        id="london",
        title="Law in Hong Kong",
        event={
            "start": "2026-12-04T09:30",
            "end": None,
            "timezone": "Europe/London",
            "location": "London",
            "status": "postponed",
        },
    )
    yield make(id="two-days", title="Two days", event={"start": "2026-12-30", "end": "2026-12-31", "timezone": None})
    yield make(id="gone", title="Gone", links=[{"url": "https://www.cecc.gov/gone"}], kept={
        "withdrawn": RECORDED, "news": Revision(RECORDED, 3), "calendar": Revision(RECORDED, 3),
    })  # fmt: skip
    yield make(id="long-gone", title="Long gone", kept={"withdrawn": RECORDED, "was_coming": False})
    yield without_event(
        id="statement-zh", title=None, summary="主席声明：\n\n第二段。", language="zh-Hans", topics=["人权"]
    )
    yield without_event(
        id="formula", title='=HYPERLINK("https://evil.example") AT&T <x>', summary="-1", published="2026-09-30"
    )


def document(suffix: str) -> bytes:
    made = FORMATS[suffix]
    written = [made.entry(kept, EDITION) for kept in library()]
    return made.document(
        feed(
            zones=("America/New_York", "Europe/London"),
            args="from=2005-01-01",
            note="Holds 9 of 12 items; page=2 in the address gives more.",
            pages={
                "prev-archive": f"https://feeds.example.org/feeds/hearings{suffix}?from=2005-01-01&archive=2006-03",
                "next": f"https://feeds.example.org/feeds/hearings{suffix}?from=2005-01-01&page=2",
            },
            deleted=((EDITION.entry_id("gone"), RECORDED), (EDITION.entry_id("long-gone"), RECORDED)),
        ),
        [entry for entry in written if entry],
    )


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_bytes_are_those_of_the_golden_file(suffix: str) -> None:
    path = FOLDER / f"hearings{suffix}"
    if os.environ.get("GOLDEN_REWRITE") == "1":
        path.write_bytes(document(suffix))
    assert document(suffix) == path.read_bytes()


def test_the_golden_calendar_is_clean_and_read_alike_by_other_parsers() -> None:
    ics = document(".ics")
    assert lint(ics) == []
    at = {uid.partition("@")[0]: times for uid, times in agreed(ics).items()}
    assert list(at) == [
        "roundtable-2005-03-21-an-old-one",
        "roundtable-trade",
        "field-hearing",
        "london",
        "two-days",
        "gone",
    ]
    assert at["london"] == (datetime(2026, 12, 4, 9, 30, tzinfo=UTC), datetime(2026, 12, 4, 11, 30, tzinfo=UTC))
    assert at["roundtable-2005-03-21-an-old-one"][0] == datetime(2005, 3, 21, 19, tzinfo=UTC)


@pytest.mark.parametrize("suffix", [".rss", ".atom"])
def test_the_golden_feeds_are_read_without_complaint(suffix: str) -> None:
    found = feedparser.parse(document(suffix))
    assert not found.bozo
    assert [entry.id.rpartition("/")[2] for entry in found.entries] == [kept.item.id for kept in library()]
    assert all("&lt;x&gt;" not in entry.title or entry.title.endswith("<x>") for entry in found.entries)


def test_every_calendar_of_one_golden_event_is_clean() -> None:
    for kept in library():
        if kept.item.event:
            assert lint(item_calendar(kept, EDITION)) == []


def test_no_entry_of_the_golden_feed_is_dated_later_than_it_was_seen() -> None:
    dates = [item["date_published"] for item in json.loads(document(".json"))["items"]]
    assert max(dates) <= SEEN.isoformat().replace("+00:00", "Z")


class Balanced(HTMLParser):
    """Counts the elements that are open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_html_of_every_golden_body_is_balanced() -> None:
    for item in json.loads(document(".json"))["items"]:
        body = Balanced()
        body.feed(item["content_html"])
        assert body.open == [], item["id"]


def test_uids_and_revisions_of_the_golden_calendar_are_those_kept() -> None:
    ics = document(".ics")
    assert values(ics, "SEQUENCE") == [":0", ":2", ":2", ":2", ":2", ":3"]
    assert values(ics, "LAST-MODIFIED") == values(ics, "DTSTAMP")
    stamps = [datetime.fromisoformat(value[1:]) for value in values(ics, "DTSTAMP")]
    assert all(later - earlier >= timedelta() for earlier, later in pairwise(stamps))
