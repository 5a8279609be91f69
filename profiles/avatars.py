"""A person's picture: set, removed, read. The row names a folder of the storage; its files, one
a size, never change, so that a new picture is a new folder and a new address."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from contextlib import ExitStack
from functools import partial

import structlog
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import transaction

from accounts.models import User
from config.problems import DomainError, Kind
from profiles.history import Author
from profiles.models import Door, Profile
from profiles.pictures import SIZES, render_picture, too_large
from profiles.writing import open_for_writing, write_avatar

log = structlog.get_logger(__name__)
# Above this a body is not read to its end only to be refused, and the connection may just close.
LONGEST_BODY_BYTES = 32 * 1024**2


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
        on_refusal.callback(_delete_files, name)
        _store_files(name, pictures)
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


def open_avatar(*, owner: User, name: str, edge: int) -> File[bytes]:
    """The file of the owner's own picture. Raises DomainError NOT_FOUND for any other."""
    if edge in SIZES and Profile.objects.filter(owner=owner, avatar=name).exists():
        try:
            return default_storage.open(_path(name, edge))
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
    """The old files go when nothing can bring the old name back any more."""
    with open_for_writing(owner, expected_versions) as profile:
        old = profile.avatar
        if old != name:
            write_avatar(profile, name, author or Author(owner, Door.API))
        if old:
            transaction.on_commit(partial(_delete_files, old))
    return profile


def _store_files(name: str, pictures: Mapping[int, bytes]) -> None:
    for edge, content in pictures.items():
        default_storage.save(_path(name, edge), ContentFile(content))


def _delete_files(name: str) -> None:
    for edge in SIZES:
        default_storage.delete(_path(name, edge))


def _path(name: str, edge: int) -> str:
    return f"avatars/{name}-{edge}.webp"
