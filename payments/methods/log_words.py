"""What the actions on stored methods are called in the activity log (FEATURES X9)."""

from collections.abc import Collection, Mapping

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.methods.models import MethodRequest, StoredMethod
from portal.core.audit import Kind, describe


def _methods_named(session: Session, public_ids: Collection[str]) -> Mapping[str, str]:
    rows = session.execute(
        select(StoredMethod.public_id, StoredMethod.label).where(
            StoredMethod.public_id.in_(public_ids)
        )
    )
    return {row.public_id: row.label for row in rows}


def _requests_named(session: Session, public_ids: Collection[str]) -> Mapping[str, str]:
    rows = session.execute(
        select(MethodRequest.public_id, MethodRequest.name).where(
            MethodRequest.public_id.in_(public_ids)
        )
    )
    return {row.public_id: row.name for row in rows}


describe(
    {
        "method.agreed": _("Storing a payment method agreed to"),
        "method.deleted": _("Payment method deleted"),
        "method.requested": _("Client asked to store a payment method"),
        "method.request_withdrawn": _("Request to store a payment method withdrawn"),
        "method.stored": _("Payment method stored"),
        "method.void": _("Bank account void: its bank sent a payment back"),
    },
    {
        "method": Kind(_("Payment method"), None, _methods_named),
        "method-request": Kind(_("Request to store a method"), None, _requests_named),
    },
)
