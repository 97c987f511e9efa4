"""Which reader reads a file, which files of a folder are read, and what a file that can't be read says."""

from pathlib import Path

import pytest

from cecc_feeds.errors import SourceError
from cecc_feeds.sources import READERS, Located, kind_of, paths_in, read_path, reader_of
from tests.sources.pages_of_all_layouts import PAGES, ZONE

RECORD = '{"type": "Analysis", "published": "2026-01-02"}'


@pytest.mark.parametrize("suffix", [suffix for reader in READERS for suffix in reader.suffixes])
def test_a_suffix_names_one_reader_in_any_case(suffix: str) -> None:
    readers = [reader for reader in READERS if suffix in reader.suffixes]
    assert [reader_of(Path(f"no-such-file{suffix.upper()}"))] == readers


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (f"\n {RECORD}\n", "JSON Lines", "records"),
        (f"\ufeff[{RECORD}]", "JSON", "records"),
        ("---\ntype: A\n", "YAML", "records"),
        ("type;published\n", "CSV", "records"),
        ("<!DOCTYPE html>", "HTML page", "page"),
        ("Skip to main content\n\nTibet\n", "text page", "page"),
    ],
)
def test_a_file_without_a_known_suffix_is_told_by_its_beginning(
    tmp_path: Path, content: str, name: str, kind: str
) -> None:
    path = tmp_path / "file"
    path.write_text(content, encoding="utf-8")
    assert (reader_of(path).name, kind_of(path)) == (name, kind)


def test_a_file_of_no_known_kind_says_which_there_are(tmp_path: Path) -> None:
    path = tmp_path / "letter.doc"
    path.write_bytes(b"\xd0\xcf\x11\xe0")
    with pytest.raises(SourceError) as error:
        kind_of(path)
    assert str(error.value) == (
        f"{path}: not a kind of file that is read; these are: JSON Lines (.jsonl .ndjson), JSON (.json), "
        "YAML (.yaml .yml), CSV (.csv), HTML page (.html .htm), text page (.txt)"
    )


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("missing.jsonl", "there is no such file"),
        ("folder.jsonl", "it is a folder; name the files in it"),
        ("a\0b.jsonl", "cannot be read: "),
    ],
)
def test_a_file_that_cannot_be_opened_says_why(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "folder.jsonl").mkdir()
    with pytest.raises(SourceError) as error:
        list(read_path(tmp_path / name, zone=ZONE, name="as given"))
    assert str(error.value).startswith(f"as given: {why}")


def test_places_name_the_path_as_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.jsonl").write_text(f"{RECORD}\n{RECORD}2", encoding="utf-8")
    assert [found.where for found in read_path(Path("a.jsonl"), zone=ZONE)] == ["a.jsonl:1", "a.jsonl:2"]
    assert [found.where for found in read_path(Path("a.jsonl"), zone=ZONE, name="./a.jsonl")] == [
        "./a.jsonl:1",
        "./a.jsonl:2",
    ]


def test_a_time_without_a_zone_is_in_the_zone_given(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"type": "Hearing", "event": {"start": "2026-01-02T10:00:00"}}')
    [found] = read_path(path, zone="Asia/Taipei")
    assert isinstance(found, Located)
    assert found.item.event is not None
    assert found.item.event.start.isoformat() == "2026-01-02T10:00:00+08:00"
    assert found.item.event.timezone == "Asia/Taipei"


def test_the_zone_given_is_that_of_pages_too() -> None:
    found = next(iter(read_path(PAGES / "detail-iso.txt", zone="Asia/Taipei")))
    assert isinstance(found, Located)
    assert found.item.event is not None
    assert found.item.event.start.isoformat() == "2010-03-24T14:00:00+08:00"


def test_a_folder_gives_its_files_sorted_strange_ones_too_but_no_backups_and_hidden_ones(tmp_path: Path) -> None:
    kept = ["a.jsonl", "b/c.HTML", "b/d.txt", "table.xlsx", "z.csv"]
    left_out = [
        "a.jsonl~", ".hidden.jsonl", ".git/x.txt", "b/.d.txt.swp", "e.jsonl.tmp", "f.part", "README.md",
        "b/c_files/ad.html",
    ]  # fmt: skip
    for name in (*kept, *left_out):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert paths_in(tmp_path) == [tmp_path / name for name in kept]
    assert paths_in(tmp_path / "nowhere") == []


def test_a_folder_that_cannot_be_read_is_refused_and_not_taken_for_an_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(folder: str) -> None:
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr("os.scandir", closed)
    with pytest.raises(SourceError) as refused:
        paths_in(tmp_path)
    assert str(refused.value) == f"{tmp_path}: cannot be read: Permission denied"
