"""What the actions of the firm's own house are called in the activity log (FEATURES X9).

Features to the right describe their own with `portal.core.audit.describe`.
"""

from collections.abc import Collection, Mapping

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.audit import Kind, describe
from portal.core.words import folded
from portal.firm.models import Group, User

FOUND_MAX = 10

ACTORS = {
    "payer": _("A payer"),
    "processor": _("Stripe"),
    "webhook": _("Stripe"),
    "job": _("The system"),
    "system": _("The system"),
}


def users_named(session: Session, public_ids: Collection[str]) -> Mapping[str, str]:
    """The names of these users, by public id."""
    rows = session.execute(select(User.public_id, User.name).where(User.public_id.in_(public_ids)))
    return {row.public_id: row.name for row in rows}


def _users_called(session: Session, typed: str) -> Collection[str]:
    called = User.name_key.startswith(folded(typed), autoescape=True)
    statement = select(User.public_id).where(called | (User.email == typed.lower()))
    return session.scalars(statement.order_by(User.name_key).limit(FOUND_MAX)).all()


def _groups_named(session: Session, public_ids: Collection[str]) -> Mapping[str, str]:
    rows = session.execute(
        select(Group.public_id, Group.name).where(Group.public_id.in_(public_ids))
    )
    return {row.public_id: row.name for row in rows}


def _groups_called(session: Session, typed: str) -> Collection[str]:
    called = Group.name.istartswith(typed, autoescape=True)
    return session.scalars(select(Group.public_id).where(called).limit(FOUND_MAX)).all()


describe(
    {
        "activity_log.exported": _("Activity log exported"),
        "activity_log.signed_again": _("Activity log signed with a new key"),
        "email.sent_again": _("Email sent again"),
        "email.tested": _("Test email sent"),
        "firm.published": _("Branding published"),
        "firm.set_up": _("Firm set up"),
        "group.added": _("Group added"),
        "group.archived": _("Group archived"),
        "group.edited": _("Group edited"),
        "group.unarchived": _("Group unarchived"),
        "job_title.renamed": _("Job title renamed"),
        "user.added": _("User added"),
        "user.authenticator_added": _("Authenticator app added"),
        "user.authenticator_removed": _("Authenticator app removed"),
        "user.browser_signed_out": _("Another browser signed out"),
        "user.confirmed": _("User confirmed who they are"),
        "user.disabled": _("User disabled"),
        "user.edited": _("User edited"),
        "user.enabled": _("User enabled"),
        "user.factors_forgotten": _("Second factors removed"),
        "user.invitation_withdrawn": _("Invitation withdrawn"),
        "user.invited": _("User invited"),
        "user.joined": _("Invitation accepted"),
        "user.passkey_added": _("Passkey added"),
        "user.passkey_removed": _("Passkey removed"),
        "user.password_changed": _("Password changed"),
        "user.password_reset_sent": _("Password reset sent"),
        "user.proof_refused": _("User failed to confirm who they are"),
        "user.recovery_code_used": _("Recovery code used"),
        "user.recovery_codes_made": _("Recovery codes made"),
        "user.sessions_ended": _("All browsers signed out"),
        "user.signed_in": _("Signed in"),
        "user.signed_out": _("Signed out"),
    },
    {
        "activity_log": Kind(_("Activity log")),
        "delivery": Kind(_("Email")),
        "firm": Kind(_("The firm")),
        "group": Kind(_("Group"), "groups.edit", _groups_named, _groups_called),
        "user": Kind(_("User"), "users.edit", users_named, _users_called),
    },
)
