"""Folders and documents are named and moved, and a move tells what it does to what clients see."""

import pytest
from sqlalchemy import select

from portal.core import audit, db
from portal.core.errors import Conflict, Invalid
from portal.documents import keeping
from portal.documents.actions import from_client_folder
from portal.documents.keeping import Change
from portal.documents.models import Document, Folder
from portal.documents.visible import visible
from portal.feed.models import EventKind, FeedEvent
from portal.notifications.models import NoticeWindow
from tests.factories import clients
from tests.portal.documents import papers
from tests.portal.documents.cabinet import Cabinet

pytestmark = pytest.mark.both_databases


def rename(cabinet: Cabinet, what: Document | Folder, name: str) -> str:
    with db.transaction() as session:
        kept = session.get_one(type(what), what.id)
        if isinstance(kept, Folder):
            keeping.rename_folder(session, kept, name=name, by=cabinet.ada)
        else:
            keeping.rename_document(session, kept, name=name, by=cabinet.ada)
        return kept.name


def move(
    cabinet: Cabinet, what: Document | Folder, into: Folder | None, expected: Change = Change.NONE
) -> None:
    with db.transaction() as session:
        kept = session.get_one(type(what), what.id)
        place = session.get_one(Folder, into.id) if into else None
        keeping.move(session, kept, into=place, by=cabinet.ada, expected=expected)


def change(what: Document | Folder, into: Folder | None) -> Change:
    with db.read() as session:
        return keeping.change_by_moving(session, session.get_one(type(what), what.id), into)


def events(cabinet: Cabinet) -> list[tuple[str, str]]:
    with db.read() as session:
        rows = select(FeedEvent.kind, FeedEvent.name).where(
            FeedEvent.matter_id == cabinet.matter.id, FeedEvent.subject_kind != "participant"
        )
        return [(row.kind, row.name) for row in session.execute(rows)]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Closing   binder ", "Closing binder"),
        ("Rent 2025/2026", "Rent 2025_2026"),
        ("../../etc", "_.._etc"),
        ("con", "_con"),
        ("Ver\u202etrag", "Vertrag"),
        ("Café d’été", "Café d’été"),
    ],
)
def test_folder_names_are_safe_everywhere(cabinet: Cabinet, typed: str, kept: str) -> None:
    assert papers.folder(cabinet.matter, typed, cabinet.ada).name == kept


@pytest.mark.parametrize("typed", ["", "   ", "\u200b\u202e", "\0", "...", "a" * 201, "漢" * 90])
def test_what_cannot_be_a_name_is_refused(cabinet: Cabinet, typed: str) -> None:
    paper = papers.document(cabinet.matter, "lease.pdf", cabinet.ada)
    for act in (
        lambda: papers.folder(cabinet.matter, typed, cabinet.ada),
        lambda: rename(cabinet, paper, typed),
    ):
        with pytest.raises(Invalid) as refused:
            act()
        assert refused.value.field == "name"
    with db.read() as session:
        assert session.get_one(Document, paper.id).name == "lease.pdf"
        assert session.scalars(select(Folder)).all() == []


def test_one_name_stands_once_in_a_folder_whatever_its_accents(cabinet: Cabinet) -> None:
    first = papers.folder(cabinet.matter, "Éviction", cabinet.ada)
    with pytest.raises(Conflict, match="here already"):
        papers.folder(cabinet.matter, "EVICTION", cabinet.ada)
    papers.folder(cabinet.matter, "eviction", cabinet.ada, into=first)
    other = papers.folder(cabinet.matter, "Deeds", cabinet.ada)
    with pytest.raises(Conflict, match="here already"):
        rename(cabinet, other, "éviction")
    assert rename(cabinet, first, "ÉVICTION") == "ÉVICTION", "its own name is no other's"


def test_two_documents_may_have_one_name(cabinet: Cabinet) -> None:
    papers.document(cabinet.matter, "lease.pdf", cabinet.ada)
    twin = papers.document(cabinet.matter, "deed.pdf", cabinet.ada)
    assert rename(cabinet, twin, "lease.pdf") == "lease.pdf"


def test_C17_from_client_keeps_its_name_and_place(cabinet: Cabinet) -> None:
    with db.transaction() as session:
        theirs = from_client_folder(session, cabinet.matter.id)
    elsewhere = papers.folder(cabinet.matter, "Elsewhere", cabinet.ada)
    with pytest.raises(Conflict):
        rename(cabinet, theirs, "Mine")
    with pytest.raises(Conflict):
        move(cabinet, theirs, elsewhere, change(theirs, elsewhere))
    with db.read() as session:
        kept = session.get_one(Folder, theirs.id)
        assert (kept.name, kept.parent_id) == ("From client", None)


