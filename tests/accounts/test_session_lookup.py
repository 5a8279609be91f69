"""The kept statement loads what the ORM would load."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.postgres.signals import get_citext_oids, get_hstore_oids
from django.db import connection

from accounts.models import Session, User
from accounts.sessions.lookup import load_session
from tests.factories import make_session
from tests.privilege import as_product

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


@pytest.mark.django_db(transaction=True)
def test_it_is_found_by_the_first_connection_of_a_process(alice: User) -> None:
    """Which asks for the types of django.contrib.postgres before it is anybody's."""
    session_id = make_session(alice).session_id
    connection.close()
    get_hstore_oids.cache_clear()  # type: ignore[attr-defined]  # its stub hides lru_cache
    get_citext_oids.cache_clear()  # type: ignore[attr-defined]

    with as_product():
        assert load_session(session_id) is not None


def test_an_unknown_session_is_none(db: None) -> None:
    assert load_session(uuid.uuid4()) is None
