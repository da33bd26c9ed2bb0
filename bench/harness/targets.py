"""The WSGI apps that servers serve here, each made from the JSON in `BENCH_GIVEN`."""

import json
import os
from pathlib import Path
from typing import Any

from flask import Flask

from bench.harness import bare, bare_files, bare_writes


def _given() -> dict[str, Any]:
    return json.loads(os.environ["BENCH_GIVEN"])


def product() -> Flask:
    """The product as a WSGI server serves it, on the settings given and no others.

    `unlimited` takes the limits off, since one address here stands for many payers; `at_once`
    puts a processor under it that answers at once ("pending" or "available" money).
    """
    from app import create_app
    from bench.harness.processor import use_at_once
    from portal.core.config import load_settings
    from portal.web.limits import limiter

    given = _given()
    app = create_app(load_settings(given["environ"], Path(given["var"])))
    limiter.enabled = not given.get("unlimited")
    if given.get("at_once"):
        use_at_once(available=given["at_once"] == "available")
    return app


def bare_page() -> Flask:
    """R: a bare page of the same size (see `bare.page_app`)."""
    given = _given()
    return bare.page_app(given["database"], given["page"])


def bare_table() -> Flask:
    """R with a table of fifty rows."""
    given = _given()
    return bare.table_app(given["database"], given["before"], given["after"], given["icon"])


def bare_file() -> Flask:
    """A file behind one SELECT."""
    given = _given()
    return bare.file_app(given["database"], given["token"], given["body"])


def bare_webhook() -> Flask:
    """Signature check and one durable INSERT."""
    given = _given()
    return bare_writes.webhook_app(given["database"], given["secret"])


def bare_form() -> Flask:
    """A form post with one transaction."""
    return bare_writes.form_app(_given()["database"])


def bare_file_form() -> Flask:
    """A form that brings a file."""
    return bare_files.form_app(_given()["folder"])
