"""The state of a checkout rides in signed form tokens, so it needs no cookie (FEATURES E1)."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

from payments.checkout.details import Details
from payments.gateway.results import MethodKind, MethodPreview
from portal.core import config
from portal.core.tokens import ForgedToken, FormTokens, StaleToken

MINUTES = 30


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What the payer saw on the review page, to the cent. Its nonce makes at most one payment."""

    nonce: str
    link_id: int
    details: Details
    confirmation_token: str
    method_label: str
    mandate_text: str  # word for word as it was shown, empty for cards

    def sign(self) -> str:
        """The token that the review form carries."""
        state = {
            "nonce": self.nonce,
            "link": self.link_id,
            "details": self.details.to_state(),
            "token": self.confirmation_token,
            "label": self.method_label,
            "mandate": self.mandate_text,
        }
        return _reviews(config.current().secret_key).sign(state)

    @classmethod
    def read(cls, token: str) -> Self:
        """Back from the form. Raises `StaleToken` after 30 minutes, `ForgedToken` for any other."""
        return cls._from(_reviews(config.current().secret_key).read(token))

    @classmethod
    def _from(cls, state: Mapping[str, Any]) -> Self:
        return cls(
            state["nonce"],
            state["link"],
            Details.from_state(state["details"]),
            state["token"],
            state["label"],
            state["mandate"],
        )


def run_out(unusable: StaleToken | ForgedToken) -> Reviewed | None:
    """What was reviewed, out of a token that has run out; nothing out of one that was not ours."""
    return Reviewed._from(unusable.payload) if isinstance(unusable, StaleToken) else None


def new_nonce() -> str:
    """What makes one review one payment."""
    return secrets.token_urlsafe(18)


def method_label(preview: MethodPreview) -> str:
    """`Visa •••• 4242` or `Test Bank •••• 6789`: never a full number."""
    name = preview.bank_name if preview.kind is MethodKind.BANK else brand_name(preview.brand)
    return f"{name} •••• {preview.last4}".strip()


def brand_name(brand: str) -> str:
    """The card brand as its cards print it."""
    known = {
        "amex": "American Express",
        "diners": "Diners Club",
        "jcb": "JCB",
        "unionpay": "UnionPay",
    }
    return known.get(brand, brand.replace("_", " ").title())


@lru_cache(maxsize=4)
def _reviews(secret_key: str) -> FormTokens:
    return FormTokens(secret_key, "pay-review", MINUTES)


@lru_cache(maxsize=4)
def _pages(secret_key: str) -> FormTokens:
    return FormTokens(secret_key, "pay-page", MINUTES)


def sign_page(link_token: str) -> str:
    """The token of a freshly drawn pay page: it belongs to this link only."""
    return _pages(config.current().secret_key).sign({"link": link_token})


def read_page(token: str) -> dict[str, Any]:
    """What a pay page's token says. Raises `StaleToken` or `ForgedToken`."""
    return _pages(config.current().secret_key).read(token)
