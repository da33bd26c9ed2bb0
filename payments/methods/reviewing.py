"""What a client saw before **Store this method**; it rides in a signed form token, not a cookie."""

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Self

from payments.gateway.results import MethodKind
from portal.core import config
from portal.core.tokens import FormTokens

MINUTES = 30


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One review, of one request. Its nonce makes at most one try; `text` is the consent as shown,
    which for a bank account is its mandate too."""

    nonce: str
    request_id: int
    kind: MethodKind
    confirmation_token: str
    label: str
    text: str
    name: str
    postal_code: str

    def sign(self) -> str:
        """The token that the review form carries."""
        return _tokens(config.current().secret_key).sign(asdict(self))

    @classmethod
    def read(cls, token: str) -> Self:
        """Back from the form. Raises `StaleToken` after 30 minutes, `ForgedToken` for any other."""
        return cls.of(_tokens(config.current().secret_key).read(token))

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> Self:
        """The review that a token's content stands for."""
        return cls(**{**state, "kind": MethodKind(state["kind"])})


def new_nonce() -> str:
    """What makes one review one try."""
    return secrets.token_urlsafe(18)


@lru_cache(maxsize=4)
def _tokens(secret_key: str) -> FormTokens:
    return FormTokens(secret_key, "method-review", MINUTES)
