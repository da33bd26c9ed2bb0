"""Sending and fetching files as the pages' script does, for staff and for clients."""

import io
import os
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from portal.clients.models import Contact, Matter
from portal.web.client_sessions import COOKIE
from tests.factories import portals
from tests.support.cast import Cast, Person

BASE = "http://localhost:8000"
PART = 8 * 1024 * 1024
MAX = 104_857_600


@dataclass
class Sender:
    """Somebody signed in at a browser, whose uploads go under `/staff` or `/portal`."""

    http: FlaskClient
    surface: str
    token: str

    def ask(self, method: str, address: str, **more: Any) -> TestResponse:
        """One request with the form's token in its header."""
        headers = {"X-CSRFToken": self.token, **more.pop("headers", {})}
        return self.http.open(address, method=method, base_url=BASE, headers=headers, **more)

    def announce(self, matter: Matter, name: str, size: int | str, **target: str) -> TestResponse:
        """The first step."""
        form = {"name": name, "size": str(size), **target}
        return self.ask("POST", f"{self.surface}/matters/{matter.public_id}/uploads", data=form)

    def begin(self, matter: Matter, name: str, size: int | str, **target: str) -> dict[str, Any]:
        """The same, where it succeeds."""
        answer = self.announce(matter, name, size, **target)
        assert answer.status_code == 201, answer.text
        return answer.get_json()

    def put(
        self, state: dict[str, Any], body: bytes, part: int | None = None, **more: Any
    ) -> TestResponse:
        """Send a part, or all of it."""
        address = state["address"] + ("" if part is None else f"?part={part}")
        more.setdefault("content_type", "application/octet-stream")
        return self.ask("PUT", address, data=body, **more)

    def finish(self, state: dict[str, Any]) -> TestResponse:
        """The last step."""
        return self.ask("POST", state["finish_address"])

    def send(self, matter: Matter, name: str, body: bytes, **target: str) -> dict[str, Any]:
        """A whole file in one part; answers what became of it."""
        state = self.begin(matter, name, len(body), **target)
        assert self.put(state, body).status_code == 200
        answer = self.finish(state)
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def form(self, matter: Matter, *files: tuple[bytes, str], **fields: str) -> TestResponse:
        """The form without script."""
        sent = [FileStorage(io.BytesIO(body), name) for body, name in files]
        data = {"csrf_token": self.token, "file": sent, **fields}
        # Written here, since the test client leaves the files open that it writes.
        boundary, encoded = encode_multipart(data)
        address = f"{self.surface}/matters/{matter.public_id}/files"
        kind = f"multipart/form-data; boundary={boundary}"
        return self.http.post(address, base_url=BASE, data=encoded, content_type=kind)

    def fetch(self, document: str, query: str = "", **more: Any) -> TestResponse:
        """A download."""
        return self.ask("GET", f"{self.surface}/documents/{document}/file{query}", **more)


def of_staff(person: Person) -> Sender:
    """A user of the firm."""
    return Sender(person.http, "/staff", person.csrf_token())


def of_client(cast: Cast, contact: Contact) -> Sender:
    """A client who has joined, at a browser of their own."""
    from portal.access import sessions
    from portal.core import db

    http = cast.ada.app.test_client()
    cookie = portals.signed_in(contact)
    http.set_cookie(COOKIE, cookie, domain="localhost", secure=True)
    with db.read() as session:
        client = sessions.find_session(session, cookie)
    assert client is not None
    return Sender(http, "/portal", client.form_token)


def noise(size: int) -> bytes:
    """Bytes that nobody can guess or pack."""
    return os.urandom(size)
