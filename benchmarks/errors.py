"""What can go wrong with a measurement.

Its one rule: a sentence that names the thing; a row that meets it FAILS, the other rows go on.
"""

import subprocess


class Trouble(Exception):
    """A measurement that could not be taken, or whose two sides did not give the same."""


FAULTS = (Trouble, OSError, subprocess.SubprocessError, ValueError, KeyError, AssertionError)
"""What may go wrong in a row."""
