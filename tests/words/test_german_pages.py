"""Alice reads German: pages, emails, the API's errors; and times by the clock she chose."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.clients import Client as App
from accounts.mail.queue import tell_wrong_codes
from accounts.models import User
from accounts.sign_in.credentials import approve
from calendars.google.errors import GrantRevoked
from calendars.models import Connection, QuarantinedEvent, SyncRun
from config.translation.catalogues import catalogue_files
from profiles.preferences import change_preferences
from profiles.services import change_profile
from tests.calendars.rows import fill_month, make_calendar, make_connection
from tests.calendars.test_times_on_every_page import page_addresses
from tests.factories import PASSWORD, bearer, make_session
from tests.product import notify_reconnect_required
from tests.words.unmarked_templates import READ

pytestmark = pytest.mark.django_db
GERMAN = {"Accept-Language": "de-DE,de;q=0.9,en;q=0.5"}
ON = date(2026, 11, 18)


@pytest.fixture
def german(alice: User, client: Client) -> Client:
    """Alice, who chose German in a browser that accepts none."""
    change_profile(owner=alice, changes={"language": "de", "timezone": "Europe/Berlin"})
    client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    return client


class Texts(HTMLParser):
    """What people read of a page: its texts, and attributes such as title."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._unread = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unread += tag in ("script", "style")
        self.found |= {" ".join((value or "").split()) for name, value in attrs if name in READ}

    def handle_endtag(self, tag: str) -> None:
        self._unread -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.found.add(" ".join(data.split()))


def english_texts() -> set[str]:
    """Return the texts without a value that differ in German, unless German has the same word."""
    (file,) = (file for file in catalogue_files(settings.BASE_DIR) if file.language == "de")
    messages = [message for message in file.read() if isinstance(message.id, str) and message.id]
    german = {" ".join(str(message.string).split()) for message in messages}
    return {str(message.id) for message in messages if "%(" not in message.id} - german


def test_no_page_shows_an_english_text(german: Client, alice: User) -> None:
    """Also one that is read when the process starts: it would stay in that language."""
    fill_month(alice, ON)
    english = english_texts() - {"Work"}  # the name of a calendar
    assert len(english) > 500
    shown = {}
    for address in page_addresses(ON):
        answer = german.get(address)
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            shown[address] = Texts(answer.content.decode()).found & english
    assert len(shown) > 25
    assert {address: texts for address, texts in shown.items() if texts} == {}


def test_the_month_has_german_names(german: Client, alice: User) -> None:
    fill_month(alice, ON)
    page = german.get(f"/calendar/month/{ON}/").content.decode()
    assert '<html lang="de">' in page
    assert "November 2026" in page
    assert "Mittwoch, 18. November" in page


@pytest.mark.parametrize(("cycle", "clock"), [("", "13:00"), ("12", "1:00 PM"), ("24", "13:00")])
def test_times_follow_the_chosen_clock(german: Client, alice: User, cycle: str, clock: str) -> None:
    fill_month(alice, ON)
    change_preferences(owner=alice, changes={"hour_cycle": cycle})
    page = german.get(f"/calendar/week/{ON}/").content.decode().replace("\u202f", " ")
    times = set(re.findall(r"\b\d{1,2}:\d{2}(?: [AP]M)?", " ".join(Texts(page).found)))
    assert times
    assert all(("M" in time) == (cycle == "12") for time in times)
    assert clock[-2:] != "PM" or any(time.endswith("PM") for time in times)


def test_a_german_visitor_signs_up_in_german(client: Client, db: None) -> None:
    form = {"email": "grete@example.org", "password1": PASSWORD, "password2": PASSWORD}
    page = client.get("/accounts/signup/", headers=GERMAN).content.decode()
    assert "Konto anlegen" in page
    assert client.post("/accounts/signup/", form, headers=GERMAN).status_code == 302
    (message,) = mail.outbox
    assert "bestätigen" in message.subject.lower() + message.body.lower()
    assert "Hello" not in message.body


def test_mails_are_in_their_readers_language_whoever_causes_them(
    german: Client, alice: User, bob: User
) -> None:
    mail.outbox.clear()
    tell_wrong_codes(user=alice, client=App(ip="192.0.2.1", user_agent=""), count=2)
    tell_wrong_codes(user=bob, client=App(ip="192.0.2.1", user_agent=""), count=2)
    german_mail, english_mail = mail.outbox
    assert german_mail.subject == "Daybook: Falsche Codes für Ihr Konto"
    assert "2 Mal ein falscher Code" in german_mail.body
    assert english_mail.subject == "Daybook: Wrong codes for your account"


def test_an_approval_is_told_in_the_language_of_the_approved(alice: User) -> None:
    change_profile(owner=alice, changes={"language": "de-CH"})
    User.objects.filter(pk=alice.pk).update(is_active=False, pending_since=timezone.now())
    mail.outbox.clear()
    assert approve(user=alice)
    assert mail.outbox[0].subject == "Daybook: Ihr Konto ist freigegeben"


def test_a_task_writes_german_and_translates_what_is_stored(alice: User) -> None:
    change_profile(owner=alice, changes={"language": "de"})
    connection = make_connection(alice)
    Connection.objects.filter(pk=connection.pk).update(
        status=Connection.Status.RECONNECT_REQUIRED,
        error_code=GrantRevoked.code,
        error_message=GrantRevoked.message,
        notice_due_at=timezone.now(),
    )
    mail.outbox.clear()
    assert notify_reconnect_required() == 1
    (message,) = mail.outbox
    assert "neu verbinden" in message.subject
    assert "Googles Erlaubnis ist abgelaufen" in message.body


def test_why_an_event_is_missing_is_told_in_german(german: Client, alice: User) -> None:
    connection = make_connection(alice)
    calendar = make_calendar(connection, "Arbeit", "#4a6fa5")
    SyncRun.objects.create(connection=connection, owner=alice, calendar=calendar, created=1)
    QuarantinedEvent.objects.create(
        owner=alice,
        calendar=calendar,
        remote_id="standup",
        reason="its recurrence can't be read: “XX” isn't a date.",
        payload={},
    )
    page = german.get("/settings/calendars/").content.decode()
    assert "die Wiederholung kann nicht gelesen werden: „XX“ ist kein Datum." in page


def test_errors_of_the_api_follow_the_request(alice: User) -> None:
    phone = Client(headers=bearer(make_session(alice)))
    path, body = "/api/v1/profile", {"phone_number": "12"}
    told = {
        language: phone.patch(
            path, body, content_type="application/json", headers={"Accept-Language": language}
        )
        for language in ("de", "en")
    }
    assert told["de"].status_code == told["en"].status_code == 422
    german, english = told["de"].json(), told["en"].json()
    assert german["title"] == "Einige Werte sind ungültig"
    assert english["title"] == "Some values aren't valid"
    assert german["code"] == english["code"] == "invalid"
    assert german["errors"][0]["code"] == english["errors"][0]["code"]
    assert german["errors"][0]["message"] != english["errors"][0]["message"]


def test_the_description_of_the_api_stays_english(client: Client) -> None:
    german = client.get("/api/schema/", headers=GERMAN)
    assert german.content == client.get("/api/schema/").content
    assert "Die Anfrage" not in german.content.decode()


@pytest.mark.parametrize("path", ["/no/such/page", "/settings/no/such/page"])
def test_a_page_that_does_not_exist_is_missed_in_german(client: Client, path: str) -> None:
    page = client.get(path, headers=GERMAN)
    assert page.status_code == 404
    assert "Nicht gefunden" in page.content.decode()
