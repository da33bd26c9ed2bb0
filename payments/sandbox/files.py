"""Files for a dispute: PDF, JPEG or PNG, at most 5 MB each (https://docs.stripe.com/file-upload)."""

import hashlib

from payments.sandbox.book import Json, Record
from payments.sandbox.desk import DAY_SECONDS, Desk, new_id
from payments.sandbox.errors import ApiError, bad_parameter
from payments.sandbox.wire import Params, required_text

EVIDENCE = "dispute_evidence"
FILE_BYTES_MAX = 5 * 1024 * 1024
EXPIRES_AFTER_SECONDS = 270 * DAY_SECONDS
BEGINNINGS = {b"%PDF-": "pdf", b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png"}

CREATE_PARAMS = ("expand", "file", "purpose")


def create_file(desk: Desk, params: Params) -> Record:
    """Keep a file's name, size and fingerprint; its bytes are looked at and let go.

    Raises ApiError for one that is empty, too large, or of another kind than its purpose takes.
    """
    purpose = required_text(params, "purpose")
    if purpose != EVIDENCE:
        raise bad_parameter("purpose", f"The sandbox takes files of the purpose {EVIDENCE} only.")
    name = required_text(params, "file")
    if desk.upload is None:
        raise bad_parameter("file", "Invalid file: send the request as multipart/form-data.")
    kind = _kind(desk.upload)
    file_id = new_id("file")
    body: Json = {
        "id": file_id,
        "object": "file",
        "created": desk.at,
        "expires_at": desk.at + EXPIRES_AFTER_SECONDS,
        "filename": name,
        "links": {
            "object": "list",
            "data": [],
            "has_more": False,
            "url": f"/v1/file_links?file={file_id}",
        },
        "purpose": purpose,
        "size": len(desk.upload),
        "title": None,
        "type": kind,
        "url": f"{desk.base_url}/v1/files/{file_id}/contents",
    }
    hidden = {"sha256": hashlib.sha256(desk.upload).hexdigest()}
    return desk.book.add(desk.account, "file", desk.at, body, hidden)


def _kind(content: bytes) -> str:
    if not content:
        raise bad_parameter("file", "The file is empty.")
    if len(content) > FILE_BYTES_MAX:
        raise ApiError(400, "The file may be at most 5 MB.", param="file", executed=False)
    kind = next((word for start, word in BEGINNINGS.items() if content.startswith(start)), None)
    if kind is None:
        raise bad_parameter("file", "A file of this kind cannot be used: PDF, JPEG or PNG only.")
    return kind
