"""Files of 100 MB on their way to a running product over real sockets, whole, in parts and cut off;
what the product takes of memory meanwhile, and what lies in its store that belongs to nothing."""

import copy
import hashlib
import json
import os
import re
import shutil
import socket
import sqlite3
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlencode, urlsplit

from portal.firm.demo import DEMO_PASSWORD
from tests.support.browser import Product
from tests.support.parts import lacking
from tests.support.uploads import MAX, PART

MIB = 1024 * 1024
ANSWER_SECONDS_MAX = 300
FORM = "application/x-www-form-urlencoded"
BYTES = "application/octet-stream"


class LargeFile:
    """104,857,600 bytes like no other's, of which one megabyte is in memory."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._block = os.urandom(MIB)
        hashed = hashlib.sha256()
        for piece in self.pieces(0, MAX):
            hashed.update(piece)
        self.sha256 = hashed.hexdigest()

    def pieces(self, start: int, end: int) -> Iterator[memoryview]:
        """The bytes from `start`, where a megabyte begins, up to `end`."""
        for at in range(start, end, MIB):
            yield memoryview(self._block)[: min(MIB, end - at)]


@dataclass(frozen=True)
class Answer:
    """An answer, and the seconds until its last byte."""

    status: int
    text: str
    seconds: float

    @property
    def told(self) -> dict[str, Any]:
        """What it says to a script; fails for anything but a success."""
        assert self.status in (200, 201), f"{self.status}: {self.text[:500]}"
        return json.loads(self.text)


class Desk:
    """Ada, signed in at a running product, and a matter of the firm's."""

    def __init__(self, product: Product) -> None:
        self._port = urlsplit(product.base_url).port
        self._cookies: dict[str, str] = {}
        self._token = self._token_on("/staff/sign-in")
        typed = {"email": "ada@demo.test", "password": DEMO_PASSWORD, "csrf_token": self._token}
        entered = self.ask("POST", "/staff/sign-in", urlencode(typed).encode(), kind=FORM)
        assert entered.status in (302, 303), entered.text
        ((self.matter,),) = rows(product.var, "SELECT public_id FROM matter ORDER BY id LIMIT 1")
        self.documents = f"/staff/matters/{self.matter}/documents"
        self._token = self._token_on(self.documents)

    def at(self, port: int) -> "Desk":
        """The same, at another web server of the same product."""
        moved = copy.copy(self)
        moved._port = port
        return moved

    def _token_on(self, path: str) -> str:
        page = self.ask("GET", path)
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
        assert found is not None, f"{page.status}: {page.text[:500]}"
        return found[1]

    def _headers(self, kind: str) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        token = getattr(self, "_token", "")
        return {"Cookie": cookies, "X-CSRFToken": token, "Content-Type": kind}

    def ask(
        self, method: str, path: str, body: Any = b"", length: int | None = None, kind: str = BYTES
    ) -> Answer:
        """One request on a connection of its own."""
        size = len(body) if length is None else length
        headers = {**self._headers(kind), "Content-Length": str(size)}
        with closing(HTTPConnection("localhost", self._port, timeout=ANSWER_SECONDS_MAX)) as line:
            began = time.perf_counter()
            line.request(method, path, body, headers)
            answer = line.getresponse()
            text = answer.read().decode()
            seconds = time.perf_counter() - began
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        return Answer(answer.status, text, seconds)

    def post(self, path: str, **form: str) -> Answer:
        """A form."""
        return self.ask("POST", path, urlencode(form).encode(), kind=FORM)

    def begin(self, name: str) -> dict[str, Any]:
        """Announce a file of 104,857,600 bytes."""
        return self.post(f"/staff/matters/{self.matter}/uploads", name=name, size=str(MAX)).told

    def put(self, state: dict[str, Any], file: LargeFile) -> Answer:
        """Send the file in one piece."""
        return self.ask("PUT", state["address"], file.pieces(0, MAX), MAX)

    def put_parts(self, state: dict[str, Any], file: LargeFile, count: int) -> None:
        """Send the first parts of it, as the page's script does."""
        for number, start in enumerate(range(0, MAX, PART)[:count], start=1):
            end = min(start + PART, MAX)
            part = f"{state['address']}?part={number}"
            assert self.ask("PUT", part, file.pieces(start, end), end - start).status == 200

    def finish(self, state: dict[str, Any]) -> Answer:
        """Make a document of what came."""
        return self.ask("POST", state["finish_address"])

    def cut(self, address: str, file: LargeFile, length: int, sent: int, *, reset: bool) -> None:
        """Announce so many bytes, send fewer, and be gone: by a reset or by a quiet end."""
        head = [f"PUT {address} HTTP/1.1", f"Host: localhost:{self._port}"]
        headers = {**self._headers(BYTES), "Content-Length": str(length)}
        head += [f"{name}: {value}" for name, value in headers.items()]
        with socket.create_connection(("localhost", self._port), timeout=60) as line:
            line.sendall("\r\n".join([*head, "", ""]).encode())
            for piece in file.pieces(0, sent):
                line.sendall(piece)
            if reset:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def processes(pid: int) -> set[int]:
    """A process and all that came of it (Linux)."""
    found = {pid}
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in listed.read_text(encoding="ascii").split():
                found |= processes(int(child))
    return found


