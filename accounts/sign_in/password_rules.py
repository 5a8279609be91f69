"""Password validators: refuse passwords that are guessed early or consist of the user's own
words.

zxcvbn contains 30,000 passwords from breaches by frequency, and as many words and names. It
estimates the guesses for a password composed of them, with years, keyboard rows and lookalike
digits. It runs locally, so no part of a password leaves the machine. Django's list of 20,000
common passwords is checked first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.views.decorators.debug import sensitive_variables
from zxcvbn import zxcvbn

from accounts.account.export import registered
from accounts.models import User
from accounts.security_context import acting_as

# Of zxcvbn's five levels, 3 means more than 10^8 guesses: unreachable through a throttled page, and
# expensive against the Argon2 hash.
LOWEST_SCORE = 3
# The rest is ignored: the work grows with the square of the length.
LONGEST_LOOKED_AT = 50
SHORTEST_OWN_WORD = 4
SHORTEST_REST = 6
PRODUCT = "daybook"
_WORD = re.compile(r"[^\W_]+")


class GuessableValidator:
    @sensitive_variables("password")
    def validate(self, password: str, user: User | None = None) -> None:
        words = sorted(own_words(user))
        found = zxcvbn(password[:LONGEST_LOOKED_AT], user_inputs=words)
        if found["score"] < LOWEST_SCORE:
            raise ValidationError(
                "This password is easy to guess: it's a known leaked password, or it consists "
                "of common words, names, years or keyboard rows. Use several unrelated words.",
                code="password_guessable",
            )

    def get_help_text(self) -> str:
        return "Your password can't be easy to guess."


class OwnWordsValidator:
    @sensitive_variables("password", "rest")
    def validate(self, password: str, user: User | None = None) -> None:
        rest = password.casefold()
        for word in sorted(own_words(user), key=len, reverse=True):
            rest = rest.replace(word, "")
        is_of_own_words = len(rest) < len(password)
        if is_of_own_words and len("".join(_WORD.findall(rest))) < SHORTEST_REST:
            raise ValidationError(
                "This password is made of your address, your name or the name of this site. "
                "Use words that aren't related to you.",
                code="password_own_words",
            )

    def get_help_text(self) -> str:
        return "Your password can't be made of your address, your name or the name of this site."


def own_words(user: User | None) -> set[str]:
    """Words of the site, the address and the profile, in lower case."""
    texts = [PRODUCT, urlsplit(settings.PUBLIC_URL).hostname or ""]
    if user is not None:
        texts += [user.email or "", *_words_of_profile(user)]
    return set(_words(texts))


def _words_of_profile(user: User) -> Iterator[str]:
    if user._state.adding:  # at sign-up
        return
    with acting_as(user_id=user.pk, method="password"):
        for rows in registered():
            if rows.words is not None:
                yield from rows.words(user)


def _words(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        for word in _WORD.findall(text.casefold()):
            if len(word) >= SHORTEST_OWN_WORD:
                yield word
