"""`/webhooks/stripe`: verify, keep, answer 200. The work is done by a job."""

import structlog
from flask import Response, request

from payments.gateway.current import gateway
from payments.gateway.errors import BadSignature, NotFound
from payments.webhooks import reconciler as _reconciler  # noqa: F401  registers its job
from payments.webhooks import refused as refusals
from payments.webhooks import setup as _setup  # noqa: F401  its step registers itself
from payments.webhooks.actions import can_be_kept, take_in
from portal.core import clock, config, db
from portal.web.blueprints import public_blueprint

log = structlog.get_logger("webhooks")

blueprint = public_blueprint("webhooks", __name__)


def _answer(status: int, words: str) -> Response:
    return Response(f"{words}\n", status, mimetype="text/plain")


@blueprint.post("/webhooks/stripe")
def stripe() -> Response:
    """Take one event in. 400 for anything the processor did not sign; 404 while nothing is set."""
    body = request.get_data(cache=False)
    try:
        event = gateway().parse_webhook(
            body, request.headers.get("Stripe-Signature", ""), clock.wall_time()
        )
    except NotFound:
        return _answer(404, "No webhook secret is set.")
    except BadSignature as refused:
        log.warning("webhook refused", reason=str(refused))
        _note_refused()
        return _answer(400, "The signature does not fit.")
    except ValueError:
        return _answer(400, "This is no event.")
    if not can_be_kept(event):
        return _answer(400, "This is no event.")
    if event.livemode is not config.current().live:
        _note_refused()
        return _answer(400, "This event is of the other mode.")
    with db.transaction() as session:
        take_in(session, event, "webhook")
    return _answer(200, "Taken.")


def _note_refused() -> None:
    if refusals.is_too_often():
        with db.transaction() as session:
            refusals.tell(session)
