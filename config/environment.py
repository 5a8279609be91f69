"""Reads settings from the environment; a bad value stops the start with one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import environ

Value = TypeVar("Value")


class ConfigurationFault(SystemExit):
    """A setting is missing or cannot be used.

    It is a SystemExit, so that every door (manage.py, gunicorn, Celery) ends with
    one line and exit code 1 instead of a traceback that may hold the value.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"Daybook cannot start: {name} {reason}")


class Environment:
    """The process environment, completed by `.env` and then by defaults of this checkout."""

    def __init__(self, base_dir: Path) -> None:
        self._env = environ.Env()
        self._env.smart_cast = False
        dotenv = base_dir / ".env"
        if dotenv.is_file():
            self._env.read_env(str(dotenv))
        self._defaults: dict[str, str] = {}

    def add_defaults(self, values: dict[str, str]) -> None:
        self._defaults.update(values)

    def text(self, name: str, default: str = "") -> str:
        """The value as it stands: a leading `$` is not a reference to another variable."""
        raw = self._env.ENVIRON.get(name) or self._defaults.get(name) or default
        return raw.strip()

    def lines(self, name: str) -> str:
        """A value of several lines, which `.env` files write with `\\n`."""
        return self.text(name).replace("\\n", "\n")

    def required(self, name: str, purpose: str) -> str:
        value = self.text(name)
        if not value:
            raise ConfigurationFault(name, f"is not set. {purpose}")
        return value

    def flag(self, name: str, default: bool) -> bool:
        return self._parse(name, str(default), _flag, "must be true or false.")

    def number(self, name: str, default: int, minimum: int = 0) -> int:
        def parse(raw: str) -> int:
            value = int(raw)
            if value < minimum:
                raise ValueError
            return value

        return self._parse(name, str(default), parse, f"must be a whole number from {minimum} up.")

    def words(self, name: str, default: str = "") -> list[str]:
        return [word.strip() for word in self.text(name, default).split(",") if word.strip()]

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        value = self.text(name, choices[0])
        if value not in choices:
            raise ConfigurationFault(name, f"must be one of: {', '.join(choices)}.")
        return value

    def _parse(self, name: str, default: str, parse: Callable[[str], Value], rule: str) -> Value:
        try:
            return parse(self.text(name, default))
        except ValueError:
            raise ConfigurationFault(name, rule) from None


def _flag(raw: str) -> bool:
    word = raw.lower()
    if word in environ.Env.BOOLEAN_TRUE_STRINGS:
        return True
    if word in ("false", "off", "no", "n", "0"):
        return False
    raise ValueError
