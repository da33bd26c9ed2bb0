"""The sandbox's mailbox: what the product would have sent, to read and to click through."""

from flask import Response, abort, make_response, render_template

from portal.core import config
from portal.outbox import sink
from portal.web.blueprints import public_blueprint
from portal.web.headers import allow_sources

# The email in its frame may show itself and open links in new tabs; no script, no form.
EMAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
LINKS_OPEN_OUTSIDE = '<base target="_blank">'

blueprint = public_blueprint("outbox_mailbox", __name__)


@blueprint.before_request
def only_in_the_sandbox() -> None:
    """Elsewhere there is no such page: emails hold addresses that open things."""
    settings = config.current()
    if not settings.sandbox or settings.mail is not None:
        abort(404)


@blueprint.get("/sandbox/mail")
def index() -> str:
    """The emails kept by the sandbox's mail server, newest first."""
    kept = sink.messages(config.current().var)
    return render_template("outbox/public_mailbox.html", emails=kept, most=sink.SHOWN_MAX)


@blueprint.get("/sandbox/mail/<name>")
def show(name: str) -> str:
    """One email: its headers, its plain text, and its HTML in a frame of its own."""
    allow_sources({"frame-src": "'self'"})
    return render_template("outbox/public_message.html", email=_kept(name))


@blueprint.get("/sandbox/mail/<name>/html")
def html(name: str) -> Response:
    """The HTML of one email as a mail program would show it, without the power to do anything."""
    body = _kept(name).html
    head = body.lower().find("<head>")
    place = head + len("<head>") if head >= 0 else 0
    response = make_response(body[:place] + LINKS_OPEN_OUTSIDE + body[place:])
    response.headers["Content-Security-Policy"] = EMAIL_POLICY
    return response


def _kept(name: str) -> sink.KeptEmail:
    found = sink.message(config.current().var, name)
    if found is None:
        abort(404)
    return found
