"""Waits until the programs work and a page answers over HTTP."""

import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from http import HTTPStatus
from http.client import HTTPException

POLL_SECONDS = 0.1
ANSWER_SECONDS = 5


def wait_until_ready(
    url: str, programs_are_ready: Callable[[], bool], ended: threading.Event
) -> bool:
    """True when the programs are ready and `url` (ours, on loopback) answers 200; False when
    `ended` came first."""
    while not ended.wait(POLL_SECONDS):
        if programs_are_ready() and answers_ok(url):
            return True
    return False


def answers_ok(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=ANSWER_SECONDS) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except (urllib.error.URLError, HTTPException, OSError):
        return False
