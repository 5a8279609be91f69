"""The one error of the embedded servers, and how an operating system's error becomes it."""

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


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
