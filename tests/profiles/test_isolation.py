"""Only its owner can access a profile, and only when signed in."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from profiles.models import Profile
from profiles.services import change_profile
from tests.profiles.conftest import URL, Phone


def test_charlie_reads_and_writes_his_own_profile_only(alice: User, charlie: User) -> None:
    change_profile(owner=alice, changes={"first_name": "Alice", "bio": "secret"})
    phone = Phone(charlie)
    assert "secret" not in phone.get().content.decode()
    phone.put({"first_name": "Charlie"})
    assert Profile.objects.get(owner=alice).first_name == "Alice"
    assert Profile.objects.get(owner=charlie).first_name == "Charlie"


def test_the_owner_cannot_be_sent(alice: User, charlie: User) -> None:
    change_profile(owner=alice, changes={"first_name": "Alice"})
    assert Phone(charlie).patch({"owner": alice.pk, "first_name": "x"}).status_code == 422
    assert Profile.objects.get(owner=alice).first_name == "Alice"


def test_the_page_shows_ones_own(alice: User, charlie: User, client: Client) -> None:
    change_profile(owner=alice, changes={"bio": "secret"})
    client.force_login(charlie, "accounts.password_backend.PasswordBackend")
    assert "secret" not in client.get("/settings/profile/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "put", "patch"])
def test_nobody_gets_a_401(client: Client, method: str) -> None:
    response = getattr(client, method)(URL, {}, content_type="application/json")
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert not Profile.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_is_sent_from_the_page_to_sign_in(client: Client, method: str) -> None:
    response = getattr(client, method)("/settings/profile/")
    assert response.status_code == 302
    assert response["Location"] == "/accounts/login/?next=/settings/profile/"
    assert not Profile.objects.exists()
