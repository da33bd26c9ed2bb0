"""What every page's layout needs: the firm's face, the sandbox banner, the staff's navigation."""

from typing import Any

from flask import Flask, g, request, url_for
from flask_login import current_user

from portal.core import clock, config, db
from portal.firm.brand import brand
from portal.web.formatting import duration
from portal.web.staff_shell import create_menu, navigation


def init_app(app: Flask) -> None:
    """Give the shell to every template."""
    app.context_processor(_shell)


def _shell() -> dict[str, Any]:
    if "brand" not in g:
        with db.read() as session:
            g.brand = brand(session)
    staff = request.path.startswith("/staff")
    sandbox = config.current().sandbox
    shell: dict[str, Any] = {
        "brand": g.brand,
        "stylesheet_url": g.brand.stylesheet_url("staff" if staff else "public"),
        "sandbox": sandbox,
        "sandbox_offset": duration(clock.offset()) if sandbox else None,
    }
    if staff:
        shell["current_user"] = current_user
    if staff and current_user.is_authenticated:
        shell["navigation"] = navigation(current_user.holds)
        shell["create_menu"] = create_menu(current_user.holds)
        shell["sign_out_url"] = url_for("firm_staff.sign_out")
        if sandbox:
            shell["sandbox_advance_url"] = url_for("sandbox.advance")
            kept_here = config.current().mail is None
            shell["sandbox_mail_url"] = url_for("outbox_mailbox.index") if kept_here else None
    return shell
