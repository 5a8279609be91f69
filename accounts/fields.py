"""An email address field with one canonical form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    EmailField = models.EmailField[str, str]
else:
    EmailField = models.EmailField


def normalise_email(email: str) -> str:
    """Return the form in which addresses are stored and looked up: trimmed, lower case."""
    return email.strip().lower()


class NormalisedEmailField(EmailField):
    """Store addresses in canonical form; Django passes values, rows and lookups through
    `to_python`."""

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return normalise_email(value) if isinstance(value, str) else value
