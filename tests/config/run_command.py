"""Do what manage.py does around a command, for a test's checkout.

`python -m tests.config.run_command CHECKOUT ARGUMENT...` prints what the command would find in its
environment, then waits for the end of stdin.
"""

import json
import os
import sys
from pathlib import Path

from config.desk import embedded

NAMES = ("DATABASE_URL", "REDIS_URL", "DAYBOOK_EMBEDDED", "DATABASE_DIRECT_URL")


def main() -> None:
    with embedded.for_command(Path(sys.argv[1]), sys.argv[2:]):
        print(json.dumps({name: os.environ.get(name) for name in NAMES}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
