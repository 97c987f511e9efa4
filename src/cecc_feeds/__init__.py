"""Publishes a commission's hearings as calendar feeds and its items as news feeds.

Nothing is imported here, so that every command starts quickly.
"""


def __getattr__(name: str) -> str:
    """`__version__`, read from the installed package only when it is asked for."""
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import version

    return version("cecc-feeds")