def test_a_folder_never_lies_in_itself(cabinet: Cabinet) -> None:
    outer = papers.folder(cabinet.matter, "Outer", cabinet.ada)
    inner = papers.folder(cabinet.matter, "Inner", cabinet.ada, into=outer)
    deepest = papers.folder(cabinet.matter, "Deepest", cabinet.ada, into=inner)
    for place in (outer, inner, deepest):
        with pytest.raises(Invalid, match="in itself"):
            move(cabinet, outer, place)
    move(cabinet, deepest, None)
    move(cabinet, outer, deepest)
    with db.read() as session:
        assert session.get_one(Folder, outer.id).parent_id == deepest.id


def test_folders_lie_twenty_deep_and_no_deeper(cabinet: Cabinet) -> None:
    place: Folder | None = None
    for number in range(keeping.NESTED_MAX):
        place = papers.folder(cabinet.matter, f"Level {number}", cabinet.ada, into=place)
    with pytest.raises(Invalid, match="20 deep"):
        papers.folder(cabinet.matter, "One more", cabinet.ada, into=place)
    apart = papers.folder(cabinet.matter, "Apart", cabinet.ada)
    with pytest.raises(Invalid, match="20 deep"):
        move(cabinet, apart, place)


def test_nothing_moves_into_another_matter(cabinet: Cabinet) -> None:
    other = clients.matter(cabinet.cleo, "Another")
    foreign = papers.folder(other, "Foreign", cabinet.ada)
    paper = papers.document(cabinet.matter, "lease.pdf", cabinet.ada)
    with pytest.raises(ValueError, match="stay in their matter"):
        move(cabinet, paper, foreign)
    with pytest.raises(ValueError, match="stay in their matter"):
        papers.folder(cabinet.matter, "New", cabinet.ada, into=foreign)


def test_C3_what_moves_into_a_shared_folder_is_shared_and_told(cabinet: Cabinet) -> None:
    shared = papers.folder(cabinet.matter, "For Cleo", cabinet.ada)
    papers.shared(cabinet.matter, shared, cabinet.ada)
    paper = papers.document(cabinet.matter, "lease.pdf", cabinet.ada)
    with db.read() as session:
        told_before = len(session.scalars(select(NoticeWindow)).all())
    assert change(paper, shared) is Change.STARTS
    move(cabinet, paper, shared, Change.STARTS)
    with db.read() as session:
        kept = session.get_one(Document, paper.id)
        assert visible(session, cabinet.matter.id).shows_document(kept)
        assert len(session.scalars(select(NoticeWindow)).all()) == told_before, "one window holds"
    assert events(cabinet)[-1] == (EventKind.SHARING_STARTED, "lease.pdf")
    assert change(paper, None) is Change.ENDS
    move(cabinet, paper, None, Change.ENDS)
    with db.read() as session:
        kept = session.get_one(Document, paper.id)
        assert not visible(session, cabinet.matter.id).shows_document(kept)
    assert events(cabinet)[-1] == (EventKind.SHARING_STOPPED, "lease.pdf")


def test_C3_a_move_that_nobody_agreed_to_changes_nothing(cabinet: Cabinet) -> None:
    place = papers.folder(cabinet.matter, "For Cleo", cabinet.ada)
    paper = papers.document(cabinet.matter, "lease.pdf", cabinet.ada)
    papers.shared(cabinet.matter, place, cabinet.ada)  # after the form was shown
    before = events(cabinet)
    with pytest.raises(Conflict, match="changed meanwhile"):
        move(cabinet, paper, place, Change.NONE)
    with db.read() as session:
        assert session.get_one(Document, paper.id).folder_id is None
    assert events(cabinet) == before


def test_C3_what_is_shared_by_itself_stays_shared_wherever_it_lies(cabinet: Cabinet) -> None:
    place = papers.folder(cabinet.matter, "For Cleo", cabinet.ada)
    inner = papers.folder(cabinet.matter, "Inner", cabinet.ada, into=place)
    paper = papers.document(cabinet.matter, "lease.pdf", cabinet.ada, folder=place)
    for what in (place, inner, paper):
        papers.shared(cabinet.matter, what, cabinet.ada)
    assert change(paper, None) is Change.NONE
    assert change(inner, None) is Change.NONE


def test_what_was_done_stands_in_the_activity_log(cabinet: Cabinet) -> None:
    place = papers.folder(cabinet.matter, "Leases", cabinet.ada)
    paper = papers.document(cabinet.matter, "lease.pdf", cabinet.ada)
    rename(cabinet, place, "Deeds")
    rename(cabinet, paper, "deed.pdf")
    move(cabinet, paper, place)
    with db.read() as session:
        lines = session.scalars(select(audit.AuditEntry).order_by(audit.AuditEntry.id))
        done = [line.action for line in lines if line.actor == cabinet.ada.actor]
    expected = ["folder.made", "document.added", "folder.renamed", "document.renamed"]
    assert done[-5:] == [*expected, "document.moved"]
