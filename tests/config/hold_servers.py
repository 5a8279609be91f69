"""Hold the embedded servers of a checkout until stdin ends, and print what they are.

`python -m tests.config.hold_servers CHECKOUT` runs as another process and as another user, so that
it can be killed, raced and denied.
"""

import json
import sys
from pathlib import Path

from config.desk import embedded


def main() -> int:
    try:
        with embedded.running(Path(sys.argv[1])) as found:
            say({"database_url": found.database_url, "redis_url": found.redis_url})
            sys.stdin.read()
    except embedded.EmbeddedError as error:
        say({"error": str(error)})
        return 1
    return 0


def say(answer: dict[str, str | None]) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    sys.exit(main())
