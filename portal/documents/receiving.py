"""The bytes of an upload on their way into the store, and what becomes of them in the end.

Whole or in parts (or in a form: receiving_forms.py), nothing stands before all of it has come, and
never more than a piece of it is in memory. No transaction is held while bytes come in.
"""

from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import BinaryIO

from flask_babel import gettext as _
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.core import db, storage
from portal.core.errors import Conflict, Invalid, Refusal
from portal.core.storage import StorageUnavailable
from portal.documents.arriving import Arriving, Counted, file_object, part_object, preview_object
from portal.documents.models import FILE_BYTES_MAX, Document, StoredFile, Upload, UploadPart
from portal.documents.uploads import (
    PART_BYTES,
    Received,
    Still,
    admit,
    own,
    place,
    refuse_size,
    stand,
)
from portal.feed.people import Person

PIECE_BYTES = 256 * 1024


class CutOff(Invalid):
    """The connection broke before all bytes had come. What came of this part is forgotten."""

    status = 400


def pieces(body: BinaryIO, length: int | None) -> Iterator[bytes]:
    """The body of a request, piece by piece; `length` is what its header says, None for a chunked
    one. Raises `CutOff` where fewer bytes come than were announced."""
    left = length
    while left is None or left > 0:
        try:
            piece = body.read(PIECE_BYTES if left is None else min(left, PIECE_BYTES))
        except OSError as gone:
            raise _cut_off() from gone
        if not piece:
            break
        if left is not None:
            left -= len(piece)
        yield piece
    if left:
        raise _cut_off()


def _cut_off() -> CutOff:
    return CutOff(_("The connection broke off. Nothing was lost. Please send it again."))


def receive(
    public_id: str, by: Person, number: str | None, body: BinaryIO, length: int | None
) -> Upload:
    """Take what a request brings for an upload: a part of it, or without `number` all of it.

    `length` is what the request says, in bytes. Answers the upload as it is then. Raises what
    `receive_whole` and `receive_part` do.
    """
    if number is None:
        return receive_whole(public_id, by, pieces(body, length))
    if not (number.isascii() and number.isdigit() and len(number) < 5):
        raise _no_such_part()
    return receive_part(public_id, by, int(number), pieces(body, length))


def _no_such_part() -> Invalid:
    return Invalid(_("This file has no such part."), "part")


def receive_whole(public_id: str, by: Person, body: Iterable[bytes]) -> Upload:
    """Take the whole file of an upload. Where it stands already, nothing changes.

    Raises `Missing` for another's upload, `Invalid` where it is not as long as was announced.
    """
    with db.read() as session:
        upload = own(session, public_id, by)
    if upload.file_id is not None:
        return upload
    with closing(Arriving(upload.size_bytes or FILE_BYTES_MAX)) as arriving:
        for piece in body:
            arriving.write(piece)
        _refuse_other_length(arriving, upload.size_bytes)
        received = arriving.keep()
    return _let_stand(public_id, by, received)


def receive_part(public_id: str, by: Person, number: int, body: Iterable[bytes]) -> Upload:
    """Take one part of an upload; sent again, it takes the place of the one before.

    Raises `Missing` for another's upload, `Invalid` for a part that it does not have or that has
    another length than 8 MiB (the last: the rest).
    """
    with db.read() as session:
        upload = own(session, public_id, by)
    if upload.file_id is not None:
        return upload
    expected = part_sizes(upload).get(number)
    if expected is None:
        raise _no_such_part()
    # The disk is waited for once, when the parts are put together.
    with closing(Counted(part_object(public_id, number), expected, lasting=False)) as arriving:
        for piece in body:
            arriving.write(piece)
        _refuse_other_length(arriving, expected)
        arriving.stand()
    with db.transaction() as session:
        kept = own(session, public_id, by, locked=True)
        if kept.file_id is None and number not in {part.number for part in kept.parts}:
            kept.parts.append(UploadPart(number=number, size_bytes=expected))
            kept.parts.sort(key=lambda part: part.number)
        return kept


def part_sizes(upload: Upload) -> dict[int, int]:
    """How many bytes each part of an upload has, by its number from 1; none where its size was not
    announced."""
    size = upload.size_bytes or 0
    starts = range(0, size, PART_BYTES)
    return {n: min(PART_BYTES, size - start) for n, start in enumerate(starts, start=1)}


