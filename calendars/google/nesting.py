"""JSON that is nested more deeply than a decoder follows: measured and cut without recursion.

Python's and msgspec's decoders give up some hundred levels down, and so would whatever reads a
stored value later, somewhere below other calls.
"""

from __future__ import annotations

import re
from collections.abc import Callable

MOST_LEVELS = 400  # decoders, Python's own among them, give up at about a thousand
# A whole text, or one bracket outside of texts.
_STRUCTURE = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)
_OPENING = b"[{"


def is_too_deep(content: bytes) -> bool:
    """Counts the brackets first: nearly nothing has as many as could be too deep."""
    if content.count(b"{") + content.count(b"[") <= MOST_LEVELS:
        return False
    level = 0
    for found in _STRUCTURE.finditer(content):
        sign = found[0]
        if len(sign) == 1:
            level += 1 if sign in _OPENING else -1
            if level > MOST_LEVELS:
                return True
    return False


def cut_below(content: bytes, levels: int, put: Callable[[bytes], bytes]) -> bytes:
    """The same with `put(value)` in place of each object and list below so many levels.

    Raises ValueError where the brackets do not match.
    """
    kept: list[bytes] = []
    level = copied = begun = 0
    for found in _STRUCTURE.finditer(content):
        sign = found[0]
        if len(sign) > 1:
            continue
        if sign in _OPENING:
            if level == levels:
                kept.append(content[copied : found.start()])
                begun = found.start()
            level += 1
            continue
        level -= 1
        if level < 0:
            raise ValueError("a bracket too many")
        if level == levels:
            copied = found.end()
            kept.append(put(content[begun:copied]))
    if level:
        raise ValueError("a bracket too few")
    return b"".join([*kept, content[copied:]])
