"""The lists that are kept ready: present items by what they are and when, and the words that they are found by.

Its one rule: all of it follows from `item` and `version`; `rebuild` makes it anew.

Each list is named by a number, its facet: that of a type or topic doubled for its items by date, and one more for its
events by start. A place in a list is a number, too, which grows with the date and ends with the item's seat (`place`).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from cecc_feeds import text
from cecc_feeds.memory import held_at_once
from cecc_feeds.store import asking, rows, ties

State = Mapping[str, Any]
"""The columns of `version` that say what an item is, its `seat`, and where they are at hand, `words`: what is
`spelled` of the record."""

ALL, EVENTS, EVENTS_BY_DATE, TOLD = 0, 1, -2, -1
SHIFT, MASK = ties.SHIFT, ties.MASK
BEGIN = -2_211_753_600
"""December 1, 1899: no record is older."""

BATCH = 2_000
Numbers = Mapping[tuple[str, str], int]
"""Kind and slug of a type or topic to its number."""


def place(at: int, seat: int) -> int:
    """Where an item stands among all of its list, at an instant."""
    return (at - BEGIN) << SHIFT | seat


def instant_of(k: int) -> int:
    return (k >> SHIFT) + BEGIN


def month_facet(day: str) -> int:
    """Under which number the events of a month are counted."""
    return -int(day[:4] + day[5:7])


def tokens(run: str) -> str:
    """What a run of Chinese or Japanese is found by: its characters and neighbouring pairs."""
    return " ".join((*run, *_pairs(run)))


def _pairs(run: str) -> list[str]:
    return [run[n : n + 2] for n in range(len(run) - 1)]


def sought(word: str) -> tuple[str, ...]:
    """What must all be found for a word to be there: of a long run every pair, which does not yet prove it."""
    return tuple(_pairs(word)) if len(word) > 1 and text.is_cjk(word) else (word,)


def spelled(searched: str) -> str:
    """A text as FTS5 takes it apart: it folds what is ASCII by itself. Marks begin with _, and nothing else may."""
    return text.folded_beyond_ascii(searched.replace("_", " "), tokens)


def text_of(state: State, named: Sequence[int]) -> str:
    """All that a state is found by; `named`: the numbers of its type and topics."""
    words: str = state["words"] if "words" in state else spelled(rows.searched(state["record"]))
    event = "" if state["start"] is None else f" _e _s{state['status']}"
    topics = "".join([f" _o{n}" for n in named[1:]])
    return f"{words} _t{named[0]}{topics}{event}{' _w' if state['withdrawn'] else ''}"


class Standing(NamedTuple):
    """Where a state stands: facet and place of each list that holds it, its places by date and by start, its words."""

    lists: Sequence[tuple[int, int]] = ()
    dated: int | None = None
    start: int | None = None
    text: str = ""


NOWHERE = Standing()


def standing(state: State, numbers: Numbers) -> Standing:
    named = [numbers["type", state["type"]], *[numbers["topic", slug] for slug in state["topics"].split()]]
    told, k = text_of(state, named), place(state["dated"], state["seat"])
    lists = [(ALL, k), *[(2 * n, k) for n in named]]
    if state["start"] is None:
        return Standing(lists, k, None, told)
    start = place(state["start"], state["seat"])
    lists += [(EVENTS_BY_DATE, k), (EVENTS, start), *[(2 * n + 1, start) for n in named]]
    return Standing(lists, k, start, told)


class Lists:
    """Changes of lists, brought about together by `flush`, and those of words, when there are many, by `finish`: sorted
    by place, since FTS5 is slow at backward steps."""

    def __init__(self, connection: Connection, numbers: Numbers) -> None:
        self._connection = connection
        self._numbers = numbers
        self._gone: list[tuple[int, int]] = []
        self._come: list[tuple[int, int]] = []
        self._tally: Counter[int] = Counter()
        self._withdrawn: Counter[int] = Counter()
        self._words: dict[str, tuple[list[tuple[int, str]], dict[int, str]]] = {
            "item_words": ([], {}),
            "event_words": ([], {}),
        }
        self._trail: list[tuple[int, str]] = []
        self._length = 0
        self._spelled = 0
        self._found: dict[int, tuple[State, Standing]] = {}

    def _standing(self, state: State | None) -> Standing:
        """Made once for a state, which is kept so that no other is taken for it."""
        if state is None:
            return NOWHERE
        held = self._found.get(id(state))
        if held is None:
            held = self._found[id(state)] = state, standing(state, self._numbers)
        return held[1]

    def change(self, before: State | None, after: State | None) -> None:
        """An item's present state is another one."""
        was, now = self._standing(before), self._standing(after)
        if before is None:
            self._come += now.lists
        else:
            listed = set(was.lists), set(now.lists)
            self._gone += listed[0] - listed[1]
            self._come += listed[1] - listed[0]
        if before is not None:
            self._count(before, was, -1)
        if after is not None:
            self._count(after, now, 1)
        same = was.text == now.text
        for table, old, new in (("item_words", was.dated, now.dated), ("event_words", was.start, now.start)):
            if old == new and same:
                continue
            gone, come = self._words[table]
            if old is not None and come.pop(old, None) is None:
                gone.append((old, was.text))
            if new is not None:
                come[new] = now.text

    def _count(self, state: State, there: Standing, by: int) -> None:
        facets = [facet for facet, _ in there.lists]
        if state["first_day"]:
            facets.append(month_facet(state["first_day"]))
        counted = (self._tally, self._withdrawn) if state["withdrawn"] else (self._tally,)
        for tally in counted:
            for facet in facets:
                tally[facet] += by

    def tell(self, n: int, after: State, before: State | None, kinds: str | None) -> None:
        """A version came to be: it is found by what the item is and by what it was; `kinds`: of what is told."""
        words = self._standing(after).text
        if before is not None and (old := self._standing(before).text) != words:
            words = f"{words} {old}"
        if kinds is not None:
            words += "".join([f" _k{kind}" for kind in kinds.split()])
            self._tally[TOLD] += 1
        self._trail.append((n, words))
        self._length += len(words)

    def flush(self, *, falling: int = ties.NONE) -> None:
        """`falling`: see `ties.note`."""
        asking.many(self._connection, "DELETE FROM listed WHERE facet = ? AND k = ?", sorted(self._gone))
        ties.note(self._connection, [k for facet, k in self._come if facet == ALL], falling=falling)
        asking.many(self._connection, "INSERT INTO listed (facet, k) VALUES (?, ?)", sorted(self._come))
        counted = [
            (facet, self._tally[facet], self._withdrawn[facet]) for facet in self._tally.keys() | self._withdrawn.keys()
        ]
        asking.many(self._connection, TALLY, [row for row in counted if row[1] or row[2]])
        for done in (self._gone, self._come, self._tally, self._withdrawn, self._found):
            done.clear()
        if len(self._trail) >= MANY or self._length >= LONG:
            if self._spelled == 0:
                self._tell("automerge", MANY_PIECES)
            self._spell()

    def finish(self) -> None:
        """Let what came be found by its words, and what went no more. Where that is half of all or more, each table of
        words is made one piece again: a search looks into every piece."""
        many = self._spelled > 0
        self._spell()
        if many:
            self._tell("automerge", FEW_PIECES)
            if 2 * self._spelled >= asking.value(self._connection, "SELECT max(n) FROM version"):
                self._tell("optimize")
        self._spelled = 0

    def _tell(self, command: str, value: int | None = None) -> None:
        """Give a command to FTS5, for all tables of words."""
        for table in _INSERT:
            self._connection.exec_driver_sql(f"INSERT INTO {table} ({table}, rank) VALUES (?, ?)", (command, value))  # noqa: S608 - a name of ours

    def _spell(self) -> None:
        for table, (gone, come) in self._words.items():
            asking.each(self._connection, _DELETE[table], sorted(gone))
            asking.each(self._connection, _INSERT[table], sorted(come.items()))
            gone.clear()
            come.clear()
        asking.each(self._connection, _INSERT["trail"], self._trail)
        self._spelled += len(self._trail)
        self._trail.clear()
        self._length = 0


