"""An office with clients, without pages; and one behind the pages."""

import pytest

from portal.core import config, db
from portal.core.config import Settings
from portal.core.db import Database
from portal.firm.actions import set_up_firm
from tests.factories.billing import Office, make_office
from tests.factories.fixtures import stores_nothing
from tests.payments.billing.portal_desk import PortalDesk, portal_desk
from tests.support.cast import FIRM, Cast
from tests.support.stages import stage

__all__ = ["stores_nothing"]


@pytest.fixture
def office(database: Database, settings: Settings) -> Office:
    """The firm with its bank accounts and two clients; no application."""
    config.use(settings)
    stage("firm", _set_up)
    return make_office()


def _set_up() -> None:
    with db.transaction() as session:
        set_up_firm(session, FIRM)


@pytest.fixture
def desk(cast: Cast) -> Office:
    """The same in the whole product, where the cast works."""
    return make_office()


@pytest.fixture
def portal(cast: Cast, desk: Office) -> PortalDesk:
    """The same, with the portal of Cleo's first matter open and joined."""
    return portal_desk(cast, desk)
