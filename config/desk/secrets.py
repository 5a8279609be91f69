"""The secrets of a desk, generated once and stored in `var/secrets.env`. Not for production."""

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
    """Return a value for each name in MAKERS; missing ones are generated and stored.

    Concurrent commands get the same secrets. TOKEN_SIGNING_KEYS is one line, with its line breaks
    written as `\\n`. Raises EmbeddedError if the file can't be read or written.
    """
    checkout = base_dir.resolve()
    with explained("Can't read or create the secrets of this checkout"):
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
    """Replace one secret by what `change` returns for it, under a lock, and return it."""
    checkout = base_dir.resolve()
    with explained("Can't change the secrets of this checkout"):
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
    """Replace the file atomically; only its owner can read it."""
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
    """Generate a P-256 key for ES256 (RFC 7518, section 3.4) in PKCS #8."""
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return pem.decode().strip().replace("\n", "\\n")


def make_demo_password() -> str:
    return secrets.token_urlsafe(9)


def throwaway_secrets() -> dict[str, str]:
    """Return secrets for a command that encrypts, signs and decrypts nothing."""
    return {name: make() for name, make in MAKERS.items()}


MAKERS: Mapping[str, Callable[[], str]] = {
    "SECRET_KEY": make_secret_key,
    "ENCRYPTION_KEYS": make_encryption_key,
    "TOKEN_SIGNING_KEYS": make_signing_key,
    "WEB_PUSH_PRIVATE_KEY": make_signing_key,
    "DEMO_PASSWORD": make_demo_password,
}
