"""Retainer: the client payment portal that a law firm runs under its own name.

`python3 app.py` runs the product with its demo firm, `python3 app.py test` runs the tests;
`create_app` builds the Flask application, for a WSGI server too (wsgi.py). Only this file knows
every feature. Its functions import, as a fresh machine runs it before anything is installed.
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
    from portal.core.config import MailSettings, Settings, StripeSettings

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
    from portal.outbox import render, smtp
    from portal.web.flask_app import new_flask_app

    if settings is None:
        var = environment.var_folder()
        settings = config.load_settings(environment.gather(var), var)
    config.use(settings)
    db.connect(settings.database_url)
    clock.use_offset_from(demo_clock.read_offset if settings.sandbox else None)
    app = new_flask_app(settings, str(Path(__file__).parent))
    sender = settings.mail.sender if settings.mail else None
    render.init_app(app, base_url=settings.base_url, sender=sender)
    smtp.use(smtp.MailServer(settings.mail) if settings.mail else None)
    if settings.stripe is None:
        _run_on_sandbox(app, settings, post, faults, checked)
    else:
        _run_on_stripe(settings.stripe)
    _dress_pages(app)
    _add_portal(app)
    _add_client_portals(app)
    _add_payments(app)
    _add_commands(app)
    return app


def _run_on_stripe(stripe: StripeSettings) -> None:
    from payments.gateway import current
    from payments.gateway.script import STRIPE_SCRIPT_URL
    from payments.gateway.stripe_gateway import StripeGateway
    from portal.core import db, demo_clock

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
    from payments.sandbox import current, making, public, staff_knobs
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
    app.register_blueprint(staff_knobs.blueprint)


def _dress_pages(app: Flask) -> None:
    from payments.money.amounts import Money
    from portal.firm import public_shell, sign_in
    from portal.web import language, reading

    # No context processor: strangers' pages must not so much as look at a session.
    sign_in.login_manager.init_app(app, add_context_processor=False)
    public_shell.init_app(app)
    app.jinja_env.filters["money"] = lambda cents, currency: Money(cents, currency).format(
        reading.formats(language.current(), currency[:2])  # CAD as Canada writes it
    )


def _add_portal(app: Flask) -> None:
    from portal.clients import staff_pages as clients
    from portal.firm import public, public_joining, sign_in, staff_pages
    from portal.imports import staff as imports
    from portal.notifications import staff as alerts
    from portal.notifications import staff_settings as audience
    from portal.outbox import public as mailbox
    from portal.outbox import staff as emails
    from portal.web import gallery, health

    for blueprint in (*staff_pages.BLUEPRINTS, *clients.BLUEPRINTS):
        app.register_blueprint(blueprint)
    strangers = (public, sign_in, public_joining, health, mailbox)
    for pages in (*strangers, audience, alerts, emails, imports):
        app.register_blueprint(pages.blueprint)
    if app.debug:
        app.register_blueprint(gallery.blueprint)


def _add_client_portals(app: Flask) -> None:
    from portal.access import client_settings, public_invitations, public_sign_in
    from portal.access import staff_pages as portals
    from portal.documents import client as client_documents
    from portal.documents import client_files
    from portal.documents import staff_pages as documents
    from portal.messages import client, client_home, staff, staff_unread

    clients = (public_sign_in, public_invitations, client_settings, client_files, client_home)
    for pages in (*clients, client, client_documents, staff, staff_unread):
        app.register_blueprint(pages.blueprint)
    for listed in (portals, documents):
        for blueprint in listed.BLUEPRINTS:
            app.register_blueprint(blueprint)
        listed.show_on_other_pages()


def _add_payments(app: Flask) -> None:
    from payments.accounts import staff as bank_accounts
    from payments.billing import client_bills, staff_settings, staff_trust_requests
    from payments.billing import staff as billing
    from payments.checkout import client_paying, public, public_embed, public_status
    from payments.links import staff as links
    from payments.methods import client_methods, public_method, public_storing, staff_methods
    from payments.plans import client as own_plans
    from payments.plans import public as plan
    from payments.plans import staff as plans
    from payments.receipts import staff as receipts
    from payments.transactions import staff_pages as transactions
    from payments.webhooks import public as webhooks
    from payments.webhooks import staff as events

    strangers = (public, public_embed, public_status, public_method, webhooks, plan)
    clients = (billing, staff_trust_requests, receipts, staff_methods, plans)
    others = (public_storing, client_methods, own_plans, links, bank_accounts, events)
    for pages in (*strangers, client_paying, client_bills, *clients, *others, staff_settings):
        app.register_blueprint(pages.blueprint)
    for blueprint in transactions.BLUEPRINTS:
        app.register_blueprint(blueprint)
    for pages in (*clients, transactions):
        pages.show_on_other_pages()


def _add_commands(app: Flask) -> None:
    from payments.accounts.commands import add_account
    from payments.transactions.commands import check_books
    from payments.webhooks.commands import reconcile_now
    from portal.core import commands, config
    from portal.firm.commands import create_admin
    from portal.imports.commands import import_file

    ours = (add_account, check_books, create_admin, import_file, reconcile_now)
    for command in (*ours, *commands.COMMANDS):
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
        app = create_app(settings, post=lambda *said: _deliver(app, *said))
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


def _deliver(app: Flask, body: bytes, headers: dict[str, str]) -> int:
    # While the demo is made nothing listens on the port yet: its webhooks come in by this way.
    return app.test_client().post("/webhooks/stripe", data=body, headers=headers).status_code


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
