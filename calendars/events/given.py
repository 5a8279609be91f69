"""What is wrong with the values that a client gives, and how the parts of an event are told apart.

The values come from JSON or from forms: any type is possible, and each fault is named by the member
that has it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.utils.translation import gettext as _

from config.web.problems import DomainError, FieldFault, Kind
from profiles.fields.rules import tidy

Given = Mapping[str, Any]
# PostgreSQL stores no NUL, UTF-8 has no lone surrogates, and the other controls can't be displayed.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class Faults(list[FieldFault]):
    """The faults of all values, so that a client is told of every one at once."""

    def add(self, field: str, code: str, message: str) -> None:
        self.append(FieldFault(field, code, message))

    def raise_if_any(self) -> None:
        if self:
            message = _("Some values of the event aren't valid. Nothing was saved.")
            raise DomainError(Kind.INVALID, "invalid", message, faults=self)


def text_of(value: Any, field: str, most: int, faults: Faults, *, lines: bool = False) -> str:
    """Return the text in one form: NFC, without space around it; without `lines`, on one line."""
    if value is None:
        return ""
    if not isinstance(value, str):
        faults.add(field, "not-text", _("This must be text."))
        return ""
    if len(value) > 2 * most:  # before anything reads it
        faults.add(field, "too-long", _too_long(value, most))
        return ""
    text = tidy(value)
    if not lines:
        text = " ".join(re.split(r"[\t\n]+", text))
    if _CONTROLS.search(text):
        message = _("This contains a character that can't be displayed. Type the text again.")
        faults.add(field, "control-character", message)
    elif len(text) > most:
        faults.add(field, "too-long", _too_long(text, most))
    return text


def _too_long(text: str, most: int) -> str:
    message = _("Use at most %(most)s characters; this has %(length)s.")
    return message % {"most": most, "length": len(text)}


def choice_of(value: Any, field: str, choices: Sequence[str], faults: Faults) -> str:
    if isinstance(value, str) and value in choices:
        return value
    message = _("Choose one of these: %(choices)s.") % {"choices": ", ".join(choices)}
    faults.add(field, "not-a-choice", message)
    return choices[0]


def flag_of(value: Any, field: str, faults: Faults) -> bool:
    if not isinstance(value, bool):
        faults.add(field, "not-a-boolean", _("Use true or false."))
    return value is True


def list_of(value: Any, field: str, most: int, faults: Faults) -> list[Any]:
    """None is an empty list."""
    if value is None:
        return []
    if not isinstance(value, list | tuple):
        faults.add(field, "not-a-list", _("This must be a list."))
        return []
    if len(value) > most:
        message = _("Use at most %(most)s entries; this has %(length)s.")
        faults.add(field, "too-many", message % {"most": most, "length": len(value)})
        return []
    return list(value)


def object_of(value: Any, field: str, members: Sequence[str], faults: Faults) -> Given:
    """An object that has no other members."""
    if not isinstance(value, Mapping):
        faults.add(field, "not-an-object", _("This must be an object."))
        return {}
    for name in sorted(set(map(str, value)) - set(members)):
        faults.add(f"{field}.{name[:64]}", "unknown", _("This field isn't known."))
    return cast(Given, value)
