"""From a file's bytes to text: UTF-8, a byte order mark aside, or refused with the place of the fault.

Its one rule: nothing is guessed and nothing is replaced; a file in another encoding is the editor's to convert.
"""

from collections.abc import Iterator
from typing import BinaryIO

from cecc_feeds.errors import SourceError

BOM = b"\xef\xbb\xbf"
LINE_LIMIT = 4 * 1024 * 1024
FILE_LIMIT = 64 * 1024 * 1024
HEAD = 4096
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def whole_text(stream: BinaryIO, where: str, limit: int = FILE_LIMIT) -> str:
    """The text of a file that is read whole. SourceError where it is too large, binary or not UTF-8."""
    stream.seek(0)
    data = stream.read(limit + 1)
    if len(data) > limit:
        why = f"larger than the {limit // 1024**2} MiB that are read at once; write it as JSON Lines (.jsonl)"
        raise SourceError(where, why)
    refuse_binary(data, where)
    return decoded(data.removeprefix(BOM), where, line=1)


def raw_lines(stream: BinaryIO, where: str) -> Iterator[tuple[int, bytes | None]]:
    """(line number, line without its end) from the start; None for a line that is longer than LINE_LIMIT."""
    stream.seek(0)
    refuse_binary(stream.read(HEAD), where)
    stream.seek(0)
    number = 0
    while line := stream.readline(LINE_LIMIT + 1):
        number += 1
        too_long = len(line) > LINE_LIMIT
        while too_long and line and not line.endswith(b"\n"):
            line = stream.readline(LINE_LIMIT)
        yield number, None if too_long else (line.removeprefix(BOM) if number == 1 else line)


def decoded(data: bytes, where: str, *, line: int) -> str:
    """`data`, which begins in line `line` of its file, as text. SourceError names the line and the byte."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SourceError(where, not_utf_8(data, error, line)) from None


def not_utf_8(data: bytes, error: UnicodeDecodeError, line: int) -> str:
    """The sentence that says which byte of which line is not UTF-8."""
    before = data[: error.start]
    at = error.start - (before.rfind(b"\n") + 1) + 1
    place = f"line {line + before.count(bytes([10]))}, byte {at}"
    return f"not UTF-8: {place} is 0x{data[error.start]:02X}; save the file as UTF-8"


def refuse_binary(data: bytes, where: str) -> None:
    """SourceError for what is no text at all, and for UTF-16, which many programs call Unicode."""
    if data.startswith(UTF_16_MARKS):
        raise SourceError(where, "written in UTF-16; save the file as UTF-8")
    if (at := data.find(b"\0")) >= 0:
        raise SourceError(where, f"not a text: byte {at + 1} is NUL; only UTF-8 text is read")
