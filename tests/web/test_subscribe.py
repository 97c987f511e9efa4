"""Following a list: the panel on every list, the QR code, and the builder whose page shows what its address gives."""

import json
import re
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

import html5lib
import icalendar
import pytest
import segno

from cecc_feeds import config
from cecc_feeds.query import PARAMETERS
from cecc_feeds.store import Store
from cecc_feeds.web import builder, pages
from cecc_feeds.web.addresses import WHOLE
from cecc_feeds.web.follow import LONGEST_ADDRESS
from cecc_feeds.web.measure import MOST_BYTES, MOST_EVENTS
from cecc_feeds.web.site import Site
from tests.service import BASE_URL, Answered, Service, numbered, numbered_news, record

HTML = "{http://www.w3.org/1999/xhtml}"
GOOGLE = "https://calendar.google.com/calendar/render?cid="
APPS = ("Google Calendar", "Apple Calendar", "Outlook.com", "Microsoft 365")


@pytest.fixture
def many(published: Callable[..., Service], tmp_path: Path) -> Service:
    """Eight coming hearings, a cancelled roundtable of another topic, and press releases."""
    return published(
        tmp_path,
        *(numbered(number) for number in range(1, 9)),
        numbered(20, type="Roundtable", topics=["Tibet", "中文 & <more>"], event={"status": "cancelled"}),
        *(numbered_news(number) for number in range(1, 7)),
    )


