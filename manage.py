#!/usr/bin/env python
"""Django's commands, with the embedded PostgreSQL and Valkey where no URL is given."""

import os
import sys
from pathlib import Path

from django.core.management import execute_from_command_line

from config import embedded

# They run where the secrets are not: an image that is being built, an operator's own machine.
SECRETLESS = {"collectstatic", "dbdoctor", "findstatic", "help", "spectacular", "version"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if sys.argv[1:2] and sys.argv[1] in SECRETLESS:
        os.environ["DAYBOOK_SECRETLESS"] = "1"
    try:
        with embedded.for_command(Path(__file__).resolve().parent, sys.argv[1:]):
            execute_from_command_line(sys.argv)
    except embedded.EmbeddedError as error:
        sys.exit(f"Daybook cannot start: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
