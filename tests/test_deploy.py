"""What production has: granian behind nginx, a worker of its own, tables by Alembic."""

import gzip
import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.support.browser import free_port, status_of
from tests.support.parts import lacking
from tests.support.source import ROOT

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
BIN = Path(sys.executable).parent
SLOW_CLIENTS = 12  # more than granian's eight threads
ANSWERS = """\
US
Harlow & Reyes LLP
Harlow & Reyes
Oregon
en_US
America/Los_Angeles
#1f4b5f
+1 503 555 0100
office@harlow.test
1 Main Street, Portland
"""

pytestmark = pytest.mark.slow


@contextmanager
def running(*command: str, log: Path, env: dict[str, str]) -> Generator[None]:
    """A process for as long as this lasts; what it says goes to `log`."""
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=output, stderr=output)
        try:
            yield
        finally:
            process.terminate()
            process.wait(15)


def wait_for(url: str, status: int, log: Path, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if status_of(url) == status:
            return
        time.sleep(0.1)
    raise AssertionError(f"{url} never answered {status}:\n{log.read_text()}")


def flask(env: dict[str, str], *words: str, said: str = "") -> str:
    """Run one of the product's commands; answers what it printed."""
    command = [str(BIN / "flask"), "--app", "wsgi", *words]
    ran = subprocess.run(command, cwd=ROOT, env=env, input=said, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@dataclass
class Deployment:
    """Where nginx answers, whom it is trusted by, and what it logged."""

    https: str
    http: str
    trust: ssl.SSLContext
    log: Path

    def get(self, path: str, **headers: str) -> Any:
        """One GET over TLS."""
        request = urllib.request.Request(self.https + path, headers=headers)
        return urllib.request.urlopen(request, context=self.trust, timeout=15)

    def logged_to(self, line: str) -> str:
        """The access log once it has this line: nginx writes one after it has answered."""
        deadline = time.monotonic() + 15
        while line not in (logged := self.log.read_text()):
            assert time.monotonic() < deadline, logged
            time.sleep(0.05)
        return logged


@pytest.fixture(scope="module")
def granian(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[int, int, dict[str, str]]]:
    """granian and a worker on a new database; yields its port, the port for TLS, the settings."""
    folder = tmp_path_factory.mktemp("deploy")
    port, tls_port = free_port(), free_port()
    env = {
        **os.environ,
        "RETAINER_VAR": str(folder),
        "SECRET_KEY": "only-for-tests-" + "x" * 32,
        "BASE_URL": f"https://localhost:{tls_port}",
    }
    flask(env, "db", "upgrade")
    words = ["create-admin", "--email", "ada@harlow.test", "--name", "Ada Okafor"]
    flask(env, *words, "--password", "a long enough password", said=ANSWERS)
    unit = (ROOT / "deploy/retainer-web.service").read_text()
    (started,) = re.findall(r"^ExecStart=\S+/granian (.+)$", unit, re.M)
    command = [str(BIN / "granian"), *started.replace("8000", str(port)).split()]
    with ExitStack() as stack:
        stack.enter_context(running(*command, log=folder / "web.log", env=env))
        wait_for(f"http://localhost:{port}/healthz", 200, folder / "web.log")
        worker = [str(BIN / "flask"), "--app", "wsgi", "worker"]
        stack.enter_context(running(*worker, log=folder / "worker.log", env=env))
        wait_for(f"http://localhost:{port}/readyz", 200, folder / "worker.log")
        yield port, tls_port, env


@pytest.fixture(scope="module")
def deployment(
    granian: tuple[int, int, dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Generator[Deployment]:
    """deploy/nginx.conf as it is, but for its paths and ports, in front of granian."""
    if NGINX is None:
        lacking("nginx")
    folder = tmp_path_factory.mktemp("nginx")
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    certificate.private_key_pem.write_to_path(folder / "privkey.pem")
    certificate.cert_chain_pems[0].write_to_path(folder / "fullchain.pem")
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    port, tls_port, env = granian
    http_port = free_port()
    changes = {
        "/run/nginx.pid": f"{folder}/nginx.pid",
        "/dev/stdout": f"{folder}/access.log",
        "/etc/nginx/tls": str(folder),
        "/srv/retainer/static/": f"{ROOT}/static/",
        "web:8000": f"127.0.0.1:{port}",
        "listen 80 ": f"listen 127.0.0.1:{http_port} ",
        "listen 443 ": f"listen 127.0.0.1:{tls_port} ",
        "http {": "http {\n"
        + "".join(
            f"    {kind}_temp_path {folder}/{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        ),
    }
    text = (ROOT / "deploy/nginx.conf").read_text()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    (folder / "nginx.conf").write_text(text)
    more = "daemon off;" + (" user root;" if os.geteuid() == 0 else "")
    command = [NGINX, "-c", str(folder / "nginx.conf"), "-g", more]
    with running(*command, log=folder / "nginx.log", env=env):
        http = f"http://localhost:{http_port}"
        wait_for_port(tls_port, folder / "nginx.log")
        yield Deployment(f"https://localhost:{tls_port}", http, trust, folder / "access.log")


def wait_for_port(port: int, log: Path) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(log.read_text())


def test_a_new_deployment_serves_staff_their_door(deployment: Deployment) -> None:
    page = deployment.get("/staff/sign-in")
    assert page.status == 200
    assert "Harlow &amp; Reyes" in page.read().decode()
    assert "max-age=" in page.headers["Strict-Transport-Security"]


def test_plain_http_leads_to_https(deployment: Deployment) -> None:
    plain = http.client.HTTPConnection(deployment.http.removeprefix("http://"), timeout=15)
    plain.request("GET", "/pay/abc?amount=5")
    moved = plain.getresponse()
    plain.close()
    assert moved.status == 301
    assert moved.headers["Location"] == "https://localhost/pay/abc?amount=5"


def test_pages_and_files_are_compressed_and_versioned_files_are_kept(
    deployment: Deployment,
) -> None:
    page = deployment.get("/staff/sign-in", **{"Accept-Encoding": "gzip"})
    assert page.headers["Content-Encoding"] == "gzip"
    html = gzip.decompress(page.read()).decode()
    script = re.findall(r'src="(/static/[^"]+\?v=[^"]+)"', html)[0]
    file = deployment.get(script, **{"Accept-Encoding": "gzip"})
    assert file.headers["Content-Encoding"] == "gzip"
    assert file.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert deployment.get(script.split("?")[0]).headers["Cache-Control"] == "no-cache"


def test_an_address_that_opens_something_is_masked_in_the_access_log(
    deployment: Deployment,
) -> None:
    with pytest.raises(urllib.error.HTTPError) as missing:
        deployment.get("/pay/aSecretOfSomebody?amount=5&name=Cleo")
    missing.value.close()
    assert missing.value.code == 404
    opening = ("staff/invitations", "staff/forgotten-password", "sign-in", "invitations")
    for path in opening:
        with pytest.raises(urllib.error.HTTPError) as unknown:
            deployment.get(f"/{path}/aSecretOfSomebody")
        unknown.value.close()
    deployment.get("/healthz?secret=aSecretOfSomebody")
    logged = deployment.logged_to("GET /healthz")
    assert "/pay/[token] 404" in logged
    assert "/staff/invitations/[token] 404" in logged
    assert "/staff/forgotten-password/[token] 410" in logged
    assert "/invitations/[token] 404" in logged
    assert re.search(r"/sign-in/\[token\] 4\d\d", logged)
    assert "/healthz 200" in logged
    assert "aSecretOfSomebody" not in logged
    assert "Cleo" not in logged


@pytest.mark.quiet
def test_slow_clients_hold_nobody_up(deployment: Deployment) -> None:
    port = int(deployment.https.rsplit(":", 1)[1])
    head = b"POST /webhooks/stripe HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"
    with ExitStack() as stack:
        for _ in range(SLOW_CLIENTS):
            plain = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            slow = stack.enter_context(
                deployment.trust.wrap_socket(plain, server_hostname="localhost")
            )
            slow.sendall(head + b"x" * 10)
        began = time.monotonic()
        assert deployment.get("/healthz").status == 200
        assert time.monotonic() - began < 2


def test_the_units_the_image_and_the_compose_file_agree_on_how_to_start() -> None:
    deploy = {path.name: path.read_text() for path in (ROOT / "deploy").iterdir() if path.is_file()}
    serve = (
        "--interface wsgi --host 127.0.0.1 --port 8000 --workers 2 --blocking-threads 32 wsgi:app"
    )
    assert serve in deploy["retainer-web.service"]
    image = re.sub(r'[",\[\]\\\s]+', " ", deploy["Dockerfile"])
    assert serve.replace("127.0.0.1", "0.0.0.0") in image
    copied = re.findall(r"^COPY (.+) \S+$", deploy["Dockerfile"], re.M)
    assert [name for line in copied for name in line.split() if not (ROOT / name).exists()] == []
    needed = {"app.py", "wsgi.py", "portal", "payments", "migrations", "templates", "static"}
    assert needed <= {name for line in copied for name in line.split()}
    for name in ("retainer-worker.service", "compose.yaml"):
        assert re.search(r"flask.*worker", deploy[name])
