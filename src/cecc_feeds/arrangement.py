"""Arrangement: which files are which sources, in which order, and what people have said of items.

Its one rule: it looks at names of files and at settings only; what stands in the files is for intake to read.
"""

import hashlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from cecc_feeds import config
from cecc_feeds.config import ListedSource
from cecc_feeds.errors import SettingsError, SourceError
from cecc_feeds.same import Same
from cecc_feeds.sources import kind_of, paths_in
from cecc_feeds.store import Store
from cecc_feeds.store.writing import Kind

UNLISTED = 1_000_000
"""The rank of a source that `sources.toml` does not list: after those, record files before pages, each by name."""


@dataclass(frozen=True, slots=True)
class Source:
    """A name under which files are read. `complete`: what the files no longer hold is withdrawn."""

    name: str
    paths: tuple[Path, ...]
    kind: Kind
    complete: bool
    configured: bool = False
    rank: int = UNLISTED


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The configured sources that have files, in their order; what people said of items; and what is odd about it.

    `listed` are the tables of `sources.toml` in its order, those without files among them.
    """

    sources: tuple[Source, ...] = ()
    same: Same = field(default_factory=Same)
    complaints: tuple[str, ...] = ()
    listed: tuple[ListedSource, ...] = ()

    @property
    def ranks(self) -> dict[str, int]:
        return {one.name: number for number, one in enumerate(self.listed)}

    @property
    def digest(self) -> str:
        """What items depend on besides what their sources say: "" for nothing in particular."""
        told = (tuple(self.ranks), self.same.one, *map(sorted, (self.same.types.items(), self.same.topics.items())))
        return hashlib.sha256(repr(told).encode()).hexdigest()[:32] if any(told) else ""


def arrange(data: Path) -> Arrangement:
    """How a data folder is arranged. Raises SettingsError."""
    listed = config.listed_sources(data)
    complaints: list[str] = []
    sources = _listed(data, listed, complaints)
    holders = {path: source.name for source in sources for path in source.paths}
    sources += _unlisted(data, holders)
    return Arrangement(tuple(sources), config.same(data), tuple(complaints), tuple(listed))


def _listed(data: Path, listed: Sequence[ListedSource], complaints: list[str]) -> list[Source]:
    """The sources of `sources.toml` that hold files."""
    file = data / "sources.toml"
    meant = paths_in(data) if listed else []
    sources: list[Source] = []
    holders: dict[Path, str] = {}
    for rank, one in enumerate(listed):
        paths: dict[Path, None] = {}
        for pattern in one.patterns:
            found = _matching(data, pattern, meant, where=f"{file}: [{one.name}]")
            paths |= dict.fromkeys(found)
            if not found:
                complaints.append(f'{file}: [{one.name}] "{pattern}" matches no file')
        for path in paths:
            if holders.setdefault(path, one.name) != one.name:
                why = f"{path.relative_to(data)} is held by [{holders[path]}] as well; leave it in one of the two"
                raise SettingsError(f"{file}: [{one.name}] {why}")
        if paths:
            sources.append(_listed_source(one, tuple(paths), rank, where=f"{file}: [{one.name}]"))
    return sources


def _listed_source(one: ListedSource, paths: tuple[Path, ...], rank: int, *, where: str) -> Source:
    """A listed source: of one kind, since a record file is the truth and a page is not."""
    kinds = {source_of(path).kind: path for path in reversed(paths) if _is_read(path)}
    if len(kinds) > 1:
        records, page = kinds["records"].name, kinds["page"].name
        raise SettingsError(f"{where} holds records ({records}) and pages ({page}); give each kind a source of its own")
    kind: Kind = next(iter(kinds), "page")
    complete = kind == "records" if one.complete is None else one.complete
    return Source(one.name, paths, kind, complete, configured=True, rank=rank)


def _is_read(path: Path) -> bool:
    """Whether a reader takes the file: of what kind it is otherwise, nobody can tell."""
    with suppress(SourceError):
        return bool(kind_of(path))
    return False


def _matching(data: Path, pattern: str, meant: Sequence[Path], *, where: str) -> list[Path]:
    """The files that a pattern stands for: itself, those below the folder that it is, or those that it matches."""
    named = data / pattern
    if named.is_dir():
        return [path for path in meant if named in path.parents]
    if named.is_file() or named.is_symlink():  # one that leads to nothing is refused when it is read
        return [named]
    try:
        found = set(data.glob(pattern))
    except (ValueError, NotImplementedError) as error:
        raise SettingsError(f'{where} "{pattern}" is no pattern of files: {error}') from None
    return [path for path in meant if path in found]


def _unlisted(data: Path, holders: dict[Path, str]) -> list[Source]:
    """Each file below `records/` and `pages/` that no listed source holds is a source by its own name."""
    found: dict[str, Source] = {}
    for folder in (data / "records", data / "pages"):
        for path in paths_in(folder) if folder.is_dir() else []:
            if path in holders:
                continue
            if path.name in holders.values():
                why = f"{path.relative_to(data)} would be a source of that name, too; give it to a source, or rename it"
                raise SettingsError(f"{data / 'sources.toml'}: [{path.name}] {why}")
            made = source_of(path, configured=True)
            earlier = found.get(path.name)
            found[path.name] = replace(earlier, paths=(*earlier.paths, path)) if earlier else made
    return list(found.values())


def source_of(path: Path, *, configured: bool = False) -> Source:
    """The source that a file is by itself: its name, its kind, and whether it is complete."""
    kind: Kind = "page"  # a file that no reader takes withdraws nothing; reading it gives the refusal
    with suppress(SourceError):
        kind = kind_of(path)
    return Source(path.name, (path,), kind, complete=kind == "records", configured=configured)


def given(
    paths: Iterable[Path], *, configured: Iterable[Source], name: str | None = None, complete: bool | None = None
) -> list[Source]:
    """The sources that named paths are: all of them `name`; else, each, the configured one that holds the path, whole;
    else the file's name."""
    sources = list(configured)
    if name is not None:
        return _decided([_under_one_name(name, tuple(paths), sources)], complete=complete)
    held = {path.resolve(): source for source in sources for path in source.paths}
    found: dict[str, Source] = {}
    for path in paths:
        source = held.get(path.resolve())
        if source is None:
            made = source_of(path)
            earlier = found.get(made.name)
            source = replace(earlier, paths=(*earlier.paths, path)) if earlier else made
        found[source.name] = source
    return _decided(found.values(), complete=complete)


