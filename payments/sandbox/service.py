"""A processor in Stripe's shape, for the demo and the tests (README: The sandbox).

A WSGI app under `/v1`. It keeps its own books, answers as Stripe answers, and lets days pass by
the clock that it was given.
"""

import hashlib
import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from payments.sandbox import book as books
from payments.sandbox.accounts import is_connected
from payments.sandbox.book import PLATFORM, Book, Json
from payments.sandbox.desk import API_VERSION, DAY_SECONDS, PLATFORM_ACCOUNT_ID, Desk, Switches
from payments.sandbox.errors import ApiError
from payments.sandbox.happening import ACTIONS
from payments.sandbox.keys import Keys
from payments.sandbox.requests import Answer, Request, error_answer, json_answer, read_request
from payments.sandbox.routes import Route, check_client_secret, find_route
from payments.sandbox.store import Store
from payments.sandbox.wire import Params, decode_form, refuse_unknown

Environ = Mapping[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], object]
CheckRequest = Callable[[str, str, str], None]
CheckResponse = Callable[[Json], None]

KEY_REMEMBERED_SECONDS = DAY_SECONDS


class SandboxService:
    """Answers the API. One per process; processes share the store's file.

    `now` is business time, aware. The two checkers raise when a request or an answer is not what
    Stripe's SDK describes; what they raise is not caught.
    """

    def __init__(
        self,
        store: Store,
        now: Callable[[], datetime],
        keys: Keys,
        *,
        base_url: str,
        check_request: CheckRequest | None = None,
        check_response: CheckResponse | None = None,
    ) -> None:
        self.store = store
        self._now = now
        self._keys = keys
        self._base_url = base_url.rstrip("/")
        self._check_request = check_request
        self._check_response = check_response
        self._in_flight: set[tuple[str, str]] = set()
        self._in_flight_lock = threading.Lock()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """The whole API, for the firm's server and its pages."""
        return self._respond(environ, start_response, pages_only=False)

    def page_api(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """The part for the page script: a WSGI app that knows the publishable key only."""
        return self._respond(environ, start_response, pages_only=True)

    def tick(self) -> int:
        """Let happen what is due by now: bank answers, disputes, refunds. Answers how many things.

        Each is one transaction. Every request does this first, so that nobody reads the past.
        """
        count = 0
        while self.store.has_due(self._at()):
            with self.store.writing() as book:
                due = book.take_due(self._at())
                if due is None:
                    break
                ACTIONS[due.action](self._desk(book, due.account), due.object_id)
                count += 1
        return count

    def next_due(self) -> datetime | None:
        """When the next thing happens by itself."""
        with self.store.reading() as book:
            at = book.next_due_at()
        return None if at is None else datetime.fromtimestamp(at, UTC)

    @contextmanager
    def writing(self, account: str | None = None) -> Iterator[Desk]:
        """A transaction on one account (None: the platform) for the sandbox's own pages."""
        with self.store.writing() as book:
            yield self._desk(book, account or PLATFORM)

    def _respond(
        self, environ: Environ, start_response: StartResponse, *, pages_only: bool
    ) -> Iterable[bytes]:
        request = None
        try:
            request = read_request(environ, from_page=pages_only)
            answer = self._answer(request, pages_only=pages_only)
        except ApiError as error:
            answer = error_answer(error, request)
        except sqlite3.OperationalError:
            # Another writer held the file for five seconds. Nothing of this request was kept.
            busy = ApiError(500, "The sandbox is busy.", kind="api_error", executed=False)
            answer = error_answer(busy, request)
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", answer.headers)
        return [answer.body]

    def _answer(self, request: Request, *, pages_only: bool) -> Answer:
        secret = self._keys.is_secret(request.authorization)
        found = find_route(request.method, request.path)
        if found is None:
            message = f"Unrecognized request URL ({request.method}: {request.path})."
            raise ApiError(404, message, executed=False)
        route, object_id = found
        if (secret and pages_only) or not (route.secret if secret else route.page):
            raise ApiError(
                403, "This API call cannot be made with this kind of key.", executed=False
            )
        if request.version not in ("", API_VERSION):
            raise ApiError(400, f"The sandbox speaks {API_VERSION} only.", executed=False)
        self.tick()
        params = decode_form(request.form)
        refuse_unknown(params, route.params)
        if secret and self._check_request is not None:
            self._check(request)
        if request.method == "GET":
            with self.store.reading() as book:
                desk = self._desk_for(book, request)
                body = self._handle(desk, route, params, object_id, secret)
                return json_answer(200, self._checked(body, secret), request, replayed=False)
        return self._write(request, route, params, object_id, secret)

    def _write(
        self, request: Request, route: Route, params: Params, object_id: str, secret: bool
    ) -> Answer:
        if request.idempotency_key is None:
            with self.store.writing() as book:
                desk = self._desk_for(book, request)
                status, text, _ = self._attempt(desk, route, params, object_id, secret)
            return json_answer(status, text, request, replayed=False)
        with self._only_one(request.account, request.idempotency_key):
            return self._write_once(request, route, params, object_id, secret)

    def _write_once(
        self, request: Request, route: Route, params: Params, object_id: str, secret: bool
    ) -> Answer:
        key = request.idempotency_key or ""
        mark = _fingerprint(request)
        with self.store.writing() as book:
            desk = self._desk_for(book, request)
            before = book.answer(desk.account, key)
            if before is not None and before.at > desk.at - KEY_REMEMBERED_SECONDS:
                if before.fingerprint != mark:
                    raise ApiError(
                        400,
                        "Keys for idempotent requests can only be used with the same parameters "
                        f"they were first used with. Try using a key other than '{key}'.",
                        kind="idempotency_error",
                        executed=False,
                    )
                return json_answer(before.status, before.body, request, replayed=True)
            status, text, executed = self._attempt(desk, route, params, object_id, secret)
            if executed:
                book.forget_answers(desk.at - KEY_REMEMBERED_SECONDS)
                book.keep_answer(desk.account, key, books.Answer(mark, desk.at, status, text))
        return json_answer(status, text, request, replayed=False)

    def _attempt(
        self, desk: Desk, route: Route, params: Params, object_id: str, secret: bool
    ) -> tuple[int, str, bool]:
        """Carry it out. A refusal undoes what was written, unless the refusal itself is a fact."""
        kept: ApiError | None = None
        body: Json = {}
        try:
            with desk.book.savepoint():
                try:
                    body = self._handle(desk, route, params, object_id, secret)
                except ApiError as error:
                    if not error.keeps_changes:
                        raise
                    kept = error
        except ApiError as error:
            return error.status, self._checked(error.body(), secret), error.executed
        if kept is not None:
            return kept.status, self._checked(kept.body(), secret), kept.executed
        return 200, self._checked(body, secret), True

    def _handle(
        self, desk: Desk, route: Route, params: Params, object_id: str, secret: bool
    ) -> Json:
        if secret or "client_secret" not in route.params:
            return route.handle(desk, params, object_id)
        named = params.get("payment_intent") or params.get("setup_intent")
        check_client_secret(desk, object_id or str(named), params)
        return _for_the_page(route.handle(desk, params, object_id))

    def _desk_for(self, book: Book, request: Request) -> Desk:
        account = "" if request.account == PLATFORM_ACCOUNT_ID else request.account
        if account and not is_connected(book, account):
            raise ApiError(
                403,
                f"The provided key does not have access to account '{account}' "
                "(or that account does not exist).",
                code="account_invalid",
                executed=False,
            )
        return self._desk(book, account, request)

    def _desk(self, book: Book, account: str, request: Request | None = None) -> Desk:
        return Desk(
            book,
            account,
            self._at(),
            self._base_url,
            Switches.read(book.settings()),
            request.request_id if request else None,
            request.idempotency_key if request else None,
            request.upload if request else None,
        )

    def _at(self) -> int:
        return int(self._now().timestamp())

    def _check(self, request: Request) -> None:
        assert self._check_request is not None
        if request.method == "POST":
            self._check_request(request.method, request.path, request.form)
        else:
            self._check_request(request.method, f"{request.path}?{request.form}", "")

    def _checked(self, body: Json, secret: bool) -> str:
        if secret and self._check_response is not None:
            self._check_response(body)
        return json.dumps(body)

    @contextmanager
    def _only_one(self, account: str, key: str) -> Iterator[None]:
        with self._in_flight_lock:
            if (account, key) in self._in_flight:
                raise ApiError(
                    409,
                    "There is currently another in-progress request using this idempotent key.",
                    kind="idempotency_error",
                    code="idempotency_key_in_use",
                    executed=False,
                )
            self._in_flight.add((account, key))
        try:
            yield
        finally:
            with self._in_flight_lock:
                self._in_flight.discard((account, key))


def _fingerprint(request: Request) -> str:
    pairs = sorted(parse_qsl(request.form, keep_blank_values=True))
    upload = hashlib.sha256(request.upload or b"").hexdigest()
    written = json.dumps([request.method, request.path, pairs, upload])
    return hashlib.sha256(written.encode()).hexdigest()


def _for_the_page(intent: Json) -> Json:
    """What the payer's browser may see of an intent: no metadata, no charge, no account number."""
    setup = intent["object"] == "setup_intent"
    names = ["id", "object", "client_secret", "livemode", "next_action", "payment_method_types"]
    names += ["status"] if setup else ["status", "amount", "currency"]
    shown = {name: intent[name] for name in names}
    last = "last_setup_error" if setup else "last_payment_error"
    error = intent[last]
    if error is not None:
        words = ("code", "decline_code", "message", "type")
        error = {name: error[name] for name in words if name in error}
    return shown | {last: error}
