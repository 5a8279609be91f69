"""A phone that still holds a token of the old system, from its first request to its new life."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Session, User
from tests.accounts.forge import claims_of
from tests.accounts.serving import serving
from tests.factories import LEGACY_SECRET, make_legacy_token, numbered_claims

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_goes_on_working_and_moves_over_without_a_sign_in(olga: User) -> None:
    sunset_at = timezone.now() + timedelta(days=30)
    old = make_legacy_token(numbered_claims(olga))
    secrets = {"LEGACY_JWT_SECRET": LEGACY_SECRET, "LEGACY_JWT_SUNSET": sunset_at.isoformat()}

    with serving(environment=secrets) as daybook:
        told = daybook.send("GET", "/api/v1/profile", token=old)
        assert told.status == 200
        assert told.headers["Deprecation"].startswith("@")
        assert told.headers["Sunset"] == sunset_at.strftime("%a, %d %b %Y %H:%M:%S GMT")
        way_on = told.headers["Link"].partition(">")[0].removeprefix("<")

        pair = daybook.send("POST", way_on, token=old)
        assert pair.status == 200
        assert daybook.send("POST", way_on, token=old).status == 409

        profile = daybook.send("GET", "/api/v1/profile", token=pair.json()["access"])
        assert (profile.status, profile.json()) == (200, told.json())
        assert "Sunset" not in profile.headers

        next_pair = daybook.send(
            "POST", "/api/v1/auth/token/refresh", body={"refresh": pair.json()["refresh"]}
        )
        access = next_pair.json()["access"]
        assert daybook.send("GET", "/api/v1/profile", token=access).status == 200

        User.objects.update(legacy_allowed=False)
        assert daybook.send("GET", "/api/v1/profile", token=old).status == 401
        assert daybook.send("GET", "/api/v1/profile", token=access).status == 200

    assert claims_of(access)["sub"] == str(olga.public_id)
    assert Session.objects.get().gen == 2
