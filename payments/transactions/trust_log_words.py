"""What keeping trust money safe is called in the activity log (FEATURES X9, M4)."""

from collections.abc import Collection, Mapping

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.accounts.models import BankAccount
from payments.transactions.replenished import Replenishment
from portal.core.audit import Kind, describe


def _tasks_named(session: Session, public_ids: Collection[str]) -> Mapping[str, str]:
    rows = session.execute(
        select(Replenishment.public_id, BankAccount.name)
        .join(BankAccount, BankAccount.id == Replenishment.bank_account_id)
        .where(Replenishment.public_id.in_(public_ids))
    )
    return {row.public_id: row.name for row in rows}


describe(
    {
        "bank_account.override_ended": _("Override of a trust account's preflight ended"),
        "bank_account.preflight_overridden": _("Trust account's preflight overridden"),
        "replenishment.done": _("Trust task done"),
        "replenishment.opened": _("Trust task opened"),
        "replenishment.released": _("Trust task no longer needed"),
    },
    {"replenishment": Kind(_("Trust task"), "trust_tasks.show", _tasks_named)},
)
