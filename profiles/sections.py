"""The parts in which a person sees a profile, and the names of its fields there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from profiles.validators import EXTENSIONS, FIELDS, MEMBERS


@dataclass(frozen=True, slots=True)
class Section:
    """`slug` names it in an address."""

    slug: str
    title: str
    paths: tuple[str, ...]


def _section(slug: str, title: str, *members: str) -> Section:
    paths = [path for member in members for path in MEMBERS.get(member, (member,))]
    return Section(slug, title, tuple(_with_extensions(paths)))


def _with_extensions(paths: Sequence[str]) -> list[str]:
    """Each phone is followed by its extension."""
    return [
        found
        for path in paths
        if path not in EXTENSIONS.values()
        for found in (path, EXTENSIONS.get(path))
        if found
    ]


PERSONAL: Final = (
    _section("name", "Name", "first_name", "last_name", "display_name", "date_of_birth", "bio"),
    _section("contact", "Contact", "phone_number", "alternate_phone", "preferred_contact_method"),
    _section("home", "Home address", "personal_address"),
    _section("emergency", "Emergency contact", "emergency_contact"),
)
PROFESSIONAL: Final = (
    _section("work", "Work", "job_title", "company", "department", "work_phone", "work_email"),
    _section("work-address", "Work address", "work_address"),
    _section("web", "On the web", "website", "linkedin", "twitter", "github"),
    _section("time", "Time and language", "timezone", "language"),
)
SECTIONS: Final = (*PERSONAL, *PROFESSIONAL)
_SECTION_OF: Final = {path: section for section in SECTIONS for path in section.paths}


def full_label(path: str) -> str:
    """What a field is called where its section is not seen: there are two called City."""
    label = FIELDS[path].label
    return f"{_SECTION_OF[path].title}: {label}" if "." in path else label
