"""Forgetting what nobody will ask for: uploads left lying, and bytes that no row names."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

import structlog
from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload

from portal.core import clock, db, storage
from portal.core.jobs import recurring
from portal.documents.models import StoredFile, Upload
from portal.documents.receiving import forget
from portal.documents.uploads import KEPT_FOR, KEPT_FOR_A_MESSAGE

SWEPT_EVERY = timedelta(hours=1)
AT_ONCE = 500

log = structlog.get_logger("documents")


@recurring("documents.sweep", every=SWEPT_EVERY)
def sweep() -> None:
    """Forget uploads that nobody finished or used for a day (for a message, where a draft may hold
    one: 30 days), and objects that a process left behind when it died. By the clock on the wall."""
    wall = clock.wall_time()
    for upload_id in _left_lying(wall):
        _forget(upload_id)
    for name in _orphans(wall - KEPT_FOR):
        storage.delete(name)
    storage.sweep(wall - KEPT_FOR)


def _left_lying(wall: datetime) -> list[int]:
    old, very_old = wall - KEPT_FOR, wall - KEPT_FOR_A_MESSAGE
    with db.read() as session:
        statement = select(Upload.id).where(
            Upload.begun_at < old,
            or_(Upload.begun_at < very_old, ~Upload.for_message & Upload.used_at.is_(None)),
        )
        return list(session.scalars(statement.order_by(Upload.begun_at).limit(AT_ONCE)))


def _forget(upload_id: int) -> None:
    try:
        with db.transaction() as session:
            upload = session.scalar(
                select(Upload)
                .options(selectinload(Upload.parts))
                .where(Upload.id == upload_id)
                .with_for_update()
            )
            if upload is None:
                return
            if upload.used_at is not None:
                session.delete(upload)  # its file is a document's by now
                return
            objects = forget(session, upload)
    except IntegrityError:
        return  # a draft still holds it
    storage.delete(*objects)


def _orphans(before: datetime) -> Iterator[str]:
    for prefix in ("files", "previews", "parts"):
        listed = (name for name, written in storage.listed(prefix) if written < before)
        while batch := list(islice(listed, AT_ONCE)):
            owners = {name: name.split("/")[1] for name in batch}
            column = Upload.public_id if prefix == "parts" else StoredFile.public_id
            with db.read() as session:
                known = set(session.scalars(select(column).where(column.in_(owners.values()))))
            for name, owner in owners.items():
                if owner not in known:
                    log.info("an object that nothing names is deleted", name=name)
                    yield name
