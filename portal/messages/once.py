"""Sent once: the same form with the same content is one message, however often it arrives.

A message keeps 20 characters for the form (with its person and portal) and 20 for its content, so
that a form which comes back with other words, or with an attachment, brings another message.
"""

import base64
import hashlib

_HALF_CHARS = 20


def form_of(matter_id: int, actor: str, nonce: str) -> str:
    """The first half: this form of this person in this portal."""
    return _digest(str(matter_id), actor, nonce)


def name_of(matter_id: int, actor: str, nonce: str, said: str, attached: str) -> str:
    """What a message is kept under: the form, and what it says and carries. `attached` is the key
    of what it carries; empty for nothing."""
    return form_of(matter_id, actor, nonce) + _digest(said, attached)


def _digest(*parts: str) -> str:
    # Neither a text nor a key has a null in it.
    whole = hashlib.sha256("\0".join(parts).encode()).digest()
    return base64.urlsafe_b64encode(whole).decode()[:_HALF_CHARS]
