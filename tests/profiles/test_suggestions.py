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


PAGES = {"/settings/profile/": ["countries"], "/settings/time/": ["languages", "time-zones"]}


@pytest.mark.parametrize("page", PAGES)
def test_each_list_is_once_on_the_page_that_needs_it(
    client: Client, alice: User, page: str
) -> None:
    client.force_login(alice)
    html = client.get(page).content.decode()
    counts = {name: html.count(f'<datalist id="{name}">') for name in LISTS}
    assert counts == {name: int(name in PAGES[page]) for name in LISTS}
    assert ('<option value="ki">Kikuyu</option>' in html) == ("languages" in PAGES[page])
    assert html.count("<option ") < 1500
