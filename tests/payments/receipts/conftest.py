"""A firm with bank accounts and two clients, with pages."""

import pytest

from tests.factories.billing import Office, make_office
from tests.support.cast import Cast


@pytest.fixture
def office(cast: Cast) -> Office:
    """Bank accounts, Cleo with two matters, and Sol."""
    return make_office()
