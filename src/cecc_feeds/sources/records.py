"""Record files: JSON Lines, JSON and YAML, as drafts of records (CSV has a module of its own).

Its one rule: a decoder may refuse, never repair or guess. Strings stay as written, a field named twice is refused, and
what could exhaust memory or the stack (depth, anchors, endless numbers and lines) is refused before it is built.
"""

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, NoReturn

from cecc_feeds.errors import RecordError, SourceError
from cecc_feeds.model import Rejected
from cecc_feeds.sources.found import Draft
from cecc_feeds.sources.octets import LINE_LIMIT, not_utf_8, raw_lines, whole_text
from cecc_feeds.text import quoted

DEPTH = 20
"""How deep a record may nest; the deepest field of the interface stands at 4."""


TOO_LONG = f"the line is longer than {LINE_LIMIT // 1024**2} MiB"


def json_line_drafts(stream: BinaryIO, where: str) -> Iterator[Draft | Rejected]:
    """The records of JSON Lines, one a line; blank lines are nothing, a bad line is one refusal."""
    for number, line in raw_lines(stream, where):
        place = f"{where}:{number}"
        if line is None:
            yield Rejected(place, TOO_LONG)
        elif line.strip():
            yield line_draft(line, place, number)


def line_draft(line: bytes, place: str, number: int) -> Draft | Rejected:
    """The record of one line of JSON Lines, or its refusal."""
    try:
        return _draft(decode_json(line.decode("utf-8").strip()), place)
    except UnicodeDecodeError as error:
        return Rejected(place, not_utf_8(line, error, number))
    except RecordError as error:
        return Rejected(place, str(error))


def json_drafts(stream: BinaryIO, where: str) -> Iterator[Draft | Rejected]:
    """The records of a JSON file: an array of objects, one object, or (misnamed JSON Lines) one object a line."""
    text = whole_text(stream, where)
    try:
        value = decode_json(text)
    except RecordError as error:
        if not _looks_like_json_lines(text):
            raise SourceError(where, str(error)) from None
        yield from json_line_drafts(stream, where)
    else:
        yield from _named(value if isinstance(value, list) else [value], where)


def yaml_drafts(stream: BinaryIO, where: str) -> Iterator[Draft | Rejected]:
    """The records of a YAML file: of each document a list of mappings, or one mapping."""
    from cecc_feeds.sources.strictyaml import documents

    values: list[object] = []
    for value in documents(whole_text(stream, where), where):
        values += value if isinstance(value, list) else [] if value is None else [value]
    yield from _named(values, where)


def decode_json(text: str) -> object:
    """The value of a JSON text. RecordError, with the place, for anything that is not plain JSON (RFC 8259)."""
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}" if "\n" in text.rstrip() else f"column {error.colno}"
        reason = error.msg[0].lower() + error.msg[1:]
        near = quoted(text[error.pos : error.pos + 30]) if text[error.pos :].strip() else "the end"
        raise RecordError(f"not JSON: {reason} ({place}, at {near})") from None
    except RecursionError:
        raise _too_deep() from None
    except RecordError:
        raise
    except ValueError:  # int() refuses thousands of digits
        raise RecordError("a number in it is too long") from None
    refuse_odd(value, text)
    return value


def refuse_odd(value: object, text: str) -> None:
    """RecordError for a value that nests too deep or holds half of a surrogate pair; `text` is what it came from."""
    if text.count("[") + text.count("{") > DEPTH and _depth(value) > DEPTH:
        raise _too_deep()
    if "\\u" in text or "\\U" in text:
        _refuse_half_characters(value)


def _refuse_half_characters(value: object) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        half = f"U+{ord(error.object[error.start]):04X}"
        raise RecordError(f"half a character, {half}, stands in it; write the whole character") from None


def _depth(value: object) -> int:
    depth, level = 0, [value]
    while level and depth <= DEPTH:
        depth += 1
        level = [part for one in level for part in _parts(one)]
    return depth


def _parts(value: object) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []


def _too_deep() -> RecordError:
    return RecordError(f"it nests deeper than {DEPTH} levels")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise RecordError(f"has {quoted(twice)} twice")
    return found


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise RecordError(f"the number {quoted(number)} is too large")
    return value


def _no_number(name: str) -> NoReturn:
    raise RecordError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_finite, parse_constant=_no_number)


def _looks_like_json_lines(text: str) -> bool:
    lines = [line for line in text.split("\n") if line.strip()]
    return len(lines) > 1 and all(line.lstrip().startswith("{") for line in lines[:2])


def _named(values: list[Any], where: str) -> Iterator[Draft | Rejected]:
    """Drafts placed as FILE#ID; as FILE#3, the third record, where there is no id or another has it too."""
    names = [_own_name(value) for value in values]
    counts = Counter(names)
    for at, (value, name) in enumerate(zip(values, names, strict=True), 1):
        yield _draft(value, f"{where}#{name if name and counts[name] == 1 else at}")


def _own_name(value: object) -> str:
    name = value.get("id") if isinstance(value, Mapping) else None
    return name if isinstance(name, str) and len(name) <= 200 and name.isprintable() else ""


def _draft(value: object, place: str) -> Draft | Rejected:
    if isinstance(value, Mapping):
        return Draft(value, place)
    kind = {list: "a list", str: "a text", bool: "a truth value", type(None): "null"}.get(type(value), "a number")
    return Rejected(place, f"a record must be an object with fields, not {kind}")
