"""**Settings → Import and export**: a file is taken in, matched, checked, imported (FEATURES X7).

Taking in and checking a file changes nothing that others see. **Import** does, and asks an
administrator once more who they are; so no file is lost to that question.
"""

from typing import Any, cast

from flask import Response, abort, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from portal.core import db, storage
from portal.core.errors import Invalid
from portal.firm.queries import actor_names
from portal.imports import actions, forms, queries, refused
from portal.imports import log_words as _log_words  # noqa: F401  they register themselves
from portal.imports import running as _running  # noqa: F401  registers its jobs
from portal.imports.kinds import Choice, kinds, named
from portal.imports.models import ImportRun
from portal.imports.staff_shown import PERMISSION, blueprint, counted, show_run, state_of
from portal.web import lists
from portal.web.asked import row_id
from portal.web.downloads import csv_answer
from portal.web.fragments import page_or_fragment
from portal.web.permissions import IMPORT
from portal.web.staff_shell import is_open

EXPORTED = (
    "contacts.index",
    "matters.index",
    "bills.index",
    "trust_requests.index",
    "transactions.index",
)


@blueprint.before_request
def _write_the_file_to_the_disk() -> None:
    if request.endpoint == "imports.upload":
        request.form_data_parser_class = forms.FileForm


@blueprint.get("/settings/imports", needs=PERMISSION)
def index() -> Response:
    """What can be imported, where exports are, and the imports so far."""
    return _index()


def _index(errors: dict[str, str] | None = None, status: int = 200) -> Response:
    before, after = (row_id(request.args.get(name, "")) for name in ("before", "after"))
    with db.read() as session:
        page = queries.past(session, before=before, after=after)
        names = actor_names(session, {one.made_by for one in page.rows})
    return page_or_fragment(
        "imports/staff_imports.html",
        "imports/_imports.html",
        status,
        kinds=kinds(),
        kind_choices=[Choice(one.name, one.label, one.intro) for one in kinds()],
        kind_labels={one.name: one.label for one in kinds()},
        chosen=request.form.get("kind") or request.args.get("kind") or kinds()[0].name,
        errors=errors or {},
        rows=[(one, names[one.made_by], state_of(one), counted(one)) for one in page.rows],
        pages=lists.pages(page, lambda **place: url_for("imports.index", **place)),
        turned=before is not None or after is not None,
        exported=[one for one in EXPORTED if is_open(one, current_user.may)],
    )


@blueprint.post("/settings/imports", needs=PERMISSION, body_bytes_max=forms.FORM_BYTES_MAX)
def upload() -> AnyResponse:
    """Take in a file. What is no table is refused in a sentence, and nothing of it is kept."""
    kind = named(request.form.get("kind", ""))
    file = request.files.get("file")
    if file is None or not file.filename:
        return _index({"file": _("Choose a file.")}, 422)
    try:
        run = actions.take_file(kind, file.filename, cast(Any, file.stream), by=current_user.actor)
    except Invalid as wrong:
        return _index({"file": str(wrong)}, wrong.status)
    return _to(run)


@blueprint.get("/settings/imports/<public_id>", needs=PERMISSION)
def show(public_id: str) -> Response:
    """A file: its columns to be matched, how far it is, and what became of it."""
    return show_run(public_id)


@blueprint.post("/settings/imports/<public_id>/check", needs=PERMISSION)
def check(public_id: str) -> AnyResponse:
    """**Check**: look at every row, and change nothing."""
    with db.read() as session:
        kind = named(queries.import_run(session, public_id).kind)
    matched = forms.columns_chosen(kind, request.form)
    options = forms.options_chosen(kind, request.form)
    try:
        with db.transaction() as session:
            run = queries.import_run(session, public_id, locked=True)
            actions.check(session, run, matched, options)
    except actions.Unmatched as wrong:
        return show_run(public_id, matched=matched, options=options, errors=wrong.errors)
    return _to(run)


@blueprint.post("/settings/imports/<public_id>/start", needs=IMPORT)
def start(public_id: str) -> AnyResponse:
    """**Import**: add what the check found good."""
    with db.transaction() as session:
        run = queries.import_run(session, public_id, locked=True)
        actions.start(session, run, by=current_user.actor)
    return _to(run)


@blueprint.post("/settings/imports/<public_id>/stop", needs=PERMISSION)
def stop(public_id: str) -> AnyResponse:
    """**Stop**: what was added stays."""
    with db.transaction() as session:
        run = queries.import_run(session, public_id, locked=True)
        actions.stop(session, run, by=current_user.actor)
    return _to(run)


@blueprint.post("/settings/imports/<public_id>/resume", needs=IMPORT)
def resume(public_id: str) -> AnyResponse:
    """**Continue**: go on with what stopped before its end."""
    with db.transaction() as session:
        run = queries.import_run(session, public_id, locked=True)
        actions.resume(session, run, by=current_user.actor)
    return _to(run)


@blueprint.post("/settings/imports/<public_id>/removal", needs=PERMISSION)
def remove(public_id: str) -> AnyResponse:
    """**Discard**: forget a file of which nothing was imported."""
    actions.forget(public_id)
    return redirect(url_for("imports.index"), 303)


@blueprint.get("/settings/imports/<public_id>/refused.csv", needs=PERMISSION)
def refused_csv(public_id: str) -> Response:
    """The rows that were refused, each with the reason, to be mended and imported by themselves."""
    with db.read() as session:
        run = queries.import_run(session, public_id)
        told = queries.refused_rows(session, run.id)
    if not run.stored or storage.size(run.stored) is None:
        abort(404)
    lines = refused.lines(named(run.kind), run, told)
    return csv_answer(f"refused-{run.kind}.csv", lines)


@blueprint.get("/settings/imports/samples/<kind>.csv", needs=PERMISSION)
def sample(kind: str) -> Response:
    """A small file of a kind, as it may look."""
    return csv_answer(f"{kind}.csv", refused.sample(named(kind)))


def _to(run: ImportRun) -> AnyResponse:
    return redirect(url_for("imports.show", public_id=run.public_id), 303)
