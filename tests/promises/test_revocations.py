"""What the firm takes back is out of reach at the next request, however often and whatever runs
(FEATURES C12). 200 times on demand, by RETAINER_TEST_REVOCATIONS=200."""

import os
import time
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import select

from portal.clients.queries import matter_by_id
from portal.core import db
from portal.documents import serving, sharing
from portal.documents.models import Document, Share
from portal.feed.people import Person
from tests.factories import portals
from tests.portal.documents.conftest import Desk, app, desk  # noqa: F401  found by name
from tests.support.cast import ADA

REVOCATIONS = int(os.environ.get("RETAINER_TEST_REVOCATIONS", "12"))
BODY = b"0123456789abcdef" * 400_000
CUT_SECONDS_MAX = 2

pytestmark = pytest.mark.both_databases


class Lease:
    """A document of the firm's that is shared, taken back and shared again."""

    def __init__(self, desk: Desk) -> None:  # noqa: F811
        self.desk, self.ada = desk, portals.firm_person(ADA.email)
        self.public_id = str(desk.ada.send(desk.matter, "lease.bin", BODY)["document"])

    def share(self) -> None:
        """**Share**."""
        self._do(lambda session, what, by: self._start(session, what, by))

    def _start(self, session: Any, what: Document, by: Person) -> None:
        sharing.start(session, matter_by_id(session, self.desk.matter.id), by=by, what=what)

    def take_back(self) -> float:
        """**Stop sharing**; answers the moment from which it holds."""

        def stop(session: Any, what: Document, by: Person) -> None:
            live = (Share.document_id == what.id, Share.stopped_at.is_(None))
            share = session.scalars(select(Share).where(*live)).one()
            sharing.stop(session, share, by=by, name=what.name)

        self._do(stop)
        return time.monotonic()

    def _do(self, act: Callable[[Any, Document, Person], None]) -> None:
        with db.transaction() as session:
            this = Document.public_id == self.public_id
            act(session, session.scalars(select(Document).where(this)).one(), self.ada)


def asks(lease: Lease, **way: Any) -> None:
    """Cleo asks on and on while it is taken back: nothing that she asks after that is found."""
    told: list[tuple[float, int]] = []
    over = False

    def ask() -> None:
        while not over:
            began = time.monotonic()
            told.append((began, lease.desk.cleo.fetch(lease.public_id, **way).status_code))

    reader = Thread(target=ask)
    reader.start()
    while len(told) < 2:
        time.sleep(0.002)
    from_here = lease.take_back()
    seen = len(told)
    while len(told) < seen + 3:
        time.sleep(0.002)
    over = True
    reader.join()
    assert told[0][1] in {200, 206, 304}
    after = {status for began, status in told if began >= from_here}
    assert after == {404}


def reads_on(lease: Lease) -> None:
    """A download that has begun is cut, and not all of it arrives."""
    answer = lease.desk.cleo.fetch(lease.public_id, buffered=False)
    pieces: Iterator[Any] = iter(answer.response)
    got = len(next(pieces))
    from_here = lease.take_back()
    with pytest.raises(serving.NoLongerAllowed):
        for piece in pieces:
            got += len(piece)
            time.sleep(0.05)
    answer.close()
    assert time.monotonic() - from_here <= CUT_SECONDS_MAX
    assert got < len(BODY)


@pytest.mark.slow
@pytest.mark.quiet
def test_C12_what_is_taken_back_is_unreachable_at_the_next_request(desk: Desk) -> None:  # noqa: F811
    lease = Lease(desk)
    lease.share()
    tag = desk.cleo.fetch(lease.public_id).headers["ETag"]
    lease.take_back()
    ways: list[Callable[[], None]] = [
        lambda: asks(lease, headers={"Range": "bytes=5-9"}),
        lambda: asks(lease, headers={"If-None-Match": tag}),
        lambda: asks(lease, query_string={"open": "1"}, headers={"Range": "bytes=0-0"}),
        lambda: reads_on(lease),
    ]
    for way in islice(cycle(ways), REVOCATIONS):
        lease.share()
        way()
