"""An automatic browser: consents at the sandbox Google, and confirms Daybook's question.

`python3 -m webbrowser` starts it by the variable BROWSER. A URL with an app's own scheme, which
would open the app, is written to the file that CALLED_WITH names.
"""

from __future__ import annotations

import os
import sys
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, build_opener

from sandbox.control import Control


class Form(HTMLParser):
    """Parses the hidden fields of a page, and the URL of its last form."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action, self.fields = given["action"], {}
        elif tag == "input" and given.get("type") == "hidden":
            self.fields[given["name"]] = given["value"]


def consent(address: str) -> None:
    sent_to = Control(address).consent(address, email=os.environ["CONSENTING"])
    if sent_to.startswith("http"):
        confirm(sent_to)
    else:
        with Path(os.environ["CALLED_WITH"]).open("w") as called:
            called.write(f"{sent_to}\n")


def confirm(address: str) -> None:
    opener = build_opener(HTTPCookieProcessor(CookieJar()))
    page = opener.open(address).read().decode()
    form = Form()
    form.feed(page)
    body = urlencode({**form.fields, "answer": "connect"}).encode()
    done = opener.open(urljoin(address, form.action), body).read().decode()
    if "was connected" not in done or "Go back to the app" not in done:
        raise SystemExit("the last page does not say that it is done")


if __name__ == "__main__":
    consent(sys.argv[1])
