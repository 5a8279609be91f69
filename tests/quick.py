"""`pytest --quick`: the main case of each test file, in two minutes on two cores.

It is the test marked `quick`, else the first test; of a parametrized test the first case. Files
whose tests use a browser or separate processes run only in the whole suite: LEFT_OUT.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
FOLDERS_LEFT_OUT = ("browser", "end_to_end", "faults")
FILES_LEFT_OUT = frozenset(
    {
        "accounts/test_legacy_client.py",
        "accounts/test_refresh_over_processes.py",
        "accounts/test_security_context_of_tasks.py",
        "calendars/test_crowded_pages.py",  # 20,000 series
        "calendars/test_deletion_beside_sync.py",
        "calendars/test_fifty_workers.py",
        "calendars/test_killed_refresher.py",
        "calendars/test_killed_workers.py",
        "calendars/test_recurrence_against_peers.py",  # hundreds of generated rules
        "config/test_deployment.py",
        "config/test_direct_url.py",
        "config/test_embedded_commands.py",
        "config/test_embedded_faults.py",
        "config/test_embedded_orphans.py",
        "config/test_embedded_root.py",
        "config/test_embedded_sharing.py",
        "config/test_embedded_start.py",
        "config/test_embedded_watch.py",
        "config/test_forks.py",
        "config/test_nginx.py",
        "config/test_one_supervisor.py",
        "config/test_slow_clients.py",
        "config/test_supervisor.py",
        "config/test_tls_connections.py",
        "config/test_up.py",
        "profiles/test_import_killed.py",
        "sandbox/test_command.py",
        "test_missing_parts.py",
    }
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="only the happy path of each file")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.option.quick:
        return
    chosen = {id(item) for item in happy_paths(items)}
    config.hook.pytest_deselected(items=[item for item in items if id(item) not in chosen])
    items[:] = [item for item in items if id(item) in chosen]


def happy_paths(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    by_file: dict[Path, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if not is_left_out(item.path):
            by_file[item.path].append(item)
    return [item for found in by_file.values() for item in _of_file(found)]


def is_left_out(path: Path) -> bool:
    name = path.as_posix().removeprefix(f"{TESTS.as_posix()}/")
    return name.partition("/")[0] in FOLDERS_LEFT_OUT or name in FILES_LEFT_OUT


def _of_file(items: list[pytest.Item]) -> list[pytest.Item]:
    marked = [item for item in items if item.get_closest_marker("quick")]
    first_cases = {_function_of(item): item for item in sorted(marked or items, key=_place)[::-1]}
    found = list(first_cases.values())[::-1]
    return found if marked else found[:1]


def _function_of(item: pytest.Item) -> str:
    return item.nodeid.partition("[")[0]


def _place(item: pytest.Item) -> tuple[int, list[int]]:
    """Return the position in the file, and which of the test's cases it is."""
    call = getattr(item, "callspec", None)
    return item.reportinfo()[1] or 0, list(call.indices.values()) if call else []
