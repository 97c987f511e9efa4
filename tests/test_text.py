"""Text at the door: what goes, what stays, and that doing it twice is doing it once."""

import re
import string
import time
import unicodedata
from collections.abc import Callable

import lxml.html
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cecc_feeds import folding, text
from cecc_feeds.errors import RecordError

# Rich in what the functions act on: tags, entities, white space, marks that compose, Chinese, what is deleted.
ALPHABET = list("<>&;/= bpabr!-\"'#x0lthe") + list("\n\r\t\v\x00\x85\u2028\xa0\u200b\ufeff\xad\u202e\ud800\ufffe")
ALPHABET += list("e\u0301\u0338\u0323\u1100\u1161\u212a\u2000中习ガｶﾞ’ŉßİſﬀ\u0345")
PIECES = [
    "<p>",
    "</p>",
    "<br/>",
    "<li>",
    "<script>",
    "</script>",
    "<!--",
    "-->",
    '<a href="',
    "&lt;",
    "&amp;",
    "&#x200b;",
]
rough = st.lists(st.sampled_from(ALPHABET + PIECES), max_size=40).map("".join) | st.text()
any_text = st.text(st.characters())  # lone surrogates as well

CLEANERS = [text.clean_text, text.clean_line, text.door_text, text.door_line, text.plain]


@pytest.mark.parametrize("clean", CLEANERS, ids=lambda clean: clean.__name__)
@given(value=rough | any_text)
def test_cleaning_twice_is_cleaning_once(clean: Callable[[str], str], value: str) -> None:
    once = clean(value)
    assert clean(once) == once


calm = st.lists(st.sampled_from([*"ab \n<é“法ガ한－", "  ", "\n\n", "\u0301", "\u3099", "\u3000"])).map("".join)


@given(calm | rough | any_text)
def test_a_text_that_is_seen_to_be_clean_is_what_cleaning_makes_of_it(value: str) -> None:
    assert text.clean_text(value) == text._cleaned(value)
    assert text.clean_line(value) == " ".join(text._cleaned(value).split())


def test_no_letter_that_lasts_is_deleted_composed_or_blank() -> None:
    lasting = re.compile(f"[\n{text._LASTING}]")
    marks = {chr(code) for code in range(0x1100, 0x1200)}  # Hangul letters are composed by arithmetic
    marks |= {chr(int(code, 16)) for char in map(chr, range(0x110000)) for code in composed_of(char)[1:]}
    for char in filter(lasting.match, map(chr, range(0x110000))):
        assert text._cleaned(f"a{char}b") == f"a{char}b"
        assert unicodedata.combining(char) == 0
        assert char not in marks
        assert char in " \n" or not char.isspace()


def composed_of(char: str) -> list[str]:
    """The numbers of the letters that NFC makes one of; [] for what only looks like some."""
    decomposed = unicodedata.decomposition(char)
    return [] if decomposed.startswith("<") else decomposed.split()


@given(
    rough
    | st.lists(st.sampled_from(["<", "/", "b", "B", "h1", "x", " ", ">", "ſ", "<S", "ı", "!--", "a=1"])).map("".join)
)
def test_no_tag_is_overlooked_where_none_may_be(value: str) -> None:
    assert text._may_hold_tags(value) or not text._TAG.search(value)


@given(rough | any_text)
def test_cleaned_text_holds_no_control_and_is_composed(value: str) -> None:
    for cleaned in (text.clean_text(value), text.door_text(value)):
        assert [char for char in cleaned if char != "\n" and unicodedata.category(char) in {"Cc", "Cs"}] == []
        assert unicodedata.is_normalized("NFC", cleaned)
        assert "\n\n\n" not in cleaned
        assert cleaned == cleaned.strip()
    assert "\n" not in text.door_line(value)


@given(rough)
def test_a_door_text_holds_no_tag_that_would_be_taken_again(value: str) -> None:
    assert text.plain(text.door_text(value)) == text.door_text(value)
    assert text.plain(text.door_line(value)) == text.door_line(value)


