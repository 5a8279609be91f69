#!/usr/bin/env python
"""Run Django's commands, with embedded PostgreSQL and Valkey if no URL is set."""

import os
import sys
from pathlib import Path

from django.core.management import execute_from_command_line

from config.desk import embedded
from config.desk.supervisor import environment_beside

# These also run without secrets: in an image build or on an administrator's own machine.
SECRETLESS = {
    *("collectstatic", "dbdoctor", "findstatic", "help", "messages", "spectacular", "version")
}
SUPERVISORS = {"demo", "up"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if sys.argv[1:2] and sys.argv[1] in SECRETLESS:
        os.environ["DAYBOOK_SECRETLESS"] = "1"
    base_dir = Path(__file__).resolve().parent
    join_supervised(base_dir)
    try:
        with embedded.for_command(base_dir, sys.argv[1:]):
            execute_from_command_line(sys.argv)
    except embedded.EmbeddedError as error:
        sys.exit(f"Daybook cannot start: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def join_supervised(base_dir: Path) -> None:
    """Use the environment of a running `up` or `demo`, and so the same Google and URLs.

    Not if the command is given another database.
    """
    elsewhere = {"DATABASE_URL", "DATABASE_URL_FILE"} & os.environ.keys()
    if elsewhere or (sys.argv[1:2] and sys.argv[1] in SUPERVISORS):
        return
    for name, value in environment_beside(base_dir).items():
        os.environ.setdefault(name, value)


if __name__ == "__main__":
    main()
