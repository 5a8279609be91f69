"""Web addresses: a user's website, and profiles on LinkedIn, X and GitHub."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, unquote, urlsplit

import idna
import regex
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from profiles.fields.rules import SPACES, Values, tidy

# Names of local networks: RFC 6761, RFC 6762, RFC 7686, RFC 8375, and ICANN's reservation of
# .internal; the last line lists names that routers and companies use without a reservation.
_NOT_PUBLIC = frozenset(
    {"localhost", "local", "onion", "home.arpa", "internal", "invalid", "test"}
    | {"lan", "home", "corp", "intranet", "localdomain"}
)

# UTS #39 section 5.2, "Highly Restrictive": one script, or Latin together with the scripts that
# Chinese, Japanese and Korean mix. These are the scripts that Unicode recommends for identifiers
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
_NAME = r"[^.:/?#@A-Z\u0020<>\"\\]+"
WEB_ADDRESS = rf"https://{_NAME}(?:\.{_NAME})+(?::[0-9]{{1,5}})?(?:[/?#][^{SPACES}<>\"\\]*)?"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?!\d+(?:[/?#]|$))")
_UNFIT = re.compile(rf"[{SPACES}<>\"\\]")

# First path segments that belong to the network itself instead of a person.
_PLACES_ON_X = frozenset((
    "home", "i", "search", "explore", "settings", "intent", "share", "hashtag", "login",
    "logout", "signup", "messages", "notifications", "compose", "tos", "privacy", "about",
    "download",
))  # fmt: skip
_PLACES_ON_GITHUB = frozenset((
    "orgs", "settings", "login", "logout", "join", "explore", "topics", "trending",
    "marketplace", "sponsors", "features", "pricing", "about", "contact", "new",
    "notifications", "issues", "pulls", "search", "apps", "enterprise",
))  # fmt: skip


def canonical_host(host: str) -> str:
    """Return the host in lower case and Unicode (IDNA 2008, UTS #46). Raises ValidationError."""
    if ":" in host or _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        # The URL standard parses a host that ends in a number as an IPv4 address, in any notation.
        raise ValidationError(
            _("Use the name of a website instead of an IP address."), code="url_ip_address"
        )
    name = _decoded(host)
    if "." not in name or name in _NOT_PUBLIC or name.endswith(tuple(f".{n}" for n in _NOT_PUBLIC)):
        raise ValidationError(
            _("This isn't a public website. Use an address that others can open."),
            code="url_private_host",
        )
    if not all(_ONE_SCRIPT.fullmatch(label) for label in name.split(".")):
        raise ValidationError(
            _("This name mixes letters of several scripts, which is common in forged names."),
            code="url_mixed_scripts",
        )
    return name


def _decoded(host: str) -> str:
    try:
        return idna.decode(idna.encode(host.rstrip("."), uts46=True, std3_rules=True))
    except (idna.IDNAError, UnicodeError):
        raise ValidationError(
            _("This name isn't a valid domain. Enter a web address such as example.com/me."),
            code="invalid_url",
        ) from None


def canonical_website(text: str, around: Values) -> str:
    """Return an https URL. The scheme may be missing; http on its default port becomes https."""
    parts = _read(text)
    host, port = canonical_host(parts.hostname or ""), _port(parts)
    rest = parts._replace(scheme="", netloc="").geturl()
    return f"https://{host}{port}{rest}"


def _read(text: str) -> SplitResult:
    """Split a URL that is safe to show as a link. Raises ValidationError."""
    if _UNFIT.search(text):
        raise ValidationError(
            _("Enter one web address, such as https://example.com/me."), code="invalid_url"
        )
    try:
        parts = urlsplit(_with_scheme(text))
        has_credentials = "@" in parts.netloc
    except ValueError:  # brackets without an IPv6 address
        raise ValidationError(
            _("Enter a web address such as https://example.com/me."), code="invalid_url"
        ) from None
    if has_credentials:
        raise ValidationError(
            _(
                "Remove the part before the @: a web address here can't contain a user name, "
                "password or email address."
            ),
            code="url_with_credentials",
        )
    return parts


def _with_scheme(text: str) -> str:
    scheme = _SCHEME.match(text)
    if scheme is None:
        return f"https://{text.removeprefix('//')}"
    if not text.lower().startswith(("https://", "http://")):
        raise ValidationError(_("Use an address that starts with https://."), code="url_scheme")
    return text


def _port(parts: SplitResult) -> str:
    try:
        port = parts.port
    except ValueError:
        raise ValidationError(_("This port doesn't exist."), code="invalid_url") from None
    usual = 80 if parts.scheme == "http" else 443
    if port is None or port == usual:
        return ""
    if parts.scheme == "http" or port == 0:
        raise ValidationError(
            _("Use the address that starts with https://: this one isn't encrypted."),
            code="url_not_https",
        )
    return f":{port}"


@dataclass(frozen=True, slots=True)
class Network:
    """A network with profiles. `hosts` is the pattern of its host names; `root` is the canonical
    URL before the handle; `handle` is the pattern of a handle by the network's rules; `tail` is the
    pattern of what its links have after the handle; `reserved` are paths that aren't handles."""

    name: str
    label: str
    hosts: str
    root: str
    handle: str
    tail: str = ""
    reserved: frozenset[str] = frozenset()

    @property
    def pattern(self) -> str:
        """The pattern of the canonical URL, in which non-ASCII letters are percent-encoded."""
        return re.escape(self.root) + r"[A-Za-z0-9_%\-]+"

    def canonical(self, text: str, around: Values) -> str:
        """Return the canonical URL for a URL, a path without a scheme, or a handle with or without
        @."""
        handle = tidy(self._handle_of(text))
        if handle.casefold() in self.reserved:
            raise self._no_profile()
        if not re.fullmatch(self.handle, handle):
            raise ValidationError(
                _(
                    "This isn't a valid user name on %(name)s. Copy the address of your profile"
                    " there."
                )
                % {"name": self.name},
                code="invalid_handle",
            )
        return self.root + quote(handle, safe="")

    def _handle_of(self, text: str) -> str:
        bare = text.removeprefix("\uff20").removeprefix("@")
        if not re.search("[./:]", bare):
            return bare
        folder = urlsplit(self.root).path.strip("/")
        if folder and re.match(f"/?{folder}/", bare):
            return self._from_path(f"/{bare.lstrip('/')}")
        parts = _read(text)
        host = canonical_host(parts.hostname or "")
        if not re.fullmatch(self.hosts, host) or _port(parts):
            raise ValidationError(
                _("This isn't an address on %(name)s.") % {"name": self.name}, code="url_wrong_host"
            )
        return self._from_path(parts.path)

    def _from_path(self, path: str) -> str:
        """Return the handle in the path; the query (?s=20) and the tail are ignored."""
        prefix = urlsplit(self.root).path
        rest = path.removeprefix(prefix)
        handle, _, more = rest.partition("/")
        is_profile = path.startswith(prefix) and handle and re.fullmatch(self.tail, more)
        if not is_profile:
            raise self._no_profile()
        return unquote(handle, errors="replace").removeprefix("@")

    def _no_profile(self) -> ValidationError:
        return ValidationError(
            _("This isn't the address of a person's profile on %(name)s.") % {"name": self.name},
            code="url_not_a_profile",
        )


LINKEDIN = Network(
    name="LinkedIn",
    label="LinkedIn",
    # www, country hosts (de, uk) and mobile hosts.
    hosts=r"(?:(?:www|m|mobile|touch|touch\.www|[a-z]{2})\.)?linkedin\.com",
    root="https://www.linkedin.com/in/",
    # "Between 3-100 letters or numbers" (LinkedIn's help on custom URLs); default URLs contain
    # hyphens, and members in many countries have non-ASCII letters.
    handle=r"[^\W_](?:[^\W_]|-){1,98}[^\W_]",
    # The language of the page, or a section of it.
    tail="(?:[a-z]{2}/?|(?:details|overlay|recent-activity)/.*)?",
)


X = Network(
    name="X",
    label="X (Twitter)",
    hosts=r"(?:(?:www|m|mobile)\.)?(?:twitter|x)\.com",
    root="https://x.com/",
    # X's help on usernames: letters, numbers and underscores, at most 15 characters.
    handle="[A-Za-z0-9_]{1,15}",
    tail="(?:(?:with_replies|media|likes|highlights|articles|followers|following)/?)?",
    reserved=_PLACES_ON_X,
)


GITHUB = Network(
    name="GitHub",
    label="GitHub",
    hosts=r"(?:(?:www|m)\.)?github\.com",
    root="https://github.com/",
    # Alphanumeric with single hyphens inside, at most 39 characters; accounts of an enterprise
    # end with an underscore and its short code.
    handle="(?=.{1,39}$)[A-Za-z0-9](?:-?[A-Za-z0-9])*(?:_[A-Za-z0-9]+)?",
    reserved=_PLACES_ON_GITHUB,
)
