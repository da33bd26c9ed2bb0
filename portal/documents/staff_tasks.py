"""What the staff pages of documents share: the blueprint, the way back, and dialogs."""

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol, cast

from flask import Response, url_for
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from portal.clients import queries as clients
from portal.clients.access import Closed, closed_to
from portal.clients.models import Matter
from portal.documents import queries, words
from portal.documents.models import Document, Folder
from portal.feed.people import Person, SignedIn, person_of_user
from portal.web.blueprints import StaffBlueprint, staff_blueprint
from portal.web.fragments import page_or_fragment
from portal.web.permissions import PORTALS

What = Document | Folder

blueprint = staff_blueprint("documents", __name__)
blueprint.add_app_template_filter(words.type_words, "file_type")


class Find(Protocol):
    """Loads the document or folder that an address names, in this session. Raises `Missing`, also
    where its matter is closed to the viewer."""

    def __call__(self, session: Session) -> What: ...


_KINDS: dict[str, Callable[[Session, str, Closed], What]] = {
    "documents": queries.document,
    "folders": queries.folder,
}


def on_both(
    pages: StaffBlueprint, method: str, tail: str, endpoints: tuple[str, str]
) -> Callable[[Callable[[Find], AnyResponse]], None]:
    """Register one view for a document and for a folder, below the address of each; `endpoints`
    are their names in that order."""

    def register(view: Callable[[Find], AnyResponse]) -> None:
        for (kind, find), endpoint in zip(_KINDS.items(), endpoints, strict=True):
            rule = f"/{kind}/<public_id>/{tail}"
            add = pages.route(rule, methods=[method], needs=PORTALS, endpoint=endpoint)
            add(partial(_answer, view, find))

    return register


def _answer(
    view: Callable[[Find], AnyResponse],
    find: Callable[[Session, str, Closed], What],
    public_id: str,
) -> AnyResponse:
    return view(lambda session: find(session, public_id, closed_to(session, current_user)))


def me() -> Person:
    """The signed-in user, as somebody who acts in a portal."""
    return person_of_user(cast(SignedIn, current_user))


def matter_of(session: Session, what: What) -> Matter:
    """The matter of a document or folder that was found open to the viewer."""
    return clients.matter_by_id(session, what.matter_id)


def place_of(what: What) -> int | None:
    """The folder that something lies in, by row id."""
    return what.folder_id if isinstance(what, Document) else what.parent_id


def list_url(matter: Matter, folder: Folder | None = None) -> str:
    """Where the documents of a folder stand, or those outside of all."""
    inside = folder.public_id if folder else None
    return url_for("documents.of_matter", public_id=matter.public_id, folder=inside)


def url_of(what: What, matter: Matter) -> str:
    """Where a document or folder is shown."""
    if isinstance(what, Folder):
        return list_url(matter, what)
    return url_for("documents.show", public_id=what.public_id)


def task(
    body: str,
    title: str,
    back_url: str,
    status: int = 200,
    *,
    errors: dict[str, str] | None = None,
    **context: Any,
) -> Response:
    """One thing to do: a dialog for htmx, else a page of its own."""
    return page_or_fragment(
        "documents/staff_task.html",
        "components/task_dialog.html",
        status,
        body=body,
        title=title,
        back_url=back_url,
        errors=errors or {},
        **context,
    )
