"""Which files are which sources, in which order; and what that order means for items."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cecc_feeds import arrangement, intake
from cecc_feeds.arrangement import UNLISTED, Source, arrange
from cecc_feeds.errors import SettingsError, SourceError
from cecc_feeds.store import Store
from cecc_feeds.working import writers
from tests.service import Service, entry_id, numbered, numbered_news, record
from tests.test_intake import PAGE, counts, everything, page, stored


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service(tmp_path)


def listed(service: Service, *tables: str) -> None:
    (service.data / "sources.toml").write_text("\n".join(tables))


def table(name: str, *paths: str, more: str = "") -> str:
    return f"[{name}]\npaths = {list(paths)}\n{more}\n"


def found(service: Service) -> list[tuple[str, list[str], str, bool, int]]:
    """Name, files, kind, whether complete, and rank of each source."""
    return [
        (
            source.name,
            [str(path.relative_to(service.data)) for path in source.paths],
            source.kind,
            source.complete,
            source.rank,
        )
        for source in arrange(service.data).sources
    ]


def test_listed_sources_come_first_in_their_order_then_files_of_their_own_names(service: Service) -> None:
    for name in ("a.jsonl", "b.jsonl", "c.jsonl", "d.jsonl"):
        service.write(name=name)
    page(service)
    page(service, name="other.txt")
    listed(service, table("late", "records/[cd].jsonl"), table("topic", "pages/topic.txt"), table("empty", "none/*"))
    assert found(service) == [
        ("late", ["records/c.jsonl", "records/d.jsonl"], "records", True, 0),
        ("topic", ["pages/topic.txt"], "page", False, 1),
        ("a.jsonl", ["records/a.jsonl"], "records", True, UNLISTED),
        ("b.jsonl", ["records/b.jsonl"], "records", True, UNLISTED),
        ("other.txt", ["pages/other.txt"], "page", False, UNLISTED),
    ]
    assert arrange(service.data).complaints == (f'{service.data}/sources.toml: [empty] "none/*" matches no file',)


def test_a_folder_stands_for_the_files_below_it_and_a_file_twice_for_one(service: Service) -> None:
    (service.records / "old").mkdir()
    for name in ("a.jsonl", "old/b.jsonl", "old/.hidden.jsonl", "old/notes.md"):
        service.write(name=name)
    listed(service, table("old", "records/old", "records/**/*.jsonl", more="complete = false"))
    assert found(service) == [("old", ["records/old/b.jsonl", "records/a.jsonl"], "records", False, 0)]


def test_without_a_file_of_sources_each_file_is_one(service: Service) -> None:
    service.write()
    assert arrange(service.data).sources == (
        Source("cecc.jsonl", (service.records / "cecc.jsonl",), "records", complete=True, configured=True),
    )
    assert arrange(service.folder / "none") == arrangement.Arrangement()
    with Store.open(service.settings.database, zone="UTC") as store, pytest.raises(SourceError) as refused:
        arrangement.all_sources(store, service.folder / "none", arrangement.Arrangement())
    assert str(refused.value).startswith(f"{service.folder}/none: there is no such folder; ")


FAULTS = {
    "not TOML": ("[a", "cannot be read: "),
    "no table": ("a = 1", '"a" is no table; write [a] and below it paths = ["records/…"]'),
    "no name": ('["A b"]\npaths = ["x"]', "[A b] is not a source name: a-z 0-9 and -, at most 80"),
    "an unknown key": (table("a", "x", more="kind = 1"), '[a] "kind" is not known; there are complete, paths'),
    "no paths": ("[a]", '[a] needs "paths", a list of files below data/: paths = ["records/…"]'),
    "one path": ('[a]\npaths = "x"', '[a] needs "paths", a list of files below data/: paths = ["records/…"]'),
    "an empty path": ('[a]\npaths = [""]', '[a] needs "paths", a list of files below data/: paths = ["records/…"]'),
    "a number": ("[a]\npaths = [1]", '[a] needs "paths", a list of files below data/: paths = ["records/…"]'),
    "no switch": (table("a", "x", more='complete = "yes"'), '[a] "complete" is true or false, not "yes"'),
    "above": (table("a", "../x"), '[a] "../x" is outside of data/; paths are relative to it, without ..'),
    "elsewhere": (table("a", "/x"), '[a] "/x" is outside of data/; paths are relative to it, without ..'),
    "no pattern": (table("a", "**x"), '[a] "**x" is no pattern of files: '),
    "two holders": (
        table("a", "records/*") + table("b", "records/a.jsonl"),
        "[b] records/a.jsonl is held by [a] as well; leave it in one of the two",
    ),
    "two kinds": (
        table("a", "records/a.jsonl", "pages/topic.txt"),
        "[a] holds records (a.jsonl) and pages (topic.txt); give each kind a source of its own",
    ),
    "a name that is a file's": (
        table("plain", "records/a.jsonl"),
        "[plain] records/plain would be a source of that name, too; give it to a source, or rename it",
    ),
}


@pytest.mark.parametrize(("content", "why"), FAULTS.values(), ids=FAULTS)
def test_a_bad_file_of_sources_is_refused_with_what_and_where(service: Service, content: str, why: str) -> None:
    service.write(name="a.jsonl")
    service.write(record(), name="plain")
    page(service)
    listed(service, content)
    with pytest.raises(SettingsError) as refused:
        arrange(service.data)
    told = str(refused.value).removeprefix(f"{service.data}/sources.toml: ")
    assert told[: len(why)] == why
    assert why.endswith(": ") or told == why


# --- the order decides ------------------------------------------------------------------------------------------------


def test_the_order_of_sources_decides_each_field_and_a_change_of_it_settles_what_it_touches(service: Service) -> None:
    service.write(record(summary=None, topics=["A"]), numbered(2), name="a.jsonl")
    service.write(record(title="From b", topics=["B"]), numbered_news(1), name="b.jsonl")
    service.bring_in()
    assert stored(service, "hearing-1")["title"] == "Trade and data"
    untouched = service.get("/items/hearing-2.ics")
    listed(service, table("first", "records/b.jsonl"), table("second", "records/a.jsonl"))
    report = service.later(hours=1).bring_in()
    assert (counts(report), report.sentences) == (
        (0, 1, 2, 0, 0),
        ["hearing-1: Title changed", "hearing-1: Topics changed"],
    )
    assert stored(service, "hearing-1") == record(title="From b", topics=["B", "A"])
    assert service.get("/items/hearing-2.ics") == untouched
    (service.data / "sources.toml").unlink()
    assert counts(service.later(hours=1).bring_in()) == (0, 1, 2, 0, 0)
    assert stored(service, "hearing-1") == record(topics=["A", "B"])


def test_a_change_of_order_holds_when_one_source_alone_is_imported(service: Service) -> None:
    listed(service, table("a", "records/a.jsonl"), table("b", "records/b.jsonl"))
    service.write(record(title="From a"), name="a.jsonl")
    service.write(record(title="From b"), name="b.jsonl")
    service.bring_in()
    listed(service, table("b", "records/b.jsonl"), table("a", "records/a.jsonl"))
    arranged = arrange(service.data)
    with Store.open(service.settings.database, zone=service.settings.timezone) as store, writers(1) as workers:
        report = intake.bring_all_in(
            store,
            arrangement.chosen(arranged.sources, name="a"),
            intake.Terms(service.settings.edition, arranged),
            workers,
            now=lambda: service.now,
        )
    assert (counts(report), stored(service, "hearing-1")["title"]) == ((0, 1, 0, 0, 0), "From b")


def test_a_page_goes_before_records_where_the_list_says_so(service: Service) -> None:
    page(service)
    service.publish(record(summary="In other words.", url=None, title=None))
    listed(service, table("page", "pages/topic.txt"), table("archive", "records/*"))
    (service.data / "same.toml").write_text(
        'one = [["hearing-1", "hearing-2026-11-02-a-hearing-on-trade-and-on-the-data"]]\n'
    )
    service.later(hours=1).bring_in()
    told = stored(service, "hearing-1")
    assert (told["summary"], told["event"]["location"]) == (
        "A hearing on trade and on the data of those who trade with each other.",
        "Room 301, Russell Senate Office Building",
    )


# --- what must not be withdrawn ---------------------------------------------------------------------------------------

REARRANGED = {
    "listed at last": [table("archive", "records/*")],
    "renamed": [table("history", "records/*")],
    "split": [table("one", "records/a.jsonl"), table("two", "records/b.jsonl")],
    "one left out": [table("archive", "records/b.jsonl")],
    "in no list": [],
}


@pytest.mark.parametrize("after", REARRANGED)
@pytest.mark.parametrize("before", ["in no list", "listed at last", "split"])
def test_however_files_are_arranged_anew_nothing_is_withdrawn(service: Service, before: str, after: str) -> None:
    service.write(*(numbered_news(number) for number in range(10)), name="a.jsonl")
    service.write(*(numbered_news(number) for number in range(10, 20)), name="b.jsonl")
    listed(service, *REARRANGED[before])
    assert counts(service.bring_in()) == (20, 0, 0, 0, 0)
    seen = everything(service)
    listed(service, *REARRANGED[after])
    for _ in range(2):
        assert counts(service.later(hours=1).bring_in()) == (0, 0, 20, 0, 0)
        assert everything(service) == seen


def test_a_file_under_another_name_is_counted_once(service: Service) -> None:
    service.publish(record(), numbered(2))
    (service.records / "cecc.jsonl").rename(service.records / "renamed.jsonl")
    assert counts(service.later(hours=1).bring_in()) == (0, 0, 2, 0, 0)


def test_a_record_that_moves_into_another_file_is_not_withdrawn(service: Service) -> None:
    service.write(record(), numbered(2), name="a.jsonl")
    service.write(numbered(3), name="b.jsonl")
    service.bring_in()
    seen = everything(service)
    service.write(record(), name="a.jsonl")
    service.write(numbered(2), numbered(3), name="b.jsonl")
    assert counts(service.later(hours=1).bring_in()) == (0, 0, 3, 0, 0)
    assert everything(service) == seen


def test_a_listed_source_whose_files_are_gone_is_withdrawn_unless_it_is_partial(service: Service) -> None:
    listed(service, table("a", "records/a.jsonl"), table("b", "records/b.jsonl", more="complete = false"))
    service.write(record(), name="a.jsonl")
    service.write(numbered(2), name="b.jsonl")
    service.bring_in()
    shutil.rmtree(service.records)
    report = service.later(hours=1).bring_in()
    assert (counts(report), report.sentences) == ((0, 0, 0, 1, 0), ["hearing-1: Withdrawn"])


def test_what_another_source_speaks_of_is_not_lost(service: Service) -> None:
    items = [numbered_news(number) for number in range(12)]
    service.write(*items, name="a.jsonl")
    service.write(*items[:7], name="b.jsonl")
    service.bring_in()
    service.write(name="a.jsonl")
    assert counts(service.later(hours=1).bring_in()) == (0, 0, 7, 5, 0)


def test_a_refusal_withdraws_nothing_even_where_withdrawals_are_allowed(service: Service) -> None:
    service.publish(*(numbered_news(number) for number in range(12)))
    report = service.later(hours=1).publish({"type": 1}, numbered_news(1), allow_withdrawals=True)
    assert counts(report) == (0, 0, 1, 0, 1)


def test_a_complete_source_of_pages_withdraws_what_they_no_longer_name(service: Service) -> None:
    listed(service, table("topics", "pages/*", more="complete = true"))
    page(service)
    service.bring_in()
    page(service, PAGE.partition("\n\nOctober 30")[0] + "\n")
    assert counts(service.later(hours=1).bring_in()) == (0, 0, 1, 1, 0)


# --- when a source was last read --------------------------------------------------------------------------------------


def test_the_last_import_of_a_source_is_the_last_one_without_a_refusal(service: Service) -> None:
    def imported() -> dict[str, datetime | None]:
        with Store.open(service.settings.database, zone="UTC") as store, store.read() as reading:
            return {name: at for name, (_, _, at) in reading.sources().items()}

    service.write({"type": 1}, record(), name="bad.jsonl")
    service.publish(numbered(2), name="good.jsonl")
    first = datetime(2026, 11, 23, 15, tzinfo=UTC)
    assert imported() == {"bad.jsonl": None, "good.jsonl": first}
    service.later(hours=1).publish(record(), name="bad.jsonl")
    second = datetime(2026, 11, 23, 16, tzinfo=UTC)
    assert imported() == {"bad.jsonl": second, "good.jsonl": second}
    service.later(hours=1).publish({"type": 1}, name="bad.jsonl")
    assert imported() == {"bad.jsonl": second, "good.jsonl": datetime(2026, 11, 23, 17, tzinfo=UTC)}


# --- named paths ------------------------------------------------------------------------------------------------------


def test_a_named_path_is_the_whole_source_that_holds_it_else_a_source_of_its_own(service: Service) -> None:
    one, two = service.write(name="a.jsonl"), service.write(name="b.jsonl")
    other = service.folder / "other.txt"
    other.write_text(PAGE)
    listed(service, table("archive", "records/*"))
    sources = arrange(service.data).sources
    assert arrangement.given([two, other, one], configured=sources) == [
        Source("archive", (one, two), "records", complete=True, configured=True, rank=0),
        Source("other.txt", (other,), "page", complete=False),
    ]
    assert arrangement.given([two], configured=sources, name="archive", complete=False) == [
        Source("archive", (two,), "records", complete=False, configured=True, rank=0)
    ]
    assert arrangement.given([two, other], configured=sources, name="both") == [
        Source("both", (two, other), "page", complete=False)
    ]


# --- one thing, one item ----------------------------------------------------------------------------------------------


def test_one_item_on_several_topic_pages_has_the_topics_of_all(service: Service) -> None:
    for name in ("Commercial Rule of Law", "Tibet", "Xinjiang"):
        page(service, PAGE.replace("Commercial Rule of Law", name), name=f"{name}.txt")
    service.bring_in()
    names = [one["topics"] for one in (stored(service, found.rpartition("/")[2]) for found in service.ids())]
    assert names == [["Commercial Rule of Law", "Tibet", "Xinjiang"]] * 2
    listed(service, table("topics", "pages/*"))
    assert counts(service.later(hours=1).bring_in()) == (0, 0, 2, 0, 0)


WORLD = [
    record(id=None, url=None),
    record(id=None, title="At an address", event=None, url="https://www.cecc.gov/a"),
    numbered(3),
    numbered_news(4, id=None, summary="Words of its own."),
]


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
def test_equal_records_get_equal_ids_whatever_their_source_file_database_and_order(
    service: Service, order: tuple[int, ...]
) -> None:
    listed(service, *(table(f"source-{number}", f"records/{number}.jsonl") for number in order))
    for number in order:
        service.publish(WORLD[number], name=f"{number}.jsonl")
        service.later(hours=1)
    assert sorted(service.ids()) == [
        entry_id(one)
        for one in ("a", "hearing-2026-11-02-trade-and-data", "hearing-3", "press-release-2020-01-05-number-4")
    ]