def tree(answer: Answered) -> Any:
    """The page, valid to the last sign."""
    assert (answer.status, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
    return html5lib.HTMLParser(strict=True).parse(answer.text)


def words(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def by_id(page: Any, name: str) -> Any:
    (found,) = [element for element in page.iter() if element.get("id") == name]
    return found


def buttons(page: Any) -> dict[str, str]:
    """Label to address of the apps' buttons."""
    return {words(e): e.get("href") for e in by_id(page, "follow").iter(f"{HTML}a") if e.get("class") == "button"}


def calendar_address(page: Any) -> str:
    return str(by_id(page, "calendar-address").get("value"))


def of_us(url: str) -> str:
    """An address of ours as a path and a query."""
    assert url.startswith(BASE_URL)
    return url.removeprefix(BASE_URL)


# --- the panel --------------------------------------------------------------------------------------------------------

WITH_CALENDAR = ("/items", "/events", "/types/hearing", "/topics/commercial-rule-of-law?alarm=30", "/feeds/hearings")


@pytest.mark.parametrize("path", WITH_CALENDAR)
def test_F39_outlook_is_given_the_https_address_and_it_can_be_copied(service: Service, path: str) -> None:
    page = tree(service.get(path))
    https = calendar_address(page)
    assert https.startswith("https://")
    assert service.get(of_us(https))["Content-Type"].startswith("text/calendar")
    hosts = {"Outlook.com": "outlook.live.com", "Microsoft 365": "outlook.office.com"}
    for label, host in hosts.items():
        parts = urlsplit(buttons(page)[label])
        assert (parts.scheme, parts.netloc, parts.path) == ("https", host, "/calendar/0/addfromweb")
        assert parse_qs(parts.query)["url"] == [https]
    (copying,) = [e for e in page.iter(f"{HTML}button") if e.get("data-copies") == "calendar-address"]
    assert words(copying) == "Copy link"


@pytest.mark.parametrize("path", WITH_CALENDAR)
def test_F40_google_is_given_the_webcal_address_encoded_to_its_last_sign(service: Service, path: str) -> None:
    page = tree(service.get(path))
    link = buttons(page)["Google Calendar"]
    assert link.startswith(GOOGLE)
    sent = link.removeprefix(GOOGLE)
    assert re.fullmatch(r"[A-Za-z0-9._~%-]+", sent)
    assert unquote(sent) == calendar_address(page).replace("https:", "webcal:", 1)


def test_F40_what_google_calendar_is_opened_with_is_a_setting(tmp_path: Path) -> None:
    service = Service(tmp_path, given={"google_prefix": "https://calendar.google.com/calendar/u/0/r?cid="})
    service.publish(record())
    link = buttons(tree(service.get("/events")))["Google Calendar"]
    assert link == "https://calendar.google.com/calendar/u/0/r?cid=" + quote(
        "webcal://feeds.example.gov/events.ics", safe=""
    )


def test_the_panel_says_how_late_each_app_is(service: Service) -> None:
    page = tree(service.get("/events"))
    told = {words(e.find(f"{HTML}a")): words(e.find(f"{HTML}small")) for e in page.iter() if e.get("data-system")}
    assert told == {
        "Google Calendar": "Changes arrive after 4–24 hours. On a computer, not in the Android app.",
        "Apple Calendar": "Changes arrive within about 1 hour.",
        "Outlook.com": "Changes arrive after 3–24 hours.",
        "Microsoft 365": "For work or school. Changes arrive after 3–24 hours.",
    }
    assert "Thunderbird looks every 30 minutes, Proton every 4–16 hours" in words(by_id(page, "follow"))
    assert buttons(page)["Apple Calendar"] == "webcal://feeds.example.gov/events.ics"


def test_a_copy_is_downloaded_from_the_feeds_own_address_which_itself_is_never_an_attachment(service: Service) -> None:
    """C40: Google refuses a subscription that is sent as an attachment, so the link says it, not the answer."""
    page = tree(service.get("/types/hearing?alarm=30"))
    (link,) = [e for e in page.iter(f"{HTML}a") if e.get("download") is not None]
    assert (link.get("href"), words(link)) == (
        "/types/hearing.ics?alarm=30",
        "Download a copy (will not update)",
    )
    assert service.get(link.get("href"))["Content-Disposition"] == 'inline; filename="hearing.ics"'


@pytest.mark.parametrize("path", ["/items", "/events?topic=tibet", "/types/hearing", "/changes"])
def test_a_list_leads_to_what_is_to_be_said_of_its_feed(service: Service, path: str) -> None:
    page = tree(service.get(path))
    (link,) = [e.get("href") for e in page.iter(f"{HTML}a") if words(e) == "Check this feed"]
    suffix = ".rss" if path == "/changes" else ".ics"
    list_path, _, args = path.partition("?")
    expected = f"{BASE_URL}{list_path}{suffix}" + (f"?{args}" if args else "")
    assert expected in [words(e) for e in by_id(tree(service.get(link)), "main").iter(f"{HTML}a")]


def test_a_list_leads_to_the_builder_with_its_choice_made(many: Service) -> None:
    page = tree(many.get("/types/hearing?topic=tibet&q=law&page=3"))
    (link,) = [e.get("href") for e in page.iter(f"{HTML}a") if words(e) == "Choose more or less"]
    assert parse_qs(urlsplit(link).query) == {"type": ["hearing"], "topic": ["tibet"], "q": ["law"]}
    narrowed_twice = tree(many.get("/types/hearing?type=roundtable"))
    (link,) = [e.get("href") for e in narrowed_twice.iter(f"{HTML}a") if words(e) == "Choose more or less"]
    assert link == "/subscribe"


def test_a_service_below_a_path_has_its_panel_below_it(tmp_path: Path) -> None:
    service = Service(tmp_path, given={"base_url": "https://www.example.gov/feeds"})
    service.publish(record())
    page = tree(service.get("/events?alarm=5"))
    panel = by_id(page, "follow")
    own = {e.get("href") or e.get("src") for e in panel.iter() if (e.get("href") or e.get("src") or "").startswith("/")}
    assert own == {
        "/feeds/events.ics?alarm=5",
        "/feeds/events.svg?alarm=5",
        "/feeds/subscribe?alarm=5",
        "/feeds/subscribe?url=https%3A%2F%2Fwww.example.gov%2Ffeeds%2Fevents.ics%3Falarm%3D5",
    }


# --- QR codes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "opened"),
    [
        ("/events", "/events#follow"),
        ("/items", "/items#follow"),
        ("/types/hearing", "/types/hearing#follow"),
        ("/feeds/hearings", "/feeds/hearings#follow"),
        ("/topics/commercial-rule-of-law?alarm=30&utm_source=x", "/topics/commercial-rule-of-law?alarm=30#follow"),
    ],
)
def test_the_qr_code_opens_the_lists_panel_on_the_phone_with_what_was_chosen(
    service: Service, path: str, opened: str
) -> None:
    (image,) = list(by_id(tree(service.get(path)), "follow").iter(f"{HTML}img"))
    answer = service.get(image.get("src"))
    assert (answer.status, answer["Content-Type"]) == (200, "image/svg+xml")
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    expected = segno.make_qr(BASE_URL + opened, error="m", boost_error=False)
    assert modules(answer.text) == [bytes(row) for row in expected.matrix]
    assert image.get("alt")
    assert service.get(opened.partition("#")[0]).status == 200


def modules(svg: str) -> list[bytes]:
    """The rows of a code as it is drawn: moves and horizontal strokes, within four modules of light."""
    size = int(re.search(r'viewBox="0 0 (\d+) \1"', svg)[1])  # type: ignore[index]
    (light,) = re.findall(r'fill="#fff" d="M0 0h(\d+)v\1h-\1z"', svg)
    assert int(light) == size
    (drawn,) = re.findall(r'stroke="#000" d="([^"]+)"', svg)
    rows = [bytearray(size) for _ in range(size)]
    x, y = 0, 0.0
    for kind, values in re.findall(r"([Mmh])([-\d. ]+)", drawn):
        numbers = [float(value) for value in re.findall(r"-?\d*\.?\d+", values)]
        if kind == "h":
            rows[int(y)][x : x + int(numbers[0])] = b"\x01" * int(numbers[0])
            x += int(numbers[0])
        else:
            x = int(numbers[0]) + (x if kind == "m" else 0)
            y = numbers[1] + (y if kind == "m" else 0)
    assert not any(any(row[:4]) or any(row[-4:]) for row in rows)
    return [bytes(row[4:-4]) for row in rows[4:-4]]


def test_an_address_too_long_for_phones_has_no_qr_code(service: Service) -> None:
    long = f"q={'x' * 300}"
    assert list(tree(service.get(f"/events?{long}")).iter(f"{HTML}img")) == []
    answer = service.get(f"/events.svg?{long}")
    assert (answer.status, answer["Content-Type"]) == (400, "text/plain; charset=utf-8")
    assert service.get("/events.svg?limit=600").status == 400
    assert service.get("/types/none.svg").status == 404


# --- the builder: what is chosen --------------------------------------------------------------------------------------

CHOICES = {
    "": "/events.ics",
    "type=hearing": "/types/hearing.ics",
    "topic=tibet": "/topics/tibet.ics",
    "type=hearing&alarm=30&busy=1&cancelled=keep&limit=9": "/types/hearing.ics?limit=9&alarm=30&busy=1&cancelled=keep",
    "type=hearing&type=roundtable": "/events.ics?type=hearing,roundtable",
    "type=hearing&topic=tibet": "/events.ics?type=hearing&topic=tibet",
    "type=hearing&q=number": "/events.ics?type=hearing&q=number",
    "from=-90d&to=%2B1y": "/events.ics?from=-90d&to=%2B1y",
    "from=-90d&from=2026-12-03&to=&to=": "/events.ics?from=2026-12-03",
    "status=cancelled&status=postponed": "/events.ics?status=cancelled,postponed",
    "type=none": "/events.ics?type=none",
    "topic=%E4%B8%AD%E6%96%87-more": "/topics/%E4%B8%AD%E6%96%87-more.ics",
    "page=3&order=start&archive=2026-04&change=moved&utm_source=x": "/events.ics",
    "cancelled=status&limit=&q=": "/events.ics",
}


@pytest.mark.parametrize("asked", CHOICES)
def test_the_address_of_a_choice_is_its_one_spelling_and_gives_what_is_shown(many: Service, asked: str) -> None:
    page = tree(many.get(f"/subscribe?{asked}"))
    url = of_us(calendar_address(page))
    assert url == CHOICES[asked]
    answer = many.get(url)
    calendar = icalendar.Calendar.from_ical(answer.body)
    assert words(by_id(page, "made")) == str(calendar["X-WR-CALNAME"])
    told = words(by_id(page, "result"))
    count = len(calendar.walk("VEVENT"))
    assert f" {count} event{'' if count == 1 else 's'}. It fits the limits of all calendar apps." in told
    assert f"Size {len(answer.body):,} of {MOST_BYTES:,} bytes" in told
    assert f"Events {count:,} of {MOST_EVENTS:,} events" in told
    assert f"Address {len(f'webcal://feeds.example.gov{url}')} of {LONGEST_ADDRESS} characters" in told
    coded = many.get(url, {"Accept-Encoding": "gzip"})
    sent = len(coded.body) if coded["Content-Encoding"] else len(answer.body)
    assert sent == len(answer.body) or f"it takes {sent:,} bytes" in told


@pytest.mark.parametrize("asked", CHOICES)
def test_every_link_of_a_choice_is_answered(many: Service, asked: str) -> None:
    page = tree(many.get(f"/subscribe?{asked}"))
    links = {e.get("href") or e.get("src") for e in by_id(page, "result").iter() if e.get("href") or e.get("src")}
    ours = {link.removeprefix(BASE_URL) for link in links if link.startswith((BASE_URL, "/"))}
    assert {link: many.get(link).status for link in ours} == dict.fromkeys(ours, 200)
    assert {f".{urlsplit(link).path.rpartition('.')[2]}" for link in ours} >= {".ics", ".rss", ".atom", ".json", ".csv"}


def test_the_events_of_a_choice_stand_on_its_page_the_next_first(many: Service) -> None:
    page = tree(many.get("/subscribe?type=hearing"))
    titles = [words(e) for e in by_id(page, "result").iter() if e.get("class") == "title"]
    assert titles[:5] == [f"Number {number}" for number in range(1, 6)]
    assert [words(e) for e in by_id(page, "result").iter(f"{HTML}h3")][-2:] == ["Next", "Newest in its news feeds"]


def test_news_of_a_choice_hold_what_has_no_event(many: Service) -> None:
    page = tree(many.get("/subscribe?type=press-release&type=hearing"))
    (address,) = [e.get("href") for e in by_id(page, "follow").iter(f"{HTML}a") if words(e) == "JSON Feed"]
    assert of_us(address) == "/items.json?type=hearing,press-release"
    titles = [item["title"] for item in json.loads(many.get(of_us(address)).body)["items"]]
    assert len(titles) == 14


def test_a_choice_of_nothing_says_so_and_what_it_does_not_know(many: Service) -> None:
    told = words(by_id(tree(many.get("/subscribe?type=none&topic=tibet,nothing")), "result"))
    assert "0 events." in told
    assert "No event matches now. Follow this list to hear of the first one" in told
    assert 'There is no type "none", and nothing is found by it; types are listed at /types.' in told
    assert 'There is no topic "nothing", and nothing is found by it; topics are listed at /topics.' in told


FORMS = [
    "",
    "type=hearing&type=roundtable&topic=tibet&q=law+number&from=-90d&to=2027-01-01&status=cancelled&alarm=60&busy=1",
    "cancelled=keep&limit=40",
    "type=none&from=2026-01-01&to=%2B2w&alarm=45&cancelled=drop",
]


@pytest.mark.parametrize("asked", FORMS)
def test_the_form_shows_what_is_chosen_and_sent_again_it_asks_the_same(many: Service, asked: str) -> None:
    page = tree(many.get(f"/subscribe?{asked}"))
    form = by_id(page, "builder")
    assert (form.get("method"), form.get("action")) == ("get", "/subscribe")
    sent = "&".join(f"{name}={quote(value)}" for name, value in controls(form))
    assert {name for name, _ in controls(form)} <= set(PARAMETERS)
    again = tree(many.get(f"/subscribe?{sent}"))
    assert calendar_address(again) == calendar_address(page)
    assert controls(by_id(again, "builder")) == controls(form)


def controls(form: Any) -> list[tuple[str, str]]:
    """What a browser would send."""
    found = []
    for element in form.iter():
        name = element.get("name")
        if element.tag == f"{HTML}select":
            options = list(element.iter(f"{HTML}option"))
            found.append((name, next((o for o in options if o.get("selected") is not None), options[0]).get("value")))
        elif element.tag == f"{HTML}input" and (
            element.get("type") != "checkbox" or element.get("checked") is not None
        ):
            found.append((name, element.get("value") or ""))
    return found


def test_every_name_there_is_can_be_chosen_with_how_much_it_holds(many: Service) -> None:
    form = by_id(tree(many.get("/subscribe")), "builder")
    labels = {words(e) for e in form.iter(f"{HTML}label") if e.find(f"{HTML}input") is not None}
    assert {"Hearing 8", "Press Release 6", "Roundtable 1", "Commercial Rule of Law 14", "中文 & <more> 1"} <= labels


@pytest.mark.parametrize(
    "asked", ["limit=x", "from=soon", "alarm=-1", "status=new", f"type={','.join(map(str, range(51)))}"]
)
def test_what_cannot_be_understood_is_one_sentence(many: Service, asked: str) -> None:
    answer = many.get(f"/subscribe?{asked}")
    assert (answer.status, answer["Content-Type"]) == (400, "text/plain; charset=utf-8")
    assert len(answer.text.splitlines()) == 1


# --- the builder: limits ----------------------------------------------------------------------------------------------


def long_choice(characters: int) -> str:
    """A choice whose calendar's address has so many characters in the spelling of `webcal:`."""
    begin = len("webcal://feeds.example.gov/events.ics?q=")
    word = "x" * (characters - begin)
    return f"q={word}"


@pytest.mark.parametrize(("characters", "fits"), [(256, True), (257, False), (400, False)])
def test_F27_over_256_characters_the_builder_says_so_and_offers_no_link_to_google(
    many: Service, characters: int, fits: bool
) -> None:
    page = tree(many.get(f"/subscribe?{long_choice(characters)}"))
    assert len(calendar_address(page).replace("https:", "webcal:")) == characters
    told = words(by_id(page, "result"))
    assert f"Address {characters} of 256 characters" in told
    assert ("It fits the limits" in told, "It does not fit the limits" in told) == (fits, not fits)
    assert ("feeds.toml" in told) is not fits
    assert tuple(buttons(page)) == (APPS if fits else APPS[1:])
    assert "calendar.google" not in many.get(f"/subscribe?{long_choice(characters)}").text or fits


def test_F27_no_list_offers_google_an_address_that_it_would_silently_refuse(many: Service) -> None:
    for path, characters in product(("/items", "/events", "/feeds/hearings"), (100, 250, 300)):
        page = tree(many.get(f"{path}?q={'x' * characters}"))
        sent = calendar_address(page).replace("https:", "webcal:")
        assert ("Google Calendar" in buttons(page)) == (len(sent) <= LONGEST_ADDRESS)


def test_more_events_than_apps_take_are_told(published: Callable[..., Service], tmp_path: Path) -> None:
    service = published(tmp_path, *(numbered(number) for number in range(1, MOST_EVENTS + 6)))
    page = tree(service.get("/subscribe"))
    told = words(by_id(page, "result"))
    assert f"{MOST_EVENTS + 5:,} events. It does not fit the limits of all calendar apps." in told
    assert f"Events {MOST_EVENTS + 5:,} of {MOST_EVENTS:,} events Too much." in told
    assert "It fits the limits" in words(by_id(tree(service.get(f"/subscribe?limit={MOST_EVENTS}")), "result"))


# --- the builder: code for other sites --------------------------------------------------------------------------------


def code(page: Any, name: str) -> Any:
    (found,) = html5lib.parseFragment(str(by_id(page, name).text).strip().rpartition("</script>\n")[2])
    return found


def test_code_for_other_sites_asks_for_exactly_the_choice(many: Service) -> None:
    asked = "type=hearing,roundtable&topic=tibet&q=law&from=-90d&limit=7&alarm=30&busy=1&cancelled=keep"
    page = tree(many.get(f"/subscribe?{asked}"))
    shown = {"type": "hearing,roundtable", "topic": "tibet", "q": "law", "from": "-90d", "limit": "7"}
    component = code(page, "component")
    assert (component.tag, component.attrib) == (f"{HTML}cecc-events", shown)
    assert str(by_id(page, "component").text).strip().startswith(f'<script async src="{BASE_URL}/embed.js"></script>\n')
    (link,) = list(component)
    assert of_us(link.get("href")).startswith("/events?type=hearing,roundtable&topic=tibet")
    assert many.get(of_us(link.get("href"))).status == 200
    frame = code(page, "frame")
    assert frame.get("title") == words(by_id(page, "made"))
    parts = urlsplit(frame.get("src"))
    assert parts.path == "/embed"
    assert {name: values[0] for name, values in parse_qs(parts.query).items()} == shown


def test_code_for_other_sites_holds_hostile_names_as_text(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.publish(record(type='A"><b>&amp;'))
    page = tree(service.get(f"/subscribe?type={quote('a-b-amp')}"))
    (link,) = list(code(page, "component"))
    assert words(link) == words(by_id(page, "made"))
    assert code(page, "frame").get("title") == words(by_id(page, "made"))


def test_without_a_limit_a_box_shows_five(many: Service) -> None:
    assert code(tree(many.get("/subscribe")), "component").attrib == {"limit": "5"}


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def files(many: Service) -> Iterator[Site]:
    """The service as it is when its pages are written to files."""
    settings = many.settings
    with Store.open(settings.database, zone=settings.timezone, read_only=True) as store, store.read() as reading:
        named = config.named_feeds(many.data)
        yield Site(reading, settings.edition, named, many.now.date(), static=True)


def test_where_pages_are_files_the_builder_is_a_page_of_all_ready_made_lists(files: Site) -> None:
    main = by_id(html5lib.HTMLParser(strict=True).parse(builder.page(files, {})), "main")
    assert list(main.iter(f"{HTML}form")) == []
    lists = [e.find(f"{HTML}a").get("href") for e in main.iter(f"{HTML}th") if e.get("scope") == "row"]
    assert {"/feeds/hearings#follow", "/types/hearing#follow", "/topics/tibet#follow"} <= set(lists)
    calendars = [e.get("href") for e in main.iter(f"{HTML}a") if e.get("type") == "text/calendar"]
    assert calendars == [
        f"{BASE_URL}{path.removesuffix('#follow')}.ics" for path in lists if path != "/types/press-release#follow"
    ]  # no press release has an event


def test_where_pages_are_files_the_panel_leads_to_no_form(files: Site) -> None:
    panel = by_id(html5lib.HTMLParser(strict=True).parse(pages.listing(files, WHOLE["events"])), "follow")
    own = {e.get("href") or e.get("src") for e in panel.iter() if (e.get("href") or e.get("src") or "").startswith("/")}
    assert own == {"/events.ics", "/events.svg"}


def test_of_nothing_at_all_a_feed_can_be_built_still(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.bring_in()
    page = tree(service.get("/subscribe"))
    assert calendar_address(page) == f"{BASE_URL}/events.ics"
    assert list(by_id(page, "builder").iter(f"{HTML}fieldset"))
