"""Times what a running Daybook answers to an address with an account and to one without.

python -m tests.accounts.measure_answers http://127.0.0.1:8000 alice@daybook.example
"""

from __future__ import annotations

import re
import statistics
import sys
import time
import uuid
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

PASSWORD = "a walk along the harbour"
FORMS = {
    "/accounts/signup/": ("email", {"password1": PASSWORD, "password2": PASSWORD}, 9),
    "/accounts/password/reset/": ("email", {}, 4),
    "/accounts/login/": ("login", {"password": "not this one"}, 4),
}
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def seconds(host: str, page: str, form: dict[str, str], source: str) -> float:
    """Of the POST alone, over a connection that is open by then."""
    connection = HTTPConnection(host, timeout=60, source_address=(source, 0))
    connection.request("GET", page)
    answer = connection.getresponse()
    token = TOKEN.search(answer.read().decode())
    assert token, f"{page} has no form"
    cookies = "; ".join(
        each.partition(";")[0] for each in answer.headers.get_all("Set-Cookie") or []
    )
    headers = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
    began = time.perf_counter()
    connection.request("POST", page, urlencode({"csrfmiddlewaretoken": token[1], **form}), headers)
    status = connection.getresponse().status
    took = time.perf_counter() - began
    assert status in (200, 302), f"{page} answered {status}"
    return took


def measure(host: str, known: str) -> None:
    source = f"127.0.0.{10 + uuid.uuid4().int % 200}"  # an address that no throttle has counted yet
    for page, (name, form, rounds) in FORMS.items():
        took: dict[str, list[float]] = {"known": [], "unknown": []}
        for _round in range(rounds):
            for kind, email in ("known", known), ("unknown", f"{uuid.uuid4().hex}@example.org"):
                took[kind].append(seconds(host, page, {name: email, **form}, source))
        figures = (f"{kind} {statistics.median(each):.3f} s" for kind, each in took.items())
        print(f"{page}: median of {rounds}: {', '.join(figures)}")


if __name__ == "__main__":
    measure(urlsplit(sys.argv[1]).netloc, sys.argv[2])
