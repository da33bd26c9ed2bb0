"""Strangers with links."""

from tests.factories.fixtures import (  # noqa: F401  pytest finds fixtures by name
    client_of_trust,
    links,
    no_waiting,
    payer,
    stores_nothing,
)
