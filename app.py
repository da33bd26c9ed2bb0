"""Retainer: the client payment portal that a law firm runs under its own name.

`python3 app.py` runs the product with its demo firm, `python3 app.py test` runs the tests;
`create_app` builds the Flask application, for a WSGI server too (see wsgi.py). This is the only
place that knows every feature; `serve.py`-like duties stand in `portal/core/processes.py`.
"""

from __future__ import annotations

import hashlib
import hmac
import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

    from payments.sandbox.current import Sandbox
    from payments.sandbox.transport import Faults
    from portal.core.config import Settings

SANDBOX_KEYS = ("sk_sandbox_demo", "pk_sandbox_demo")
TRUST_AT_SANDBOX = "acct_sandboxtrust"
Post = Callable[[bytes, dict[str, str]], int]


def create_app(
    settings: Settings,
    *,
    post: Post | None = None,
    faults: Faults | None = None,
    checked: bool = False,
) -> Flask:
    """The application on these settings: its database connected, its gateway in use.

    For tests: `post` takes the sandbox's webhooks in place of HTTP, `faults` breaks calls to the
    processor on purpose, `checked` holds every one of them against Stripe's contract.
    """
    from flask import Flask
    from htmx_flask import Htmx

    from portal.core import clock, config, db, demo_clock

    config.use(settings)
    db.connect(settings.database_url)
    clock.use_offset_from(demo_clock.read_offset if settings.sandbox else None)
    app = Flask("app", static_folder="static", template_folder="templates")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="__Host-staff",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=24),
        MAX_CONTENT_LENGTH=256 * 1024,
        MAX_FORM_PARTS=200,
        WTF_CSRF_CHECK_DEFAULT=False,  # guarded blueprints check, once they know who is asking
        WTF_CSRF_TIME_LIMIT=None,  # the token lives as long as the session it belongs to
        WTF_CSRF_SSL_STRICT=settings.https,
    )
    Htmx(app)
    _serve_pages(app, settings)
    _send_mail(app, settings)
    if settings.stripe is None:
        _run_on_sandbox(app, settings, post, faults, checked)
    else:
        _run_on_stripe(settings)
    _add_features(app)
    _add_commands(app)
    return app


def _serve_pages(app: Flask, settings: Settings) -> None:
    from flask import g
    from portal.firm.sign_in import login_manager

    from payments.money.amounts import Money
    from portal.core import clock
    from portal.web import assets, errors, formatting, headers, language, limits
    from portal.web.blueprints import csrf

    @app.before_request
    def read_the_clock() -> None:
        g.offset = clock.read_offset()

    headers.init_app(app, https=settings.https)
    errors.init_app(app)
    assets.init_app(app)
    formatting.init_app(app)
    language.init_app(app)
    limits.init_app(app, settings.redis_url)
    csrf.init_app(app)
    login_manager.init_app(app)
    app.jinja_env.filters["money"] = lambda money: money.format(language.current())
    app.jinja_env.globals["Money"] = Money
    app.context_processor(partial(_shell, settings))


def _shell(settings: Settings) -> dict[str, Any]:
    """What every page's layout needs: the firm's face, the sandbox banner, the staff's navigation."""
    from flask import g, request, url_for
    from flask_login import current_user

    from portal.core import clock, db
    from portal.firm.brand import brand
    from portal.web.formatting import duration
    from portal.web.staff_shell import navigation

    if "brand" not in g:
        with db.read() as session:
            g.brand = brand(session)
    staff = request.path.startswith("/staff") if request else False
    shell: dict[str, Any] = {
        "brand": g.brand,
        "stylesheet_url": g.brand.stylesheet_url("staff" if staff else "public"),
        "sandbox": settings.sandbox,
        "sandbox_offset": duration(clock.offset()) if settings.sandbox else None,
    }
    if staff and current_user.is_authenticated:
        shell["navigation"] = navigation(current_user.holds)
        shell["sign_out_url"] = url_for("firm_staff.sign_out")
        if settings.sandbox:
            shell["sandbox_advance_url"] = url_for("sandbox.advance")
            shell["sandbox_mail_url"] = url_for("outbox_mailbox.index")
    return shell


