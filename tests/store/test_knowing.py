"""What is known of lists: whoever reads for long says what one says who asks for the first time."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cecc_feeds.model import DEFAULT_ZONE, Item
from cecc_feeds.query import Query
from cecc_feeds.store import Reading, Selection, Store, walks
from cecc_feeds.store.knowing import MOST, Known
from cecc_feeds.store.reading import Family
from tests.store.keeping import bring
from tests.store.test_finding import statements
from tests.strategies import NOW, TODAY, make

LISTS = (
    Query(), Query(types=("hearing",)), Query(topics=("law",)), Query(words=("water",)), Query(only="events"),
    Query(types=("hearing",), words=("water",)), Query(words=("fire", "water")),
)  # fmt: skip
ASKED = [
    (replace(query, limit=limit, page=page), suffix)
    for query in LISTS
    for limit, page in ((None, 1), (1, 1), (1, 2))
    for suffix in (".rss", ".atom", ".csv")
]
ASKED += [(Query(only="calendar", base=query, limit=limit), ".ics") for query in LISTS for limit in (None, 1, 2)]
FAMILY: dict[str, Family] = {".csv": "record", ".ics": "calendar"}


def told(reading: Reading, days: int = 0) -> list[Selection]:
    return [
        reading.select(query, suffix, FAMILY.get(suffix, "news"), today=TODAY + timedelta(days))
        for query, suffix in ASKED
    ]


def water(number: int, **more: object) -> Item:
    return make(id=f"item-{number}", title="Water", type="Hearing", topics=["Law"], **more)


def test_after_each_change_a_reader_of_long_standing_says_what_a_new_one_says(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    with Store.open(url, zone=DEFAULT_ZONE) as writer:
        bring(writer, water(0), now=NOW)
        with Store.open(url, zone=DEFAULT_ZONE, read_only=True) as reader:
            for hour, (item, withdrawn) in enumerate(
                [
                    (water(1), False),
                    (water(1, event={"start": "2026-12-01"}), False),
                    (water(0), True),
                    (make(id="item-2", title="Fire"), False),
                    (water(0), False),
                    (make(id="item-2", title="Fire and water"), False),
                    (make(id="item-2", title="Water"), False),
                ]
            ):
                before = read(reader)
                bring(writer, item, now=NOW + timedelta(hours=hour + 1), withdrawn=withdrawn)
                after = read(reader)
                assert after == read(writer)
                assert after != before
                assert read(reader, days=40) == read(writer, days=40)


def read(store: Store, days: int = 0) -> list[Selection]:
    with store.read() as reading:
        return told(reading, days)


def test_a_list_of_another_length_asks_for_its_entries_only(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    with Store.open(url, zone=DEFAULT_ZONE) as writer:
        bring(writer, water(0), now=NOW)
    with Store.open(url, zone=DEFAULT_ZONE, read_only=True) as reader:
        for query, suffix in ((Query(), ".rss"), (Query(only="calendar"), ".ics")):
            first, *others = [asked(reader, replace(query, limit=limit), suffix) for limit in (None, 1, 2, 50)]
            assert len(set(others)) == 1
            assert others[0] < first


@pytest.mark.parametrize("few", [walks.FEW, 0])
def test_words_that_never_met_are_sought_in_what_came_since_then_however_many_that_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(walks, "FEW", few)
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    with Store.open(url, zone=DEFAULT_ZONE) as writer, Store.open(url, zone=DEFAULT_ZONE, read_only=True) as reader:
        for hour, (title, found) in enumerate(
            [
                ("Water", []),
                ("Fire", []),
                ("Fire again", []),
                ("Fire and water", ["item-3"]),
                ("Water again", ["item-3"]),
            ]
        ):
            bring(writer, make(id=f"item-{hour}", title=title), now=NOW + timedelta(hours=hour))
            assert sought(reader) == found
            assert searches(reader) == ({f"rowid > {hour + 1} "} if not found else set())


BOTH = Query(words=("fire", "water"))


def sought(store: Store) -> list[str]:
    with store.read() as reading:
        return [kept.item.id for kept in reading.find(BOTH, today=TODAY)]


def searches(store: Store) -> set[str]:
    """From where on the trail is searched for both words, where nothing else is searched."""
    with statements(store) as found, store.read() as reading:
        reading.select(BOTH, ".rss", "news", today=TODAY)
    matched = [statement for statement in found if "MATCH" in statement]
    bounds = [re.findall(r"rowid > \d+ ", statement) for statement in matched]
    return {bound for those in bounds for bound in those} if all(bounds) else set()


def asked(store: Store, query: Query, suffix: str) -> int:
    with statements(store) as found, store.read() as reading:
        reading.select(query, suffix, FAMILY.get(suffix, "news"), today=TODAY)
    return len(found)


def test_what_is_known_is_forgotten_with_the_state_and_where_it_gets_too_much() -> None:
    known = Known()
    facts = known.of("1")
    assert known.of("1") is facts
    assert known.of("2") == {}
    assert known.of("1") is not facts
    held = known.of("1")
    held |= {(number,): None for number in range(MOST)}  # type: ignore[misc]
    assert known.of("1") == {}
    assert known.of(None) is not known.of(None)
    apart = known.apart("1")
    apart |= {f'"{number}" AND "x"': number for number in range(MOST - 1)}
    assert known.apart("1") is apart
    apart["more"] = 0
    assert known.apart("1") == {}
    known.apart("1")["more"] = 0
    assert known.apart("2") == {}
