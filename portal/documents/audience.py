"""Who sees what is shared and who has opened it, and how each thing of a list is shared now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.access import queries as access
from portal.clients.models import Contact, Matter
from portal.clients.queries import contact_by_id
from portal.documents.listing import Item
from portal.documents.models import Document, Folder, Share
from portal.documents.queries import brought_by_clients, live_shares, path_to, people
from portal.feed import queries as feed


@dataclass(frozen=True, slots=True)
class Reader:
    """A client who sees what is shared. Who has not joined is invited, if there is an address."""

    contact_id: int
    name: str
    joined: bool
    has_address: bool


def readers(session: Session, matter: Matter) -> list[Reader]:
    """The clients who take part in a matter's portal; before it is opened, those who will."""
    if access.portal_of(session, matter.id) is None:
        clients = [contact_by_id(session, matter.client_id)]
    else:
        taking_part = access.participants(session, matter.id)
        clients = [one.contact for one in taking_part if one.contact is not None]
    return _readers(session, clients)


def _readers(session: Session, clients: Sequence[Contact]) -> list[Reader]:
    joined = access.joined(session, (client.id for client in clients))
    return [
        Reader(client.id, client.name, client.id in joined, access.bound_email(client) is not None)
        for client in clients
    ]


@dataclass(frozen=True, slots=True)
class Shown:
    """How clients see one thing: by its own shares, each of which **Stop sharing** ends (the direct
    one first, then those of messages), and by a folder that it lies in (its name)."""

    own: Sequence[Share] = ()
    by_folder: str = ""

    def __bool__(self) -> bool:
        return bool(self.own or self.by_folder)

    @property
    def direct(self) -> bool:
        """Whether it is shared directly."""
        return any(not share.attached for share in self.own)

    @property
    def attached(self) -> bool:
        """Whether a message carries it."""
        return any(share.attached for share in self.own)


def shown_how(
    session: Session, matter_id: int, items: Iterable[Item], folders: dict[int, Folder]
) -> dict[str, Shown]:
    """How each of these is shared now, by public id, in one SELECT. `folders` are the matter's."""
    rows = list(items)
    shares = live_shares(session, matter_id, (row.id for row in rows if not row.is_folder))
    shared_folders = {share.folder_id for share in shares}
    of_each: dict[str, list[Share]] = {}
    for share in shares:
        of_each.setdefault(share.subject_id, []).append(share)
    found: dict[str, Shown] = {}
    for row in rows:
        own = of_each.get(row.public_id, [])
        above = path_to(folders, row.folder_id)
        found[row.public_id] = Shown(
            own=sorted(own, key=_direct_first),
            by_folder=next((up.name for up in reversed(above) if up.id in shared_folders), ""),
        )
    return found


def _direct_first(share: Share) -> tuple[bool, int]:
    return share.attached, share.id


def showing(session: Session, document: Document, folders: dict[int, Folder]) -> list[Share]:
    """The shares by which clients see a document now: its own, and those of folders above it."""
    above = {folder.id for folder in path_to(folders, document.folder_id)}
    shares = live_shares(session, document.matter_id, [document.id])
    fitting = [one for one in shares if one.document_id is not None or one.folder_id in above]
    return sorted(fitting, key=_direct_first)


def folder_shares(session: Session, matter_id: int, path: list[Folder]) -> list[Share]:
    """The shares by which clients see into the folder at the end of this path: those of the
    nearest folder that has any, the direct one first."""
    by_folder: dict[int | None, list[Share]] = {}
    for share in sorted(live_shares(session, matter_id, ()), key=_direct_first):
        by_folder.setdefault(share.folder_id, []).append(share)
    return next((by_folder[one.id] for one in reversed(path) if one.id in by_folder), [])


@dataclass(frozen=True, slots=True)
class Opening:
    """Who has opened something, and when first (FEATURES C4, C6)."""

    name: str
    user_id: int | None
    contact_id: int | None
    at: datetime


def opened(session: Session, matter_id: int, public_ids: Iterable[str]) -> dict[str, list[Opening]]:
    """Who has opened these things, by public id, the earliest first, in three SELECTs."""
    rows = feed.openings(session, matter_id, public_ids)
    names = people(session, [row.user_id for row in rows], [row.contact_id for row in rows])
    found: dict[str, list[Opening]] = {}
    for row in rows:
        opening = Opening(names[row.user_id, row.contact_id], row.user_id, row.contact_id, row.at)
        found.setdefault(row.subject_id, []).append(opening)
    return found


@dataclass(frozen=True, slots=True)
class Expected:
    """Who is to open what is shared: the clients, and of what a client sent the firm as well.

    `firm` are the users who take part (row id and name), `senders` the clients who brought
    documents, by the document's row id and the number of the version.
    """

    clients: Sequence[Reader]
    firm: Sequence[tuple[int, str]]
    senders: dict[tuple[int, int], int]

    def not_yet(self, sender: int | None, openings: Iterable[Opening]) -> list[str]:
        """The names of those who have not opened what is shared, without the client who sent it."""
        seen = list(openings)
        users = {one.user_id for one in seen}
        contacts = {one.contact_id for one in seen} | {sender}
        waited_for = self.firm if sender is not None else ()
        names = [name for user_id, name in waited_for if user_id not in users]
        return names + [one.name for one in self.clients if one.contact_id not in contacts]

    def sender(self, share: Share) -> int | None:
        """The client who sent or brought what is shared, by row id. Its document is loaded."""
        if share.document is None or share.contact_id is not None:
            return share.contact_id
        return self.senders.get((share.document.id, share.version or share.document.latest))


def expected(session: Session, matter_id: int, document_ids: Iterable[int]) -> Expected:
    """Who is to open what is shared of these documents, and everything else that is."""
    taking_part = access.participants(session, matter_id)
    firm = [(one.user.id, one.user.name) for one in taking_part if one.user is not None]
    clients = [one.contact for one in taking_part if one.contact is not None]
    return Expected(_readers(session, clients), firm, brought_by_clients(session, document_ids))
