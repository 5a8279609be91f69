"""Find the texts of a template that aren't marked for translation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from django.template.base import Lexer, Token, TokenType

# Attributes that people read, or that hold words for a script.
READ = {"alt", "aria-description", "aria-label", "aria-roledescription", "content", "hx-confirm",
        "label", "placeholder", "summary", "title"}  # fmt: skip
UNREAD_ELEMENTS = {"script", "style", "template-name"}
# Names, which are the same in every language.
NAMES = {"Daybook", "Google", "OpenStreetMap", "PostgreSQL", "Valkey", "UTC", "ISO", "ICS", "ics",
         "JSON", "API", "QR", "CSV"}  # fmt: skip
WORD = re.compile(r"[^\W\d_]{2,}")
ENTITY = re.compile(r"&[a-z]+;|&#\d+;")
LITERAL = re.compile(r"""(?<!_\()("[^"]*"|'[^']*')""")
# In a template that is included inside of a tag.
ATTRIBUTES = re.compile(r"""[\w-]+="[^"]*"|\bdata-[\w-]+""")
# Tags whose arguments are names, paths or values that nobody reads.
UNREAD_TAGS = {"load", "url", "static", "extends", "if", "elif", "ifchanged", "block", "csrf_token",
               "comment", "cycle", "for", "get_current_language", "spaceless"}  # fmt: skip
PROSE_LITERAL = re.compile(r"^[A-Z][a-z]+|[^\W\d_] [^\W\d_]")


def unmarked_texts(path: Path) -> list[str]:
    tokens = list(_outside_of_marks(Lexer(path.read_text()).tokenize()))
    found = [text for token in tokens for text in _literals(token)]
    # A value that is filled in is no word; a tag leaves nothing.
    source = "".join(
        token.contents
        if token.token_type is TokenType.TEXT
        else "0"
        if token.token_type is TokenType.VAR
        else ""
        for token in tokens
    )
    if path.suffix == ".txt":
        return found + [line.strip() for line in source.splitlines() if has_words(line)]
    parser = _Texts()
    parser.feed(source)
    parser.close()
    return found + parser.found


def has_words(text: str) -> bool:
    return bool(set(WORD.findall(ENTITY.sub(" ", text))) - NAMES)


def _outside_of_marks(tokens: list[Token]) -> Iterator[Token]:
    """Yield the tokens outside of blocktrans, comments and blocks that hold CSS classes."""
    until = ""
    for token in tokens:
        tag = token.contents.split(maxsplit=1)[0] if token.token_type is TokenType.BLOCK else ""
        if until:
            until = "" if tag == until else until
        elif tag in ("blocktrans", "blocktranslate", "comment"):
            until = f"end{tag}"
        elif tag == "block" and token.contents.endswith("_class"):
            until = "endblock"
        elif token.token_type is not TokenType.COMMENT:
            yield token


def _literals(token: Token) -> Iterator[str]:
    """Yield the literals of a tag or variable that look like words."""
    if token.token_type not in (TokenType.BLOCK, TokenType.VAR):
        return
    tag = token.contents.split(maxsplit=1)[0]
    if token.token_type is TokenType.BLOCK and tag in UNREAD_TAGS | {"trans", "translate"}:
        return
    if "|pluralize" in token.contents:
        yield token.contents
    for literal in LITERAL.findall(token.contents):
        text = literal[1:-1]
        if PROSE_LITERAL.search(text) and has_words(text) and not re.search(r"[/.]\w", text):
            yield text


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unread += tag in UNREAD_ELEMENTS
        values = dict(attrs)
        names = set(READ)
        if tag == "input" and values.get("type") in ("submit", "button", "reset"):
            names.add("value")
        if tag == "meta":
            names.discard("content")
        for name, value in attrs:
            is_read = name in names or (name.startswith("data-") and " " in (value or ""))
            if is_read and not (value or "").startswith("{") and has_words(value or ""):
                self.found.append(f'{name}="{value}"')

    handle_startendtag = handle_starttag

    def handle_endtag(self, tag: str) -> None:
        self._unread -= tag in UNREAD_ELEMENTS

    def handle_data(self, data: str) -> None:
        data = ATTRIBUTES.sub("", data)
        if not self._unread and has_words(data):
            self.found.append(" ".join(data.split()))
