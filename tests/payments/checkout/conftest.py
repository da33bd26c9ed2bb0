"""Strangers with links."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from tests.factories.fixtures import (  # noqa: F401  pytest finds fixtures by name
    client_of_trust,
    links,
    no_waiting,
    payer,
    stores_nothing,
)
from tests.factories.payments import Links
from tests.factories.websites import BARE, WWW, list_sites
from tests.payments.checkout.documents import Counter, open_counter
from tests.support.cast import Cast


@pytest.fixture
def counter(app: Flask, cast: Cast) -> Counter:
    """A firm with connected accounts and clients, to hand out bills and trust requests."""
    return open_counter(app)


@pytest.fixture
def later(advance: Callable[[timedelta], int], run_jobs: Callable[[], int]) -> Callable[..., None]:
    """Days go by, and everything that is due is done."""

    def wait(days: int = 3) -> None:
        for _day in range(days):
            advance(timedelta(days=1))
            run_jobs()

    return wait


@pytest.fixture
def framed(links: Links) -> str:  # noqa: F811
    """The framed page of the operating account's link, which two websites may show."""
    return list_sites(links.operating, WWW, BARE)
