"""Host names of web addresses: public ones, in one spelling, in one script a label."""

from __future__ import annotations

import idna
import regex
from django.core.exceptions import ValidationError

# Names that lead into one's own network: RFC 6761, RFC 6762, RFC 7686, RFC 8375, and ICANN's
# reservation of .internal; the last line are names that routers and offices use without asking.
_NOT_PUBLIC = frozenset(
    {"localhost", "local", "onion", "home.arpa", "internal", "invalid", "test"}
    | {"lan", "home", "corp", "intranet", "localdomain"}
)
# UTS #39 section 5.2, "Highly Restrictive": one script, or Latin beside those that Chinese,
# Japanese and Korean writing mix. The scripts are those that Unicode recommends for identifiers
# (UAX #31, table 5).
_SCRIPTS = (
    "Arabic", "Armenian", "Bengali", "Bopomofo", "Cyrillic", "Devanagari", "Ethiopic",
    "Georgian", "Greek", "Gujarati", "Gurmukhi", "Hangul", "Han", "Hebrew", "Hiragana",
    "Kannada", "Katakana", "Khmer", "Lao", "Latin", "Malayalam", "Myanmar", "Oriya", "Sinhala",
    "Tamil", "Telugu", "Thaana", "Thai", "Tibetan",
)  # fmt: skip
_MIXTURES = (
    r"\p{scx=Latin}\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}",
    r"\p{scx=Latin}\p{scx=Han}\p{scx=Bopomofo}",
    r"\p{scx=Latin}\p{scx=Han}\p{scx=Hangul}",
    *(rf"\p{{scx={script}}}" for script in _SCRIPTS),
)
_ONE_SCRIPT = regex.compile(
    "|".join(rf"[{scripts}\p{{Common}}\p{{Inherited}}]*" for scripts in _MIXTURES)
)
_NUMBER = regex.compile("(?:[0-9]+|0x[0-9a-f]*)", regex.IGNORECASE)


def canonical_host(host: str) -> str:
    """Lower case, in its own letters (IDNA 2008, UTS #46). Raises ValidationError."""
    if ":" in host or _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        # The URL standard reads a host that ends in a number as an IPv4 address, in any notation.
        raise ValidationError(
            "Give the name of a website instead of a number of the network.", code="url_ip_address"
        )
    name = _spelt(host)
    if "." not in name or name in _NOT_PUBLIC or name.endswith(tuple(f".{n}" for n in _NOT_PUBLIC)):
        raise ValidationError(
            "This is no public website: others could not open it.", code="url_private_host"
        )
    if not all(_ONE_SCRIPT.fullmatch(label) for label in name.split(".")):
        raise ValidationError(
            "This name mixes letters of several scripts, as forged names do.",
            code="url_mixed_scripts",
        )
    return name


def _spelt(host: str) -> str:
    try:
        return idna.decode(idna.encode(host.rstrip("."), uts46=True, std3_rules=True))
    except (idna.IDNAError, UnicodeError):
        raise ValidationError(
            "Give a web address like example.com/me: this name cannot exist.", code="invalid_url"
        ) from None
