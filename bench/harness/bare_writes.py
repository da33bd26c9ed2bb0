"""Bare apps that write: one transaction a request, writers queued as the product queues them."""

import fcntl
import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask, Response, redirect, request
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    Table,
    Text,
    create_engine,
    event,
    insert,
)

TABLES = MetaData()
EVENT = Table(
    "bare_event",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("event_id", Text, unique=True, nullable=False),
    Column("type", Text, nullable=False),
    Column("object_id", Text, nullable=False),
)
PAYMENT = Table(
    "bare_payment",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("amount", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
)


class Writer:
    """A durable database whose writers queue; SQLite: WAL, FULL, a lock of thread and file."""

    def __init__(self, url: str) -> None:
        self.engine = create_engine(url)
        self._gate = _Gate(Path(f"{self.engine.url.database}.bare-gate"))
        self._sqlite = self.engine.dialect.name == "sqlite"
        if self._sqlite:
            _make_durable(self.engine)
        with self.begin() as connection:
            TABLES.create_all(connection)

    @contextmanager
    def begin(self) -> Generator[Connection]:
        """One transaction."""
        if not self._sqlite:
            with self.engine.begin() as connection:
                yield connection
            return
        with self._gate.held(), self.engine.begin() as connection:
            yield connection


class _Gate:
    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._path = path

    @contextmanager
    def held(self) -> Generator[None]:
        with self._lock, self._path.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _make_durable(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("busy_timeout = 5000", "journal_mode = WAL", "synchronous = FULL"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def webhook_app(database: str, secret: str) -> Flask:
    """Check the signature, insert one row durably, answer 200."""
    import stripe

    app, writer = Flask("bare", static_folder=None), Writer(database)

    @app.post("/webhooks/stripe")
    def take() -> Response:
        body = request.get_data(cache=False).decode()
        signature = request.headers["Stripe-Signature"]
        stripe.WebhookSignature.verify_header(body, signature, secret, tolerance=300)
        told = json.loads(body)
        row = {"event_id": told["id"], "type": told["type"]}
        with writer.begin() as connection:
            connection.execute(insert(EVENT), {**row, "object_id": told["data"]["object"]["id"]})
        return Response("Taken.\n", mimetype="text/plain")

    @app.get("/healthz")
    def healthz() -> str:
        return "ok"

    return app


def form_app(database: str) -> Flask:
    """Take a form, write one row in one transaction, send the browser on."""
    app, writer = Flask("bare", static_folder=None), Writer(database)

    @app.post("/pay")
    def pay() -> Any:
        form = {name: request.form[name] for name in ("amount", "name", "email")}
        with writer.begin() as connection:
            connection.execute(insert(PAYMENT), form)
        return redirect("/done", 303)

    @app.get("/healthz")
    def healthz() -> str:
        return "ok"

    return app
