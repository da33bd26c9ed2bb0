"""A processor that says what a test wants to hear."""

from collections.abc import Generator
from typing import cast

import pytest

from payments.gateway import current
from payments.gateway.protocol import PaymentGateway
from portal.core import config
from portal.core.config import Settings
from tests.payments.accounts.processor import Processor


@pytest.fixture
def processor(settings: Settings) -> Generator[Processor]:
    """In place of Stripe, while no Stripe keys are set."""
    config.use(settings)
    before = current._gateway
    made = Processor()
    current.use(cast(PaymentGateway, made))
    yield made
    current.use(cast(PaymentGateway, before))
