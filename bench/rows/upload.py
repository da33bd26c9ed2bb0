"""100 MiB coming in: one PUT beside a bare process, in parts, by form, and what it takes of memory.

Every contender hashes the file (SHA-256) and waits until it is on the disk.
"""

import os
import sys
import tempfile
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from subprocess import PIPE, Popen

from bench.harness.bills import add_debtor
from bench.harness.files import FORM_HEADERS, MIB, Desk, ask, desk_at, form_of, headers_of
from bench.harness.firm import SANDBOX, bench_firm
from bench.harness.load import ROOT
from bench.harness.rounds import median_seconds
from bench.harness.servers import Server, children_of, granian, resident_mib
from bench.harness.table import Table

ROUNDS = 9
SIZE = 100 * MIB
PART = 8 * MIB
GOAL_BARE, GOAL_PARTS, GOAL_FORM = 0.8, 0.9, 0.9
GOAL_ONE_MIB, GOAL_FOUR_MIB = 12.0, 24.0


@contextmanager
def _bare_process(folder: Path) -> Generator[int]:
    argv = [sys.executable, "-m", "bench.harness.bare_files", str(folder)]
    with Popen(argv, cwd=ROOT, stdout=PIPE) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


def _whole(desk: Desk, body: bytes) -> float:
    address = desk.begin(len(body))
    return desk.put(address, body) + desk.finish(address)[1]


def _in_parts(desk: Desk, body: bytes) -> float:
    address = desk.begin(len(body))
    seconds = 0.0
    for number, start in enumerate(range(0, len(body), PART), start=1):
        seconds += desk.put(address, body[start : start + PART], number)
    return seconds + desk.finish(address)[1]


def _by_form(desk: Desk, body: bytes) -> float:
    form = form_of(body, desk.token)
    headers = {**desk.headers, **FORM_HEADERS}
    path = f"/staff/matters/{desk.matter}/files"
    return ask(desk.server.port, "POST", path, form, headers).seconds


def _grown_mib(server: Server, work: Callable[[], object]) -> float:
    """How far the server and its workers grow over what they were, at the highest."""
    pids = [server.pid, *children_of(server.pid)]
    before = sum(resident_mib(pid) for pid in pids)
    highest, done = before, threading.Event()

    def watch() -> None:
        nonlocal highest
        while not done.wait(0.01):
            highest = max(highest, sum(resident_mib(pid) for pid in pids))

    watching = threading.Thread(target=watch)
    watching.start()
    work()
    done.set()
    watching.join()
    return highest - before


def _four(desk: Desk, body: bytes) -> None:
    threads = [threading.Thread(target=_whole, args=(desk, body)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _speeds(table: Table, desk: Desk, body: bytes, folder: Path) -> None:
    form = form_of(body, "x")
    given = {"folder": str(folder)}
    with _bare_process(folder) as bare, granian("bare_file_form", given) as bare_form:
        ways: dict[str, Callable[[], float]] = {
            "bare": lambda: ask(bare, "PUT", "/", body).seconds,
            "whole": lambda: _whole(desk, body),
            "parts": lambda: _in_parts(desk, body),
            "bare form": lambda: ask(bare_form.port, "POST", "/file", form, FORM_HEADERS).seconds,
            "form": lambda: _by_form(desk, body),
        }
        found = median_seconds(ways, ROUNDS)
    for name, seconds in found.items():
        table.note(name, f"{SIZE / MIB / seconds:.0f} MiB/s")
    table.at_least("one PUT, of the bare process", found["bare"] / found["whole"], GOAL_BARE)
    table.at_least("in parts of 8 MiB, of one PUT", found["whole"] / found["parts"], GOAL_PARTS)
    table.at_least("by form, of a bare form", found["bare form"] / found["form"], GOAL_FORM)


def main() -> None:
    """Measure and print."""
    from app import create_app
    from portal.clients.models import Matter
    from portal.core import db

    table = Table("Upload of 100 MiB, hashed and on the disk")
    body = os.urandom(SIZE)
    with bench_firm() as firm, tempfile.TemporaryDirectory(dir=firm.var) as folder:
        create_app(firm.settings(**SANDBOX))
        matter_id = add_debtor(firm, 0).matter_id
        with db.read() as session:
            matter = session.get_one(Matter, matter_id).public_id
        db.disconnect()
        cookie = headers_of(firm)
        with granian("product", firm.given(**SANDBOX)) as server:
            desk = desk_at(server, cookie, matter)
            _whole(desk, body[:PART])
            one = _grown_mib(server, partial(_whole, desk, body))
            table.at_most("memory for one, MiB", one, GOAL_ONE_MIB, "{:.1f}")
            four = _grown_mib(server, lambda: _four(desk, body))
            table.at_most("memory for four at once, MiB", four, GOAL_FOUR_MIB, "{:.1f}")
            _speeds(table, desk, body, Path(folder))
    table.show()


if __name__ == "__main__":
    main()
