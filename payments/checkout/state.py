"""The state of a checkout rides in signed form tokens, so it needs no cookie (FEATURES E1)."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

from payments.checkout.details import Details
from payments.checkout.target import PayTarget, What
from portal.core import config
from portal.core.tokens import ForgedToken, FormTokens, StaleToken

MINUTES = 30


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What the payer saw on the review page, to the cent. Its nonce makes at most one payment.

    `shares` are the documents that it pays: of each the id, the cents and the version that was
    shown (FEATURES M9). `store_text` stood beside the store box; empty where there is none (P5).
    `stored` is the public id of the stored method that pays; there is no confirmation token then.
    """

    nonce: str
    link_id: int
    details: Details
    confirmation_token: str
    method_label: str
    mandate_text: str  # word for word as it was shown, empty for cards
    what: What = What.ACCOUNT
    shares: tuple[tuple[int, int, int], ...] = ()
    store_text: str = ""
    stored: str = ""

    def belongs_to(self, target: PayTarget) -> bool:
        """Whether it was reviewed on the page of this very link."""
        return (self.what, self.link_id) == (target.what, target.link_id)

    def sign(self) -> str:
        """The token that the review form carries."""
        state = {
            "nonce": self.nonce,
            "link": self.link_id,
            "details": self.details.to_state(),
            "token": self.confirmation_token,
            "label": self.method_label,
            "mandate": self.mandate_text,
            "what": self.what,
            "shares": self.shares,
            "store": self.store_text,
            "stored": self.stored,
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
            What(state["what"]),
            tuple((one[0], one[1], one[2]) for one in state["shares"]),
            state["store"],
            state["stored"],
        )


def run_out(unusable: StaleToken | ForgedToken) -> Reviewed | None:
    """What was reviewed, out of a token that has run out; nothing out of one that was not ours."""
    return Reviewed._from(unusable.payload) if isinstance(unusable, StaleToken) else None


def new_nonce() -> str:
    """What makes one review one payment."""
    return secrets.token_urlsafe(18)


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
