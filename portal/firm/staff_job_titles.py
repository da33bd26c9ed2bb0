"""**Settings → Groups, Permissions, and Job Titles → Job Titles** (FEATURES N9)."""

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import ngettext
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.core import db
from portal.core.errors import Invalid
from portal.firm import job_titles
from portal.web.blueprints import staff_blueprint
from portal.web.permissions import MANAGE_USERS

ADDRESS = "/settings/job-titles"

blueprint = staff_blueprint("job_titles", __name__)


@blueprint.get(ADDRESS, needs=MANAGE_USERS)
def index() -> str:
    """The titles in use and who holds them."""
    after = request.args.get("after", "").replace("\0", "")[: job_titles.JOB_TITLE_CHARS_MAX]
    with db.read() as session:
        titles, next_after = job_titles.job_titles(session, after)
    return render_template(
        "firm/staff_job_titles.html",
        titles=titles,
        next_url=url_for("job_titles.index", after=next_after) if next_after else None,
        first_url=url_for("job_titles.index") if after else None,
    )


@blueprint.get(f"{ADDRESS}/rename", needs=MANAGE_USERS)
def edit() -> str:
    """The form that renames a title for all who hold it."""
    title = request.args.get("title", "")
    return _form(title, title)


@blueprint.post(f"{ADDRESS}/rename", needs=MANAGE_USERS)
def rename() -> Response:
    """Give all who hold the title its new name."""
    old, typed = request.form.get("old", "").replace("\0", ""), request.form.get("title", "")
    try:
        with db.transaction() as session:
            count = job_titles.rename(session, old, typed, by=current_user.actor)
    except Invalid as wrong:
        return make_response(_form(old, typed, {str(wrong.field): str(wrong)}), 422)
    flash(ngettext("%(num)s user has the title.", "%(num)s users have the title.", count))
    return redirect(url_for("job_titles.index"), 303)


def _form(old: str, typed: str, errors: dict[str, str] | None = None) -> str:
    return render_template("firm/staff_job_title.html", old=old, typed=typed, errors=errors or {})
