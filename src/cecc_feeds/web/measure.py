"""What a feed weighs, and whether the apps that take it take so much.

Its one rule: what is measured are the bytes and the address as they are sent.
"""

from dataclasses import dataclass

from cecc_feeds.web.coding import CODINGS
from cecc_feeds.web.follow import LONGEST_ADDRESS, length

MOST_BYTES = 1_000_000
MOST_EVENTS = 1_000
"""What Google Calendar takes of a calendar (clients.md 2.7)."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One measure of a calendar beside what apps take of it, and what to do where it is more."""

    name: str
    value: int
    most: int
    unit: str
    remedy: str

    @property
    def kept(self) -> bool:
        return self.value <= self.most

    @property
    def sentence(self) -> str:
        """For a finding, where it is not kept."""
        return f"{self.name}: {self.value:,} {self.unit}, more than the {self.most:,} that apps take. {self.remedy}"


def limits(url: str, body: bytes, events: int) -> tuple[Limit, ...]:
    """The measures of a calendar at an absolute address."""
    return (
        Limit(
            "Address", length(url), LONGEST_ADDRESS, "characters",
            "Google Calendar does nothing with a longer one, and does not say so. Choose fewer things, or have the "
            "choice kept under a short name in feeds.toml.",
        ),
        Limit(
            "Size", len(body), MOST_BYTES, "bytes",
            "Google Calendar takes no larger file. Choose fewer things, a later first day, or a lower limit.",
        ),
        Limit(
            "Events", events, MOST_EVENTS, "events",
            "Some apps take the first of them only, others none. Choose fewer things, a later first day, or a lower "
            "limit.",
        ),
    )  # fmt: skip


def compressed(body: bytes) -> int:
    """How many bytes are sent to most: the body in gzip."""
    return len(CODINGS["gzip"](body))


def calendar_name(body: bytes) -> str:
    """What apps call a calendar of ours; it holds no character that would be escaped (C29)."""
    head = body.partition(b"BEGIN:VTIMEZONE")[0].replace(b"\r\n ", b"")
    return head.partition(b"X-WR-CALNAME:")[2].partition(b"\r\n")[0].decode()
