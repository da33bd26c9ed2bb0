"""FEATURES C2, C14: the end of an upload, asked for twice at once, too late, or not at all."""

from collections.abc import Callable
from typing import Any

import pytest

from portal.access import actions as access
from portal.access.queries import participants
from portal.clients.models import Matter
from portal.core import db, storage
from portal.core.storage import StorageUnavailable
from portal.documents import receiving
from portal.documents.arriving import Arriving
from portal.documents.models import Document, Folder, StoredFile, Upload
from portal.feed.people import person_of_contact
from portal.messages import drafts
from tests.factories import portals
from tests.portal.documents.conftest import Desk
from tests.support import uploads
from tests.support.cast import ADA
from tests.support.rows import count
from tests.support.uploads import PART, Sender, noise

pytestmark = pytest.mark.both_databases


def _remove_cleo(desk: Desk) -> None:
    with db.transaction() as session:
        for one in participants(session, desk.matter.id):
            if one.contact_id == desk.contact.id:
                access.remove_participant(session, one, by=portals.firm_person(ADA.email))


def _restrict(desk: Desk) -> None:
    with db.transaction() as session:
        session.get_one(Matter, desk.matter.id).restricted = True


def _then(act: Callable[..., Any], also: Callable[[], None]) -> Callable[..., Any]:
    """The same, and right after it what somebody else does."""

    def both(*args: Any) -> Any:
        done = act(*args)
        also()
        return done

    return both


@pytest.mark.parametrize("who", ["a client who was removed", "a user whom it was closed to"])
@pytest.mark.parametrize("way", ["in parts", "in a form"])
def test_C14_whoever_lost_the_matter_while_a_file_came_leaves_nothing_in_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, who: str, way: str
) -> None:
    is_client = who == "a client who was removed"
    sender: Sender = desk.cleo if is_client else uploads.of_staff(desk.cast.ben)

    def lose() -> None:
        (_remove_cleo if is_client else _restrict)(desk)

    if way == "in parts":
        state = sender.begin(desk.matter, "late.txt", 3)
        sender.put(state, b"abc")
        monkeypatch.setattr(receiving, "put_together", _then(receiving.put_together, lose))
        assert sender.finish(state).status_code == 404
    else:
        monkeypatch.setattr(Arriving, "keep", _then(Arriving.keep, lose))
        assert sender.form(desk.matter, (b"abc", "late.txt")).status_code == 404
        assert count(Upload) == count(StoredFile) == len(list(storage.listed("files"))) == 0
    assert count(Document) == count(Folder) == 0


@pytest.mark.parametrize("taken", ["before they are looked for", "while they are read"])
def test_finishing_twice_at_once_is_once_and_right_for_both(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, taken: str
) -> None:
    body = noise(PART + 10)
    state = desk.cleo.begin(desk.matter, "a.bin", len(body))
    for number in (1, 2):
        desk.cleo.put(state, body[(number - 1) * PART : number * PART], number)
    first: list[Any] = []
    inner = "_refuse_missing_parts" if taken.startswith("before") else "Arriving"
    real = getattr(receiving, inner)

    def overtaken(*args: Any) -> Any:
        monkeypatch.setattr(receiving, inner, real)
        first.append(desk.cleo.finish(state))
        return real(*args)

    monkeypatch.setattr(receiving, inner, overtaken)
    second = desk.cleo.finish(state)
    assert (first[0].status_code, second.status_code) == (200, 200)
    assert first[0].get_json() == second.get_json()
    assert desk.cleo.fetch(second.get_json()["document"]).data == body
    assert count(Document) == len(list(storage.listed("files"))) == 1


def test_a_store_that_is_away_is_still_told_of(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    state = desk.cleo.begin(desk.matter, "a.bin", 3)
    desk.cleo.put(state, b"abc", 1)

    def away(*_args: Any) -> Any:
        raise StorageUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(storage, "stream", away)
        assert desk.cleo.finish(state).status_code == 503
    assert desk.cleo.finish(state).status_code == 200


def test_C2_an_upload_that_a_draft_holds_is_not_cancelled_under_it(desk: Desk) -> None:
    for sender, by in (
        (desk.cleo, person_of_contact(desk.contact)),
        (desk.ada, portals.firm_person(ADA.email)),
    ):
        state = sender.begin(desk.matter, "a.txt", 3, for_message="1")
        sender.put(state, b"abc")
        with db.transaction() as session:
            keys = [f"upload:{state['id']}"]
            assert drafts.attach(session, desk.matter.id, by=by, keys=keys) is None
        refused = sender.ask("DELETE", state["address"])
        assert refused.status_code == 409
        assert "message that you are writing" in refused.get_json()["error"]
        assert sender.ask("GET", state["address"]).get_json()["stands"]
        with db.transaction() as session:
            drafts.attach(session, desk.matter.id, by=by, keys=[])
        assert sender.ask("DELETE", state["address"]).status_code == 204
