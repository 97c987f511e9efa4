"""Export: the whole public site and all its feeds as static files.

Its one rule: a file holds what the application answers at its address, of one state of the store and one day.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote

from cecc_feeds.config import Settings
from cecc_feeds.export import folder as folders
from cecc_feeds.export.hosts import Hosts
from cecc_feeds.export.walk import Found, Walk
from cecc_feeds.model import Rejected
from cecc_feeds.readdressing import readdressed
from cecc_feeds.store import OneState
from cecc_feeds.web.http import TEXT, Answer, Prepared
from cecc_feeds.web.service import Service

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an export did, counted in addresses: a file in three codings is one."""

    written: int
    unchanged: int
    removed: int
    rejected: tuple[Rejected, ...]

    def __str__(self) -> str:
        return (
            f"written {self.written}, unchanged {self.unchanged}, removed {self.removed}, rejected {len(self.rejected)}"
        )


def export(settings: Settings, root: Path, *, base_url: str, now: datetime, progress: Progress) -> Outcome:
    """Write the site to a folder as it is `now`, its links under `base_url`.

    Raises StoreError where the store cannot be read, SourceError where the folder cannot be written or is not ours.
    """
    with folders.opened(root) as folder, _state(settings, base_url, progress) as (own, store):
        service = Service(own, lambda: now, store=store, static=True)
        with store.read() as reading:
            files = _Files(folder, Hosts(base_url))
            walk = Walk(service, reading)
            for found in walk:
                files.keep(found)
                progress(1)
            files.keep_rest(walk)
        folder.sweep()
        unanswered = [
            Rejected(where, f'names "{address}", which only a server answers')
            for address, where in walk.unanswered.items()
        ]
        return Outcome(folder.written, folder.unchanged, folder.removed, (*files.rejected, *unanswered))


@contextmanager
def _state(settings: Settings, base_url: str, progress: Progress) -> Iterator[tuple[Settings, OneState]]:
    """The settings and one state of the store, of which entries say `base_url`: of a copy where they said another."""
    if base_url == settings.base_url:
        with OneState.open(settings.database, zone=settings.timezone, read_only=True) as store:
            yield settings, store
        return
    own = replace(settings, base_url=base_url)
    with readdressed(own.database, own.edition, processes=own.processes, progress=progress) as database:
        own = replace(own, database=database)
        with OneState.open(database, zone=own.timezone, read_only=True) as store:
            yield own, store


class _Files:
    """The files of an export while they are written."""

    def __init__(self, folder: folders.Folder, hosts: Hosts) -> None:
        self._folder = folder
        self._hosts = hosts
        self.rejected: list[Rejected] = []

    def keep(self, found: Found) -> None:
        """The file of an address; where another leads to it, both hold it, for servers that lead nowhere."""
        prepared = Prepared(found.answer)
        try:
            name = folders.place(unquote(found.path), page=found.page)
            self._folder.write(name, prepared, found.answer.modified)
        except folders.Refused as error:
            self.rejected.append(Rejected(found.path, str(error)))
            return
        self._hosts.note(found, prepared)

    def keep_rest(self, walk: Walk) -> None:
        """What hosts need: pages for what is not there, and headers in their forms."""
        told = {"404.html": walk.missing("/"), "404.txt": walk.missing("/none.ics")}
        for name, answer in told.items():
            self._hosts.note(Found(f"/{name}", answer), Prepared(answer))
        answers = {**told, **{name: _plain(text) for name, text in self._hosts.files().items()}}
        for name, answer in answers.items():
            try:
                self._folder.write(name, Prepared(answer), None)
            except folders.Refused as error:
                self.rejected.append(Rejected(f"/{name}", str(error)))


def _plain(text: str) -> Answer:
    return Answer(text.encode(), TEXT, compressible=False)
