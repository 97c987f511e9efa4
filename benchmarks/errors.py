"""What can go wrong with a measurement.

Its one rule: a sentence that names the thing; a row that meets it FAILS, the other rows go on.
"""


class Trouble(Exception):
    """A measurement that could not be taken, or whose two sides did not give the same."""


class Missing(Trouble):
    """Something that the machine does not have, and how to get it."""
