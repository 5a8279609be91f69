"""`manage.py rotate_signing_key`: keys change by command, and every token lives its time out."""

from __future__ import annotations

import stat
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError
from django.test import Client as Browser
from pytest_django import Settings

from accounts.models import User
from accounts.tokens.keys import parse_signing_keys, pem_blocks
from config.desk.secrets import change_local_secret, load_local_secrets
from tests.accounts.forge import header_of
from tests.accounts.race import RACERS, race
from tests.factories import bearer, make_session
from tests.product import call_command

pytestmark = pytest.mark.urls("tests.accounts.urls")


@pytest.fixture
def desk(settings: Settings, tmp_path: Path) -> Path:
    """A checkout with secrets of its own, which are in use."""
    settings.DESK = True
    settings.BASE_DIR = tmp_path
    start_anew(settings)
    return tmp_path


@pytest.fixture
def production(desk: Path, settings: Settings) -> None:
    settings.DESK = False


def start_anew(settings: Settings) -> None:
    """Reads the secrets as a process does that starts now."""
    line = load_local_secrets(settings.BASE_DIR)["TOKEN_SIGNING_KEYS"]
    settings.TOKEN_SIGNING_KEYS = line.replace("\\n", "\n")


def rotate(*arguments: str) -> str:
    written = StringIO()
    call_command("rotate_signing_key", *arguments, stdout=written)
    return written.getvalue()


def kids(settings: Settings) -> list[str]:
    return [key.kid for key in parse_signing_keys(settings.TOKEN_SIGNING_KEYS)]


def test_at_a_desk_one_command_and_a_restart_are_all(
    desk: Path, settings: Settings, alice: User, client: Browser
) -> None:
    [former] = kids(settings)
    before = make_session(alice)

    told = rotate()
    start_anew(settings)

    after = make_session(alice)
    assert kids(settings) == [header_of(after.access)["kid"], former]
    for tokens in (before, after):
        assert client.get("/api/v1/whoami", headers=bearer(tokens)).status_code == 200
    assert told.index(kids(settings)[0]) < told.index(former)
    assert "910 seconds" in told


def test_only_the_keys_change_and_the_file_stays_private(desk: Path) -> None:
    before = load_local_secrets(desk)

    rotate()

    after = load_local_secrets(desk)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"TOKEN_SIGNING_KEYS"}
    assert stat.S_IMODE((desk / "var" / "secrets.env").stat().st_mode) == 0o600


def test_a_rotation_in_steps_never_meets_an_unknown_key(
    desk: Path, settings: Settings, alice: User, client: Browser
) -> None:
    stages = [settings.TOKEN_SIGNING_KEYS]
    for step in ("--announce", "--promote", "--retire"):
        rotate(step)
        start_anew(settings)
        stages.append(settings.TOKEN_SIGNING_KEYS)

    assert [len(pem_blocks(stage)) for stage in stages] == [1, 2, 2, 1]
    # Two processes may be one step apart; each knows what the other signs with.
    for one, other in [(0, 1), (1, 0), (1, 2), (2, 1), (2, 3), (3, 2)]:
        settings.TOKEN_SIGNING_KEYS = stages[one]
        tokens = make_session(alice)
        settings.TOKEN_SIGNING_KEYS = stages[other]
        assert client.get("/api/v1/whoami", headers=bearer(tokens)).status_code == 200


@pytest.mark.parametrize("step", ["--promote", "--retire"])
def test_a_step_that_does_not_fit_changes_nothing(desk: Path, step: str) -> None:
    before = load_local_secrets(desk)

    with pytest.raises(CommandError, match="one key only"):
        rotate(step)

    assert load_local_secrets(desk) == before


def test_changes_at_once_all_count(desk: Path) -> None:
    def add_a_letter() -> str:
        return change_local_secret(desk, "SECRET_KEY", lambda text: f"{text}x")

    race(*[add_a_letter] * RACERS)

    assert load_local_secrets(desk)["SECRET_KEY"].endswith("x" * RACERS)


def test_in_production_the_next_value_goes_to_a_private_file(
    production: None, settings: Settings, tmp_path: Path
) -> None:
    [former] = kids(settings)
    file = tmp_path / "next.env"

    told = rotate("--output", str(file))

    name, _, line = file.read_text().partition("=")
    keys = parse_signing_keys(line.replace("\\n", "\n"))
    assert (name, line.count("\n")) == ("TOKEN_SIGNING_KEYS", 1)
    assert [key.kid for key in keys][1:] == [former]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert str(file) in told


def test_in_production_a_file_must_be_named_and_new(
    production: None, settings: Settings, tmp_path: Path
) -> None:
    before = load_local_secrets(settings.BASE_DIR)
    with pytest.raises(CommandError, match="--output FILE"):
        rotate()
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(CommandError, match="File exists"):
        rotate("--output", str(tmp_path / "taken"))

    assert (tmp_path / "taken").read_text() == "mine"
    assert load_local_secrets(settings.BASE_DIR) == before


def test_keys_of_the_environment_are_not_mistaken_for_those_of_the_desk(
    desk: Path, settings: Settings
) -> None:
    settings.TOKEN_SIGNING_KEYS *= 2

    with pytest.raises(CommandError, match="comes from the environment"):
        rotate()


@pytest.mark.parametrize("arguments", [(), ("--announce",)])
def test_no_private_key_is_printed(
    desk: Path, settings: Settings, arguments: tuple[str, ...]
) -> None:
    told = rotate(*arguments)
    start_anew(settings)

    lines = settings.TOKEN_SIGNING_KEYS.splitlines()
    assert not any(line in told for line in lines if not line.startswith("-----"))
