"""The layout of the sandbox's pages, with a banner that says that this isn't Google."""

from __future__ import annotations

from html import escape

_FRAME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · Sandbox Google</title>
<link rel="stylesheet" href="/sandbox/style.css">
</head>
<body>
<header class="banner"><p><strong>Sandbox Google:</strong> demo and test equipment, \
not Google</p></header>
<main{kind}>
{content}
</main>
</body>
</html>
"""


def page(title: str, content: str, *, kind: str = "") -> str:
    """Return a page around its content, which is HTML."""
    attribute = f' class="{escape(kind)}"' if kind else ""
    return _FRAME.format(title=escape(title), content=content, kind=attribute)
