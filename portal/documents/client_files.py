"""What clients send and fetch: uploads into **From client** and into messages, and downloads.

The steps are those of portal/documents/staff_files.py, under /portal instead of /staff: `begin`,
`put_part`, `state`, `finish`, `cancel`, `send`, `download`, `preview`. Clients choose no folder and
no document: what a message does not carry lands in **From client** (FEATURES C17).
"""

from functools import partial
from typing import Any

from flask import jsonify, redirect, request, url_for
from werkzeug.wrappers import Response

from portal.access.queries import client_matter, participation
from portal.core import db, storage
from portal.core.errors import Missing
from portal.documents import opening, protocol, receiving, receiving_forms, serving, uploads
from portal.documents.arriving import preview_object
from portal.documents.models import FILE_BYTES_MAX, Upload
from portal.feed.people import Person, person_of_client
from portal.web import errors
from portal.web.blueprints import client_blueprint
from portal.web.bodies import raw_body, takes_raw_body
from portal.web.client_surface import current_client

blueprint = client_blueprint("client_files", __name__)
takes_raw_body(blueprint, "put_part")
errors.answer_scripts(*(f"client_files.{name}" for name in protocol.STEPS))


@blueprint.before_request
def _store_files_of_the_form() -> None:
    if request.endpoint == "client_files.send":
        request.form_data_parser_class = receiving_forms.StoringForm


def _me() -> Person:
    return person_of_client(current_client())


def _still_takes_part(public_id: str) -> None:
    """Raise `Missing` unless the upload is theirs and they take part in its portal now: that of
    somebody who was removed ends at its next part."""
    with db.read() as session:
        upload = uploads.own(session, public_id, _me())
        if participation(session, upload.matter_id, _me()) is None:
            raise Missing


def _told(upload: Upload) -> dict[str, Any]:
    state_url = url_for("client_files.state", public_id=upload.public_id)
    return protocol.told(upload, state_url, f"{state_url}/finish")


@blueprint.route("/matters/<public_id>/uploads", methods=["POST"])
def begin(public_id: str) -> tuple[Response, int]:
    """Announce a file."""
    with db.transaction() as session:
        matter = client_matter(session, current_client().contact_id, public_id)
        upload = uploads.begin(
            session,
            matter.id,
            by=_me(),
            name=request.form.get("name", ""),
            size_bytes=protocol.size_asked(request.form.get("size", "")),
            for_message=request.form.get("for_message") == "1",
        )
        return jsonify(_told(upload)), 201


@blueprint.route("/uploads/<public_id>", methods=["GET"])
def state(public_id: str) -> Response:
    """What of it has come: after a cut only the rest is sent."""
    _still_takes_part(public_id)
    with db.read() as session:
        return jsonify(_told(uploads.own(session, public_id, _me())))


@blueprint.route(
    "/uploads/<public_id>", methods=["PUT"], body_bytes_max=FILE_BYTES_MAX, raw_body=True
)
def put_part(public_id: str) -> Response:
    """Take the file, or a part of it."""
    _still_takes_part(public_id)
    body, length = raw_body(FILE_BYTES_MAX)
    return jsonify(
        _told(receiving.receive(public_id, _me(), request.args.get("part"), body, length))
    )


@blueprint.route("/uploads/<public_id>/finish", methods=["POST"])
def finish(public_id: str) -> Response:
    """All has come: make of it what it was begun for."""
    _still_takes_part(public_id)
    upload, file, document = receiving.finish(public_id, _me())
    return jsonify({**_told(upload), **protocol.made(file, document)})


@blueprint.route("/uploads/<public_id>", methods=["DELETE"])
def cancel(public_id: str) -> tuple[str, int]:
    """Forget it."""
    receiving.cancel(public_id, _me())
    return "", 204


@blueprint.route(
    "/matters/<public_id>/files", methods=["POST"], body_bytes_max=receiving_forms.FORM_BYTES_MAX
)
def send(public_id: str) -> Response:
    """The same without script: one file in a form."""
    with db.read() as session:
        matter = client_matter(session, current_client().contact_id, public_id)
    for_message = request.form.get("for_message") == "1"
    arrived = request.files.getlist("file")
    upload = receiving_forms.take_form(arrived, matter.id, _me(), for_message=for_message)
    home = f"/portal/matters/{matter.public_id}"
    documents = f"{home}/messages" if for_message else f"{home}/documents"
    return redirect(protocol.way_back(request.form.get("back", "") or documents, home, upload), 303)


@blueprint.route("/documents/<public_id>/file", methods=["GET"])
def download(public_id: str) -> Response:
    """A document, to be saved, or with ?open=1 in a tab where that is safe; ?version=N: as a
    message carried it."""
    number = protocol.version_asked(request.args.get("version"))
    contact_id = current_client().contact_id
    with db.read() as session:
        document, file = opening.for_client(session, contact_id, public_id, number)
    if request.method == "GET":
        opening.note(document, _me())
    may_still = partial(opening.may_client, contact_id, public_id, number, file)
    opened = request.args.get("open") == "1"
    return serving.answer(request.environ, serving.Handed(file, document.name, opened, may_still))


@blueprint.route("/documents/<public_id>/preview", methods=["GET"])
def preview(public_id: str) -> Response:
    """The small picture of a picture; ?version=N: of what a message carried."""
    number = protocol.version_asked(request.args.get("version"))
    with db.read() as session:
        contact_id = current_client().contact_id
        _document, file = opening.for_client(session, contact_id, public_id, number)
    opening.refuse_without_preview(file)
    return serving.preview(storage.fetch(preview_object(file.public_id)))
