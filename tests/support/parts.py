"""Real parts that a test needs and Python cannot bring."""

import os
from typing import NoReturn

import pytest


def lacking(what: str) -> NoReturn:
    """Skip with the reason; in CI, which installs every part, fail."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is not installed, and .ci/run should have installed it")
    pytest.skip(f"{what} is not installed here; .ci/run installs it")
