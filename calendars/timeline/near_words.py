"""Words that differ by one typing error: a letter more, less or other, or two swapped.

That is the optimal string alignment distance of Damerau and Levenshtein, at most 1.
"""

from __future__ import annotations

from collections.abc import Iterator

SHORTEST = 4  # in shorter words an error makes another word: "bus", "but"
LONGEST = 40


def is_near(one: str, other: str) -> bool:
    """Whether the words are equal, or differ by one typing error."""
    if abs(len(one) - len(other)) > 1:
        return False
    start = 0
    shorter = min(len(one), len(other))
    while start < shorter and one[start] == other[start]:
        start += 1
    if one[start + 1 :] == other[start + 1 :]:  # one letter is another
        return True
    if one[start + 1 :] == other[start:] or one[start:] == other[start + 1 :]:
        return True
    swapped = one[start : start + 2] == other[start : start + 2][::-1]
    return swapped and one[start + 2 :] == other[start + 2 :]


def near_words(word: str, vocabulary: str) -> list[str]:
    """Return the words of a vocabulary that are near a word and not equal to it.

    In a vocabulary each word stands between line ends. One error leaves the first or the second
    half of a word as it is, unless it swaps the two letters in the middle: so two scans for halves
    find all candidates.
    """
    if not SHORTEST <= len(word) <= LONGEST:
        return []
    first, second, swapped = halves(word)
    candidates = {*_beginning(f"\n{first}", vocabulary), *_ending(f"{second}\n", vocabulary)}
    if f"\n{swapped}\n" in vocabulary:
        candidates.add(swapped)
    return sorted(one for one in candidates - {word} if is_near(word, one))


def halves(word: str) -> tuple[str, str, str]:
    """Return both halves of a word, and the word with the letters in the middle swapped."""
    middle = len(word) // 2
    first, second = word[:middle], word[middle:]
    return first, second, first[:-1] + second[0] + first[-1] + second[1:]


def _beginning(start: str, vocabulary: str) -> Iterator[str]:
    place = vocabulary.find(start)
    while place >= 0:
        end = vocabulary.index("\n", place + 1)
        yield vocabulary[place + 1 : end]
        place = vocabulary.find(start, end)


def _ending(end: str, vocabulary: str) -> Iterator[str]:
    place = vocabulary.find(end)
    while place >= 0:
        place += len(end) - 1
        yield vocabulary[vocabulary.rindex("\n", 0, place) + 1 : place]
        place = vocabulary.find(end, place)
