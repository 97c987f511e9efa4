"""Escapes are what the libraries write whose place they take, for every clean text."""

import html
import json

from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from cecc_feeds import text
from cecc_feeds.render import escapes

SIGNS = """&<>"'\\\n/ &amp; &#x27; ]]> \\n \\u0041 é 法 😀 \x7f\u00a0"""
clean = (st.text(st.sampled_from(SIGNS)) | st.text()).map(text.clean_text)


@given(said=clean)
@example(said=text.clean_text(SIGNS))
def test_texts_are_escaped_as_libraries_do(said: str) -> None:
    octets = said.encode()
    element = etree.Element("a")
    element.text = said
    assert escapes.html(octets).decode() == html.escape(said)
    assert b"<a>%b</a>" % escapes.xml(octets) == etree.tostring(element, encoding="UTF-8")
    assert escapes.json(octets).decode() == json.dumps(said, ensure_ascii=False)


@given(said=clean.map(text.clean_line))
@example(said=text.clean_line(SIGNS))
def test_attributes_are_escaped_as_lxml_does(said: str) -> None:
    element = etree.Element("a", b=said)
    assert f'<a b="{escapes.attribute(said)}"/>' == etree.tostring(element, encoding="UTF-8").decode()
