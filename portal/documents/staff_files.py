"""What the people of the firm send and fetch: uploads and downloads of documents.

An upload goes in steps, each of them answered with JSON (portal/documents/client_files.py has the
same for clients, under /portal instead of /staff):

    staff_files.begin    POST   /staff/matters/<matter>/uploads
                         name, size (bytes), and one of: for_message=1, folder=<id>, document=<id>
    staff_files.put_part PUT    /staff/uploads/<upload>?part=N
                         the raw bytes of part N, from 1; without ?part the whole file at once
    staff_files.state    GET    /staff/uploads/<upload>
    staff_files.finish   POST   /staff/uploads/<upload>/finish
    staff_files.cancel   DELETE /staff/uploads/<upload>            204

A state says where to send the rest: {"id", "name", "size", "address", "finish_address",
"part_bytes", "parts": [numbers that stand], "stands": whether all bytes are there}. `finish` adds
{"document": id or null, "type"}: null where a message is to carry the file, which the message form
then names by the upload's id. Whatever is refused is answered as {"error": sentence} with its
status; 409, 5xx and a broken connection are worth another try. The token goes in X-CSRFToken.

Without script a form sends the file: `staff_files.send`, POST /staff/matters/<matter>/files as
multipart/form-data with csrf_token, file, the same choice, and `back`: the page to show afterwards,
which gets ?upload=<id> where a message is to carry the file.
"""

from functools import partial
from typing import Any

from flask import jsonify, redirect, request, url_for
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal.clients import queries as clients
from portal.clients.access import closed_to
from portal.clients.models import Matter
from portal.core import db, storage
from portal.documents import file_log_words as _words  # noqa: F401  says what is recorded
from portal.documents import (
    opening,
    protocol,
    queries,
    receiving,
    receiving_forms,
    serving,
    uploads,
)
from portal.documents import previews as _previews  # noqa: F401  registers its job
from portal.documents import scanning as _scanning  # noqa: F401  registers its job
from portal.documents import sweeping as _sweeping  # noqa: F401  registers its job
from portal.documents.arriving import preview_object
from portal.documents.forms import public_id_in
from portal.documents.models import FILE_BYTES_MAX, Upload
from portal.feed.people import Person, person_of_user
from portal.firm.sessions import SignedIn
from portal.web import errors
from portal.web.blueprints import staff_blueprint
from portal.web.bodies import raw_body, takes_raw_body
from portal.web.permissions import LOOK, PORTALS

blueprint = staff_blueprint("staff_files", __name__)
takes_raw_body(blueprint, "put_part")
errors.answer_scripts(*(f"staff_files.{name}" for name in protocol.STEPS))


@blueprint.before_request
def _store_files_of_the_form() -> None:
    if request.endpoint == "staff_files.send":
        request.form_data_parser_class = receiving_forms.StoringForm


def _user() -> SignedIn:
    return current_user._get_current_object()  # type: ignore[return-value]


def _me() -> Person:
    return person_of_user(_user())


def _matter(session: Session, public_id: str) -> Matter:
    return clients.matter(session, public_id, closed_to(session, current_user))


def _still_open(public_id: str) -> None:
    """Raise `Missing` unless the upload is theirs and its matter is open to them now."""
    with db.read() as session:
        _is_open(session, uploads.own(session, public_id, _me()).matter_id)


def _is_open(session: Session, matter_id: int) -> None:
    """Raise `Missing` unless this matter is open to them now."""
    _matter(session, clients.matter_by_id(session, matter_id).public_id)


def _target(session: Session) -> dict[str, Any]:
    """What the upload is for, as the form says: a message, a version, a place."""
    closed = closed_to(session, current_user)
    form = request.form
    folder, document = public_id_in(form, "folder"), public_id_in(form, "document")
    return {
        "for_message": form.get("for_message") == "1",
        "folder_id": queries.folder(session, folder, closed).id if form.get("folder") else None,
        "document_id": (
            queries.document(session, document, closed).id if form.get("document") else None
        ),
    }


