"""A client's documents: what is shared with them, and what they upload (FEATURES C3, C17)."""

from typing import Any

from flask import Response, g, request, url_for
from sqlalchemy.orm import Session

from portal.access import queries as access
from portal.clients.models import Matter
from portal.clients.queries import matter_by_id
from portal.core import db
from portal.documents import listing, queries, shown_to_clients
from portal.documents.forms import Filters
from portal.documents.listing import Shelf
from portal.documents.models import Folder
from portal.documents.types import PDF, PICTURES
from portal.documents.visible import Visible, folder_for_client, visible
from portal.feed import actions as feed
from portal.feed.people import Person, SignedInClient, person_of_client
from portal.feed.queries import was_opened
from portal.firm.brand import brand
from portal.web.blueprints import client_blueprint
from portal.web.client_surface import current_client
from portal.web.fragments import page_or_fragment

FOLDER = "folder"

blueprint = client_blueprint("client_documents", __name__)


@blueprint.route("/matters/<public_id>/documents", methods=["GET"])
def show(public_id: str) -> Response:
    """What is shared with the client in one matter, and where they upload."""
    filters = Filters.read(request.args)
    with db.read() as session:
        g.brand = brand(session)
        matter = access.client_matter(session, current_client().contact_id, public_id)
        shown = visible(session, matter.id)
        shelf = shown_to_clients.outermost(session, matter.id, shown, filters.wanted)
        context = _context(session, matter, shelf, [], shown)
        others = shown_to_clients.others(session, matter.id, current_client().contact_id)
    address = url_for("client_documents.show", public_id=matter.public_id)
    return _page(address, filters, shelf, folder=None, unopened=False, others=others, **context)


@blueprint.route("/folders/<public_id>", methods=["GET"])
def folder(public_id: str) -> Response:
    """What lies in a folder that is shared with the client."""
    filters, client = Filters.read(request.args), current_client()
    with db.read() as session:
        g.brand = brand(session)
        found = folder_for_client(session, client.contact_id, public_id)
        matter = matter_by_id(session, found.matter_id)
        shown = visible(session, matter.id)
        folders = queries.folders_of(session, matter.id)
        path = shown_to_clients.visible_path(queries.path_to(folders, found.id), shown)
        shelf = listing.in_folder(session, matter.id, found.id, filters.wanted)
        context = _context(session, matter, shelf, path, shown)
        opened = was_opened(session, matter.id, _me(), FOLDER, found.public_id)
    address = url_for("client_documents.folder", public_id=found.public_id)
    return _page(address, filters, shelf, folder=found, unopened=not opened, **context)


@blueprint.route("/folders/<public_id>/opened", methods=["POST"])
def folder_opened(public_id: str) -> tuple[str, int]:
    """The client has this folder on their screen: noted once (FEATURES C4, C6)."""
    with db.transaction() as session:
        found = folder_for_client(session, current_client().contact_id, public_id)
        feed.note_opened(session, found.matter_id, _me(), FOLDER, found.public_id, found.name)
    return "", 204


def _me() -> Person:
    client: SignedInClient = current_client()
    return person_of_client(client)


def _context(
    session: Session, matter: Matter, shelf: Shelf, path: list[Folder], shown: Visible
) -> dict[str, Any]:
    contact_id = current_client().contact_id
    return {
        "matter": matter,
        "path": path,
        "news": shown_to_clients.new_to(session, matter.id, contact_id, shelf.rows),
        "anything": bool(shown.folder_ids or shown.document_ids or shown.pinned),
        "opens": {PDF, *PICTURES},
    }


def _page(address: str, filters: Filters, shelf: Shelf, **context: Any) -> Response:
    before = f"{address}?before={shelf.newer}" if shelf.newer else None
    return page_or_fragment(
        "documents/client_documents.html",
        "documents/_client_documents.html",
        shelf=shelf,
        turned=filters.turned,
        first_url=address,
        pages={
            "previous_url": before,
            "next_url": f"{address}?after={shelf.older}" if shelf.older else None,
        },
        **context,
    )
