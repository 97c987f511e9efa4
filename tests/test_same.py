"""What only people know: two that are one, one that is two, and what is now called otherwise."""

import json
from pathlib import Path
from typing import Any

import pytest

from cecc_feeds import config
from cecc_feeds.errors import SettingsError
from cecc_feeds.same import Same
from cecc_feeds.store import Store
from tests.conftest import ROOT
from tests.other_parsers import shared
from tests.service import Service, entry_id, numbered, numbered_news, record, uid
from tests.store.keeping import revision
from tests.test_intake import counts, everything, stored


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service(tmp_path)


def say(service: Service, *lines: str) -> None:
    (service.data / "same.toml").write_text("\n".join(lines))


A = record(id="a", url="https://www.cecc.gov/a", topics=["A"], summary=None)
B = record(id="b", url="https://www.cecc.gov/b", title="Told otherwise", topics=["B"], event={"end": None})
ONE = 'one = [["b", "a"]]'


def joined(service: Service, *, line: str = ONE) -> Any:
    """`a`, an hour later `b`, an hour later the line that they are one."""
    service.publish(A)
    service.later(hours=1).publish(A, B)
    say(service, line)
    return service.later(hours=1).bring_in()


# --- one --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", [ONE, 'one = [["a", "https://cecc.gov/b/"]]', 'one = [["a", "c"], ["b", "c", "a"]]'])
def test_two_that_are_one_go_on_as_the_older(service: Service, line: str) -> None:
    report = joined(service, line=line)
    assert (counts(report), report.sentences) == (
        (0, 2, 0, 0, 0),
        ["b: Is one with a, which stays", "a: Topics changed", "a: Text changed"],
    )
    assert stored(service, "a") == {**A, "topics": ["A", "B"], "summary": B["summary"]}
    assert (list(service.events()), service.ids()) == ([uid("a")], [entry_id("a")])


def test_the_other_leaves_every_list_with_a_tombstone_for_thirty_days(service: Service) -> None:
    service.publish(A)
    service.later(hours=1).publish(A, B)
    before = service.get("/topics/b.atom")
    say(service, ONE)
    service.later(hours=1).bring_in()
    gone = '<at:deleted-entry ref="tag:cecc.gov,2002:item/b" when="2026-11-23T17:00:00Z"'
    for path in ("/items", "/topics/b", "/types/hearing", "/events"):
        after = service.get(f"{path}.atom", {"If-Modified-Since": before["Last-Modified"]})
        assert (path, after.status, after.text.count(gone), after.text.count("<at:deleted-entry ")) == (path, 200, 1, 1)
        assert after["Last-Modified"] == "Mon, 23 Nov 2026 17:00:00 GMT"
    assert "deleted-entry" not in service.get("/topics/a.atom").text
    service.later(days=29)
    assert gone in service.get("/items.atom").text
    assert gone not in service.later(days=2).get("/items.atom").text


def test_the_others_id_leads_to_the_older_item(service: Service) -> None:
    joined(service)
    with Store.open(service.settings.database, zone="UTC") as store, store.read() as reading:
        kept = reading.get("b")
        assert (kept and kept.item.id, reading.held("b"), reading.entry("b", ".ics")) == ("a", None, None)


def test_the_ledger_tells_that_an_item_was_found_to_be_another(service: Service) -> None:
    joined(service)
    (told,) = json.loads(service.get("/changes.json?change=joined").body)["items"]
    assert (told["title"], told["_change"]["item"], told["_change"]["differences"]) == (
        "Is one with a, which stays: Hearing: Told otherwise",
        entry_id("b"),
        [{"kind": "joined", "sentence": "Is one with a, which stays", "field": "id", "new": "a"}],
    )
    assert service.ids("/changes.json?change=joined&topic=b")  # who follows its topic hears of it
    assert not service.ids("/changes.json?change=joined&topic=a")


def test_an_id_leads_along_a_chain_of_items_that_were_found_to_be_one(service: Service) -> None:
    c = record(id="c", url="https://www.cecc.gov/c", title="The oldest", event={"end": None})
    service.publish(c)
    service.later(hours=1).publish(c, A)
    service.later(hours=1).publish(c, A, B)
    say(service, ONE)
    service.later(hours=1).bring_in()
    say(service, 'one = [["a", "c"]]')  # b is an item of its own again, and a becomes c
    service.later(hours=1).bring_in()
    say(service, ONE, "")
    service.later(hours=1).bring_in()
    say(service, 'one = [["a", "b", "c"]]')
    service.later(hours=1).bring_in()
    for old in ("a", "b"):
        answer = service.get(f"/items/{old}.ics?alarm=15")
        assert (answer.status, answer["Location"]) == (301, "https://feeds.example.gov/items/c.ics?alarm=15")


