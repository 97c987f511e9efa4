"""RSS and Atom, and JSON Feed in what they share: what real readers choked on, by its number in clients.md 6."""

import json
import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import feedparser
import pytest

from cecc_feeds.model import Kept
from cecc_feeds.render import FORMATS, item_calendar
from tests.other_parsers import shared
from tests.render import EDITION, NEWS, SEEN, feed, make, whole, without_event

ATOM = "{http://www.w3.org/2005/Atom}"
HARD = 'AT&T <x> "q" ’é日本😀'
FULL: dict[str, Any] = {
    "summary": "Text & <more> https://www.cecc.gov/a?b=c&d=e\n\nSecond.",
    "topics": ["Rule of law, courts", "Tibet"],
    "event": {"webcast": "https://live.example.org/1?a=b&c=d"},
    "links": [
        {
            "rel": "transcript",
            "title": "Transcript <PDF>",
            "url": "https://www.cecc.gov/t.pdf",
            "type": "application/pdf",
        },
        {"title": "Write", "url": "mailto:info@cecc.gov"},
    ],
}
WITHDRAWN = {"withdrawn": datetime(2026, 11, 3, tzinfo=UTC)}


def parsed(suffix: str, *items: Kept, **changes: Any) -> Any:
    found = feedparser.parse(whole(suffix, items, **changes))
    assert not found.bozo, found.get("bozo_exception")
    return found


def bodies(item: Kept) -> list[str]:
    """The HTML body in each news format."""
    xml = [parsed(suffix, item).entries[0].content[0].value for suffix in (".rss", ".atom")]
    return [*xml, json.loads(whole(".json", [item]))["items"][0]["content_html"]]


def titles_of(item: Kept) -> list[str]:
    rss, atom = (ET.fromstring(whole(suffix, [item])) for suffix in (".rss", ".atom"))
    found = [rss.findtext("channel/item/title"), atom.findtext(f"{ATOM}entry/{ATOM}title")]
    return [*map(str, found), json.loads(whole(".json", [item]))["items"][0]["title"]]


class Addresses(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("href", "src")]


# --- dates ------------------------------------------------------------------------------------------------------------


def test_F42_an_entry_is_dated_when_it_was_published_and_never_later_than_first_seen() -> None:
    late = make(published="2026-12-01")
    for item, date in (
        (make(), "2026-10-01T14:30:00"),
        (make(published="2026-09-30"), "2026-09-30T16:00:00"),
        (late, "2026-10-01T14:30:00"),
    ):
        assert item.dated <= SEEN
        for suffix in (".rss", ".atom"):
            (entry,) = parsed(suffix, item).entries
            assert datetime(*entry.published_parsed[:6]).isoformat() == date
        assert json.loads(whole(".json", [item]))["items"][0]["date_published"] == f"{date}Z"


def test_a_changed_entry_says_when_in_all_three_formats() -> None:
    rss, atom = (ET.fromstring(whole(suffix, [make()])) for suffix in (".rss", ".atom"))
    assert [
        rss.findtext(f"channel/item/{ATOM}updated"),
        atom.findtext(f"{ATOM}entry/{ATOM}updated"),
        json.loads(whole(".json", [make()]))["items"][0]["date_modified"],
    ] == ["2026-11-01T14:00:00Z"] * 3


def test_the_dates_of_a_feed_are_those_given_and_a_feed_without_entries_has_no_newest() -> None:
    channel = ET.fromstring(whole(".rss", [make()]))[0]
    assert channel.findtext("lastBuildDate") == "Mon, 02 Nov 2026 00:00:00 +0000"
    assert channel.findtext("pubDate") == "Thu, 01 Oct 2026 14:30:00 +0000"
    assert ET.fromstring(whole(".rss", [], newest=None))[0].findtext("pubDate") is None
    assert ET.fromstring(whole(".atom", [])).findtext(f"{ATOM}updated") == "2026-11-02T00:00:00Z"


# --- characters -----------------------------------------------------------------------------------------------------

NASTY = "".join(map(chr, [*range(0xA0), 0xD800, 0xDFFF, 0xFFFE, 0xFFFF, 0x2028, 0x2029, 0xFEFF]))


@pytest.mark.parametrize("field", ["type", "title", "summary", "topics", "location"])
def test_F44_no_character_breaks_a_feed(field: str) -> None:
    said = f"a{NASTY}b"
    changes: dict[str, Any] = (
        {"event": {field: said}} if field == "location" else {field: [said] if field == "topics" else said}
    )
    for suffix in (".rss", ".atom"):
        assert [entry.id for entry in parsed(suffix, make(**changes), make(id="x")).entries] == [
            "tag:cecc.gov,2002:item/roundtable-1",
            "tag:cecc.gov,2002:item/x",
        ]
    assert len(json.loads(whole(".json", [make(**changes)]))["items"]) == 1


