"""What every page's layout needs: the firm's face, the sandbox banner, the staff's navigation."""

from typing import Any

from flask import Flask, g, request, url_for
from flask_login import current_user

from portal.core import clock, config, db
from portal.firm.brand import Brand, brand
from portal.web import language, permissions
from portal.web.formatting import duration
from portal.web.staff_shell import create_menu, navigation


def init_app(app: Flask) -> None:
    """Give the shell to every template, and its languages to every page."""
    app.context_processor(_shell)
    language.read_face(app, _face)


def _face() -> Brand:
    """The firm's face, read once a request."""
    if "brand" not in g:
        with db.read() as session:
            g.brand = brand(session)
    return g.brand


def _shell() -> dict[str, Any]:
    _face()
    staff = request.path.startswith("/staff")
    surface = "staff" if staff else "client" if request.path.startswith("/portal/") else "public"
    sandbox = config.current().sandbox
    shell: dict[str, Any] = {
        "brand": g.brand,
        "stylesheet_url": g.brand.stylesheet_url(surface),
        "sandbox": sandbox,
        "sandbox_offset": duration(clock.offset()) if sandbox else None,
    }
    if staff:
        shell["current_user"] = current_user
        shell["permissions"] = permissions
    if staff and current_user.is_authenticated:
        shell["navigation"] = navigation(current_user.may)
        shell["create_menu"] = create_menu(current_user.may)
        shell["sign_out_url"] = url_for("firm_staff.sign_out")
        if sandbox:
            shell["sandbox_advance_url"] = url_for("sandbox.advance")
            shell["sandbox_url"] = url_for("sandbox.index")
            kept_here = config.current().mail is None
            shell["sandbox_mail_url"] = url_for("outbox_mailbox.index") if kept_here else None
    return shell