def test_an_import_of_what_is_one_changes_nothing_more(service: Service) -> None:
    joined(service)
    seen = everything(service)
    for _ in range(2):
        assert counts(service.later(hours=1).bring_in()) == (0, 0, 1, 0, 0)
        assert everything(service) == seen


def test_taking_the_line_out_brings_the_other_back_under_its_id_with_its_sequence(service: Service) -> None:
    service.publish(A)
    service.later(hours=1).publish(A, B)
    before = service.events()[uid("b")]
    say(service, ONE)
    service.later(hours=1).bring_in()
    say(service)
    report = service.later(hours=1).bring_in()
    assert (counts(report), report.sentences) == (
        (0, 2, 0, 0, 0),
        ["a: Topics changed", "a: Text changed", "b: Back again"],
    )
    assert (stored(service, "a"), stored(service, "b")) == (A, B)
    after = service.events()[uid("b")]
    changed = {name: after[name] for name in after if after[name] != before.get(name)}
    assert changed == {
        "SEQUENCE": "1",
        "LAST-MODIFIED": "20261123T180000Z",
        "DTSTAMP": "20261123T180000Z",
    }
    assert "deleted-entry" not in service.get("/items.atom").text


def test_what_comes_back_from_being_another_tells_what_changed_meanwhile(service: Service) -> None:
    service.publish(A)
    service.later(hours=1).publish(A, B)
    say(service, ONE)
    service.later(hours=1).bring_in()
    say(service)
    report = service.later(hours=1).publish(A, {**B, "title": "Told anew"})
    assert report.sentences[-2:] == ["b: Back again", "b: Title changed"]


def test_of_two_that_are_first_read_together_the_first_in_the_line_goes_on(service: Service) -> None:
    say(service, ONE)
    assert counts(service.publish(A, B)) == (1, 0, 0, 0, 0)
    assert (service.ids(), stored(service, "b")["title"]) == ([entry_id("b")], "Told otherwise")
    with Store.open(service.settings.database, zone="UTC") as store, store.read() as reading:
        kept = reading.get("a")
        assert kept is not None
        assert kept.item.id == "b"
    for _ in range(2):
        assert counts(service.later(hours=1).bring_in()) == (0, 0, 1, 0, 0)
    say(service)
    assert counts(service.later(hours=1).bring_in())[:2] == (0, 2)
    assert sorted(service.ids()) == [entry_id("a"), entry_id("b")]


def test_a_line_that_names_what_is_not_known_changes_nothing_until_it_is(service: Service) -> None:
    say(service, ONE)
    assert counts(service.publish(B)) == (1, 0, 0, 0, 0)
    assert service.ids() == [entry_id("b")]
    assert counts(service.later(hours=1).publish(B, A)) == (0, 1, 0, 0, 0)
    assert (service.ids(), stored(service, "b")["topics"]) == ([entry_id("b")], ["B", "A"])


def test_of_two_of_one_second_the_first_in_the_line_goes_on(service: Service) -> None:
    say(service, 'one = [["a", "b"]]')
    service.write(B, name="1.jsonl")
    service.write(A, name="2.jsonl")
    service.bring_in()
    assert service.ids() == [entry_id("a")]
    service.write({**B, "language": "en"}, name="1.jsonl")
    assert counts(service.later(hours=1).bring_in()) == (0, 1, 0, 0, 0)
    assert (service.ids(), stored(service, "a")["language"]) == ([entry_id("a")], "en")


def test_what_is_one_is_withdrawn_only_when_no_record_is_left(service: Service) -> None:
    joined(service)
    service.write(B)
    report = service.later(hours=1).bring_in()
    assert (counts(report), stored(service, "a")) == ((0, 1, 0, 0, 0), {**B, "id": "a"})
    service.write()
    assert counts(service.later(hours=1).bring_in()) == (0, 0, 0, 1, 0)
    assert (list(service.events()), service.events()[uid("a")]["STATUS"]) == ([uid("a")], "CANCELLED")


