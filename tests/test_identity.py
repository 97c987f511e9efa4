"""The id of a record, and when two records are one: the same always, whatever was spelled differently."""

import json
import os
import re
import subprocess
import sys
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cecc_feeds import identity, text
from cecc_feeds.errors import RecordError
from cecc_feeds.identity import ID_LENGTH, address, has_own_id, identify, keys, made_id, same_day
from cecc_feeds.model import Item, item_from
from tests.conftest import ROOT
from tests.strategies import items, make

PAGE = "https://www.cecc.gov/events/hearings/population-control"
PAGE_ID = "events.hearings.population-control"

ONE_PAGE = [
    PAGE,
    "http://www.cecc.gov/events/hearings/population-control",
    "https://cecc.gov/events/hearings/population-control",
    "HTTPS://WWW.CECC.GOV/events/hearings/population-control",
    "https://www.cecc.gov:443/events/hearings/population-control",
    "http://www.cecc.gov:80/events/hearings/population-control",
    "https://www.cecc.gov/events/hearings/population-control/",
    "https://www.cecc.gov/events//hearings/population-control",
    "https://www.cecc.gov/events/hearings/population-control?page=0",
    "https://www.cecc.gov/events/hearings/population-control?",
    "https://www.cecc.gov/events/hearings/population-control#witnesses",
    "https://www.cecc.gov/%65vents/hearings/population%2dcontrol",
    "https://www.cecc.gov/%65vents/hearings/population%2Dcontrol",
    "https://web.archive.org/web/20150501000000/https://www.cecc.gov/events/hearings/population-control",
    "https://web.archive.org/web/20150501000000id_/http:/www.cecc.gov/events/hearings/population-control",
    "https://www.webharvest.gov/congress113th/20150101000000/HTTP://cecc.gov/events/hearings/population-control",
    "https://webarchive.library.unt.edu/eot2008/20081105165840/http://www.cecc.gov/events/hearings/population-control",
    "https://web.archive.org/web/20200101000000/https://web.archive.org/web/20150501000000/" + PAGE,
]
OTHER_PAGES = [
    "https://www.cecc.gov/Events/hearings/population-control",
    "https://www.cecc.gov/events/hearings/population-Control",
    "https://www.cecc.gov/events/hearings/population_control",
    "https://www.cecc.gov/events/hearings/population.control",
    "https://www.cecc.gov/events/hearings/population%20control",
    "https://www.cecc.gov/events/hearings/population/control",
    "https://www.cecc.gov/events.hearings/population-control",
    "https://www.cecc.gov/events/hearings/population-control.html",
    "https://www.cecc.gov/events/hearings/population-control?page=1",
    "https://www.cecc.gov/events/hearings/population-control?page=00",
    "https://www.cecc.gov/events/hearings/population-control?x=page=0",
    "https://www.cecc.gov/events/hearings",
    "https://www.cecc.gov/events/hearings/人口",
    "https://www.cecc.gov/events/hearings/人数",
    "https://www.cecc.gov/events/hearings/%C8%CB%BF%DA",
    "https://www.cecc.gov/events/hearings/%C8%CB%CA%FD",
    "https://www.cecc.gov/events/hearings/%FE",
    "https://www.cecc.gov/events/hearings/%FF",
    "https://www.cecc.gov/events/hearings/?q=%C8%CB",
    "https://www.cecc.gov/events/hearings/?q=%C8%CC",
    f"https://www.cecc.gov/events/hearings/{'x' * 150}",
    f"https://www.cecc.gov/events/hearings/{'x' * 151}",
    "https://web.archive.org/web/2015/" + PAGE,
    "https://web.archive.org/web/20150501000000/ftp://x/y",
]


@pytest.mark.parametrize("url", ONE_PAGE)
def test_spellings_of_one_address_give_one_id_and_one_key(url: str) -> None:
    item = item_from({"type": "Hearing", "published": "2015-04-30", "url": url})
    assert (made_id(item), keys(item)) == (PAGE_ID, keys(make(title=None, url=PAGE)))


