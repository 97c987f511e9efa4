"""Checking: the faults of data that an editor can mend, named without storing anything.

Its one rule: a finding is a sentence with its place; whatever an import would refuse or doubt is one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from cecc_feeds import doubts, identity, times
from cecc_feeds.errors import RenderError, SourceError
from cecc_feeds.model import Edition, Item, Kept, Rejected, Revision, dated
from cecc_feeds.render import entries
from cecc_feeds.same import NOTHING_SAID, Same
from cecc_feeds.sources import Located, kind_of, read_path

SEEN = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Findings:
    """What a check found: `findings` are faults, `advice` lines an editor may add, `records` how many were read."""

    findings: list[str] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)
    records: int = 0


def check(paths: Iterable[Path], *, edition: Edition, same: Same = NOTHING_SAID) -> Findings:
    """Read files and name their faults; not of items of which people said whether they are the same."""
    found = Findings()
    located: list[Located] = []
    for path in paths:
        those = list(_read(path, edition, found))
        for one in those:
            found.findings += [f"{one.where}: {why}" for why in _faults(one.item, edition)]
        found.findings += _doubles(those, same)
        located += those
    found.findings += [*_two_times(located, same), *_one_id(located)]
    return found


def _read(path: Path, edition: Edition, found: Findings) -> Iterator[Located]:
    try:
        advisable = kind_of(path) == "records"
        for one in read_path(path, zone=edition.zone):
            found.records += 1
            if isinstance(one, Rejected):
                found.findings.append(str(one))
                continue
            if advisable and not one.named:
                found.advice.append(f'{one.where}: to keep its address whatever changes, add "id": "{one.item.id}"')
            yield one
    except SourceError as error:
        found.findings.append(str(error))


def _faults(item: Item, edition: Edition) -> Iterator[str]:
    event = item.event
    if event and event.end is None:
        when = times.span_words(event.start, None)
        yield (
            f"the end is not known ({when}); calendars will show two hours"
            if not event.all_day
            else (f"the time is not known ({when}); calendars will show the day")
        )
    try:
        entries(_kept(item, edition), edition)
    except RenderError as error:
        yield f"left out of the feeds: {error}"


def _kept(item: Item, edition: Edition) -> Kept:
    instant, day = dated(item, first_seen=SEEN, zone=edition.zone)
    kept = Kept(item, SEEN, instant, day, news=Revision(SEEN))
    return replace(kept, calendar=Revision(SEEN)) if item.event else kept


def _doubles(located: Iterable[Located], same: Same) -> Iterator[str]:
    """Records of one file that an import takes for one item though they go by different ids."""
    first: dict[str, Located] = {}
    told: set[tuple[str, str]] = set()
    for one in located:
        for key in identity.keys(one.item):
            other = first.setdefault(key, one)
            pair = (other.where, one.where)
            known = pair in told or not identity.same_day(one.item, other.item) or same.silences(one.item, other.item)
            if other is not one and not known and not identity.titled_apart(one.item, other.item):
                told.add(pair)
                yield doubts.taken_for_one(one.where, other.item.id, other.where)


def _one_id(located: Iterable[Located]) -> Iterator[str]:
    """Records of several files that go by one id and name different times; of one file they are refused."""
    first: dict[str, Located] = {}
    for one in located:
        other = first.setdefault(one.item.id, one)
        if one.item.event and other.item.event and not identity.same_day(one.item, other.item):
            yield doubts.other_time(one.where, one.item.id, other.where, other.item.event, own_id=True)


def _two_times(located: Iterable[Located], same: Same) -> Iterator[str]:
    """What may be one event under two times: the same day, and titles that don't tell the two apart (shapes.md 2.4)."""
    by_day: dict[date, list[Located]] = {}
    for one in located:
        if one.item.event and not one.item.event.all_day:
            by_day.setdefault(one.item.event.first_day, []).append(one)
    for _, those in sorted(by_day.items()):
        for number, one in enumerate(those):
            for other in those[:number]:
                if doubts.alike(one.item, other.item) and not same.silences(one.item, other.item):
                    yield doubts.may_be_one(one.item, one.where, other.item, other.where)
