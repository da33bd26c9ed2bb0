"""Limits on tries, instead of puzzles (FEATURES P2). Memory by default, Redis across hosts."""

from ipaddress import IPv6Address, ip_network
from typing import Any

from flask import Flask, request
from flask_limiter import Limiter
from limits import parse
from limits.errors import StorageError

# One household or office is given at least this much of IPv6, and may call from all of it.
ONE_PLACE_BITS = 64
# A Redis that is silent instead of down holds a request no longer than this.
REDIS_WAIT_S = 1


def place() -> str:
    """Where a request comes from, as limits count it: an IPv4 address, or a /64 of IPv6."""
    return place_of(request.remote_addr or "127.0.0.1")


def place_of(address: str) -> str:
    """What counts as one place. What is no IP address counts by itself."""
    try:
        here = IPv6Address(address)
    except ValueError:
        return address
    if here.ipv4_mapped is not None:
        return str(here.ipv4_mapped)
    return str(ip_network((here.packed, ONE_PLACE_BITS), strict=False))


limiter = Limiter(place, default_limits=[], headers_enabled=False)

# A person who mistypes a card a few times stays under these; a card tester does not.
PAY_TRIES = "30 per minute; 200 per hour"
# A step of paying is counted together wherever it is done: on a link's page, on a bill's, or on a
# website. Otherwise each of them would be a way around the others.
REVIEWS, SUBMISSIONS, ANSWERS = "pay-reviews", "pay-submissions", "pay-answers"
# Drawing a PDF takes a processor for a while; nobody keeps sixty papers a minute.
PAPERS = "60 per minute"
SIGN_IN_TRIES = "10 per minute; 60 per hour"
# A challenge is a row: whoever asks for thousands gets none.
PASSKEY_TRIES = "30 per minute; 300 per hour"
# What clients ask for by email: a code to sign in, or a new link in place of an expired one. How
# many codes go to one address is counted in the database (portal/access/sign_in_codes.py).
CODES_FROM_ONE_PLACE = "20 per hour; 100 per day"
LINKS_OF_ONE_INVITATION = "3 per hour; 10 per day"
RESETS_FROM_ONE_PLACE = "10 per hour; 50 per day"
RESETS_OF_ONE_USER = "3 per hour; 10 per day"


def counted_past(rate: str, what: str) -> bool:
    """Count one more of `what`, and say whether there were more than the rate ("4 per day").

    Where Redis counts and cannot be reached, nothing is counted.
    """
    try:
        return not limiter.limiter.hit(parse(rate), what)
    except StorageError:
        return False


def init_app(app: Flask, redis_url: str | None) -> None:
    """Count in memory, or in Redis where several web processes share the limits."""
    app.config["RATELIMIT_STORAGE_URI"] = (redis_url or "memory://").replace("valkey", "redis", 1)
    if redis_url:
        waits = {"socket_connect_timeout": REDIS_WAIT_S, "socket_timeout": REDIS_WAIT_S}
        app.config["RATELIMIT_STORAGE_OPTIONS"] = waits
    # Redis down must not stop a client from paying: count here until it is back. No limits are
    # named for that time, as those would stand in place of each view's own.
    app.config["RATELIMIT_IN_MEMORY_FALLBACK_ENABLED"] = True
    app.config["RATELIMIT_SWALLOW_ERRORS"] = True
    hooks: list[Any] = [app.before_request_funcs, app.after_request_funcs]
    hooks.append(app.teardown_request_funcs)
    before = [list(functions[None]) for functions in hooks]
    limiter.init_app(app)
    # Limits stand at the views that they are for. The extension's own hooks would look at every
    # request for default limits, of which there are none.
    for functions, kept in zip(hooks, before, strict=True):
        functions[None][:] = kept
