"""An office with clients, without pages; and one with them."""

import pytest

from portal.core import config, db
from portal.core.config import Settings
from portal.core.db import Database
from portal.firm.actions import set_up_firm
from tests.factories.billing import Office, make_office
from tests.support.cast import FIRM


@pytest.fixture
def office(database: Database, settings: Settings) -> Office:
    """The firm with its bank accounts and two clients; no application."""
    config.use(settings)
    with db.transaction() as session:
        set_up_firm(session, FIRM)
    return make_office()
