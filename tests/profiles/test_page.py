"""The profile page works without JavaScript and never loses the user's input."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from profiles.forms import ProfileForm
from profiles.models import Profile
from profiles.services import change_profile, read_profile

URL = "/settings/profile/"


class Page(HTMLParser):
    """The elements of a page that have an id or a name, with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.named: dict[str, dict[str, str | None]] = {}
        self.ids: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag in {"input", "select", "textarea"} and found.get("name"):
            self.named[str(found["name"])] = found
        if found.get("id"):
            self.ids.append(str(found["id"]))


@pytest.fixture
def browser(alice: User) -> Client:
    client = Client()
    client.force_login(alice, "accounts.password_backend.PasswordBackend")
    return client


def typed(owner: User, **changes: str) -> dict[str, str]:
    """Return what a browser sends: every input of the page, some of them changed."""
    form = ProfileForm(profile=read_profile(owner=owner))
    shown = {name: form[name].value() for name in form.fields}
    return {**{name: "" if v is None else str(v) for name, v in shown.items()}, **changes}


def body_of(response: Any) -> str:
    html: str = response.content.decode()
    return html


def test_it_shows_what_is_stored(browser: Client, alice: User) -> None:
    change_profile(owner=alice, changes={"first_name": "Ada & Co", "date_of_birth": "1990-12-10"})
    response = browser.get(URL)
    assert response.status_code == 200
    page = Page(body_of(response))
    assert page.named["first_name"]["value"] == "Ada & Co"
    assert page.named["date_of_birth"]["value"] == "1990-12-10"
    assert '<meter id="completeness-meter" min="0" max="100" value="9">' in body_of(response)


def test_saving_stores_the_normal_forms_and_says_so(browser: Client, alice: User) -> None:
    sent = typed(alice, first_name=" Ada ", bio="One\r\nTwo", timezone="europe/paris")
    response = browser.post(URL, sent, follow=True)
    assert response.redirect_chain == [(URL, 302)]
    assert "Your profile was saved." in body_of(response)
    profile = Profile.objects.get(owner=alice)
    assert (profile.first_name, profile.bio) == ("Ada", "One\nTwo")
    assert profile.timezone == "Europe/Paris"


def test_saving_unchanged_changes_nothing(browser: Client, alice: User) -> None:
    change_profile(owner=alice, changes={"bio": "One\nTwo", "website": "https://example.com"})
    assert browser.post(URL, typed(alice)).status_code == 302
    assert Profile.objects.get(owner=alice).version == 2


def test_a_refusal_keeps_what_was_typed_and_stores_nothing(browser: Client, alice: User) -> None:
    sent = typed(alice, first_name=" Ada ", work_email="<nobody>", date_of_birth="31/02/1990")
    response = browser.post(URL, sent)
    assert response.status_code == 422
    page = Page(body_of(response))
    for name in ("first_name", "work_email", "date_of_birth"):
        assert page.named[name]["value"] == sent[name]
    assert Profile.objects.get(owner=alice).version == 1


def test_each_fault_is_tied_to_its_field(browser: Client, alice: User) -> None:
    sent = typed(alice, work_email="nobody", date_of_birth="31/02/1990")
    html = body_of(browser.post(URL, sent))
    page = Page(html)
    for name in ("work_email", "date_of_birth"):
        assert page.named[name]["aria-invalid"] == "true"
        described = str(page.named[name]["aria-describedby"]).split()
        assert f"id_{name}_error" in described
        assert set(described) <= set(page.ids)
    assert "aria-invalid" not in page.named["first_name"]
    assert 'role="alert"' in html


def test_focus_goes_to_the_first_fault_by_a_module_of_ours(browser: Client) -> None:
    html = body_of(browser.get(URL))
    assert re.search(r'<script type="module" src="[^"]*focus_first_fault[^"]*\.js">', html)
    assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=", html)


def test_every_input_has_a_label_and_an_id_of_its_own(browser: Client) -> None:
    html = body_of(browser.get(URL))
    page = Page(html)
    labelled = set(re.findall(r'<label[^>]* for="([^"]+)"', html))
    inputs = {str(a["id"]) for a in page.named.values() if a.get("type") != "hidden"}
    assert inputs <= labelled
    assert len(page.ids) == len(set(page.ids))


def test_a_change_elsewhere_is_shown_and_the_next_save_decides(
    browser: Client, alice: User
) -> None:
    sent = typed(alice, first_name="Grace", last_name="Hopper")
    change_profile(owner=alice, changes={"first_name": "Ada", "last_name": "Hopper"})
    response = browser.post(URL, sent)
    assert response.status_code == 412
    html = body_of(response)
    page = Page(html)
    assert page.named["first_name"]["value"] == "Grace"
    assert "Changed elsewhere in the meantime: it&#x27;s now “Ada”." in html
    assert "aria-invalid" not in page.named["last_name"]
    assert Profile.objects.get(owner=alice).first_name == "Ada"

    again = browser.post(URL, {**sent, "version": str(page.named["version"]["value"])})
    assert again.status_code == 302
    assert Profile.objects.get(owner=alice).first_name == "Grace"


def test_a_page_without_its_version_is_refused(browser: Client, alice: User) -> None:
    sent = typed(alice, first_name="Grace")
    del sent["version"]
    assert browser.post(URL, sent).status_code == 422
    assert Profile.objects.get(owner=alice).first_name == ""


def test_a_post_without_a_csrf_token_is_refused(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice, "accounts.password_backend.PasswordBackend")
    assert client.post(URL, typed(alice, first_name="Grace")).status_code == 403
    assert Profile.objects.get(owner=alice).first_name == ""
