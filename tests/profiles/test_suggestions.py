"""The page's suggestions are accepted by their field."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from profiles.fields.validation import validate
from profiles.fields.validators import FIELDS
from profiles.widgets import suggestions, widget_of

LISTS = suggestions()
FIELDS_WITH_LISTS = [path for path in FIELDS if "list" in widget_of(path).attrs]


@pytest.mark.parametrize("path", FIELDS_WITH_LISTS)
def test_every_suggestion_is_accepted_and_shown_as_it_was_chosen(path: str) -> None:
    for value in LISTS[widget_of(path).attrs["list"]]:
        validation = validate({path: value})
        assert validation.faults == [], value
        assert FIELDS[path].show(validation.values[path]) == value


def test_each_list_is_on_the_page_once(client: Client, alice: User) -> None:
    client.force_login(alice, "accounts.password_backend.PasswordBackend")
    html = client.get("/settings/profile/").content.decode()
    assert {name: html.count(f'<datalist id="{name}">') for name in LISTS} == dict.fromkeys(
        LISTS, 1
    )
    assert '<option value="ki">Kikuyu</option>' in html
    assert html.count("<option ") < 1500
