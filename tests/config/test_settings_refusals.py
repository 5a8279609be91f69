"""An invalid value ends the start with one line that names the variable, not the value."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from config.desk.secrets import make_encryption_key, make_secret_key, make_signing_key
from config.environment import EX_CONFIG, ConfigurationFault, Environment
from tests.config.sessions import PATIENCE_SECONDS, REPOSITORY

SECRET = "hunter2-of-alice"
KEY = make_signing_key()
PRODUCTION = {
    "DATABASE_URL": "postgresql://daybook@127.0.0.1/daybook",
    "REDIS_URL": "redis://127.0.0.1/0",
    "PUBLIC_URL": "https://daybook.example",
    "SECRET_KEY": make_secret_key(),
    "ENCRYPTION_KEYS": make_encryption_key(),
    "TOKEN_SIGNING_KEYS": KEY,
}
REQUIRED = ("SECRET_KEY", "ENCRYPTION_KEYS", "TOKEN_SIGNING_KEYS", "REDIS_URL")
NUMBERS = (
    "EMAIL_PORT",
    "TRUSTED_PROXY_COUNT",
    "TOKEN_LEEWAY_SECONDS",
    "ACCESS_TOKEN_SECONDS",
    "SESSION_IDLE_DAYS",
    "SESSION_ABSOLUTE_DAYS",
    "SYNC_INTERVAL_SECONDS",
    "SYNC_HORIZON_PAST_DAYS",
    "SYNC_HORIZON_FUTURE_DAYS",
)
ADDRESSES = (
    "PUBLIC_URL",
    "GOOGLE_AUTH_URI",
    "GOOGLE_TOKEN_URI",
    "GOOGLE_REVOKE_URI",
    "GOOGLE_API_ROOT",
)


def pem(key: PrivateKeyTypes, lock: KeySerializationEncryption | None = None) -> str:
    lock = lock or NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock).decode()


def on_an_unknown_curve(key: PrivateKeyTypes) -> str:
    """1.2.840.10045.3.1.7 is P-256; nothing is registered as …3.1.127."""
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    named = bytes.fromhex("2a8648ce3d0301")
    assert der.count(named + b"\x07") == 1
    text = base64.encodebytes(der.replace(named + b"\x07", named + b"\x7f")).decode()
    return f"-----BEGIN PRIVATE KEY-----\n{text}-----END PRIVATE KEY-----\n"


P256 = ec.generate_private_key(ec.SECP256R1())
BAD = {
    "DEBUG": [SECRET, "2", "truefalse"],
    "SIGNUP_OPEN": [SECRET],
    "SECOND_FACTOR_REQUIRED_FOR": [SECRET, "ALL"],
    "HSTS_INCLUDE_SUBDOMAINS": [SECRET],
    "HSTS_PRELOAD": [SECRET, "true"],
    "SECRET_KEY_FILE": ["/nowhere/secret", "/", "/dev/null"],
    "DATABASE_URL_FILE": ["/nowhere/secret"],
    "EMAIL_USE_TLS": [SECRET],
    "LOG_LEVEL": [SECRET, "info"],
    **{name: ["1.5", "9" * 30] for name in NUMBERS},
    "EMAIL_PORT": [SECRET, "-1", "65536"],
    **{name: [SECRET] for name in ADDRESSES},
    "PUBLIC_URL": [
        f"ftp://{SECRET}.example",
        "https://",
        f"https://[{SECRET}",
        f"https://daybook.example:{SECRET}",
        f"https://daybook.example {SECRET}",
    ],
    "REDIS_URL": [
        SECRET,
        f"http://:{SECRET}@127.0.0.1/0",
        f"redis://:{SECRET}@/0",
        f"redis://:{SECRET}/@127.0.0.1:6379",
    ],
    "DATABASE_URL": [
        SECRET,
        f"mysql://alice:{SECRET}@db/daybook",
        f"postgresql://alice:1/{SECRET}@db",
        f"postgresql://alice:1?{SECRET}",
        f"postgresql://alice:{SECRET}@db/daybook?sslmode=sometimes",
        f"postgresql://alice:{SECRET}@pgbouncer/daybook?options=-c%20a%3Db",
        f"${SECRET}",
        "postgresql://db.example",
    ],
    "DATABASE_DIRECT_URL": [SECRET, f"postgresql://alice:1/{SECRET}@db"],
    "DATABASE_POOLER": [SECRET, "PGBOUNCER"],
    "ENCRYPTION_KEYS": [
        SECRET,
        f"{make_encryption_key()},{SECRET}",
        make_encryption_key()[:20] + "!" + make_encryption_key()[20:],
        make_encryption_key()[:30],
    ],
    "TOKEN_SIGNING_KEYS": [
        SECRET,
        KEY.replace("M", "#"),
        pem(rsa.generate_private_key(65537, 2048)),
        pem(ec.generate_private_key(ec.SECP384R1())),
        pem(P256, BestAvailableEncryption(SECRET.encode())),
        pem(P256).replace("PRIVATE", "PUBLIC"),
        on_an_unknown_curve(P256),
    ],
}
MISSING = [(name, value) for name in REQUIRED for value in (None, "", "  ")]
EMPTY_LISTS = [("ENCRYPTION_KEYS", " , "), ("TOKEN_SIGNING_KEYS", "\\n")]
TABLE = [
    *MISSING,
    *EMPTY_LISTS,
    *((name, value) for name, values in BAD.items() for value in values),
]

Ended = subprocess.CompletedProcess[str]


def environment(changes: dict[str, str | None]) -> dict[str, str]:
    given = {"PATH": os.environ["PATH"], **PRODUCTION, **changes}
    return {name: value for name, value in given.items() if value is not None}


def import_often(environments: Iterable[dict[str, str]]) -> list[Ended]:
    """Import `config.settings` with each environment, each in its own process."""
    lines = [environment({}), *environments]
    program = subprocess.run(
        [sys.executable, "-m", "tests.config.settings_starts"],
        cwd=REPOSITORY,
        input="".join(f"{json.dumps(line)}\n" for line in lines),
        capture_output=True,
        text=True,
        timeout=3 * PATIENCE_SECONDS,
        check=True,
    )
    ends = [json.loads(line) for line in program.stdout.splitlines()]
    return [subprocess.CompletedProcess([], code, out, err) for code, out, err in ends]


def start(
    arguments: Sequence[str], changes: dict[str, str | None], timeout: float = PATIENCE_SECONDS
) -> Ended:
    """Start Python with a valid production environment and some changes."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=REPOSITORY,
        env=environment(changes),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def import_settings(changes: dict[str, str | None]) -> Ended:
    return start(["-c", "import config.settings"], changes)


