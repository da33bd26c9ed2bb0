"""What the actions on trust requests are called in the activity log (FEATURES X9)."""

from collections.abc import Collection, Mapping

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.billing.requested import TrustRequest
from portal.core.audit import Kind, describe

DIGITS_MAX = 9


def _named(session: Session, public_ids: Collection[str]) -> Mapping[str, str]:
    rows = session.execute(
        select(TrustRequest.public_id, TrustRequest.number).where(
            TrustRequest.public_id.in_(public_ids)
        )
    )
    return {row.public_id: str(row.number or gettext("draft")) for row in rows}


def _numbered(session: Session, typed: str) -> Collection[str]:
    number = typed.lower().removeprefix("trust request").strip(" #")
    if not (number.isascii() and number.isdigit() and len(number) <= DIGITS_MAX):
        return []
    named = TrustRequest.number == int(number)
    return session.scalars(select(TrustRequest.public_id).where(named)).all()


describe(
    {
        "trust_request.approved": _("Trust request approved"),
        "trust_request.changed": _("Trust request changed"),
        "trust_request.deleted": _("Draft of a trust request deleted"),
        "trust_request.drafted": _("Trust request drafted"),
        "trust_request.edited": _("Trust request edited"),
        "trust_request.issued": _("Trust request issued"),
        "trust_request.submitted": _("Trust request sent for approval"),
        "trust_request.voided": _("Trust request voided"),
    },
    {"trust_request": Kind(_("Trust request"), "trust_requests.show", _named, _numbered)},
)