def test_F44_no_character_in_a_name_that_comes_from_an_address_breaks_a_feed() -> None:
    for suffix in NEWS:
        assert whole(suffix, [], title=f"a{NASTY}b", description=f"a{NASTY}b")


def test_F49_a_title_is_text_and_survives_in_every_format() -> None:
    assert titles_of(make(title=HARD)) == [f"Roundtable: {HARD}"] * 3
    assert titles_of(make(title="<b>Bold</b> R&amp;D <i>x</i>")) == ["Roundtable: Bold R&D x"] * 3
    for suffix in (".rss", ".atom"):
        assert parsed(suffix, make(title=HARD)).entries[0].title == f"Roundtable: {HARD}"


def test_text_that_looks_like_tags_survives_in_every_body_and_summary() -> None:
    item = make(summary=HARD)
    assert [HARD.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;") in body
            for body in bodies(item)] != []  # fmt: skip
    for suffix in (".rss", ".atom"):
        (entry,) = parsed(suffix, item).entries
        assert re.sub("&quot;", '"', entry.content[0].value).count("AT&amp;T &lt;x&gt;") == 1
    assert "AT&amp;T &lt;x&gt;" in parsed(".rss", item).entries[0].summary
    assert "AT&T <x>" in json.loads(whole(".json", [item]))["items"][0]["summary"]


# --- links ------------------------------------------------------------------------------------------------------------


def test_F45_links_of_entries_say_what_they_are_and_the_enclosure_is_as_long_as_the_calendar() -> None:
    item = make()
    length = str(len(item_calendar(item, EDITION)))
    page, ics = "https://feeds.example.org/items/roundtable-1", "https://feeds.example.org/items/roundtable-1.ics"
    atom = ET.fromstring(whole(".atom", [item]))
    assert [link.attrib for link in atom.findall(f"{ATOM}entry/{ATOM}link")] == [
        {"rel": "alternate", "type": "text/html", "href": page},
        {"rel": "enclosure", "type": "text/calendar", "href": ics, "length": length, "title": "Add to calendar"},
    ]
    rss = ET.fromstring(whole(".rss", [item]))
    assert [enclosure.attrib for enclosure in rss.iter("enclosure")] == [
        {"url": ics, "length": length, "type": "text/calendar"}
    ]
    assert rss.findtext("channel/item/link") == page


def test_only_what_is_in_a_calendar_has_an_enclosure() -> None:
    gone = make(kept={**WITHDRAWN, "was_coming": False})
    for item in (without_event(), gone):
        assert b"enclosure" not in whole(".rss", [item]) + whole(".atom", [item])
        assert "attachments" not in json.loads(whole(".json", [item]))["items"][0]


def test_F46_the_page_is_the_alternate_and_self_is_the_address_of_the_feed() -> None:
    args = {"args": "from=today"}
    rss, atom = (ET.fromstring(whole(suffix, [make()], **args)) for suffix in (".rss", ".atom"))
    page, base = "https://feeds.example.org/feeds/hearings?from=today", "https://feeds.example.org/feeds/hearings"
    assert rss.findtext("channel/link") == page
    assert [link.attrib for link in rss.findall(f"channel/{ATOM}link")] == [
        {"rel": "self", "type": "application/rss+xml", "href": f"{base}.rss?from=today"}
    ]
    assert [(link.get("rel"), link.get("type"), link.get("href")) for link in atom.findall(f"{ATOM}link")] == [
        ("self", "application/atom+xml", f"{base}.atom?from=today"),
        ("alternate", "text/html", page),
        ("alternate", "application/feed+json", f"{base}.json?from=today"),
        ("alternate", "application/rss+xml", f"{base}.rss?from=today"),
    ]
    assert json.loads(whole(".json", [make()], **args))["feed_url"] == f"{base}.json?from=today"


def test_F48_every_address_in_a_body_is_absolute() -> None:
    for body in bodies(make(**FULL)):
        addresses = Addresses()
        addresses.feed(body)
        assert addresses.found == [
            "https://www.cecc.gov/a?b=c&d=e",
            "https://live.example.org/1?a=b&c=d",
            "https://www.cecc.gov/t.pdf",
            "mailto:info@cecc.gov",
            "https://www.cecc.gov/events/roundtables/trade-data",
            "https://feeds.example.org/items/roundtable-1",
        ]


