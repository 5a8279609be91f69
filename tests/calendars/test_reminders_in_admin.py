"""Administrators see reminders and devices, without keys and texts."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from calendars.models import PushMessage
from tests.factories import make_user
from tests.row_security.rows import make_rows

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["reminder", "reminderroll", "pushsubscription", "pushmessage"])
def test_each_list_and_row_is_shown_without_what_is_private(alice: User, name: str) -> None:
    make_rows(alice)
    PushMessage.objects.update(payload={"title": "Stand-up", "body": "", "url": "/"})
    admin = Client()
    admin.force_login(make_user("root@example.org", is_staff=True, is_superuser=True))

    page = admin.get(f"/admin/calendars/{name}/", follow=True)

    assert page.status_code == 200
    assert alice.email in page.content.decode()
    key = page.context["cl"].result_list[0].pk
    row = admin.get(f"/admin/calendars/{name}/{key}/change/", follow=True).content.decode()
    assert "Stand-up" not in row
    assert "sealed" not in row
