"""Random ids outside, integers inside: nobody can count our payments or guess a neighbour's."""

import secrets

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_REFERENCE = "23456789BCDFGHJKMNPQRSTVWXYZ"  # no vowels, no look-alikes: read out over the phone
PUBLIC_ID_CHARS = 16
REFERENCE_CHARS = 8
_PUBLIC_IDS = len(_ALPHABET) ** PUBLIC_ID_CHARS


def public_id() -> str:
    """A random name for a row in addresses and forms (93 bits). It is not a key to anything."""
    number = secrets.randbelow(_PUBLIC_IDS)  # drawn at once: a letter at a time costs three times
    letters: list[str] = []
    for _ in range(PUBLIC_ID_CHARS):
        number, letter = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[letter])
    return "".join(letters)


def reference() -> str:
    """A short reference to print and to say aloud, as `K7QM-92TX`. It opens nothing by itself."""
    letters = "".join(secrets.choice(_REFERENCE) for _ in range(REFERENCE_CHARS))
    return f"{letters[:4]}-{letters[4:]}"
