"""A change that PostgreSQL rolled back for a concurrent one is retried and applied once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from accounts.middleware import MOST_ATTEMPTS
from accounts.models import User
from profiles.models import Profile, ProfileChange
from tests.losing import losing
from tests.profiles.conftest import Phone
from tests.profiles.test_page import typed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lost(request: pytest.FixtureRequest, alice: User) -> Iterator[int]:
    """Make the given number of attempts to change a profile fail."""
    count: int = request.param
    Profile.objects.get_or_create(owner=alice)
    with losing("profiles_profile", times=count):
        yield count


@pytest.mark.parametrize("lost", [1, MOST_ATTEMPTS - 1], indirect=True)
def test_over_the_api_it_is_made_again(lost: int, phone: Phone, alice: User) -> None:
    answer = phone.patch({"first_name": "Ada"})

    assert (answer.status_code, answer.json()["first_name"]) == (200, "Ada")
    assert Profile.objects.get(owner=alice).first_name == "Ada"
    assert ProfileChange.objects.filter(owner=alice).count() == 1


@pytest.mark.parametrize("lost", [1], indirect=True)
def test_on_the_page_it_is_made_again(lost: int, client: Client, alice: User) -> None:
    client.force_login(alice)

    answer = client.post("/settings/profile/", typed(alice, first_name="Ada"))

    assert answer.status_code == 302
    assert Profile.objects.get(owner=alice).first_name == "Ada"
    assert ProfileChange.objects.filter(owner=alice).count() == 1


@pytest.mark.parametrize("lost", [MOST_ATTEMPTS], indirect=True)
def test_one_that_loses_each_time_is_told(lost: int, phone: Phone, alice: User) -> None:
    answer = phone.patch({"first_name": "Ada"})

    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert Profile.objects.get(owner=alice).first_name == ""
    assert not ProfileChange.objects.filter(owner=alice).exists()