def faults_of(name: str, value: str | None, ended: Ended) -> Iterator[str]:
    """Return what is wrong with the refusal, without the value itself."""
    if ended.returncode != EX_CONFIG:
        yield f"exit code {ended.returncode}"
    if ended.stdout:
        yield "something on stdout"
    if not ended.stderr.startswith(f"Daybook cannot start: {name} "):
        yield "the variable is not named"
    if ended.stderr.count("\n") != 1 or not ended.stderr.endswith(".\n"):
        yield f"{ended.stderr.count(chr(10))} lines"
    parts = {SECRET, *((value or "").split() if len(value or "") > 8 else ())}
    if any(part in ended.stderr for part in parts):
        yield "the value is shown"


def test_a_good_production_starts_in_silence() -> None:
    ended = start(["-W", "error", "-c", "import config.settings"], {})
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_every_invalid_value_is_a_one_line_error_with_its_name() -> None:
    ends = import_often(environment({name: value}) for name, value in TABLE)
    wrong = {
        f"{name}, row {row}": faults
        for row, ((name, value), ended) in enumerate(zip(TABLE, ends, strict=True))
        if (faults := list(faults_of(name, value, ended)))
    }
    assert wrong == {}


def test_a_valid_environment_starts() -> None:
    """Checks that the environment that the table changes is valid itself."""
    name, value = TABLE[0]
    ends = import_often([environment({name: value}), environment({}), environment({name: value})])
    assert [ended.returncode for ended in ends] == [EX_CONFIG, 0, EX_CONFIG]
    assert (ends[1].stdout, ends[1].stderr) == ("", "")


