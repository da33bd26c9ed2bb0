"""What the pages of money in the client portal share: the blueprint, who looks, which day it is."""

from typing import cast

from payments.checkout.history import Reader
from portal.access.sessions import SignedInClient
from portal.web.blueprints import client_blueprint
from portal.web.client_surface import current_client

blueprint = client_blueprint("client_paying", __name__)


def me() -> SignedInClient:
    """The signed-in client."""
    return cast(SignedInClient, current_client())


def reader() -> Reader:
    """The same, as whoever reads what was paid."""
    return Reader(me().contact_id, me().email)
