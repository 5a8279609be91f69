"""The tokens of a typed line: words, numbers, marks, and stretches that are left as they are.

One pass with a pattern that never goes back, so the time is linear in the text. Only the digits 0
to 9 are numbers; other digits, and marks of direction or of no width, are marks like any other.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_TOKEN = re.compile(
    r"""
    (?P<kept>https?://\S++)
    | (?P<quoted>(?<![^\s(\#])(?:"[^"]++" | [„“][^„“”"]++[“”"] | «[^«»]++» | »[^«»]++«)(?!\w))
    | (?P<email>(?<![\w.+-])[\w.+-]{1,64}+@[\w-]{1,63}+(?:\.[\w-]{1,63}+)++)
    | (?P<word>[^\W\d_]++(?:['\u2019][^\W\d_]++)?+)
    | (?P<number>[0-9]++)
    | (?P<space>\s++)
    | (?P<mark>.)
    """,
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """`low` is the text without case; `gap`: white space stands before it."""

    kind: str
    text: str
    low: str
    start: int
    end: int
    gap: bool

    @property
    def is_capital(self) -> bool:
        return self.text[0].isupper()


def tokens_of(text: str) -> list[Token]:
    tokens: list[Token] = []
    gap = True
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "mark"
        if kind != "space":
            found = match.group()
            low = found.casefold().replace("\u2019", "'") if kind == "word" else found
            tokens.append(Token(kind, found, low, match.start(), match.end(), gap))
        gap = kind == "space"
    return tokens
