"""The endpoints of refunds, disputes and the files of their evidence."""

from payments.sandbox import disputes, files, refunds
from payments.sandbox.book import Json
from payments.sandbox.desk import Desk
from payments.sandbox.reading import LIST_PARAMS, shown
from payments.sandbox.routing import READ, listing, retrieve, route
from payments.sandbox.wire import Params

_BY_PAYMENT = ("charge", "payment_intent")


def _create_refund(desk: Desk, params: Params, _: str) -> Json:
    return shown(desk, refunds.create_refund(desk, params), params)


def _update_dispute(desk: Desk, params: Params, dispute_id: str) -> Json:
    return shown(desk, disputes.update_dispute(desk, dispute_id, params), params)


def _close_dispute(desk: Desk, params: Params, dispute_id: str) -> Json:
    return shown(desk, disputes.close_dispute(desk, dispute_id), params)


def _create_file(desk: Desk, params: Params, _: str) -> Json:
    return shown(desk, files.create_file(desk, params), params)


MONEY_ROUTES = (
    route("POST", "/v1/refunds", _create_refund, refunds.CREATE_PARAMS),
    route("GET", "/v1/refunds/{id}", retrieve("refund"), READ),
    route(
        "GET",
        "/v1/refunds",
        listing("refund", "/v1/refunds", *_BY_PAYMENT),
        (*LIST_PARAMS, *_BY_PAYMENT),
    ),
    route("GET", "/v1/disputes/{id}", retrieve("dispute"), READ),
    route(
        "GET",
        "/v1/disputes",
        listing("dispute", "/v1/disputes", *_BY_PAYMENT),
        (*LIST_PARAMS, *_BY_PAYMENT),
    ),
    route("POST", "/v1/disputes/{id}", _update_dispute, disputes.UPDATE_PARAMS),
    route("POST", "/v1/disputes/{id}/close", _close_dispute, READ),
    route("POST", "/v1/files", _create_file, files.CREATE_PARAMS),
    route("GET", "/v1/files/{id}", retrieve("file"), READ),
)
