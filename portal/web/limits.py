"""Limits on tries, instead of puzzles (FEATURES P2). Memory by default, Redis across hosts."""

from typing import Any

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, default_limits=[], headers_enabled=False)

# A person who mistypes a card a few times stays under these; a card tester does not.
PAY_TRIES = "30 per minute; 200 per hour"
SIGN_IN_TRIES = "10 per minute; 60 per hour"


def init_app(app: Flask, redis_url: str | None) -> None:
    """Count in memory, or in Redis where several web processes share the limits."""
    app.config["RATELIMIT_STORAGE_URI"] = (redis_url or "memory://").replace("valkey", "redis", 1)
    # Redis down must not stop a client from paying: count here until it is back.
    app.config["RATELIMIT_IN_MEMORY_FALLBACK_ENABLED"] = True
    app.config["RATELIMIT_IN_MEMORY_FALLBACK"] = [PAY_TRIES]
    app.config["RATELIMIT_SWALLOW_ERRORS"] = True
    hooks: list[Any] = [app.before_request_funcs, app.after_request_funcs]
    hooks.append(app.teardown_request_funcs)
    before = [list(functions[None]) for functions in hooks]
    limiter.init_app(app)
    # Limits stand at the views that they are for. The extension's own hooks would look at every
    # request for default limits, of which there are none.
    for functions, kept in zip(hooks, before, strict=True):
        functions[None][:] = kept
