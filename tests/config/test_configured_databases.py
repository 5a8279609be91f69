"""DATABASES for the environment's DATABASE_… variables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from config.database.entry import configured_databases
from config.environment import ConfigurationFault, Environment

URL = "postgresql://alice:secret@db.example.com/daybook"


def configured(
    monkeypatch: pytest.MonkeyPatch, home: Path, *, desk: bool = False, **given: str
) -> dict[str, Any]:
    """Return the entry for these variables alone, with an empty home directory."""
    for name in ("URL", "DIRECT_URL", "POOLER", "CERTS_DIR"):
        monkeypatch.delenv(f"DATABASE_{name}", raising=False)
    monkeypatch.setenv("HOME", str(home))
    for name, value in {"DATABASE_URL": URL, **given}.items():
        monkeypatch.setenv(name, value)
    return configured_databases(Environment(home), desk=desk)["default"]


def put(folder: Path, *names: str) -> Path:
    folder.mkdir()
    for name in names:
        (folder / name).touch()
    return folder


def test_certificates_of_the_folder_are_used_both_ways(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    certs = put(tmp_path / "certs", "ca.pem", "client.crt", "client.key")
    found = configured(
        monkeypatch,
        tmp_path,
        DATABASE_CERTS_DIR=str(certs),
        DATABASE_DIRECT_URL="postgresql://owner:key@db.example.com/daybook",
    )
    for way in (found, found["DIRECT"]):
        tls = {name: value for name, value in way["OPTIONS"].items() if name.startswith("ssl")}
        assert tls == {
            "sslmode": "verify-full",
            "sslrootcert": str(certs / "ca.pem"),
            "sslcert": str(certs / "client.crt"),
            "sslkey": str(certs / "client.key"),
        }


def test_what_the_url_says_stands(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    certs = put(tmp_path / "certs", "ca.pem")
    url = f"{URL}?sslmode=require&sslrootcert=/other.pem"
    options = configured(monkeypatch, tmp_path, DATABASE_CERTS_DIR=str(certs), DATABASE_URL=url)[
        "OPTIONS"
    ]
    assert (options["sslmode"], options["sslrootcert"]) == ("require", "/other.pem")


def test_libpqs_own_place_counts_but_at_a_desk(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    put(tmp_path / ".postgresql", "root.crt")
    assert configured(monkeypatch, tmp_path)["OPTIONS"]["sslmode"] == "verify-full"
    assert "sslmode" not in configured(monkeypatch, tmp_path, desk=True)["OPTIONS"]


@pytest.mark.parametrize("make_it", [True, False])
def test_a_folder_without_certificates_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, make_it: bool
) -> None:
    folder = tmp_path / "certs"
    if make_it:
        put(folder)
    with pytest.raises(ConfigurationFault, match=r"DATABASE_CERTS_DIR (contains|can)") as ended:
        configured(monkeypatch, tmp_path, DATABASE_CERTS_DIR=str(folder))
    assert str(folder) not in str(ended.value)


def test_a_pooler_that_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = configured(monkeypatch, tmp_path, DATABASE_POOLER="pgbouncer")
    assert (found["POOLER"], found["DISABLE_SERVER_SIDE_CURSORS"]) == ("pgbouncer", True)
