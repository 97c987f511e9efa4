"""The fields of a record: what each takes, cleaned, and the sentence that says what is wrong with the rest.

Its one rule: a text is cleaned here, once, as it comes in (house.md); nothing downstream asks again.
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from difflib import get_close_matches
from functools import lru_cache
from typing import Annotated, Any

from pydantic import PlainValidator, ValidationError, WithJsonSchema

from cecc_feeds import text, times
from cecc_feeds.errors import RecordError

STATUSES = ("confirmed", "tentative", "postponed", "cancelled")
CHANGES = (
    "announced", "scheduled", "moved", "place", "cancelled", "postponed", "tentative", "confirmed", "withdrawn",
    "returned", "joined", "transcript", "webcast", "link", "title", "type", "topics", "text", "date", "updated",
    "address",
)  # fmt: skip
"""The kinds of changes that the ledger tells apart, as `change=` takes them."""


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RecordError(f"must be text, not {shown(value)}")
    return str(value)


def shown(value: object) -> str:
    """A value as JSON, fit for an error's sentence: one clean line of at most 80 characters."""
    try:
        spelled = json.dumps(value, ensure_ascii=False, default=str)
    except (RecursionError, ValueError):  # nested without end, or a number of thousands of digits
        return f"such a {type(value).__name__}"
    return text.shorten(text.clean_line(spelled), 80)


def _stamp(value: object) -> date | datetime:
    if isinstance(value, date):
        value = value.isoformat()
    if not isinstance(value, str):
        raise RecordError(f"must be a date such as 2026-04-30, not {shown(value)}")
    return _stamp_once(value) if len(value) <= SHORT else times.parse_stamp(text.clean_line(value))


SHORT = 32


@lru_cache(maxsize=8192)
def _stamp_once(value: str) -> date | datetime:
    return times.parse_stamp(text.clean_line(value))


def _edge(value: object) -> date | datetime:
    if not isinstance(value, date):
        raise RecordError(f"must be a date or a date-time such as 2026-04-30T14:00:00-04:00, not {shown(value)}")
    if isinstance(value, datetime) and value.tzinfo is None:
        raise RecordError(f"{shown(value)} gives no offset and is in no zone")
    if value.year not in times.YEARS:  # an offset can lead out of them
        raise RecordError(f"{times.fmt_stamp(value)}: the year is not between {times.YEARS[0]} and {times.YEARS[-1]}")
    return value


def _line(value: object) -> str:
    line = text.door_line(value if isinstance(value, str) else _as_text(value))
    if len(line) > LINE_LENGTH:
        raise RecordError(f"has more than {LINE_LENGTH} characters")
    return line


def _prose(value: object) -> str:
    prose = text.door_text(_as_text(value))
    if len(prose) > PROSE_LENGTH:
        raise RecordError(f"has more than {PROSE_LENGTH} characters")
    return prose


LINE_LENGTH, PROSE_LENGTH = 2_000, 200_000


def _url(value: object) -> str:
    return text.safe_url(_as_text(value))


def _link_url(value: object) -> str:
    return text.safe_url(_as_text(value), schemes=("http", "https", "mailto"))


def _language(value: object) -> str:
    tag = _as_text(value)
    if not tag.replace("-", "").isalnum() or not tag.isascii() or len(tag) > 35:
        raise RecordError(f"{shown(tag)} is not a language tag such as en or zh-Hans")
    return tag


def _id(value: object) -> str:
    name = _as_text(value)
    if not ID.fullmatch(name):
        raise RecordError(f"{shown(name)} is not an id: 1 to 200 of a-z 0-9 - . _")
    if not name.strip("."):
        raise RecordError(f"{shown(name)} cannot be an id: an address cannot end in dots alone")
    return name


ID = re.compile("[a-z0-9._-]{1,200}")

DATE_SCHEMA = {"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]}
ID_SCHEMA = {"anyOf": [{"type": "string"}, {"const": "", "type": "string"}]}

# One validator a field, which looks at the value once.
Line = Annotated[str, PlainValidator(_line), WithJsonSchema({"maxLength": LINE_LENGTH, "type": "string"})]
Prose = Annotated[str, PlainValidator(_prose), WithJsonSchema({"maxLength": PROSE_LENGTH, "type": "string"})]
Id = Annotated[str, PlainValidator(_id), WithJsonSchema(ID_SCHEMA)]
Url = Annotated[str, PlainValidator(_url), WithJsonSchema({"format": "uri", "type": "string"})]
LinkUrl = Annotated[str, PlainValidator(_link_url), WithJsonSchema({"format": "uri", "type": "string"})]
Language = Annotated[str, PlainValidator(_language), WithJsonSchema({"type": "string"})]
Stamp = Annotated[date | datetime, PlainValidator(_stamp), WithJsonSchema(DATE_SCHEMA)]
Edge = Annotated[date | datetime, PlainValidator(_edge), WithJsonSchema(DATE_SCHEMA)]


def blank(value: object) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, list | tuple | dict) and not value)


def sentences(error: ValidationError, names: Iterable[str]) -> Iterable[str]:
    """What is wrong, a sentence a field; `names` are the fields that there are."""
    for fault in error.errors(include_url=False)[:4]:
        place = ".".join(str(part) for part in fault["loc"])
        yield _sentence(place, fault["type"], fault["msg"], fault.get("ctx") or {}, names)


SENTENCES = {
    "tuple_type": "must be a list",
    "model_type": "must be an object with fields",
}


def _sentence(place: str, kind: str, message: str, context: Mapping[str, Any], names: Iterable[str]) -> str:
    if kind == "missing":
        return f'"{place}" is missing'
    if kind == "extra_forbidden":
        last = {name.rsplit(".", 1)[-1]: name for name in reversed(list(names))}
        near = get_close_matches(place.rsplit(".", 1)[-1].lower(), list(last), n=1)
        hint = f'; did you mean "{last[near[0]]}"?' if near else ""
        return f'"{text.shorten(text.clean_line(place), 60)}" is not a field of a record{hint}'
    if kind == "value_error":
        return f"{place}: {context['error']}" if place else str(context["error"])
    if kind in SENTENCES:
        return f"{place}: {SENTENCES[kind]}"
    if kind == "literal_error" and place.endswith("status"):
        return f"{place}: must be one of {', '.join(STATUSES)}"
    return f"{place}: {message[0].lower()}{message[1:]}" if place else message
