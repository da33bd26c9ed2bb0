"""**Settings → Online payments → Payment Notifications**, for administrators (FEATURES N2)."""

from typing import Any, cast

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from portal.core import db
from portal.core.errors import Invalid
from portal.firm import groups
from portal.firm.models import Level
from portal.notifications import actions, forms, queries
from portal.web.blueprints import staff_blueprint

ADMINISTRATORS = (Level.ADMINISTRATOR,)
ADDRESS = "/settings/payment-notifications"
TITLE = lazy_gettext("Payment Notifications")
OPENER = "payment-notifications"

blueprint = staff_blueprint("payment_notifications", __name__)
groups.add_opener(OPENER, groups.Opener(TITLE, "payment_notifications.show"))


@blueprint.get(ADDRESS, needs=ADMINISTRATORS)
def show() -> str:
    """Who is emailed now, and the choice; `group` is a new group, ready to be saved (N6)."""
    return _page(asked=request.args.get("group"))


@blueprint.post(ADDRESS, needs=ADMINISTRATORS)
def save() -> AnyResponse:
    """Keep the one target that was chosen."""
    try:
        with db.transaction() as session:
            chosen = forms.read_choice(session, request.form)
            actions.choose_audience(session, chosen, by=current_user.actor)
    except Invalid as wrong:
        return _again(wrong)
    flash(_("The changes were saved."))
    return redirect(url_for("payment_notifications.show"), 303)


def _again(wrong: Invalid) -> Response:
    return make_response(_page(errors={str(wrong.field): str(wrong)}), 422)


def _page(asked: str | None = None, errors: dict[str, str] | None = None) -> str:
    with db.read() as session:
        chosen = queries.chosen_audience(session)
        names = [name for name, _address in queries.people_told(session, chosen)]
        options = forms.options(session)
    brought = forms.group_value(asked or "")
    offered = any(option["value"] == brought for option in options)
    return render_template(
        "notifications/staff_settings.html",
        title=TITLE,
        chosen=chosen,
        emailed=forms.will_be_emailed(names) if names else None,
        options=options,
        value=brought if offered else forms.value_of(chosen),
        brought=offered,
        errors=errors or {},
        new_group_url=url_for("groups.new", **cast(Any, {"for": OPENER})),
    )
