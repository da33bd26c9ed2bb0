"""The processes of one machine: the web process owns one worker, and one product owns a `var/`.

The worker's standard input is a pipe that only the web process holds: when the web process ends,
however it ends, the pipe closes and the worker stops. Both stop within a second of SIGTERM; a job
that needs longer is given back and runs again, since every job may run more than once.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from socket import SOCK_STREAM
from types import FrameType
from typing import Any, Protocol

import structlog

try:
    import fcntl
except ImportError:  # Windows: two products on one var/ are not told apart there
    fcntl = None

STOP_SECONDS_MAX = 0.9
RESTART_SECONDS_MIN = 0.5
RESTART_SECONDS_MAX = 30.0
LIVED_LONG_SECONDS = 60.0
SWITCH_SECONDS = 0.0005
"""How long a thread of the worker may keep the others from Python. At Python's own 5 ms whoever
holds the database's one writing gate waits that long after each statement, and all others behind
it: four threads that compute and write get a third to a half more done with this."""
GUARDED = "RETAINER_WORKER_ENDS_WITH_STDIN"
BODY_BYTES_MAX = 104_857_600 + 1024 * 1024
"""The largest document in a form, and a little more so that the page itself can say no."""

SENDING_BYTES_MAX = 256 * 1024
"""What the kernel (which doubles it) holds for a slow reader. Whoever is stopped still gets that:
at 256 KiB a second it is two seconds' worth."""

log = structlog.get_logger("processes")


class AlreadyRunning(SystemExit):
    """Another product runs on this `var/`. Left alone, it prints its sentence and exits with 1."""


@contextmanager
def hold_lock(var: Path) -> Generator[None]:
    """Own `var/` for as long as this lasts. Raises `AlreadyRunning` if somebody does already."""
    var.mkdir(parents=True, exist_ok=True)
    with (var / "running.lock").open("a+", encoding="ascii") as handle:
        if fcntl is not None:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                handle.seek(0)
                raise AlreadyRunning(
                    f"Retainer is already running on {var} (process {handle.read().strip()}): "
                    "stop that one first."
                ) from None
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        yield


class PortTaken(SystemExit):
    """Somebody else listens there. Left alone, it prints its sentence and exits with 1."""


def refuse_taken_port(host: str, port: int) -> None:
    """Raise `PortTaken` now, rather than after the demo firm was made for nothing."""
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=SOCK_STREAM):
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
            except OSError:
                raise PortTaken(
                    f"Another program listens on port {port}: stop it, or choose another port, "
                    f"such as: PORT={port + 1} python3 app.py"
                ) from None


class WorkerChild:
    """The one worker of a web process: started, restarted when it dies, stopped with it."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str]) -> None:
        self._argv = list(argv)
        self._env = {**env, GUARDED: "1"}
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._keeper = threading.Thread(target=self._keep_alive, name="worker-keeper", daemon=True)

    @property
    def pid(self) -> int | None:
        """The worker's process id; None between two lives."""
        child = self._child
        return child.pid if child is not None and child.poll() is None else None

    def start(self) -> None:
        """Start the worker and keep it alive until `stop()`."""
        self._keeper.start()

    def stop(self) -> None:
        """End the worker: asked first, killed after 0.9 seconds. Its jobs are owed as before."""
        self._stopping.set()
        with self._lock:
            child = self._child
        if child is None:
            return
        child.terminate()
        try:
            child.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        self._keeper.join(STOP_SECONDS_MAX)

    def _keep_alive(self) -> None:
        pause = RESTART_SECONDS_MIN
        while not self._stopping.is_set():
            began = time.monotonic()
            child = self._spawn()
            if child is None:
                return
            code = child.wait()
            if child.stdin is not None:
                child.stdin.close()
            if self._stopping.is_set():
                return
            if time.monotonic() - began > LIVED_LONG_SECONDS:
                pause = RESTART_SECONDS_MIN
            log.error("the worker died and is started again", exit_code=code, in_seconds=pause)
            self._stopping.wait(pause)
            pause = min(pause * 2, RESTART_SECONDS_MAX)

    def _spawn(self) -> "subprocess.Popen[bytes] | None":
        with self._lock:
            if self._stopping.is_set():
                return None
            self._child = subprocess.Popen(  # noqa: S603 - our own command
                self._argv,
                env=self._env,
                stdin=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C is for the web process, which then tells us
            )
            return self._child


class Work(Protocol):
    """What a worker process runs."""

    def run_forever(self) -> None:
        """Work until stopped; raise whatever breaks it."""
        ...

    def stop(self) -> None:
        """Come back from `run_forever` soon. Called from a signal handler or another thread."""
        ...


def web_server(app: Any, port: int) -> Callable[[], None]:
    """The web server of one machine: it buffers slow clients, and listens on localhost only."""
    return new_web_server(app, f"localhost:{port}").run


def new_web_server(app: Any, listen: str, *, threads: int = 8) -> Any:
    """The same, not yet running, on that host and port."""
    from waitress.server import create_server  # only the process that serves pays for it

    server: Any = create_server(
        app,
        listen=listen,
        threads=threads,
        ident=None,
        channel_timeout=60,
        max_request_body_size=BODY_BYTES_MAX,
    )
    little = (socket.SOL_SOCKET, socket.SO_SNDBUF, SENDING_BYTES_MAX)
    server.adj.socket_options = [*server.adj.socket_options, little]
    return server


def run_web_process(serve: Callable[[], None], child: WorkerChild | None) -> None:
    """Serve until SIGTERM or SIGINT, with the worker beside it; both are gone within a second."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        # A request may hold the server up, but not for longer than this.
        last_word = threading.Timer(STOP_SECONDS_MAX, os._exit, (0,))
        last_word.daemon = True
        last_word.start()
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    if child is not None:
        child.start()
    try:
        serve()
    finally:
        if child is not None:
            child.stop()


def run_worker_process(worker: Work) -> None:
    """Work until SIGTERM, SIGINT or the end of the web process; then end this process.

    Exits with 0, or with 1 if the loop failed, so that whoever owns the process starts it again.
    Never returns: a job that is still running must not hold the exit up.
    """

    def stop(_signal: int, _frame: FrameType | None) -> None:
        worker.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if os.environ.get(GUARDED):
        threading.Thread(target=_stop_at_end_of_stdin, args=(worker,), daemon=True).start()
    sys.setswitchinterval(SWITCH_SECONDS)
    code = 0
    try:
        worker.run_forever()
    except BaseException:
        log.exception("the worker's loop failed")
        code = 1
    _flush(sys.stdout, sys.stderr)
    os._exit(code)


def _stop_at_end_of_stdin(worker: Work) -> None:
    while os.read(0, 4_096):
        pass
    worker.stop()
    time.sleep(STOP_SECONDS_MAX)
    os._exit(0)  # nobody is left who would kill a worker that hangs


def _flush(*streams: Any) -> None:
    for stream in streams:
        try:
            stream.flush()
        except (OSError, ValueError):  # the reader of our output has gone already
            continue
