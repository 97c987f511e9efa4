"""The command line: serve, read, import, export, check.

Its one rule: results go to stdout, complaints to stderr as `where: why`; 0 done, 1 something refused or nothing found,
2 could not. Everything heavy is imported by the command that needs it.
"""

import atexit
import gc
import logging
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from cecc_feeds.arrangement import Arrangement, Source
    from cecc_feeds.config import Settings
    from cecc_feeds.keeping import Report
    from cecc_feeds.store import Store

PATHS = click.argument(
    "paths", nargs=-1, metavar="[PATH]...", type=click.Path(exists=True, readable=True, path_type=Path)
)


def main() -> None:
    """The entry point: errors of ours are one sentence and exit 2."""
    from cecc_feeds.errors import CeccFeedsError

    atexit.register(gc.freeze)  # the interpreter, before it ends, would look for rings of garbage three times
    try:
        sys.exit(cli(standalone_mode=False))  # what click gives back is the code that a command ended with
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (CeccFeedsError, BrokenPipeError) as error:
        complain([str(error)] if isinstance(error, CeccFeedsError) else [])
        sys.exit(2)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cecc-feeds")
def cli() -> None:
    """Publish a commission's hearings as calendars and its items as news feeds."""


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes that answer.")
@click.option("--no-import", is_flag=True, help="Serve the store as it is; don't read or follow data/.")
def serve(host: str, port: int, workers: int, no_import: bool) -> None:
    """Import data/, serve it, follow its changes."""
    from cecc_feeds.serving import serve as run

    run(_settings(), host=host, port=port, workers=workers, follow=not no_import, say=say, complain=complain)


@cli.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, readable=True, path_type=Path))
@click.pass_context
def read(context: click.Context, paths: tuple[Path, ...]) -> None:
    """Print the records found in files, storing nothing.

    One canonical record a line (JSON Lines).
    """
    from cecc_feeds import sources
    from cecc_feeds.errors import SourceError
    from cecc_feeds.model import Rejected, record_line

    settings = _settings()
    complaints = 0
    for path in _files(paths):
        empty = True
        try:
            for found in sources.read_path(path, zone=settings.timezone):
                empty = False
                if isinstance(found, Rejected):
                    complaints += 1
                    complain([str(found)])
                else:
                    say(record_line(found.item))
        except SourceError as error:
            empty = False
            complaints += 1
            complain([str(error)])
        if empty:
            complaints += 1
            complain([f"{path}: there is no record in it"])
    context.exit(1 if complaints else 0)


@cli.command(name="import")
@PATHS
@click.option("--source", "name", help="The name under which the paths are read; else each file's own name.")
@click.option("--complete/--partial", default=None, help="Whether what the paths no longer hold is withdrawn.")
@click.option("--allow-withdrawals", is_flag=True, help="Withdraw however much is gone.")
@click.option("--dry-run", is_flag=True, help="Change nothing; print what subscribers would read.")
@click.option("--ledger", metavar="FILE", help="Make a new store from an exported history instead; - is stdin.")
@click.pass_context
def import_(
    context: click.Context,
    paths: tuple[Path, ...],
    name: str | None,
    complete: bool | None,
    allow_withdrawals: bool,
    dry_run: bool,
    ledger: str | None,
) -> None:
    """Bring the store up to date with files or data/.

    Without PATH: with every configured source, which are those of data/sources.toml and all other files of data/records
    and data/pages; with --source NAME alone, with that one. A PATH of a configured source stands for the whole source.
    """
    settings = _settings()
    if ledger is not None:
        if paths or name or complete is not None or allow_withdrawals or dry_run:
            raise click.UsageError("--ledger restores a whole store; it goes with no PATH and no other option")
        context.exit(_restore(settings, ledger))
    report = _bring_in(settings, paths, name, complete, allow_withdrawals=allow_withdrawals, dry_run=dry_run)
    _tell(report, dry_run=dry_run)
    context.exit(1 if report.rejected else 0)


def _bring_in(
    settings: "Settings",
    paths: tuple[Path, ...],
    name: str | None,
    complete: bool | None,
    *,
    allow_withdrawals: bool,
    dry_run: bool,
) -> "Report":
    from cecc_feeds.working import is_large, writers

    with writers(settings.processes) as workers:
        if _is_new(settings.database) and any(map(is_large, paths or settings.data.joinpath("records").glob("*"))):
            workers.begin()  # they load what they need while this process does

        from cecc_feeds import config, intake
        from cecc_feeds.arrangement import arrange
        from cecc_feeds.store.founding import founded
        from cecc_feeds.store.rehearsal import rehearsal

        arrangement = arrange(settings.data)
        complain(arrangement.complaints)
        with (rehearsal if dry_run else founded)(settings.database, zone=settings.timezone) as store:
            wanted = _sources(settings, arrangement, store, paths, name, complete)
            with _progress("importing") as tick:
                terms = intake.Terms(
                    settings.edition,
                    arrangement,
                    feeds=config.feed_digests(config.named_feeds(settings.data)),
                    allow_withdrawals=allow_withdrawals,
                    telling=dry_run,
                    progress=tick,
                )
                return intake.bring_all_in(
                    store, wanted, terms, workers, now=lambda: datetime.now(UTC), pause=time.sleep, dry_run=dry_run
                )


