"""Retainer: the client payment portal that a law firm runs under its own name.

`python3 app.py` runs the product with its demo firm, `python3 app.py test` runs the tests;
`create_app` builds the Flask application, for a WSGI server too (see wsgi.py). This is the only
place that knows every feature. Imports stand inside the functions, because a fresh machine runs
this file before anything is installed.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import ExitStack

    from flask import Flask

    from payments.sandbox.transport import Faults
    from portal.core.config import MailSettings, Settings

    Post = Callable[[bytes, dict[str, str]], int]


def create_app(
    settings: Settings | None = None,
    *,
    post: Post | None = None,
    faults: Faults | None = None,
    checked: bool = False,
) -> Flask:
    """The application on these settings (by default, the environment's), ready to serve.

    For tests: `post` takes the sandbox's webhooks in place of HTTP, `faults` breaks calls to the
    processor on purpose, `checked` holds every one of them against Stripe's contract.
    """
    from pathlib import Path

    from portal.core import clock, config, db, demo_clock, environment
    from portal.web.flask_app import new_flask_app

    if settings is None:
        var = environment.var_folder()
        settings = config.load_settings(environment.gather(var), var)
    config.use(settings)
    db.connect(settings.database_url)
    clock.use_offset_from(demo_clock.read_offset if settings.sandbox else None)
    app = new_flask_app(settings, str(Path(__file__).parent))
    _send_mail(app, settings)
    if settings.stripe is None:
        _run_on_sandbox(app, settings, post, faults, checked)
    else:
        _run_on_stripe(settings)
    _add_features(app)
    _add_navigation()
    _add_commands(app)
    return app


def _send_mail(app: Flask, settings: Settings) -> None:
    from portal.outbox import render, smtp

    render.init_app(
        app, base_url=settings.base_url, sender=settings.mail.sender if settings.mail else None
    )
    smtp.use(smtp.MailServer(settings.mail) if settings.mail else None)


def _run_on_stripe(settings: Settings) -> None:
    from payments.gateway import current
    from payments.gateway.script import STRIPE_SCRIPT_URL
    from payments.gateway.stripe_gateway import StripeGateway
    from portal.core import db, demo_clock

    stripe = settings.stripe
    assert stripe is not None
    demo_clock.refuse_sandbox_data()
    current.use(
        StripeGateway(
            stripe.secret_key,
            stripe.publishable_key,
            stripe.webhook_secrets,
            STRIPE_SCRIPT_URL,
            before_call=db.refuse_inside_transaction,
        )
    )


def _run_on_sandbox(
    app: Flask, settings: Settings, post: Post | None, faults: Faults | None, checked: bool
) -> None:
    from payments.gateway import current as gateway
    from payments.gateway.contract.requests import check_request
    from payments.gateway.contract.responses import check_response
    from payments.gateway.stripe_gateway import StripeGateway
    from payments.sandbox import current, making, public, staff
    from payments.sandbox.delivery import NudgingClient
    from portal.core import db

    sandbox = making.make_sandbox(
        settings,
        post=post,
        check_request=check_request if checked else None,
        check_response=check_response if checked else None,
    )
    current.use(sandbox)
    gateway.use(
        StripeGateway(
            making.KEYS.secret,
            making.KEYS.publishable,
            (making.webhook_secret(settings),),
            "/sandbox/stripe.js",
            http_client=NudgingClient(sandbox.service, faults),
            before_call=db.refuse_inside_transaction,
        )
    )
    app.register_blueprint(public.blueprint)
    app.register_blueprint(staff.blueprint)


def _add_features(app: Flask) -> None:
    from payments.accounts import jobs as _account_jobs  # noqa: F401  registers its jobs
    from payments.billing import staff as billing
    from payments.checkout import public as checkout
    from payments.checkout import public_status
    from payments.links import staff as links
    from payments.money.amounts import Money
    from payments.receipts import staff as receipts
    from payments.transactions import emails as _payment_emails  # noqa: F401  registers them
    from payments.transactions import reminders as _reminders  # noqa: F401  registers its job
    from payments.transactions import staff as transactions
    from payments.transactions import staff_linking as _linking  # noqa: F401  adds its pages
    from payments.webhooks import public as webhooks
    from payments.webhooks import reconciler as _reconciler  # noqa: F401  registers its job
    from portal.clients import staff_contacts, staff_matters, staff_options
    from portal.firm import public as firm_public
    from portal.firm import public_shell, sign_in, staff_groups
    from portal.firm import staff as firm_staff
    from portal.notifications import staff as alerts
    from portal.notifications import staff_settings
    from portal.outbox import public as mailbox
    from portal.outbox import staff as emails
    from portal.web import gallery, health, language

    # No context processor: strangers' pages must not so much as look at a session.
    sign_in.login_manager.init_app(app, add_context_processor=False)
    public_shell.init_app(app)
    app.jinja_env.filters["money"] = lambda cents, currency: Money(cents, currency).format(
        language.current()
    )
    public = (checkout, public_status, webhooks, firm_public, health, mailbox)
    office = (transactions, billing, receipts, alerts, emails, staff_contacts, staff_matters)
    views = [m.blueprint for m in (*public, *office, staff_options, staff_groups, staff_settings)]
    for blueprint in (*views, links.links, sign_in.door, firm_staff.staff):
        app.register_blueprint(blueprint)
    if app.debug:
        app.register_blueprint(gallery.blueprint)


def _add_navigation() -> None:
    from flask_babel import lazy_gettext as _

    from payments.receipts import staff as receipts
    from portal.clients.tabs import add_contact_tab, add_matter_tab
    from portal.web.staff_shell import NavigationEntry, add_to_navigation

    add_contact_tab(_("Overview"), "contacts.show")
    add_matter_tab(_("Overview"), "matters.show")
    add_contact_tab(_("Bills"), "bills.of_contact")
    add_matter_tab(_("Bills"), "bills.of_matter")
    receipts.show_on_other_pages()
    for entry in (
        NavigationEntry(_("Transactions"), "transactions.index", _("Online payments")),
        NavigationEntry(_("New charge"), "links.new_charge", _("Online payments")),
        NavigationEntry(_("Contacts"), "contacts.index"),
        NavigationEntry(_("Matters"), "matters.index"),
        NavigationEntry(_("Bills"), "bills.index", _("Billing")),
        NavigationEntry(_("Alerts"), "notifications.index"),
        NavigationEntry(_("Emails"), "outbox.index"),
        NavigationEntry(_("Payment Notifications"), "payment_notifications.show", _("Settings")),
        NavigationEntry(_("Groups"), "groups.index", _("Settings")),
    ):
        add_to_navigation(entry)


def _add_commands(app: Flask) -> None:
    from payments.accounts.commands import add_account
    from payments.transactions.commands import check_books
    from payments.webhooks.commands import reconcile_now
    from portal.core import config
    from portal.core.commands import database
    from portal.firm.commands import create_admin

    for command in (add_account, check_books, reconcile_now, create_admin, database):
        app.cli.add_command(command)
    if config.current().sandbox:
        from payments.sandbox.commands import sandbox

        app.cli.add_command(sandbox)

    @app.cli.command("worker")
    def worker() -> None:
        """Do the work that is owed: emails, webhooks, settlement, reconciling."""
        from portal.core import logs
        from portal.core.jobs.worker import Worker
        from portal.core.processes import run_worker_process

        logs.configure()
        run_worker_process(Worker(around=app.app_context))


def serve() -> int:
    """Run the product on this machine: web, worker, and without Stripe keys the demo firm."""
    from contextlib import ExitStack

    from payments.demo import telling
    from portal.core import config, environment, logs, migrations
    from portal.core.errors import ConfigurationError
    from portal.core.processes import (
        WorkerChild,
        hold_lock,
        refuse_taken_port,
        run_web_process,
        web_server,
    )

    logs.configure()
    var = environment.var_folder()
    with ExitStack() as stack:
        stack.enter_context(hold_lock(var))
        try:
            environ = environment.prepare(var)
            settings = config.load_settings(environ, var)
        except ConfigurationError as wrong:
            print(wrong, file=sys.stderr)
            return 1
        refuse_taken_port("localhost", settings.port)
        migrations.upgrade(settings.database_url)
        app = _app_posting_to_itself(settings)
        mail = _mail_server(settings, stack)
        if settings.sandbox:
            _make_demo(app, mail)
            telling.tell_addresses(settings.base_url)
        told = {"MAIL_SERVER": mail.server, "MAIL_PORT": str(mail.port)}
        told["MAIL_USE_TLS"] = str(mail.use_tls)
        worker = [sys.executable, "-m", "flask", "--app", "wsgi:app", "worker"]
        child = WorkerChild(worker, {**os.environ, **environ, **told})
        run_web_process(web_server(app, settings.port), child)
    return 0


def _app_posting_to_itself(settings: Settings) -> Flask:
    # While the demo is made nothing listens on the port yet: its webhooks come in by this way.
    def post(body: bytes, headers: dict[str, str]) -> int:
        return app.test_client().post("/webhooks/stripe", data=body, headers=headers).status_code

    app = create_app(settings, post=post)
    return app


def _mail_server(settings: Settings, stack: ExitStack) -> MailSettings:
    """The firm's mail server, else a mailbox of this process's own."""
    from portal.outbox import sink

    return settings.mail or stack.enter_context(sink.running(settings.var))


def _make_demo(app: Flask, mail: MailSettings) -> None:
    from payments.demo import actions as demo
    from payments.demo.story import Told
    from payments.sandbox.current import sandbox
    from payments.sandbox.tokens import enter_test_number
    from portal.outbox import smtp

    def new_token(account: str | None, told: Told) -> str:
        with sandbox().service.writing(account) as desk:
            return enter_test_number(desk, told.method, told.number, told.name)

    if not demo.is_made():
        print("Making the demo firm …", flush=True)
        smtp.use(smtp.MailServer(mail))
        with app.test_request_context():
            demo.make(new_token, app.app_context)
        smtp.use(None)
    demo.catch_up()


def run_tests(arguments: list[str]) -> int:
    """Run the tests; arguments go to pytest."""
    import pytest

    return int(pytest.main(arguments))


if __name__ == "__main__":
    from portal.core.bootstrap import main

    raise SystemExit(main(sys.argv[1:], serve, run_tests))
