"""Heads: filled in they are what feedgen and our repairs write of the same values."""

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cecc_feeds import text
from cecc_feeds.render import syndication
from cecc_feeds.render.heads import Dates, Head, Write, filled
from tests.render import EDITION
from tests.strategies import texts

lines = texts().map(text.clean_line)
addresses = st.from_regex(r"https://[a-z]{1,9}\.example/[A-Za-z0-9%&=?;,'+~._-]{0,30}", fullmatch=True)
instants = st.datetimes(datetime(1970, 1, 1), datetime(2199, 1, 1)).map(
    lambda at: at.replace(microsecond=0, tzinfo=UTC)
)
heads = st.builds(
    Head,
    edition=st.just(EDITION),
    title=lines.filter(bool),
    about=lines.filter(bool),
    id=addresses,
    own=addresses,
    page=addresses,
    others=st.tuples(addresses, addresses),
    pages=st.dictionaries(st.sampled_from(["first", "prev", "next", "last", "prev-archive", "current"]), addresses).map(
        lambda found: tuple(found.items())
    ),
    archive=st.booleans(),
    modified=instants,
    newest=st.none() | instants,
)


@pytest.mark.parametrize(
    ("write", "dates"),
    [(syndication._rss_head, format_datetime), (syndication._atom_head, syndication._atom_time)],
    ids=["RSS", "Atom"],
)
@given(head=heads)
def test_a_head_filled_in_is_the_one_that_feedgen_writes(write: Write, dates: Dates, head: Head) -> None:
    assert filled(head, write, dates) == write(head)


@pytest.mark.parametrize("value", ["AT&T <x> \"q\" ’é日本😀 ]]> 'a' &amp;", "mark", "0"])
def test_what_xml_escapes_is_escaped_in_texts_and_in_tags(value: str) -> None:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    head = Head(EDITION, value, value, value, value, value, (value, value), (("next", value),), False, at, at)
    for write, dates in (
        (syndication._rss_head, format_datetime),
        (syndication._atom_head, syndication._atom_time),
    ):
        assert filled(head, write, dates) == write(head)
