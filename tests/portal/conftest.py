"""What several parts of the portal are tried under."""

from dataclasses import replace

import pytest
from flask import Flask

from app import create_app
from portal.core.config import Settings
from portal.web.limits import limiter
from tests.support.browser import free_port


@pytest.fixture
def lost_redis(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The product, told of a Redis that nobody answers for."""
    # The one limiter outlives this app, and would believe the next one's storage down as well.
    monkeypatch.setattr(limiter, "_storage_dead", False)
    return create_app(replace(settings, redis_url=f"redis://127.0.0.1:{free_port()}/0"))
