"""FEATURES P2: no puzzles; tries are limited on the server, across all of its processes."""

import shutil
import socket
import subprocess
import time
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from portal.core.config import Settings
from portal.web.limits import place_of
from tests.support.browser import free_port
from tests.support.cast import Cast
from tests.support.parts import lacking
from tests.support.visitor import Visitor

TRIES_A_MINUTE = 10
SERVER = shutil.which("redis-server") or shutil.which("valkey-server")


@pytest.fixture
def redis_url(tmp_path: Path) -> Generator[str]:
    """A Redis (or Valkey) of this test's own."""
    if SERVER is None:
        lacking("Redis or Valkey")
    port = free_port()
    command = [SERVER, "--port", str(port), "--save", "", "--dir", str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield f"redis://127.0.0.1:{port}/0"
    process.terminate()
    process.wait(10)


def try_to_sign_in(app: Flask, email: str = "ada@harlow.test", *, address: str = "") -> int:
    """One try with a wrong password; answers its status."""
    visitor = Visitor(app, "http://localhost:8000")
    page = visitor.get("/staff/sign-in")
    form, _ = page.form("Sign in")
    token = form.select_one("input[name=csrf_token]")
    sent = {"email": email, "password": "wrong", "csrf_token": token["value"] if token else ""}
    environ = {"REMOTE_ADDR": address or "192.0.2.7"}
    return visitor.ask(
        "POST", "/staff/sign-in", data=sent, status=None, environ_overrides=environ
    ).status


def test_the_eleventh_password_within_a_minute_is_not_even_looked_at(cast: Cast) -> None:
    app = cast.sol.app
    assert {try_to_sign_in(app) for _ in range(TRIES_A_MINUTE)} == {422}
    assert try_to_sign_in(app) == 429


def test_one_account_tried_from_many_addresses_is_limited_too(cast: Cast) -> None:
    app = cast.sol.app
    statuses = [
        try_to_sign_in(app, address=f"192.0.2.{number}") for number in range(TRIES_A_MINUTE + 1)
    ]
    assert statuses[-1] == 429
    assert try_to_sign_in(app, "ben@harlow.test", address="192.0.2.200") == 422


def test_processes_that_share_a_redis_share_their_limits(
    cast: Cast, settings: Settings, redis_url: str
) -> None:
    first = create_app(replace(settings, redis_url=redis_url))
    assert {try_to_sign_in(first) for _ in range(TRIES_A_MINUTE)} == {422}
    second = create_app(replace(settings, redis_url=redis_url))
    assert try_to_sign_in(second) == 429
    alone = create_app(settings)
    assert try_to_sign_in(alone) == 422


def test_valkey_s_name_in_the_address_is_understood(
    cast: Cast, settings: Settings, redis_url: str
) -> None:
    app = create_app(replace(settings, redis_url=redis_url.replace("redis", "valkey")))
    assert try_to_sign_in(app) == 422


def test_a_redis_that_is_down_locks_nobody_out(cast: Cast, lost_redis: Flask) -> None:
    assert try_to_sign_in(lost_redis) == 422


def test_without_its_redis_each_page_keeps_its_own_limits(cast: Cast, lost_redis: Flask) -> None:
    assert {try_to_sign_in(lost_redis) for _ in range(TRIES_A_MINUTE)} == {422}
    assert try_to_sign_in(lost_redis) == 429


def test_without_its_redis_one_account_tried_from_many_addresses_is_limited_too(
    cast: Cast, lost_redis: Flask
) -> None:
    statuses = [
        try_to_sign_in(lost_redis, address=f"192.0.2.{number}")
        for number in range(TRIES_A_MINUTE + 1)
    ]
    assert statuses[-1] == 429


@pytest.mark.quiet
@pytest.mark.usefixtures("lost_redis")
def test_a_redis_that_says_nothing_holds_nobody_up(cast: Cast, settings: Settings) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        begun = time.monotonic()
        assert try_to_sign_in(create_app(replace(settings, redis_url=url))) == 422
        assert time.monotonic() - begun < 20


def test_all_of_one_network_of_ipv6_is_one_place(cast: Cast) -> None:
    app = cast.sol.app
    statuses = [
        try_to_sign_in(app, f"user{number}@harlow.test", address=f"2001:db8:1:2::{number:x}")
        for number in range(TRIES_A_MINUTE + 1)
    ]
    assert set(statuses[:-1]) == {422}
    assert statuses[-1] == 429
    assert try_to_sign_in(app, "other@harlow.test", address="2001:db8:1:3::1") == 422


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:DB8:0:1:ffff::9", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix:", "unix:"),
    ],
)
def test_a_place_is_an_ipv4_address_or_a_64_of_ipv6(address: str, counted: str) -> None:
    assert place_of(address) == counted
