"""WSGI servers under measurement: granian with one worker, the same threads for everybody."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.harness.load import ROOT, Answers, Order, load, request

THREADS = 8
START_SECONDS_MAX = 30.0
GRANIAN = str(Path(sys.executable).with_name("granian"))


@dataclass(frozen=True)
class Server:
    """A running server and its process."""

    port: int
    pid: int

    def ask(self, requests: Sequence[bytes], count: int, connections: int = 1) -> Answers:
        """Put load on it, and take the processor time that it spent on that."""
        before = self._cpu_seconds()
        answers = load(Order(self.port, requests, count, connections))
        answers.server_seconds = self._cpu_seconds() - before
        return answers

    def page(self, path: str) -> str:
        """The page at an address, as it answers now."""
        return self.ask([request("GET", path)], 1).last_body.decode()

    def _cpu_seconds(self) -> float:
        return sum(_cpu_seconds(pid) for pid in (self.pid, *children_of(self.pid)))

    def memory_mib(self) -> float:
        """Resident memory of the server and its workers, in MiB."""
        return sum(resident_mib(pid) for pid in (self.pid, *children_of(self.pid)))


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def children_of(pid: int) -> list[int]:
    """The processes that a process has started (Linux)."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(child) for child in listed.split()]


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mib(pid: int) -> float:
    """Resident memory of one process, in MiB (Linux)."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


@contextmanager
def granian(factory: str, given: Mapping[str, object]) -> Generator[Server]:
    """Serve the WSGI app that `bench.harness.targets:<factory>` makes of `given` (JSON values)."""
    port = free_port()
    argv = [GRANIAN, "--interface", "wsgi", "--factory", "--no-ws", "--http", "1"]
    argv += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    argv += ["--blocking-threads", str(THREADS), "--log-level", "warning"]
    argv.append(f"bench.harness.targets:{factory}")
    with running(argv, {"BENCH_GIVEN": json.dumps(given)}) as process:
        wait_for(port, "/healthz", process)
        yield Server(port, process.pid)


@contextmanager
def running(argv: list[str], more_env: Mapping[str, str]) -> Generator["subprocess.Popen[bytes]"]:
    """A process from the project's root, asked to end afterwards and killed after ten seconds."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), **more_env}
    process = subprocess.Popen(argv, cwd=ROOT, env=env, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(port: int, path: str, process: "subprocess.Popen[bytes]") -> None:
    """Wait until the server answers. Raises RuntimeError if it ends first, or after 30 s."""
    until = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
            continue
        answers = load(Order(port, [request("GET", path)], 1, 1))
        if not answers.statuses[200]:
            raise RuntimeError(f"{path} answered {dict(answers.statuses)}")
        return
    raise RuntimeError("the server did not come up")


@contextmanager
def waitress(given: Mapping[str, object]) -> Generator[Server]:
    """Serve the product as `python3 app.py` does."""
    port = free_port()
    code = (
        "import logging; logging.getLogger('waitress.queue').setLevel('ERROR'); "
        "from bench.harness.targets import product; from portal.core.processes import web_server; "
        f"web_server(product(), {port})()"
    )
    with running([sys.executable, "-c", code], {"BENCH_GIVEN": json.dumps(given)}) as process:
        wait_for(port, "/healthz", process)
        yield Server(port, process.pid)
