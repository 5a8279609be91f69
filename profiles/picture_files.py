"""The files of pictures in Django's storage: one a size, under an unguessable name. They never
change, so that a new picture is a new name and a new address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

from profiles.pictures import SIZES

_FOLDER = "avatars"


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
