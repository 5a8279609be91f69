"""Profile pictures: set, remove, restore and read. The row contains the name of the files."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from typing import Final

import structlog
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from config.web.problems import DomainError, Kind
from profiles.history import AVATAR, KEPT_DAYS, Author, picture_names
from profiles.models import Door, Profile
from profiles.pictures.rendering import SIZES, render_picture, too_large
from profiles.services import open_for_writing, write_changes

log = structlog.get_logger(__name__)
_FOLDER = "avatars"

# A longer body is refused without reading it to the end; the connection may then close.
LONGEST_BODY_BYTES: Final = 32 * 1024**2

# How many former pictures are kept for restoring; without a limit, uploads could fill the disk.
MOST_KEPT: Final = 5


def store_picture(name: str, pictures: Mapping[int, bytes]) -> None:
    for edge, content in pictures.items():
        default_storage.save(_path(name, edge), ContentFile(content))


def open_picture(name: str, edge: int) -> File[bytes]:
    """Return the open file. Raises FileNotFoundError."""
    return default_storage.open(_path(name, edge))


def delete_picture(name: str) -> None:
    for edge in SIZES:
        default_storage.delete(_path(name, edge))


def is_stored(name: str) -> bool:
    return all(default_storage.exists(_path(name, edge)) for edge in SIZES)


def names_stored_before(moment: datetime) -> Iterator[str]:
    """Yield the sorted names that have a file older than `moment`."""
    try:
        _, files = default_storage.listdir(_FOLDER)
    except FileNotFoundError:  # no picture was ever stored
        return
    for name in sorted({file.rpartition("-")[0] for file in files}):
        if any(_is_older(_path(name, edge), moment) for edge in SIZES):
            yield name


def _is_older(path: str, moment: datetime) -> bool:
    try:
        return default_storage.get_modified_time(path) < moment
    except FileNotFoundError:  # deleted since it was listed, or only partly stored
        return False


def _path(name: str, edge: int) -> str:
    return f"{_FOLDER}/{name}-{edge}.webp"


def set_avatar(
    *,
    owner: User,
    content: bytes,
    expected_versions: Collection[int] | None = None,
    author: Author | None = None,
) -> Profile:
    """Set the owner's picture. Raises the errors of `render_picture` and `open_for_writing`; then
    nothing is stored."""
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
    """Remove the owner's picture, if any. Raises the errors of `open_for_writing`."""
    return _exchange(owner, "", expected_versions, author)


def restore_avatar(*, owner: User, name: str, author: Author | None = None) -> Profile:
    """Restore a former picture, or with an empty name remove the current one. Raises DomainError
    CONFLICT if the files were deleted."""
    if name and not is_stored(name):
        raise DomainError(
            Kind.CONFLICT,
            "not-undoable",
            _(
                "The former picture is no longer kept: Daybook keeps the last %(most_kept)s"
                " for %(kept_days)s days. Upload it again."
            )
            % {"most_kept": MOST_KEPT, "kept_days": KEPT_DAYS},
        )
    return _exchange(owner, name, None, author)


def release_avatar(*, owner: User) -> None:
    """Delete all current and former pictures of the owner after the transaction has committed."""
    shown = Profile.objects.filter(owner=owner).exclude(avatar="").values_list("avatar", flat=True)
    for name in {*shown, *picture_names(owner=owner)}:
        transaction.on_commit(partial(delete_picture, name))


def open_avatar(*, owner: User, name: str, edge: int) -> File[bytes]:
    """Return the file of the owner's picture. Raises DomainError NOT_FOUND for any other."""
    if edge in SIZES and Profile.objects.filter(owner=owner, avatar=name).exists():
        try:
            return open_picture(name, edge)
        except FileNotFoundError:
            log.warning("avatar_file_missing", owner_id=owner.pk)
    raise DomainError(Kind.NOT_FOUND, "not-found", _("Picture not found."))


def refuse_long_body(content_length: str | None) -> None:
    """Raise DomainError TOO_LARGE before the body is read."""
    length = content_length or ""
    if length.isdecimal() and int(length) > LONGEST_BODY_BYTES:
        raise too_large()


def _exchange(
    owner: User, name: str, expected_versions: Collection[int] | None, author: Author | None
) -> Profile:
    """Change the picture. The files of the former one are kept for restoring; files beyond
    MOST_KEPT are deleted after the commit."""
    with open_for_writing(owner, expected_versions) as profile:
        if profile.avatar != name:
            write_changes(profile, {AVATAR: name}, author or Author(owner, Door.API))
            _delete_oldest(profile)
    return profile


def _delete_oldest(profile: Profile) -> None:
    names = list(picture_names(owner=profile.owner)[: MOST_KEPT + 1])
    for name in {*names[MOST_KEPT:]} - {*names[:MOST_KEPT], profile.avatar}:
        transaction.on_commit(partial(delete_picture, name))