@pytest.mark.parametrize(
    ("value", "cleaned"),
    [
        ("a\r\nb\rc\nd\x85e\vf\fg\u2028h\u2029i", "a\nb\nc\nd\ne\nf\ng\nh\ni"),
        ("a\tb\xa0c\u202fd", "a b c d"),
        ("a\x00\x07\x1b\x7f\x80\x9f\ufeff\ufffe\uffff\ufdd0\U0001ffff\xad\u200b\u202e\u2066b", "ab"),
        ("\ud83d", "\ufffd"),
        ("e\u0301", "é"),
        ("e\u200b\u0301", "é"),
        ("  one  \n \n \n\n two \n", "one\n\n two"),
        ("one\n\n\n\ntwo", "one\n\ntwo"),
        ("emoji 👩‍👩‍👧 stay", "emoji 👩‍👩‍👧 stay"),
        ("", ""),
    ],
)
def test_clean_text(value: str, cleaned: str) -> None:
    assert text.clean_text(value) == cleaned


def test_every_code_point_is_kept_made_a_blank_or_deleted_as_the_rule_says() -> None:
    gone = [*range(9), *range(0xE, 0x20), *range(0x7F, 0x85), *range(0x86, 0xA0)]
    assert {text.clean_text(f"a{chr(code)}b") for code in gone} == {"ab"}
    assert {text.clean_text(f"a{chr(code)}b") for code in range(0xD800, 0xE000)} == {"a\ufffdb"}
    assert {text.clean_text(f"a{chr(code)}b") for code in (10, 11, 12, 13, 0x85, 0x2028, 0x2029)} == {"a\nb"}


def test_a_line_has_single_blanks() -> None:
    assert text.clean_line(" Room  301,\n\n Russell\u3000Building ") == "Room 301, Russell Building"


@pytest.mark.parametrize(
    "value",
    [
        "a<b and b>c",
        "AT&T <x>",
        "<mothers> of Tiananmen",
        "R&amp;D",
        "x < y & y > z",
        "<input disabled>",
        "5 <6/>",
        "<!-- b -->",
    ],
)
def test_text_without_a_known_tag_is_not_html(value: str) -> None:
    assert text.plain(value) == value
    assert text.door_text(value) == value


@pytest.mark.parametrize(
    ("value", "as_text"),
    [
        ("<b>AT&amp;T</b> <x>", "AT&T <x>"),
        ("<i>x</i> &amp;lt; &lt;3 &copy=1 &copy;", "x &lt; <3 &copy=1 ©"),  # once only, and never without ";"
        ("<p>One\ntwo</p><p>three<br>four<BR/>five<HR>six</p>", "One two\n\nthree\nfour\nfive\nsix"),
        ("<div><div>one</div></div>\n<div>two</div>", "one\ntwo"),
        ("<ul>\n<li>one</li>\n<li><b>two</b></li></ul>", "- one\n- two"),
        ("<li><p>one</p><li>two", "- one\n\n- two"),
        ("First.\n\nSecond <b>bold</b>\nline", "First.\n\nSecond bold\nline"),
        ("a<script>if (a<b) {}</script>b<style>p {}</style>c<!-- no <b> -->d", "abcd"),
        ("a <script> b <b>c</b>", "a b c"),  # unclosed: nothing after it is lost
        ("a <!-- b <b>c</b>", "a <!-- b c"),
        ("<head><title>t</title></head><body>b", "b"),
        ('see <A HREF=http://x.y/z>this</a> and <a href="http://www.cut', "see this and"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<a title='a > b' href=x>c</a>", "c"),
        ("<b>&#8217;&#x4e2d;&nbsp;&#0;&bogus;</b>", "’中 \ufffd&bogus;"),
        ("<\u200bb>x", "x"),
    ],
)
def test_html_becomes_text(value: str, as_text: str) -> None:
    assert text.door_text(value) == as_text


def test_markup_escaped_over_and_over_ends_as_text_without_tags() -> None:
    value = "<b>x</b>"
    for _ in range(9):
        value = "<b>x</b>" + value.replace("&", "&amp;").replace("<", "&lt;")
    door = text.door_text(value)
    assert text.plain(door) == door
    assert text.door_text(door) == door


@pytest.mark.parametrize(
    "piece",
    ["<script>", "<!--", "<a x=", '<a x="', "<b ", "<a x='<b y=\"", "&lt;", "<p>", "https://x/)", "\n", "May 1 "],
)
def test_long_hostile_text_takes_no_long_time(piece: str) -> None:
    started = time.perf_counter()
    value = piece * (200_000 // len(piece)) + "<b>"
    text.door_text(value)
    text.text_to_html(value)
    assert time.perf_counter() - started < 5


def test_the_text_of_an_element_is_what_a_browser_copies() -> None:
    page = lxml.html.fromstring(
        "<html><head><title>no</title></head><body><h1>A \n title</h1>\n<div>one <b>b</b>\n two</div><div>x<br>y</div>"
        "<script>no</script><!-- no -->tail<p hidden>no</p><pre>p\n  q</pre><ul><li>r<li><p>s</p></ul>"
        "<table><tr><td>1</td><td>2</td></tr></table></body></html>"
    )
    assert text.element_text(page) == "A title\n\none b two\nx\ny\ntail\n\np\nq\n\n- r\n\n- s\n\n1 2"


def test_the_text_of_an_element_leaves_out_its_tail() -> None:
    page = lxml.html.fromstring("<div><p>in</p>out</div>")
    assert text.element_text(page[0]) == "in"


def test_quoted_is_one_short_line() -> None:
    assert text.quoted("a\n b\x00") == '"a b"'
    assert len(text.quoted("word " * 100)) <= 102


# --- words ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("Café, STRASSE straße", ["cafe", "strasse", "strasse"]),
        ("China’s rule-of-law", ["china", "s", "rule", "of", "law"]),
        ("习近平abc2024年", ["习近平", "abc2024", "年"]),
        ("ｶﾞガ がく々〇", ["カカ", "かく々〇"]),
        ("Ｆｕｌｌ ２", ["full", "2"]),
        ("snake_case", ["snake", "case"]),
        ("… – !", []),
    ],
)
def test_words(value: str, found: list[str]) -> None:
    assert text.words(value) == found


