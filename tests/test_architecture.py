"""Imports run one way: between the packages, and inside each app from rules to pages."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import product

CHECKOUT = Path(__file__).resolve().parent.parent
PRODUCT = ("config", "accounts", "profiles", "calendars")

# What each package may import of ours. config is the composition root: its leaf modules are free
# to all, and only its own root modules (urls, commands) know the apps.
MAY_IMPORT = {
    "config": {"config"},
    "accounts": {"accounts", "config"},
    "profiles": {"profiles", "accounts", "config"},
    "calendars": {"calendars", "profiles", "accounts", "config"},
    "sandbox": {"sandbox"},
}
CONFIG_ROOTS = ("config.settings", "config.urls", "config.api_urls", "config.management")
CONFIG_LEAVES = {
    "config.problems",
    "config.encryption",
    "config.sealing",
    "config.celery",
    "config.environment",
    "config.database",
    "config.postgresql",
    "config.local_secrets",
    "config.redis_connection",
    "config.metrics",
    "config.backoff",
    "config.public_address",
    "config.workers",
    "config.faults",
    "config.database_faults",
    "config.conflicts",
    "config.one_of_many",
    "config.batches",
    "config.declared_parameters",
    "config.query_parameters",
    "config.unique_json",
    "config.private_answers",
}

# The layers of an app, lowest first; a module may import its own layer and those below. A module of
# a package stands where the package does, unless it is named itself.
LAYERS = (
    ("validators", "rules", "dates", "emails", "phones", "countries", "postal_codes", "languages",
     "names", "web_hosts", "web_addresses", "zones", "judgement", "documents", "people_file",
     "grandfathering", "constraints", "fields", "timezones",
     "content_lines", "recurrence", "ics", "event_rows",
     "tokens.claims", "tokens.keys", "tokens.key_rotation",
     "audit.events", "pictures", "sections", "widgets", "row_security"),
    ("models", "migrations"),
    ("google", "locks"),
    ("services", "sync", "connections", "consent", "held_consents",
     "occurrences", "days", "beyond_horizon", "progress", "troubles", "run_log",
     "selection", "importing", "backends", "notices", "demo", "agenda", "clients", "adapter",
     "security_context", "context_settings", "local_time", "page_versions", "password_backend",
     "retention", "history", "writing", "undo", "first_zone", "avatars", "picture_files",
     "administrators",
     "tokens", "legacy", "mail", "sessions", "sign_in", "audit", "throttles", "account",
     "exporting", "revocation", "disconnecting", "sealed_rows", "checks"),
    ("serializers", "forms", "cursors", "authentication", "openapi", "templatetags",
     "presentation"),
    ("api", "views", "admin", "admin_site", "tasks", "management", "context_processors",
     "middleware", "repeating", "webhooks", "following", "page", "avatar_views", "history_views",
     "consent_views",
     "tokens.api", "tokens.jwks", "sessions.api", "account.api", "account.pages",
     "account.addresses", "audit.api", "audit.page"),
    ("urls", "api_urls", "apps", "admin_config", "receivers"),
)  # fmt: skip
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}


def modules(package: str) -> Iterator[tuple[str, Path]]:
    for path in sorted((CHECKOUT / package).rglob("*.py")):
        parts = path.relative_to(CHECKOUT).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports(path: Path) -> Iterator[str]:
    """The names of modules that a file imports anywhere, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ours(name: str) -> bool:
    return name.split(".")[0] in (*PRODUCT, "sandbox", "tests")


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


def test_problems_is_a_leaf() -> None:
    assert not [name for name in imports(CHECKOUT / "config" / "problems.py") if ours(name)]


@pytest.mark.parametrize("app", ["accounts", "profiles", "calendars"])
def test_apps_use_only_the_leaves_of_config(app: str) -> None:
    used = {
        ".".join(name.split(".")[:2])
        for _module, path in modules(app)
        for name in imports(path)
        if name.startswith("config.")
    }
    assert used <= CONFIG_LEAVES


@pytest.mark.parametrize("app", ["accounts", "profiles", "calendars"])
def test_layers_of_an_app_import_downwards(app: str) -> None:
    wrong = [
        f"{module} imports {name}"
        for module, path in modules(app)
        for name in imports(path)
        if name.split(".")[0] == app and rank_of(name) > rank_of(module)
    ]
    assert not wrong


@pytest.mark.parametrize("app", ["accounts", "profiles", "calendars"])
def test_every_module_has_a_layer(app: str) -> None:
    unknown = {
        module for module, _path in modules(app) if "." in module and layer_name(module) not in RANK
    }
    assert not unknown, "say in LAYERS where these stand"


def rank_of(module: str) -> int:
    """A package by itself stands lowest: it brings nothing with it."""
    return RANK.get(layer_name(module), 0) if "." in module else 0


def layer_name(module: str) -> str:
    """`tokens.keys` for `accounts.tokens.keys.pem_blocks` when it is named, `tokens` if not."""
    _app, package, *inside = module.split(".")
    named = ".".join([package, *inside[:1]])
    return named if named in RANK else package


def test_tests_enter_the_product_by_its_doors() -> None:
    """tests/privilege.py says why; processes of their own have no privilege that could be kept."""
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