def test_a_withdrawn_item_that_is_found_to_be_another_says_so_no_longer(service: Service) -> None:
    service.publish(A, B)
    service.later(hours=1).publish(A)
    assert "WITHDRAWN" in service.get("/items.json").text
    say(service, 'one = [["a", "b"]]')
    assert counts(service.later(hours=1).bring_in()) == (0, 1, 1, 0, 0)
    assert "WITHDRAWN" not in service.get("/items.json").text
    assert list(service.events()) == [uid("a")]


def test_two_kept_apart_that_later_agree_stay_two(service: Service) -> None:
    service.publish(A, B)
    service.later(hours=1).publish(A, {**A, "id": "b", "topics": ["B"]})
    assert [stored(service, one)["topics"] for one in ("a", "b")] == [["A"], ["B"]]


# --- apart ------------------------------------------------------------------------------------------------------------

LIKE_A = {**A, "id": "c", "topics": ["C"], "summary": "More."}


@pytest.mark.parametrize("files", [("cecc.jsonl", "cecc.jsonl"), ("a.jsonl", "b.jsonl")])
def test_what_is_said_to_be_two_is_told_apart_and_joined_again_when_the_line_goes(
    service: Service, files: tuple[str, str]
) -> None:
    if files[0] == files[1]:
        service.publish(A, LIKE_A)
    else:
        service.write(A, name=files[0])
        service.publish(LIKE_A, name=files[1])
    assert (service.ids(), stored(service, "a")["topics"]) == ([entry_id("a")], ["A", "C"])
    say(service, 'apart = [["a", "c"]]')
    assert counts(service.later(hours=1).bring_in())[:2] == (1, 1)
    assert (stored(service, "a"), stored(service, "c")) == (A, LIKE_A)
    seen = everything(service)
    for line in ('apart = [["c", "a"]]', ""):  # what was told apart stays so: nothing is merged without being asked
        say(service, line)
        assert counts(service.later(hours=1).bring_in()) == (0, 0, 2, 0, 0)
        assert everything(service) == seen


def test_a_page_whose_words_went_into_an_item_gives_it_back_when_they_are_two(service: Service) -> None:
    told = record(id="a", url=None, topics=["A"], title=None)
    (service.pages / "page.html").write_text(
        "<h1>Tibet</h1><div>Event Date: Tuesday, December 1, 2026 – 09:30 AM to 11:00 AM</div>"
        "<div>November 2, 2026</div><div>Hearing</div><p>A hearing on trade.</p><p>With three witnesses.</p>"
    )
    service.publish({**told, "summary": "A hearing on trade.\n\nWith three witnesses."})
    made = "hearing-2026-11-02-a-hearing-on-trade-with-three-witnesses"
    assert stored(service, "a")["topics"] == ["A", "Tibet"]
    say(service, f'apart = [["a", "{made}"]]')
    assert counts(service.later(hours=1).bring_in())[:2] == (1, 1)
    assert (stored(service, "a")["topics"], stored(service, made)["topics"]) == (["A"], ["Tibet"])


# --- names ------------------------------------------------------------------------------------------------------------

RENAMED = """
[topics]
"Population Planning" = "Population Control"
[types]
"Round Table" = "Roundtable"
[feeds]
"old-name" = "hearings"
"""


def renamed(service: Service) -> dict[str, dict[str, str]]:
    with Store.open(service.settings.database, zone="UTC") as store, store.read() as reading:
        return {kind: reading.renamed(kind) for kind in ("topic", "type", "feed")}


LEADS = {
    "topic": {"population-planning": "population-control"},
    "type": {"round-table": "roundtable"},
    "feed": {"old-name": "hearings"},
}
NONE: dict[str, dict[str, str]] = {"topic": {}, "type": {}, "feed": {}}


def test_items_bear_the_new_names_whatever_their_records_say(service: Service) -> None:
    told = record(type="ROUND TABLE", topics=["Law", "population planning", "Population Control"])
    service.publish(told, numbered(2))
    say(service, RENAMED)
    assert counts(service.later(hours=1).bring_in()) == (0, 1, 1, 0, 0)
    assert stored(service, "hearing-1") == {**told, "type": "Roundtable", "topics": ["Law", "Population Control"]}
    with Store.open(service.settings.database, zone="UTC") as store, store.read() as reading:
        assert reading.counts("topic") == {"commercial-rule-of-law": 1, "law": 1, "population-control": 1}
    assert service.ids("/types/roundtable.json") == [entry_id("hearing-1")]
    assert renamed(service) == LEADS