def plainly_folded(value: str) -> str:
    while True:
        letters = unicodedata.normalize("NFKD", value).casefold()
        once = "".join(char for char in letters if unicodedata.category(char)[0] != "M")
        if once == value:
            return value
        value = once


def plain_words(folded: str) -> list[str]:
    han, runs = folding.HAN_AND_KANA, re.findall(r"[^\W_]+", folded)
    return [part for run in runs for part in re.findall(f"[{han}]+|[^{han}]+", run)]


worded = st.lists(
    st.sampled_from([*"aB 1_'’ʼ＇ŉé“法・ガ한İßǄΣͅᾳᏰꭰÅ①½", "\u0301", "\u0345", "\u0483", "\u3099", "\u094d"])
).map("".join)


@given(
    st.builds(lambda value, times: value * times, worded | rough | any_text, st.sampled_from([1, 1, 9, 99])),
    st.integers(1, 9),
)
@example("x’" * 200, 8)
@example("法" * 200, 8)
@example("a " * 64 + "bc d", 64)
def test_folding_letter_by_letter_is_folding_the_whole(value: str, count: int) -> None:
    folded = plainly_folded(value)
    bare = plain_words(folded.translate(dict.fromkeys(map(ord, "'‘’‛ʼ＇"))))
    assert text.words(value) == plain_words(folded)
    assert text.search_text([value, value]) == f" {' '.join(plain_words(folded) * 2)} "
    assert text.opening_words(value, count) == tuple(bare[:count])


@given(rough | any_text)
def test_a_word_is_its_own_only_word(value: str) -> None:
    assert [text.words(word) for word in text.words(value)] == [[word] for word in text.words(value)]


def test_every_code_point_folds_to_the_same_words_again() -> None:
    codes = [*range(0x30000), *range(0xE0000, 0xE0200)]
    odd = [code for code in codes for found in [text.words(chr(code))] if text.words(" ".join(found)) != found]
    assert odd == []


@given(st.lists(rough), rough)
def test_search_text_holds_a_word_between_blanks_and_a_chinese_run_anywhere(values: list[str], sought: str) -> None:
    held, known = text.search_text(values), [word for value in values for word in text.words(value)]
    for word in text.words(sought) + known:
        if text.is_cjk(word):
            assert (word in held) == any(word in other for other in known)
        else:
            assert (f" {word} " in held) == (word in known)


