"""The product on one machine: `python3 app.py`, its second start, and its deaths."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import Product, start_product, status_of
from tests.support.source import ROOT

pytestmark = pytest.mark.slow


def until(truth: Callable[[], Any], seconds: float = 30) -> float:
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if truth():
            return time.monotonic() - began
        time.sleep(0.02)
    raise AssertionError("it never came to be")


def workers(product: Product) -> list[int]:
    """The process ids of the product's living workers."""
    with sqlite3.connect(product.var / "retainer.db") as connection:
        names = [name for (name,) in connection.execute("SELECT worker FROM worker_heartbeat")]
    return [pid for pid in (int(name.split(":")[1]) for name in names) if alive(pid)]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that the tests of this file start the product on, again and again."""
    return tmp_path_factory.mktemp("boot") / "var"


@pytest.fixture
def started(var: Path) -> Generator[Product]:
    """The product, started on that folder."""
    running = start_product(var)
    yield running
    running.stop()


def test_the_product_greets_staff_in_a_browser(product: Product, page: Page) -> None:
    page.goto("/staff/sign-in")
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


def test_it_prints_its_addresses_and_sign_ins(started: Product) -> None:
    for said in ("ada@demo.test", "retainer-demo-only", f"{started.base_url}/sandbox/mail"):
        assert said in started.printed
    (link, *_) = re.findall(rf"{started.base_url}/pay/\S+", started.printed)
    assert status_of(link) == 200


def test_sigterm_ends_web_and_worker_within_a_second(started: Product) -> None:
    until(lambda: workers(started))
    (worker,) = workers(started)
    assert started.stop() < 1.5
    assert started.process.returncode == 0
    assert until(lambda: not alive(worker)) < 0.5


def test_ctrl_c_ends_it_without_a_traceback(started: Product) -> None:
    started.process.send_signal(signal.SIGINT)
    assert started.process.wait(5) == 0
    assert "Traceback" not in started.printed


def test_a_second_start_on_the_same_data_says_so_and_exits(started: Product) -> None:
    ran = subprocess.run(
        [sys.executable, ROOT / "app.py"],
        env={**os.environ, "RETAINER_VAR": str(started.var), "RETAINER_STARTED_AGAIN": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 1
    assert ran.stderr == (
        f"Retainer is already running on {started.var} (process {started.process.pid}): "
        "stop that one first.\n"
    )


def test_a_taken_port_is_told_in_a_sentence(started: Product, tmp_path: Path) -> None:
    port = started.base_url.rsplit(":", 1)[1]
    ran = subprocess.run(
        [sys.executable, ROOT / "app.py"],
        env={
            **os.environ,
            "PORT": port,
            "RETAINER_VAR": str(tmp_path / "var"),
            "RETAINER_STARTED_AGAIN": "1",
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 1
    assert port in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_killed_web_process_takes_its_worker_along_and_the_next_start_works(
    started: Product,
) -> None:
    until(lambda: workers(started))
    (worker,) = workers(started)
    started.process.kill()
    started.process.wait()
    assert until(lambda: not alive(worker)) < 2.5
    again = start_product(started.var)
    assert "Making the demo firm" not in again.printed, "it has its demo already"
    assert workers(again) != [worker]
    again.stop()


def test_a_killed_worker_is_replaced(started: Product) -> None:
    until(lambda: workers(started))
    (worker,) = workers(started)
    os.kill(worker, signal.SIGKILL)
    until(lambda: [pid for pid in workers(started) if pid != worker])


def test_a_wrong_setting_stops_the_start_with_its_name(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, ROOT / "app.py"],
        env={
            **os.environ,
            "RETAINER_VAR": str(tmp_path / "var"),
            "RETAINER_STARTED_AGAIN": "1",
            "REDIS_URL": "localhost",
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 1
    assert ran.stderr == "REDIS_URL must begin with redis:// or valkey://\n"
