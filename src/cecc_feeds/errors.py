"""The errors of cecc-feeds: each is one sentence that a person can act on.

    CeccFeedsError
    ├── RecordError     one record or value is bad; a reader turns it into `model.Rejected`
    ├── SourceError     a file as a whole cannot be read; the other sources go on
    ├── QueryError      a request's parameter cannot be understood; the requester reads the sentence
    ├── RenderError     one item cannot be written in one format; the item is left out there
    ├── SettingsError   a setting or a file of settings is bad
    └── StoreError      the store cannot be opened, read or written

Its one rule: nothing here imports anything of ours.
"""


class CeccFeedsError(Exception):
    """The root: `str(error)` is the sentence."""


class RecordError(CeccFeedsError, ValueError):
    """One value cannot be taken as it stands. A ValueError too, so that pydantic collects it with its place."""


class SourceError(CeccFeedsError):
    """A whole file or page is unusable.

    `where` names it as the user did, `why` says what is wrong and what to do.
    """

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where = where
        self.why = why


class QueryError(CeccFeedsError):
    """A parameter's value cannot be understood (answered 400)."""

    def __init__(self, parameter: str, why: str) -> None:
        super().__init__(f"{parameter}: {why}")
        self.parameter = parameter
        self.why = why


class RenderError(CeccFeedsError):
    """One item cannot be written in one format."""


class SettingsError(CeccFeedsError):
    """A setting, `feeds.toml` or another file of settings is bad."""


class StoreError(CeccFeedsError):
    """The database cannot be opened, migrated, read or written."""
