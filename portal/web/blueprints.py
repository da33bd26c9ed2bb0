"""Guarded blueprints: a route cannot exist without saying who may come in.

`staff` routes name what one must be allowed to do, `client` routes are for signed-in clients.
`public` routes are open to strangers and carry their authority in the address or in a signed form
token, never in a cookie.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, abort, request, url_for
from flask_login import current_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response

from portal.web.client_surface import refuse_client
from portal.web.entrance import to_sign_in, whole_page_to
from portal.web.permissions import OWN_SIGN_IN, Permission

csrf = CSRFProtect()

SIGN_IN = "firm_sign_in.sign_in"
ADD_SECOND_FACTOR = "own_sign_in.show"

_confirm: list[Callable[[], Response | None]] = []


def confirm_by(ask: Callable[[], Response | None]) -> None:
    """Name what asks a user once more who they are; it answers None where they just showed it."""
    _confirm[:] = [ask]


class GuardedBlueprint(Blueprint):
    """A blueprint of one surface. `tests/test_architecture.py` refuses any other kind."""

    surface = ""


class StaffBlueprint(GuardedBlueprint):
    """Routes under /staff. Each says `needs=`: a row of the table in `portal.web.permissions`."""

    surface = "staff"

    def route(
        self, rule: str, *, needs: Permission, body_bytes_max: int | None = None, **options: Any
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a view for users who may do what it `needs`.

        `body_bytes_max` raises what a form may weigh, for those that bring a file.
        """
        register = super().route(rule, **options)

        def guard(view: Callable[..., Any]) -> Callable[..., Any]:
            @wraps(view)
            def guarded(*args: Any, **kwargs: Any) -> Any:
                refusal = _refuse(needs, body_bytes_max)
                return view(*args, **kwargs) if refusal is None else refusal

            guarded.needs = needs  # type: ignore[attr-defined]
            return register(guarded)

        return guard


class ClientBlueprint(GuardedBlueprint):
    """Routes under /portal, for signed-in clients alone. What belongs to one of them is loaded
    through them, so that a stranger's address is not found."""

    surface = "client"

    def route(
        self,
        rule: str,
        *,
        body_bytes_max: int | None = None,
        raw_body: bool = False,
        **options: Any,
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a view for signed-in clients.

        `body_bytes_max` raises what a request may weigh, for those that bring a file. `raw_body`:
        the body is the file itself, so the form's token comes in a header alone.
        """
        register = super().route(rule, **options)

        def guard(view: Callable[..., Any]) -> Callable[..., Any]:
            @wraps(view)
            def guarded(*args: Any, **kwargs: Any) -> Any:
                refusal = refuse_client(body_bytes_max, raw_body)
                return view(*args, **kwargs) if refusal is None else refusal

            return register(guarded)

        return guard


class PublicBlueprint(GuardedBlueprint):
    """Routes for strangers: no cookie is set or read, so there is no CSRF token either."""

    surface = "public"


def _refuse(needs: Permission, body_bytes_max: int | None) -> Response | None:
    if not current_user.is_authenticated:
        return to_sign_in(SIGN_IN)
    changes = request.method not in {"GET", "HEAD"}
    if changes:
        if body_bytes_max is not None:
            # Before the token is looked for in it. A form without a file has a limit of its own.
            request.max_content_length = request.max_form_memory_size = body_bytes_max
        csrf.protect()
    if not needs.allows(current_user.levels):
        abort(403)
    if current_user.lacks_second_factor and needs is not OWN_SIGN_IN:
        return whole_page_to(url_for(ADD_SECOND_FACTOR))
    return _confirm[0]() if needs.confirmed and changes else None


def staff_blueprint(name: str, import_name: str) -> StaffBlueprint:
    """Views of the people of the firm, under /staff."""
    return StaffBlueprint(name, import_name, url_prefix="/staff")


def client_blueprint(name: str, import_name: str) -> ClientBlueprint:
    """Views of signed-in clients, under /portal."""
    return ClientBlueprint(name, import_name, url_prefix="/portal")


def public_blueprint(name: str, import_name: str) -> PublicBlueprint:
    """Views of strangers: pay pages, status pages, webhooks."""
    return PublicBlueprint(name, import_name)
