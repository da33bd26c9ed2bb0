"""Starting and stopping to share, and what else still shows the same thing (FEATURES C3, C4, C12).

Bills and trust requests are shared too: `payments.billing` registers its kinds, so that the portal
lists them without knowing them.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.access.actions import take_part
from portal.clients.models import Matter
from portal.core import audit, clock, ids
from portal.core.errors import Conflict
from portal.documents.models import Document, Folder, Share, ShareKind
from portal.feed import actions as feed
from portal.feed.models import EventKind
from portal.feed.people import Person
from portal.notifications import windows


@dataclass(frozen=True, slots=True)
class Shared:
    """Something of a registered kind as a list shows it: its name, where each side opens it, and
    in a few words how it stands."""

    name: str
    staff_url: str
    client_url: str
    about: str = ""


Names = Callable[[Session, Iterable[str]], dict[str, Shared]]
_kinds: dict[str, Names] = {}


def register_kind(kind: str, names: Names) -> None:
    """Let things of another feature be shared. `names` answers those of these public ids."""
    _kinds[kind] = names


def told_of(session: Session, shares: Iterable[Share]) -> dict[tuple[str, str], Shared]:
    """What registered features say of what these shares name, by kind and public id."""
    asked: dict[str, set[str]] = {}
    for share in shares:
        if share.kind in _kinds:
            asked.setdefault(share.kind, set()).add(share.subject_id)
    return {
        (kind, subject_id): told
        for kind, subject_ids in asked.items()
        for subject_id, told in _kinds[kind](session, subject_ids).items()
    }


def start(session: Session, matter: Matter, *, by: Person, what: Document | Folder) -> Share:
    """Share a document or a folder of a matter with its clients: the folder with all that lies in
    it, now and later (FEATURES C3). The first share opens the portal (C8).

    Raises `Conflict` where it is shared already, ValueError for one of another matter.
    """
    if what.matter_id != matter.id:
        raise ValueError("only what belongs to the matter is shared in its portal")
    take_part(session, matter, by)
    kind = ShareKind.DOCUMENT if isinstance(what, Document) else ShareKind.FOLDER
    return _start(session, matter.id, by, kind, what.public_id, what.name, what)


def start_other(
    session: Session,
    matter: Matter,
    *,
    by: Person,
    kind: str,
    subject_id: str,
    name: str,
    told_otherwise: Collection[str] = (),
) -> Share:
    """Share something of a registered kind, by its public id. Raises `Conflict`.

    `told_otherwise` are addresses that get an email about it anyway: clients who sign in with one
    of them get no notice besides (FEATURES D3).
    """
    take_part(session, matter, by)
    return _start(session, matter.id, by, kind, subject_id, name, None, told_otherwise)


def _start(
    session: Session,
    matter_id: int,
    by: Person,
    kind: str,
    subject_id: str,
    name: str,
    what: Document | Folder | None,
    told_otherwise: Collection[str] = (),
) -> Share:
    feed.lock(session, matter_id)
    if _direct(session, matter_id, kind, subject_id) is not None:
        raise Conflict(_("“%(name)s” is shared already.", name=name))
    share = _new(matter_id, by, kind, subject_id, what)
    session.add(share)
    session.flush()
    _tell(session, share, EventKind.SHARING_STARTED, by, name, told_otherwise)
    return share


def _direct(session: Session, matter_id: int, kind: str, subject_id: str) -> Share | None:
    here = (Share.matter_id == matter_id, Share.kind == kind, Share.subject_id == subject_id)
    return session.scalar(select(Share).where(*here, Share.stopped_at.is_(None), ~Share.attached))


def _new(
    matter_id: int, by: Person, kind: str, subject_id: str, what: Document | Folder | None
) -> Share:
    return Share(
        public_id=ids.public_id(),
        matter_id=matter_id,
        kind=kind,
        subject_id=subject_id,
        document_id=what.id if isinstance(what, Document) else None,
        folder_id=what.id if isinstance(what, Folder) else None,
        **by.columns,
        started_at=clock.now(),
    )


def attach(session: Session, matter_id: int, *, by: Person, what: Document | Folder) -> Share:
    """Share what a message carries: a document as it is now, or a folder with all that comes. The
    message itself is the news, so nobody is told twice.

    A folder that is shared directly already stays so: the message then carries a share of its own.
    """
    kind = ShareKind.DOCUMENT if isinstance(what, Document) else ShareKind.FOLDER
    share = _new(matter_id, by, kind, what.public_id, what)
    share.attached = True
    share.version = what.latest if isinstance(what, Document) else None
    session.add(share)
    session.flush()
    return share


def share_from_client(session: Session, folder: Folder) -> Share:
    """Let clients see into **From client**, from when it is made (FEATURES C17)."""
    share = Share(
        public_id=ids.public_id(),
        matter_id=folder.matter_id,
        kind=ShareKind.FOLDER,
        subject_id=folder.public_id,
        folder_id=folder.id,
        started_at=clock.now(),
    )
    session.add(share)
    session.flush()
    return share


def stop(session: Session, share: Share, *, by: Person, name: str) -> None:
    """Stop sharing: from the next request on it is gone for clients, downloads under way included
    (FEATURES C12). `name` is what it is called. Stopping twice is once."""
    feed.lock(session, share.matter_id)
    session.refresh(share, ["stopped_at", "stopped_by"])
    if share.stopped_at is not None:
        return
    share.stopped_at, share.stopped_by = clock.now(), by.actor
    session.flush()
    _tell(session, share, EventKind.SHARING_STOPPED, by, name)


def _tell(
    session: Session,
    share: Share,
    kind: EventKind,
    by: Person,
    name: str,
    told_otherwise: Collection[str] = (),
) -> None:
    position = feed.add_event(
        session,
        share.matter_id,
        kind,
        by=by,
        subject_kind=share.kind,
        subject_id=share.subject_id,
        name=name,
    )
    started = kind is EventKind.SHARING_STARTED
    if started:
        windows.note_item(
            session, share.matter_id, by=by, position=position, told_otherwise=told_otherwise
        )
    done = "sharing.started" if started else "sharing.stopped"
    audit.record(session, by.actor, done, f"{share.kind}:{share.subject_id}", name=name)


def shares_of(session: Session, matter_id: int) -> list[Share]:
    """Everything that is shared in a portal now, the newest first, with documents and folders."""
    statement = (
        select(Share)
        .options(joinedload(Share.document), joinedload(Share.folder))
        .where(Share.matter_id == matter_id, Share.stopped_at.is_(None))
        .order_by(Share.id.desc())
    )
    return list(session.scalars(statement))


def also_shared(shares: Iterable[Share], share: Share, folders: dict[int, Folder]) -> list[Share]:
    """Which other shares of these still show the same document or folder when this one stops: a
    direct one, a message's, or a folder that it lies in (FEATURES C3). `folders` are the matter's,
    by id."""
    above: set[int] = set()
    what = share.document or share.folder
    here = what.folder_id if isinstance(what, Document) else what.parent_id if what else None
    while here is not None and here not in above:
        above.add(here)
        here = folders[here].parent_id
    return [
        other
        for other in shares
        if other.id != share.id
        and (
            (other.kind, other.subject_id) == (share.kind, share.subject_id)
            or other.folder_id in above
        )
    ]
