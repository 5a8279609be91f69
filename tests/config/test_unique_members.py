"""A JSON object that repeats a member is refused wherever JSON is read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django import forms
from django.test import Client as Browser
from hypothesis import given
from hypothesis import strategies as st

from accounts import forms as account_forms
from accounts.models import User
from config.web.bodies import RepeatedMember, UniqueJSONDecoder, load_unique
from tests.accounts.second_steps import set_up_app
from tests.factories import PASSWORD, bearer, make_session

TWICE = (
    '{"a": 1, "a": 1}',
    '{"x": {"b": 1, "b": 2}}',
    '[{"c": 1, "d": 2, "c": 3}]',
    '{"": 1, "": 2}',
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@pytest.mark.parametrize("text", TWICE)
def test_it_is_refused_at_any_depth(text: str) -> None:
    with pytest.raises(RepeatedMember):
        load_unique(text)
    field = forms.JSONField(decoder=UniqueJSONDecoder)
    with pytest.raises(forms.ValidationError):
        field.clean(text)


@given(values)
def test_all_other_json_is_read_as_before(value: Any) -> None:
    text = json.dumps(value)

    assert load_unique(text) == value
    assert UniqueJSONDecoder().decode(text) == value


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "/api/v1/auth/token", '{"email": "a@b.example", "email": "alice@example.org"}'),
        ("patch", "/api/v1/profile", '{"first_name": "Ada", "first_name": "Eve"}'),
        ("patch", "/api/v1/profile", '{"home_address": {"city": "A", "city": "B"}}'),
    ],
)
def test_the_api_names_it(alice: User, method: str, path: str, body: str) -> None:
    headers = bearer(make_session(alice)) if "profile" in path else {}

    answer = getattr(Browser(), method)(path, body, "application/json", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (400, "unreadable")
    assert "occurs twice" in answer.json()["detail"]


PASSKEY_FORMS = [
    getattr(account_forms, name)
    for name in (
        *("AuthenticatePasskeyForm", "ReauthenticatePasskeyForm"),
        *("LoginPasskeyForm", "AddPasskeyForm"),
    )
]


@pytest.mark.parametrize("form", PASSKEY_FORMS)
def test_each_form_of_a_passkey_reads_it_so(form: type[forms.Form]) -> None:
    field = form.base_fields["credential"]
    assert isinstance(field, forms.JSONField)
    assert field.decoder is UniqueJSONDecoder


@pytest.mark.django_db
def test_the_page_of_the_second_step_refuses_it(alice: User) -> None:
    set_up_app(alice)
    browser = Browser()
    browser.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})

    answer = browser.post("/accounts/2fa/authenticate/", {"credential": '{"id": 1, "id": 2}'})

    assert answer.status_code == 200
    assert "Enter a valid JSON." in answer.context["webauthn_form"].errors["credential"]
