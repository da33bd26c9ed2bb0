"""A product without the demo: its tables and its first administrator made on the command line."""

import os
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.support.browser import Product, start_product
from tests.support.source import ROOT

EMAIL = "ada@harlow.test"
PASSWORD = "violet tram under nine bridges"
SETTINGS = "/staff/settings"
ADMIN = ("--email", EMAIL, "--name", "Ada Okafor", "--password", PASSWORD)
FIRM = (
    "US",
    "Harlow & Reyes LLP",
    "Harlow & Reyes",
    "Oregon",
    "en_US",
    "America/Los_Angeles",
    "",  # the color
    "503 555 0100",
    "office@harlow.test",
    "1 Main Street, Portland, OR 97204",
)


def command(environ: dict[str, str], *arguments: str, answers: tuple[str, ...] = ()) -> str:
    """`flask …` as an operator types it; answers what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
        env={**os.environ, **environ},
        cwd=ROOT,
        input="\n".join([*answers, ""]),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def new_firm(var: Path, *, answers: tuple[str, ...] = FIRM, **mail: str) -> Product:
    """A product with one administrator and nothing else, running; `answers` make the firm."""
    var.mkdir(parents=True)
    environ = {"RETAINER_VAR": str(var), "SECRET_KEY": "only-for-this-journey-" + "x" * 32, **mail}
    there = {**environ, "BASE_URL": "http://localhost:8000"}
    command(there, "db", "upgrade")
    printed = command(there, "create-admin", *ADMIN, answers=answers)
    assert f"Ada Okafor can sign in as {EMAIL}." in printed
    return start_product(var, **{k: v for k, v in environ.items() if k != "RETAINER_VAR"})


def sign_in(page: Page) -> None:
    """Sign in as the first administrator; ends on Settings."""
    page.goto("/staff/")
    page.get_by_label("Email address").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Settings", level=1)).to_be_visible()


def step(page: Page, title: str) -> Locator:
    """One step of the checklist."""
    return page.get_by_role("listitem", name=title, exact=True)
