"""A file in a form, for browsers without script: written straight into the store as it comes."""

from typing import Any

from flask_babel import gettext as _
from werkzeug.formparser import FormDataParser

from portal.core import db, storage
from portal.core.errors import Invalid, Refusal
from portal.documents.arriving import Arriving, file_object
from portal.documents.models import FILE_BYTES_MAX, Upload
from portal.documents.uploads import Still, admit, begin, place, stand
from portal.feed.people import Person

FORM_BYTES_MAX = FILE_BYTES_MAX + 64 * 1024
"""What a form with the largest file weighs, its own words included."""

FIELD_BYTES_MAX = 256 * 1024
"""What its words weigh together. The parser counts what it has read ahead, too."""


class StoringForm(FormDataParser):
    """Reads a form and writes its files straight into the store, so that they are written once.

    What is not taken out by the view is dropped with the request.
    """

    def __init__(self, **more: Any) -> None:
        mine = {"stream_factory": self._receive, "max_form_memory_size": FIELD_BYTES_MAX}
        super().__init__(**{**more, **mine})
        self._begun: list[Arriving] = []

    def _receive(self, *_told: Any, **_more: Any) -> Any:
        arriving = Arriving(FILE_BYTES_MAX)
        self._begun.append(arriving)
        return arriving

    def parse(self, *args: Any, **more: Any) -> Any:
        """Read the form. Raises what its bytes give reason to, with nothing left in the store."""
        try:
            return super().parse(*args, **more)
        except BaseException:
            for arriving in self._begun:
                arriving.close()
            raise


def take_form(
    arrived: list[Any], matter_id: int, by: Person, still: Still | None = None, **begun: Any
) -> Upload:
    """Make an upload of the one file of a form that `StoringForm` has read, finished and placed.

    `begun` is what `begin` takes. Raises `Invalid` for none, an empty one, or more than one, and
    `Missing` for whoever may not bring it any more (`still`).
    """
    brought = [one for one in arrived if one.filename or one.stream.size_bytes]
    if not brought:
        raise Invalid(_("Choose a file."), "file")
    if len(brought) > 1:
        raise Invalid(_("Send one file at a time."), "file")
    file: Arriving = brought[0].stream
    received = file.keep()
    try:
        with db.transaction() as session:
            admit(session, matter_id, by, still)
            size = received.size_bytes
            name = brought[0].filename or ""
            upload = begin(session, matter_id, by=by, name=name, size_bytes=size, **begun)
            stand(session, upload, received)
            place(session, upload, by)
    except Refusal:
        storage.delete(file_object(received.object_id))
        raise
    return upload
