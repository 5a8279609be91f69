"""`manage.py rotate_signing_key`: sign with a new key without ending any session."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.tokens.keys import STEPS, CannotRotate, Step, parse_signing_keys
from config.desk.secrets import change_local_secret, load_local_secrets

NAME = "TOKEN_SIGNING_KEYS"
NEED_OUTPUT = (
    f"{NAME} comes from the environment here. Name a new file with --output FILE: it gets the next"
    " value, readable by you alone. A private key is never printed."
)


class Command(BaseCommand):
    help = "Rotates the key that signs access tokens, without signing users out."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        steps = parser.add_mutually_exclusive_group()
        steps.set_defaults(step="replace")
        for name in ("announce", "promote", "retire"):
            steps.add_argument(
                f"--{name}",
                dest="step",
                action="store_const",
                const=name,
                help=STEPS[name].summary,
            )
        parser.add_argument(
            "--output", type=Path, metavar="FILE", help="a new file for the next value"
        )

    def handle(self, *args: Any, step: str, output: Path | None, **options: Any) -> None:
        try:
            pem = _rotate(STEPS[step], output)
        except CannotRotate as refusal:
            raise CommandError(str(refusal)) from None
        self.report(pem, STEPS[step], output)

    def report(self, pem: str, step: Step, output: Path | None) -> None:
        self.stdout.write(f"{NAME}, in this order:")
        for position, key in enumerate(parse_signing_keys(pem), start=1):
            duty = "signs and verifies" if position == 1 else "verifies"
            self.stdout.write(f"  {position}. {key.kid} ({key.algorithm}) {duty}")
        if output:
            self.stdout.write(f"Give every process the line in {output}, then delete the file.")
        seconds = settings.ACCESS_TOKEN_SECONDS + settings.TOKEN_LEEWAY_SECONDS
        self.stdout.write(step.advice.format(seconds=seconds))


def _rotate(step: Step, output: Path | None) -> str:
    if output is not None:
        pem = step.change(settings.TOKEN_SIGNING_KEYS)
        _write_private(output, f"{NAME}={_on_one_line(pem)}\n")
        return pem
    if not _are_keys_of_the_desk():
        raise CommandError(NEED_OUTPUT)
    return _on_lines(
        change_local_secret(
            settings.BASE_DIR, NAME, lambda line: _on_one_line(step.change(_on_lines(line)))
        )
    )


def _are_keys_of_the_desk() -> bool:
    """Whether the keys in use are those of `var/secrets.env`. The environment takes precedence
    over it."""
    if not settings.DESK:
        return False
    return _on_lines(load_local_secrets(settings.BASE_DIR)[NAME]) == settings.TOKEN_SIGNING_KEYS


def _write_private(file: Path, text: str) -> None:
    try:
        descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except OSError as error:
        raise CommandError(
            f"{file} can't be created ({error.strerror}). Choose another file."
        ) from None
    with open(descriptor, "w") as lines:
        lines.write(text)


def _on_lines(line: str) -> str:
    return line.replace("\\n", "\n")


def _on_one_line(pem: str) -> str:
    return pem.replace("\n", "\\n")
