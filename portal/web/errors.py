"""Error pages: a sentence, the firm's name, and how to reach it. Never a bare status."""

import structlog
from flask import Flask, Response, jsonify, render_template, request
from flask.globals import request_ctx
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from portal.core.errors import Refusal
from portal.web.fragments import wants_fragment

log = structlog.get_logger("web")
_for_scripts: set[str] = set()


def answer_scripts(*endpoints: str) -> None:
    """Have these endpoints refuse with {"error": sentence}, which a script of ours shows."""
    _for_scripts.update(endpoints)


def _sentences() -> dict[int, tuple[str, str]]:
    return {
        400: (
            _("That did not work"),
            _("The request could not be read. Please go back and retry."),
        ),
        403: (
            _("Not allowed"),
            _("Your permission level does not cover this. Ask an administrator."),
        ),
        404: (
            _("Not found"),
            _("There is nothing at this address. Please check the link."),
        ),
        405: (
            _("That did not work"),
            _("This address does not take that kind of request."),
        ),
        409: (
            _("This has changed"),
            _("Somebody changed this meanwhile. Please reload the page."),
        ),
        411: (_("That did not work"), _("The request did not say how long it is.")),
        413: (_("Too large"), _("What you sent is too large.")),
        415: (_("That did not work"), _("This address does not take that kind of file.")),
        429: (_("Too many tries"), _("Please wait a minute, then try again.")),
        503: (
            _("Files cannot be reached"),
            _("Files cannot be reached right now. Nothing was lost. Please try again in a minute."),
        ),
        507: (
            _("No room left"),
            _("There is no room left for files. Nothing was changed. Please tell the firm."),
        ),
    }


def _broken() -> tuple[str, str]:
    return _("Something broke on our side"), _("Nothing was lost. Please try again in a minute.")


def _answer(status: int, title: str, sentence: str) -> tuple[str, int] | Response:
    if request_ctx.url_adapter is None:
        # Asked under a host name that is not ours: no page can say where its own files are.
        return Response("This address is not served here.\n", status, mimetype="text/plain")
    if request.endpoint in _for_scripts:
        told = jsonify(error=sentence)
        told.status_code = status
        return told
    if wants_fragment():
        return render_template("errors/_error.html", title=title, sentence=sentence), status
    page = (
        "errors/staff_error.html"
        if request.path.startswith("/staff")
        else "errors/public_error.html"
    )
    return render_template(page, title=title, sentence=sentence, code=status), status


def init_app(app: Flask) -> None:
    """Answer refusals and HTTP errors with pages, and anything else with a calm 500."""

    @app.errorhandler(Refusal)
    def refused(refusal: Refusal) -> tuple[str, int] | Response:
        title, general = _sentences().get(refusal.status, _sentences()[400])
        return _answer(refusal.status, title, str(refusal) or general)

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> tuple[str, int] | Response | HTTPException:
        status = error.code or 500
        if status < 400:
            return error
        if isinstance(error, RequestEntityTooLarge):
            status = 413
        title, sentence = _sentences().get(
            status, _broken() if status >= 500 else _sentences()[400]
        )
        return _answer(status, title, sentence)

    @app.errorhandler(Exception)
    def broke(error: Exception) -> tuple[str, int] | Response:
        log.error("request failed", path=request.path, exc_info=error)
        return _answer(500, *_broken())
