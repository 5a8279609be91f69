"""A desk generates its secrets once, readable only by their owner."""

import base64
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from config.desk.embedded import EmbeddedError
from config.desk.secrets import load_local_secrets
from tests.config.sessions import Interpreter

LOAD = """
import json, sys
from pathlib import Path
from config.desk.secrets import load_local_secrets
print(json.dumps(load_local_secrets(Path(sys.argv[1])), sort_keys=True))
"""


def test_the_secrets_can_be_used(checkout: Path) -> None:
    found = load_local_secrets(checkout)
    assert len(found["SECRET_KEY"]) >= 50
    assert len(base64.urlsafe_b64decode(found["ENCRYPTION_KEYS"])) == 32
    pem = found["TOKEN_SIGNING_KEYS"].replace("\\n", "\n")
    key = load_pem_private_key(pem.encode(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert isinstance(key.curve, ec.SECP256R1)


def test_they_are_made_once_and_read_by_their_owner_alone(checkout: Path) -> None:
    first = load_local_secrets(checkout)
    file = checkout / "var" / "secrets.env"
    assert load_local_secrets(checkout) == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_starts_at_once_get_the_same_secrets(checkout: Path) -> None:
    commands = [Interpreter().popen("-c", LOAD, str(checkout)) for _ in range(4)]
    answers = {command.communicate()[0] for command in commands}
    assert len(answers) == 1
    assert [command.returncode for command in commands] == [0] * 4


def test_a_missing_secret_is_added_and_what_else_is_there_stays(checkout: Path) -> None:
    file = checkout / "var" / "secrets.env"
    file.parent.mkdir()
    file.write_text("SECRET_KEY=mine\nANOTHER=a=b\n")
    found = load_local_secrets(checkout)
    assert found["SECRET_KEY"] == "mine"
    assert found["ANOTHER"] == "a=b"
    assert found["ENCRYPTION_KEYS"]
    assert load_local_secrets(checkout) == found


def test_another_checkout_has_other_secrets(checkout: Path) -> None:
    one, two = checkout / "one", checkout / "two"
    one.mkdir()
    two.mkdir()
    assert set(load_local_secrets(one).values()).isdisjoint(load_local_secrets(two).values())


def test_a_file_that_cannot_be_created_is_a_one_line_error(checkout: Path) -> None:
    (checkout / "var").write_text("a file is in the way")
    with pytest.raises(EmbeddedError) as refused:
        load_local_secrets(checkout)
    assert "\n" not in str(refused.value)
    assert str(checkout / "var") in str(refused.value)