MANY = 10_000
"""Of how many versions the words wait."""

LONG = 16 * 1024 * 1024
"""How many characters of words wait."""

FEW_PIECES, MANY_PIECES = 4, 8
"""How many pieces of a size come together before FTS5 makes one of them: by itself, and while many come, of which all
is made one piece at the end, so that less is made twice."""


_DELETE = {
    "item_words": "INSERT INTO item_words (item_words, rowid, t) VALUES ('delete', ?, ?)",
    "event_words": "INSERT INTO event_words (event_words, rowid, t) VALUES ('delete', ?, ?)",
}
_INSERT = {
    "item_words": "INSERT INTO item_words (rowid, t) VALUES (?, ?)",
    "event_words": "INSERT INTO event_words (rowid, t) VALUES (?, ?)",
    "trail": "INSERT INTO trail (rowid, t) VALUES (?, ?)",
}
TALLY = (
    "INSERT INTO tally (facet, total, withdrawn) VALUES (?, ?, ?) ON CONFLICT (facet) DO UPDATE "
    "SET total = total + excluded.total, withdrawn = withdrawn + excluded.withdrawn"
)

STATE = ("withdrawn", "type", "topics", "status", "start", "first_day", "dated", "record")
"""What `Lists` asks of a state."""


def numbers_of(connection: Connection) -> dict[tuple[str, str], int]:
    return {(kind, slug): n for n, kind, slug in connection.exec_driver_sql("SELECT n, kind, slug FROM slug")}


