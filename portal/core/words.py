"""Names, emails and numbers as the words by which they are found: no accents, no capitals."""

import re
import unicodedata
from collections.abc import Iterable

WORD_CHARS_MAX = 80
TYPED_WORDS_MAX = 8
LAST_CHAR = "\U0010ffff"
# Letters that no decomposition takes apart, as a keyboard without them writes them.
_SPELLED = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"}
)
_FILLERS = "\u115f\u1160\u3164\uffa0"
_WORD = re.compile(r"[^\W_]+")
_APOSTROPHES = re.compile(r"['’ʼ`]")


def folded(text: str) -> str:
    """The text without accents and capitals, its spaces single: two spellings of it are equal."""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    plain = "".join(char for char in apart if not unicodedata.combining(char))
    return " ".join(plain.translate(_SPELLED).split())


def shows_a_letter(text: str) -> bool:
    """Whether a letter or a digit can be seen: some letters of Hangul are there to fill a place."""
    return any(char.isalnum() and char not in _FILLERS for char in text)


def words_of(*texts: str) -> set[str]:
    """The words by which these texts are found. O'Neil is found as `oneil`, `o` and `neil`.

    An email address is a word as a whole too, so that it can be typed or pasted to its end.
    """
    found: set[str] = set()
    for text in texts:
        plain = folded(text)
        found.update(part for part in plain.split() if "@" in part)
        found.update(_WORD.findall(plain))
        found.update(_WORD.findall(_APOSTROPHES.sub("", plain)))
    return _cut(found)


def typed_words(typed: str) -> list[str]:
    """What somebody typed, as beginnings of words, the longest first: it finds the fewest."""
    found: set[str] = set()
    for part in _APOSTROPHES.sub("", folded(typed)).split():
        found.update([part.strip("<>,;")] if "@" in part else _WORD.findall(part))
    return sorted(_cut(found), key=lambda word: (-len(word), word))[:TYPED_WORDS_MAX]


def _cut(words: Iterable[str]) -> set[str]:
    return {word[:WORD_CHARS_MAX] for word in words if word}
