"""Security headers, decided in one place. Framing is refused everywhere (FEATURES E2)."""

from flask import Flask, Response, g, request

_BASE_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}

# https://docs.stripe.com/security/guide#content-security-policy
STRIPE_SOURCES = {
    "script-src": "https://js.stripe.com https://*.js.stripe.com",
    "frame-src": "https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com",
    "connect-src": "https://api.stripe.com",
}


def allow_sources(sources: dict[str, str]) -> None:
    """Let this one response use these further sources (the processor's script and frames)."""
    g.content_sources = sources


def _policy(extra: dict[str, str]) -> str:
    merged = dict(_BASE_POLICY)
    for directive, sources in extra.items():
        merged[directive] = f"{merged[directive]} {sources}" if directive in merged else sources
    return "; ".join(f"{directive} {sources}" for directive, sources in merged.items())


_DEFAULT_POLICY = _policy({})


def init_app(app: Flask, *, https: bool) -> None:
    """Set the headers on every response."""

    @app.after_request
    def set_headers(response: Response) -> Response:
        extra = g.get("content_sources")
        headers = response.headers
        if "Content-Security-Policy" not in headers:
            headers["Content-Security-Policy"] = _policy(extra) if extra else _DEFAULT_POLICY
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "DENY"
        # Tokens ride in addresses: no other site may learn one from a Referer header.
        headers["Referrer-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=(self)"
        if https:
            headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
        if response.mimetype == "text/html" and "Cache-Control" not in headers:
            headers["Cache-Control"] = "no-store"
        if request.path.startswith("/staff"):
            headers["X-Robots-Tag"] = "noindex"
        return response
