"""What the log calls sending many at once (FEATURES X9)."""

from collections.abc import Collection, Mapping

from flask_babel import lazy_gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.billing.bulk import BulkSending
from portal.core.audit import Kind, describe


def _named(session: Session, public_ids: Collection[str]) -> Mapping[str, str]:
    rows = session.execute(
        select(BulkSending.public_id, BulkSending.documents).where(
            BulkSending.public_id.in_(public_ids)
        )
    )
    return {
        row.public_id: ngettext("of %(num)s document", "of %(num)s documents", row.documents)
        for row in rows
    }


describe(
    {
        "bulk_sending.started": _("Sending of many documents started"),
        "bulk_sending.retried": _("What failed of a bulk sending sent again"),
    },
    {"bulk_sending": Kind(_("Bulk sending"), "bills.bulk_sending", _named)},
)
