"""A store that speaks S3 and checks signatures: OpenStack Swift's `s3api`, as Debian has it.

moto takes whatever key it is shown; this one refuses a wrong secret. One user, one copy of each
object, everything in a folder of its own.
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from portal.core.config import S3Settings
from tests.support.browser import free_port
from tests.support.parts import lacking

STORES = ("account", "container", "object")
PROGRAMS = ("memcached", "swift-proxy-server", *(f"swift-{one}-server" for one in STORES))
STARTS_WITHIN_SECONDS = 60
STOPS_WITHIN_SECONDS = 10
# Its own half a second is short where other tests keep the processors busy; what it gives up
# waiting for, it would do later, and a list would not be true yet.
PATIENCE_SECONDS = 20

# Swift's modules belong to the system's Python, as its servers do. One process for three rings:
# its own tool would be started nine times.
RINGS = """
import sys
from swift.common.ring import RingBuilder
folder, *ports = sys.argv[1:]
for kind, port in zip(("account", "container", "object"), ports):
    builder = RingBuilder(2, 1, 0)
    builder.add_dev(dict(id=0, region=1, zone=1, weight=1, ip="127.0.0.1", port=int(port),
        replication_ip="127.0.0.1", replication_port=int(port), device="disk", meta=""))
    builder.rebalance()
    builder.get_ring().save(f"{folder}/{kind}.ring.gz")
"""
COMMON = """[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
user = {user}
workers = 0
swift_dir = {folder}
devices = {folder}
mount_check = false
fallocate_reserve = 0
conn_timeout = {patience}
node_timeout = {patience}
container_update_timeout = {patience}
"""
STORE = """
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""
PROXY = """
[pipeline:main]
pipeline = catch_errors cache s3api tempauth slo proxy-server
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:{cache}
[filter:s3api]
use = egg:swift#s3api
location = {region}
[filter:tempauth]
use = egg:swift#tempauth
user_firm_retainer = {secret} .admin
[filter:slo]
use = egg:swift#slo
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
"""


@pytest.fixture(scope="session")
def swift_server() -> Generator[S3Settings]:
    """The server, one for all tests that ask; its settings name no bucket yet."""
    missing = [one for one in PROGRAMS if shutil.which(one) is None]
    if missing:
        lacking(f"OpenStack Swift ({', '.join(missing)})")
    with running() as server:
        yield server


@contextmanager
def running() -> Generator[S3Settings]:
    """The five processes, ready; stopped afterwards."""
    ports = {one: free_port() for one in ("proxy", "cache", *STORES)}
    server = S3Settings(
        bucket="",
        prefix="firm/documents",
        endpoint=f"http://127.0.0.1:{ports['proxy']}",
        region="us-east-1",
        key_id="firm:retainer",
        secret="testing-secret",
    )
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(
                tempfile.TemporaryDirectory(prefix="retainer-swift-", ignore_cleanup_errors=True)
            )
        )
        _configure(folder, ports, server)
        for kind, port in ports.items():
            stack.enter_context(_process(folder, kind, port))
        for kind, port in ports.items():
            _wait_for(folder, kind, port)
        yield server


def _user() -> str:
    return pwd.getpwuid(os.getuid()).pw_name


def _configure(folder: Path, ports: dict[str, int], server: S3Settings) -> None:
    (folder / "disk").mkdir()
    of_stores = [str(ports[kind]) for kind in STORES]
    subprocess.run(["/usr/bin/python3", "-c", RINGS, str(folder), *of_stores], check=True)
    for kind in ("proxy", *STORES):
        text = COMMON.format(
            port=ports[kind], user=_user(), folder=folder, patience=PATIENCE_SECONDS
        )
        text += (
            PROXY.format(cache=ports["cache"], region=server.region, secret=server.secret)
            if kind == "proxy"
            else STORE.format(kind=kind)
        )
        (folder / f"{kind}.conf").write_text(text)


@contextmanager
def _process(folder: Path, kind: str, port: int) -> Generator[None]:
    command = (
        ["memcached", "-l", "127.0.0.1", "-p", str(port), "-u", _user()]
        if kind == "cache"
        else [f"swift-{kind}-server", str(folder / f"{kind}.conf"), "--verbose"]
    )
    with (folder / f"{kind}.log").open("wb") as told:
        process = subprocess.Popen(command, stdout=told, stderr=told)
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(STOPS_WITHIN_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(folder: Path, kind: str, port: int) -> None:
    until = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    told = (folder / f"{kind}.log").read_text(errors="replace")
    pytest.fail(f"Swift's {kind} did not start:\n{told[-2000:]}")