def test_words_of_two_values_never_join() -> None:
    assert text.search_text(["习", "近平", "ab", ""]) == " 习 近平 ab "
    assert text.search_text([]) == "  "


@pytest.mark.parametrize(
    ("word", "cjk"), [("习近平", True), ("カタカナ", True), ("한국", False), ("abc", False), ("", False)]
)
def test_is_cjk(word: str, cjk: bool) -> None:
    assert text.is_cjk(word) is cjk


def test_slugs() -> None:
    assert text.slug("Developments in Hong Kong & Macau") == "developments-in-hong-kong-macau"
    assert text.slug("China’s ‘Zero’ Côte") == "chinas-zero-cote"
    assert text.slug("人权 2024") == "人权-2024"
    assert text.slug("한국") == "한국"
    assert text.slug("!!") == "x-233d26e9"
    assert text.slug("word " * 30) == "-".join(["word"] * 16)
    assert text.slug("w" * 200) == "w" * 80
    assert text.ascii_slug("China’s 人权 Côte d'Ivoire", 14) == "chinas-cote"
    assert text.ascii_slug("人权", 14) == ""


@given(rough | any_text)
def test_a_slug_is_its_own_slug_and_fits_an_address(value: str) -> None:
    slug = text.slug(value)
    assert text.slug(slug) == slug
    assert 1 <= len(slug) <= 80
    assert all(part.isalnum() for part in slug.split("-"))
    assert set(text.ascii_slug(value, 20)) <= set(string.ascii_lowercase + string.digits + "-")
    assert len(text.ascii_slug(value, 20)) <= 20


def test_opening_words_do_not_depend_on_the_apostrophe() -> None:
    openings = {
        text.opening_words(f"{name} One-Child Policy", 3) for name in ("China’s", "China's", "Chinas", "Chinaʼs")
    }
    assert openings == {("chinas", "one", "child")}
    assert len(text.opening_words("a b c d e f g h i j")) == 8


# --- shorter, HTML --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "limit", "short"),
    [
        ("hello world", 11, "hello world"),
        ("hello wonderful world", 17, "hello wonderful…"),
        ("hello, wonderful", 8, "hello…"),
        ("unbreakable", 5, "unbr…"),
        ("ab\u0323\u0301cd", 4, "a…"),
        ("👩‍👩‍👧👧👧👧", 4, "👩‍👩…"),
        ("abc", 1, "…"),
        ("abc", 0, ""),
    ],
)
def test_shorten(value: str, limit: int, short: str) -> None:
    assert text.shorten(value, limit) == short


@given(rough | any_text, st.integers(0, 30))
def test_a_shortened_text_fits_and_is_its_own_short_form(value: str, limit: int) -> None:
    short = text.shorten(value, limit)
    assert len(short) <= limit
    assert text.shorten(short, limit) == short


def test_text_becomes_html_with_links() -> None:
    value = "See (https://x.org/A_(b)?c=1&d=2).\nLine <b>\n\nhttps://cecc.gov/china’s-x, ‘http://a.b/’ https://u:p@h/"
    assert text.text_to_html(value) == (
        '<p>See (<a href="https://x.org/A_(b)?c=1&amp;d=2">https://x.org/A_(b)?c=1&amp;d=2</a>).<br>Line &lt;b&gt;'
        '</p>\n<p><a href="https://cecc.gov/china%E2%80%99s-x">https://cecc.gov/china’s-x</a>,'
        ' ‘<a href="http://a.b/">http://a.b/</a>’ https://u:p@h/</p>'
    )
    assert text.text_to_html("") == ""
    assert text.text_to_html("见https://a.b/c。更多") == '<p>见<a href="https://a.b/c">https://a.b/c</a>。更多</p>'


@given(rough)
def test_html_of_a_text_reads_as_the_text(value: str) -> None:
    value = text.clean_text(value)
    made = text.text_to_html(value)
    shown = text.element_text(lxml.html.fromstring(f"<div>{made}</div>"))
    assert shown.split() == value.split()


