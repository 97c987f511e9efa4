"""The last look at a rendered VEVENT, byte by byte: whatever a known client would choke on (clients.md 1.2, 2.1, 2.4).

Its one rule: it reads only the bytes, never the item, so that it also finds what a library or a template did wrong.
An event that fails is left out of the calendar; one bad event must never take the feed down (F58).
"""

import re
from collections.abc import Callable, Iterator

Property = tuple[str, str, str]
"""Name, parameters with their semicolons, value: of one unfolded line."""

ORDER = (
    "UID", "DTSTAMP", "CREATED", "LAST-MODIFIED", "SEQUENCE", "DTSTART", "DTEND", "SUMMARY", "STATUS", "CLASS",
    "TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS", "LOCATION", "URL", "CATEGORIES", "DESCRIPTION",
)  # fmt: skip
OPTIONAL = {"LOCATION", "CATEGORIES"}
MOST = {"SUMMARY": 250, "DESCRIPTION": 4_000}
"""Characters before escaping (clients.md 2.1 rule 3)."""

TEXTS = {"SUMMARY", "LOCATION", "DESCRIPTION"}
FREE = (*TEXTS, "CATEGORIES")
"""What may hold any character."""

UTC = r"\d{8}T\d{6}Z"
VALUES = {
    "UID": r"[!-~]+",
    "DTSTAMP": UTC,
    "CREATED": UTC,
    "LAST-MODIFIED": UTC,
    "SEQUENCE": r"\d{1,6}",
    "SUMMARY": r".+",
    "STATUS": r"CONFIRMED|TENTATIVE|CANCELLED",
    "CLASS": r"PUBLIC",
    "TRANSP": r"TRANSPARENT|OPAQUE",
    "URL": r"https?://[!-~]+",
}
MOMENTS = {"": UTC, ";VALUE=DATE": r"\d{8}", ";TZID=": r"\d{8}T\d{6}"}
TZID = re.compile(r"(;TZID=)(?!Etc/)[A-Za-z_]+(?:/[A-Za-z0-9_+-]+){1,2}")

LINE = re.compile(r'([A-Z0-9-]+)((?:;[A-Z0-9-]+=(?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)*):(.*)')
UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
UNFIT_IN_LINE = re.compile(rf"[\r\n]|{UNFIT.pattern}")
BARE_END = re.compile(rb"(?<!\r)\n|\r(?!\n)")
ESCAPES = re.compile(r"[^\\,;]*+(?:\\[\\,;n][^\\,;]*+)*+")
ONE_ESCAPE = re.compile(r"\\.")
MOST_OCTETS = 75
BEGIN, END = b"BEGIN:VEVENT\r\n", b"END:VEVENT\r\n"


def _line_of(name: str) -> str:
    """A pattern of the line of a property as it mostly is; what it does not take may still be sound."""
    if name == "DTSTART":
        zone = f"(?P<zone>{TZID.pattern})"
        kinds = (("", "", ""), (";VALUE=DATE", ";VALUE=DATE", ";VALUE=DATE"), (";TZID=", zone, "(?P=zone)"))
        pairs = (
            rf"DTSTART{begun}:(?P<start{at}>{MOMENTS[kind]})\r\nDTEND{ended}:(?P<end{at}>{MOMENTS[kind]})\r\n"
            for at, (kind, begun, ended) in enumerate(kinds)
        )
        return f"(?:{'|'.join(pairs)})"
    value = PLAIN.get(name) or VALUES.get(name, "[A-Z]+")
    made = rf"{name}:(?P<{name.replace('-', '_')}>{value})\r\n"
    return f"(?:{made})?" if name in OPTIONAL else made


ESCAPED = r"[^\r\\,;]*+(?:\\[\\,;n][^\r\\,;]*+)*+"
PLAIN = dict.fromkeys(TEXTS, ESCAPED) | {"CATEGORIES": r"[^\r]*", "SUMMARY": f"(?!\r){ESCAPED}"}
LINES = "".join(_line_of(name) for name in ORDER if name != "DTEND")
SOUND = re.compile(f"BEGIN:VEVENT\r\n{LINES}END:VEVENT\r\n".encode())
"""Nearly every event, unfolded; what it takes has no fault but those of its bytes, lengths and order in time."""


def faults(vevent: bytes) -> list[str]:
    """Everything wrong with one VEVENT as it will stand in the file, one sentence each; empty: it may go out."""
    return [] if _is_plainly_sound(vevent) else every_fault(vevent)