def _refuse_other_length(arriving: Counted, expected: int | None) -> None:
    refuse_size(arriving.size_bytes)
    if expected is not None and arriving.size_bytes != expected:
        raise CutOff(_("Fewer bytes came than were announced. Please send it again."))


def put_together(public_id: str, by: Person) -> Upload:
    """Make one file of the parts that have come. Where it stands already, nothing changes.

    Raises `Conflict` while parts are missing, `Missing` for another's upload.
    """
    with db.read() as session:
        upload = own(session, public_id, by)
    if upload.file_id is not None:
        return upload
    try:
        return _put_together(upload, by)
    except (Conflict, StorageUnavailable):
        # Asked to finish twice at once, the first takes the parts away when it is done.
        with db.read() as session:
            upload = own(session, public_id, by)
        if upload.file_id is None:
            raise
        return upload


def _put_together(upload: Upload, by: Person) -> Upload:
    public_id = upload.public_id
    sizes = part_sizes(upload)
    _refuse_missing_parts(upload, sizes)
    with closing(Arriving(FILE_BYTES_MAX)) as arriving:
        for number, size in sizes.items():
            for piece in storage.stream(part_object(public_id, number), 0, size):
                arriving.write(piece)
        received = arriving.keep()
    stands = _let_stand(public_id, by, received)
    storage.delete(*(part_object(public_id, number) for number in sizes))
    return stands


def _refuse_missing_parts(upload: Upload, sizes: dict[int, int]) -> None:
    there = {part.number for part in upload.parts}
    lost = {n for n in there if not storage.stands(part_object(upload.public_id, n))}
    if lost:
        with db.transaction() as session:
            session.execute(
                delete(UploadPart).where(
                    UploadPart.upload_id == upload.id, UploadPart.number.in_(lost)
                )
            )
    if not sizes or sizes.keys() != there - lost:
        raise Conflict(_("Parts of the file are missing. Please send them again."))


def _let_stand(public_id: str, by: Person, received: Received) -> Upload:
    # After an error that is none of ours nobody knows whether the row stands: the object stays, and
    # is swept where nothing names it.
    stands = False
    try:
        with db.transaction() as session:
            upload = own(session, public_id, by, locked=True)
            if upload.file_id is None:  # else it came twice at once, and the other was first
                stand(session, upload, received)
                stands = True
    except Refusal:
        storage.delete(file_object(received.object_id))
        raise
    if not stands:
        storage.delete(file_object(received.object_id))
    return upload


def finish(
    public_id: str, by: Person, still: Still | None = None
) -> tuple[Upload, StoredFile, Document | None]:
    """Put an upload together and make of it what it was begun for. Finishing twice is once. Raises
    `Missing` for whoever may not bring it any more (`still`): what came is swept then."""
    matter_id = put_together(public_id, by).matter_id
    with db.transaction() as session:
        admit(session, matter_id, by, still)
        upload = own(session, public_id, by, locked=True)
        document = place(session, upload, by)
        return upload, session.get_one(StoredFile, upload.file_id), document


def cancel(public_id: str, by: Person) -> None:
    """Forget an upload that nothing has used, with all that came of it. Raises `Missing`, and
    `Conflict` where it was used or the message that they are writing holds it."""
    try:
        with db.transaction() as session:
            upload = own(session, public_id, by, locked=True)
            if upload.used_at is not None:
                raise Conflict(_("This file was used already."))
            objects = forget(session, upload)
    except IntegrityError as held:
        raise Conflict(
            _("A message that you are writing has this file. Take it off there.")
        ) from held
    storage.delete(*objects)


def forget(session: Session, upload: Upload) -> list[str]:
    """Delete the rows of an unused upload; answers the objects to delete once that stands."""
    objects = [part_object(upload.public_id, part.number) for part in upload.parts]
    file = session.get(StoredFile, upload.file_id) if upload.file_id is not None else None
    session.delete(upload)
    session.flush()
    if file is not None:
        objects += [file_object(file.public_id), preview_object(file.public_id)]
        session.delete(file)
    session.flush()
    return objects