def test_other_addresses_give_other_ids_and_other_keys() -> None:
    found = [make(title=None, url=url) for url in [PAGE, *OTHER_PAGES]]
    assert len({item.id for item in found}) == len({keys(item) for item in found}) == len(found)


@pytest.mark.parametrize(
    ("url", "item_id"),
    [
        (PAGE, "events.hearings.population-control"),
        ("https://www.cecc.gov/node/1234", "node.1234"),
        ("https://www.cecc.gov/Publications/a.pdf", "publications.a-pdf-7edb52939a"),
        ("https://www.cecc.gov/人口", "128cc60996"),
        ("https://www.cecc.gov/?q=node/1", "q-node-2f1-f81b987c0b"),
    ],
)
def test_an_id_reads_like_the_address_and_says_with_a_digest_where_it_lost_something(url: str, item_id: str) -> None:
    """These ids are UIDs in people's calendars: a change of one is a fault even if all tests are changed with it."""
    assert make(url=url).id == item_id


@pytest.mark.parametrize(
    ("changes", "item_id"),
    [
        ({}, "hearing-2026-11-02-trade-and-data"),
        (
            {"title": "One two three four five six seven eight nine"},
            "hearing-2026-11-02-one-two-three-four-five-six-seven-eight",
        ),
        ({"title": None, "summary": "Words at last."}, "hearing-2026-11-02-words-at-last"),
        ({"title": None}, "hearing-2026-11-02"),
        ({"published": "2026-11-02T23:30:00-05:00"}, "hearing-2026-11-02-trade-and-data"),
        ({"url": "https://www.cecc.gov/"}, "hearing-2026-11-02-trade-and-data"),
        ({"title": "法律 Law"}, "hearing-2026-11-02-law-10683d5b64"),
        ({"id": "its-own"}, "its-own"),
    ],
)
def test_without_an_address_the_id_is_type_date_and_opening_words(changes: dict[str, Any], item_id: str) -> None:
    assert make(**changes).id == item_id


def test_an_apostrophe_is_one_however_it_is_typed() -> None:
    assert {make(title=f"China{mark}s law").id for mark in ["’", "'", "ʼ", "", "‘"]} == {
        "hearing-2026-11-02-chinas-law"
    }


@pytest.mark.parametrize(
    "title", ["TRADE and Data", " Trade  &nbsp;and <b>data</b>", "Trade: and; data!", "Tráde – and dáta"]
)
def test_case_marks_blanks_and_punctuation_do_not_make_an_id(title: str) -> None:
    assert make(title=title).id == make().id


UNLIKE = [
    {},
    {"type": "Roundtable"},
    {"published": "2026-11-03"},
    {"title": "Trade and date"},
    {"title": "Trade and 法"},
    {"title": "Trade and 律"},
    {"type": "听证会"},
    {"type": "会议"},
    {"type": "!!!"},
    {"type": "???"},
    {"type": "A hearing of the commission on the subject of trade"},
    {"type": "A hearing of the commission on the subject of data"},
    {"title": "a " + "x" * 250},
    {"title": "a " + "y" * 250},
    {"title": "a"},
    {"title": None},
]


def test_what_tells_two_records_apart_tells_their_ids_apart() -> None:
    assert len({make(**changes).id for changes in UNLIKE}) == len(UNLIKE)


def test_the_events_day_stands_in_only_where_nothing_was_published() -> None:
    event = {"start": "2026-12-01T09:30"}
    assert (make(event=event).id, make(event=event, published=None).id) == (
        "hearing-2026-11-02-trade-and-data",
        "hearing-2026-12-01-trade-and-data",
    )


@given(items())
def test_a_made_id_is_short_and_takes_only_what_an_id_may_hold(item: Item) -> None:
    made = made_id(item)
    assert re.fullmatch(r"[a-z0-9_-][a-z0-9._-]*", made)
    assert len(made) <= ID_LENGTH
    assert item_from({"type": "x", "published": "2026-11-02", "id": made}).id == made


