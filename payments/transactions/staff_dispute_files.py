"""The files of a dispute's kit: adding one, opening it, and taking it out again (FEATURES M7)."""

from contextlib import closing
from typing import BinaryIO, cast

from flask import Response, flash, redirect, request
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from payments.transactions import dispute_answering, dispute_files
from payments.transactions.disputed import Dispute
from payments.transactions.staff_disputes_shown import ONE, address, blueprint, dispute_of, page
from portal.core import db, storage
from portal.core.errors import Conflict, Invalid
from portal.documents.names import content_disposition
from portal.web.permissions import ANSWER_DISPUTES

FORM_BYTES_MAX = dispute_files.BYTES_MAX + 1_000_000
"""With the form around it. A little over the limit comes in and is told so in words."""


@blueprint.post(f"{ONE}/files", needs=ANSWER_DISPUTES, body_bytes_max=FORM_BYTES_MAX)
def add_file(public_id: str) -> AnyResponse:
    """Add a file that shows something to the bank, judged by its content."""
    field = request.form.get("field", "")
    with db.read() as session:
        dispute = dispute_of(session, public_id)
    try:
        dispute_answering.refuse_answered(dispute)
        received = _received(dispute)
    except (Conflict, Invalid) as refusal:
        return page(public_id, refusal, {"field": field})
    try:
        with db.transaction() as session:
            dispute = dispute_of(session, public_id, locked=True)
            dispute_files.add(session, dispute, field, received, by=current_user.actor)
    except (Conflict, Invalid) as refusal:
        storage.delete(received.stored_as)
        return page(public_id, refusal, {"field": field})
    flash(_("%(name)s was added. Nothing was sent.", name=received.name))
    return redirect(address(public_id), 303)


def _received(dispute: Dispute) -> dispute_files.Received:
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Invalid(_("Choose a PDF, JPEG or PNG file."), dispute_files.FILE)
    with closing(file):  # a large one lies on the disk
        return dispute_files.receive(dispute, file.filename, cast(BinaryIO, file.stream))


@blueprint.get(f"{ONE}/files/<file_id>", needs=ANSWER_DISPUTES)
def open_file(public_id: str, file_id: str) -> Response:
    """A file of the kit, to be saved."""
    with db.read() as session:
        file = dispute_files.of_dispute(session, dispute_of(session, public_id), file_id)
    response = Response(dispute_files.kept_here(file), mimetype=file.media_type)
    response.headers["Content-Disposition"] = content_disposition(file.name, inline=False)
    response.headers["Content-Length"] = str(file.bytes)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.post(f"{ONE}/files/<file_id>/removal", needs=ANSWER_DISPUTES)
def remove_file(public_id: str, file_id: str) -> AnyResponse:
    """Take a file out of the kit."""
    try:
        with db.transaction() as session:
            dispute = dispute_of(session, public_id, locked=True)
            stored_as = dispute_files.remove(session, dispute, file_id, by=current_user.actor)
    except Conflict as refusal:
        return page(public_id, refusal)
    storage.delete(stored_as)
    flash(_("The file was removed."))
    return redirect(address(public_id), 303)
