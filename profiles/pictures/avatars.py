"""A person's picture: set, removed, brought back, read. The row holds the name of its files."""

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

from accounts.models import User
from config.web.problems import DomainError, Kind
from profiles.history import AVATAR, KEPT_DAYS, Author, picture_names
from profiles.models import Door, Profile
from profiles.pictures.rendering import SIZES, render_picture, too_large
from profiles.services import open_for_writing, write_changes

log = structlog.get_logger(__name__)
_FOLDER = "avatars"

# Above this a body is not read to its end only to be refused, and the connection may just close.
LONGEST_BODY_BYTES: Final = 32 * 1024**2

# As many earlier pictures stay to be brought back; without a limit, uploads could fill the disk.
MOST_KEPT: Final = 5


def store_picture(name: str, pictures: Mapping[int, bytes]) -> None:
    for edge, content in pictures.items():
        default_storage.save(_path(name, edge), ContentFile(content))


def open_picture(name: str, edge: int) -> File[bytes]:
    """Raises FileNotFoundError."""
    return default_storage.open(_path(name, edge))


def delete_picture(name: str) -> None:
    for edge in SIZES:
        default_storage.delete(_path(name, edge))


def is_stored(name: str) -> bool:
    return all(default_storage.exists(_path(name, edge)) for edge in SIZES)


def names_stored_before(moment: datetime) -> Iterator[str]:
    """Each name with a file that is older, in order."""
    try:
        _, files = default_storage.listdir(_FOLDER)
    except FileNotFoundError:  # nobody has had a picture yet
        return
    for name in sorted({file.rpartition("-")[0] for file in files}):
        if any(_is_older(_path(name, edge), moment) for edge in SIZES):
            yield name


def _is_older(path: str, moment: datetime) -> bool:
    try:
        return default_storage.get_modified_time(path) < moment
    except FileNotFoundError:  # gone since it was listed, or stored by half
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
            f"The former picture is no longer kept: Daybook keeps the last {MOST_KEPT} for "
            f"{KEPT_DAYS} days. Upload it again.",
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
    raise DomainError(Kind.NOT_FOUND, "not-found", "Picture not found.")


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
