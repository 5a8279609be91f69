"""The profile in a browser: errors while typing, conflicts, the picture, the history."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Page, expect
from playwright.sync_api import Error as PlaywrightError
from pytest_django import Settings

from accounts.models import User
from profiles.models import Profile, ProfileChange
from profiles.services import change_profile
from tests.browser.conftest import ARTIFACTS, LOOKS, NewContext
from tests.browser.page_checks import Console, accessibility_faults, overflow_pixels
from tests.browser.test_every_page import take_look
from tests.profiles.pictures import picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ADA = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "display_name": "Ada",
    "date_of_birth": "1990-12-10",
    "bio": "Poetical science.\nNotes, mostly on the engine.",
    "language": "en-GB",
    "timezone": "Europe/London",
    "personal_address.street": "12 St James's Square",
    "personal_address.city": "London",
    "personal_address.postal_code": "SW1Y 4JH",
    "personal_address.country": "GB",
    "phone_number": "+442079460018",
    "job_title": "Analyst",
    "company": "Analytical Engines",
    "work_email": "ada@example.org",
    "github": "https://github.com/ada",
}


@pytest.fixture(autouse=True)
def pictures_of_this_test(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def ada(alice: User) -> User:
    change_profile(owner=alice, changes=ADA)
    return alice


def assert_good(page: Page, name: str) -> None:
    for look in LOOKS:
        take_look(page, look)
        page.screenshot(path=ARTIFACTS / f"profile-{name}-{look.name}.png", full_page=True)
        assert accessibility_faults(page, theme_only=look.is_dark) == [], look.name
        assert overflow_pixels(page) == 0, look.name


def leave(page: Page) -> None:
    """Move the focus out of the field."""
    with page.expect_response(re.compile("/settings/profile/check/")):
        page.keyboard.press("Tab")


def save(page: Page) -> None:
    page.get_by_role("button", name="Save").click()


def test_it_is_filled_in(alice_page: Page, ada: User) -> None:
    console = Console(alice_page)
    alice_page.goto("/settings/profile/")
    assert_good(alice_page, "filled")
    assert console.complaints == []


def test_a_fault_is_shown_as_soon_as_its_field_is_left(alice_page: Page, ada: User) -> None:
    console = Console(alice_page)
    alice_page.goto("/settings/profile/")
    email = alice_page.get_by_label("Work email")
    email.fill("nobody")
    leave(alice_page)
    expect(email).to_have_attribute("aria-invalid", "true")
    expect(email).to_have_accessible_description(re.compile("email address"))
    email.fill("ada@example.com")
    leave(alice_page)
    expect(email).not_to_have_attribute("aria-invalid", "true")
    assert ProfileChange.objects.filter(field="work_email").count() == 1
    assert console.complaints == []


def test_the_focus_stays_where_the_person_went(alice_page: Page, ada: User) -> None:
    alice_page.goto("/settings/profile/")
    alice_page.get_by_label("First name").fill("Augusta")
    leave(alice_page)
    expect(alice_page.get_by_label("Last name")).to_be_focused()


def test_the_meter_follows_what_is_typed(alice_page: Page, ada: User) -> None:
    alice_page.goto("/settings/profile/")
    meter = alice_page.get_by_role("meter")
    before = float(meter.get_attribute("value") or "")
    alice_page.get_by_label("Department").fill("Engines")
    leave(alice_page)
    assert float(meter.get_attribute("value") or "") > before


def test_refused_faults_are_all_shown_and_the_first_has_the_focus(
    alice_page: Page, ada: User
) -> None:
    alice_page.goto("/settings/profile/")
    alice_page.get_by_label("Date of birth").fill("31/02/1990")
    alice_page.get_by_label("Website").fill("javascript:alert(1)")
    alice_page.get_by_label("Work email").fill("nobody")
    alice_page.get_by_label("First name").fill("Augusta")
    save(alice_page)
    expect(alice_page.get_by_role("alert")).to_contain_text("3 fields to correct")
    expect(alice_page.get_by_label("Date of birth")).to_be_focused()
    expect(alice_page.get_by_label("First name")).to_have_value("Augusta")
    assert_good(alice_page, "faults")
    alice_page.get_by_role("alert").get_by_role("link", name="Website").click()
    expect(alice_page.get_by_label("Website")).to_be_focused()
    expect(alice_page.get_by_label("Website")).to_be_in_viewport()


def test_a_change_elsewhere_is_shown_field_by_field(alice_page: Page, ada: User) -> None:
    alice_page.goto("/settings/profile/")
    alice_page.get_by_label("First name").fill("Augusta")
    alice_page.get_by_label("Department").fill("Engines")
    change_profile(owner=ada, changes={"first_name": "Adeline", "personal_address.city": "Bath"})
    save(alice_page)
    [collision] = alice_page.get_by_role("alert").get_by_role("listitem").all()
    expect(collision).to_have_text(
        re.compile(
            r"First name\s+was Ada\s.*Keep mine: Augusta\s+Take the other: Adeline", re.DOTALL
        )
    )
    expect(alice_page.get_by_role("alert")).to_contain_text("Also changed elsewhere")
    expect(alice_page.get_by_label("Department")).to_have_value("Engines")
    assert_good(alice_page, "conflict")
    collision.get_by_label("Take the other").check()
    expect(alice_page.get_by_label("First name")).to_have_value("Adeline")
    save(alice_page)
    expect(alice_page.get_by_text("Your profile was saved.")).to_be_visible()
    profile = Profile.objects.get(owner=ada)
    assert (profile.first_name, profile.department) == ("Adeline", "Engines")
    assert profile.personal_address_city == "Bath"


def test_leaving_with_unsaved_input_asks_first(alice_page: Page, ada: User) -> None:
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    alice_page.on("dialog", stay)
    alice_page.goto("/settings/profile/")
    alice_page.get_by_label("Department").fill("Engines")
    with pytest.raises(PlaywrightError, match="ERR_ABORTED"):
        alice_page.goto("/settings/profile/history/", timeout=3_000)
    assert asked == ["beforeunload"]
    expect(alice_page.get_by_label("Department")).to_have_value("Engines")
    save(alice_page)
    expect(alice_page.get_by_text("Your profile was saved.")).to_be_visible()
    alice_page.goto("/settings/profile/history/")
    assert asked == ["beforeunload"]


def test_a_picture_comes_and_goes_beside_what_is_typed(
    alice_page: Page, ada: User, tmp_path: Path
) -> None:
    console = Console(alice_page)
    file = tmp_path / "ada.jpg"
    file.write_bytes(picture())
    alice_page.goto("/settings/profile/")
    alice_page.get_by_label("Department").fill("Engines")
    alice_page.get_by_label("Choose a picture").set_input_files(file)
    alice_page.get_by_role("button", name="Add picture").click()
    portrait = alice_page.get_by_role("img", name="Your picture")
    expect(portrait).to_be_visible()
    expect(portrait).to_have_js_property("naturalWidth", 512)
    assert_good(alice_page, "picture")
    save(alice_page)
    expect(alice_page.get_by_text("Your profile was saved.")).to_be_visible()
    alice_page.get_by_role("button", name="Remove").click()
    expect(portrait).to_have_count(0)
    profile = Profile.objects.get(owner=ada)
    assert (profile.department, profile.avatar) == ("Engines", "")
    assert console.complaints == []


def test_a_refused_picture_says_why(alice_page: Page, ada: User, tmp_path: Path) -> None:
    file = tmp_path / "ada.png"
    file.write_bytes(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    alice_page.goto("/settings/profile/")
    alice_page.get_by_label("Choose a picture").set_input_files(file)
    alice_page.get_by_role("button", name="Add picture").click()
    expect(alice_page.get_by_label("Choose a picture")).to_have_accessible_description(
        re.compile("JPEG, PNG or WebP picture")
    )
    assert_good(alice_page, "refused-picture")


def test_history_is_shown_and_a_change_undone(alice_page: Page, ada: User) -> None:
    change_profile(owner=ada, changes={"first_name": "Augusta", "bio": ""})
    alice_page.goto("/settings/profile/")
    alice_page.get_by_role("main").get_by_role("link", name="History").click()
    expect(alice_page.get_by_role("heading", name="History", exact=True)).to_be_visible()
    assert_good(alice_page, "history")
    alice_page.get_by_role("button", name="Undo the change to First name").click()
    expect(alice_page.get_by_text("The change was undone.")).to_be_visible()
    assert Profile.objects.get(owner=ada).first_name == "Ada"


def test_all_of_it_works_without_javascript(
    new_context: NewContext, ada: User, tmp_path: Path
) -> None:
    file = tmp_path / "ada.webp"
    file.write_bytes(picture("WEBP"))
    page = new_context(person=ada, javascript=False).new_page()
    page.goto("/settings/profile/")
    page.get_by_label("Work email").fill("nobody")
    save(page)
    expect(page.get_by_role("alert")).to_contain_text("1 field to correct")
    page.get_by_label("Work email").fill("ada@example.com")
    save(page)
    expect(page.get_by_text("Your profile was saved.")).to_be_visible()
    page.get_by_label("Choose a picture").set_input_files(file)
    page.get_by_role("button", name="Add picture").click()
    expect(page.get_by_text("Your picture was saved.")).to_be_visible()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Your picture was removed.")).to_be_visible()
