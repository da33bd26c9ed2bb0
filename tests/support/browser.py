"""The real product in a process of its own, and an installed Chromium to look at it.

A browser test never skips: without a Chromium it fails with one sentence of advice.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support import memory
from tests.support.source import ROOT

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# A busy machine is slow. How long it may take is tested where nothing else runs, in test_boot.py.
READY_SECONDS_MAX = 120
STOP_SECONDS_MAX = 60
ADVICE = (
    "Browser tests need Chromium: install it (Debian, Ubuntu: sudo apt install chromium) or run "
    "`.venv/bin/playwright install chromium`, and start the tests again."
)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Product:
    """A running product: where it answers, where its data is, and what it printed."""

    base_url: str
    var: Path
    process: subprocess.Popen[str]
    log: Path

    @property
    def printed(self) -> str:
        """Everything that it has printed so far."""
        return self.log.read_text(encoding="utf-8")

    def wait_until_ready(self) -> None:
        """Come back when /readyz says 200. Fails with the log if it ends or takes too long."""
        deadline = time.monotonic() + READY_SECONDS_MAX
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"the product ended:\n{self.printed}"
            if status_of(f"{self.base_url}/readyz") == 200:
                return
            time.sleep(0.1)
        raise AssertionError(f"the product was not ready in time:\n{self.printed}")

    def stop(self) -> float:
        """SIGTERM; answers how many seconds it took to end."""
        began = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        return time.monotonic() - began


def status_of(url: str) -> int | None:
    """The status of a GET; None where nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code
    except OSError:
        return None


def start_product(var: Path, **environ: str) -> Product:
    """Start `python app.py` with its data in `var`, on a free port, and wait until it is ready."""
    var.mkdir(parents=True, exist_ok=True)
    port = free_port()
    settings = {
        "PORT": str(port),
        "BASE_URL": f"http://localhost:{port}",
        "RETAINER_VAR": str(var),
        "RETAINER_STARTED_AGAIN": "1",  # this Python has what it needs: the tests run by it
    }
    log = var / "printed.log"
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "app.py")],
            env={**os.environ, **settings, **environ},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=ROOT,
        )
    product = Product(f"http://localhost:{port}", var, process, log)
    product.wait_until_ready()
    return product


@pytest.fixture(scope="session")
def product() -> Generator[Product]:
    """The real product with its demo firm, started once for all browser tests."""
    with memory.folder() as folder:
        running = start_product(folder / "var")
        yield running
        running.stop()


@pytest.fixture(scope="session")
def base_url() -> None:
    """The plugin's, which pytest warns of, made plain: `browser_context_args` has the address."""


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any], product: Product) -> dict[str, Any]:
    """`page.goto("/…")` leads to the running product."""
    return {**browser_context_args, "base_url": product.base_url}


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The installed Chromium, without anything that asks the network of its own accord.

    A site in another's frame has no cookies and no storage, as in ever more browsers: Chromium has
    a switch for trying that out (FEATURES E1).
    """
    arguments = ["--disable-gpu", "--no-first-run", "--disable-background-networking"]
    arguments.append("--test-third-party-cookie-phaseout")
    # A frame of another site in the page's own process, as on phones with little memory: what is
    # pressed in a process of its own is lost where that frame has just moved or grown.
    arguments.append("--disable-site-isolation-trials")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--no-sandbox")
    return {**browser_type_launch_args, "executable_path": chromium(), "args": arguments}


def chromium() -> str | None:
    """The path of an installed Chromium; None for the one that Playwright was able to install."""
    for name in NAMES:
        path = shutil.which(name)
        if path is not None:
            return path
    install = [sys.executable, "-m", "playwright", "install", "chromium"]
    try:
        installed = subprocess.run(install, capture_output=True, timeout=600).returncode == 0
    except subprocess.TimeoutExpired:
        installed = False
    if not installed:
        pytest.fail(ADVICE, pytrace=False)
    return None
