"""The sandbox's keys. They look like Stripe's and can never be mistaken for them."""

import base64
import binascii
import hmac
from dataclasses import dataclass

from payments.sandbox.errors import ApiError


@dataclass(frozen=True, slots=True)
class Keys:
    """The secret key of the firm's server and the publishable key of its pages.

    Raises ValueError for anything but `sk_sandbox_…` and `pk_sandbox_…`: a real key must never
    come near the sandbox.
    """

    secret: str
    publishable: str

    def __post_init__(self) -> None:
        if not self.secret.startswith("sk_sandbox_"):
            raise ValueError("The sandbox takes secret keys that start with sk_sandbox_ only.")
        if not self.publishable.startswith("pk_sandbox_"):
            raise ValueError("The sandbox takes page keys that start with pk_sandbox_ only.")

    def is_secret(self, authorization: str) -> bool:
        """Whether the header carries the secret key; false for the publishable one.

        Raises ApiError 401 for any other. A live key is refused by name and never repeated.
        """
        given = _key_in(authorization)
        if given.startswith(("sk_live", "pk_live", "rk_live")):
            raise _unauthorized("A live key was sent to the sandbox. It was refused.")
        if hmac.compare_digest(given.encode(), self.secret.encode()):
            return True
        if hmac.compare_digest(given.encode(), self.publishable.encode()):
            return False
        raise _unauthorized("Invalid API Key provided." if given else "You did not provide a key.")


def _key_in(authorization: str) -> str:
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(rest, validate=True).decode("ascii").partition(":")[0]
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""


def _unauthorized(message: str) -> ApiError:
    return ApiError(401, message, executed=False)
