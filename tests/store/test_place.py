"""Where a database lies: another file in its place, the file alone, and many who make it at once."""

import sqlite3
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from cecc_feeds.errors import StoreError
from cecc_feeds.store.place import Place
from tests.store.keeping import put, revision
from tests.store.test_opening import ids, open_sqlite, run
from tests.strategies import NOW, keep, make


def made(path: Path, *names: str) -> Path:
    """A store of its own that holds items of these ids, put one at a time: as many revisions, and a growing file."""
    with open_sqlite(path) as store:
        for name in names:
            put(store, [keep(make(id=name, summary=f"{name} " * 500))])
    return path


def test_a_file_closed_after_writing_holds_everything_by_itself(tmp_path: Path) -> None:
    path = made(tmp_path / "store.sqlite", "a")
    with open_sqlite(path, read_only=True) as reader:
        assert ids(reader) == ["a"]
        made(path, "b")
        (tmp_path / "copy.sqlite").write_bytes(path.read_bytes())
    with open_sqlite(tmp_path / "copy.sqlite", read_only=True) as copy:
        assert ids(copy) == ["a", "b"]


def test_the_stamp_stays_until_somebody_commits_or_another_file_is_there(tmp_path: Path) -> None:
    path = made(tmp_path / "store.sqlite", "a")
    with open_sqlite(path) as writer, open_sqlite(path, read_only=True) as store:

        def seen() -> object:
            store.look()
            return store.stamp()

        stamps = [seen()]
        assert seen() == stamps[0]
        put(writer, [keep(make(id="b"))])  # into the log: the file is as it was
        stamps.append(seen())
        with writer.write(now=NOW) as writing:
            writing.keep_note("source", "read again")  # no new revision
        stamps.append(seen())
        writer.close()
        stamps.append(seen())
        made(tmp_path / "other.sqlite", "a", "b").rename(path)
        stamps.append(seen())
        assert seen() == stamps[-1]
    assert [one for n, one in enumerate(stamps) if one in stamps[:n]] == []


def test_the_stamp_of_another_connection_is_another_wherever_it_lies_in_memory(tmp_path: Path) -> None:
    path = made(tmp_path / "store.sqlite", "a")
    stamps = []
    with open_sqlite(path, read_only=True) as store:
        for _ in range(200):
            stamps.append(store.stamp())
            with suppress(LookupError), store.read():
                raise LookupError  # the connection is not used any more
    assert len(set(stamps)) == 200


def test_a_store_that_writes_has_another_stamp_each_time(tmp_path: Path) -> None:
    with open_sqlite(tmp_path / "store.sqlite") as store:
        assert store.stamp() != store.stamp()


def test_another_file_moved_into_its_place_is_read_at_once_and_counts_as_another(tmp_path: Path) -> None:
    path, other = made(tmp_path / "store.sqlite", "a"), made(tmp_path / "other.sqlite", "b")
    with open_sqlite(path, read_only=True) as store:
        first = (store.look(), revision(store), ids(store))
        other.rename(path)
        second = (store.look(), revision(store), ids(store))
        third = (store.look(), revision(store), ids(store))
    assert (first[1:], second[1:], third) == ((1, ["a"]), (1, ["b"]), second)
    assert first[0] != second[0]


def test_a_file_that_was_taken_away_and_made_anew_with_the_same_number_counts_as_another(tmp_path: Path) -> None:
    path, other = made(tmp_path / "store.sqlite", "a"), made(tmp_path / "other.sqlite", "b")
    with open_sqlite(path, read_only=True) as store:
        first = (store.look(), revision(store))
        path.unlink()
        with pytest.raises(StoreError, match="is not there: No such file or directory"):
            store.look()
        path.write_bytes(other.read_bytes())
        second = (store.look(), revision(store))
        assert ids(store) == ["b"]
    assert (first[1], second[1]) == (1, 1)
    assert first[0] != second[0]


def test_a_reading_that_has_begun_ends_in_the_file_that_it_began_with(tmp_path: Path) -> None:
    path, other = made(tmp_path / "store.sqlite", "a"), made(tmp_path / "other.sqlite", "b")
    with open_sqlite(path, read_only=True) as store:
        store.look()
        with store.read() as reading:
            other.rename(path)
            assert list(reading.every()) == ["a"]
            with pytest.raises(StoreError, match="another file was put in its place"):
                ids(store)
        store.look()
        assert ids(store) == ["b"]


@pytest.mark.parametrize("how", ["replaced", "taken away"])
def test_what_was_written_to_a_file_that_is_no_longer_there_is_a_failure_and_the_next_writing_finds_the_new_one(
    tmp_path: Path, how: str
) -> None:
    path, other = made(tmp_path / "store.sqlite", "a"), made(tmp_path / "other.sqlite", "b")
    with open_sqlite(path) as store:
        with pytest.raises(StoreError, match="was taken away or replaced meanwhile"), store.write(now=NOW):
            other.rename(path) if how == "replaced" else path.unlink()
        if how == "taken away":
            other.rename(path)
        put(store, [keep(make(id="c"))])
    with open_sqlite(path, read_only=True) as reader:
        assert ids(reader) == ["b", "c"]
    assert run(path, "PRAGMA integrity_check") == [("ok",)]


def test_what_a_writer_adds_counts_as_the_same_file(tmp_path: Path) -> None:
    path = made(tmp_path / "store.sqlite", "a")
    with open_sqlite(path, read_only=True) as store:
        first = (store.look(), revision(store))
        made(path, *"bcdefg")
        second = (store.look(), revision(store))
    assert (first[0], second) == (second[0], (first[0], 7))


@pytest.mark.parametrize(("before", "after"), [(1, 200), (200, 1)])
def test_a_file_whose_index_another_process_still_holds_for_the_one_before_comes_to_no_harm(
    tmp_path: Path, before: int, after: int
) -> None:
    path = made(tmp_path / "store.sqlite", *(f"a{number}" for number in range(before)))
    other = made(tmp_path / "other.sqlite", *(f"b{number}" for number in range(after)))
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    made(path, "c")
    other.rename(path)
    for read_only in (True, False):
        if after > before:
            with pytest.raises(StoreError, match="database disk image is malformed"):
                ids(open_sqlite(path, read_only=read_only))
        else:
            with open_sqlite(path, read_only=read_only) as store:
                assert len(ids(store)) == after
    holder.communicate()
    with open_sqlite(path) as store:
        put(store, [keep(make(id="d"))])
        assert len(ids(store)) == after + 1
    assert run(path, "PRAGMA integrity_check") == [("ok",)]


HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
connection.execute("SELECT * FROM state").fetchall()
print("held", flush=True)
sys.stdin.read()
"""


def test_connections_that_make_one_database_at_the_same_moment_all_come_about(tmp_path: Path) -> None:
    """SQLite does not wait for the lock that a new database's log needs."""
    threads, files, faults = 4, 150, []
    together = threading.Barrier(threads, timeout=30)

    def begin() -> None:
        for number in range(files):
            place = Place(tmp_path / f"{number}.sqlite", read_only=False, seconds=30)
            together.wait()
            try:
                place.connect().close()
            except sqlite3.Error as error:
                faults.append(str(error))

    running = [threading.Thread(target=begin) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert faults == []
