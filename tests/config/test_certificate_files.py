"""Every fault of a TLS file is one finding that names the file and how to fix it."""

from __future__ import annotations

import os
import pwd
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.database.findings import Finding, Level
from config.database.tls import describe_files, examine_files
from tests.config.authority import DAY, Authority

CA = Authority("Daybook test CA")
CLIENT = CA.issue("daybook")
Options = dict[str, str]


@pytest.fixture
def good(tmp_path: Path) -> Options:
    return {
        "sslrootcert": CA.write(tmp_path / "ca.pem"),
        **CLIENT.write(tmp_path, "client.crt", "client.key"),
    }


def examined(options: Options) -> list[Finding]:
    return list(examine_files(options, datetime.now(UTC)))


def the_fault(options: Options) -> Finding:
    """Return the only finding that isn't a note."""
    (found,) = (finding for finding in examined(options) if finding.level is not Level.NOTE)
    assert found.level is Level.FAULT
    assert found.fix
    return found


def test_good_files_have_no_findings(good: Options) -> None:
    assert examined(good) == []
    reported = [finding.what for finding in describe_files(good)]
    assert reported[0].startswith("CA CN=Daybook test CA until 20")
    assert reported[1].endswith(good["sslcert"])


def test_nothing_given_is_nothing_found() -> None:
    assert examined({"sslmode": "verify-full", "sslrootcert": "system"}) == []


@pytest.mark.parametrize("name", ["sslrootcert", "sslcert", "sslkey"])
def test_a_missing_file(good: Options, name: str) -> None:
    Path(good[name]).unlink()
    fault = the_fault(good)
    assert (fault.code, fault.what) == ("tls-file-missing", f"{good[name]} is missing.")


@pytest.mark.parametrize("keep", [0, 20, 100, -30])
@pytest.mark.parametrize("name", ["sslrootcert", "sslcert", "sslkey"])
def test_a_file_that_is_cut_off(good: Options, name: str, keep: int) -> None:
    path = Path(good[name])
    path.write_bytes(path.read_bytes()[:keep])
    fault = the_fault(good)
    assert fault.code == "tls-file-damaged"
    assert good[name] in fault.what


def test_a_chain_that_is_cut_off(good: Options) -> None:
    Path(good["sslcert"]).write_bytes(CLIENT.pem + CA.own.pem[:-40])
    assert the_fault(good).code == "tls-file-damaged"


def test_a_chain_in_the_wrong_order(good: Options) -> None:
    Path(good["sslcert"]).write_bytes(CLIENT.pem + Authority("Another CA").own.pem)
    assert the_fault(good).code == "tls-chain-broken"
    Path(good["sslcert"]).write_bytes(CLIENT.pem + CA.own.pem)
    assert examined(good) == []


TIMES: dict[str, tuple[timedelta, timedelta, str, Level]] = {
    "expired": (-9 * DAY, -2 * DAY, "tls-expired", Level.FAULT),
    "not yet valid": (2 * DAY, 90 * DAY, "tls-not-yet-valid", Level.FAULT),
    "soon": (-DAY, 29 * DAY, "tls-expires-soon", Level.WARNING),
}


@pytest.mark.parametrize(("begins", "ends", "code", "level"), TIMES.values(), ids=TIMES)
def test_times(tmp_path: Path, begins: timedelta, ends: timedelta, code: str, level: Level) -> None:
    files = CA.issue("daybook", begins=begins, ends=ends).write(tmp_path, "c.crt", "c.key")
    (found,) = examined(files)
    assert (found.code, found.level) == (code, level)
    assert files["sslcert"] in found.what


def test_a_month_ahead_nothing_is_said(tmp_path: Path) -> None:
    assert examined(CA.issue("daybook", ends=32 * DAY).write(tmp_path, "c.crt", "c.key")) == []


def test_the_key_of_another_certificate(good: Options) -> None:
    Path(good["sslkey"]).write_bytes(CA.issue("daybook").key_pem())
    fault = the_fault(good)
    assert fault.code == "tls-key-mismatch"
    assert good["sslkey"] in fault.what
    assert good["sslcert"] in fault.what


@pytest.mark.parametrize("mode", [0o604, 0o620, 0o777])
def test_a_key_that_is_open_to_others(good: Options, mode: int) -> None:
    Path(good["sslkey"]).chmod(mode)
    fault = the_fault(good)
    assert (fault.code, fault.fix) == ("tls-key-open", f"chmod 0600 {good['sslkey']}")
    assert f"{mode:04o}" in fault.what


def test_an_encrypted_key(good: Options) -> None:
    Path(good["sslkey"]).write_bytes(CLIENT.key_pem("open sesame"))
    assert the_fault(good).code == "tls-key-encrypted"
    assert "sslpassword" in the_fault(good).fix
    assert examined({**good, "sslpassword": "open sesame"}) == []
    wrong = the_fault({**good, "sslpassword": "Zq7xsecret"})
    assert wrong.code == "tls-key-password"
    assert "Zq7xsecret" not in repr(wrong)


def test_a_client_of_another_ca_is_worth_a_note(good: Options, tmp_path: Path) -> None:
    another = Authority("Another CA").issue("daybook").write(tmp_path, "other.crt", "other.key")
    (found,) = examined({**good, **another})
    assert (found.code, found.level) == ("tls-client-of-another-ca", Level.NOTE)
    assert "CN=Another CA" in found.what
    assert another["sslcert"] in found.what


def test_a_certificate_that_may_not_issue_is_no_ca(good: Options) -> None:
    Path(good["sslrootcert"]).write_bytes(CLIENT.pem)
    assert the_fault(good).code == "tls-no-authority"


def test_a_servers_own_certificate_may_stand_for_a_ca(good: Options) -> None:
    """A certificate that is self-issued."""
    alone = Authority("db.example.com").own
    Path(good["sslrootcert"]).write_bytes(alone.pem)
    assert examined({"sslrootcert": good["sslrootcert"]}) == []


def test_a_key_that_we_may_not_read() -> None:
    with (
        tempfile.TemporaryDirectory() as folder
    ):  # unlike tmp_path, in a folder that every user can enter
        Path(folder).chmod(0o755)
        files = CLIENT.write(Path(folder), "client.crt", "client.key")
        Path(files["sslkey"]).chmod(0o600 if os.geteuid() == 0 else 0)
        code, what, fix = as_nobody(lambda: the_fault(files)).split("\n")
    assert code == "tls-file-unreadable"
    assert f"can't read {files['sslkey']}" in what
    assert fix.startswith("Make ")


def as_nobody(find: Callable[[], Finding]) -> str:
    """Run `find` in a child as another user, because root can read everything."""
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                entry = pwd.getpwnam("nobody")
                os.setgroups([])
                os.setgid(entry.pw_gid)
                os.setuid(entry.pw_uid)
            found = find()
            os.write(send, f"{found.code}\n{found.what}\n{found.fix}".encode())
        finally:
            os._exit(0)
    os.close(send)
    os.waitpid(child, 0)
    with os.fdopen(receive) as reported:
        return reported.read()
