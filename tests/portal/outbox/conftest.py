"""A small app with two emails of its own, a mail server, and the outbox between them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask_babel import Babel
from jinja2 import ChoiceLoader, DictLoader, FileSystemLoader
from sqlalchemy import select

from portal.core import db
from portal.core.db import Database
from portal.core.demo_clock import advance
from portal.core.jobs.worker import run_due_jobs
from portal.outbox import actions, registry, render, smtp
from portal.outbox.models import Delivery
from portal.outbox.registry import Attachment, Email, Recipient
from tests.portal.outbox.mail_server import MailServer, in_use

BRAND = SimpleNamespace(
    legal_name="Harlow & Reyes LLP",
    short_name="Harlow & Reyes",
    email="office@harlow.test",
    phone="+1 503 555 0100",
    address="1 Main Street, Portland",
    colour="#1f4b5f",
    on_brand="#ffffff",
    brand_text_light="#1f4b5f",
    brand_text_dark="#9cc3d5",
    locale="en_US",
)

TEMPLATES = {
    "emails/receipt/subject.txt": "{{ _('Your payment') }} {{ subject_tail }}\n",
    "emails/receipt/body.txt": "{{ url_for('status', _external=True) }}\nHello {{ name }}\n",
    "emails/receipt/body.html": (
        "{% extends 'layouts/email.html' %}{% block content %}<h1>{{ name }}</h1>"
        "<a class='link' href=\"{{ url_for('status', _external=True) }}\">x</a>{% endblock %}"
    ),
    "emails/broken/subject.txt": "{{ nothing.here }}",
}

STAFF: list[Recipient] = []


def _receipt(_session: Any, args: dict[str, Any], recipient: Recipient) -> Email:
    files = (Attachment("receipt é.txt", "text/plain", b"paid"),) if args.get("attach") else ()
    context = {"name": recipient.name, "subject_tail": args.get("tail", "")}
    return Email("receipt", context, attachments=files, reply_to=args.get("reply_to"))


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(registry, "EMAILS", dict(registry.EMAILS))
    monkeypatch.setattr(actions, "EMAILS", registry.EMAILS)
    monkeypatch.setattr(registry, "AUDIENCES", dict(registry.AUDIENCES))
    registry.email("receipt", stream="payments")(_receipt)
    registry.email("broken")(lambda _s, _a, _r: Email("broken"))
    registry.audience("staff")(lambda _s, _a: list(STAFF))
    STAFF.clear()
    yield
    smtp.use(None)


@pytest.fixture
def post_app() -> Flask:
    """An app that can write the emails above."""
    app = Flask("post", template_folder="/nonexistent")
    app.config.update(SECRET_KEY="x" * 32)
    Babel(app)
    project = FileSystemLoader(Path(__file__).parents[3] / "templates")
    app.jinja_env.loader = ChoiceLoader([DictLoader(TEMPLATES), project])
    app.context_processor(lambda: {"brand": BRAND})
    app.add_url_rule("/payments/K7QM", "status", lambda: "")
    render.init_app(app, base_url="https://pay.harlow.test", sender="pay@harlow.test")
    return app


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with in_use() as server:
        yield server


def advance_by(by: timedelta) -> None:
    """Advance the demo clock."""
    with db.transaction() as session:
        advance(session, by)


class Post:
    """What a feature and a worker would do, in one line each."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def owe(self, once: str = "payment:1", kind: str = "receipt", **said: Any) -> bool:
        said = {"audience": "address", **said}
        if said["audience"] == "address":
            said = {"name": "Cleo", "address": "cleo@demo.test", "language": "en_US", **said}
        with db.transaction() as session:
            return actions.owe(session, kind, once=once, **said)

    def work(self) -> int:
        return run_due_jobs(self.app.app_context)

    def deliveries(self) -> list[Delivery]:
        with db.read() as session:
            return list(session.scalars(select(Delivery).order_by(Delivery.id)))

    def delivery(self) -> Delivery:
        (delivery,) = self.deliveries()
        return delivery

    @contextmanager
    def context(self) -> Iterator[None]:
        with self.app.app_context():
            yield


@pytest.fixture
def post(database: Database, post_app: Flask) -> Post:
    """The outbox on a fresh database."""
    return Post(post_app)
