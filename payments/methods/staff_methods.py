"""The tab **Payment methods** of a contact: what this client lets the firm charge (FEATURES P8)."""

from flask import Response, g, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy

from payments.methods import (
    queries,
    staff_asking,  # noqa: F401  registers its routes
    staff_shown,
)
from payments.methods.asked_when import agreed_at
from payments.methods.staff_shown import blueprint
from portal.clients import tabs
from portal.core import db
from portal.core.errors import Missing
from portal.firm.brand import brand
from portal.web.permissions import LOOK

__all__ = ["blueprint", "show_on_other_pages"]


def show_on_other_pages() -> None:
    """Stored methods as a tab of their client. Called by app.py."""
    tabs.add_contact_tab(_lazy("Payment methods"), "stored_methods.of_contact")


@blueprint.get("/contacts/<public_id>/payment-methods", needs=LOOK)
def of_contact(public_id: str) -> Response:
    """Every method that the client has stored, deleted ones too. They belong to no matter."""
    with db.read() as session:
        context = staff_shown.tab_of(session, staff_shown.client(session, public_id))
    return staff_shown.whole_tab(context)


@blueprint.get("/payment-methods/<public_id>/consent", needs=LOOK)
def consent(public_id: str) -> str:
    """What the client agreed to, with time and address: the proof, as a sheet to print."""
    with db.read() as session:
        g.brand = brand(session)
        method = queries.by_public_id(session, public_id)
        if method is None:
            raise Missing(_("There is no such payment method."))
        agreed = agreed_at(session, method)
    return render_template("methods/staff_consent.html", method=method, agreed_at=agreed)
