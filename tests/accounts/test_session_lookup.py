"""The kept statement loads what the ORM would load."""

from __future__ import annotations

import uuid

import pytest

from accounts.models import Session, User
from accounts.sessions.lookup import load_session
from tests.factories import make_session

pytestmark = pytest.mark.django_db


def test_every_column_of_both_rows_is_the_same(alice: User, bob: User) -> None:
    make_session(bob)
    session_id = make_session(alice, device_label="Alice's phone").session_id
    by_orm = Session.objects.select_related("user").get(pk=session_id)

    loaded = load_session(session_id)

    assert loaded is not None
    for ours, theirs in ((loaded, by_orm), (loaded.user, by_orm.user)):
        for field in theirs._meta.concrete_fields:
            value, expected = getattr(ours, field.attname), getattr(theirs, field.attname)
            assert (type(value), value) == (type(expected), expected), field.attname
    assert not loaded._state.adding


def test_an_unknown_session_is_none(db: None) -> None:
    assert load_session(uuid.uuid4()) is None
