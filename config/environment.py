"""Read settings from the environment; an invalid value ends the start with a one-line error."""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import environ

EX_CONFIG = 78  # sysexits.h
Value = TypeVar("Value")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
LARGEST_NUMBER = 2_147_483_647
# Each of these may also be given as a file: the variable NAME_FILE holds its path.
SECRETS = (
    *("SECRET_KEY", "DATABASE_URL", "DATABASE_DIRECT_URL", "REDIS_URL", "ENCRYPTION_KEYS"),
    *("TOKEN_SIGNING_KEYS", "LEGACY_JWT_SECRET", "GOOGLE_CLIENT_SECRET", "EMAIL_HOST_PASSWORD"),
    *("METRICS_TOKEN", "WEB_PUSH_PRIVATE_KEY"),
)
LARGEST_SECRET_BYTES = 64 * 1024


class ConfigurationFault(SystemExit):
    """A setting is missing or invalid.

    It is a SystemExit, so that every entry point (manage.py, gunicorn, Celery) ends with one line
    instead of a traceback that may contain the value. The exit code tells a supervisor that a
    restart won't help; Python prints a SystemExit's message only with exit code 1.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(EX_CONFIG)
        self.message = f"Daybook cannot start: {name} {reason}"
        sys.stderr.write(f"{self.message}\n")

    def __str__(self) -> str:
        return self.message


class Environment:
    """The process environment, then `.env`, then the defaults of this checkout."""

    def __init__(self, base_dir: Path) -> None:
        self._env = environ.Env()
        self._env.smart_cast = False
        self._read_dotenv(base_dir / ".env")
        self._defaults: dict[str, str] = {}

    def add_defaults(self, values: dict[str, str]) -> None:
        """Add defaults; those that were added earlier take precedence."""
        self._defaults = {**values, **self._defaults}

    def text(self, name: str, default: str = "") -> str:
        """Return the value literally: a leading `$` doesn't refer to another variable."""
        given = (self._given(name), self._defaults.get(name, ""))
        return next((raw.strip() for raw in given if raw.strip()), default)

    def secret_files(self) -> list[Path]:
        """Return the files that hold secrets, so that a check can look at their permissions."""
        paths = (self._env.ENVIRON.get(file_variable(name), "").strip() for name in SECRETS)
        return [Path(path) for path in paths if path]

    def lines(self, name: str) -> str:
        """Return a multi-line value, whose line breaks are written as `\\n` in `.env` files."""
        return self.text(name).replace("\\n", "\n")

    def require(self, purposes: Mapping[str, str]) -> None:
        """Raise ConfigurationFault if any of the variables is missing, and name all that are.

        The values of `purposes` say what to set.
        """
        missing = [name for name in purposes if not self.words(name)]
        if len(missing) == 1:
            raise ConfigurationFault(missing[0], f"is not set. {purposes[missing[0]]}")
        if missing:
            names = f"{', '.join(missing[:-1])} and {missing[-1]}"
            raise ConfigurationFault(names, "are not set. See .env.example for each of them.")

    def flag(self, name: str, default: bool) -> bool:
        return self._parse(name, str(default), _flag, "must be true or false.")

    def number(
        self, name: str, default: int, minimum: int = 0, maximum: int = LARGEST_NUMBER
    ) -> int:
        def parse(raw: str) -> int:
            value = int(raw)
            if not minimum <= value <= maximum:
                raise ValueError
            return value

        rule = f"must be a whole number from {minimum} to {maximum}."
        return self._parse(name, str(default), parse, rule)

    def moment(self, name: str) -> datetime | None:
        """Return a time with its offset (RFC 3339), or midnight UTC of a date."""
        rule = "must look like 2030-01-31 or 2030-01-31T12:00:00Z."
        return self._parse(name, "", lambda raw: _moment(raw) if raw else None, rule)

    def address(self, name: str, default: str, schemes: tuple[str, ...] = ("https", "http")) -> str:
        """Return an absolute URL, unchanged."""
        rule = f"must be a URL like {schemes[0]}://host.example, percent-encoded."
        return self._parse(name, default, lambda raw: _address(raw, schemes), rule)

    def words(self, name: str, default: str = "") -> list[str]:
        return [word.strip() for word in self.text(name, default).split(",") if word.strip()]

    def networks(self, name: str) -> tuple[Network, ...]:
        def parse(raw: str) -> tuple[Network, ...]:
            words = (word.strip() for word in raw.split(","))
            return tuple(ipaddress.ip_network(word) for word in words if word)

        return self._parse(name, "", parse, "must be networks like 192.0.2.0/24, with commas.")

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        value = self.text(name, choices[0])
        if value not in choices:
            raise ConfigurationFault(name, f"must be one of: {', '.join(choices)}.")
        return value

    def _given(self, name: str) -> str:
        value: str = self._env.ENVIRON.get(name, "")
        path = self._env.ENVIRON.get(file_variable(name), "").strip() if name in SECRETS else ""
        if not path:
            return value
        if value.strip():
            raise ConfigurationFault(
                file_variable(name), f"and {name} are both set. Set only one of them."
            )
        return _read_secret(file_variable(name), Path(path))

    def _read_dotenv(self, file: Path) -> None:
        if not file.is_file():
            return
        try:
            with file.open(encoding="utf-8") as lines:
                self._env.read_env(lines)
        except (OSError, UnicodeDecodeError):
            raise ConfigurationFault(
                ".env", "cannot be read. Check its owner and that it is UTF-8."
            ) from None

    def _parse(self, name: str, default: str, parse: Callable[[str], Value], rule: str) -> Value:
        try:
            return parse(self.text(name, default))
        except ValueError:
            raise ConfigurationFault(name, rule) from None


def file_variable(name: str) -> str:
    return f"{name}_FILE"


def _read_secret(variable: str, file: Path) -> str:
    """Return a file's text without the trailing newline. Raises ConfigurationFault."""
    try:
        with file.open("rb") as source:
            content = source.read(LARGEST_SECRET_BYTES + 1)
        text = content.decode().strip()
    except (OSError, ValueError):  # ValueError: not UTF-8, or an impossible path
        raise ConfigurationFault(variable, "names a file that cannot be read as text.") from None
    if len(content) > LARGEST_SECRET_BYTES:
        raise ConfigurationFault(variable, "names a file that is too large for a secret.")
    if not text or "\x00" in text:
        raise ConfigurationFault(variable, "names a file that is empty or contains a NUL.")
    return text


def _flag(raw: str) -> bool:
    word = raw.lower()
    if word in environ.Env.BOOLEAN_TRUE_STRINGS:
        return True
    if word in ("false", "off", "no", "n", "0"):
        return False
    raise ValueError


def _moment(raw: str) -> datetime:
    moment = datetime.fromisoformat(raw)
    if moment.tzinfo is not None:
        return moment
    return datetime.combine(date.fromisoformat(raw), time.min, UTC)


def _address(raw: str, schemes: tuple[str, ...]) -> str:
    parts = urlsplit(raw)
    parts.port  # noqa: B018 - urlsplit checks the port only when it is read
    if parts.scheme not in schemes or not parts.hostname or not raw.isprintable() or " " in raw:
        raise ValueError
    return raw
