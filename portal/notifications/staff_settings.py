"""**Settings → Online payments → Payment Notifications**, for administrators (FEATURES N2)."""

from collections.abc import Sequence
from typing import Any, cast

from flask import Response, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user
from htmx_flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from portal.core import db
from portal.core.errors import Invalid
from portal.firm import groups
from portal.firm.groups import ListedGroup
from portal.notifications import actions, forms, queries
from portal.notifications.forms import Choice
from portal.notifications.queries import Told
from portal.web.blueprints import staff_blueprint
from portal.web.permissions import CHOOSE_PAYMENT_NOTIFICATIONS

ADDRESS = "/settings/payment-notifications"
TITLE = lazy_gettext("Payment Notifications")
OPENER = "payment-notifications"
PREVIEW = "notifications/_choice.html"
NAMES_MAX = 200  # shown by name; who comes after them is counted

blueprint = staff_blueprint("payment_notifications", __name__)
groups.add_opener(OPENER, groups.Opener(TITLE, "payment_notifications.show"))


@blueprint.get(ADDRESS, needs=CHOOSE_PAYMENT_NOTIFICATIONS)
def show() -> str:
    """Who is emailed now, and the choice; `group` is a new group, ready to be saved (N6)."""
    brought = request.args.get(forms.GROUP)
    return _page(Choice(forms.GROUP, brought) if brought else None)


@blueprint.get(f"{ADDRESS}/preview", needs=CHOOSE_PAYMENT_NOTIFICATIONS)
def preview() -> str:
    """The choice as somebody stands at it, and whom it would email; nothing is kept (N5)."""
    target, group = request.args.get(forms.FIELD, ""), request.args.get(forms.GROUP, "")
    if request.htmx.trigger_name == forms.GROUP:
        target = forms.GROUP if group else target  # to pick a group is to choose it
    elif target != forms.GROUP:
        group = ""
    return _page(Choice(target, group), template=PREVIEW)


@blueprint.post(ADDRESS, needs=CHOOSE_PAYMENT_NOTIFICATIONS)
def save() -> AnyResponse:
    """Keep the one target that was chosen."""
    try:
        choice = Choice.read(request.form)
        with db.transaction() as session:
            chosen = choice.chosen(session, changing=True)
            actions.choose_audience(session, chosen, by=current_user.actor)
    except Invalid as wrong:
        return _again(wrong)
    flash(_("The changes were saved."))
    return redirect(url_for("payment_notifications.show"), 303)


def _again(wrong: Invalid) -> Response:
    targets = request.form.getlist(forms.FIELD)
    typed = Choice(targets[0] if len(targets) == 1 else "", request.form.get(forms.GROUP, ""))
    return make_response(_page(typed, {str(wrong.field): str(wrong)}), 422)


def _page(
    asked: Choice | None = None,
    errors: dict[str, str] | None = None,
    template: str = "notifications/staff_settings.html",
) -> str:
    with db.read() as session:
        chosen = queries.chosen_audience(session)
        told = queries.first_told(session, chosen, NAMES_MAX)
        saved = Choice.of(chosen)
        found = groups.find_groups(session, archived=False)
        choice = saved if asked is None or (not errors and _unknown(asked, found)) else asked
        levels = forms.level_options(session)
        would = None if choice == saved else _would_email(session, choice)
    return render_template(
        template,
        title=TITLE,
        chosen=chosen,
        emailed=forms.will_be_emailed(told) if told.count else None,
        levels=levels,
        groups=forms.group_options(found),
        choice=choice,
        # After a refusal only the saved group is left of the choice before.
        group_shown=(saved if errors else choice).group,
        changed=choice != saved and not errors,
        would=forms.will_be_emailed(would) if would and would.count else None,
        empty=would is not None and not would.count,
        errors=errors or {},
        announced=template == PREVIEW,
        new_group_url=url_for("groups.new", **cast(Any, {"for": OPENER})),
    )


def _unknown(asked: Choice, found: Sequence[ListedGroup]) -> bool:
    offered = {group.public_id for group in found}
    return bool(asked.group) and asked.group not in offered


def _would_email(session: Session, choice: Choice) -> Told | None:
    try:
        return queries.first_told(session, choice.chosen(session), NAMES_MAX)
    except Invalid:
        return None
