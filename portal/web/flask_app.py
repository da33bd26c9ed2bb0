"""The bare Flask application: its settings, headers, error pages, limits and filters."""

from datetime import timedelta

from flask import Flask, g
from htmx_flask import Htmx
from werkzeug.middleware.proxy_fix import ProxyFix

from portal.core import clock
from portal.core.config import Settings
from portal.web import assets, entrance, errors, formatting, headers, language, limits, sessions
from portal.web.blueprints import csrf

BODY_BYTES_MAX = 256 * 1024
STAFF_SESSION_HOURS_MAX = 24


def new_flask_app(settings: Settings, root: str) -> Flask:
    """An application that serves no page yet. `root` holds `templates/` and `static/`."""
    app = Flask("app", root_path=root, static_folder="static", template_folder="templates")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="__Host-staff",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=STAFF_SESSION_HOURS_MAX),
        MAX_CONTENT_LENGTH=BODY_BYTES_MAX,
        MAX_FORM_PARTS=200,
        TRUSTED_HOSTS=[settings.host],
        WTF_CSRF_CHECK_DEFAULT=False,  # guarded blueprints check, once they know who is asking
        WTF_CSRF_TIME_LIMIT=None,  # the token lives as long as the session it belongs to
        WTF_CSRF_SSL_STRICT=settings.https,
    )
    if settings.https:
        # TLS ends at the proxy before us, which says who is really asking.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)
    app.session_interface = sessions.SentSessions()
    Htmx(app)

    @app.before_request
    def read_the_clock() -> None:
        g.clock_offset = clock.read_offset()

    entrance.init_app(app)
    headers.init_app(app, https=settings.https)
    errors.init_app(app)
    assets.init_app(app)
    formatting.init_app(app)
    language.init_app(app)
    limits.init_app(app, settings.redis_url)
    csrf.init_app(app)
    return app