@given(items())
def test_identifying_twice_is_identifying_once(item: Item) -> None:
    named = identify(item)
    assert (identify(named), keys(named)) == (named, keys(item))
    assert named == item.model_copy(update={"id": named.id})


segments = st.text("abAB01.-_~ %é法", min_size=1, max_size=4).filter(lambda value: value.strip(".") != "")
paths = st.lists(segments, min_size=1, max_size=3).map(tuple)


@given(paths, paths)
def test_different_paths_give_different_ids(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert (made_id(at(one)) == made_id(at(other))) == (one == other)


def at(path: tuple[str, ...]) -> Item:
    return item_from({"type": "x", "published": "2026-11-02", "url": f"https://cecc.gov/{'/'.join(map(quote, path))}"})


TOLD = """
import json, sys
from cecc_feeds import identity, model
items = [model.item_from(record) for record in json.load(sys.stdin)]
print(json.dumps([[identity.made_id(item), *identity.keys(item)] for item in items]))
"""


def test_ids_and_keys_are_the_same_in_every_process_and_place() -> None:
    records = [{"type": "x", "published": "2026-11-02", "url": url} for url in [*ONE_PAGE, *OTHER_PAGES]]
    records += [{"type": "Hearing", "published": "2026-11-02", "title": "Trade", **changes} for changes in UNLIKE]
    found = [json.loads(elsewhere(records, seed, zone)) for seed, zone in (("0", "UTC"), ("1", "Asia/Shanghai"))]
    here = [[made_id(item), *keys(item)] for item in map(item_from, records)]
    assert found == [here, here]


def elsewhere(records: list[dict[str, Any]], seed: str, zone: str) -> str:
    """What another process prints, with another hash seed, time zone and locale."""
    environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C", "PYTHONPATH": str(ROOT / "src")}
    ran = subprocess.run(
        [sys.executable, "-c", TOLD],
        input=json.dumps(records),
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout


EVENT = {"start": "2026-12-01T09:30:00-05:00"}


def known_by(item: Item) -> set[str]:
    """All that a kept item is found again by: its id and its keys."""
    return {identify(item).id, *keys(item)}


STILL_KNOWN = {
    "its event moved": ({"event": EVENT}, {"event": {"start": "2026-12-08T14:00:00-05:00"}}),
    "its event got a time": ({}, {"event": EVENT}),
    "its address changed": ({"url": PAGE}, {"url": "https://www.cecc.gov/hearings/new"}),
    "its title changed, but not its address": ({"url": PAGE}, {"url": PAGE, "title": "Quite another"}),
    "its title changed, but not its id": ({"id": "a"}, {"id": "a", "title": "Quite another", "event": EVENT}),
    "it gained a title": ({"title": None, "summary": "The words."}, {"title": "Now told", "summary": "The words."}),
    "it gained an id": ({"event": EVENT}, {"id": "b", "event": EVENT}),
    "it gained an address": ({}, {"url": PAGE}),
    "its title grew after eight words": (
        {"title": "one two three four five six seven eight"},
        {"title": "one two three four five six seven eight nine"},
    ),
    "its start is told with another offset": (
        {"published": None, "event": EVENT},
        {"published": None, "event": {"start": "2026-12-01T14:30:00Z", "timezone": "Asia/Shanghai"}, "url": PAGE},
    ),
    "its publication is told with another time": (
        {"published": "2026-11-02T08:00:00-05:00", "url": PAGE},
        {"published": "2026-11-02T09:00:00-05:00"},
    ),
}


@pytest.mark.parametrize("case", STILL_KNOWN)
def test_an_item_is_still_known_when(case: str) -> None:
    before, after = (make(**changes) for changes in STILL_KNOWN[case])
    assert known_by(before) & known_by(after)


NOT_THE_SAME = {
    "another day of one hearing": (
        {"published": None, "event": EVENT},
        {"published": None, "event": {"start": "2026-12-02T09:30:00-05:00"}},
    ),
    "another session of one day": (
        {"published": None, "id": "a", "event": EVENT},
        {"published": None, "id": "b", "event": {"start": "2026-12-01T14:30:00-05:00"}},
    ),
    "another type": ({"event": EVENT}, {"type": "Roundtable", "event": EVENT}),
    "another page of another site": (
        {"title": None, "id": "a", "url": PAGE},
        {"title": None, "id": "b", "url": PAGE.replace("cecc.gov", "example.gov")},
    ),
    "two that say nothing": ({"title": None, "id": "a"}, {"title": None, "id": "b"}),
}


@pytest.mark.parametrize("case", NOT_THE_SAME)
def test_two_items_are_kept_apart(case: str) -> None:
    one, other = (make(**changes) for changes in NOT_THE_SAME[case])
    assert not known_by(one) & known_by(other)


def test_a_renamed_item_keeps_its_id_where_it_has_an_address() -> None:
    """Titles get corrected; a UID made of one would double the event in every calendar."""
    assert make(url=PAGE, title="Old").id == make(url=PAGE, title="New", type="Roundtable", published="2026-11-09").id


def test_F12_each_day_of_a_hearing_has_an_id_of_its_own() -> None:
    """One UID twice in a calendar: Google keeps only the last of the two."""
    days = [make(published=None, event={"start": f"2026-12-0{day}T09:30"}) for day in (1, 2, 3)]
    assert [item.id for item in days] == [f"hearing-2026-12-0{day}-trade-and-data" for day in (1, 2, 3)]


def test_an_id_is_its_own_where_the_record_gave_another_than_is_made() -> None:
    assert [
        has_own_id(item) for item in (make(), make(id="its-own"), item_from({"type": "x", "published": "2026-11-02"}))
    ] == [
        False,
        True,
        False,
    ]


def test_the_days_of_one_hearing_are_told_apart() -> None:
    first, again, second = (
        make(event={"start": start})
        for start in ("2026-12-01T09:30-05:00", "2026-12-01T14:30Z", "2026-12-02T09:30-05:00")
    )
    assert (same_day(first, again), same_day(first, second), same_day(make(), make(title="x"))) == (True, False, True)


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("https://www.cecc.gov", ("cecc.gov", "")),
        ("https://www.CECC.gov:8443/A%2fB/?b=2&a=1&page=0#x", ("cecc.gov:8443", "/A/B?a=1&b=2")),
        ("https://cecc.gov/?page=0", ("cecc.gov", "")),
        (
            "https://web.archive.org/web/20150501000000/http://x:99999/y",
            ("web.archive.org", "/web/20150501000000/http:/x:99999/y"),
        ),
        ("https://web.archive.org/web/20150501000000/http://", ("web.archive.org", "/web/20150501000000/http:")),
    ],
)
def test_an_address_is_a_host_and_a_path(url: str, parts: tuple[str, str]) -> None:
    assert address(url) == parts


