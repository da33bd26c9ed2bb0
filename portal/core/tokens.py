"""Unguessable addresses and signed form tokens."""

import hmac
import json
import secrets
from typing import Any, cast

from itsdangerous import (
    BadSignature,
    SignatureExpired,
    TimestampSigner,
    URLSafeTimedSerializer,
)
from itsdangerous.encoding import base64_encode

from portal.core import clock

TOKEN_BYTES = 24
COMPRESSED_BYTES_MIN = 200


def new_token() -> str:
    """An address that cannot be guessed (192 random bits, URL-safe)."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def derived_token(secret_key: str, purpose: str, name: str, version: int) -> str:
    """The token of one link in an email: the row's name, and what only we can add to it.

    Derived, not stored: a mail that is tried again carries the same link, and a raised version
    makes the links before it worthless.
    """
    told = f"{purpose}:{name}:{version}".encode()
    mac = hmac.digest(secret_key.encode(), told, "sha256")[:TOKEN_BYTES]
    return f"{name}.{base64_encode(mac).decode('ascii')}"


def derived_from(token: str) -> str:
    """The name of the row that a token claims to belong to. Compare the whole with `is_derived`."""
    return token.partition(".")[0]


def is_derived(token: str, secret_key: str, purpose: str, name: str, version: int) -> bool:
    """Whether this is the token of that row in its present version."""
    expected = derived_token(secret_key, purpose, name, version)
    return hmac.compare_digest(expected.encode(), token.encode())


class StaleToken(Exception):
    """The form token was ours but is too old. What was typed can be kept and sent again."""

    def __init__(self, payload: dict[str, Any]) -> None:
        super().__init__("stale form token")
        self.payload = payload


class ForgedToken(Exception):
    """The form token was not made by us, or was changed."""


class _WallClockSigner(TimestampSigner):
    def get_timestamp(self) -> int:
        return int(clock.wall_time().timestamp())


class _FormSerializer(URLSafeTimedSerializer):
    """Compresses only what is long: a few short fields cost more time than they save bytes."""

    def dump_payload(self, obj: Any) -> bytes:
        plain = json.dumps(obj, separators=(",", ":")).encode()
        short = len(plain) < COMPRESSED_BYTES_MIN
        return base64_encode(plain) if short else super().dump_payload(obj)


class FormTokens:
    """Signed state that rides in a form instead of a cookie (works in a cross-site frame).

    `purpose` separates one kind of form from another, so that a token of the one never opens
    the other. Tokens live `max_age_minutes` of wall time.
    """

    def __init__(self, secret_key: str, purpose: str, max_age_minutes: int) -> None:
        self._serializer = _FormSerializer(
            secret_key, salt=f"form:{purpose}", signer=_WallClockSigner
        )
        self._signer = self._serializer.make_signer()
        self._max_age_seconds = max_age_minutes * 60

    def sign(self, payload: dict[str, Any]) -> str:
        """The token for a form that carries `payload` (JSON values, readable by the payer)."""
        return self._signer.sign(self._serializer.dump_payload(payload)).decode("ascii")

    def read(self, token: str) -> dict[str, Any]:
        """The payload. Raises `StaleToken` after its minutes, `ForgedToken` for anything else."""
        try:
            payload: Any = self._serializer.loads(token, max_age=self._max_age_seconds)
        except SignatureExpired as stale:
            raise StaleToken(self._serializer.load_payload(stale.payload or b"")) from stale
        except (BadSignature, ValueError) as forged:
            raise ForgedToken("not a form token of ours") from forged
        if not isinstance(payload, dict):
            raise ForgedToken("not a form token of ours")
        return cast("dict[str, Any]", payload)
