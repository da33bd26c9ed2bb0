"""Keeping the documents of a matter in order: folders made, things renamed and moved.

What is moved into a shared folder is shared from then on, and out of it no longer (FEATURES C3):
whoever moves it is told first, and the portal's feed records it.
"""

from enum import StrEnum

from flask_babel import gettext as _
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.clients.models import Matter
from portal.core import audit, clock, ids
from portal.core.errors import Conflict, Invalid
from portal.documents.actions import hold_matter
from portal.documents.models import NAME_CHARS_MAX, Document, Folder, ShareKind
from portal.documents.names import NAME_BYTES_MAX, NAMELESS, clean_name, name_key
from portal.documents.queries import folders_of, inside, path_to
from portal.documents.visible import visible
from portal.feed import actions as feed
from portal.feed.models import EventKind
from portal.feed.people import Person
from portal.notifications import windows

NESTED_MAX = 20


class Change(StrEnum):
    """What a move does to what clients see."""

    NONE = ""
    STARTS = "starts"
    ENDS = "ends"


def make_folder(
    session: Session, matter: Matter, *, name: str, into: Folder | None, by: Person
) -> Folder:
    """Make a folder in a matter, or in one of its folders.

    Raises `Invalid` for a name that cannot be one, `Conflict` where the name is taken there.
    """
    called = typed_name(name)
    _hold(session, matter.id)
    folders = folders_of(session, matter.id)
    if into is not None:
        _refuse_foreign(matter.id, into)
    if len(path_to(folders, into.id if into else None)) >= NESTED_MAX:
        raise Invalid(_("Folders can lie %(most)s deep in each other.", most=NESTED_MAX), "name")
    _refuse_taken(session, matter.id, into, called)
    made = Folder(
        public_id=ids.public_id(),
        matter_id=matter.id,
        parent_id=into.id if into else None,
        name=called,
        name_key=name_key(called),
        from_client=False,
        made_at=clock.now(),
    )
    session.add(made)
    session.flush()
    audit.record(session, by.actor, "folder.made", f"folder:{made.public_id}", name=called)
    return made


def rename_folder(session: Session, folder: Folder, *, name: str, by: Person) -> None:
    """Give a folder another name. Raises `Invalid`; `Conflict` for a name that is taken, and for
    **From client**, which keeps its own."""
    called = typed_name(name)
    _hold(session, folder.matter_id)
    session.refresh(folder)
    _refuse_from_client(folder)
    if called == folder.name:
        return
    parent = session.get(Folder, folder.parent_id) if folder.parent_id else None
    _refuse_taken(session, folder.matter_id, parent, called, folder)
    before, folder.name, folder.name_key = folder.name, called, name_key(called)
    session.flush()
    about = f"folder:{folder.public_id}"
    audit.record(session, by.actor, "folder.renamed", about, before=before, name=called)


def rename_document(session: Session, document: Document, *, name: str, by: Person) -> None:
    """Give a document another name, for its clients too. Two documents may have one name. Raises
    `Invalid`."""
    called = typed_name(name)
    _hold(session, document.matter_id)
    session.refresh(document)
    if called == document.name:
        return
    before, document.name, document.name_key = document.name, called, name_key(called)
    session.flush()
    about = f"document:{document.public_id}"
    audit.record(session, by.actor, "document.renamed", about, before=before, name=called)


def change_by_moving(session: Session, what: Document | Folder, into: Folder | None) -> Change:
    """Whether clients begin or cease to see something when it is moved there (FEATURES C3)."""
    shown = visible(session, what.matter_id)
    there = shown.shows_folder(into.id if into else None)
    if isinstance(what, Document):
        before = shown.shows_document(what)
        after = there or what.id in shown.document_ids or what.id in shown.pinned
    else:
        before = shown.shows_folder(what.id)
        after = there or shown.shows(ShareKind.FOLDER, what.public_id)
    if before == after:
        return Change.NONE
    return Change.STARTS if after else Change.ENDS