def _send_mail(app: Flask, settings: Settings) -> None:
    from portal.outbox import render, smtp

    render.init_app(
        app, base_url=settings.base_url, sender=settings.mail.sender if settings.mail else None
    )
    smtp.use(smtp.MailServer(settings.mail) if settings.mail else None)


def _run_on_stripe(settings: Settings) -> None:
    from payments.gateway import current, stripe_gateway
    from portal.core import db

    assert settings.stripe is not None
    current.use(
        stripe_gateway.StripeGateway(
            settings.stripe.secret_key,
            settings.stripe.publishable_key,
            settings.stripe.webhook_secrets,
            stripe_gateway.SCRIPT_URL,
            before_call=db.refuse_inside_transaction,
        )
    )


def _run_on_sandbox(
    app: Flask, settings: Settings, post: Post | None, faults: Faults | None, checked: bool
) -> None:
    from payments.gateway import current as gateway
    from payments.gateway.stripe_gateway import StripeGateway
    from payments.sandbox import current, public, staff
    from payments.sandbox.delivery import NudgingClient
    from portal.core import db

    sandbox = make_sandbox(settings, post, checked)
    current.use(sandbox)
    gateway.use(
        StripeGateway(
            *SANDBOX_KEYS,
            (webhook_secret(settings),),
            f"{settings.base_url}/sandbox/stripe.js",
            http_client=NudgingClient(sandbox.service, faults),
            before_call=db.refuse_inside_transaction,
        )
    )
    app.register_blueprint(public.blueprint)
    app.register_blueprint(staff.blueprint)


def webhook_secret(settings: Settings) -> str:
    """The secret that the sandbox signs its webhooks with; nobody has to configure it."""
    mac = hmac.new(settings.secret_key.encode(), b"sandbox webhooks", hashlib.sha256)
    return f"whsec_{mac.hexdigest()}"


def make_sandbox(settings: Settings, post: Post | None, checked: bool) -> Sandbox:
    """The Stripe-shaped service with its own books beside ours, and the accounts of the demo."""
    from payments.gateway.contract.requests import check_request
    from payments.gateway.contract.responses import check_response
    from payments.sandbox.accounts import put_account
    from payments.sandbox.current import Sandbox
    from payments.sandbox.delivery import post_to
    from payments.sandbox.desk import PLATFORM_ACCOUNT_ID
    from payments.sandbox.keys import Keys
    from payments.sandbox.service import SandboxService
    from payments.sandbox.store import Store
    from payments.sandbox.webhooks import Webhooks
    from portal.core import clock

    store = Store(settings.var / "sandbox.db")
    service = SandboxService(
        store,
        clock.now,
        Keys(*SANDBOX_KEYS),
        base_url=settings.base_url,
        check_request=check_request if checked else None,
        check_response=check_response if checked else None,
    )
    with store.writing() as book:
        add = partial(put_account, book, country="US", currency="usd", created=1_700_000_000)
        add(PLATFORM_ACCOUNT_ID, name="Operating")
        add(TRUST_AT_SANDBOX, name="Trust", fees_payer="application")
    webhooks = Webhooks(store, clock.wall_time, secret=webhook_secret(settings))
    return Sandbox(
        service, webhooks, post or partial(post_to, f"{settings.base_url}/webhooks/stripe")
    )


def _add_features(app: Flask) -> None:
    from payments.accounts import actions as _accounts  # noqa: F401  registers its jobs
    from payments.checkout import public as checkout
    from payments.links import staff as links
    from payments.transactions import emails as _emails  # noqa: F401  registers its emails
    from payments.transactions import staff as transactions
    from payments.webhooks import health, public, reconciler  # noqa: F401
    from portal.firm import public as firm_public
    from portal.firm import sign_in
    from portal.notifications import staff as alerts
    from portal.outbox import staff as emails

    for module in (checkout, links, transactions, public, firm_public, alerts, emails):
        app.register_blueprint(module.blueprint)
    app.register_blueprint(sign_in.door)
    app.register_blueprint(sign_in.staff)


def _add_commands(app: Flask) -> None:
    pass


if __name__ == "__main__":
    from portal.core.bootstrap import main

    raise SystemExit(main(sys.argv[1:]))
