"""Following in a browser: home to a subscribed feed by keyboard, the builder with and without script, the doctor."""

from urllib.parse import quote
from urllib.request import urlopen

import icalendar
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import DESK, PHONE, Site, looked_at, overflow, violations, visit

CLIPBOARD = {"permissions": ["clipboard-read", "clipboard-write"]}
LOOKED_AT = (
    "/subscribe",
    "/subscribe?type=hearing,roundtable&topic=commercial-rule-of-law&from=-90d&alarm=45",
    f"/subscribe?status=postponed&q={'x' * 250}",
    "/subscribe?url=/events.ics?page=2",
    "/subscribe?url=https://elsewhere.example/",
)


@pytest.mark.parametrize("path", LOOKED_AT)
def test_builder_and_doctor_have_no_fault_at_any_width_in_light_and_dark(
    browser: Browser, site: Site, path: str
) -> None:
    with visit(browser, site, timezone_id="Europe/Berlin") as stay:
        page = stay.open(site(path))
        for look in looked_at(page):
            assert (look, overflow(page), violations(page)) == (look, 0, [])


# --- by keyboard alone ------------------------------------------------------------------------------------------------

MOST_TABS = 120


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until what is focused is the element wanted; it must be seen to be."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
    raise AssertionError(f"{selector} is not reached by Tab")


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_from_home_to_a_subscribed_feed_by_keyboard_alone(browser: Browser, site: Site, width: int) -> None:
    with visit(browser, site, width=width, **CLIPBOARD) as stay:
        page = stay.open(site("/"))
        tab_to(page, ".skip")
        page.keyboard.press("Enter")
        tab_to(page, "a[href$='/feeds/hearings']")
        page.keyboard.press("Enter")
        page.wait_for_url("**/feeds/hearings")
        tab_to(page, "a[href='#follow']")
        page.keyboard.press("Enter")
        tab_to(page, "button[data-copies='calendar-address']")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_have_text("Copied.")
        copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == site("/feeds/hearings.ics")
    with urlopen(copied) as answer:  # noqa: S310 - our own, on the loopback
        calendar = icalendar.Calendar.from_ical(answer.read())
    assert str(calendar["X-WR-CALNAME"]) == "CECC hearings"
    assert {str(event["UID"]) for event in calendar.walk("VEVENT")} >= {"hearing-1@cecc.gov", "hearing-2@cecc.gov"}


def test_the_buttons_of_the_readers_own_system_come_first(browser: Browser, site: Site) -> None:
    agents = {
        "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X)": "Apple Calendar",
        "Mozilla/5.0 (Linux; Android 16; Pixel 9)": "Google Calendar",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64)": "Outlook.com",
    }
    for agent, first in agents.items():
        with visit(browser, site, user_agent=agent) as stay:
            page = stay.open(site("/events"))
            labels = page.locator(".apps a").all_inner_texts()
            assert (labels[0], sorted(labels)) == (
                first,
                ["Apple Calendar", "Google Calendar", "Microsoft 365", "Outlook.com"],
            )


def test_without_script_no_button_promises_what_needs_it(browser: Browser, site: Site) -> None:
    with visit(browser, site, script=False) as stay:
        page = stay.open(site("/types/hearing"))
        expect(page.get_by_role("button", name="Copy link")).to_have_count(0)
        field = page.get_by_label("Other app: copy link")
        expect(field).to_have_value(site("/types/hearing.ics"))
        page.get_by_text("QR code for a phone").click()
        code = page.get_by_role("img", name="QR code")
        expect(code).to_be_visible()
        assert code.bounding_box()["width"] == 200  # type: ignore[index]


def test_a_copy_is_downloaded_and_named_after_its_list(browser: Browser, site: Site) -> None:
    with visit(browser, site, accept_downloads=True) as stay:
        page = stay.open(site("/types/hearing"))
        with page.expect_download() as begun:
            page.get_by_role("link", name="Download a copy (will not update)").click()
        assert begun.value.suggested_filename == "hearing.ics"


# --- the builder ------------------------------------------------------------------------------------------------------


def test_without_script_the_builder_is_a_form(browser: Browser, site: Site) -> None:
    with visit(browser, site, script=False) as stay:
        page = stay.open(site("/"))
        page.get_by_role("navigation").get_by_role("link", name="Subscribe").click()
        page.get_by_role("checkbox", name="Hearing").check()
        page.get_by_role("checkbox", name="Tibet").check()
        page.get_by_label("From", exact=True).select_option("-90d")
        page.get_by_role("button", name="Show this feed").click()
        expect(page.get_by_role("checkbox", name="Hearing")).to_be_checked()
        expect(page.get_by_label("Other app: copy link")).to_have_value(
            site("/events.ics?type=hearing&topic=tibet&from=-90d")
        )
        expect(page.locator("#result .title")).to_contain_text(["quotes", "quotes"])


