"""Files of 100 MB do not hurt: many at once, many cut off, and a disk that is full (FEATURES C2).

Two at once and four cut off; as many as ten and twenty on demand, by RETAINER_TEST_LARGE=10.
"""

import hashlib
import logging
import os
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.browser import Product, free_port, start_product, status_of
from tests.support.large_files import (
    MIB,
    Desk,
    LargeFile,
    Watch,
    belonging_to_nothing,
    objects,
    rows,
    small_disk,
    spooled_bytes,
    until,
)
from tests.support.source import ROOT
from tests.support.uploads import MAX, PART

# Seconds on the clock are held, so that CI runs these alone.
pytestmark = [pytest.mark.slow, pytest.mark.quiet]

LARGE = int(os.environ.get("RETAINER_TEST_LARGE", "2"))
CUT_OFF = 2 * LARGE
PARTS = -(-MAX // PART)
GROWN_BYTES_MAX = 256 * MIB
PAGE_SECONDS_MAX = 1.0
GONE_SECONDS_MAX = 60
WARMING = 12  # so many that each of granian's two workers gets one

log = logging.getLogger(__name__)  # --log-cli-level=INFO shows the figures


@dataclass
class Office:
    """Ada at her desk, before each web server of one product, and the disk that the documents lie
    on: a link, so that it can be changed for another one."""

    product: Product
    desks: tuple[Desk, Desk]
    pids: tuple[int, int]
    store: Path

    @property
    def desk(self) -> Desk:
        return self.desks[0]

    @property
    def var(self) -> Path:
        return self.product.var

    def desk_for(self, number: int) -> Desk:
        """By turns: each server gets files in one piece and files in parts."""
        return self.desks[number % 4 in (0, 3)]

    def watch(self) -> Watch:
        return Watch(self.desks, self.pids)

    def is_clear(self) -> bool:
        return not (self.orphans() or any(map(spooled_bytes, self.pids)))

    def orphans(self) -> set[str]:
        return belonging_to_nothing(self.var, self.store)

    def count(self, table: str) -> int:
        ((found,),) = rows(self.var, f"SELECT count(*) FROM {table}")
        return found

    def is_listed(self, name: str) -> bool:
        return name in self.desk.ask("GET", self.desk.documents).text


@contextmanager
def granian(product: Product, storage_url: str) -> Generator[tuple[int, int]]:
    """The web server of production as its unit starts it, on the same data: its process and port.

    It gives bodies to the product as they come, where the other one buffers them.
    """
    port = free_port()
    unit = (ROOT / "deploy/retainer-web.service").read_text(encoding="utf-8")
    (given,) = re.findall(r"^ExecStart=\S+/granian (.+)$", unit, re.M)
    settings = {
        "RETAINER_VAR": str(product.var),
        "STORAGE_URL": storage_url,
        "BASE_URL": f"http://localhost:{port}",
    }
    command = [str(Path(sys.executable).with_name("granian"))]
    command += given.replace("8000", str(port)).split()
    with (product.var / "granian.log").open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **settings}, stdout=output, stderr=output
        )
    try:
        until(lambda: status_of(f"http://localhost:{port}/readyz") == 200)
        yield process.pid, port
    finally:
        process.terminate()
        process.wait(60)


@pytest.fixture(scope="module")
def office() -> Generator[Office]:
    """The real product, web and worker, and production's web server beside it, on a disk (not in
    memory: bytes wait for it)."""
    with tempfile.TemporaryDirectory(prefix="retainer-large-") as made:
        folder = Path(made)
        (folder / "disk").mkdir()
        store = folder / "documents"
        store.symlink_to(folder / "disk")
        running = start_product(folder / "var", STORAGE_URL=f"file://{store}")
        try:
            with granian(running, f"file://{store}") as (pid, port):
                desk = Desk(running)
                desks = (desk, desk.at(port))
                warm(desks)
                yield Office(running, desks, (running.process.pid, pid), store)
        finally:
            running.stop()


def warm(desks: Sequence[Desk]) -> None:
    """Have every process show the page once: the first time it reads the templates in, which takes
    a while with or without large files."""
    for desk in desks:
        first = [desk.ask("GET", desk.documents).seconds for _ in range(WARMING)]
        log.info("first pages: %s", ", ".join(f"{seconds:.2f}" for seconds in first))


def at_once(count: int, work: Callable[[int], object]) -> None:
    """Do it so many times, all at the same time. Raises what the first that failed did."""
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(work, range(count)))


def test_C2_many_files_of_100_MB_at_once_neither_fill_the_memory_nor_hold_up_a_page(
    office: Office,
) -> None:
    files = [LargeFile(f"large-{number}.bin") for number in range(LARGE)]

    def send(number: int) -> None:
        file, desk = files[number], office.desk_for(number)
        state = desk.begin(file.name)
        if number % 2:
            desk.put_parts(state, file, PARTS)
        else:
            assert desk.put(state, file).told["stands"] is True
        assert desk.finish(state).told["document"]

    with office.watch() as watch:
        at_once(LARGE, send)
    unhurt(watch)
    for file in files:
        whole(office, file)
    assert office.orphans() == set()


