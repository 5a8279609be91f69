"""Checks of a page: accessibility rules, the content security policy, a narrow screen."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import ConsoleMessage, Error, Page


class Console:
    """The console messages of a page: refused by policy, missing, thrown."""

    def __init__(self, page: Page) -> None:
        self.complaints: list[str] = []
        page.on("console", self._on_message)
        page.on("pageerror", self._on_error)

    def _on_message(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _on_error(self, error: Error) -> None:
        self.complaints.append(error.message)


# A theme changes only colours, so rules that passed in light aren't checked again in dark.
RULES_OF_A_THEME = ["color-contrast", "link-in-text-block"]


def accessibility_faults(page: Page, *, theme_only: bool = False) -> list[str]:
    """Return each rule of axe-core that the page violates, with the elements."""
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if theme_only:
        options["runOnly"] = RULES_OF_A_THEME
    if not page.evaluate("'axe' in window"):  # it is large, and stays until the next page
        page.evaluate(AXE_SCRIPT)
    violations = page.evaluate("options => axe.run(document, options)", options)["violations"]
    return [
        f"{rule['id']} ({rule['impact']}): {[node['html'][:160] for node in rule['nodes'][:3]]}"
        for rule in violations
    ]


def overflow_pixels(page: Page) -> int:
    """Return how far the page can be scrolled sideways."""
    root = "document.documentElement"
    return int(page.evaluate(f"{root}.scrollWidth - {root}.clientWidth"))
