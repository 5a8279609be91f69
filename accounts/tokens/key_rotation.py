"""Changing the keys of access tokens step by step, so that nobody is signed out.

A key verifies wherever it is known, and signs where it stands first. Processes that start one
after the other must therefore all know a key before the first of them signs with it, and must
know the former key for as long as its tokens live.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from accounts.tokens.keys import pem_blocks
from config.local_secrets import make_signing_key


class CannotRotate(Exception):
    """The step does not fit the keys there are; the message says which one does."""


@dataclass(frozen=True)
class Step:
    """`change` takes TOKEN_SIGNING_KEYS and gives its successor; `advice` says what comes next."""

    change: Callable[[str], str]
    summary: str
    advice: str


def replace_key(pem: str) -> str:
    return _joined([_new_key(), *pem_blocks(pem)])


def announce_key(pem: str) -> str:
    return _joined([*pem_blocks(pem), _new_key()])


def promote_key(pem: str) -> str:
    *others, last = pem_blocks(pem)
    if not others:
        raise CannotRotate("There is one key only: announce another first, with --announce.")
    return _joined([last, *others])


def retire_keys(pem: str) -> str:
    current, *others = pem_blocks(pem)
    if not others:
        raise CannotRotate("There is one key only: nothing to retire.")
    return _joined([current])


STEPS = {
    "replace": Step(
        replace_key,
        "a new key signs from now on, the former ones verify",
        "Restart every process at once. Tokens of the former key stay good; when {seconds} seconds"
        " have passed, remove it with --retire.",
    ),
    "announce": Step(
        announce_key,
        "a new key verifies, and is published, before it signs",
        "Restart the processes in any order; the new key does not sign yet. When all run, and the"
        " 5 minutes are over for which others keep the published keys, let it sign with --promote.",
    ),
    "promote": Step(
        promote_key,
        "the last key, known everywhere by now, signs",
        "Restart the processes in any order. When the last one has run for {seconds} seconds,"
        " remove the former key with --retire.",
    ),
    "retire": Step(
        retire_keys,
        "only the key that signs is left",
        "Restart the processes in any order. The rotation is complete.",
    ),
}


def _new_key() -> str:
    return make_signing_key().replace("\\n", "\n")


def _joined(blocks: list[str]) -> str:
    return "\n".join(blocks)
