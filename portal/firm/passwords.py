"""Staff passwords: argon2id, so a stolen table of hashes is costly to guess through.

One hash or check takes some hundred milliseconds and 64 MiB on purpose. It is never made inside a
transaction, where every other writer would wait for it.
"""

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_babel import gettext as _

from portal.core import db
from portal.core.errors import Invalid

PASSWORD_CHARS_MIN = 12
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


def hash_password(password: str) -> str:
    """The hash to keep for a new password.

    Raises `Invalid` for one of fewer than 12 or more than 256 characters, `NestedTransaction`
    inside a transaction.
    """
    db.refuse_inside_transaction()
    if not PASSWORD_CHARS_MIN <= len(password) <= PASSWORD_CHARS_MAX:
        raise Invalid(
            _(
                "Choose a password of %(least)s to %(most)s characters.",
                least=PASSWORD_CHARS_MIN,
                most=PASSWORD_CHARS_MAX,
            ),
            field="password",
        )
    return hasher().hash(password)


def password_fits(password_hash: str | None, password: str) -> bool:
    """Whether this is the password. None, for an unknown address, takes as long and never fits."""
    db.refuse_inside_transaction()
    try:
        hasher().verify(password_hash or NOBODY, password[:PASSWORD_CHARS_MAX])
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None
