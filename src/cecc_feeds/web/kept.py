"""Kept answers: a WSGI layer before Flask that answers again what was answered before.

Its one rule: what is sent is what Flask would send, at most a moment ago; whatever is neither at hand nor made
straight away goes to Flask.

A hot answer gives the interpreter away nowhere: it asks no file, no database and no lock (that costs more than all
else it does). So the layer looks only every `every` seconds whether what it holds still stands.
"""

import logging
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from cecc_feeds.errors import StoreError
from cecc_feeds.web.answers import Address, Answers, Kept
from cecc_feeds.web.coding import PLAIN, chosen
from cecc_feeds.web.http import ASKED, LONGEST_TARGET, Answer, Prepared, arguments

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

KEEP = "cecc_feeds.keep"
"""Under this name Flask finds in the environ what takes an Answer and gives what is to be sent."""

SENT = "cecc_feeds.sent"
"""Under this name the server may put into the environ what takes the Sent of an answer that may be sent again."""

EVERY_SECONDS = 0.25
"""How often to look whether the store, the feeds or the day are others; a second is promised."""

FAULTS_PART = 16
"""Redirects and refusals have this part of the bytes: however many are provoked, no good answer leaves for them."""

LONGEST_REMEMBERED = 500
MOST_REMEMBERED = 4_096
"""How long an address or a header may be to be remembered word by word, and how many are; then memory begins anew."""

NOT_MODIFIED = "304 NOT MODIFIED"

K = TypeVar("K")
V = TypeVar("V")

States = tuple[Hashable, Hashable]
"""What feeds and what pages depend on."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent: an answer that is kept and its coding, None where no body went with the head. The same head goes
    with it as long as it is kept, as the same body always gives the same bytes in a coding."""

    kept: Kept
    coding: str | None


Make = Callable[[str, str], Answer | None]
"""A path and a query to its answer; None where Flask has to see what is meant."""


class Remembered(dict[K, V]):
    """A dictionary that begins anew where it has MOST_REMEMBERED."""

    def remember(self, key: K, value: V) -> None:
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        self[key] = value


