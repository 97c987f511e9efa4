"""Pages against their golden records: `GOLDEN_REWRITE=1 make test ARGS=tests/sources/test_pages.py` rewrites those.

A golden page `name.txt` or `name.html` has its canonical records in `name.txt.jsonl` or `name.html.jsonl`; read a
rewritten one like code.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from cecc_feeds.errors import SourceError
from cecc_feeds.model import Rejected, canonical, record_line
from cecc_feeds.sources import Located, read_path
from tests.sources.pages_of_all_layouts import (
    PAGE_FILES,
    PAGES,
    TEXT_FILES,
    ZONE,
    found_in,
    items_at,
    records_in,
    seed_text,
)

LISTS = [path for path in TEXT_FILES if path.stem.startswith("list-")]
PAIRS = [path for path in TEXT_FILES if path.with_suffix(".html").exists()]


@pytest.mark.parametrize("path", PAGE_FILES, ids=lambda path: path.name)
def test_a_golden_page_gives_its_golden_records(path: Path) -> None:
    golden = path.with_name(f"{path.name}.jsonl")
    found = list(read_path(path, zone=ZONE))
    lines = [record_line(one.item) if isinstance(one, Located) else f"REFUSED {one}" for one in found]
    if os.environ.get("GOLDEN_REWRITE") == "1":
        golden.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    assert lines == golden.read_text(encoding="utf-8").splitlines()


def test_every_golden_record_file_has_its_page() -> None:
    pages = {path.name for path in PAGE_FILES}
    assert {path.name.removesuffix(".jsonl") for path in PAGES.glob("*.jsonl")} == pages


@pytest.mark.parametrize("path", PAIRS, ids=lambda path: path.stem)
def test_text_and_html_of_one_page_agree_in_all_but_what_only_html_has(path: Path) -> None:
    """Title, address (so the id), links and webcast; and the type of a detail page, which its address tells."""
    text, html = (items_at(path.with_suffix(suffix)) for suffix in (".txt", ".html"))
    assert len(text) == len(html)
    for said, marked in zip(text, html, strict=True):
        one, other = canonical(said), canonical(marked)
        if path.stem.startswith("detail-") and one["type"] == "Event":
            one["type"] = other["type"]
        if said.title:
            assert said.title == marked.title
        for record in (one, other):
            for name in ("id", "title", "url", "links"):
                record.pop(name, None)
            record.get("event", {}).pop("webcast", None)
        assert one == other


def test_the_places_of_items_are_file_and_line_of_their_first_line() -> None:
    path = PAGES / "list-topic.txt"
    lines = path.read_text(encoding="utf-8").splitlines()
    places = [found.where for found in read_path(path, zone=ZONE, name="given.txt")]
    numbers = [int(place.removeprefix("given.txt:")) for place in places]
    assert [lines[number - 1] for number in numbers] == [
        "August 29, 2015", "Event Date:", "Event Date:", "December 8, 2010", "Event Date:", "November 24, 2009",
    ]  # fmt: skip


# --- the seed page and what people do to pages ----------------------------------------------------------------------

SEED_RECORDS = [
    ("PRC Legal Provision", "2015-08-29", "2024-03-18", None),
    ("Hearing", "2015-04-30", "2024-08-14", ("2015-04-30T14:00:00-04:00", "2015-04-30T16:00:00-04:00")),
    ("Hearing", "2012-03-05", "2024-03-11", ("2012-03-05T14:30:00-05:00", "2012-03-05T16:30:00-05:00")),
    ("Analysis", "2010-12-08", "2012-11-29", None),
    ("Roundtable", "2010-08-20", "2024-03-12", ("2010-08-20T10:00:00-04:00", "2010-08-20T11:30:00-04:00")),
    ("Analysis", "2009-11-24", "2012-11-27", None),
    ("Analysis", "2009-02-01", "2012-08-29", None),
    ("Analysis", "2008-12-20", "2012-12-05", None),
]


def test_the_seed_page_gives_its_eight_records() -> None:
    records = records_in(seed_text())
    expected = []
    for record, (kind, published, updated, when) in zip(records, SEED_RECORDS, strict=True):
        made = {"type": kind, "published": published, "updated": updated, "topics": ["Human Trafficking"]}
        if when:
            made["event"] = {"start": when[0], "end": when[1], "timezone": "America/New_York"}
        kept = ("id", "summary")
        expected.append({name: record[name] for name in kept if name in record} | made)
    assert records == expected
    prose = [line.strip() for line in seed_text().splitlines() if len(line) > 100]
    assert [record["summary"] for record in records if "summary" in record] == prose


CHANGES: dict[str, Callable[[str], str]] = {
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "CR": lambda text: text.replace("\n", "\r"),
    "BOM": lambda text: f"\ufeff{text}",
    "hyphens": lambda text: text.replace("–", "-"),
    "em dashes": lambda text: text.replace("–", "—"),
    "dashes without blanks": lambda text: text.replace(" – ", "–"),
    "no-break spaces": lambda text: text.replace(" ", "\u00a0"),
    "narrow no-break spaces": lambda text: re.sub(r"(?<=\d) (?=[AP]M)", "\u202f", text),
    "trailing blanks": lambda text: text.replace("\n", " \u00a0\n"),
    "indented": lambda text: "".join(f"   {line}\n" for line in text.splitlines()),
    "one more blank line": lambda text: re.sub(r"\n(\n+)", r"\n\n\1", text),
    "blank lines doubled": lambda text: re.sub(r"\n\n+", lambda run: run[0] + run[0][1:], text),
    "blank lines hold a blank": lambda text: re.sub(r"\n(?=\n)", "\n ", text),
    "double spaced": lambda text: text.replace("\n", "\n\n"),
    "one blank line at most": lambda text: re.sub(r"\n{3,}", "\n\n", text),
    "no blank lines": lambda text: re.sub(r"\n{2,}", "\n", text),
    "blank line after labels": lambda text: text.replace("Event Date:\n", "Event Date:\n\n"),
    "blank line after types": lambda text: re.sub(r"(?m)^((?:Hearing|Roundtable)\n)(?=\w)", r"\1\n", text),
    "blank line before types": lambda text: re.sub(r"(?m)^(Hearing|Roundtable|PRC Legal Provision)$", r"\n\1", text),
    "label and value in one line": lambda text: text.replace("Event Date:\n", "Event Date: "),
    "no skip link": lambda text: text.replace("Skip to main content\n\n", ""),
    "breadcrumbs": lambda text: text.replace("content\n\n", "content\n\nHome\n\n", 1),
    "a pager": lambda text: f"{text}\n\nPagination\n\n« First\n‹ Previous\n1\n2\nNext ›\nLast »\n\n243 Ford House\n",
    "an older pager": lambda text: f"{text}\n1\n2\n3\n…\nnext ›\nlast »\n",
    "read more": lambda text: text.replace("\n\n\n", "\n\nRead more\n\n\n"),
    "no newline at the end": str.rstrip,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_what_copying_does_to_the_seed_page_changes_no_record(change: Callable[[str], str]) -> None:
    assert records_in(change(seed_text())) == records_in(seed_text())


UNDECIDABLE = {
    # without a label or a type, dates that stood together can't be told from dates that did not
    ("list-releases", "double spaced"), ("list-press", "double spaced"),
    # lone dates without the first line of a whole copy might be dates of prose (X2)
    ("list-press", "no skip link"),
}  # fmt: skip
COPIES = [(path, change) for path in LISTS for change in CHANGES if (path.stem, change) not in UNDECIDABLE]


@pytest.mark.parametrize(("path", "change"), COPIES, ids=[f"{path.stem}, {change}" for path, change in COPIES])
def test_what_copying_does_to_a_list_changes_no_record(path: Path, change: str) -> None:
    text = path.read_text(encoding="utf-8")
    expected, changed = records_in(text), records_in(CHANGES[change](text))
    assert [_without_dashes(record) for record in changed] == [_without_dashes(record) for record in expected]


def _without_dashes(record: dict[str, object]) -> dict[str, object]:
    """Prose is as it was written, dashes and all; ids are made of words only."""
    return {
        name: re.sub(" ?[–—-]+ ?", "-", value) if isinstance(value, str) else value for name, value in record.items()
    }


# --- what is refused ------------------------------------------------------------------------------------------------

EVENT = "Skip to main content\n\nXinjiang\n\nEvent Date:\n{when}\nMay 1, 2026\nHearing\nMay 2, 2026\n\nOne.\n"
GOOD = "\n\nEvent Date:\nTuesday, April 14, 2026 – 10:00 AM to 12:00 PM\nApril 1, 2026\nHearing\nMay 2, 2026\n\nTwo.\n"


@pytest.mark.parametrize(
    ("when", "why"),
    [
        ("Friday, December 1, 2026 – 10:00 AM to 12:00 PM", "says Friday, but December 1, 2026 is a Tuesday"),
        ("Tuesday, December 1, 2026 – 12:00 PM to 10:00 AM", "ends before it starts"),
        ("Tuesday, December 1, 2026 – 25:00 AM to 12:00 PM", "no such time of day"),
        ("Sunday, March 8, 2026 – 02:30 AM to 4:00 AM", "the clocks skip 02:30"),
        ("Tuesday, December 32, 2026 – 10:00 AM to 12:00 PM", "there is no such day"),
        ("next Tuesday", "it is no date known here"),
    ],
)
def test_F54_a_bad_event_date_is_reported_with_its_line_and_the_other_items_stay(when: str, why: str) -> None:
    refused, kept = found_in(EVENT.format(when=when) + GOOD, where="a/b.txt")
    assert isinstance(refused, Rejected)
    assert refused.where == "a/b.txt:5"
    assert why in refused.why
    assert when in refused.why or "02:30" in refused.why
    assert isinstance(kept, Located)
    assert kept.where == "a/b.txt:14"


@pytest.mark.parametrize("when", ["", "TBA", "To be announced"])
def test_an_event_date_without_a_value_makes_an_item_without_event(when: str) -> None:
    page = EVENT.format(when=when).replace(":\n\n", ":\n")
    [record] = records_in(page)
    assert (record["type"], record["published"], record["updated"]) == ("Hearing", "2026-05-01", "2026-05-02")
    assert "event" not in record


def test_a_published_date_is_never_taken_for_the_event() -> None:
    page = "Skip to main content\n\nHearing\n\nEvent Date:\nMay 21, 2024\nHearing\nDecember 10, 2024\n\nProse.\n"
    [record] = records_in(page)
    assert "event" not in record
    assert record["published"] == "2024-05-21"


def test_a_bare_event_date_before_the_published_one_is_a_whole_day() -> None:
    page = EVENT.format(when="June 4, 2026")
    [record] = records_in(page)
    assert record["event"] == {"start": "2026-06-04"}
    assert record["published"] == "2026-05-01"


LOST = {
    "X2 of a list": "Civil Society\nJune 3, 2020\n(Washington)--A word.\nMay 1, 2020\n(Washington)—Another.\n",
    "X2 with a menu first": "118th Congress\nAnnual Reports\nFind reports.\nCommission Analysis\nRead of it.\n",
    "X2 with a date in its prose": "Tibet\n[PDF]\nINTRODUCTION\nOn July 5, 2009, many died.\nMay 1, 2020\nProse.\n",
    "X2 with blank lines": "Civil Society\n\nProse of one item.\n\nJune 3, 2020\n\nProse of another.\n",
    "D-LOST": "North Korean Refugees and the Imminent Danger of Forced Repatriation\n\nProse.\n\nMore prose.\n",
    "D-LOST with names": "One Year\n\nTranscript (PDF) (Text)\n\nProse.\n\nMr. Li, 2007 Chair\n\nMay 1, 2010\n",
    "provisions without dates": "PRC Legal Provisions\n\nAdditional Laws and Regulations\n\nA Law (Chinese Text)\n",
    "nothing": "\n\n \n",
}


@pytest.mark.parametrize("text", LOST.values(), ids=LOST.keys())
def test_a_page_that_lost_its_dates_gives_nothing_and_says_so(text: str) -> None:
    with pytest.raises(SourceError, match=r"^page: no dated items found: "):
        found_in(text)


def test_two_items_that_would_get_one_id_are_both_refused() -> None:
    typed = "May 1, 2015\nPRC Legal Provision\nMay 2, 2015\n\n"
    found = found_in(
        f"Skip to main content\n\nTibet\n\n{typed}{typed}April 1, 2015\nPRC Legal Provision\nMay 2, 2015\n"
    )
    assert [type(one) for one in found] == [Rejected, Rejected, Located]
    assert '"prc-legal-provision-2015-05-01"' in str(found[0])
    assert "page:9" in str(found[0])
    assert "page:5" in str(found[1])


def test_the_first_line_of_a_text_may_tell_the_address_of_a_page() -> None:
    text = (PAGES / "detail-iso.txt").read_text(encoding="utf-8")
    [record] = records_in(f"https://www.cecc.gov/events/hearings/google\n\n{text}")
    assert (record["type"], record["id"]) == ("Hearing", "events.hearings.google")


def test_the_place_may_stand_in_a_line_before_the_when() -> None:
    when = "Wednesday, December 7, 2016 - 2:00pm to 4:00pm"
    text = f"A Look Back and a Look Forward\n\nHVC 210 Capitol Visitor Center , Washington\n{when}\n\nProse.\n"
    [record] = records_in(text)
    assert record["event"] == {
        "start": "2016-12-07T14:00:00-05:00",
        "end": "2016-12-07T16:00:00-05:00",
        "timezone": "America/New_York",
        "location": "HVC 210 Capitol Visitor Center, Washington",
    }
    assert record["summary"] == "Prose."


def test_a_detail_page_may_have_the_labels_of_a_list() -> None:
    text = (
        "Skip to main content\n\nStand with Hong Kong: What the Coming Year May Bring for It\n\nEvent Date:\n"
        "Tuesday, April 14, 2026 – 10:00 AM to 12:00 PM\nAddress:\n2360 Rayburn House Office Building\n"
        "Washington , District of Columbia\nUnited States\n\nHearing\n\nProse of some length.\n\nWitnesses\n\nA. Name\n"
    )
    [record] = records_in(text)
    assert {name: record[name] for name in record if name != "id"} == {
        "type": "Hearing",
        "title": "Stand with Hong Kong: What the Coming Year May Bring for It",
        "summary": "Prose of some length.",
        "event": {
            "start": "2026-04-14T10:00:00-04:00",
            "end": "2026-04-14T12:00:00-04:00",
            "timezone": "America/New_York",
            "location": "2360 Rayburn House Office Building, Washington, District of Columbia, United States",
        },
    }


def test_a_menu_copied_with_a_list_does_not_name_its_topic() -> None:
    copied = seed_text().replace("content\n\n", "content\n\nAbout\nEvents\nTibet\nXinjiang\nSearch\n\n", 1)
    assert records_in(copied) == records_in(seed_text())


@pytest.mark.parametrize(
    ("heading", "topics"),
    [
        ("Hearing", None),
        ("Press Releases", None),
        ("119th Congress", None),
        ("Home / Press Releases", None),
        ("Institutions of Democratic Governance", ["Institutions of Democratic Governance"]),
        ("Cyberspace", ["Cyberspace"]),
    ],
)
def test_a_heading_is_the_topic_unless_it_is_a_type_or_a_term_of_congress(
    heading: str, topics: list[str] | None
) -> None:
    records = records_in(seed_text().replace("Human Trafficking\n", f"{heading}\n", 1))
    assert [record.get("topics") for record in records] == [topics] * 8


# --- HTML -----------------------------------------------------------------------------------------------------------


def test_F24_markup_that_leaked_into_a_provision_becomes_text_html_becomes_text() -> None:
    for suffix in (".txt", ".html"):
        items = items_at(PAGES / f"list-provisions{suffix}")
        assert [item.summary for item in items] == [
            "The following text was taken from the province's Web site on November 29, 2007.",
            "The order has 26 articles.\nIt takes effect on October 1.",
            "Two texts follow.\nThe English one is not official.\n\nArticle 1 names the aim.",
            "Taken from the list of repealed rules; see also",
            None,
        ]
        assert [item.event for item in items] == [None] * 5


def test_html_in_another_charset_is_refused() -> None:
    page = (PAGES / "list-topic.html").read_text(encoding="utf-8").replace("utf-8", "windows-1252")
    with pytest.raises(SourceError, match=r'declares the charset "windows-1252"; save the page as UTF-8'):
        found_in(page, "HTML page")


@pytest.mark.parametrize(("reader", "data"), [("HTML page", b"<p>caf\xe9</p>"), ("text page", b"Skip\n\xff")])
def test_a_page_that_is_not_utf_8_is_refused_with_the_byte(reader: str, data: bytes) -> None:
    with pytest.raises(SourceError, match=r"not UTF-8: line \d, byte \d"):
        found_in(data, reader)


def test_links_of_html_are_absolute_and_unsafe_ones_are_left_out() -> None:
    page = (PAGES / "list-topic.html").read_text(encoding="utf-8")
    page = page.replace("/issue/human-trafficking?page=1", "/a/b").replace("/sites/default/files/documents/", "files/")
    page = page.replace('href="/publications', 'href="javascript:alert(1)" data-x="')
    records = records_in(page, "HTML page")
    assert [record.get("url") for record in records][-3] is None
    assert [link["url"] for link in records[2]["links"]] == [
        "https://www.cecc.gov/a/files/CHRG-112hhrg74809.pdf",
        "https://www.cecc.gov/a/files/CHRG-112hhrg74809.txt",
    ]


def test_an_html_list_without_known_containers_is_read_by_the_same_grammar() -> None:
    page = """<html><body><main><h1>Tibet</h1>
    <div>Event Date:</div><div>Tuesday, April 14, 2026 – 10:00 AM to 12:00 PM</div>
    <div>April 1, 2026</div><div>Hearing</div><div>May 2, 2026</div><p>Prose.</p>
    <div>March 1, 2026</div><div>March 2, 2026</div><p>An analysis.</p></main></body></html>"""
    records = records_in(page, "HTML page")
    assert [(record["type"], record["topics"], record["summary"]) for record in records] == [
        ("Hearing", ["Tibet"], "Prose."),
        ("Analysis", ["Tibet"], "An analysis."),
    ]


def test_linked_headings_tell_items_apart_where_no_container_does() -> None:
    page = """<html><body><h1>Tibet</h1>
    <h3><a href="/events/hearings/one">One: A Hearing</a></h3>
    <div>Event Date:</div><div>Tuesday, April 14, 2026 – 10:00 AM to 12:00 PM</div>
    <div>April 1, 2026</div><div>Hearing</div><div>May 2, 2026</div><p>Prose.</p>
    <h3><a href="/media-center/press-releases/two">Two</a></h3>
    <div>March 1, 2026</div><p>A release.</p></body></html>"""
    records = records_in(page, "HTML page")
    assert [(record["type"], record["title"], record["url"], record["summary"]) for record in records] == [
        ("Hearing", "One: A Hearing", "https://www.cecc.gov/events/hearings/one", "Prose."),
        ("Press Release", "Two", "https://www.cecc.gov/media-center/press-releases/two", "A release."),
    ]


def test_headlines_may_part_title_and_date_where_the_address_tells_that_it_is_a_release() -> None:
    headlines = "A Call for Answers\n\nMedia Contact: Press Office"
    text = f"Chairs Speak\n\n{headlines}\n\nJuly 13, 2017\n\n(Washington)—They spoke.\n"
    with pytest.raises(SourceError, match="no dated items found"):
        found_in(text)
    [record] = records_in(f"https://www.cecc.gov/media-center/press-releases/chairs-speak\n\n{text}")
    assert (record["type"], record["title"], record["published"]) == ("Press Release", "Chairs Speak", "2017-07-13")
    assert record["summary"] == f"{headlines}\n\n(Washington)—They spoke."


def test_an_html_page_without_dates_says_so() -> None:
    with pytest.raises(SourceError, match=r'no dated items found: it begins with "About"'):
        found_in("<html><body><h1>About</h1><p>Who we are.</p></body></html>", "HTML page")


# --- lists without the publisher's classes, labels, times (F24) -------------------------------------------------------

DECEMBER_5 = "Thursday, December 5, 2024 – 10:00 AM to 12:00 PM"
DECEMBER_4 = "Wednesday, December 4, 2024 – 02:00 PM to 4:00 PM"
RELEASES = "/media-center/press-releases"


def marked_up(heading: str, body: str, address: str = "") -> str:
    link = f'<link rel="canonical" href="https://www.cecc.gov{address}">' if address else ""
    return f"<html><head>{link}</head><body><main><h1>{heading}</h1>{body}</main></body></html>"


ROWS = {
    "ul": '<ul>{0}</ul>|<li>{1} <span class="date">{0}</span></li>',
    "ul, nested": "<div><ul>{0}</ul></div><p>Contact us.</p>|<li><div>{1}</div><div>{0}</div></li>",
    "table, date first": "<table>{0}</table>|<tr><td>{0}</td><td>{1}</td></tr>",
    "table with a head": "<table><thead><tr><th>A</th></tr></thead>{0}</table>|<tr><td>{1}</td><td>{0}</td></tr>",
    "divs": "<div>{0}</div>|<div><div>{1}</div><div>{0}</div></div>",
    "articles": "{0}|<article><h2>{1}</h2><p>{0}</p></article>",
    "dl": "<dl>{0}</dl>|<dt>{1}</dt><dd>{0}</dd>",
    "known rows, one line": '{0}|<div class="views-row">{0} {1}</div>',
    "known rows, a dash": '{0}|<div class="views-row"><span class="date">{0}</span> - {1}</div>',
}


@pytest.mark.parametrize("form", ROWS.values(), ids=ROWS.keys())
def test_F24_a_list_in_any_markup_keeps_its_items_apart(form: str) -> None:
    outer, row = form.split("|")
    links = {"September 24, 2024": "a", "September 23, 2024": "b"}
    rows = "".join(row.format(day, f'<a href="{RELEASES}/{name}">Chairs say {name}</a>') for day, name in links.items())
    records = records_in(marked_up("Press Releases", outer.format(rows)), "HTML page")
    assert records == [
        {
            "id": f"media-center.press-releases.{name}",
            "type": "Press Release",
            "title": f"Chairs say {name}",
            "url": f"https://www.cecc.gov{RELEASES}/{name}",
            "published": day,
        }
        for name, day in (("a", "2024-09-24"), ("b", "2024-09-23"))
    ]


def test_F24_rows_of_a_table_need_no_links_under_a_known_heading() -> None:
    rows = "".join(
        f"<tr><td>On {name}</td><td>{when}</td></tr>" for name, when in (("A", DECEMBER_5), ("B", DECEMBER_4))
    )
    records = records_in(marked_up("Hearings", f'<table class="views-table">{rows}</table>'), "HTML page")
    assert [record["title"] for record in records] == ["On A", "On B"]


def test_F24_a_row_whose_date_cannot_be_read_is_not_dropped_silently() -> None:
    rows = "".join(
        f'<tr><td>{day}</td><td><a href="{RELEASES}/{day[-1]}">A</a></td></tr>'
        for day in ("May 1, 2024", "05/02/2024", "May 3, 2023")
    )
    with pytest.raises(SourceError, match="nothing tells its items apart"):
        found_in(marked_up("Press Releases", f"<table>{rows}</table>"), "HTML page")


def test_a_date_beside_a_title_outside_the_rows_is_refused_not_lost() -> None:
    row = '<li><a href="/media-center/press-releases/{0}">{0}</a> <span class="date">May 1, 2020</span></li>'
    outside = '<p><a href="/media-center/press-releases/c">C</a></p><p>May 3, 2020</p>'
    page = marked_up("Press Releases", f"<ul>{row.format('a')}{row.format('b')}</ul>{outside}")
    found = found_in(page, "HTML page")
    assert [type(one) for one in found] == [Located, Located, Rejected]
    assert '"May 3, 2020" stands in none of the rows' in str(found[-1])


NEVER_ONE_ITEM = {
    "a list's heading": marked_up("Hearings", f"<p>One</p><p>{DECEMBER_5}</p>"),
    "a topic": marked_up("Tibet", f"<p>One</p><p>{DECEMBER_5}</p>"),
    "two events": marked_up("Our Year", f"<p>One</p><p>{DECEMBER_5}</p><p>Two</p><p>{DECEMBER_4}</p>"),
    "two linked titles": marked_up(
        "All That We Said", '<p>May 1, 2024</p><p><a href="/a">A</a></p><p>May 2, 2024</p><p><a href="/b">B</a></p>'
    ),
}


@pytest.mark.parametrize("page", NEVER_ONE_ITEM.values(), ids=NEVER_ONE_ITEM.keys())
def test_a_list_is_never_taken_for_one_item(page: str) -> None:
    with pytest.raises(SourceError, match=r"no dated items found: .* nothing tells its items apart; save the page of"):
        found_in(page, "HTML page")


def test_related_rows_under_an_event_do_not_make_its_page_a_list() -> None:
    rows = "".join(
        f'<li><a href="/events/hearings/{n}">{n}</a> <span class="date">May {n}, 2020</span></li>' for n in "12"
    )
    title = "Forced Labor and What Can Be Done to End It"
    page = marked_up(title, f"<p>{DECEMBER_5}</p><p>562 Dirksen</p><p>Prose.</p><ul>{rows}</ul>")
    [record] = records_in(page, "HTML page")
    assert record["title"] == title


def field(label: str, value: str) -> str:
    return f'<div class="field"><div class="field__label">{label}</div><div class="field__item">{value}</div></div>'


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0)])
def test_F24_a_label_is_never_a_place_or_prose(order: tuple[int, ...]) -> None:
    fields = [field("Event Date", DECEMBER_5), field("Location", "562 Dirksen"), field("Event Type", "Hearing")]
    body = "".join(fields[at] for at in order)
    [record] = records_in(marked_up("A", f"{body}<p>Prose.</p>", "/events/hearings/a"), "HTML page")
    assert record["event"]["location"] == "562 Dirksen"
    assert record["event"]["start"] == "2024-12-05T10:00:00-05:00"
    assert record["summary"] == "Prose."


def test_an_updated_date_alone_is_never_the_published_one() -> None:
    body = field("Event Date", DECEMBER_5) + field("Updated", "May 2, 2025")
    page = marked_up("Tibet", f'<div class="views-row"><h2><a href="/a">A</a></h2>{body}</div>')
    [record] = records_in(page, "HTML page")
    assert "published" not in record


def test_F24_both_transcript_links_of_a_list_are_kept() -> None:
    links = '<ul><li><a href="/t.pdf">Transcript (PDF)</a></li><li><a href="/t.txt">(Text)</a></li></ul>'
    [record] = records_in(marked_up("Google in China", f"<p>{DECEMBER_5}</p>{links}<p>Prose.</p>"), "HTML page")
    assert [link["url"] for link in record["links"]] == ["https://www.cecc.gov/t.pdf", "https://www.cecc.gov/t.txt"]
    assert record["summary"] == "Prose."


@pytest.mark.parametrize(
    ("ends", "end"),
    [
        ('<time datetime="2024-12-05T17:00:00Z">Thu, 12/05/2024 - 12:00</time>', "2024-12-05T12:00:00-05:00"),
        ('<time datetime="2024-12-05T12:30:00">12/05/2024 12:30</time>', "2024-12-05T12:30:00-05:00"),
        ("", None),
    ],
)
def test_F24_a_date_in_numbers_is_read_from_its_time_element(ends: str, end: str | None) -> None:
    when = f'<time datetime="2024-12-05T15:00:00Z">Thu, 12/05/2024 - 10:00</time>{" – " if ends else ""}{ends}'
    for label in ('<div class="field__label">Event Date</div>', "<div>Event Date:</div>", "Event Date: "):
        row = f'<h3><a href="/events/hearings/a">A</a></h3><div>{label}{when}</div>'
        [record] = records_in(marked_up("Tibet", f'<div class="views-row">{row}</div>'), "HTML page")
        assert record["event"]["start"] == "2024-12-05T10:00:00-05:00"
        assert record["event"].get("end") == end


def test_the_time_at_which_a_release_was_put_up_is_no_event() -> None:
    made = '<div class="field--name-created"><time datetime="2024-12-05T15:00:00Z">Thu, 12/05/2024 - 10:00</time></div>'
    page = marked_up("Tibet", f'<div class="views-row"><h3><a href="{RELEASES}/a">A</a></h3>{made}<p>Prose.</p></div>')
    [record] = records_in(page, "HTML page")
    assert (record["type"], record["published"]) == ("Press Release", "2024-12-05")
    assert "event" not in record
