"""Secrets from files, as Docker and Kubernetes mount them."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core import checks
from pytest_django import Settings

from config.environment import LARGEST_SECRET_BYTES, SECRETS, ConfigurationFault, Environment
from tests.config.test_env_example import EXAMPLE

SECRET = "hunter2-of-alice"


@pytest.fixture
def env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    for name in SECRETS:
        monkeypatch.delenv(name, raising=False)
    return Environment(tmp_path)


def give(monkeypatch: pytest.MonkeyPatch, name: str, file: Path, content: bytes) -> None:
    file.write_bytes(content)
    monkeypatch.setenv(f"{name}_FILE", str(file))


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_secret_is_read_without_its_line_end(
    env: Environment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, end: str
) -> None:
    give(monkeypatch, name, tmp_path / "secret", f"{SECRET}{end}".encode())

    assert env.text(name) == SECRET
    assert env.secret_files() == [tmp_path / "secret"]


def test_keys_of_several_lines_are_read(
    env: Environment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pem = "-----BEGIN PRIVATE KEY-----\nMIG\n-----END PRIVATE KEY-----"
    give(monkeypatch, "TOKEN_SIGNING_KEYS", tmp_path / "keys", f"{pem}\n".encode())

    assert env.lines("TOKEN_SIGNING_KEYS") == pem


def test_the_file_stands_before_the_default(
    env: Environment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    env.add_defaults({"SECRET_KEY": "of the desk"})
    give(monkeypatch, "SECRET_KEY", tmp_path / "secret", SECRET.encode())

    assert env.text("SECRET_KEY") == SECRET


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"\xff\xfe", b"a\x00b", b"x" * (LARGEST_SECRET_BYTES + 1)]
)
def test_an_unusable_file_is_refused_in_one_line(
    env: Environment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes
) -> None:
    give(monkeypatch, "SECRET_KEY", tmp_path / "hunter2", content)

    with pytest.raises(ConfigurationFault) as refused:
        env.text("SECRET_KEY")

    said = str(refused.value)
    assert said.startswith("Daybook cannot start: SECRET_KEY_FILE names a file that ")
    assert "\n" not in said
    assert "hunter2" not in said


def test_a_file_that_is_not_there_is_refused(
    env: Environment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for path in (tmp_path / "none", tmp_path, "a\tb" * 2000):
        monkeypatch.setenv("METRICS_TOKEN_FILE", str(path))
        with pytest.raises(ConfigurationFault, match="METRICS_TOKEN_FILE"):
            env.text("METRICS_TOKEN")


def test_both_are_refused_and_neither_is_shown(
    env: Environment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    give(monkeypatch, "SECRET_KEY", tmp_path / "secret", SECRET.encode())
    monkeypatch.setenv("SECRET_KEY", f"another-{SECRET}")

    with pytest.raises(ConfigurationFault) as refused:
        env.text("SECRET_KEY")

    assert str(refused.value) == (
        "Daybook cannot start: SECRET_KEY_FILE and SECRET_KEY are both set. Set only one of them."
    )


def test_what_is_no_secret_has_no_file(
    env: Environment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("EMAIL_HOST", raising=False)
    give(monkeypatch, "EMAIL_HOST", tmp_path / "host", b"mail.example")

    assert env.text("EMAIL_HOST", "localhost") == "localhost"


def test_the_example_names_each() -> None:
    shown = EXAMPLE.read_text()

    assert [name for name in SECRETS if f"{name}_FILE" not in shown] == []


@pytest.mark.parametrize(("mode", "found"), [(0o600, []), (0o640, []), (0o644, ["config.W010"])])
def test_the_deployment_check_tells_of_a_file_that_all_may_read(
    settings: Settings, tmp_path: Path, mode: int, found: list[str]
) -> None:
    file = tmp_path / "secret"
    file.write_text(SECRET)
    file.chmod(mode)
    settings.SECRET_FILES = [file]

    reported = checks.run_checks(tags=[checks.Tags.security], include_deployment_checks=True)

    assert [each.id for each in reported if (each.id or "").startswith("config.W01")] == found
