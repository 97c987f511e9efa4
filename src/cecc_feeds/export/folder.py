"""The folder of an export: files written whole, known by a list of their names, so that nobody else's is touched.

Its one rule: what is there and was not written by an export stays as it is, and a file is replaced in one step.
"""

import errno
import fcntl
import os
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

from cecc_feeds.errors import SourceError
from cecc_feeds.web.coding import CODINGS, PLAIN
from cecc_feeds.web.http import Prepared

LIST = ".cecc-feeds-export"
BEGINS = "The files of an export of cecc-feeds, one a line; another export replaces and removes these and no others.\n"

ENDINGS = {"gzip": ".gz", "br": ".br"}
"""What file servers look for beside a file, by coding."""

LONGEST_NAME = 240
"""Bytes of a name, so that endings and the name it is first written under fit into the 255 that file systems take."""

OF_ONE_NAME = {errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL, errno.EISDIR, errno.ENOTDIR, errno.EEXIST}
"""What is wrong with one file's name alone."""


class Refused(Exception):
    """A file that cannot be written; the others can. The sentence says why."""


class Names:
    """A set of names, eight bytes each: first all are added, then it is asked."""

    def __init__(self) -> None:
        self._parts = [array("Q") for _ in range(256)]
        self._sorted = True

    def add(self, name: str) -> None:
        digest = _digest(name)
        self._parts[digest >> 56].append(digest)
        self._sorted = False

    def __contains__(self, name: str) -> bool:
        if not self._sorted:
            self._parts = [array("Q", sorted(part)) for part in self._parts]
            self._sorted = True
        digest = _digest(name)
        part = self._parts[digest >> 56]
        at = bisect_left(part, digest)
        return at < len(part) and part[at] == digest


def _digest(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(errors="surrogateescape"), digest_size=8).digest())


