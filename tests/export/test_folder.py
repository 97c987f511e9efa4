"""The folder of an export: what is written, what stays, what is removed, and whose files it leaves alone."""

import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path

import brotli
import deflate
import pytest

from cecc_feeds.export.walk import Walk
from cecc_feeds.model import Rejected
from cecc_feeds.web.filed import asked
from tests.export import address, files, small, write
from tests.service import Service, numbered, numbered_news, record
from tests.test_cli import process


def test_what_lies_beside_a_file_is_the_same_in_a_coding(service: Service, folder: Path) -> None:
    for name, body in files(folder).items():
        file = folder / name
        answer = service.get(asked(address(name)), {"Accept-Encoding": "br"})
        coded = answer["Content-Encoding"] == "br" or (len(body) >= 500 and not name.endswith(".png"))
        assert file.with_name(file.name + ".br").exists() == file.with_name(file.name + ".gz").exists() == coded, name
        if coded:
            assert brotli.decompress(file.with_name(file.name + ".br").read_bytes()) == body
            assert bytes(deflate.gzip_decompress(file.with_name(file.name + ".gz").read_bytes(), len(body))) == body


def test_a_file_has_the_time_of_its_last_change(service: Service, folder: Path) -> None:
    for name in ("events.ics", "items.atom", "items/page/2.rss", "items/hearing-1.ics", "feeds/hearings.ics.gz"):
        sent = service.get(asked(f"/{name.removesuffix('.gz')}"))["Last-Modified"]
        assert (folder / name).stat().st_mtime == parsedate_to_datetime(sent).timestamp()


def test_a_second_export_writes_nothing_and_another_only_what_changed(tmp_path: Path) -> None:
    made = small(tmp_path / "service")
    folder = tmp_path / "site"
    first = write(made, folder)
    before = {name: folder.joinpath(name).stat().st_mtime_ns for name in files(folder)}
    again = write(made, folder)
    assert (again.written, again.unchanged, again.removed) == (0, first.written, 0)
    assert {name: folder.joinpath(name).stat().st_mtime_ns for name in files(folder)} == before
    made.later(hours=1).publish(record(), numbered(2, title="Moved"), numbered_news(1))
    write(made, folder)
    changed = {name for name in files(folder) if folder.joinpath(name).stat().st_mtime_ns != before[name]}
    assert {"items/hearing-2.ics", "events.ics", "items/hearing-2/index.html"} <= changed
    assert not changed & {"items/hearing-1.ics", "items/news-1.json", "static/style.css", "topics/tibet.ics"}


def test_what_is_gone_is_removed_and_what_others_put_there_stays(tmp_path: Path) -> None:
    made = Service(tmp_path / "service")
    made.publish(record(), *(numbered_news(number) for number in range(1, 60)))
    folder = tmp_path / "site"
    write(made, folder)
    folder.joinpath("CNAME").write_text("feeds.example.gov")
    folder.joinpath("items", "mine.txt").write_text("mine")
    assert folder.joinpath("items", "news-1.json").exists()
    made.later(hours=1).publish(record(), allow_withdrawals=True)
    made.later(hours=1)
    outcome = write(made, folder)
    assert outcome.removed > 0
    assert not folder.joinpath("items", "news-1.json").exists()
    assert b"Withdrawn" in folder.joinpath("items", "news-1", "index.html").read_bytes()
    assert folder.joinpath("CNAME").read_text() == "feeds.example.gov"
    fresh = tmp_path / "fresh"
    write(made, fresh)
    assert files(fresh) == {
        name: body for name, body in files(folder).items() if name not in ("CNAME", "items/mine.txt")
    }


def test_a_folder_of_other_peoples_files_is_refused_and_left_alone(service: Service, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    folder.joinpath("thesis.txt").write_text("mine")
    done = process(service, "export", str(folder))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"{folder}: holds files that no export wrote; name a new folder, or an empty one\n"
    assert [path.name for path in folder.iterdir()] == ["thesis.txt"]


def test_a_file_that_somebody_put_where_ours_belongs_is_kept_and_named(tmp_path: Path) -> None:
    made = Service(tmp_path / "service")
    made.publish(record())
    folder = tmp_path / "site"
    write(made, folder)
    made.later(hours=1).publish(record(), numbered(2))
    folder.joinpath("items", "hearing-2").mkdir()
    folder.joinpath("items", "hearing-2", "index.html").write_text("mine")
    outcome = write(made, folder)
    why = "items/hearing-2/index.html is there already and is not of an export, so it stays as it is"
    assert outcome.rejected == (Rejected("/items/hearing-2", why),)
    assert folder.joinpath("items", "hearing-2", "index.html").read_text() == "mine"


def test_ids_that_no_file_can_have_are_named_and_the_others_written(tmp_path: Path) -> None:
    made = Service(tmp_path / "service")
    ids = (".htaccess", "index.html", "page", "archive", "a.b..c", "hearing-1.ics.gz", "x" * 200)
    made.publish(record(), *(numbered(number, id=one) for number, one in enumerate(ids, 2)))
    folder = tmp_path / "site"
    outcome = write(made, folder)
    assert {one.where for one in outcome.rejected if one.where.startswith("/items/")} == {
        "/items/.htaccess", "/items/index.html", "/items/hearing-1.ics.gz",
        "/items/.htaccess.ics", "/items/.htaccess.json",
    }  # fmt: skip
    assert (
        str(outcome.rejected[0])
        == "/items/.htaccess: cannot be a file: its name begins with a dot, which file servers hide"
    )
    for one in ("page", "archive", "a.b..c", "x" * 200):
        assert folder.joinpath("items", one, "index.html").exists()
        assert folder.joinpath("items", f"{one}.ics").exists()
    assert b"All items" in folder.joinpath("items", "index.html").read_bytes()


def test_the_store_is_as_it_was_after_an_export_of_another_address(tmp_path: Path) -> None:
    service = small(tmp_path / "service")
    before = service.database.read_bytes()
    write(service, tmp_path / "site", "https://mirror.example.org")
    assert service.database.read_bytes() == before


def test_an_export_that_was_killed_leaves_nothing_that_the_next_one_does_not_know(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    every, made = Walk.__iter__, small(tmp_path / "service")

    def torn(walk: Walk) -> Iterator[object]:
        for number, found in enumerate(every(walk)):
            if number == 20:
                raise KeyboardInterrupt
            yield found

    with monkeypatch.context() as patched:
        patched.setattr(Walk, "__iter__", torn)
        with pytest.raises(KeyboardInterrupt):
            write(made, tmp_path / "site")
    assert write(made, tmp_path / "site").rejected == ()
    write(made, tmp_path / "other")
    assert files(tmp_path / "site") == files(tmp_path / "other")


def test_the_command_says_what_it_did_and_refuses_what_it_cannot(tmp_path: Path) -> None:
    service = small(tmp_path / "service")
    done = process(service, "export", str(tmp_path / "site"), "--base-url", "https://a.example/")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"written [1-9]\d*, unchanged 0, removed 0, rejected 0\n", done.stdout)
    assert b"https://a.example/items" in (tmp_path / "site" / "items.json").read_bytes()
    for arguments, sentence in (
        ([], "say where: DIR for the site, or --ledger FILE for the history (- for stdout)"),
        ([str(tmp_path / "site"), "--ledger", "-"], "say where: DIR for the site"),
        ([str(tmp_path / "site"), "--base-url", "ftp://a"], "--base-url: "),
        ([str(service.database)], "cannot be a folder of files: File exists"),
    ):
        done = process(service, "export", *arguments)
        assert done.returncode == 2
        assert sentence in done.stderr
