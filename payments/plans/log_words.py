"""What the actions on payment plans and autocharge are called in the activity log (FEATURES X9)."""

from collections.abc import Callable, Collection, Mapping

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.plans.models import Autocharge, PaymentPlan
from portal.clients.models import Contact
from portal.core.audit import Kind, describe


def _named(
    model: type[PaymentPlan] | type[Autocharge],
) -> Callable[[Session, Collection[str]], Mapping[str, str]]:
    def named(session: Session, public_ids: Collection[str]) -> Mapping[str, str]:
        rows = session.execute(
            select(model.public_id, Contact.name)
            .join(Contact, Contact.id == model.client_id)
            .where(model.public_id.in_(public_ids))
        )
        return {row.public_id: row.name for row in rows}

    return named


describe(
    {
        "autocharge.failed": _("Bill not charged automatically"),
        "autocharge.turned_off": _("Autocharge turned off"),
        "autocharge.turned_on": _("Autocharge turned on"),
        "plan.accepted": _("Payment plan accepted"),
        "plan.canceled": _("Payment plan canceled"),
        "plan.changed": _("Payment plan changed"),
        "plan.finished": _("Payment plan finished"),
        "plan.instalment_failed": _("Instalment failed"),
        "plan.instalment_skipped": _("Instalment skipped"),
        "plan.instalment_tried_again": _("Instalment tried again"),
        "plan.made": _("Payment plan made"),
        "plan.paused": _("Payment plan paused"),
        "plan.resumed": _("Payment plan resumed"),
    },
    {
        "autocharge": Kind(_("Autocharge"), None, _named(Autocharge)),
        "plan": Kind(_("Payment plan"), "payment_plans.show", _named(PaymentPlan)),
    },
)
