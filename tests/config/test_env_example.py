"""`.env.example` lists every variable that Daybook reads, with its default."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from config.environment import Environment
from tests.config.sessions import REPOSITORY

EXAMPLE = REPOSITORY / ".env.example"
READERS = {name for name in vars(Environment) if not name.startswith("_")} - {
    "add_defaults",
    "secret_files",
}
# Embedded servers are used if these are missing.
EMBEDDED = {"DATABASE_URL", "REDIS_URL"}
# Set by the programs of a desk for each other.
OF_THE_DESK = {"DAYBOOK_EMBEDDED", "DAYBOOK_SECRETLESS"}
# Set by the machine for any program (no-color.org, terminfo).
OF_THE_MACHINE = {"NO_COLOR", "TERM", "DJANGO_SETTINGS_MODULE"}


def reads() -> Iterator[tuple[str, str | None]]:
    """Return each variable that config reads, with its literal default; None if it is computed."""
    for path in sorted((REPOSITORY / "config").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            # A computed name comes from a loop over names that are also written out elsewhere.
            if isinstance(node, ast.Call) and is_read(node.func) and literal(node.args[0]):
                yield str(literal(node.args[0])), default_of(node)


def is_read(function: ast.expr) -> bool:
    """Return whether a call is `env.number(…)` of settings, or `os.environ.get(…)`."""
    if not isinstance(function, ast.Attribute):
        return False
    owner = ast.unparse(function.value)
    return (owner == "env" and function.attr in READERS) or (
        owner == "os.environ" and function.attr in ("get", "pop")
    )


def default_of(call: ast.Call) -> str | None:
    assert isinstance(call.func, ast.Attribute)
    if call.func.attr not in ("text", "number", "flag", "address") or len(call.args) < 2:
        return None
    default = literal(call.args[1])
    if isinstance(default, bool):
        return str(default).lower()
    return None if default is None else str(default)


def literal(node: ast.expr) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def written() -> dict[str, str]:
    lines = EXAMPLE.read_text().splitlines()
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def test_every_variable_that_is_read_is_written_and_no_other() -> None:
    read = {name for name, _default in reads()} - OF_THE_DESK - OF_THE_MACHINE
    assert {"SECRET_KEY", "DATABASE_URL", "EMAIL_PORT", "LOG_LEVEL"} <= read
    assert read == written().keys()


def test_every_default_is_the_real_one() -> None:
    literals = {name: default for name, default in reads() if default is not None}
    defaults = {name: literals[name] for name in literals.keys() - EMBEDDED}
    shown = written()
    assert len(defaults) > 15
    assert {name: shown[name] for name in defaults} == defaults


def test_no_variable_stands_twice_and_each_is_a_line_of_its_own() -> None:
    names = re.findall(r"(?m)^([^#\n=]*)=", EXAMPLE.read_text())
    assert len(names) == len(set(names))
    assert all(re.fullmatch("[A-Z][A-Z0-9_]*", name) for name in names)


def test_no_secret_is_in_it() -> None:
    shown = written()
    assert {shown[name] for name in shown if re.search("SECRET|PASSWORD|_KEYS?$", name)} == {""}