def rebuild(connection: Connection) -> None:
    """Make all lists anew from what is kept."""
    for emptied in ("listed", "mixed", "tally", "alias"):
        connection.exec_driver_sql(f"DELETE FROM {emptied}")  # noqa: S608 - a name of ours
    for table in _INSERT:
        connection.exec_driver_sql(f"INSERT INTO {table} ({table}) VALUES ('delete-all')")  # noqa: S608 - a name of ours
    numbers = numbers_of(connection)
    lists = Lists(connection, numbers)
    for part in _batches(connection):
        for n, kinds, present, after, before in part:
            lists.tell(n, after, before, kinds)
            if present:
                lists.change(None, after)
        lists.flush()
    lists.finish()


def _batches(connection: Connection) -> Iterator[list[tuple[int, str | None, bool, State, State | None]]]:
    """Every version by number, with the kinds of what it tells, whether it is present, and the one before it."""
    width = len(STATE)
    for found in held_at_once(connection.exec_driver_sql(EVERY), _length, BATCH):
        yield [
            (
                row[0],
                row[1],
                bool(row[2]),
                {"seat": row[3], **dict(zip(STATE, row[4 : 4 + width], strict=True))},
                {"seat": row[3], **dict(zip(STATE, row[4 + width :], strict=True))}
                if row[4 + width] is not None
                else None,
            )
            for row in found
        ]


def _length(row: Sequence[Any]) -> int:
    """How long the records of a version and of the one before it are."""
    return len(row[3 + len(STATE)]) + len(row[-1] or "")


EVERY = " ".join(
    (
        "SELECT v.n, CASE WHEN v.told IS NULL THEN NULL ELSE v.kinds END, item.version IS v.n, item.seat,",
        ", ".join(f"{one}.{column}" for one in "vp" for column in STATE),
        "FROM version v JOIN item ON item.n = v.item LEFT JOIN version p ON p.n = v.previous",
        "ORDER BY v.n",
    )
)
