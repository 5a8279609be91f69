"""Imports go one way: between the packages, and within each package between its layers."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import product

CHECKOUT = Path(__file__).resolve().parent.parent
PRODUCT = ("config", "accounts", "profiles", "calendars")

# What each package may import. config is the composition root: any package may import the ground
# below it, and only its own root modules (urls, commands) import apps.
MAY_IMPORT = {
    "config": {"config"},
    "accounts": {"accounts", "config"},
    "profiles": {"profiles", "accounts", "config"},
    "calendars": {"calendars", "profiles", "accounts", "config"},
    "sandbox": {"sandbox"},
}
CONFIG_ROOTS = ("config.settings", "config.urls", "config.management")

# The layers of each package, lowest first. A module imports its own layer and lower ones; within a
# layer, no two packages import each other. The longest matching name counts, so that a package's
# pages may be in a higher layer than its services.
LAYERS = {
    "config": (
        ("backoff", "environment", "metrics"),
        ("database",),
        ("beat", "celery", "workers"),
        ("doctor", "web"),
        ("desk", "translation"),
        ("checks", "management", "settings", "urls", "apps", "asgi", "wsgi"),
    ),
    "accounts": (
        ("audit.events", "fields", "mail.smtp", "page_versions", "row_security", "throttles.store",
         "tokens.keys"),
        ("models", "migrations"),
        ("clients", "security_context", "tokens", "sign_in.required_factors"),
        ("reading",),
        ("local_time", "mail"),
        ("audit", "throttles"),
        ("sessions", "legacy", "account.personal_data"),
        ("password_backend",),
        ("sign_in",),
        ("administrators", "sign_in.credentials", "sealed_rows", "demo"),
        ("account.security", "authentication", "serializers", "forms", "adapter", "openapi",
         "templatetags"),
        ("account.views", "audit.views", "tokens.api", "admin", "admin_site", "middleware", "tasks",
         "management"),
        ("urls", "apps", "receivers"),
    ),
    "profiles": (
        ("fields", "pictures.rendering", "people_file"),
        ("models", "widgets", "migrations"),
        ("history", "preferences"),
        ("services",),
        ("reading",),
        ("pictures", "undo", "importing", "exporting"),
        ("serializers", "forms"),
        ("api", "pictures.api", "pictures.views", "time_page", "views", "admin", "middleware",
         "tasks", "management"),
        ("urls", "apps", "receivers"),
    ),
    "calendars": (
        ("rfc5545", "typed_line"),
        ("models", "migrations"),
        ("events",),
        ("google",),
        ("timeline",),
        ("sync",),
        ("connections", "sharing", "reminders"),
        ("checks", "demo", "templatetags"),
        ("api", "pages", "admin", "tasks", "management"),
        ("urls", "apps"),
    ),
}  # fmt: skip
RANK = {
    f"{package}.{name}": rank
    for package, layers in LAYERS.items()
    for rank, names in enumerate(layers)
    for name in names
}
# The part of config that apps may import; the rest is for the composition root only.
GROUND = {
    "config.backoff",
    "config.beat",
    "config.celery",
    "config.database",
    "config.desk",
    "config.environment",
    "config.metrics",
    "config.web",
    "config.workers",
}
# Packages without Django, so that they can be read, tested and measured independently.
PURE = ("calendars/rfc5545", "calendars/typed_line", "config/database/url.py")
FRAMEWORKS = {"django", "rest_framework", "celery", "psycopg", "redis"}
LIBPQ = {"config/database/url.py": {"psycopg"}}  # which parses the URL


def modules(package: str) -> Iterator[tuple[str, Path]]:
    for path in sorted((CHECKOUT / package).rglob("*.py")):
        parts = path.relative_to(CHECKOUT).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports(path: Path) -> Iterator[str]:
    """Return the modules that a file imports anywhere, including inside functions."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ours(name: str) -> bool:
    return name.split(".")[0] in (*PRODUCT, "sandbox", "tests")


