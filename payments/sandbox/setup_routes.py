"""The endpoints of setup intents."""

from payments.sandbox.banking import VERIFY_PARAMS
from payments.sandbox.book import Json
from payments.sandbox.desk import Desk
from payments.sandbox.reading import shown
from payments.sandbox.routing import READ, retrieve, route
from payments.sandbox.setup_deposits import verify_setup_deposits
from payments.sandbox.setups import (
    CANCEL_PARAMS,
    CONFIRM_PARAMS,
    CREATE_PARAMS,
    cancel_setup,
    confirm_setup,
    create_setup,
)
from payments.sandbox.wire import Params

_SETUP = "/v1/setup_intents"


def _confirm(desk: Desk, params: Params, setup_id: str) -> Json:
    setup = desk.named("setup_intent", setup_id)
    return shown(desk, confirm_setup(desk, setup, params), params)


def _create(desk: Desk, params: Params, _: str) -> Json:
    return shown(desk, create_setup(desk, params), params)


def _cancel(desk: Desk, params: Params, setup_id: str) -> Json:
    return shown(desk, cancel_setup(desk, setup_id, params), params)


def _verify(desk: Desk, params: Params, setup_id: str) -> Json:
    return shown(desk, verify_setup_deposits(desk, setup_id, params), params)


SETUP_ROUTES = (
    route("POST", _SETUP, _create, CREATE_PARAMS),
    route(
        "GET",
        f"{_SETUP}/{{id}}",
        retrieve("setup_intent"),
        (*READ, "client_secret"),
        page=True,
    ),
    route("POST", f"{_SETUP}/{{id}}/confirm", _confirm, CONFIRM_PARAMS),
    route("POST", f"{_SETUP}/{{id}}/cancel", _cancel, CANCEL_PARAMS),
    route("POST", f"{_SETUP}/{{id}}/verify_microdeposits", _verify, VERIFY_PARAMS, page=True),
)
