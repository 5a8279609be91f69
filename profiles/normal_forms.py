"""The normal forms of e-mail addresses, web addresses and language tags, with their patterns.

Each function gives the normal form of tidy text, or None when it is not valid.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, URLValidator

from profiles.rules import SPACES

# RFC 5321 section 4.5.3.1 limits a path to 256 octets with its brackets, an address so to 254.
EMAIL_LENGTH = 254
_ATEXT = r"[-A-Za-z0-9!#$%&'*+/=?^_`{|}~]+"
_HOST_CHARACTER = r"a-z0-9\u00a1-\u167f\u1681-\u1fff\u2010-\u2027\u2030-\u205e\u2070-\u2fff"
_HOST_CHARACTER += r"\u3003-\ud7ff\uf900-\U0010ffff"
_LABEL = rf"[{_HOST_CHARACTER}](?:[-{_HOST_CHARACTER}]*[{_HOST_CHARACTER}])?"
EMAIL = rf"{_ATEXT}(?:\.{_ATEXT})*@(?:{_LABEL}\.)+{_LABEL}"
_valid_email = EmailValidator(allowlist=[])


def canonical_email(text: str) -> str | None:
    """The local part as written (RFC 5321: only its host may read it), the domain in lower case."""
    local, at, domain = text.rpartition("@")
    address = f"{local}{at}{_folded_host(domain)}"
    return address if _passes(_valid_email, address) else None


WEB_ADDRESS = rf"https?://(?:{_LABEL}\.)+{_LABEL}(?::[0-9]{{1,5}})?(?:[/?#][^{SPACES}<>\"\\]*)?"
_valid_url = URLValidator(schemes=["http", "https"])


def canonical_web_address(text: str) -> str | None:
    """An http(s) URL without credentials, its scheme and host in lower case."""
    try:
        parts = urlsplit(text)
        if parts.username is not None or parts.password is not None:
            return None
    except ValueError:  # a bracket that is no IPv6 address
        return None
    address = urlunsplit(
        parts._replace(scheme=parts.scheme.lower(), netloc=_folded_host(parts.netloc))
    )
    return address if _passes(_valid_url, address) else None


# RFC 5646 section 2.1, without the tags that are only grandfathered. No primary language subtag
# of four letters or more was ever registered, so "English" is a mistake and not a language.
LANGUAGE = (
    r"[a-z]{2,3}(?:-[a-z]{3}){0,3}"
    r"(?:-[A-Z][a-z]{3})?"
    r"(?:-(?:[A-Z]{2}|[0-9]{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"
    r"(?:-[a-wy-z0-9](?:-[a-z0-9]{2,8})+)*"
    r"(?:-x(?:-[a-z0-9]{1,8})+)?"
)


def canonical_language(text: str) -> str | None:
    """Casing by RFC 5646 section 2.1.1; en_US, as many systems write it, is en-US."""
    if not text.isascii():
        return None
    first, *rest = text.lower().replace("_", "-").split("-")
    tags = [first]
    for subtag in rest:
        after_singleton = len(tags[-1]) == 1
        tags.append(subtag if after_singleton else _cased(subtag))
    return "-".join(tags)


def _cased(subtag: str) -> str:
    if len(subtag) == 2:
        return subtag.upper()
    return subtag.title() if len(subtag) == 4 and subtag.isalpha() else subtag


def _folded_host(domain: str) -> str:
    """One spelling of a host: NFKC and lower case, the core of UTS #46, fold full-width forms."""
    folded = unicodedata.normalize("NFKC", domain).lower()
    return unicodedata.normalize("NFKC", folded)


def _passes(validator: Callable[[str], None], text: str) -> bool:
    try:
        validator(text)
    except ValidationError:
        return False
    return True