def resident_bytes(pid: int) -> int:
    """What a process and all that came of it hold in memory, each for itself."""
    total = 0
    for one in processes(pid):
        with suppress(OSError):
            total += int(Path(f"/proc/{one}/statm").read_text(encoding="ascii").split()[1])
    return total * os.sysconf("SC_PAGE_SIZE")


def spooled_bytes(pid: int) -> int:
    """What the web server keeps of bodies on their way in: files without a name, of a megabyte and
    more."""
    total = 0
    for handle in (one for own in processes(pid) for one in Path(f"/proc/{own}/fd").glob("*")):
        with suppress(OSError):
            size = handle.stat().st_size
            if size >= MIB and str(handle.readlink()).endswith("(deleted)"):
                total += size
    return total


@dataclass
class Watch:
    """A page that is asked for all the while, at each server by turns, and what these processes
    take of memory; in a thread each."""

    desks: Sequence[Desk]
    pids: Sequence[int]
    seconds: list[float] = field(default_factory=list)
    statuses: set[int] = field(default_factory=set)
    grown_bytes: int = 0

    def __enter__(self) -> "Watch":
        self._done = threading.Event()
        self._before = self._now()
        self._threads = [threading.Thread(target=run) for run in (self._ask, self._weigh)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        while not self._done.wait(0.05):
            desk = self.desks[len(self.seconds) % len(self.desks)]
            answer = desk.ask("GET", desk.documents)
            self.seconds.append(answer.seconds)
            self.statuses.add(answer.status)

    def _weigh(self) -> None:
        while not self._done.wait(0.05):
            self.grown_bytes = max(self.grown_bytes, self._now() - self._before)

    def _now(self) -> int:
        return sum(map(resident_bytes, self.pids))

    @property
    def p95_seconds(self) -> float:
        """How long the page took for all but one in twenty."""
        return sorted(self.seconds)[int(len(self.seconds) * 0.95)]


def rows(var: Path, query: str) -> list[tuple[Any, ...]]:
    """What the product's database answers, or has done to it."""
    with closing(sqlite3.connect(var / "retainer.db", timeout=60)) as connection, connection:
        return connection.execute(query).fetchall()


def objects(store: Path) -> set[str]:
    """The names of all that lies in a store, on its way in or there."""
    found: set[str] = set()
    for folder, _, names in os.walk(store):
        found |= {(Path(folder) / name).relative_to(store).as_posix() for name in names}
    return found


def belonging_to_nothing(var: Path, store: Path) -> set[str]:
    """Objects that no row names, rows whose object is not there, and files that nothing uses."""
    files = {one for (one,) in rows(var, "SELECT public_id FROM stored_file")}
    parts = "SELECT public_id, number FROM upload_part JOIN upload ON upload.id = upload_id"
    needed = {f"files/{one}" for one in files}
    needed |= {f"parts/{upload}/{number}" for upload, number in rows(var, parts)}
    unused = (
        "SELECT public_id FROM stored_file WHERE id NOT IN (SELECT file_id FROM document_version)"
        " AND id NOT IN (SELECT file_id FROM upload WHERE file_id IS NOT NULL)"
    )
    there = objects(store)
    previews = {f"previews/{one}" for one in files}
    return (
        (there - needed - previews)
        | (needed - there)
        | {f"stored_file {one}" for (one,) in rows(var, unused)}
    )


def until(truth: Callable[[], Any], seconds: float = 60) -> float:
    """Wait for something to be true, so long; answers how long it took."""
    began = time.monotonic()
    while not truth():
        assert time.monotonic() - began < seconds, "it never came to be"
        time.sleep(0.1)
    return time.monotonic() - began


@contextmanager
def small_disk(folder: Path, size_bytes: int) -> Generator[Path]:
    """A disk of that size which nobody else sees, as this or any other user may mount one."""
    unshare = shutil.which("unshare") or lacking("unshare (util-linux)")
    folder.mkdir()
    script = f"mount -t tmpfs -o size={size_bytes} none '{folder}' && echo mounted && exec cat"
    command = [unshare, "--mount", "--map-root-user", "sh", "-c", script]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        if holder.stdout.readline() != b"mounted\n":
            lacking("a user who may `unshare --mount --map-root-user` and mount a tmpfs in it")
        yield Path(f"/proc/{holder.pid}/root{folder}")
        holder.kill()
