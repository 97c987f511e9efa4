"""The canonical record: an Item as one line of JSON, and the Item of such a line.

Its one rule: for every Item, the Item of its line is it, and the line of that Item the same line.
"""

import json
from collections.abc import Iterable
from datetime import date, datetime
from json.encoder import encode_basestring
from typing import Any, TypeVar
from weakref import ref

from cecc_feeds import times
from cecc_feeds.item import Event, Item, Link, Value

V = TypeVar("V", bound=Value)


def canonical(item: Item) -> dict[str, Any]:
    """The record in its one form: fields in the order of the interface, missing ones left out, times with offset."""
    return {name: _plain(value) for name, value in _present(item)}


def _present(value: Value) -> Iterable[tuple[str, Any]]:
    for name in type(value).model_fields:
        part = getattr(value, name)
        if part not in (None, "", ()):
            yield name, part


def _plain(value: Any) -> Any:
    if isinstance(value, Value):
        return {name: _plain(part) for name, part in _present(value)}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return times.fmt_stamp(value) if isinstance(value, date) else value


def record_line(item: Item) -> str:
    """The canonical record as one line of JSON, without the newline."""
    held = _lines.get(id(item))  # items never change; digest, store and entries ask for one item's line
    return _remembered(item, _object(item)) if held is None else held[1]


def _remembered(item: Item, line: str) -> str:
    if len(_lines) >= AT_HAND:
        _lines.clear()
    place = id(item)
    _lines[place] = ref(item, lambda _: _lines.pop(place, None)), line
    return line


AT_HAND = 3_000
"""How many lines are held: those of a batch, while it is read and while it is kept."""

_lines: dict[int, tuple[ref[Item], str]] = {}
"""By the place of an item in memory; a line goes with its item, whose place another may have then."""


def _object(value: Value) -> str:
    fields = [
        f'"{name}": {encode_basestring(part) if type(part) is str else spelled(part)}'
        for name, part in value.__dict__.items()  # in the order of the fields
        if part
    ]
    return f"{{{', '.join(fields)}}}"


def spelled(value: Any) -> str:
    """A value of a record, or several, as it stands in its line."""
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, date):
        return f'"{times.fmt_stamp(value)}"'
    return f"[{', '.join(map(spelled, value))}]" if isinstance(value, tuple) else _object(value)


def item_of_record(line: str, zone: str) -> Item:
    """The Item of a canonical record that we wrote, neither checked nor cleaned again; `zone` is that of `item_from`.

    Anything but a line of `record_line` gives nonsense.
    """
    told = json.loads(line)
    given = set(told)
    for name in ("published", "updated"):
        if name in told:
            told[name] = _stamp(told[name])
    if "topics" in told:
        told["topics"] = tuple(told["topics"])
    if "links" in told:
        told["links"] = tuple(_made(Link, link, set(link)) for link in told["links"])
    if "event" in told:
        told["event"] = _event(told["event"], zone)
    made = _made(Item, told, given)
    _remembered(made, line)
    return made


def _stamp(spelled: str) -> date | datetime:
    return date.fromisoformat(spelled) if len(spelled) == times.DAY_LENGTH else datetime.fromisoformat(spelled)


def _event(told: dict[str, Any], zone: str) -> Event:
    tz = times.zone(told.get("timezone", zone))
    for name in ("start", "end"):
        if name in told:
            edge = _stamp(told[name])
            told[name] = edge.astimezone(tz) if isinstance(edge, datetime) else edge
    return _made(Event, told, set(told))


def _made(kind: type[V], told: dict[str, Any], given: set[str]) -> V:
    """A value of parts that are known to be its; as pickle makes one."""
    made = kind.__new__(kind)
    made.__setstate__(
        {
            "__dict__": {**_BLANK[kind], **told},
            "__pydantic_fields_set__": given,
            "__pydantic_extra__": None,
            "__pydantic_private__": None,
        }
    )
    return made


_BLANK: dict[type[Value], dict[str, Any]] = {
    kind: {name: None if field.is_required() else field.default for name, field in kind.model_fields.items()}
    for kind in (Item, Event, Link)
}
"""The fields in their order, each with what it holds where a record says nothing."""
