"""Run a supervisor for a test's programs: `python -m tests.config.run_supervisor URL < programs`.

Stdin is JSON, {name: [argument, ...]}; the program `worker` is ready when it says so.
"""

import json
import sys

from config.desk.supervisor import Program, Supervisor

READY = {"worker": "good morning"}


def main() -> int:
    programs = [
        Program(name, argv, ready_words=READY.get(name, ""))
        for name, argv in json.load(sys.stdin).items()
    ]
    return Supervisor(programs, ready_url=sys.argv[1], on_ready=lambda: "all is ready\n").run()


if __name__ == "__main__":
    sys.exit(main())