def test_all_that_is_missing_is_named_at_once() -> None:
    ended = import_settings(dict.fromkeys(REQUIRED))
    assert ended.returncode == EX_CONFIG
    [line] = ended.stderr.splitlines()
    assert all(name in line for name in REQUIRED)
    assert ".env.example" in line


@pytest.mark.parametrize("command", ["dbdoctor", "help"])
def test_commands_without_secrets_of_theirs_need_none(command: str) -> None:
    """The database doesn't exist, and the doctor reports that."""
    given = {"DATABASE_URL": "postgresql://daybook@127.0.0.1:1/daybook"}
    ended = start(["manage.py", command], {**dict.fromkeys(REQUIRED), **given})
    assert "Daybook cannot start" not in ended.stderr
    assert {"dbdoctor": "Connection refused", "help": "Available subcommands"}[command] in (
        ended.stdout
    )


def test_other_commands_need_them_all_the_same() -> None:
    ended = start(["manage.py", "migrate"], dict.fromkeys(REQUIRED))
    assert ended.stderr.startswith("Daybook cannot start: SECRET_KEY, ")


DOORS = {
    "manage.py": ["manage.py", "check"],
    "gunicorn": ["-m", "gunicorn", "--bind", "127.0.0.1:0"],
    "gunicorn's classes": [
        *("-m", "gunicorn", "--worker-class", "gthread", "--threads", "8", "config.wsgi"),
        *("--bind", "127.0.0.1:0"),
    ],
    "celery worker": ["-m", "celery", "-A", "config", "worker"],
    "celery beat": ["-m", "celery", "-A", "config", "beat"],
}


@pytest.mark.parametrize("arguments", DOORS.values(), ids=DOORS)
def test_every_door_stays_shut(arguments: list[str]) -> None:
    ended = start(arguments, {"EMAIL_PORT": SECRET})
    assert list(faults_of("EMAIL_PORT", SECRET, ended)) == [], ended.stderr.replace(SECRET, "…")


@pytest.mark.parametrize("name", ["PUBLIC_URL", "EMAIL_PORT", "DEBUG", "LOG_LEVEL"])
@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_value_is_the_default(name: str, blank: str) -> None:
    assert import_settings({name: blank}).stderr == ""


def test_an_empty_folder_of_metrics_is_none() -> None:
    """prometheus_client reads the variable once, when it is imported."""
    show = (
        "import sys, config.settings; assert 'prometheus_client' not in sys.modules\n"
        "import prometheus_client.values as v; print(v.ValueClass.__name__)"
    )
    assert start(["-c", show], {"PROMETHEUS_MULTIPROC_DIR": ""}).stdout == "MutexValue\n"


def test_a_dollar_is_no_reference() -> None:
    show = "import config.settings as s; print(s.EMAIL_HOST_PASSWORD)"
    ended = start(["-c", show], {"EMAIL_HOST_PASSWORD": "$SECRET_KEY"})
    assert ended.stdout == "$SECRET_KEY\n"


def test_a_later_key_decrypts_and_verifies() -> None:
    first, second = make_encryption_key(), make_encryption_key()
    show = "import config.settings as s; print(len(s.ENCRYPTION_KEYS))"
    keys = {"ENCRYPTION_KEYS": f"{first}, {second},", "TOKEN_SIGNING_KEYS": f"{KEY}\\n{pem(P256)}"}
    assert start(["-c", show], {**keys}).stdout == "2\n"


def test_a_dotenv_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"EMAIL_HOST_PASSWORD=hunter2\xff\n")
    with pytest.raises(ConfigurationFault) as refused:
        Environment(tmp_path)
    assert str(refused.value) == (
        "Daybook cannot start: .env cannot be read. Check its owner and that it is UTF-8."
    )
