"""One product owns a folder, one web process owns a worker, and neither outlives its time."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from portal.core import processes
from portal.core.processes import AlreadyRunning, WorkerChild, hold_lock
from tests.support.source import ROOT

STUB = """
import os, sys, threading, time
from portal.core.processes import run_worker_process

class Stub:
    def __init__(self): self.stopping = threading.Event()
    def stop(self): self.stopping.set()
    def run_forever(self):
        with open(sys.argv[1], "a") as told: told.write(f"{os.getpid()}\\n")
        {body}

run_worker_process(Stub())
"""
WAITS = STUB.replace("{body}", "self.stopping.wait()")
HANGS = STUB.replace("{body}", "while True: time.sleep(60)")
FAILS = STUB.replace("{body}", "raise RuntimeError('the database is gone')")
WEB = """
import sys, time
from portal.core.processes import WorkerChild, run_web_process

child = WorkerChild([sys.executable, "-c", sys.argv[1], sys.argv[2]], {"PATH": ""})
run_web_process(lambda: time.sleep(60), child)
"""
LOCKS = """
import sys, time
from pathlib import Path
from portal.core.processes import hold_lock

with hold_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""

Start = Callable[..., "subprocess.Popen[str]"]


def until(truth: Callable[[], Any], seconds: float = 15) -> float:
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if truth():
            return time.monotonic() - began
        time.sleep(0.01)
    raise AssertionError("it never came to be")


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not (state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] == "Z")


def pids(told: Path) -> list[int]:
    return [int(line) for line in told.read_text().split()] if told.exists() else []


@pytest.fixture
def start() -> Generator[Start]:
    """Start a Python program; it is gone at the end of the test."""
    running: list[subprocess.Popen[str]] = []

    def run(code: str, *arguments: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", code, *arguments]
        program = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        running.append(program)
        return program

    yield run
    for program in running:
        program.kill()
        program.communicate()


@pytest.fixture
def child(tmp_path: Path) -> Generator[Callable[[str], WorkerChild]]:
    """Start a worker child that runs some code; it is stopped at the end of the test."""
    children: list[WorkerChild] = []

    def run(code: str) -> WorkerChild:
        path = {"PYTHONPATH": str(ROOT)}
        made = WorkerChild([sys.executable, "-c", code, str(tmp_path / "told")], path)
        made.start()
        children.append(made)
        return made

    yield run
    for made in children:
        made.stop()


def test_a_second_product_on_the_same_folder_is_refused_with_a_sentence(
    start: Start, tmp_path: Path
) -> None:
    first = start(LOCKS, str(tmp_path))
    assert first.stdout is not None
    assert first.stdout.readline() == "held\n"
    second = start(LOCKS, str(tmp_path))
    said = second.communicate(timeout=15)[1]
    assert second.returncode == 1
    assert said == (
        f"Retainer is already running on {tmp_path} (process {first.pid}): stop that one first.\n"
    )


def test_the_folder_is_free_again_after_a_kill(start: Start, tmp_path: Path) -> None:
    killed = start(LOCKS, str(tmp_path))
    assert killed.stdout is not None
    killed.stdout.readline()
    with pytest.raises(AlreadyRunning), hold_lock(tmp_path):
        pass
    killed.kill()
    killed.wait()
    with hold_lock(tmp_path):
        pass


def test_a_worker_that_dies_is_started_again_each_time_a_little_later(
    child: Callable[[str], WorkerChild], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "RESTART_SECONDS_MIN", 0.1)
    child(FAILS)
    until(lambda: len(set(pids(tmp_path / "told"))) >= 3, 30)


def test_a_killed_worker_is_replaced(
    child: Callable[[str], WorkerChild], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "RESTART_SECONDS_MIN", 0.1)
    child(WAITS)
    until(lambda: pids(tmp_path / "told"))
    os.kill(pids(tmp_path / "told")[0], signal.SIGKILL)
    until(lambda: len(pids(tmp_path / "told")) == 2)


@pytest.mark.quiet
@pytest.mark.parametrize("code", [WAITS, HANGS], ids=["obedient", "hanging"])
def test_a_stopped_worker_is_gone_within_a_second_and_stays_gone(
    code: str, child: Callable[[str], WorkerChild], tmp_path: Path
) -> None:
    worker = child(code)
    until(lambda: pids(tmp_path / "told"))
    began = time.monotonic()
    worker.stop()
    assert time.monotonic() - began < 1.2
    assert worker.pid is None
    assert not alive(pids(tmp_path / "told")[0])


@pytest.mark.quiet
@pytest.mark.parametrize("code", [WAITS, HANGS], ids=["obedient", "hanging"])
def test_sigterm_ends_web_and_worker_within_a_second(
    code: str, start: Start, tmp_path: Path
) -> None:
    web = start(WEB, code, str(tmp_path / "told"))
    until(lambda: pids(tmp_path / "told"))
    began = time.monotonic()
    web.send_signal(signal.SIGTERM)
    assert web.wait(5) == 0
    until(lambda: not alive(pids(tmp_path / "told")[0]))
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("code", [WAITS, HANGS], ids=["obedient", "hanging"])
def test_a_worker_does_not_outlive_a_killed_web_process(
    code: str, start: Start, tmp_path: Path
) -> None:
    web = start(WEB, code, str(tmp_path / "told"))
    until(lambda: pids(tmp_path / "told"))
    web.kill()
    web.wait()
    assert until(lambda: not alive(pids(tmp_path / "told")[0])) < 2


def test_a_worker_run_by_hand_does_not_mind_that_its_input_is_closed(
    start: Start, tmp_path: Path
) -> None:
    """`flask worker < /dev/null`, as a service manager starts it."""
    command = [sys.executable, "-c", WAITS, str(tmp_path / "told")]
    worker = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL)
    until(lambda: pids(tmp_path / "told"))
    time.sleep(0.3)
    assert worker.poll() is None
    worker.terminate()
    assert worker.wait(5) == 0
