"""Fixtures that a folder's conftest takes in by name: strangers with links, and what is stored."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

import pytest
import stripe
from flask import Flask
from sqlalchemy import text

from portal.core import db
from portal.core.db import Base
from tests.factories.payments import Links, Payer, make_links, trust_payer
from tests.support.cast import Cast


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """No wait between the SDK's attempts."""
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
    monkeypatch.setattr(stripe.HTTPClient, "MAX_DELAY", 0)


@pytest.fixture
def links(app: Flask, cast: Cast) -> Links:
    """The operating and the trust account's link of a firm in the US."""
    return make_links()


@pytest.fixture
def payer(app: Flask, links: Links) -> Payer:
    """Somebody who was given the operating account's link."""
    return Payer(app)


@pytest.fixture
def client_of_trust(app: Flask, links: Links) -> Payer:
    """Somebody who was given the trust account's link."""
    return trust_payer(app)


def row_counts() -> dict[str, int]:
    """How many rows each table has, at one moment."""
    counted = [f'(SELECT count(*) FROM "{name}") AS "{name}"' for name in Base.metadata.tables]
    with db.read() as session:
        return dict(session.execute(text(f"SELECT {', '.join(counted)}")).mappings().one())


@pytest.fixture
def stores_nothing() -> Callable[[], object]:
    """`with stores_nothing():` fails if any table has other rows afterwards."""

    @contextmanager
    def watch() -> Generator[None]:
        before = row_counts()
        yield
        assert row_counts() == before

    return watch
