"""A request under a name that is not the firm's gets a short plain no, whatever it asks for."""

import logging

import pytest
from flask import Flask

from tests.support.cast import Cast


@pytest.mark.parametrize(
    "host", ["evil.test", "localhost.evil.test:8000", "a b", "[::1", "x" * 300]
)
@pytest.mark.parametrize(
    "path", ["/", "/staff/sign-in", "/staff/your-sign-in", "/pay/x", "/nothing", "/healthz"]
)
def test_an_unknown_host_is_refused_in_plain_words(
    app: Flask, host: str, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    for method in ("GET", "POST"):
        answer = app.test_client().open(path, method=method, headers={"Host": host})
        assert answer.status_code == 400
        assert answer.content_type.startswith("text/plain")
        assert answer.text == "This address is not served here.\n"
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert [line for line in caplog.records if line.levelno >= logging.ERROR] == []


def test_htmx_of_another_page_gets_the_same(app: Flask) -> None:
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    asked = {"Host": "evil.test", "HX-Request": "true"}
    assert app.test_client().get("/staff/alerts", headers=asked).status_code == 400


def test_a_page_that_does_not_exist_keeps_its_own_answer(app: Flask, cast: Cast) -> None:
    answer = app.test_client().get("/nothing")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
