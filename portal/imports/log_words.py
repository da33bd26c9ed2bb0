"""What the log calls imports (FEATURES X9)."""

from collections.abc import Collection, Mapping

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.audit import Kind, describe
from portal.imports.models import ImportRun


def _named(session: Session, public_ids: Collection[str]) -> Mapping[str, str]:
    rows = session.execute(
        select(ImportRun.public_id, ImportRun.name).where(ImportRun.public_id.in_(public_ids))
    )
    return {row.public_id: row.name for row in rows}


describe(
    {
        "import.started": _("Import of a file started"),
        "import.stopped": _("Import of a file stopped"),
        "import.resumed": _("Import of a file continued"),
        "import.done": _("Import of a file done"),
    },
    {"import": Kind(_("Import"), "imports.show", _named)},
)
