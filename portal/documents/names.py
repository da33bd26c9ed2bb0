"""What a file is called: a name that is safe in a list, in a header and on any computer.

The name is what a stranger's browser said; the file itself is kept under an id of ours.
"""

import unicodedata
from urllib.parse import quote

from portal.core.words import folded
from portal.documents.models import NAME_CHARS_MAX

NAME_BYTES_MAX = 255
EXTENSION_CHARS_MAX = 16
NAMELESS = "file"
# Windows opens a device for these, whatever stands behind the dot.
_DEVICES = {"con", "prn", "aux", "nul", "clock$"} | {
    f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"
}
# Whoever sends a longer one is cut first: what is looked at sign by sign is short.
_TYPED_CHARS_MAX = 1_000
# Not shown, but changes how the rest is shown: `gpj.exe` would be read as `exe.jpg`.
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# Letters, signs and marks by their kind, but nothing is seen of them.
_BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
# Two of these join what is seen as one sign: families among emoji, and letters of some languages.
_JOINERS = "\u200c\u200d"
_FORBIDDEN = str.maketrans(dict.fromkeys('<>:"|?*', "_"))


def clean_name(name: str) -> str:
    """A safe name made of the one that came with a file: at most 200 characters and 255 bytes, its
    ending kept, no folders, nothing unseen, no name of a device. Never raises, never empty."""
    last = _shortened(name.replace("\\", "/").rstrip("/").rpartition("/")[2])
    whole = unicodedata.normalize("NFC", "".join(one for one in last if _can_be_seen(one)))
    plain = " ".join(whole.split()).translate(_FORBIDDEN).strip(f". {_JOINERS}")
    if not plain:
        return NAMELESS
    stem, _, ending = plain.partition(".")
    if stem.strip().casefold() in _DEVICES:
        plain = f"_{stem}.{ending}" if ending else f"_{stem}"
    return _cut(plain)


def _shortened(name: str) -> str:
    """The beginning of a name that nobody typed, with its end, where the ending stands."""
    if len(name) <= _TYPED_CHARS_MAX:
        return name
    return name[: _TYPED_CHARS_MAX - NAME_CHARS_MAX] + name[-NAME_CHARS_MAX:]


def _can_be_seen(char: str) -> bool:
    if char in "\t\n\r\x0b\x0c":
        return True  # a space in the end
    if char in _JOINERS:
        return True
    return char not in _BLANK and unicodedata.category(char) not in _UNSEEN


def _cut(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    if not dot or not 0 < len(ending) <= EXTENSION_CHARS_MAX:
        stem, dot, ending = name, "", ""
    stem = stem[: NAME_CHARS_MAX - len(dot + ending)]
    bytes_left = NAME_BYTES_MAX - len((dot + ending).encode())
    stem = stem.encode()[:bytes_left].decode(errors="ignore")
    # What a cut leaves at the end may be half of a sign, or a space.
    return stem.rstrip(f" {_JOINERS}") + dot + ending


def name_key(name: str) -> str:
    """By what names are sorted and compared: two spellings of one name have one key."""
    # Some signs stand for whole words, and a key has its room.
    return folded(name)[: 2 * NAME_CHARS_MAX]


def content_disposition(name: str, *, inline: bool) -> str:
    """The header that names a download, for old programs and new (RFC 6266, RFC 8187)."""
    plain = clean_name(name)
    way = "inline" if inline else "attachment"
    apart = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    ascii_name = "".join(one for one in apart if one.isprintable() and one not in '"\\%;')
    told = clean_name(ascii_name)
    if told == plain:
        return f'{way}; filename="{told}"'
    return f"{way}; filename=\"{told}\"; filename*=UTF-8''{quote(plain, safe='')}"