def unhurt(watch: Watch) -> None:
    """The memory and the other pages are as they may be."""
    grown, pages, p95 = watch.grown_bytes // MIB, len(watch.seconds), watch.p95_seconds
    log.info("%s MiB more; %s pages: p95 %.3f s, max %.3f s", grown, pages, p95, max(watch.seconds))
    assert watch.statuses == {200}
    assert watch.grown_bytes < GROWN_BYTES_MAX
    assert watch.p95_seconds < PAGE_SECONDS_MAX


def whole(office: Office, file: LargeFile) -> None:
    """A file is listed, and on the disk to the last byte."""
    assert office.is_listed(file.name)
    ((stored, size, sha256),) = rows(
        office.var,
        "SELECT stored_file.public_id, size_bytes, sha256 FROM stored_file"
        " JOIN document_version ON file_id = stored_file.id"
        f" JOIN document ON document.id = document_id WHERE name = '{file.name}'",
    )
    with (office.store / "files" / stored).open("rb") as kept:
        assert hashlib.file_digest(kept, "sha256").hexdigest() == sha256 == file.sha256
    assert size == MAX


def test_C2_of_files_that_were_cut_off_nothing_is_listed_and_nothing_stays(office: Office) -> None:
    chance = random.Random(7)
    documents, file = office.count("document"), LargeFile("")
    cuts = [chance.randrange(1, MAX) for _ in range(CUT_OFF)]

    def cut(number: int) -> None:
        desk = office.desk_for(number)
        state, sent = desk.begin(f"cut-{number}.bin"), cuts[number]
        address, length, parts = state["address"], MAX, 0
        if number % 2:
            parts, sent = divmod(sent, PART)
            desk.put_parts(state, file, parts)
            address, length = f"{address}?part={parts + 1}", min(PART, MAX - parts * PART)
        desk.cut(address, file, length, sent, reset=number % 4 < 2)
        told = desk.ask("GET", state["address"]).told
        assert (len(told["parts"]), told["stands"]) == (parts, False)

    with office.watch() as watch:
        at_once(CUT_OFF, cut)
        log.info("gone after %.1f s", until(office.is_clear, GONE_SECONDS_MAX))
    unhurt(watch)
    assert office.count("document") == documents
    assert not office.is_listed("cut-")
    swept(office)


def swept(office: Office) -> None:
    """What was begun is kept for a day, to be gone on with. After that the sweeper, whose turn is
    once an hour, leaves nothing of it."""
    rows(
        office.var,
        "UPDATE upload SET begun_at = datetime(begun_at, '-2 days') WHERE name LIKE 'cut-%'",
    )
    assert office.desk.post("/staff/sandbox/clock", duration="1h").status == 303
    left = "upload WHERE name LIKE 'cut-%'"
    until(lambda: not office.count(left), GONE_SECONDS_MAX)
    until(lambda: not office.orphans(), GONE_SECONDS_MAX)
    assert not [name for name in objects(office.store) if name.startswith("parts/")]


def test_C2_a_full_disk_is_told_and_leaves_nothing_behind_and_the_file_comes_once_there_is_room(
    office: Office, tmp_path: Path
) -> None:
    disk = office.store.resolve()
    desk, production = office.desks
    one, other = LargeFile("one-part-after-another.bin"), LargeFile("in-one-piece.bin")
    stored = office.count("stored_file")
    with small_disk(tmp_path / "small", 320 * MIB) as small:
        (small / "filler").write_bytes(bytes(170 * MIB))  # room for one and a half
        change(office.store, small)
        try:
            in_parts, at_a_time = desk.begin(one.name), desk.begin(other.name)
            desk.put_parts(in_parts, one, PARTS)
            for answer in (production.finish(in_parts), desk.put(at_a_time, other)):
                assert answer.status == 507
                assert "There is no room left for files." in answer.text
                assert "Traceback" not in answer.text
            parts = {f"parts/{in_parts['id']}/{number}" for number in range(1, PARTS + 1)}
            assert objects(small) == {"filler"} | parts
            assert office.count("stored_file") == stored
            assert not office.is_listed(one.name)
            assert not office.is_listed(other.name)
            assert status_of(f"{office.product.base_url}/readyz") == 200
            (small / "filler").unlink()
            assert desk.finish(in_parts).told["document"]
            assert desk.put(at_a_time, other).told["stands"] is True
            assert desk.finish(at_a_time).told["document"]
            for file in (one, other):
                whole(office, file)
            assert len(objects(small)) == 2
        finally:
            change(office.store, disk)
    for printed in (office.product.log, office.var / "granian.log"):
        assert "Traceback" not in printed.read_text(encoding="utf-8")


def change(link: Path, disk: Path) -> None:
    """Have the documents lie on another disk."""
    new = link.with_name("changed")
    new.symlink_to(disk)
    new.replace(link)