def move(
    session: Session,
    what: Document | Folder,
    *,
    into: Folder | None,
    by: Person,
    expected: Change,
) -> None:
    """Put a document or folder into a folder of its matter, or outside of all (none).

    `expected` is what the person was told that this does to what clients see. Raises `Conflict`
    where it does something else by now, where the name is taken, and for **From client**; `Invalid`
    for a folder moved into itself.
    """
    _hold(session, what.matter_id)
    session.refresh(what)
    if into is not None:
        _refuse_foreign(what.matter_id, into)
    if (what.folder_id if isinstance(what, Document) else what.parent_id) == (
        into.id if into else None
    ):
        return
    change = change_by_moving(session, what, into)
    if change is not expected:
        raise Conflict(_("Who sees the folder has changed meanwhile. Please look again."))
    if isinstance(what, Document):
        what.folder_id = into.id if into else None
    else:
        _refuse_wrong_place(session, what, into)
        what.parent_id = into.id if into else None
    session.flush()
    _record_move(session, what, into, by, change)


def _record_move(
    session: Session, what: Document | Folder, into: Folder | None, by: Person, change: Change
) -> None:
    kind = ShareKind.DOCUMENT if isinstance(what, Document) else ShareKind.FOLDER
    done = "document.moved" if isinstance(what, Document) else "folder.moved"
    audit.record(
        session,
        by.actor,
        done,
        f"{kind}:{what.public_id}",
        into=f"folder:{into.public_id}" if into else "",
        sharing=str(change),
    )
    if change is Change.NONE:
        return
    started = change is Change.STARTS
    event = EventKind.SHARING_STARTED if started else EventKind.SHARING_STOPPED
    position = feed.add_event(
        session,
        what.matter_id,
        event,
        by=by,
        subject_kind=kind,
        subject_id=what.public_id,
        name=what.name,
    )
    if started:
        windows.note_item(session, what.matter_id, by=by, position=position)


def typed_name(typed: str) -> str:
    """A name as somebody typed it, made safe. Raises `Invalid` where nothing is left of it, or too
    much."""
    whole = typed.strip().replace("/", "_").replace("\\", "_")
    if len(whole) > NAME_CHARS_MAX or len(whole.encode(errors="replace")) > NAME_BYTES_MAX:
        raise Invalid(_("This name is too long. Please shorten it."), "name")
    name = clean_name(whole)
    if name == NAMELESS and whole != NAMELESS:
        raise Invalid(_("Type a name."), "name")
    return name


def _hold(session: Session, matter_id: int) -> None:
    # Two moves at once could put two folders into each other, and two names be the same.
    hold_matter(session, matter_id)


def _refuse_foreign(matter_id: int, into: Folder) -> None:
    if into.matter_id != matter_id:
        raise ValueError("documents stay in their matter")


def _refuse_from_client(folder: Folder) -> None:
    if folder.from_client:
        raise Conflict(_("“%(name)s” keeps its name and its place.", name=folder.name))


def _refuse_taken(
    session: Session,
    matter_id: int,
    into: Folder | None,
    name: str,
    but: Folder | None = None,
) -> None:
    here = [Folder.matter_id == matter_id, Folder.name_key == name_key(name)]
    here.append(Folder.parent_id.is_(None) if into is None else Folder.parent_id == into.id)
    if but is not None:
        here.append(Folder.id != but.id)
    if session.scalar(select(exists().where(*here))):
        raise Conflict(_("There is a folder “%(name)s” here already.", name=name))


def _refuse_wrong_place(session: Session, folder: Folder, into: Folder | None) -> None:
    _refuse_from_client(folder)
    folders = folders_of(session, folder.matter_id)
    moved = inside(folders, folder.id)
    if into is not None and into.id in moved:
        raise Invalid(_("A folder cannot lie in itself."), "into")
    above = len(path_to(folders, into.id if into else None))
    own = len(path_to(folders, folder.id)) - 1
    deepest = max(len(path_to(folders, one)) - own for one in moved)
    if above + deepest > NESTED_MAX:
        raise Invalid(_("Folders can lie %(most)s deep in each other.", most=NESTED_MAX), "into")
    _refuse_taken(session, folder.matter_id, into, folder.name, folder)
