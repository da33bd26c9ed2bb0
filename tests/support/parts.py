"""Real parts that a test needs and Python cannot bring."""

import os
from typing import NoReturn

import pytest


def lacking(what: str) -> NoReturn:
    """Skip with the reason; in CI, which installs every part, fail."""
    if os.environ.get("CI"):
        pytest.fail(f"needs {what}: .ci/run installs every part, and its machine has to allow it")
    pytest.skip(f"needs {what}, which is not here; .ci/run installs what can be installed")
