"""What is done with documents and folders, in the words of the activity log (FEATURES X9).

The log is read by administrators, to whom no matter is closed.
"""

from collections.abc import Collection, Mapping

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.audit import Kind, describe
from portal.core.words import LAST_CHAR, folded
from portal.documents.models import Document, Folder

FOUND_MAX = 10
Named = type[Document] | type[Folder]


def _names(session: Session, model: Named, public_ids: Collection[str]) -> Mapping[str, str]:
    statement = select(model.public_id, model.name).where(model.public_id.in_(public_ids))
    return {row.public_id: row.name for row in session.execute(statement)}


def _called(session: Session, model: Named, typed: str) -> Collection[str]:
    start = folded(typed)
    called = (model.name_key >= start) & (model.name_key < start + LAST_CHAR)
    statement = select(model.public_id).where(called).order_by(model.name_key)
    return session.scalars(statement.limit(FOUND_MAX)).all()


describe(
    {
        "folder.made": _("Folder made"),
        "folder.renamed": _("Folder renamed"),
        "folder.moved": _("Folder moved"),
        "document.renamed": _("Document renamed"),
        "document.moved": _("Document moved"),
    },
    {
        "document": Kind(
            _("Document"),
            "documents.show",
            lambda session, public_ids: _names(session, Document, public_ids),
            lambda session, typed: _called(session, Document, typed),
        ),
        "folder": Kind(
            _("Folder"),
            "documents.folder",
            lambda session, public_ids: _names(session, Folder, public_ids),
            lambda session, typed: _called(session, Folder, typed),
        ),
    },
)