def test_pages_of_a_feed_are_linked_in_both() -> None:
    own = "https://feeds.example.org/items.x"
    pages = {"first": own, "next": f"{own}?page=2&q=a", "prev-archive": f"{own}?archive=2026-04&q=a"}
    rss, atom = (ET.fromstring(whole(suffix, [], pages=pages)) for suffix in (".rss", ".atom"))
    assert [(link.get("rel"), link.get("href")) for link in rss.findall(f"channel/{ATOM}link")][1:] == list(
        pages.items()
    )
    assert [(link.get("rel"), link.get("href")) for link in atom.findall(f"{ATOM}link")][4:] == list(pages.items())
    assert json.loads(whole(".json", [], pages=pages))["next_url"] == pages["prev-archive"]


# --- entries --------------------------------------------------------------------------------------------------------


def test_ids_are_tags_and_no_links() -> None:
    rss = ET.fromstring(whole(".rss", [make()]))
    (guid,) = rss.iter("guid")
    assert (guid.text, guid.attrib) == ("tag:cecc.gov,2002:item/roundtable-1", {"isPermaLink": "false"})
    assert ET.fromstring(whole(".atom", [make()])).findtext(f"{ATOM}entry/{ATOM}id") == guid.text
    assert json.loads(whole(".json", [make()]))["items"][0]["id"] == guid.text


def test_categories_have_no_commas() -> None:
    rss, atom = (ET.fromstring(whole(suffix, [make(**FULL)])) for suffix in (".rss", ".atom"))
    types, topics = "https://feeds.example.org/types", "https://feeds.example.org/topics"
    labels = [("Roundtable", types), ("Rule of law courts", topics), ("Tibet", topics)]
    assert [(element.text, element.get("domain")) for element in rss.iter("category")] == labels
    assert [tuple(element.attrib.items()) for element in atom.iter(f"{ATOM}category")] == [
        (("term", slug), ("scheme", scheme), ("label", label))
        for slug, (label, scheme) in zip(("roundtable", "rule-of-law-courts", "tibet"), labels, strict=True)
    ]
    assert json.loads(whole(".json", [make(**FULL)]))["items"][0]["tags"] == [label for label, _ in labels]


WHEN = "Tuesday, December 1, 2026, 9:30–11:00 a.m. EST"


@pytest.mark.parametrize(
    ("item", "summary"),
    [
        (make(), f"{WHEN} · Auditorium, 100 Example Street NE — A roundtable on trade. With three panelists."),
        (
            make(event={"status": "cancelled", "location": None}, summary=None),
            f"This event is cancelled. — {WHEN}",
        ),
        (
            make(event={"start": "2026-12-03", "end": None, "timezone": None, "location": None}, summary=None),
            "Thursday, December 3, 2026 (time to be announced)",
        ),
        (without_event(summary=None), "Press Release, Thursday, October 1, 2026"),
        (without_event(summary="word " * 100), "word " * 59 + "word…"),
    ],
)
def test_a_summary_says_when_where_and_how_it_begins(item: Kept, summary: str) -> None:
    assert ET.fromstring(whole(".atom", [item])).findtext(f"{ATOM}entry/{ATOM}summary") == summary
    assert ET.fromstring(whole(".rss", [item])).findtext("channel/item/description") == summary
    assert json.loads(whole(".json", [item]))["items"][0]["summary"] == summary


def test_a_body_has_when_where_text_documents_and_details() -> None:
    item = make(**{**FULL, "summary": "One.\n\nTwo.", "event": {**FULL["event"], "end": None}})
    assert json.loads(whole(".json", [item]))["items"][0]["content_html"].replace("\n", "") == (
        "<p>End time not announced.</p>"
        "<p><strong>When:</strong> Tuesday, December 1, 2026, 9:30 a.m. EST</p>"
        "<p><strong>Where:</strong> Auditorium, 100 Example Street NE</p>"
        "<p>One.</p><p>Two.</p>"
        '<p><a href="https://live.example.org/1?a=b&amp;c=d">Webcast</a></p>'
        '<p><a href="https://www.cecc.gov/t.pdf">Transcript &lt;PDF&gt;</a></p>'
        '<p><a href="mailto:info@cecc.gov">Write</a></p>'
        '<p><a href="https://www.cecc.gov/events/roundtables/trade-data">Publisher’s page</a></p>'
        '<p><a href="https://feeds.example.org/items/roundtable-1">Details</a></p>'
    )