def test_safe_html_keeps_the_harmless_and_absolute_links() -> None:
    value = (
        "<p onclick=x>a<a href='/rel'>r</a><a href='https://x.y/é' target=_blank>k</a><a href='javascript:1'>j</a>"
        "<a href='//x.y/'>s</a><a href='mailto:a@b.c'>m</a><script>s</script><template>t</template><img src=x>\ud800"
    )
    assert text.safe_html(value) == (
        '<p>a<a>r</a><a href="https://x.y/%C3%A9">k</a><a>j</a><a>s</a><a href="mailto:a@b.c">m</a>\ufffd</p>'
    )


@given(rough | any_text)
def test_safe_html_takes_any_text(value: str) -> None:
    safe = text.safe_html(value)
    assert "<script" not in safe
    assert text.safe_html(safe) == safe


# --- addresses ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("HTTP://WWW.Cecc.GOV/Events?b=1", "http://www.cecc.gov/Events?b=1"),
        (" https://a.b/x\n", "https://a.b/x"),
        ("https://a.b/china’s/%e2%80%9c?q=ü#é", "https://a.b/china%E2%80%99s/%E2%80%9C?q=%C3%BC#%C3%A9"),
        ("https://a.b/100%", "https://a.b/100%25"),
        ("http://exämple.com", "http://xn--exmple-cua.com"),
        ("http://[2001:DB8::1]:8000/", "http://[2001:db8::1]:8000/"),
        ("http://a.b:/x", "http://a.b/x"),
        ('https://a.b/"<>\\^`{|}', "https://a.b/%22%3C%3E%5C%5E%60%7B%7C%7D"),
    ],
)
def test_safe_url(value: str, address: str) -> None:
    assert text.safe_url(value) == address


@pytest.mark.parametrize(
    "value",
    ["", "www.x.y", "/rel", "//x.y/", "javascript:alert(1)", "ftp://a.b/", "mailto:a@b.c", "http:///x", "http://u:p@h/",
     "http://u@h/", "http://h:0/", "http://h:99999/", "http://h:x/", "http://a b/", "http://a.b/c d", "http://a.b/\nx",
     "http://a.b/\u200bx", "http://[::1", "http://[v1.a]/", "http://[fe80::1%25e]/", "http://good\\@evil/", "http://.../",
     "http://a..b/", "http://%41.b/", "http://ℂ℅.b/", "https://a.b/" + "x" * 2000, "http://a.b/\ud800"],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(RecordError, match=r'^"(?s:.*)" is (not a web address|longer than)'):
        text.safe_url(value)


def test_mailto_is_an_address_where_it_is_asked_for() -> None:
    schemes = ("mailto",)
    assert text.safe_url("mailto:info@cecc.gov?subject=Ü", schemes=schemes) == "mailto:info@cecc.gov?subject=%C3%9C"
    with pytest.raises(RecordError):
        text.safe_url("mailto:?subject=x", schemes=schemes)


@given(st.lists(st.sampled_from([*"ab.:/@[]%?#AF09~ ", "%2F", "%ff", "www.", "x" * 63])).map("".join), st.booleans())
@example("a" + ".b" * 126 + "/", True)
def test_an_address_that_is_seen_to_last_is_what_encoding_makes_of_it(value: str, secure: bool) -> None:
    address = f"http{'s' * secure}://{value}"
    assert outcome(text.safe_url, address) == outcome(text._checked_url, address, ("http", "https"))


def outcome(read: Callable[..., str], *args: object) -> str:
    try:
        return read(*args)
    except RecordError as refused:
        return f"refused: {refused}"


@given(
    st.text() | st.lists(st.sampled_from([*"ab.:/@[]%?#ü。İß\\- 0", "xn--", "mailto:", "ﬀ"])).map("".join),
    st.booleans(),
)
def test_safe_url_gives_an_address_or_its_refusal(value: str, bare: bool) -> None:
    schemes = ("http", "https", "mailto")
    try:
        address = text.safe_url(value if bare else "http://" + value, schemes=schemes)
    except RecordError:
        return
    assert address.isascii()
    assert len(address) <= 2000
    assert text.safe_url(address, schemes=schemes) == address


@given(rough | any_text)
def test_what_folds_ascii_by_itself_finds_the_same_words_in_what_is_folded_beyond_it(value: str) -> None:
    folded = text.folded_beyond_ascii(value, lambda run: run).lower()
    assert re.findall("[0-9a-z\\x80-\U0010ffff]+", folded) == text.words(value)
