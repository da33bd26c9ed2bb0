"""What nobody finished or used is forgotten after a day; what somebody may still want stays."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select

from portal.core import clock, config, db, storage
from portal.core.jobs.handlers import RECURRING
from portal.documents.models import Upload
from portal.documents.sweeping import sweep
from portal.messages.models import Draft
from tests.portal.documents.conftest import Desk
from tests.support.source import ROOT
from tests.support.uploads import PART


def _later(**time: float) -> None:
    with time_machine.travel(clock.wall_time() + timedelta(**time), tick=False):
        sweep()


def _objects() -> list[str]:
    return [name for prefix in ("files", "parts") for name, _ in storage.listed(prefix)]


def test_an_upload_left_lying_is_forgotten_after_a_day_with_its_parts(desk: Desk) -> None:
    state = desk.cleo.begin(desk.matter, "a.bin", PART + 1)
    desk.cleo.put(state, bytes(PART), 1)
    whole = desk.cleo.begin(desk.matter, "b.bin", 3)
    desk.cleo.put(whole, b"123")
    _later(hours=23)
    assert len(_objects()) == 2
    assert desk.cleo.ask("GET", state["address"]).get_json()["parts"] == [1]
    _later(hours=25)
    assert _objects() == []
    assert desk.cleo.ask("GET", state["address"]).status_code == 404


def test_what_became_a_document_stays_for_ever(desk: Desk) -> None:
    document = desk.cleo.send(desk.matter, "a.txt", b"mine")["document"]
    _later(days=400)
    assert desk.ada.fetch(document).data == b"mine"
    with db.read() as session:
        assert session.scalars(select(Upload)).all() == []


def test_a_file_that_a_draft_holds_is_kept_for_its_message(desk: Desk) -> None:
    states = [desk.cleo.begin(desk.matter, f"{n}.txt", 3, for_message="1") for n in range(2)]
    for state in states:
        desk.cleo.put(state, b"123")
    with db.transaction() as session:
        upload = session.scalars(select(Upload).where(Upload.public_id == states[0]["id"])).one()
        session.add(
            Draft(
                matter_id=desk.matter.id,
                contact_id=desk.contact.id,
                text="",
                upload_id=upload.id,
                changed_at=clock.now(),
            )
        )
    _later(days=29)
    assert len(_objects()) == 2
    _later(days=31)
    with db.read() as session:
        assert [one.public_id for one in session.scalars(select(Upload))] == [states[0]["id"]]
    assert len(_objects()) == 1


def test_bytes_that_no_row_names_are_deleted_but_not_while_they_may_get_one(desk: Desk) -> None:
    storage.put("files/orphan1", [b"a process died here"])
    storage.put("parts/orphan2/1", [b"and here"])
    storage.put("previews/orphan3", [b"and here"])
    document = desk.cleo.send(desk.matter, "a.txt", b"mine")["document"]
    _later(hours=23)
    assert len(list(storage.listed("files"))) == 2
    _later(hours=25)
    assert [*storage.listed("parts"), *storage.listed("previews")] == []
    assert desk.ada.fetch(document).data == b"mine"


WRITER = """
import sys
from pathlib import Path
from portal.core.stores.folder import FolderStore
sink = FolderStore(Path(sys.argv[1])).sink("files/killed", lasting=True)
while True:
    sink.write(b"x" * 100_000)
    print("wrote", flush=True)
"""


@pytest.mark.usefixtures("desk")
def test_a_process_killed_while_it_writes_leaves_no_file_and_no_lasting_rubbish() -> None:
    folder = config.current().documents
    assert isinstance(folder, Path)
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder)], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.kill()
    process.communicate()
    assert _objects() == []
    assert len(list((folder / ".arriving").iterdir())) == 1
    _later(hours=25)
    assert list((folder / ".arriving").iterdir()) == []


def test_the_sweep_is_owed_every_hour() -> None:
    assert RECURRING["documents.sweep"].every == timedelta(hours=1)
