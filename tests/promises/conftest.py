"""Promises kept in bad weather: the way to the processor fails as often as a test asks."""

import random
from collections.abc import Generator
from typing import cast

import pytest
from flask import Flask

from payments.sandbox.transport import Fault, FaultKind
from portal.core import db
from portal.core.config import Settings
from tests.factories.fixtures import links, no_waiting, payer  # noqa: F401  found by name
from tests.promises.backups import backup, elsewhere, flask  # noqa: F401  found by name


class Weather:
    """Faults of the way to the processor, seeded. Shares are of all attempts, SDK retries too."""

    def __init__(self) -> None:
        self.shares: dict[FaultKind, float] = {}
        self.luck = random.Random(0)
        self.struck = 0

    def storm(self, seed: int, **shares: float) -> None:
        """From here on each attempt fails in these ways, this often."""
        self.luck = random.Random(seed)
        self.shares = cast("dict[FaultKind, float]", shares)

    def clear(self) -> None:
        """From here on everything arrives."""
        self.shares = {}

    def __call__(self, _method: str, _path: str) -> Fault | None:
        at = self.luck.random()
        for kind, share in self.shares.items():
            at -= share
            if at < 0:
                self.struck += 1
                return Fault(kind)
        return None


@pytest.fixture
def weather() -> Weather:
    """Fair, until a test asks for a storm."""
    return Weather()


@pytest.fixture
def app(settings: Settings, weather: Weather) -> Generator[Flask]:
    """The whole product, with a way to the processor that can fail."""
    from app import create_app

    made: list[Flask] = []

    def post(body: bytes, headers: dict[str, str]) -> int:
        answer = made[0].test_client().post("/webhooks/stripe", data=body, headers=headers)
        return answer.status_code

    made.append(create_app(settings, post=post, faults=weather, checked=True))
    made[0].config["TESTING"] = True
    yield made[0]
    db.disconnect()