def test_with_script_the_builder_shows_each_choice_as_it_is_made(browser: Browser, site: Site) -> None:
    with visit(browser, site, **CLIPBOARD) as stay:
        page = stay.open(site("/subscribe"))
        said = page.get_by_role("status")
        heading = page.locator("#made")
        page.get_by_role("checkbox", name="Roundtable").check()
        expect(said).to_have_text("1 event. It fits the limits of all calendar apps.")
        expect(heading).to_have_text("Roundtable – Congressional-Executive Commission on China")
        assert page.url == site("/subscribe?type=roundtable")
        expect(page.get_by_role("checkbox", name="Roundtable")).to_be_focused()
        page.get_by_role("checkbox", name="Hearing").check()
        expect(page.get_by_label("Other app: copy link")).to_have_value(site("/events.ics?type=hearing,roundtable"))
        page.get_by_label("or from the day").fill("2026-12-03")
        expect(page.get_by_label("Other app: copy link")).to_have_value(
            site("/events.ics?type=hearing,roundtable&from=2026-12-03")
        )
        page.get_by_label("From", exact=True).select_option("today")
        expect(page.get_by_label("Other app: copy link")).to_have_value(
            site("/events.ics?type=hearing,roundtable&from=today")
        )
        expect(page.get_by_label("or from the day")).to_have_value("")
        page.get_by_role("button", name="Copy code").first.click()
        expect(said).to_have_text("Copied.")
        assert '<cecc-events type="hearing,roundtable" from="today" limit="5">' in page.evaluate(
            "navigator.clipboard.readText()"
        )
        assert page.url == site("/subscribe?type=hearing,roundtable&from=today")
        page.reload()
        expect(page.get_by_role("checkbox", name="Hearing")).to_be_checked()
        page.get_by_role("checkbox", name="Hearing").focus()
        page.keyboard.press("Enter")
        expect(heading).to_be_focused()
        assert violations(page) == []


def test_with_script_what_is_refused_is_said_in_its_sentence(browser: Browser, site: Site) -> None:
    with visit(browser, site) as stay:
        page = stay.open(site("/subscribe"))
        page.get_by_label("Words, all of which must occur").fill(" ".join(f"w{number}" for number in range(31)))
        expect(page.get_by_role("status")).to_have_text("q: takes at most 30 words of 500 characters in all.")
        expect(page.locator("#result")).to_have_text("q: takes at most 30 words of 500 characters in all.")
        stay.faults = [fault for fault in stay.faults if "400" not in fault]


def test_with_script_of_many_topics_some_are_found(browser: Browser, topical: Site) -> None:
    with visit(browser, topical, width=320) as stay:
        page = stay.open(topical("/subscribe?topic=topic-7"))
        boxes = page.get_by_role("group", name="Topics")
        expect(boxes.get_by_role("checkbox")).to_have_count(200)
        page.get_by_label("Find among topics").fill("topic 19")
        expect(boxes.get_by_role("checkbox")).to_have_count(12)  # 19, 190 to 199, and the one that is ticked
        assert (overflow(page), violations(page)) == (0, [])
        boxes.get_by_label("Topic 195").check()
        expect(page.get_by_label("Other app: copy link")).to_have_value(topical("/events.ics?topic=topic-195,topic-7"))


# --- the doctor -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("zone", "told"), [("Europe/Berlin", "8:00 PM GMT+1"), ("America/New_York", None)])
def test_a_feed_is_checked_from_its_list_in_the_readers_own_time_where_it_is_another(
    browser: Browser, site: Site, zone: str, told: str | None
) -> None:
    with visit(browser, site, timezone_id=zone) as stay:
        page = stay.open(site("/events"))
        page.get_by_role("link", name="Check this feed").click()
        assert page.url == site(f"/subscribe?url={quote(site('/events.ics'), safe='')}")
        first = page.locator(".row .when").first
        expect(first).to_contain_text("Tuesday, December 1, 2026, 2:00–3:30 p.m. EST")
        locally = f"In your time zone, {zone}: Tuesday, December 1, 2026 at {told}"
        expect(first.locator("time.local")).to_have_text([locally] if told else [])
        page.get_by_label("Address of a feed or list of ours").fill("webcal://elsewhere.example/x")
        page.get_by_role("button", name="Check it").click()
        expect(page.locator(".notice")).to_contain_text("That is no address of this service.")
