"""A person's picture: set, removed, brought back, read. The row holds the name of its files."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from contextlib import ExitStack
from functools import partial
from typing import Final

import structlog
from django.core.files.base import File
from django.db import transaction

from accounts.models import User
from config.problems import DomainError, Kind
from profiles.history import AVATAR, KEPT_DAYS, Author, picture_names
from profiles.models import Door, Profile
from profiles.picture_files import delete_picture, is_stored, open_picture, store_picture
from profiles.pictures import SIZES, render_picture, too_large
from profiles.writing import open_for_writing, write_changes

log = structlog.get_logger(__name__)
# Above this a body is not read to its end only to be refused, and the connection may just close.
LONGEST_BODY_BYTES: Final = 32 * 1024**2
# As many earlier pictures stay to be brought back; without a limit, uploads could fill the disk.
MOST_KEPT: Final = 5


def set_avatar(
    *,
    owner: User,
    content: bytes,
    expected_versions: Collection[int] | None = None,
    author: Author | None = None,
) -> Profile:
    """Raises what `render_picture` and `open_for_writing` raise; then nothing is stored."""
    pictures = render_picture(content)
    name = secrets.token_urlsafe(32)
    with ExitStack() as on_refusal:
        on_refusal.callback(delete_picture, name)
        store_picture(name, pictures)
        profile = _exchange(owner, name, expected_versions, author)
        on_refusal.pop_all()
    return profile


def remove_avatar(
    *,
    owner: User,
    expected_versions: Collection[int] | None = None,
    author: Author | None = None,
) -> Profile:
    """Raises what `open_for_writing` raises. To remove none is no change."""
    return _exchange(owner, "", expected_versions, author)


def restore_avatar(*, owner: User, name: str, author: Author | None = None) -> Profile:
    """Brings an earlier picture back, or with an empty name none. Raises DomainError CONFLICT when
    its files are gone."""
    if name and not is_stored(name):
        raise DomainError(
            Kind.CONFLICT,
            "not-undoable",
            f"The picture before is no longer kept: only the last {MOST_KEPT} are, "
            f"for {KEPT_DAYS} days. Choose it again.",
        )
    return _exchange(owner, name, None, author)


def release_avatar(*, owner: User) -> None:
    """Lets go of every picture the owner has or had, when the transaction has committed."""
    shown = Profile.objects.filter(owner=owner).exclude(avatar="").values_list("avatar", flat=True)
    for name in {*shown, *picture_names(owner=owner)}:
        transaction.on_commit(partial(delete_picture, name))


def open_avatar(*, owner: User, name: str, edge: int) -> File[bytes]:
    """The file of the owner's own picture. Raises DomainError NOT_FOUND for any other."""
    if edge in SIZES and Profile.objects.filter(owner=owner, avatar=name).exists():
        try:
            return open_picture(name, edge)
        except FileNotFoundError:
            log.warning("avatar_file_missing", owner_id=owner.pk)
    raise DomainError(Kind.NOT_FOUND, "not-found", "There is no such picture.")


def refuse_long_body(content_length: str | None) -> None:
    """Raises DomainError TOO_LARGE before a byte of it is read."""
    length = content_length or ""
    if length.isdecimal() and int(length) > LONGEST_BODY_BYTES:
        raise too_large()


def _exchange(
    owner: User, name: str, expected_versions: Collection[int] | None, author: Author | None
) -> Profile:
    """The files of the picture before stay, to be brought back; of those before it, one too many
    goes when nothing can bring the old name back any more."""
    with open_for_writing(owner, expected_versions) as profile:
        if profile.avatar != name:
            write_changes(profile, {AVATAR: name}, author or Author(owner, Door.API))
            _let_go_of_oldest(profile)
    return profile


def _let_go_of_oldest(profile: Profile) -> None:
    names = list(picture_names(owner=profile.owner)[: MOST_KEPT + 1])
    for name in {*names[MOST_KEPT:]} - {*names[:MOST_KEPT], profile.avatar}:
        transaction.on_commit(partial(delete_picture, name))
