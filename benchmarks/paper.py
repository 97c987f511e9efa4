"""On paper: what one machine would carry, by arithmetic from what was measured.

Its one rule: every assumption is a named figure that stands in the table beside what follows from it.
"""

from dataclasses import dataclass

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Assumed:
    """What is not measured here."""

    polls: float = 24
    """Polls a day and subscriber: once an hour, as REFRESH-INTERVAL and ttl ask; apps poll every 1 to 24 hours."""
    unchanged: float = 0.95
    """Share of polls that meet nothing new."""
    usable: float = 0.25
    """Share of the measured rate that is counted on: TLS, slower clients and peaks on the hour take the rest."""
    head: float = 900
    """Bytes of an answer's head, frames and acknowledgements; of a 304 all there is."""
    price: float = 6.0
    """Euro a month of a machine with two virtual cores."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Requests a second of one worker: 304, and 200 in gzip with the bytes of its body."""

    unchanged: float
    changed: float
    body: float


def carried(measured: Measured, assumed: Assumed) -> float:
    """Subscribers of one worker: what a second serves of the mix, counted on in part, over a day, by polls."""
    second = assumed.unchanged / measured.unchanged + (1 - assumed.unchanged) / measured.changed
    return assumed.usable / second * DAY / assumed.polls


def table(measured: Measured, assumed: Assumed | None = None) -> str:
    """The arithmetic as Markdown."""
    given = assumed or Assumed()
    subscribers = carried(measured, given)
    million = 1_000_000 * given.polls / DAY
    traffic = million * ((1 - given.unchanged) * measured.body + given.head)
    rows = [
        ("measured: 304, one worker", f"{measured.unchanged:,.0f}/s"),
        (f"measured: 200 in gzip of {measured.body:,.0f} bytes, one worker", f"{measured.changed:,.0f}/s"),
        ("assumed: polls a day and subscriber", f"{given.polls:g}"),
        ("assumed: polls that meet nothing new", f"{given.unchanged:.0%}"),
        ("assumed: share of the measured rate that is counted on", f"{given.usable:.0%}"),
        ("assumed: bytes of a head", f"{given.head:,.0f}"),
        ("assumed: price of a machine a month", f"€ {given.price:.2f}"),
        ("so: subscribers of one worker = usable ÷ (unchanged ÷ 304/s + changed ÷ 200/s) × 86,400 ÷ polls",
         f"{subscribers / 1e6:,.1f} million"),
        ("so: requests a second of a million subscribers = 1,000,000 × polls ÷ 86,400", f"{million:,.0f}/s"),
        ("so: traffic of a million subscribers = requests/s × (changed × body + head)",
         f"{traffic * 8 / 1e6:,.1f} Mbit/s"),
        ("so: traffic of a million subscribers in a month of 30 days", f"{traffic * DAY * 30 / 1e12:,.1f} TB"),
        ("so: price of a million subscribers a month = price ÷ subscribers in millions",
         f"€ {given.price / subscribers * 1e6:.2f}"),
    ]  # fmt: skip
    return "\n".join(["| what | figure |", "| --- | --- |", *(f"| {what} | {figure} |" for what, figure in rows)])