class KeptAnswers:
    """The layer. `states` tells what answers depend on now, or raises StoreError; `ticks` is a clock never put back.

    `make` makes answers without Flask, which takes a fifth of the time of a short feed to find a view and to wrap what
    it gives.
    """

    def __init__(
        self,
        app: "WSGIApplication",
        states: Callable[[], States],
        *,
        most: int,
        every: float,
        ticks: Callable[[], float],
        make: Make | None = None,
    ) -> None:
        self.good, self.faults = Answers(most - most // FAULTS_PART), Answers(most // FAULTS_PART)
        self._app = app
        self._make = make
        self._read_states = states
        self._every = every
        self._ticks = ticks
        self._due = float("-inf")
        self._looking = Lock()
        self._states: States = (object(), object())
        self._blind = False
        self._spellings = Remembered[tuple[str, str], Kept]()
        self._codings = Remembered[str, str]()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answers are lists, which servers send at once; each head is a copy, which servers may change (PEP 3333)."""
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self._app(environ, start_response)
        if self._ticks() >= self._due:
            self._look()
        kept = self._spellings.get((environ["PATH_INFO"], environ.get("QUERY_STRING", "")))
        prepared = self._standing(kept)
        if prepared is None:  # not known by its spelling: kept under another one, or to be made
            address = _address(environ)
            kept, prepared = self._find(address, environ) or (None, self._made(address, environ))
            if prepared is None:
                environ[KEEP] = partial(self._keep, address, self._states)
                return self._app(environ, start_response)
        accept = environ.get("HTTP_ACCEPT_ENCODING", PLAIN)
        coding = self._codings.get(accept)
        if coding is None:
            coding = self._choose(accept)
        same = prepared.is_with(environ.get("HTTP_IF_NONE_MATCH"), environ.get("HTTP_IF_MODIFIED_SINCE"))
        whole = environ["REQUEST_METHOD"] == "GET" and not same
        if kept is not None and SENT in environ:
            environ[SENT](Sent(kept, coding if whole else None))
        if same:
            start_response(NOT_MODIFIED, prepared.unchanged[coding].copy())
            return []
        form = prepared.forms.get(coding) or self._shelf(prepared).form(prepared, coding)
        form.used = True
        start_response(prepared.status, form.head.copy())
        return [form.body] if whole else []

    def again(self, sent: Sent) -> bytes | None:
        """The body that goes with what was sent before, empty where none did; None where it is to be asked for anew."""
        if self._ticks() >= self._due:
            self._look()
        prepared = self._standing(sent.kept)
        if prepared is None:
            return None
        if sent.coding is None:
            return b""
        form = prepared.forms.get(sent.coding)
        if form is None:
            return None
        form.used = True
        return form.body

    def _standing(self, kept: Kept | None) -> Prepared | None:
        """What is kept, used now, where it is the answer still; while the store cannot be read, good or not."""
        prepared = None if kept is None else kept.prepared
        if kept is None or prepared is None or not (kept.state is self._states[kept.page] or self._blind):
            return None
        kept.used = True
        return prepared

    def _made(self, address: Address | None, environ: "WSGIEnvironment") -> Prepared | None:
        if address is None or self._make is None:
            return None
        states = self._states
        answer = self._make(environ["PATH_INFO"], environ.get("QUERY_STRING", ""))
        return None if answer is None else self._keep(address, states, answer)

    def _choose(self, accept: str) -> str:
        coding = chosen(accept)
        if len(accept) <= LONGEST_REMEMBERED:
            self._codings.remember(accept, coding)
        return coding

    def _look(self) -> None:
        """See whether what is held still stands. One thread does, the others go on with what they know."""
        if not self._looking.acquire(blocking=False):
            return
        try:
            found = self._read_states()
        except StoreError as error:
            if not self._blind:
                log.error("%s; what was answered before is answered on", error)
            self._blind = True
        else:
            feeds, pages = (old if old == new else new for old, new in zip(self._states, found, strict=True))
            self._states, self._blind = (feeds, pages), False
        finally:
            self._due = self._ticks() + self._every
            self._looking.release()

    def _find(self, address: Address | None, environ: "WSGIEnvironment") -> tuple[Kept, Prepared] | None:
        """What stands for the address however it is spelt."""
        kept = self._at(address) if address is not None else None
        prepared = self._standing(kept)
        if kept is None or prepared is None:
            return None
        spelling = (environ["PATH_INFO"], environ.get("QUERY_STRING", ""))
        if sum(map(len, spelling)) <= LONGEST_REMEMBERED:
            self._spellings.remember(spelling, kept)
        return kept, prepared

    def _keep(self, address: Address | None, states: States, answer: Answer) -> Prepared:
        """Take what Flask made, of those states or later ones. Gives what is to be sent: where nothing could be made,
        what was good last."""
        prepared = Prepared(answer)
        if address is None:
            return prepared
        if answer.status >= 500:
            last = self._at(address)
            return (None if last is None else last.prepared) or prepared
        if not prepared.lasting:
            return prepared
        shelf = self._shelf(prepared)
        (self.faults if shelf is self.good else self.good).drop(address)
        return shelf.keep(address, states[prepared.page], prepared)

    def _at(self, address: Address) -> Kept | None:
        return self.good.at(address) or self.faults.at(address)

    def _shelf(self, prepared: Prepared) -> Answers:
        return self.good if prepared.ok else self.faults


def _address(environ: "WSGIEnvironment") -> Address | None:
    """Where an answer is kept: what it hangs on, and nothing else that was sent. None: what may be too long to read."""
    path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
    if 3 * len(path) + 1 + len(query) > LONGEST_TARGET:
        return None
    if not query:
        return path, ()
    args = arguments(query)
    return path, tuple((name, tuple(args[name])) for name in ASKED if name in args)
