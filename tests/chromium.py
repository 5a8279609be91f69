"""One Chromium for all browser tests of a process: Debian's, not a download."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.parts import CHROMIUM, PLAYWRIGHT, require


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = require(CHROMIUM, PLAYWRIGHT)
    # Playwright's event loop runs in this thread, and Django would therefore refuse the ORM.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        )
        yield chromium
        chromium.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
