"""Keys that are drawn from SECRET_KEY, one for each purpose, so that no two uses share one.

https://www.rfc-editor.org/rfc/rfc5869
"""

from functools import lru_cache

from portal.core import config

KEY_BYTES = 32


def key_for(purpose: str) -> bytes:
    """The key of one purpose, 32 bytes, the same for as long as SECRET_KEY is."""
    return _drawn(config.current().secret_key, purpose)


@lru_cache(maxsize=16)
def _drawn(secret_key: str, purpose: str) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    hkdf = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose.encode())
    return hkdf.derive(secret_key.encode())
