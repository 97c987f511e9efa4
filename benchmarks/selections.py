"""Which addresses are asked.

Its one rule: addresses as subscribers have them, of the topics, types and words of make_records.py.
"""

from itertools import islice, product

from benchmarks import stores

TOPICS = (
    "Access to Justice", "Business and Human Rights", "Civil Society", "Criminal Justice",
    "Developments in Hong Kong and Macau", "Ethnic Minority Rights", "Freedom of Expression",
    "Freedom of Religion", "Human Trafficking", "Institutions of Democratic Governance",
    "Population Control", "Public Health", "Status of Women", "Tibet", "Worker Rights", "Xinjiang",
)  # fmt: skip
TYPES = ("hearing", "roundtable", "prc-legal-provision", "analysis", "press-release")
FORMATS = (".atom", ".json", ".rss", ".ics")
WORDS = (*stores.COMMON, "lawyer", "petition", "panel", "witness", "region", "minister")
QUERY_LIMIT = 5
"""Entries of each of the thousand: together some ten megabytes, which a bounded cache may be asked to hold."""


def slug(topic: str) -> str:
    return topic.lower().replace(" ", "-")


def queries(count: int) -> list[str]:
    """Different queries: a topic and a word in one format each."""
    paths = {".ics": "/events"}
    found = (
        f"{paths.get(suffix, '/items')}{suffix}?topic={slug(topic)}&q={word}&limit={QUERY_LIMIT}"
        for word, topic, suffix in product(WORDS, TOPICS, FORMATS)
    )
    return list(islice(found, count))


def every_format() -> list[str]:
    """Some hundred and sixty addresses: lists of each kind in each format, their pages, and calendars of a megabyte."""
    lists = ["/items", "/events", "/changes", *(f"/types/{name}" for name in TYPES)]
    lists += [f"/topics/{slug(topic)}" for topic in TOPICS]
    found = [f"{path}{suffix}" for path in lists for suffix in ("", ".ics", ".rss", ".atom", ".json", ".csv")]
    found = [target for target in found if target not in ("/changes.ics", "/changes.csv")]
    return [*found, "/events.ics?limit=1000", "/items.atom?limit=500", "/items.json?limit=500", "/items.rss?limit=500"]
