"""**Settings → Groups, Permissions, and Job Titles → Groups**, for administrators (FEATURES N7)."""

from typing import Any, cast

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from portal.core import db
from portal.core.errors import Invalid
from portal.firm import directory, groups
from portal.firm.forms import GroupForm
from portal.firm.models import Group, User
from portal.web.blueprints import staff_blueprint
from portal.web.fragments import wants_fragment
from portal.web.permissions import MANAGE_GROUPS

ARCHIVED = "archived"
OPENED_FOR = "for"
TITLE = lazy_gettext("Groups")

blueprint = staff_blueprint("groups", __name__)


@blueprint.get("/settings/groups", needs=MANAGE_GROUPS)
def index() -> str:
    """The groups in use, or with `state=archived` those archived."""
    archived = request.args.get("state") == ARCHIVED
    with db.read() as session:
        found = groups.find_groups(session, archived=archived)
    tabs = [
        {"label": _("In use"), "url": url_for("groups.index"), "current": not archived},
        {
            "label": _("Archived"),
            "url": url_for("groups.index", state=ARCHIVED),
            "current": archived,
        },
    ]
    return render_template(
        "firm/staff_groups.html", title=TITLE, found=found, archived=archived, tabs=tabs
    )


@blueprint.get("/settings/groups/new", needs=MANAGE_GROUPS)
def new() -> str:
    """The form of a new group; `for` names the page that asked for it, which suggests a name."""
    asked = groups.opener(request.args.get(OPENED_FOR))
    return _form(GroupForm(str(asked.name) if asked else ""))


@blueprint.post("/settings/groups/new", needs=MANAGE_GROUPS)
def add() -> AnyResponse | str:
    """Make a group, and bring it back to the page that asked for it."""
    form = GroupForm.read(request.form)
    if form.unsaved:
        return _form(form)
    try:
        with db.transaction() as session:
            made = groups.add_group(
                session, form.details(_members(session, form)), by=current_user.actor
            )
    except Invalid as wrong:
        return _again(form, wrong)
    flash(_("The group was added."))
    asked = groups.opener(request.args.get(OPENED_FOR))
    if asked is not None:
        return redirect(url_for(asked.endpoint, group=made.public_id), 303)
    return redirect(url_for("groups.index"), 303)


@blueprint.get("/settings/groups/<public_id>", needs=MANAGE_GROUPS)
def edit(public_id: str) -> str:
    """The form of a group as it stands, with **Archive group** or **Unarchive group**."""
    with db.read() as session:
        group = groups.group(session, public_id)
    return _form(GroupForm.of(group), group)


@blueprint.post("/settings/groups/<public_id>", needs=MANAGE_GROUPS)
def save(public_id: str) -> AnyResponse | str:
    """Keep what was changed on a group."""
    form = GroupForm.read(request.form)
    with db.read() as session:
        group = groups.group(session, public_id)
    if form.unsaved:
        return _form(form, group)
    try:
        with db.transaction() as session:
            kept = groups.group(session, public_id, changing=True)
            details = form.details(_members(session, form), kept.members)
            groups.edit_group(session, kept, details, version=form.version, by=current_user.actor)
    except Invalid as wrong:
        return _again(form, wrong, group)
    flash(_("The group was saved."))
    return redirect(url_for("groups.index", state=ARCHIVED if group.archived_at else None), 303)


@blueprint.post("/settings/groups/<public_id>/archival", needs=MANAGE_GROUPS)
def archive(public_id: str) -> AnyResponse:
    """Take a group out of every choice."""
    with db.transaction() as session:
        kept = groups.group(session, public_id, changing=True)
        groups.archive_group(session, kept, by=current_user.actor)
    flash(_("The group was archived. You find it under Archived."))
    return redirect(url_for("groups.index"), 303)


@blueprint.post("/settings/groups/<public_id>/unarchival", needs=MANAGE_GROUPS)
def unarchive(public_id: str) -> AnyResponse:
    """Let a group be chosen again."""
    with db.transaction() as session:
        kept = groups.group(session, public_id, changing=True)
        groups.unarchive_group(session, kept, by=current_user.actor)
    flash(_("The group is in use again."))
    return redirect(url_for("groups.index"), 303)


def _again(form: GroupForm, wrong: Invalid, group: Group | None = None) -> Response:
    errors = {str(wrong.field): str(wrong)}
    return make_response(_form(form, group, errors), 422)


def _members(session: Session, form: GroupForm) -> list[User]:
    return directory.users_by_public_id(session, form.members)


def _form(form: GroupForm, group: Group | None = None, errors: dict[str, str] | None = None) -> str:
    with db.read() as session:
        members = form.known(_members(session, form))
        looked_for = form.searched and form.typed
        found = directory.to_pick(session, form.typed, form.members) if looked_for else None
    asked = request.args.get(OPENED_FOR)
    opener = groups.opener(asked)
    return render_template(
        "firm/_group_form.html" if wants_fragment() else "firm/staff_group.html",
        title=TITLE,
        form=form,
        group=group,
        errors=errors or {},
        members=members,
        found=found,
        action=url_for("groups.save", public_id=group.public_id)
        if group
        else url_for("groups.add", **cast(Any, {OPENED_FOR: asked} if opener else {})),
        back_url=url_for(opener.endpoint if opener else "groups.index"),
    )
