"""Facets: each leads to the list that it says, counts are right, and none is counted where that would take a walk."""

from dataclasses import replace
from typing import cast
from urllib.parse import parse_qs, urlsplit

import pytest

from cecc_feeds.query import Day, Query
from cecc_feeds.store import Reading
from cecc_feeds.web import facets, pages
from cecc_feeds.web.site import Listing, Site
from tests.web.test_pages import MIXED, TODAY, Shelf, events, found, listing, main_words, make, site, words

HEARINGS = [
    make(title=f"Hearing {n}", topics=["Tibet", "Law"][: n % 3], event={"start": f"20{n + 10}-12-31"}) for n in range(6)
]
NEWS = [
    make(title=f"News {n}", type="Press Release", topics=["Law"], event=None, published=f"202{n}-05-05")
    for n in range(3)
]
ROUNDTABLE = make(
    title="Over New Year", type="Roundtable", topics=["Law"], event={"start": "2012-12-30", "end": "2013-01-02"}
)
HELD = [*HEARINGS, ROUNDTABLE, *NEWS]
SITE = site(*HELD)
LISTS = {
    "all": listing(),
    "events": events(),
    "of a type": listing(query=Query(types=("hearing",))),
    "of types and words": listing(query=Query(types=("hearing", "roundtable"), words=("hearing",))),
    "of a topic": listing(query=Query(topics=("tibet",))),
    "of a year": events(**{"from": ["2013-01-01"], "to": ["2013-12-31"]}),
    "of some days": listing(query=Query(start=Day(days=-3000))),
    "a type's own": listing("/types/hearing", Query(base=Query(types=("hearing",)))),
    "of a status": events(status=["confirmed"], order=["start"], page=["2"]),
}
every_list = pytest.mark.parametrize("shown", LISTS.values(), ids=LISTS)


def asked(place: Listing, value: facets.Value) -> Query:
    """The query that a value's address stands for."""
    given = parse_qs(urlsplit(value.args).query)
    return Query.from_args(given, only=place.query.only, base=place.query.base)


@every_list
def test_each_value_says_how_many_items_are_of_it_alone(shown: Listing) -> None:
    for facet in facets.facets(SITE, shown):
        field = {"Type": "types", "Topic": "topics"}.get(facet.name)
        for value in facet.values:
            query = asked(shown, value)
            if field:
                before = getattr(shown.query, field)
                query = replace(query, **{field: tuple(one for one in getattr(query, field) if one not in before)})
            assert value.count == SITE.store.count(query, today=TODAY) > 0, (facet.name, value)


@every_list
def test_what_is_chosen_can_be_taken_back_one_by_one(shown: Listing) -> None:
    values = facets.chosen(SITE, shown.query)
    for value in values:
        left = asked(shown, value)
        assert len(facets.chosen(SITE, left)) == len(values) - 1
    offered = {value.label for facet in facets.facets(SITE, shown) for value in facet.values}
    assert offered.isdisjoint(value.label for value in values)


def test_a_list_shows_what_it_can_be_narrowed_to_and_what_it_is() -> None:
    page = pages.listing(SITE, LISTS["of types and words"])
    (nav,) = (one for one in found(page, ".//nav") if one.get("class") == "facets")
    links = [(words(one), one.get("href"), one.get("rel")) for one in nav.iter() if one.get("href")]
    assert links[:2] == [
        ("Tibet", "/items?type=hearing,roundtable&topic=tibet&q=hearing", "nofollow"),
        ("Law", "/items?type=hearing,roundtable&topic=law&q=hearing", "nofollow"),
    ]
    chips = [words(one) for one in found(page, ".//ul[@class='chosen']/li")]
    assert chips == ["Without Hearing ×", "Without Roundtable ×", "Without “hearing” ×"]


def test_another_of_the_same_kind_widens() -> None:
    (kind, *_) = facets.facets(SITE, LISTS["of a type"])
    assert [value.args for value in kind.values] == ["?type=hearing,press-release", "?type=hearing,roundtable"]
    assert [value.count for value in kind.values] == [3, 1]


def test_what_the_path_says_is_no_facet() -> None:
    assert [facet.name for facet in facets.facets(SITE, LISTS["a type's own"])] == ["Topic", "Year"]
    assert facets.facets(SITE, listing("/changes", Query(only="changes"))) == ()


def test_a_year_is_one_choice() -> None:
    (year,) = facets.chosen(SITE, LISTS["of a year"].query)
    assert (year.label, year.args) == ("2013", "")
    assert [facet.name for facet in facets.facets(SITE, LISTS["of some days"])] == ["Type", "Topic"]


def large() -> Site:
    kept = [make(title=f"{n}", type=f"Type {n % 20}", event={"start": f"20{n % 20 + 10}-01-01"}) for n in range(1_100)]
    return replace(SITE, store=cast("Reading", Shelf(kept)))


def test_of_a_large_archive_what_is_at_hand_is_counted_and_what_is_not_is_not() -> None:
    place = large()
    whole, own = facets.facets(place, events()), facets.facets(place, events(q=["human"]))
    assert [(facet.name, len(facet.values), facet.index) for facet in whole] == [
        ("Type", 12, "/types"),
        ("Topic", 1, ""),
        ("Year", 20, ""),
    ]
    assert {value.count for facet in whole for value in facet.values} == {55, 1_100}
    assert [(facet.name, len(facet.values)) for facet in own] == [("Type", 12), ("Topic", 1)]
    assert {value.count for facet in own for value in facet.values} == {None}
    assert "make up" in cast(Shelf, place.store).asked


def test_a_list_that_holds_nothing_names_no_way_to_narrow_it() -> None:
    assert facets.facets(site(), listing()) == ()
    assert "Narrow this list by" not in pages.listing(site(), listing())


def test_names_are_shown_as_they_are_and_escaped() -> None:
    page = pages.listing(MIXED, listing())
    assert "Type & <Kind 1" in main_words(page)
