"""The secrets of a desk, made once and kept in `var/secrets.env`. Production gives its own."""

import base64
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from config.desk.embedded.place import explained, hand_over, make_var
from config.desk.embedded.state import exclusive

FOLDER = "var"
FILE_NAME = "secrets.env"


def load_local_secrets(base_dir: Path) -> dict[str, str]:
    """Every secret that MAKERS names; the missing ones are made and added to the file.

    Two commands at once get the same secrets. TOKEN_SIGNING_KEYS is one line, its line breaks
    written as `\\n`. Raises EmbeddedError when the file cannot be read or written.
    """
    checkout = base_dir.resolve()
    with explained("The secrets of this checkout cannot be used"):
        var = make_var(checkout, FOLDER)
        known = read_secrets(var / FILE_NAME)
        if MAKERS.keys() <= known.keys():
            return known
        with exclusive(var / "secrets.lock", checkout):
            known = read_secrets(var / FILE_NAME)
            known |= {name: make() for name, make in MAKERS.items() if name not in known}
            write_secrets(var / FILE_NAME, checkout, known)
    return known


def change_local_secret(base_dir: Path, name: str, change: Callable[[str], str]) -> str:
    """Replaces one secret by what `change` makes of it; changes at once come one after another."""
    checkout = base_dir.resolve()
    with explained("The secrets of this checkout cannot be changed"):
        var = make_var(checkout, FOLDER)
        with exclusive(var / "secrets.lock", checkout):
            known = read_secrets(var / FILE_NAME)
            known[name] = change(known[name])
            write_secrets(var / FILE_NAME, checkout, known)
    return known[name]


def read_secrets(file: Path) -> dict[str, str]:
    if not file.is_file():
        return {}
    pairs = (line.partition("=") for line in file.read_text().splitlines() if "=" in line)
    return {name: value for name, _, value in pairs}


def write_secrets(file: Path, checkout: Path, values: Mapping[str, str]) -> None:
    """Replaces the file as a whole, readable by its owner alone."""
    partial = file.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with open(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as lines:
        lines.writelines(f"{name}={value}\n" for name, value in values.items())
    hand_over(partial, checkout)
    partial.replace(file)


def make_secret_key() -> str:
    return secrets.token_urlsafe(50)


def make_encryption_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def make_signing_key() -> str:
    """A P-256 key for ES256 (RFC 7518, section 3.4) as PKCS #8."""
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return pem.decode().strip().replace("\n", "\\n")


def make_demo_password() -> str:
    return secrets.token_urlsafe(9)


def throwaway_secrets() -> dict[str, str]:
    """For a command that seals, signs and opens nothing; they end with it."""
    return {name: make() for name, make in MAKERS.items()}


MAKERS: Mapping[str, Callable[[], str]] = {
    "SECRET_KEY": make_secret_key,
    "ENCRYPTION_KEYS": make_encryption_key,
    "TOKEN_SIGNING_KEYS": make_signing_key,
    "DEMO_PASSWORD": make_demo_password,
}
