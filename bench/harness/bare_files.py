"""Bare ways to take a file: a process that reads a socket, and a form, each hashed and on disk.

python -m bench.harness.bare_files FOLDER      prints its port, takes one connection at a time
"""

import hashlib
import os
import socket
import sys
from pathlib import Path
from typing import Any

from flask import Flask, Request, request
from werkzeug.formparser import FormDataParser

PIECE_BYTES = 256 * 1024


def serve(folder: Path) -> None:
    """Take bodies by HTTP, as plainly as can be: hash them, write them, wait for the disk."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(listening.getsockname()[1], flush=True)
        while True:
            connection, _ = listening.accept()
            with connection:
                _take(connection, folder / "taken")


def _take(connection: socket.socket, path: Path) -> None:
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(4_096)
    head, _, rest = head.partition(b"\r\n\r\n")
    left = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]) - len(rest)
    hashed = hashlib.sha256(rest)
    with path.open("wb") as file:
        file.write(rest)
        while left:
            piece = connection.recv(min(left, PIECE_BYTES))
            left -= len(piece)
            hashed.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    said = hashed.hexdigest().encode()
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(said), said))


class _Hashed:
    """A file that is hashed as it is written."""

    def __init__(self, path: Path) -> None:
        self.file, self.hash = path.open("w+b"), hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.hash.update(data)
        return self.file.write(data)

    def seek(self, offset: int) -> int:
        return self.file.seek(offset)

    def close(self) -> None:
        self.file.close()


def form_app(folder: str) -> Flask:
    """A form whose file Werkzeug's parser writes where it is to lie."""

    class Parser(FormDataParser):
        def __init__(self, **more: Any) -> None:
            more["stream_factory"] = lambda **_told: _Hashed(Path(folder) / "taken")
            super().__init__(**more)

    class Taking(Request):
        form_data_parser_class = Parser

    app = Flask("bare")
    app.request_class = Taking

    @app.get("/healthz")
    def healthz() -> str:
        return "ok"

    @app.post("/file")
    def take() -> str:
        taken: Any = request.files["file"].stream
        taken.file.flush()
        os.fsync(taken.file.fileno())
        return str(taken.hash.hexdigest())

    return app


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
