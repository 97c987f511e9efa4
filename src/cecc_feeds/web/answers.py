"""Answers kept: prepared answers by address, bounded in bytes.

Its one rule: never more than the bytes given; answers that read alike are held once, however many addresses have them.
"""

from collections import OrderedDict
from threading import Lock

from cecc_feeds.web.http import Form, Prepared

Address = tuple[str, tuple[tuple[str, tuple[str, ...]], ...]]
"""Path and known parameters, by name."""

OF_AN_ADDRESS = 400
"""About how many bytes an address takes besides its own."""

ADOPTED = 8
"""Of so many newcomers to a full store one is treated like those that are there."""

LOOKED_AT = 4
"""How many of those that are there are looked at for each newcomer: codings that nobody asks for make room."""

GONE = object()
"""The state of what left: good for no present one."""


class Kept:
    """What is kept at an address, and the state that it was made of; pages hang on more than feeds do (`page`).

    Whoever reads without a lock reads `prepared` before `state`: what leaves loses its state first.
    """

    __slots__ = ("page", "prepared", "state", "used")

    def __init__(self, prepared: Prepared, state: object) -> None:
        self.prepared: Prepared | None = prepared
        self.state = state
        self.page = prepared.page
        self.used = False


class Answers:
    """A bounded store of answers; safe between threads.

    Whoever is answered sets `used`, without a lock; what was not used since room was last looked for leaves first, of
    an answer that stays the codings that were not used.

    Readers poll in rounds, and where a round is longer than there is room, whatever came first would leave just before
    it is asked for again. So where it is full most newcomers are the next to leave, unless they are used before: the
    others are found in the next round (bimodal insertion: Qureshi and others, ISCA 2007).
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = 0
        self._newcomers = 0
        self._kept: OrderedDict[Address, Kept] = OrderedDict()
        self._contents: dict[tuple[str, ...], Prepared] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def held(self) -> int:
        """About how many bytes are held: bodies in all codings, heads and addresses."""
        return self._held

    def at(self, address: Address) -> Kept | None:
        return self._kept.get(address)

    def keep(self, address: Address, state: object, prepared: Prepared) -> Prepared:
        """Keep an answer at an address instead of what was there. Gives the same that was held before, where it was."""
        with self._lock:
            prepared = self._contents.setdefault(prepared.content, prepared)
            if not prepared.places:
                self._held += _weight(prepared)
            prepared.places += 1
            known = address in self._kept
            self._leave(address)
            self._kept[address] = Kept(prepared, state)
            self._held += _own_weight(address)
            if self._make_room() and not known and address in self._kept:
                for _ in range(LOOKED_AT):
                    self._pass_over()
                self._newcomers += 1
                self._kept.move_to_end(address, last=self._newcomers % ADOPTED == 0)
        return prepared

    def drop(self, address: Address) -> None:
        with self._lock:
            self._leave(address)

    def form(self, prepared: Prepared, coding: str) -> Form:
        """An answer in a coding that it was not asked for in before."""
        form = prepared.code(coding)  # outside of the lock: others need not wait, and two make the same
        form.used = True
        with self._lock:
            if coding not in prepared.forms:
                prepared.forms[coding] = form
                if prepared.places:
                    self._held += form.weight
                    self._make_room()
        return form

    def _make_room(self) -> bool:
        """Whether anything had to leave."""
        crowded = self._held > self._most
        while self._held > self._most and self._kept:
            if not self._pass_over():
                self._leave(next(iter(self._kept)))
        return crowded

    def _pass_over(self) -> bool:
        """Let the first in line stay, at its end, where it was used; whether it was."""
        address, kept = next(iter(self._kept.items()))
        if not kept.used:
            return False
        kept.used = False
        self._shed(kept)
        self._kept.move_to_end(address)
        return True

    def _shed(self, kept: Kept) -> None:
        """Let the codings go that nobody asked for lately, but one: what is asked for then is made from that."""
        forms = kept.prepared.forms if kept.prepared else {}
        if len({id(form) for form in forms.values()}) < len(forms):  # all are one, which gains nothing by coding
            return
        for coding, form in [*forms.items()]:
            if form.used:
                form.used = False
            elif len(forms) > 1:
                del forms[coding]
                self._held -= form.weight

    def _leave(self, address: Address) -> None:
        kept = self._kept.pop(address, None)
        prepared = None if kept is None else kept.prepared
        if kept is None or prepared is None:
            return
        kept.state, kept.prepared = GONE, None
        self._held -= _own_weight(address)
        prepared.places -= 1
        if not prepared.places:
            del self._contents[prepared.content]
            self._held -= _weight(prepared)


def _weight(prepared: Prepared) -> int:
    return sum(form.weight for form in {id(form): form for form in prepared.forms.values()}.values())


def _own_weight(address: Address) -> int:
    path, args = address
    return OF_AN_ADDRESS + 4 * len(path) + sum(100 + 4 * (len(name) + sum(map(len, values))) for name, values in args)
