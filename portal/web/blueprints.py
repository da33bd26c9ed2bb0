"""Guarded blueprints: a route cannot exist without saying who may come in.

`staff` routes name the permission levels they need; `public` routes are open to strangers and
carry their authority in the address or in a signed form token, never in a cookie.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, abort, current_app, redirect, request, url_for
from flask_login import current_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response

csrf = CSRFProtect()

EVERY_USER: tuple[str, ...] = ()
SIGN_IN = "firm_sign_in.sign_in"


class GuardedBlueprint(Blueprint):
    """A blueprint of one surface. `tests/test_architecture.py` refuses any other kind."""

    surface = ""


class StaffBlueprint(GuardedBlueprint):
    """Routes under /staff. Each says `needs=`: levels of which the user must hold one."""

    surface = "staff"

    def route(
        self, rule: str, *, needs: tuple[str, ...], **options: Any
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a view for users who hold one of `needs` (`EVERY_USER`: any active user)."""
        register = super().route(rule, **options)

        def guard(view: Callable[..., Any]) -> Callable[..., Any]:
            @wraps(view)
            def guarded(*args: Any, **kwargs: Any) -> Any:
                refusal = _refuse(needs)
                return view(*args, **kwargs) if refusal is None else refusal

            guarded.needs = needs  # type: ignore[attr-defined]
            return register(guarded)

        return guard


class PublicBlueprint(GuardedBlueprint):
    """Routes for strangers: no cookie is set or read, so there is no CSRF token either."""

    surface = "public"


def _refuse(needs: tuple[str, ...]) -> Response | None:
    if not current_user.is_authenticated:
        return _to_sign_in()
    if request.method not in {"GET", "HEAD"}:
        csrf.protect()
    if needs and not current_user.holds(*needs):
        abort(403)
    return None


def _to_sign_in() -> Response:
    came_from = request.full_path.rstrip("?") if request.method == "GET" else None
    address = url_for(SIGN_IN, next=came_from)
    if request.headers.get("HX-Request"):
        # A fragment must not become a sign-in form: the whole page moves there and comes back.
        back = request.headers.get("HX-Current-URL", "").removeprefix(request.host_url)
        address = url_for(SIGN_IN, next=f"/{back}" if back else None)
        return current_app.response_class(status=401, headers={"HX-Redirect": address})
    return redirect(address, 303)


def staff_blueprint(name: str, import_name: str) -> StaffBlueprint:
    """Views of the people of the firm, under /staff."""
    return StaffBlueprint(name, import_name, url_prefix="/staff")


def public_blueprint(name: str, import_name: str) -> PublicBlueprint:
    """Views of strangers: pay pages, status pages, webhooks."""
    return PublicBlueprint(name, import_name)