HOSTS = [
    "www.",
    "www.www.",
    "web.archive.org",
    "/web/20200101000000/",
    "https:/",
    "a",
    "A",
    "b.c",
    ":80",
    ":81",
    "_",
    "-",
]
PATH_PARTS = [
    "/",
    "//",
    "a",
    "a-b",
    "-",
    "--",
    "A",
    "0",
    ".",
    "_",
    "'",
    "%41",
    "%2F",
    "?",
    "page=0",
    "&",
    "#",
    "+",
    "x" * 61,
]


@given(st.lists(st.sampled_from(HOSTS), max_size=4).map("".join), st.lists(st.sampled_from(PATH_PARTS)).map("".join))
def test_what_is_seen_to_be_plain_is_what_spelling_it_out_gives(host: str, path: str) -> None:
    try:
        url = text.safe_url(f"https://{host}/{path}")
    except RecordError:
        return
    assert address(url) == identity._spelled_out(url)
    path = address(url)[1]
    made, slow = identity._from_path(path), identity._from_any_path(path)
    assert made == slow


def test_a_long_id_is_cut_and_marked() -> None:
    made = make(title=" ".join(["abcdefghijklmnopqrst"] * 8)).id
    assert (len(made), made[:20]) == (ID_LENGTH, "hearing-2026-11-02-a")
    assert identity.ID_LENGTH < 200