def test_a_withdrawn_item_leaves_an_entry_that_says_so_and_a_tombstone() -> None:
    gone = make(**FULL, kept=WITHDRAWN)
    deleted = ((EDITION.entry_id("roundtable-1"), WITHDRAWN["withdrawn"]),)
    assert titles_of(gone) == ["WITHDRAWN: Roundtable: Trade & data"] * 3
    for body in bodies(gone):
        assert body.startswith("<p>The publisher withdrew this item.</p><p><strong>When:</strong>")
        assert ("Transcript" in body, "Text" in body, "Webcast" in body) == (False, False, False)
    atom = ET.fromstring(whole(".atom", [gone], deleted=deleted))
    at = "{http://purl.org/atompub/tombstones/1.0}"
    (tombstone,) = atom.findall(f"{at}deleted-entry")
    assert tombstone.attrib == {"ref": "tag:cecc.gov,2002:item/roundtable-1", "when": "2026-11-03T00:00:00Z"}
    assert tombstone.findtext(f"{at}comment") == "Withdrawn"
    assert [child.tag.partition("}")[2] for child in atom][-2:] == ["deleted-entry", "entry"]


def test_an_entry_in_another_language_says_so() -> None:
    item = without_event(language="zh-Hans", title="声明")
    entry = ET.fromstring(whole(".atom", [item])).find(f"{ATOM}entry")
    assert entry is not None
    assert entry.attrib == {"{http://www.w3.org/XML/1998/namespace}lang": "zh-Hans"}


def test_a_feed_that_was_cut_says_so() -> None:
    said = "Public hearings and roundtables. Holds 50 of 60."
    assert parsed(".rss", note="Holds 50 of 60.").feed.subtitle == said
    assert parsed(".atom", note="Holds 50 of 60.").feed.subtitle == said
    assert json.loads(whole(".json", [], note="Holds 50 of 60."))["description"] == said


def test_an_empty_feed_is_a_feed() -> None:
    assert [parsed(suffix).entries for suffix in (".rss", ".atom")] == [[], []]
    assert json.loads(whole(".json", []))["items"] == []


def test_a_description_that_is_missing_is_the_title() -> None:
    for suffix in NEWS:
        assert whole(suffix, [], description="") == whole(suffix, [], description="Commission hearings and roundtables")


def test_an_entry_stands_in_a_document_as_it_was_kept() -> None:
    entry = FORMATS[".rss"].entry(make(), EDITION)
    assert (entry[:11], entry[-12:]) == (b"    <item>\n", b"    </item>\n")
    assert FORMATS[".rss"].document(feed(), [entry, entry]) == whole(".rss", [make(), make()])
    assert b"xmlns" not in entry + FORMATS[".atom"].entry(make(language="zh"), EDITION)


# --- the golden shape -----------------------------------------------------------------------------------------------


def shape(xml: bytes, left_out: set[str]) -> list[tuple[str, list[str]]]:
    """Every element in order with the names of its attributes in order, of the head and the first entry."""
    root = ET.fromstring(xml)
    found = [(element.tag, list(element.attrib)) for element in root.iter()]
    return [(tag, names) for tag, names in found if tag.partition("}")[2] not in left_out and tag not in left_out]


def test_rss_has_the_shape_of_the_golden_feed() -> None:
    golden = shared("golden/golden.rss").read_bytes()
    hub = b'    <atom:link rel="hub" href="https://hub.example.org/"/>\n'
    assert hub in golden
    assert shape(golden.replace(hub, b""), {"copyright"}) == shape(whole(".rss", [make(url=None)]), set())
    assert golden.partition(b"<channel>")[0] == whole(".rss", []).partition(b"<channel>")[0]


def test_atom_has_the_shape_of_the_golden_feed_and_an_rss_twin() -> None:
    golden = shared("golden/golden.atom").read_bytes()
    hub, twin = (
        b'  <link rel="hub" href="https://hub.example.org/"/>\n',
        rb'  <link rel="alternate" type="application/rss[^\n]*\n',
    )
    ours = whole(".atom", [make(url=None)], deleted=(("tag:x", SEEN),))
    assert hub in golden
    assert shape(golden.replace(hub, b""), {"rights"}) == shape(re.sub(twin, b"", ours), set())
    assert golden.partition(b"  <id>")[0] == ours.partition(b"  <id>")[0]


def test_json_has_the_keys_of_the_golden_feed_in_their_order() -> None:
    golden = json.loads(shared("golden/golden.json").read_bytes())
    del golden["hubs"]
    ours = json.loads(whole(".json", [make(language="en", event={"location": None})]))
    assert list(ours) == list(golden)
    assert list(ours["items"][0]) == list(golden["items"][0])
    assert list(ours["items"][0]["_event"]) == [*golden["items"][0]["_event"], "ics"]