def _is_plainly_sound(vevent: bytes) -> bool:
    """Whether one look is enough to know that there is no fault: false only means that a second one is needed."""
    *lines, rest = vevent.split(b"\r\n")
    if rest or b"" in lines or max(map(len, lines)) > MOST_OCTETS or b"\\\r\n " in vevent:
        return False
    try:
        whole = b"".join(lines).decode()
    except UnicodeDecodeError:
        return False
    if not whole.isprintable() and UNFIT_IN_LINE.search(whole):
        return False
    sound = SOUND.fullmatch(b"".join(vevent.split(b"\r\n ")))  # unfolded; `replace` takes longer
    return sound is not None and _is_plainly_short(sound) and _ends_after_start(sound)


def _is_plainly_short(sound: re.Match[bytes]) -> bool:
    """Whether texts are so short that nobody need count characters."""
    return all(len(sound[name]) <= most for name, most in MOST.items())


def _ends_after_start(sound: re.Match[bytes]) -> bool:
    starts, ends = sound.group("start0", "start1", "start2"), sound.group("end0", "end1", "end2")
    return b"".join(filter(None, ends)) > b"".join(filter(None, starts))  # one of each is there


def every_fault(vevent: bytes) -> list[str]:
    """As `faults`, by looking at each line."""
    found = list(_byte_faults(vevent))
    if found:
        return found
    lines = vevent.decode().replace("\r\n ", "").split("\r\n")[1:-2]
    matches = [LINE.fullmatch(line) for line in lines]
    unreadable = [line for line, match in zip(lines, matches, strict=True) if match is None]
    if unreadable:
        return [f"not a line of iCalendar: {unreadable[0][:60]!r}"]
    properties: list[Property] = [(match[1], match[2], match[3]) for match in matches if match]
    return [fault for check in CHECKS for fault in check(properties)]


def _byte_faults(vevent: bytes) -> Iterator[str]:
    if not vevent.startswith(BEGIN) or not vevent.endswith(END):
        yield "not one VEVENT from BEGIN to END"
    if BARE_END.search(vevent):
        yield "a line does not end in CRLF"
    try:
        unfit = UNFIT.search(vevent.decode())
    except UnicodeDecodeError:
        yield "not UTF-8, or folded inside a character"
        return
    if unfit:
        yield f"holds the character U+{ord(unfit[0]):04X}"
    yield from _folding_faults(vevent.split(b"\r\n")[:-1])


def _folding_faults(lines: list[bytes]) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        if not line:
            yield f"line {number} is blank"
        if len(line) > MOST_OCTETS:
            yield f"line {number} has {len(line)} octets, more than {MOST_OCTETS}"
        folded = number < len(lines) and lines[number].startswith(b" ")
        if folded and (len(line) - len(line.rstrip(b"\\"))) % 2:
            yield f"line {number} breaks inside an escape"


def _order_faults(properties: list[Property]) -> Iterator[str]:
    names = [name for name, _, _ in properties]
    expected = [name for name in ORDER if name in names or name not in OPTIONAL]
    if names != expected:
        yield f"properties are {' '.join(names)}; expected {' '.join(expected)}"


def _value_faults(properties: list[Property]) -> Iterator[str]:
    for name, parameters, value in properties:
        if name in VALUES and (parameters or not re.fullmatch(VALUES[name], value)):
            yield f"{name}{parameters} cannot be {value[:60]!r}"


def _text_faults(properties: list[Property]) -> Iterator[str]:
    for name, _, value in properties:
        if name in TEXTS and not ESCAPES.fullmatch(value):
            yield f"{name} is escaped wrongly"
        length = len(ONE_ESCAPE.sub(".", value))
        if length > MOST.get(name, length):
            yield f"{name} has {length} characters, more than {MOST[name]}"


def _time_faults(properties: list[Property]) -> Iterator[str]:
    moments = {name: (parameters, value) for name, parameters, value in properties if name in ("DTSTART", "DTEND")}
    for name, (parameters, value) in moments.items():
        kind = TZID.fullmatch(parameters)
        pattern = MOMENTS.get(kind[1] if kind else parameters)
        if pattern is None or not re.fullmatch(pattern, value):
            yield f"{name}{parameters}:{value} is floating or malformed"
    (start_kind, start), (end_kind, end) = moments.get("DTSTART", ("", "")), moments.get("DTEND", ("", ""))
    if start_kind != end_kind:
        yield "DTSTART and DTEND are not of the same kind"
    elif end <= start:
        yield f"DTEND {end} is not after DTSTART {start}"


Check = Callable[[list[Property]], Iterator[str]]
CHECKS: tuple[Check, ...] = (_order_faults, _value_faults, _text_faults, _time_faults)
