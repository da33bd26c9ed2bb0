"""Staff passwords: argon2id, so a stolen table of hashes is costly to guess through.

One hash or check takes some hundred milliseconds and 64 MiB on purpose. It is never made inside a
transaction, where every other writer would wait for it.
"""

from collections.abc import Iterable
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_babel import gettext as _

from portal.core import db
from portal.core.errors import Invalid
from portal.firm.common_passwords import is_common

PASSWORD_CHARS_MIN = 15
PASSWORD_CHARS_MAX = 256

# Checked against when nobody has the address typed, so that the answer takes as long as for a
# person who exists. The test holds its cost equal to the hasher's.
NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4$HmLMQ5HhRezWdr1KmoZQFA"
    "$Te/epSpf0BRlRUqlrGDoRt0AlKGL4+w22y5aMT8ki/o"
)


@lru_cache(maxsize=1)
def hasher() -> PasswordHasher:
    """The one hasher, with the library's parameters (RFC 9106, low-memory profile)."""
    return PasswordHasher()


def check_new_password(
    password: str, *, known: Iterable[str] = (), field: str = "password"
) -> None:
    """Refuse what guessers try first. `known` are words that it may not be built from: the person's
    name and email address, the firm's name.

    Raises `Invalid` beside `field` for fewer than 15 or more than 256 characters, or a common one.
    """
    if not PASSWORD_CHARS_MIN <= len(password) <= PASSWORD_CHARS_MAX:
        raise Invalid(
            _(
                "Choose a password of %(least)s to %(most)s characters.",
                least=PASSWORD_CHARS_MIN,
                most=PASSWORD_CHARS_MAX,
            ),
            field=field,
        )
    if is_common(password, known):
        raise Invalid(
            _(
                "This password is easy to guess: it is well known, follows the keyboard, repeats "
                "itself, or is made of names. Four or more words that have nothing to do with "
                "each other are better."
            ),
            field=field,
        )


def hash_password(password: str, *, known: Iterable[str] = (), field: str = "password") -> str:
    """The hash to keep for a new password, checked as by `check_new_password`.

    Raises `Invalid` as that does, `NestedTransaction` inside a transaction.
    """
    db.refuse_inside_transaction()
    check_new_password(password, known=known, field=field)
    return hasher().hash(password)


def password_fits(password_hash: str | None, password: str) -> bool:
    """Whether this is the password. None, for an unknown address, takes as long and never fits."""
    db.refuse_inside_transaction()
    try:
        hasher().verify(password_hash or NOBODY, password[:PASSWORD_CHARS_MAX])
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None
