"""An error is one clear line that says what to do, and leaves nothing half started."""

import os
import resource
from collections.abc import Callable
from pathlib import Path

import pytest

from config.desk import embedded
from config.desk.embedded.place import copy_once, explained
from tests.config.sessions import Interpreter, Session, servers_in


def refusal(checkout: Path) -> str:
    """Return the line with which a start is refused."""
    with pytest.raises(embedded.EmbeddedError) as refused, embedded.running(checkout):
        pass
    message = str(refused.value)
    assert "\n" not in message
    assert not servers_in(checkout)
    return message


def data_folder(checkout: Path, interpreter: Interpreter) -> Path:
    """Return an empty data folder that the user who starts the servers owns."""
    folder = checkout / "var" / "postgres"
    folder.mkdir(parents=True)
    if interpreter.uid is not None and interpreter.gid is not None:
        for path in (folder.parent, folder):
            os.chown(path, interpreter.uid, interpreter.gid)
    return folder


def test_data_of_another_major(
    checkout: Path, interpreter: Interpreter, open_session: Callable[..., Session]
) -> None:
    folder = data_folder(checkout, interpreter)
    if os.geteuid() == 0:
        os.chown(folder, 65534, 65534)
    (folder / "PG_VERSION").write_text("15\n")
    session = open_session(interpreter)
    message = session.answer()["error"]
    assert "created by PostgreSQL 15" in message
    assert "uses 18" in message
    assert "DATABASE_URL" in message
    assert session.release() == 1
    assert not servers_in(checkout)
    assert (folder / "PG_VERSION").read_text() == "15\n"


def test_a_folder_that_holds_something_else(checkout: Path) -> None:
    folder = data_folder(checkout, Interpreter())
    if os.geteuid() == 0:
        os.chown(folder, 65534, 65534)
    (folder / "letters.txt").write_text("mine")
    assert "is not a PostgreSQL data folder" in refusal(checkout)
    assert (folder / "letters.txt").read_text() == "mine"


def test_a_data_folder_that_belongs_to_another_user(
    checkout: Path, interpreter: Interpreter, open_session: Callable[..., Session]
) -> None:
    folder = data_folder(checkout, interpreter)
    folder.chmod(0o000)
    if os.geteuid() == 0:
        os.chown(folder, 0, 0)
    session = open_session(interpreter)
    message = session.answer()["error"]
    assert str(folder) in message
    assert "root" in message or "can't read or write" in message
    assert session.release() == 1
    assert not servers_in(checkout)
    folder.chmod(0o700)


def test_a_folder_for_files_that_cannot_be_made(checkout: Path) -> None:
    (checkout / "var").write_text("a file is in the way")
    assert str(checkout / "var") in refusal(checkout)


def test_a_copy_that_the_disk_ends_names_the_file(tmp_path: Path) -> None:
    """shutil's error for a folder is a list of files without an error number or name."""
    source = tmp_path / "programs"
    source.mkdir()
    (source / "server").write_bytes(b"x" * 2_000_000)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, before[1]))
    try:
        with pytest.raises(embedded.EmbeddedError) as refused, explained("It cannot start"):
            copy_once([source], tmp_path, tmp_path / "copy")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "programs/server: [Errno 27] File too large" in str(refused.value)
    assert not (tmp_path / "copy").exists()


def test_a_disk_that_takes_no_more(checkout: Path) -> None:
    """A limit on file sizes stands for a full disk: initdb fails halfway."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, before[1]))
    try:
        message = refusal(checkout)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    # As root the programs may have to be copied first, and then the copy fails.
    assert "can't be set up" in message or "can't write" in message
    assert "None" not in message
    assert not list((checkout / "var").glob("postgres*"))
    with embedded.running(checkout, durable=False) as found:
        assert found.database_url
