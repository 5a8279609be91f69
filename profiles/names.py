"""Names of countries and languages, compared as people type them."""

from __future__ import annotations

import unicodedata


def folded(name: str) -> str:
    """Without case, accents, points and a leading "the": people leave them out, or put them in."""
    apart = unicodedata.normalize("NFKD", name.casefold()).replace(".", "")
    kept = "".join(c if c.isalnum() else " " for c in apart if not unicodedata.combining(c))
    return " ".join(kept.split()).removeprefix("the ")