def _told(upload: Upload) -> dict[str, Any]:
    state_url = url_for("staff_files.state", public_id=upload.public_id)
    return protocol.told(upload, state_url, f"{state_url}/finish")


@blueprint.route("/matters/<public_id>/uploads", methods=["POST"], needs=PORTALS)
def begin(public_id: str) -> tuple[Response, int]:
    """Announce a file."""
    with db.transaction() as session:
        matter = _matter(session, public_id)
        upload = uploads.begin(
            session,
            matter.id,
            by=_me(),
            name=request.form.get("name", ""),
            size_bytes=protocol.size_asked(request.form.get("size", "")),
            **_target(session),
        )
        return jsonify(_told(upload)), 201


@blueprint.route("/uploads/<public_id>", methods=["GET"], needs=PORTALS)
def state(public_id: str) -> Response:
    """What of it has come: after a cut only the rest is sent."""
    _still_open(public_id)
    with db.read() as session:
        return jsonify(_told(uploads.own(session, public_id, _me())))


@blueprint.route(
    "/uploads/<public_id>", methods=["PUT"], needs=PORTALS, body_bytes_max=FILE_BYTES_MAX
)
def put_part(public_id: str) -> Response:
    """Take the file, or a part of it."""
    _still_open(public_id)
    body, length = raw_body(FILE_BYTES_MAX)
    return jsonify(
        _told(receiving.receive(public_id, _me(), request.args.get("part"), body, length))
    )


@blueprint.route("/uploads/<public_id>/finish", methods=["POST"], needs=PORTALS)
def finish(public_id: str) -> Response:
    """All has come: make of it what it was begun for."""
    _still_open(public_id)
    upload, file, document = receiving.finish(public_id, _me(), _is_open)
    return jsonify({**_told(upload), **protocol.made(file, document)})


@blueprint.route("/uploads/<public_id>", methods=["DELETE"], needs=PORTALS)
def cancel(public_id: str) -> tuple[str, int]:
    """Forget it."""
    receiving.cancel(public_id, _me())
    return "", 204


@blueprint.route(
    "/matters/<public_id>/files",
    methods=["POST"],
    needs=PORTALS,
    body_bytes_max=receiving_forms.FORM_BYTES_MAX,
)
def send(public_id: str) -> Response:
    """The same without script: one file in a form."""
    with db.read() as session:
        matter, target = _matter(session, public_id), _target(session)
    arrived = request.files.getlist("file")
    upload = receiving_forms.take_form(arrived, matter.id, _me(), _is_open, **target)
    home = f"/staff/matters/{matter.public_id}"
    return redirect(protocol.way_back(request.form.get("back", ""), home, upload), 303)


@blueprint.route("/documents/<public_id>/file", methods=["GET"], needs=LOOK)
def download(public_id: str) -> Response:
    """A document, to be saved, or with ?open=1 in a tab where that is safe; ?version=N an older."""
    number = protocol.version_asked(request.args.get("version"))
    viewer = _user()
    with db.read() as session:
        document, file = opening.for_staff(session, viewer, public_id, number)
    if request.method == "GET":
        opening.note(document, _me())
    may_still = partial(opening.may_staff, viewer, public_id, number, file)
    opened = request.args.get("open") == "1"
    return serving.answer(request.environ, serving.Handed(file, document.name, opened, may_still))


@blueprint.route("/documents/<public_id>/preview", methods=["GET"], needs=LOOK)
def preview(public_id: str) -> Response:
    """The small picture of a picture; ?version=N: of an older one."""
    number = protocol.version_asked(request.args.get("version"))
    with db.read() as session:
        _document, file = opening.for_staff(session, _user(), public_id, number)
    opening.refuse_without_preview(file)
    return serving.preview(storage.fetch(preview_object(file.public_id)))
