"""The pages of **Store a payment method**: the form, its review, and how it stands."""

from collections.abc import Mapping
from typing import Any

from flask import Response, g, make_response, render_template, url_for
from flask_babel import format_date
from werkzeug.wrappers import Response as AnyResponse

from payments.gateway.current import gateway
from payments.gateway.results import MethodKind, ProcessorAccount
from payments.gateway.script import STRIPE_SCRIPT_LOCALES
from payments.methods.models import MethodRequest
from payments.methods.requests import RequestState, state_of
from payments.methods.reviewing import Reviewed
from payments.methods.tries import Told
from portal.core import config
from portal.web import fragments, language
from portal.web.fragments import wants_fragment
from portal.web.headers import STRIPE_SOURCES, allow_sources

FIELDS = ("name", "postal_code")
NOT_NOW = 503


def address(asked: MethodRequest, page: str = "show") -> str:
    """Where the page of this request stands, or one of its steps."""
    return language.address(f"method_request.{page}", token=asked.token)


def go_to(asked: MethodRequest) -> AnyResponse:
    """On to the page that says how it stands."""
    return fragments.go_to(address(asked))


def form(
    asked: MethodRequest,
    kinds: tuple[MethodKind, ...],
    typed: Mapping[str, str],
    errors: dict[str, str],
    status: int = 200,
) -> Response:
    """The page with what was typed, or for its script the parts of it that are wrong."""
    if not config.current().sandbox:
        allow_sources(STRIPE_SOURCES)
    part = wants_fragment() and status != 200
    template = "methods/_store_problem.html" if part else "methods/public_store.html"
    page = render_template(template, **_context(asked, kinds, typed, errors))
    return make_response(page, status)


def sheet(
    asked: MethodRequest,
    kinds: tuple[MethodKind, ...],
    reviewed: Reviewed,
    errors: dict[str, str],
    status: int = 200,
) -> Response:
    """The review, with **Store this method** and the words that pressing it agrees to."""
    context = _context(asked, kinds, {}, errors)
    page = render_template(
        "methods/_store_review.html",
        **context,
        review=reviewed,
        attempt_token=reviewed.sign(),
        submit_url=address(asked, "store_it"),
    )
    return make_response(page, status)


def question(asked: MethodRequest, client_secret: str) -> Response:
    """The client's bank has a question: the script shows it, then asks what came of it."""
    page = render_template(
        "methods/_store_authenticate.html",
        client_secret=client_secret,
        continue_url=address(asked, "go_on"),
    )
    return make_response(page, 200)


def state(asked: MethodRequest, told: Told, status: int = 200) -> Response:
    """How it stands: stored, being checked, or over; said with how to reach the firm."""
    page = render_template(
        "methods/public_store_state.html",
        brand=g.brand,
        asked=asked,
        account=asked.bank_account,
        state=str(state_of(asked)),
        ending=str(told.ending),
        verify_url=told.verify_url,
        restart_url=address(asked, "restart"),
        ended_on=format_date(asked.withdrawn_at or asked.expires_at, "long"),
        page_path=_path(asked),
    )
    return make_response(page, status)


def not_now(asked: MethodRequest) -> Response:
    """The link is right, and the firm takes nothing online at the moment (FEATURES P1)."""
    page = render_template(
        "methods/public_store_not_now.html", brand=g.brand, page_path=_path(asked)
    )
    return make_response(page, NOT_NOW)


def _path(asked: MethodRequest) -> str:
    return url_for("method_request.show", token=asked.token)


def _context(
    asked: MethodRequest,
    kinds: tuple[MethodKind, ...],
    typed: Mapping[str, str],
    errors: dict[str, str],
) -> dict[str, Any]:
    method = next((kind for kind in kinds if kind == typed.get("method")), kinds[0])
    given = {"name": asked.name} | {name: typed[name] for name in FIELDS if name in typed}
    return {
        "brand": g.brand,
        "asked": asked,
        "account": asked.bank_account,
        "form": {"postal_code": "", **given, "method": str(method)},
        "errors": errors,
        "methods": [str(kind) for kind in kinds],
        "open_until": format_date(asked.expires_at, "long"),
        "is_open": state_of(asked) is RequestState.OPEN,
        "processor": gateway().client_config(
            ProcessorAccount(asked.bank_account.processor_account)
        ),
        "processor_locale": STRIPE_SCRIPT_LOCALES.get(language.current(), "en"),
        "action_url": address(asked),
        "page_path": _path(asked),
    }
