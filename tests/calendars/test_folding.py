"""What search takes for the same: case, accents, compounds, one typing error."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendars.timeline.folding import marked, spaced, words_of
from calendars.timeline.near_words import LONGEST, SHORTEST, is_near, near_words

ALPHABET = "abcdeß\u00e9"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Müßte, ÜBER", ["musste", "uber"]),
        ("Mu\u0308ßte", ["musste"]),  # the same with a combining mark
        ("Crème brûlée", ["creme", "brulee"]),
        ("\u0130stanbul \u0131l\u0131k", ["istanbul", "ilik"]),  # Turkish, with and without a dot
        ("Øystein Łódź Æsir", ["oystein", "lodz", "aesir"]),
        (
            "Άγιος ΝΙΚΌΛΑΟΣ",
            ["\u03b1\u03b3\u03b9\u03bf\u03c3", "\u03bd\u03b9\u03ba\u03bf\u03bb\u03b1\u03bf\u03c3"],
        ),
        ("会議室A", ["会議室a"]),
        ("ｶﾞｯｺｳ ガッコウ", ["カッコウ", "カッコウ"]),
        ("🎂 party👍🏽", ["🎂", "party", "👍"]),
        ("👩\u200d💻", ["👩", "💻"]),
        ("℡ ﬁsh Ⅳ", ["tel", "fish", "iv"]),
        ("ana@example.org", ["ana", "example", "org"]),
        ("50 % _off_ \\ \x00 \ud800 …", ["50", "off"]),
        ("हिन्दी", ["हिनदी"]),
        ("", []),
    ],
)
def test_a_text_becomes_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
@given(text=st.text(st.characters(max_codepoint=0x3FFF), max_size=40))
def test_the_form_of_a_text_does_not_count(form: str, text: str) -> None:
    assert words_of(unicodedata.normalize(form, text)) == words_of(text)  # type: ignore[arg-type]


@given(text=st.text(max_size=60))
def test_words_stay_as_they_are(text: str) -> None:
    words = words_of(text)

    assert words_of(" ".join(words)) == words
    assert spaced(text).split()[: len(words)] == words


@pytest.mark.parametrize(
    ("text", "compound"),
    [("Stand-up", "standup"), ("O\u2019Brien", "obrien"), ("a-b-c", "abc"), ("well - known", None)],
)
def test_a_compound_is_one_word_too(text: str, compound: str | None) -> None:
    assert spaced(text).split()[len(words_of(text)) :] == ([compound] if compound else [])


@pytest.mark.parametrize(
    ("text", "words", "shown"),
    [
        ("Dentist", ["dent"], "[Dent]ist"),
        ("Café Müller", ["cafe", "ller"], "[Café] Mü[ller]"),
        ("Cafe\u0301!", ["cafe"], "[Cafe\u0301]!"),
        ("Straße", ["strasse"], "[Straße]"),
        ("Straße", ["stras"], "[Straß]e"),
        ("an Anna", ["an"], "[an] [An]na"),
        ("Banane", ["an"], "Banane"),  # too short for the middle of a word
        ("月例会議", ["会議"], "月例[会議]"),
        ("nothing", ["else"], "nothing"),
        ("", ["x"], ""),
    ],
)
def test_matches_are_marked_in_the_text_itself(text: str, words: list[str], shown: str) -> None:
    parts = marked(text, words)

    assert "".join(f"[{one.text}]" if one.is_match else one.text for one in parts) == shown


@given(text=st.text(max_size=40), words=st.lists(st.text(max_size=5), max_size=3))
def test_marking_changes_no_text(text: str, words: list[str]) -> None:
    parts = marked(text, [one for word in words for one in words_of(word)])

    assert "".join(one.text for one in parts) == text


def distance(one: str, other: str) -> int:
    """The optimal string alignment distance, by its definition."""
    rows = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i in range(len(one) + 1):
        for j in range(len(other) + 1):
            if not i or not j:
                rows[i][j] = i or j
                continue
            changed = one[i - 1] != other[j - 1]
            rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + changed)
            if i > 1 and j > 1 and one[i - 2 : i] == other[j - 2 : j][::-1]:
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
    return rows[-1][-1]


@given(one=st.text(ALPHABET, max_size=7), other=st.text(ALPHABET, max_size=7))
def test_near_is_a_distance_of_one(one: str, other: str) -> None:
    assert is_near(one, other) == (distance(one, other) <= 1)


@given(
    word=st.text("abcd", min_size=1, max_size=7),
    vocabulary=st.lists(st.text("abcd", min_size=1, max_size=8), max_size=30),
)
def test_near_words_are_all_that_are_near(word: str, vocabulary: list[str]) -> None:
    near = {one for one in vocabulary if one != word and distance(word, one) == 1}

    assert near_words(word, "\n".join(["", *vocabulary, ""])) == (
        sorted(near) if SHORTEST <= len(word) <= LONGEST else []
    )


@pytest.mark.parametrize("word", ["dentst", "dnetist", "dentisst", "dentixt", "entist", "dentis"])
def test_one_error_is_forgiven(word: str) -> None:
    assert near_words(word, "\ndance\ndentist\ndental\n") == ["dentist"]
