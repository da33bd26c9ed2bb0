"""The WSGI apps that servers serve here, each made from the JSON in `BENCH_GIVEN`."""

import json
import os
from pathlib import Path
from typing import Any

from flask import Flask

from bench.harness import bare, bare_writes


def _given() -> dict[str, Any]:
    return json.loads(os.environ["BENCH_GIVEN"])


def product() -> Flask:
    """The product as a WSGI server serves it, on the settings given and no others."""
    from app import create_app
    from portal.core.config import load_settings

    given = _given()
    return create_app(load_settings(given["environ"], Path(given["var"])))


def bare_page() -> Flask:
    """R: a bare page of the same size (see `bare.page_app`)."""
    given = _given()
    return bare.page_app(given["database"], given["page"])


def bare_webhook() -> Flask:
    """Signature check and one durable INSERT."""
    given = _given()
    return bare_writes.webhook_app(given["database"], given["secret"])


def bare_form() -> Flask:
    """A form post with one transaction."""
    return bare_writes.form_app(_given()["database"])
