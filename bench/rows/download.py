"""100 MiB going out: the product beside nginx that sends the file by itself, and its memory.

nginx serves a file of the same size as X-Accel would, without asking anybody. The product asks the
database before, and twice a second while bytes go out. By granian, and by waitress as shipped.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bench.harness.bills import add_debtor
from bench.harness.files import MIB, Desk, ask, desk_at, headers_of
from bench.harness.firm import SANDBOX, BenchFirm, bench_firm
from bench.harness.rounds import median_seconds
from bench.harness.servers import (
    Server,
    children_of,
    free_port,
    granian,
    resident_mib,
    running,
    wait_for,
    waitress,
)
from bench.harness.table import Table

ROUNDS = 9
SIZE = 100 * MIB
GOAL_NGINX, GOAL_MIB = 0.9, 10.0

CONFIG = """
{user}
daemon off;
pid {folder}/pid;
error_log {folder}/log;
worker_processes 1;
events {{ worker_connections 64; }}
http {{
    access_log off;
    sendfile on;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{ listen 127.0.0.1:{port}; root {folder}; }}
}}
"""


@contextmanager
def _nginx(folder: Path) -> Generator[int]:
    port, program = free_port(), shutil.which("nginx") or "/usr/sbin/nginx"
    config = folder / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""  # else its workers could not read our folder
    config.write_text(CONFIG.format(folder=folder, port=port, user=user), encoding="utf-8")
    with running([program, "-c", str(config)], {}) as process:
        wait_for(port, "/healthz", process)
        yield port


def _fetch(desk: Desk, document: str) -> float:
    path = f"/staff/documents/{document}/file"
    return ask(desk.server.port, "GET", path, b"", desk.headers).seconds


def _memory(server: Server, work: Callable[[], object]) -> float:
    pids = [server.pid, *children_of(server.pid)]
    before = sum(resident_mib(pid) for pid in pids)
    for _ in range(3):
        work()
    return sum(resident_mib(pid) for pid in pids) - before


def _measure(table: Table, firm: BenchFirm, matter: str, body: bytes) -> None:
    cookie = headers_of(firm)
    with (
        tempfile.TemporaryDirectory(dir=firm.var) as name,
        granian("product", firm.given(**SANDBOX)) as threads,
        waitress(firm.given(**SANDBOX)) as shipped,
    ):
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "healthz").write_text("ok", encoding="ascii")
        (folder / "file").write_bytes(body)
        at = {
            "granian": desk_at(threads, cookie, matter),
            "waitress": desk_at(shipped, cookie, matter),
        }
        address = at["granian"].begin(SIZE)
        at["granian"].put(address, body)
        document, _seconds = at["granian"].finish(address)
        for server, desk in at.items():
            _fetch(desk, document)
            grown = _memory(desk.server, partial(_fetch, desk, document))
            table.at_most(f"memory grown, {server}, MiB", grown, GOAL_MIB, "{:.1f}")
        with _nginx(folder) as port:
            ways: dict[str, Callable[[], float]] = {
                "nginx": lambda: ask(port, "GET", "/file").seconds,
                **{server: partial(_fetch, desk, document) for server, desk in at.items()},
            }
            found = median_seconds(ways, ROUNDS)
        for server, seconds in found.items():
            table.note(server, f"{SIZE / MIB / seconds:.0f} MiB/s")
        for server in at:
            table.at_least(f"{server}, of nginx", found["nginx"] / found[server], GOAL_NGINX)


def main() -> None:
    """Measure and print."""
    from app import create_app
    from portal.clients.models import Matter
    from portal.core import db

    table = Table("Download of 100 MiB")
    with bench_firm() as firm:
        create_app(firm.settings(**SANDBOX))
        matter_id = add_debtor(firm, 0).matter_id
        with db.read() as session:
            matter = session.get_one(Matter, matter_id).public_id
        db.disconnect()
        _measure(table, firm, matter, os.urandom(SIZE))
    table.show()


if __name__ == "__main__":
    main()