def test_a_new_name_is_no_change_of_the_items_that_bear_it(service: Service) -> None:
    service.publish(record(type="Round Table", topics=["Law", "Population Planning"]))
    announced = service.ids("/changes.json")
    say(service, RENAMED)
    report = service.later(hours=1).bring_in()
    assert (counts(report), report.sentences, service.ids("/changes.json")) == ((0, 1, 0, 0, 0), [], announced)
    again = service.later(hours=1).publish(record(type="Roundtable", topics=["Law"]))
    assert again.sentences == ["hearing-1: Topics changed"]


def test_lists_of_the_new_name_hold_what_happened_under_the_old_and_never_seem_older(service: Service) -> None:
    service.publish(record(type="Round Table", topics=["Population Planning"]), numbered(2))
    service.later(hours=1).publish(numbered(2))  # withdrawn under its old names
    before = {kind: service.get(f"/{kind}.atom")["Last-Modified"] for kind in ("topics/population-planning", "items")}
    say(service, RENAMED)
    service.later(hours=1).bring_in()
    for asked in ("topic=population-control", "type=roundtable", "topic=population-planning", "type=round-table"):
        kinds = [told["_change"]["kinds"] for told in json.loads(service.get(f"/changes.json?{asked}").body)["items"]]
        assert (asked, kinds) == (asked, [["withdrawn"], ["announced"]])
    after = service.get("/topics/population-control.atom", {"If-Modified-Since": before["topics/population-planning"]})
    assert (after.status, after["Last-Modified"]) == (200, "Mon, 23 Nov 2026 17:00:00 GMT")
    assert service.get("/topics/population-planning.atom").status == 301


@pytest.mark.parametrize("path", ["/topics/tibet.ics", "/items.rss?topic=tibet", "/changes.atom?topic=tibet"])
def test_a_list_that_is_called_otherwise_now_has_changed(service: Service, path: str) -> None:
    service.publish(record(topics=["tibet"]))
    before = service.get(path)
    say(service, "[topics]", '"Xizang" = "TIBET"')
    service.later(hours=1).bring_in()
    after = service.get(path, {"If-Modified-Since": before["Last-Modified"]})
    assert (after.status, "TIBET" in after.text, "TIBET" in before.text) == (200, True, False)


def test_old_names_lead_to_the_new_for_ever_unless_something_bears_them_again(service: Service) -> None:
    told = record(topics=["Population Planning"])
    service.publish(told)
    say(service, RENAMED)
    service.later(hours=1).bring_in()
    say(service)
    service.later(hours=1).bring_in()
    assert stored(service, "hearing-1") == told
    back = {"population-control": "population-planning"}  # who was led to the new name would find nothing there
    assert renamed(service) == {**LEADS, "topic": back}
    assert service.get("/topics/population-control.ics").status == 301
    service.later(hours=1).publish(told, numbered(2, topics=["Population Control"]))
    assert renamed(service) == {**LEADS, "topic": {}}
    service.later(hours=1).publish(record(topics=["Population Control"]))
    assert renamed(service) == LEADS


def test_chains_are_followed_and_a_name_that_comes_back_leads_nowhere(service: Service) -> None:
    service.publish(record(topics=["C"]))
    for step, leads in (
        ('"A" = "B"', {"a": "b"}),
        ('"B" = "C"', {"a": "c", "b": "c"}),
        ('"C" = "A"', {"b": "a", "c": "a"}),
    ):
        say(service, "[topics]", step)
        service.later(hours=1).bring_in()
        assert renamed(service) == {**NONE, "topic": leads}


def test_a_withdrawn_event_goes_on_under_the_new_name(service: Service) -> None:
    service.publish(record(type="Round Table"), numbered(2))
    service.later(hours=1).publish(numbered(2))
    say(service, RENAMED)
    assert counts(service.later(hours=1).bring_in()) == (0, 0, 1, 0, 0)
    (event,) = service.events("/types/roundtable.ics").values()
    assert (event["UID"], event["STATUS"]) == (uid("hearing-1"), "CANCELLED")


