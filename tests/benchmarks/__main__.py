"""`python -m tests.benchmarks [MODULE …]`: all figures as a table; exits with 1 if one misses.

It runs on a test database of DATABASE_URL, or on the tests' embedded servers.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib import import_module

import django

from config.desk import embedded
from tests.embedded_plugin import CHECKOUT, FOLDER, announce, take_slot

MODULES = (
    "tokens",
    "people",
    "occurrences",
    "pages",
    "live",
    "editing",
    "interactions",
    "admin",
    "sync",
    "files",
    "crossed",
    "search",
    "typed_line",
)


def main() -> int:
    with servers():
        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.settings"
        django.setup()
        from tests.privilege import tests_privilege

        with empty_database(), tests_privilege():
            return run(sys.argv[1:])


def run(names: Sequence[str]) -> int:
    results = []
    for name in names or MODULES:
        module = import_module(f"tests.benchmarks.{name}")
        print(module.HEADING)
        for result in module.results():
            results.append(result)
            print(result, flush=True)
    return 0 if all(result.is_within_limit for result in results) else 1


@contextmanager
def servers() -> Iterator[None]:
    missing = {name for name in ("DATABASE_URL", "REDIS_URL") if not os.environ.get(name)}
    with ExitStack() as stack:
        if missing:
            found = stack.enter_context(
                embedded.running(
                    CHECKOUT,
                    want_postgres="DATABASE_URL" in missing,
                    want_redis="REDIS_URL" in missing,
                    durable=False,
                    folder=FOLDER,
                )
            )
            slot = take_slot(stack)
            announce(found, slot)
            if found.database_url:
                os.environ["DATABASE_URL"] = f"{found.database_url}_{slot}"
        yield


@contextmanager
def empty_database() -> Iterator[None]:
    from django.test.utils import setup_databases, teardown_databases

    made = setup_databases(verbosity=0, interactive=False)
    try:
        yield
    finally:
        teardown_databases(made, verbosity=0)


if __name__ == "__main__":
    sys.exit(main())
