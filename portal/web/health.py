"""`/healthz`: this process answers. `/readyz`: so do database, documents and a worker."""

from datetime import timedelta

from flask import Response

from portal.core import clock, db, storage
from portal.core.jobs import queue
from portal.web.blueprints import public_blueprint

HEARTBEAT_MAX = timedelta(seconds=45)

blueprint = public_blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process is up."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
def readyz() -> Response:
    """The database and the store of documents answer, and a worker was seen within 45 seconds; else
    503 with the reason."""
    try:
        with db.read() as session:
            seen_at = queue.last_heartbeat(session)
    except Exception as broken:  # whatever it is, it is the answer
        return Response(f"database: {type(broken).__name__}\n", 503, mimetype="text/plain")
    try:
        storage.ping()
    except storage.StorageUnavailable:
        return Response("storage: does not answer\n", 503, mimetype="text/plain")
    if seen_at is None or clock.wall_time() - seen_at > HEARTBEAT_MAX:
        return Response("worker: not seen\n", 503, mimetype="text/plain")
    return Response("ok\n", mimetype="text/plain")