class Folder:
    """The folder while an export writes to it: made by `opened`, ended by `sweep`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._list = root / LIST
        self._before, self._now = Names(), Names()
        if not self._list.exists():
            self._list.write_text(BEGINS, encoding="utf-8")
        for name in self._listed():
            self._before.add(name)
        self._known = self._list.open("a", encoding="utf-8", errors="surrogateescape")
        self._fresh = root.joinpath(f"{LIST}.part").open("w", encoding="utf-8", errors="surrogateescape")
        self._fresh.write(BEGINS)
        self.written, self.unchanged, self.removed = 0, 0, 0

    def _listed(self) -> Iterator[str]:
        with self._list.open(encoding="utf-8", errors="surrogateescape") as lines:
            yield from (line.rstrip("\n") for line in lines if line != BEGINS)

    def write(self, name: str, prepared: Prepared, modified: datetime | None) -> None:
        """A file and what lies beside it in the codings; its time is `modified`, or of this moment for None.

        What is the same stays. Another body never has the time of the one before it: by that file servers tell them
        apart. Raises Refused, or SourceError where nothing can be written at all.
        """
        codings = [] if set(CODINGS) & prepared.forms.keys() else list(ENDINGS)
        file = self._root / name
        try:
            held = self._held(name)
            same = held is not None and self._is(file, prepared.forms[PLAIN].body)
            same = same and all(file.with_name(file.name + ENDINGS[coding]).is_file() for coding in codings)
            at = None if modified is None else modified.timestamp()
            if held is not None and at is not None and at <= held:
                at = held if same else None
            self._put_all(name, prepared, codings, at=at, same=same)
        except OSError as error:
            if error.errno in OF_ONE_NAME:
                raise Refused(f"cannot be written as {name}: {error.strerror}") from None
            raise SourceError(str(file), f"cannot be written: {error.strerror}") from None

    def _held(self, name: str) -> float | None:
        """The time of what is at its place; None for nothing. Raises Refused where it is not of an export."""
        try:
            held = self._root.joinpath(name).stat()
        except FileNotFoundError:
            return None
        if name not in self._before:
            raise Refused(f"{name} is there already and is not of an export, so it stays as it is")
        return held.st_mtime

    @staticmethod
    def _is(file: Path, body: bytes) -> bool:
        return file.stat().st_size == len(body) and file.read_bytes() == body

    def _put_all(self, name: str, prepared: Prepared, codings: list[str], *, at: float | None, same: bool) -> None:
        for coding in (*codings, PLAIN):  # whoever finds the file finds what lies beside it
            one = name + ENDINGS.get(coding, "")
            self._fresh.write(f"{one}\n")
            self._now.add(one)
            if same:
                self._stamp(self._root / one, at)
            else:
                self._put(one, prepared.form(coding).body, at)
        self.written += not same
        self.unchanged += same

    def _put(self, name: str, body: bytes, at: float | None) -> None:
        file = self._root / name
        if name not in self._before:
            self._known.write(f"{name}\n")  # before it is there: an export that is killed leaves nothing unknown
            self._known.flush()
            file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_name(f".{file.name}.part")
        beside.write_bytes(body)
        self._stamp(beside, at)
        beside.replace(file)

    @staticmethod
    def _stamp(file: Path, at: float | None) -> None:
        if at is not None and file.stat().st_mtime != at:
            os.utime(file, (at, at))

    def sweep(self) -> None:
        """Remove what earlier exports wrote and this one did not, and note what there is now."""
        for name in self._listed():
            if name not in self._now:
                self._remove(self._root / name)
        self._fresh.close()
        self._root.joinpath(f"{LIST}.part").replace(self._list)

    def _remove(self, file: Path) -> None:
        with suppress(OSError):
            file.unlink()
            self.removed += file.suffix not in ENDINGS.values()
        for folder in file.parents:
            if folder == self._root:
                return
            try:
                folder.rmdir()
            except OSError:  # it holds something
                return

    def close(self) -> None:
        self._known.close()
        self._fresh.close()
        self._root.joinpath(f"{LIST}.part").unlink(missing_ok=True)


@contextmanager
def opened(root: Path) -> Iterator[Folder]:
    """The folder of an export, made where it is not there. Raises SourceError where it holds what no export wrote."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        lock = os.open(root, os.O_RDONLY)
    except OSError as error:
        raise SourceError(str(root), f"cannot be a folder of files: {error.strerror}") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not (root / LIST).exists() and any(root.iterdir()):
            raise SourceError(str(root), "holds files that no export wrote; name a new folder, or an empty one")
        folder = Folder(root)
    except BlockingIOError:
        os.close(lock)
        raise SourceError(str(root), "is being written by another export; wait for that one to end") from None
    except OSError as error:
        os.close(lock)
        raise SourceError(str(root), f"cannot be written: {error.strerror}") from None
    except SourceError:
        os.close(lock)
        raise
    try:
        yield folder
    finally:
        folder.close()
        os.close(lock)


def place(path: str, *, page: bool) -> str:
    """The file of an address, its path decoded. Raises Refused where no file can have it."""
    parts = [part for part in path.split("/") if part]
    for part in parts:
        why = next((why for fault, why in FAULTS.items() if _has(part, fault)), "")
        if why:
            raise Refused(f"cannot be a file: {why}")
    return "/".join([*parts, "index.html"] if page else parts)


def _has(part: str, fault: str) -> bool:
    if fault == "long":
        return len(part.encode()) > LONGEST_NAME
    return part.startswith(".") if fault == "." else part.endswith(fault)


FAULTS: Mapping[str, str] = {
    ".": "its name begins with a dot, which file servers hide",
    "index.html": "its name is that of a folder's page",
    ".gz": "its name is that of a compressed file",
    ".br": "its name is that of a compressed file",
    "long": f"its name is longer than {LONGEST_NAME} bytes",
}
"""How a part of a path is at fault: how it begins, how it ends, or its length."""
