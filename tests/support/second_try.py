"""Which tests are tried once more in CI when they fail: decision 0018."""

import pytest

# Through a browser, nginx, or processes of their own: what runs them is not ours alone.
OUTSIDE = ("tests/journeys/", "tests/test_deploy.py", "tests/test_boot.py")


def give(items: list[pytest.Item]) -> None:
    """Give a second try, told in the report, to what runs through programs that are not ours."""
    for item in items:
        if item.nodeid.startswith(OUTSIDE):
            item.add_marker(pytest.mark.flaky(reruns=1))
