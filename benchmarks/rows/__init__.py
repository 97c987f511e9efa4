"""The rows of the table, in its order."""

from benchmarks.promises import Promise
from benchmarks.rows import busy, cold, command, edits, growth, hot, importing, memory

PROMISES: tuple[Promise, ...] = (
    *hot.ROWS,
    *busy.ROWS,
    *cold.ROWS,
    *growth.ROWS,
    *importing.ROWS,
    *edits.ROWS,
    *memory.ROWS,
    *command.ROWS,
)
GROUPS = tuple(dict.fromkeys(promise.group for promise in PROMISES))