def _under_one_name(name: str, paths: tuple[Path, ...], configured: Sequence[Source]) -> Source:
    kinds = {source_of(path).kind for path in paths}
    kind: Kind = "records" if kinds == {"records"} else "page"
    known = next((source for source in configured if source.name == name), None)
    complete = known.complete if known and known.kind == kind else kind == "records"
    return Source(name, paths, kind, complete, known is not None, known.rank if known else UNLISTED)


def chosen(every: Iterable[Source], *, name: str | None = None, complete: bool | None = None) -> list[Source]:
    """All of the sources, or the one of that name. Raises SettingsError, which lists the names there are."""
    sources = {source.name: source for source in every}
    if name is not None and name not in sources:
        there = f"there are {', '.join(sources)}" if sources else "there is none"
        raise SettingsError(f'"{name}" is no configured source; {there}')
    wanted = list(sources.values()) if name is None else [sources[name]]
    return _decided([source for source in wanted if source.paths or complete is not False], complete=complete)


def _decided(sources: Iterable[Source], *, complete: bool | None) -> list[Source]:
    return [source if complete is None else replace(source, complete=complete) for source in sources]


def all_sources(store: Store, data: Path, arrangement: Arrangement) -> list[Source]:
    """Every configured source, those among them whose files are gone. Raises SourceError where there is no folder.

    A folder that is not there must not read as one from which everything was deleted.
    """
    if not data.is_dir():
        why = "there is no such folder; CECC_FEEDS_DATA names the one that holds records/ and pages/"
        raise SourceError(str(data), why)
    return [*arrangement.sources, *gone(store, arrangement)]


def gone(store: Store, arrangement: Arrangement) -> list[Source]:
    """Configured sources whose files are no longer there: read as empty, so that what only they held is withdrawn.

    Not those that are partial, as pages are.
    """
    there = {source.name for source in arrangement.sources}
    listed = {one.name: one.complete for one in arrangement.listed}
    ranks = arrangement.ranks
    with store.read() as reading:
        known = reading.sources()
    found: list[Source] = []
    for name, (kind, was_configured, _) in known.items():
        complete = listed.get(name)
        if was_configured and name not in there and (kind == "records" if complete is None else complete):
            found.append(Source(name, (), kind, complete=True, configured=True, rank=ranks.get(name, UNLISTED)))
    return found
