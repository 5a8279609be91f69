"""Export of a user's profile data as files, and deletion of the picture files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from accounts.account.personal_data import Files, columns_of, json_list, json_object, rows_in_chunks
from accounts.models import User
from profiles.fields.validators import FIELDS
from profiles.history import shown_values
from profiles.models import Preferences, Profile, ProfileChange
from profiles.pictures.avatars import open_avatar, release_avatar
from profiles.pictures.rendering import SIZES

_OWN_WORDS = ("first_name", "last_name", "display_name", "company")
_PREFERENCES = [field.name for field in Preferences._meta.fields if field.name != "owner"]
_CHANGE = ("version", "field", "before", "after", "door", "changed_at")


def export_profile(user: User) -> Files:
    """Yield the files for the export of an account."""
    for profile in Profile.objects.filter(owner=user):
        yield "profile.json", json_object(_profile(profile))
        if profile.avatar:
            yield "avatar.webp", _picture(user, profile.avatar)
    for preferences in Preferences.objects.filter(owner=user):
        yield "preferences.json", json_object(columns_of(preferences, _PREFERENCES))
    changes = rows_in_chunks(ProfileChange.objects.filter(owner=user))
    yield "profile_history.json", json_list(map(_change, changes))


def release_profile(user: User) -> None:
    """Delete the picture files, which aren't rows, after the transaction has committed."""
    release_avatar(owner=user)


def words_of_profile(user: User) -> Iterator[str]:
    """Yield the names that the user's password must not consist of."""
    for names in Profile.objects.filter(owner=user).values_list(*_OWN_WORDS):
        yield from names


def _profile(profile: Profile) -> dict[str, Any]:
    values = {path: profile.value(path) for path in FIELDS}
    return {**values, "version": profile.version, "updated_at": profile.updated_at}


def _change(change: ProfileChange) -> dict[str, Any]:
    before, after = shown_values(change)
    return {**columns_of(change, _CHANGE), "before": before, "after": after}


def _picture(user: User, name: str) -> Iterator[bytes]:
    with open_avatar(owner=user, name=name, edge=max(SIZES)) as file:
        yield from file.chunks()
