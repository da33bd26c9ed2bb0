"""Security headers, decided in one place. Nobody may frame a page, but for the websites that are
listed for it (FEATURES E2)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from flask import Flask, request

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

_ON_EVERY_ANSWER = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    # Tokens ride in addresses: no other site may learn one from a Referer header.
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(self)"),
)
_OVER_TLS = ("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
# What stands here is somebody's own: no cache, and no back button, may show it to the next.
_NEVER_KEPT = ("/portal", "/staff", "/sign-in", "/invitations")
_FURTHER_SOURCES = "retainer.content_sources"
_FRAMED_BY = "retainer.framed_by"

Pairs = list[tuple[str, str]]
WsgiApp = Callable[..., Iterable[bytes]]


def allow_sources(sources: Mapping[str, str]) -> None:
    """Let this one response use these further sources (the processor's script and frames)."""
    request.environ[_FURTHER_SOURCES] = tuple(sources.items())


def allow_framing(origins: Sequence[str]) -> None:
    """Let the websites of these origins, and no others, show this one response in a frame (E2).

    Every frame around it must be one of theirs. Without any, nobody may.
    """
    request.environ[_FRAMED_BY] = " ".join(origins)


@lru_cache(maxsize=32)
def _policy(further: tuple[tuple[str, str], ...], framed_by: str) -> str:
    merged = dict(_BASE_POLICY)
    if framed_by:
        merged["frame-ancestors"] = framed_by
    for directive, sources in further:
        merged[directive] = f"{merged[directive]} {sources}" if directive in merged else sources
    return "; ".join(f"{directive} {sources}" for directive, sources in merged.items())


def init_app(app: Flask, *, https: bool) -> None:
    """Set the headers on every response. What a view has set itself stays as it is."""
    fixed = [*_ON_EVERY_ANSWER, _OVER_TLS] if https else list(_ON_EVERY_ANSWER)
    by_lower = [(name.lower(), name, said) for name, said in fixed]
    app.wsgi_app = _with_headers(app.wsgi_app, by_lower)


def _with_headers(answer: WsgiApp, fixed: list[tuple[str, str, str]]) -> WsgiApp:
    # Around Flask instead of inside: errors that never reach a view get them too, and plain lists
    # cost a tenth of werkzeug's on the pay page.
    def answer_with_headers(
        environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        def start(status: str, headers: Pairs, *failure: Any) -> Any:
            held = {name.lower(): value for name, value in headers}
            framed_by = environ.get(_FRAMED_BY, "")
            if framed_by:
                held["x-frame-options"] = ""  # it can name no site: the policy alone says who may
            headers += [(name, said) for lower, name, said in fixed if lower not in held]
            if "content-security-policy" not in held:
                policy = _policy(environ.get(_FURTHER_SOURCES, ()), framed_by)
                headers.append(("Content-Security-Policy", policy))
            path = environ["PATH_INFO"]
            is_page = held.get("content-type", "").startswith("text/html")
            if "cache-control" not in held and (is_page or path.startswith(_NEVER_KEPT)):
                headers.append(("Cache-Control", "no-store"))
            if path.startswith("/staff"):
                headers.append(("X-Robots-Tag", "noindex"))
            return start_response(status, headers, *failure)

        return answer(environ, start)

    return answer_with_headers
