"""What the pages of money in the client portal share: the blueprint, who looks, which day it is."""

from datetime import date
from typing import cast
from zoneinfo import ZoneInfo

from flask import g

from payments.checkout.history import Reader
from portal.access.sessions import SignedInClient
from portal.core import clock
from portal.web.blueprints import client_blueprint
from portal.web.client_surface import current_client

blueprint = client_blueprint("client_paying", __name__)


def me() -> SignedInClient:
    """The signed-in client."""
    return cast(SignedInClient, current_client())


def reader() -> Reader:
    """The same, as whoever reads what was paid."""
    return Reader(me().contact_id, me().email)


def today() -> date:
    """The calendar day where the firm is. Its face (`g.brand`) is loaded."""
    return clock.now().astimezone(ZoneInfo(g.brand.timezone)).date()
