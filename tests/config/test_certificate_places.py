"""A CA certificate and a client's pair are found under all their common names."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.database.tls import CertificatesMissing, find_in_folder, find_of_libpq

AUTHORITIES = ["rootCA.pem", "ca.pem", "ca.crt", "ca-cert.pem", "root.crt", "server-ca.pem"]
PAIRS = [
    ("client-cert.pem", "client-key.pem"),
    ("unified-cert.pem", "unified-key.pem"),
    ("api-cert.pem", "api-key.pem"),
    ("client.crt", "client.key"),
    ("postgresql.crt", "postgresql.key"),
    ("server.crt", "server.key"),
]


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).touch()


@pytest.mark.parametrize("name", AUTHORITIES)
def test_a_ca_is_found_and_verified_in_full(tmp_path: Path, name: str) -> None:
    put(tmp_path, name, "readme.txt")
    assert find_in_folder(tmp_path) == {
        "sslmode": "verify-full",
        "sslrootcert": str(tmp_path / name),
    }


@pytest.mark.parametrize(("certificate", "key"), PAIRS)
def test_a_pair_is_found_and_tls_is_required(tmp_path: Path, certificate: str, key: str) -> None:
    put(tmp_path, certificate, key)
    assert find_in_folder(tmp_path) == {
        "sslmode": "require",
        "sslcert": str(tmp_path / certificate),
        "sslkey": str(tmp_path / key),
    }


def test_a_whole_pair_goes_before_a_half_one(tmp_path: Path) -> None:
    put(tmp_path, "client-cert.pem", "client.crt", "client.key")
    assert find_in_folder(tmp_path)["sslkey"] == str(tmp_path / "client.key")


def test_an_incomplete_pair_is_used_so_that_the_missing_file_is_reported(tmp_path: Path) -> None:
    put(tmp_path, "api-key.pem")
    assert find_in_folder(tmp_path)["sslcert"] == str(tmp_path / "api-cert.pem")


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CertificatesMissing, match=r"rootCA\.pem") as refused:
        find_in_folder(tmp_path)
    assert str(tmp_path) not in str(refused.value)


def test_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CertificatesMissing, match="can't be read"):
        find_in_folder(tmp_path / "none")


def test_libpqs_own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert find_of_libpq() == {}
    folder = tmp_path / ".postgresql"
    folder.mkdir()
    put(folder, "root.crt", "postgresql.crt", "postgresql.key", "ca.pem")
    assert find_of_libpq() == {
        "sslmode": "verify-full",
        "sslrootcert": str(folder / "root.crt"),
        "sslcert": str(folder / "postgresql.crt"),
        "sslkey": str(folder / "postgresql.key"),
    }
