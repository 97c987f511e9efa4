"""The words and line shapes of the publisher's pages, one row for each thing that was seen (`shapes.md`, 2 to 6).

Its one rule: nothing here decides what a line means in its place; it only says what a line looks like.
"""

import re

_FLAGS = re.IGNORECASE | re.ASCII
_MONTH = (
    "(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_DATE = rf"{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?, ?\d{{4}}"
_WEEKDAY = r"(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs?)?|Fri|Sat(?:ur)?|Sun)(?:day)?\.?"
_ISO = r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?"
_CLOCK = r"\d{1,2}[:.]\d\d|\d ?[ap]\.?m\b|\bnoon\b"

DAY = re.compile(_DATE, _FLAGS)
"""A line that is a date and nothing else."""
DAY_AND_MORE = re.compile(rf"({_DATE}) \|.*", _FLAGS)
"""The date of an old press list, which something may follow."""
WHEN = re.compile(rf"{_WEEKDAY},? {_DATE}\b.*(?:{_CLOCK}).*", _FLAGS)
"""A line that begins with weekday and date and holds a time of day."""
WEEKDAY_AND_DAY = re.compile(rf"{_WEEKDAY},? {_DATE}", _FLAGS)
PLACE_AND_WHEN = re.compile(rf"(.+?) ?\| ?({_WEEKDAY},? .*\d.*)", _FLAGS)
ISO = re.compile(rf"{_ISO}(?: ?[-–—/] ?{_ISO})?", _FLAGS)

LABEL = re.compile(r"(Event Date|Event Type|Address) ?:(.*)", re.IGNORECASE)
EVENT_DATE, EVENT_TYPE, ADDRESS = "Event Date:", "Event Type:", "Address:"
LABELS = frozenset({EVENT_DATE, EVENT_TYPE, ADDRESS})
ISSUES_LABEL = "Issues:"
FIELD_LABELS = {
    **dict.fromkeys(("event date", "event dates", "date and time", "when"), EVENT_DATE),
    **dict.fromkeys(("event type", "type"), EVENT_TYPE),
    **dict.fromkeys(("address", "location", "place", "venue", "where"), ADDRESS),
    **dict.fromkeys(("issue", "issues", "topic", "topics"), ISSUES_LABEL),
    **dict.fromkeys(("published", "published on", "date published", "posted", "posted on"), "Published:"),
    **dict.fromkeys(("updated", "updated on", "last updated", "changed"), "Updated:"),
    "date": "Date:",
}
"""What the label of a field in HTML says, in the words of the lists; its colon may be one that only CSS adds."""
DATE, PUBLISHED, UPDATED = "Date:", "Published:", "Updated:"
UNKNOWN_DATE = re.compile(r"T\.?B\.?[AD]\.?|to be (?:announced|determined|confirmed)", re.IGNORECASE)
COUNTRY = "United States"

SKIP = re.compile(r"(?:skip|jump) to (?:main )?(?:content|navigation)", re.IGNORECASE)
TRANSCRIPT = re.compile(r"(?:Hearing |Roundtable )?Transcripts?:?(?: ?\((?:PDF|Text|HTML?)\))*", re.IGNORECASE)
WEBCAST = re.compile(
    r"\[?(?:view|watch)? ?(?:the )?(?:live |archived )?(?:webcast|video)\b[^.]{0,60}\]?", re.IGNORECASE
)
WEBCAST_WORDS = re.compile(r"webcast|video|live ?stream|youtube|youtu\.be", re.IGNORECASE)
TESTIMONY_WORDS = re.compile(r"testimony|statement", re.IGNORECASE)
MORE = re.compile(r"\[?(?:read |view |learn )?more\b(?: about .*)?[. …»›>]*\]?", re.IGNORECASE)
CRUMBS = re.compile(r"(?:you are here:? ?)?home(?: ?[/»›>] ?.*)?|you are here:?", re.IGNORECASE)
BANNER = re.compile(r"Congressional.Executive Commission on China ?\|(?: ?www\.cecc\.gov)? ?", re.IGNORECASE)
RELEASE_END = re.compile(r"#(?: ?#)+|- ?(?:30|end) ?-", re.IGNORECASE)
DATELINE = re.compile(r"\(?Washington(?:,? D\.?C\.?)?\)? ?[-–—]|\(Washington(?:,? D\.?C\.?)?\)", re.IGNORECASE)
TRANSCRIPT_FORMATS = re.compile(r"(?:\((?:PDF|Text|HTML?)\) ?)+", re.IGNORECASE)
SENTENCE_END = re.compile(r"[.!?:;…][\"”’')\]]*$")
CONGRESS = re.compile(r"\d{1,3}(?:st|nd|rd|th) Congress", re.IGNORECASE)

ISSUES = re.compile(r"Issues? ?:(.*)", re.IGNORECASE)
PEOPLE = re.compile(
    r"(?:Opening Statements?|Witness(?:es)?|Panelists?|Speakers?|Moderators?|Additional Members Present"
    r"|Members Present|Panel (?:\d+|[IVX]+)) ?:?",
    re.IGNORECASE,
)
"""The line before a list of names."""

PAGER_WORD = re.compile(
    r"pagination|pages?|first|previous|prev|next|last|current|[‹›«»<>…]+|\.{3}|\d{1,4}", re.IGNORECASE
)
PAGER_SIGN = re.compile(
    r"\b(?:pagination|previous|prev|next|last page|first page|current page)\b|[«»‹›]", re.IGNORECASE
)

TYPE_LABELS = frozenset({"hearing", "roundtable", "prc legal provision"})
LISTS_OF_A_TYPE = frozenset({
    "hearings", "roundtables", "events", "event", "hearings and roundtables", "press release", "press releases",
    "analysis", "commission analysis", "issue papers", "annual report", "annual reports", "prc legal provisions",
    "legal provisions", "additional laws and regulations", "publications", "resources", "media center", "news", "home",
})  # fmt: skip
PROVISION_HEADINGS = frozenset({"prc legal provisions", "additional laws and regulations"})
TOPICS = frozenset({
    "access to justice", "business and human rights", "civil society", "commercial rule of law", "criminal justice",
    "developments in hong kong and macau", "the environment", "ethnic minority rights", "freedom of expression",
    "freedom of religion", "freedom of residence and movement", "human rights violations in the u.s. and globally",
    "human trafficking", "institutions of democratic governance", "north korean refugees in china",
    "population control", "population planning", "public health", "status of women", "tibet", "worker rights",
    "xinjiang",
})  # fmt: skip

TYPES_BY_PATH = (
    ("/events/hearings/", "Hearing"),
    ("/events/roundtables/", "Roundtable"),
    ("/media-center/press-releases/", "Press Release"),
    ("/publications/commission-analysis/", "Analysis"),
    ("/resources/legal-provisions/", "PRC Legal Provision"),
)
"""What the address of a detail page says about its type."""
PROVISION = "PRC Legal Provision"
ANALYSIS, PRESS_RELEASE, EVENT = "Analysis", "Press Release", "Event"


def is_day(text: str) -> bool:
    return DAY.fullmatch(text) is not None


def is_type(text: str) -> bool:
    """Whether a line can be a printed type: a known one, or a few words in capitals that are no sentence."""
    if text.lower() in TYPE_LABELS:
        return True
    few = len(text) <= 40 and len(text.split()) <= 5 and text[:1].isupper()
    return few and not SENTENCE_END.search(text) and not any(char.isdigit() for char in text)


def is_known_heading(text: str) -> bool:
    """Whether a heading is known to stand over a list."""
    return text.lower() in TOPICS or _heads_no_topic(text)


def is_topic(text: str) -> bool:
    """Whether a list's heading is a topic, and no type and no term of Congress."""
    return len(text) <= 80 and not _heads_no_topic(text)


def _heads_no_topic(text: str) -> bool:
    lowered = text.lower()
    return not text or lowered in TYPE_LABELS | LISTS_OF_A_TYPE or CONGRESS.fullmatch(text) is not None


def is_pager(text: str) -> bool:
    """Whether a line is part of the links to other pages of a list (`« First`, `Page 2`, `Next page ›`)."""
    return bool(PAGER_SIGN.search(text)) and is_page_number(text)


def is_page_number(text: str) -> bool:
    """Whether a line can stand before the sure lines of a pager: `1`, `2 3 …`, `Page 4`."""
    return not PAGER_WORD.sub("", text).strip()


def is_when(text: str) -> bool:
    """Whether a line gives a day and a time of an event, alone or after its place."""
    both = PLACE_AND_WHEN.fullmatch(text)
    return any(shape.fullmatch(both[2] if both else text) for shape in (WHEN, ISO))


def is_label(text: str) -> bool:
    """Whether a line is the label of a field and so never its value."""
    return text.rstrip(" :").lower() in FIELD_LABELS


def is_sentence(text: str) -> bool:
    """Whether a line is prose rather than a name, a headline or a place."""
    count = len(text.split())
    return count >= 40 or (count >= 12 and SENTENCE_END.search(text) is not None)


def type_of_address(url: str) -> str | None:
    """The type of the one item that has this address; None for lists and for addresses that don't tell."""
    path = "/" + url.partition("://")[2].partition("/")[2].partition("?")[0]
    return next((name for part, name in TYPES_BY_PATH if path.partition(part)[2].strip("/")), None)
