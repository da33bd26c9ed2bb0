"""Sixteen slow uploads, or downloads, at 256 KiB/s each, and the pay page meanwhile: as shipped."""

import socket
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial

from bench.harness.bills import add_debtor
from bench.harness.files import MIB, Desk, desk_at, headers_of
from bench.harness.firm import SANDBOX, bench_firm
from bench.harness.load import Answers, request
from bench.harness.rounds import interleaved, told
from bench.harness.servers import waitress
from bench.harness.table import Table

PEERS = 16
SECOND_BYTES = 256 * 1024
PIECE_BYTES = 16 * 1024
SIZE = 100 * MIB
ROUNDS, COUNT, CONNECTIONS = 7, 1_000, 8
GOAL_RATIO, GOAL_P99 = 0.9, 2.0


def _paced(move: Callable[[], int], over: threading.Event) -> None:
    """Move a piece whenever it is due at this speed, until it is over or the other side is done."""
    began, moved = time.monotonic(), 0
    while not over.wait(max(0.0, began + moved / SECOND_BYTES - time.monotonic())):
        piece = move()
        if piece == 0:
            return
        moved += piece


def _send(desk: Desk, address: str, over: threading.Event) -> None:
    head = {**desk.headers, "Content-Type": "application/octet-stream"}
    asked = request("PUT", address, headers={**head, "Content-Length": str(SIZE)})
    with socket.create_connection(("127.0.0.1", desk.server.port)) as peer:
        peer.sendall(asked)
        _paced(lambda: peer.send(bytes(PIECE_BYTES)), over)


def _take(desk: Desk, document: str, over: threading.Event) -> None:
    with socket.socket() as peer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, PIECE_BYTES)
        peer.connect(("127.0.0.1", desk.server.port))
        path = f"/staff/documents/{document}/file"
        peer.sendall(request("GET", path, headers=desk.headers))
        _paced(lambda: len(peer.recv(PIECE_BYTES)), over)


@contextmanager
def _all(peers: list[Callable[[threading.Event], None]]) -> Generator[None]:
    over = threading.Event()
    threads = [threading.Thread(target=one, args=(over,)) for one in peers]
    for thread in threads:
        thread.start()
    time.sleep(2)  # each has its connection, and what could be buffered is
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _beside(peers: list[Callable[[threading.Event], None]], run: Callable[[], Answers]) -> Answers:
    with _all(peers):
        return run()


def _measure(table: Table, desk: Desk, path: str) -> None:
    address = desk.begin(SIZE)
    desk.put(address, bytes(SIZE))
    document, _seconds = desk.finish(address)
    pages = partial(desk.server.ask, [request("GET", path)], COUNT, CONNECTIONS)
    pages()

    begun = [desk.begin(SIZE) for _peer in range(PEERS)]
    uploads = partial(_beside, [partial(_send, desk, one) for one in begun], pages)
    downloads = partial(_beside, [partial(_take, desk, document)] * PEERS, pages)
    found = interleaved({"quiet": pages, "uploads": uploads, "downloads": downloads}, ROUNDS)
    for what, one in found.items():
        table.note(f"pay page, {what}", told(one))
    quiet = found.pop("quiet")
    for what, one in found.items():
        table.at_least(f"16 {what}: of quiet", one.per_second / quiet.per_second, GOAL_RATIO)
        table.at_most(f"16 {what}: p99 of quiet", one.p99 / quiet.p99, GOAL_P99)


def main() -> None:
    """Measure and print."""
    from app import create_app
    from portal.clients.models import Matter
    from portal.core import db

    table = Table("Slow peers, as shipped")
    with bench_firm() as firm:
        create_app(firm.settings(**SANDBOX))
        matter_id = add_debtor(firm, 0).matter_id
        with db.read() as session:
            matter = session.get_one(Matter, matter_id).public_id
        db.disconnect()
        cookie = headers_of(firm)
        with waitress(firm.given(**SANDBOX)) as server:
            _measure(table, desk_at(server, cookie, matter), f"/pay/{firm.link_token}")
    table.show()


if __name__ == "__main__":
    main()