def test_a_new_spelling_of_a_name_is_taken_up_where_the_name_stands(service: Service) -> None:
    service.publish(record(topics=["tibet"]))
    say(service, "[topics]", '"tibet" = "TIBET"')
    service.later(hours=1).bring_in()
    assert stored(service, "hearing-1")["topics"] == ["TIBET"]
    with Store.open(service.settings.database, zone="UTC") as store, store.read() as reading:
        assert (reading.names("topic"), renamed(service)) == ({"tibet": "TIBET"}, NONE)


def test_a_file_that_says_nothing_new_changes_nothing(service: Service) -> None:
    service.publish(record(topics=["Population Planning"]), numbered_news(1))
    say(service, RENAMED)
    service.later(hours=1).bring_in()
    with Store.open(service.settings.database, zone="UTC") as store:
        before = revision(store)
        assert counts(service.later(hours=1).bring_in()) == (0, 0, 2, 0, 0)
        assert revision(store) == before


# --- the file ---------------------------------------------------------------------------------------------------------


def test_the_file_gives_slugs_and_names_at_the_end_of_their_chains(service: Service) -> None:
    say(service, 'one = [["a", "HTTPS://cecc.gov/é"]]', "[topics]", '"A  b" = " C "', '"C" = "D"', '"d" = "D"')
    assert config.same(service.data) == Same(
        one=(("a", "https://cecc.gov/%C3%A9"),), topics={"a-b": "D", "c": "D", "d": "D"}
    )
    assert config.same(service.folder) == Same()


FAULTS = {
    "not TOML": ("[", "cannot be read: "),
    "an unknown key": ("two = 1", '"two" is not known; there are one, apart, types, topics, feeds'),
    "no list": ('one = "a"', '"one" is a list of lists: one = [["an-id", "another-id"]]'),
    "a flat list": ('apart = ["a", "b"]', '"apart" is a list of lists: apart = [["an-id", "another-id"]]'),
    "one alone": ('one = [["a"]]', "\"one\" has ['a']; it takes two or more ids or addresses: "),
    "a number": ("one = [[1, 2]]", '"one" has [1, 2]; it takes two or more ids or addresses: '),
    "one twice": ('one = [["a", "a"]]', "\"one\" has ['a', 'a'], which names one twice"),
    "no id": (
        'one = [["a", "A b"]]',
        '"one": "A b" is neither an id (a-z 0-9 - . _) nor an address (https://…)',
    ),
    "no address": ('one = [["a", "ftp://x"]]', '"one": "ftp://x" is '),
    "both": (
        'one = [["a", "b", "c"]]\napart = [["c", "b"]]',
        "\"one\" and \"apart\" both have ['b', 'c']; take one of the lines out",
    ),
    "no names": ("topics = 1", '[topics] takes lines of the form "old name" = "what it is called now"'),
    "no new name": ('[types]\n"a" = " "', '[types] takes lines of the form "old name" = "what it is called now"'),
    "two names": ('[types]\n"a" = "b"\n"A" = "c"', '[types] "A" is called two things: "b" and "c"'),
    "a ring": ('[types]\n"a" = "b"\n"b" = "a"', '[types] "a" is called "a" in the end, which leads round in a ring'),
    "no feed": ('[feeds]\n"A b" = "hearings"', '[feeds] "A b" is not a feed name: a-z 0-9 and -, at most 80'),
    "no new feed": ('[feeds]\n"a" = "A b"', '[feeds] "A b" is not a feed name: a-z 0-9 and -, at most 80'),
}


@pytest.mark.parametrize(("content", "why"), FAULTS.values(), ids=FAULTS)
def test_a_bad_file_is_refused_with_what_and_where(service: Service, content: str, why: str) -> None:
    say(service, content)
    with pytest.raises(SettingsError) as refused:
        config.same(service.data)
    assert str(refused.value)[: len(f"{service.data}/same.toml: {why}")] == f"{service.data}/same.toml: {why}"


def test_the_publishers_pages_beside_the_projects_records_double_nothing(service: Service) -> None:
    for name in ("same.toml", "sources.toml", "records/cecc.jsonl", "pages/human-trafficking.html"):
        (service.data / name).write_bytes((ROOT / "data" / name).read_bytes())
    first = service.bring_in()
    calendar = list(service.events())
    (service.pages / "page.txt").write_bytes(shared("cecc/human-trafficking-page.txt").read_bytes())
    report = service.later(hours=1).bring_in()
    assert (report.added, report.withdrawn, report.findings) == (0, 0, [])
    assert (list(service.events()), len(first.findings)) == (calendar, 1)
