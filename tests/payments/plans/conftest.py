"""A client who owes 300.00 and pays by a plan."""

import pytest
from flask import Flask

from payments.plans import ended as _jobs  # noqa: F401  registers its jobs
from tests.factories.fixtures import no_waiting  # noqa: F401  pytest finds fixtures by name
from tests.factories.plans import PlanDesk, open_plan_desk
from tests.support.cast import Cast


@pytest.fixture
def desk(app: Flask, cast: Cast) -> PlanDesk:
    """Cleo, who owes nothing yet."""
    return open_plan_desk(app)
