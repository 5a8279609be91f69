"""E-mail addresses, judged by email-validator."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from email_validator import EmailNotValidError, validate_email

from profiles.rules import Values

# RFC 5321 section 4.5.3.1 limits a path to 256 octets with its brackets, an address so to 254.
EMAIL_LENGTH = 254
# The shape alone; what a host or a local part may hold is for the validator to say.
_NO_SPACE = r"[^\u0020\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000<>()\[\],;:\\\"@]+"
EMAIL = rf"{_NO_SPACE}@[^.A-Z\u0020<>()\[\],;:\\\"@/?#]+(?:\.[^.A-Z\u0020<>()\[\],;:\\\"@/?#]+)+"


def canonical_email(text: str, around: Values) -> str:
    """The local part as written (RFC 5321: only its host may read it), the domain in lower case
    and, where it is internationalised, in its own letters. Nothing is looked up."""
    if len(text) > EMAIL_LENGTH:
        raise ValidationError(
            f"Use at most {EMAIL_LENGTH} characters; this has {len(text)}.", code="too_long"
        )
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise ValidationError(
            f"Give one e-mail address, like name@example.com. {error}", code="invalid_email"
        ) from None
