"""The text of a message: what is kept of what somebody typed, and links that can be pressed.

Plain text and nothing else: the rest is escaped where it is shown (FEATURES C2, DESIGN "Sign-in and
surfaces").
"""

import re
import unicodedata
from urllib.parse import SplitResult, urlsplit

from flask_babel import gettext as _
from markupsafe import Markup, escape

from portal.core.errors import Invalid
from portal.messages.models import TEXT_CHARS_MAX

# Embeddings, overrides and isolates: they make a text read otherwise than it is written.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_LINE_ENDS = re.compile("\r\n|[\r\u0085\u2028\u2029]")
_KEPT_CONTROLS = frozenset("\n\t")
_NEVER = frozenset({"Cc", "Cs"})  # a lone surrogate cannot be stored
# Letters, signs and marks by their kind, but nothing is seen of them.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0\U0001d159")
_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Cs", "Zs", "Zl", "Zp", "Mn", "Me"})
_MANY_EMPTY_LINES = re.compile(r"\n{4,}")

_ADDRESS = re.compile(r"(?<![\w.@:/])(?:https?://|mailto:)[^\s<>\"“”«»|\\^`{}]+", re.IGNORECASE)
LINK_CHARS_MAX = 2_000
_ENDS_A_SENTENCE = ".,;:!?…'’*_~"
_BRACKETS = {")": "(", "]": "["}
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?", re.IGNORECASE)
_MAILBOX = re.compile(r"[\w.+-]+@[a-z0-9.-]+\.[a-z]{2,}", re.IGNORECASE | re.ASCII)


def clean(typed: str) -> str:
    """The text as it is kept: composed (NFC), lines ended by a newline alone, without control
    characters and without marks that turn the direction of what follows. Empty where nothing of
    it could be seen."""
    plain = _TURNING.sub("", _LINE_ENDS.sub("\n", typed))
    kept = (
        char for char in plain if char in _KEPT_CONTROLS or unicodedata.category(char) not in _NEVER
    )
    text = unicodedata.normalize("NFC", "".join(kept)).strip("\ufeff \n\t\u00a0")
    return _MANY_EMPTY_LINES.sub("\n\n\n", text) if any(map(_can_be_seen, text)) else ""


def _can_be_seen(char: str) -> bool:
    return char not in _BLANK and unicodedata.category(char) not in _UNSEEN


def checked(typed: str, *, may_be_empty: bool) -> str:
    """The text of a message, as it is kept. Raises `Invalid` for one that is too long, or that
    says nothing where nothing is attached."""
    text = clean(typed)
    if len(text) > TEXT_CHARS_MAX:
        raise Invalid(
            _(
                "Your message has %(count)s characters. Shorten it to 10,000 or send it in parts.",
                count=f"{len(text):,}",
            ),
            "text",
        )
    if not text and not may_be_empty:
        raise Invalid(_("Write a message or attach a document."), "text")
    return text


def linked(text: str) -> Markup:
    """The text for a page: escaped, with web and email addresses as links that leave this page.

    An address that hides where it leads (a name before an @, letters of other scripts that look
    like ours) is shown as what it is, or stays plain text. One beyond 2,000 characters is none.
    """
    shown, end = Markup(""), 0
    for found in _ADDRESS.finditer(text):
        address = _without_the_sentence(found.group())
        link = _link(address)
        if link is not None:
            shown += escape(text[end : found.start()]) + link
            end = found.start() + len(address)
    return shown + escape(text[end:])


def _without_the_sentence(address: str) -> str:
    """The address without the punctuation of the sentence that it stands in."""
    # Counted once: an address of ten thousand brackets is looked at once, not ten thousand times.
    closing_nothing = {
        closing: address.count(closing) - address.count(opening)
        for closing, opening in _BRACKETS.items()
    }
    end = len(address)
    while end:
        last = address[end - 1]
        if closing_nothing.get(last, 0) > 0:
            closing_nothing[last] -= 1
        elif last not in _ENDS_A_SENTENCE:
            break
        end -= 1
    return address[:end]


def _link(address: str) -> Markup | None:
    if len(address) > LINK_CHARS_MAX or any(
        unicodedata.category(char) in {"Cf", "Co", "Cn"} for char in address
    ):
        return None
    if address[:7].lower() == "mailto:":
        mailbox = address[7:]
        return _anchor(f"mailto:{mailbox}", address) if _MAILBOX.fullmatch(mailbox) else None
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").encode("idna").decode("ascii")
        _port = parts.port
    except ValueError:  # a UnicodeError is one
        return None
    if not _HOST.fullmatch(host) or parts.username is not None or parts.password is not None:
        return None
    return _anchor(*_told(address, parts, host))


def _told(address: str, parts: SplitResult, host: str) -> tuple[str, str]:
    """Where a link leads and what it says: of a name in other letters, what stands for it."""
    if address.isascii():
        return address, address
    port = f":{parts.port}" if parts.port is not None else ""
    whole = parts._replace(netloc=f"{host}{port}").geturl()
    return whole, whole


def _anchor(href: str, words: str) -> Markup:
    # Its own direction, so that a right-to-left path cannot move the host about.
    return Markup(
        '<a href="{}" target="_blank" rel="noopener noreferrer nofollow" dir="ltr">{}</a>'
    ).format(href, words)
