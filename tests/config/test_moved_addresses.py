"""Former addresses lead to the pages' present ones, with the query and with what was typed."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.test import Client

from accounts.models import User
from profiles.models import Profile

pytestmark = pytest.mark.django_db
ID = UUID(int=1)
MOVED = {
    "/profile/": "/settings/profile/",
    "/profile/history/": "/settings/profile/history/",
    "/profile/time-zone/": "/settings/time/zone/",
    "/profile/avatar/": "/settings/profile/avatar/",
    "/profile/check/bio/": "/settings/profile/check/bio/",
    f"/profile/history/{ID}/undo/": f"/settings/profile/history/{ID}/undo/",
    "/connections/": "/settings/calendars/",
    "/connections/google/": "/settings/calendars/google/",
    f"/connections/{ID}/sync/": f"/settings/calendars/accounts/{ID}/sync/",
    f"/connections/{ID}/reconnect/": f"/settings/calendars/accounts/{ID}/reconnect/",
    f"/connections/{ID}/disconnect/": f"/settings/calendars/accounts/{ID}/disconnect/",
    f"/connections/calendars/{ID}/deletions/": f"/settings/calendars/{ID}/deletions/",
    "/accounts/sessions/": "/settings/security/devices/",
    "/accounts/sessions/end-others/": "/settings/security/devices/end-others/",
    f"/accounts/sessions/{ID}/end/": f"/settings/security/devices/{ID}/end/",
    "/accounts/events/": "/settings/security/log/",
    "/accounts/data/": "/settings/data/",
    "/accounts/data/download/": "/settings/data/download/",
    "/accounts/data/export/": "/settings/data/export/",
    "/accounts/delete/": "/settings/data/delete/",
}


@pytest.mark.parametrize("former", MOVED)
def test_a_former_address_moves_for_good_with_its_query(client: Client, former: str) -> None:
    answer = client.get(f"{former}?cursor=abc&next=%2F%3Fa")
    assert answer.status_code == 301
    assert answer["Location"] == f"{MOVED[former]}?cursor=abc&next=%2F%3Fa"
    assert client.head(former)["Location"] == MOVED[former]


def test_a_form_that_was_opened_before_the_move_is_saved(client: Client, alice: User) -> None:
    client.force_login(alice)
    answer = client.post("/profile/time-zone/", {"time_zone": "Asia/Tokyo"}, follow=True)
    assert answer.redirect_chain[0] == ("/settings/time/zone/", 308)
    assert Profile.objects.get(owner=alice).timezone == "Asia/Tokyo"


def test_what_google_and_apps_know_stays(client: Client) -> None:
    assert client.get("/connections/google/callback?state=x&code=y").status_code == 401
    assert client.get("/connections/google/done/").status_code == 200
    assert client.get("/connections/google/confirm/").status_code == 405
    assert client.get("/api/v1/connections").status_code == 401