def _is_new(database: str) -> bool:
    """Whether nothing is at the place of a database yet, as far as its address says without what takes it apart."""
    return not Path(database.removeprefix("sqlite:///").partition("?")[0]).exists()


def _restore(settings: "Settings", ledger: str) -> int:
    from cecc_feeds.errors import SourceError
    from cecc_feeds.restoring import restore

    try:
        with click.open_file(ledger, "rb") as lines, _progress("restoring") as tick:
            report = restore(
                lines,
                name="stdin" if ledger == "-" else ledger,
                database=settings.database,
                edition=settings.edition,
                now=lambda: datetime.now(UTC),
                processes=settings.processes,
                progress=tick,
            )
    except OSError as error:
        raise SourceError(ledger, f"cannot be read: {error.strerror}") from None
    _tell(report, dry_run=False)
    return 1 if report.rejected else 0


@cli.command()
@click.argument("folder", required=False, metavar="[DIR]", type=click.Path(path_type=Path))
@click.option("--base-url", metavar="URL", help="The public address of the files, where it is not that of the service.")
@click.option("--ledger", metavar="FILE", help="Where the store's whole history goes instead; - is stdout.")
@click.pass_context
def export(context: click.Context, folder: Path | None, base_url: str | None, ledger: str | None) -> None:
    """Write the whole site and its feeds to DIR as files, for any file server.

    Again into the same DIR: what changed is written, what is gone is removed. With --ledger instead: the store's
    history, from which `import --ledger` makes the same store again. A server may run meanwhile.
    """
    if (folder is None) == (ledger is None) or (base_url and ledger):
        raise click.UsageError("say where: DIR for the site, or --ledger FILE for the history (- for stdout)")
    settings = _settings()
    if ledger is not None:
        _write_ledger(settings, ledger)
    elif folder is not None:
        context.exit(_write_site(settings, folder, base_url))


def _write_site(settings: "Settings", folder: Path, base_url: str | None) -> int:
    from cecc_feeds.config import address_of_service
    from cecc_feeds.export import export as run

    base_url = address_of_service("--base-url", base_url) if base_url else settings.base_url
    with _progress("exporting") as tick:
        outcome = run(settings, folder, base_url=base_url, now=datetime.now(UTC), progress=tick)
    complain(map(str, outcome.rejected))
    say(str(outcome))
    return 1 if outcome.rejected else 0


def _write_ledger(settings: "Settings", ledger: str) -> None:
    from cecc_feeds.config import program_version
    from cecc_feeds.store import Store
    from cecc_feeds.store.transfer import write_file

    with Store.open(settings.database, zone=settings.timezone, read_only=True) as store, _progress("exporting") as tick:
        lines = _counting(store.ledger(program=program_version()), tick)
        if ledger == "-":
            with click.open_file("-", "wb") as out:
                out.writelines(lines)
        else:
            write_file(Path(ledger), lines)


def _counting(lines: Iterable[bytes], tick: Callable[[int], None]) -> Iterator[bytes]:
    for line in lines:
        tick(1)
        yield line


def _sources(
    settings: "Settings",
    arrangement: "Arrangement",
    store: "Store",
    paths: tuple[Path, ...],
    name: str | None,
    complete: bool | None,
) -> "list[Source]":
    from cecc_feeds import arrangement as arranging

    if paths:
        return arranging.given(_files(paths), configured=arrangement.sources, name=name, complete=complete)
    every = arranging.all_sources(store, settings.data, arrangement)
    return arranging.chosen(every, name=name, complete=complete)


def _tell(report: "Report", *, dry_run: bool) -> None:
    complain([*map(str, report.rejected), *report.findings])
    if dry_run:
        for sentence in report.sentences:
            say(sentence)
    else:
        say(str(report))


@cli.command()
@PATHS
@click.pass_context
def check(context: click.Context, paths: tuple[Path, ...]) -> None:
    """Name data faults, storing nothing."""
    from cecc_feeds import check as checking
    from cecc_feeds.arrangement import arrange

    settings = _settings()
    arrangement = arrange(settings.data)
    complain(arrangement.complaints)
    wanted = _files(paths) if paths else [path for source in arrangement.sources for path in source.paths]
    found = checking.check(wanted, edition=settings.edition, same=arrangement.same)
    complain(found.findings)
    for advice in found.advice:
        say(advice)
    say(f"{_counted(len(found.findings), 'finding')} in {_counted(found.records, 'record')}")
    context.exit(1 if found.findings or not found.records else 0)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _settings() -> "Settings":
    from cecc_feeds import config

    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")
    return config.load()


def _files(paths: Iterable[Path]) -> list[Path]:
    """The files meant: a folder stands for the readable files below it."""
    from cecc_feeds.sources import paths_in

    return [file for path in paths for file in (paths_in(path) if path.is_dir() else [path])]


def say(line: str) -> None:
    click.echo(line)


def complain(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line, err=True)


@contextmanager
def _progress(label: str) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _count: None
        return
    with click.progressbar(
        length=0, label=label, file=sys.stderr, show_pos=True, show_percent=False, show_eta=False
    ) as bar:

        def tick(count: int) -> None:
            bar.length = bar.pos + count + 1
            bar.update(count)

        yield tick


if __name__ == "__main__":
    main()