def placed(module: str) -> str:
    """Return the name in LAYERS that matches a module, or "" if none does."""
    parts = module.split(".")
    names = (".".join(parts[:length]) for length in range(len(parts), 1, -1))
    return next((name for name in names if name in RANK), "")


def rank_of(module: str) -> int:
    """Return a module's layer; a bare package has the lowest, because it imports nothing."""
    return RANK.get(placed(module), 0)


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_packages_import_one_way(package: str) -> None:
    wrong = [
        f"{module} imports {name}"
        for module, path in modules(package)
        if not module.startswith(CONFIG_ROOTS)
        for name in imports(path)
        if ours(name) and name.split(".")[0] not in MAY_IMPORT[package]
    ]
    assert not wrong


@pytest.mark.parametrize("package", LAYERS)
def test_layers_import_downwards(package: str) -> None:
    wrong = [
        f"{module} imports {name}"
        for module, path in modules(package)
        for name in imports(path)
        if name.split(".")[0] == package and rank_of(name) > rank_of(module)
    ]
    assert not wrong


@pytest.mark.parametrize("package", LAYERS)
def test_places_of_a_layer_do_not_import_each_other_in_turn(package: str) -> None:
    pairs = {
        (placed(module), placed(name))
        for module, path in modules(package)
        for name in imports(path)
        if name.split(".")[0] == package and placed(name) and placed(module)
        if placed(module) != placed(name)
    }
    assert not [pair for pair in pairs if pair[::-1] in pairs]


@pytest.mark.parametrize("package", LAYERS)
def test_every_module_has_a_layer(package: str) -> None:
    unknown = {
        module
        for module, _path in modules(package)
        if "." in module and not placed(module)
        if not any(name.startswith(f"{module}.") for name in RANK)
    }
    assert not unknown, "add these to LAYERS"


@pytest.mark.parametrize("package", LAYERS)
def test_every_layer_holds_modules(package: str) -> None:
    held = {placed(module) for module, _path in modules(package)}
    assert {name for name in RANK if name.startswith(f"{package}.")} <= held


@pytest.mark.parametrize("app", ["accounts", "profiles", "calendars"])
def test_apps_stand_on_the_ground_of_config(app: str) -> None:
    used = {
        ".".join(name.split(".")[:2])
        for _module, path in modules(app)
        for name in imports(path)
        if name.startswith("config.")
    }
    assert used <= GROUND


@pytest.mark.parametrize("place", PURE)
def test_pure_code_knows_no_framework(place: str) -> None:
    paths = [CHECKOUT / place] if place.endswith(".py") else (CHECKOUT / place).rglob("*.py")
    wrong = [
        f"{path.relative_to(CHECKOUT)} imports {name}"
        for path in paths
        for name in imports(path)
        if name.split(".")[0] in FRAMEWORKS - LIBPQ.get(place, set())
    ]
    assert not wrong


def test_problems_stand_alone() -> None:
    names = imports(CHECKOUT / "config" / "web" / "problems.py")
    assert not [name for name in names if ours(name)]


def test_no_module_is_a_giant() -> None:
    long = {
        module: length
        for package in PRODUCT
        for module, path in modules(package)
        if ".migrations" not in module
        if (length := len(path.read_text().splitlines())) > 400
    }
    assert not long, "split these by noun"


def test_tests_enter_the_product_by_its_doors() -> None:
    """See tests/privilege.py; other processes have no privilege that could be kept."""
    doors = {name for name, value in vars(product).items() if hasattr(value, "__wrapped__")}
    wrong = [
        f"{module} imports {name}"
        for module, path in modules("tests")
        if module != "tests.product" and not is_program(path)
        for name in imports(path)
        if name.rpartition(".")[2] in doors and not name.startswith("tests.")
    ]
    assert len(doors) >= 10
    assert not wrong


def is_program(path: Path) -> bool:
    return '__name__ == "__main__"' in path.read_text()
