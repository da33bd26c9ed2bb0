"""The pay page as it is first opened: drawn once for what it shows, then kept.

What it shows is read from the database each time. Only when that, the language or the clock in the
banner has changed is the template run again.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from flask import current_app, g, render_template

from payments.checkout import public_framed as framed
from payments.checkout import state
from payments.checkout.public_framed import Frame
from payments.checkout.public_pages import pay_context, prefill
from payments.checkout.target import PayTarget
from payments.gateway.current import gateway
from payments.gateway.results import ClientConfig, MethodKind, ProcessorAccount
from portal.core import clock, config
from portal.firm.brand import Brand
from portal.web import language

PAGES_KEPT = 64
_TOKEN_GOES_HERE = secrets.token_urlsafe(24)


@dataclass(frozen=True, slots=True)
class _Shown:
    """Everything that the page depends on but its form token."""

    target: PayTarget
    methods: tuple[MethodKind, ...]
    brand: Brand
    processor: ClientConfig
    language: str
    chosen: bool  # its addresses then carry the language
    sandbox: bool
    clock_offset: timedelta
    frame: Frame | None


def first_page(target: PayTarget, methods: tuple[MethodKind, ...]) -> str:
    """The pay page as it is opened, with a form token of its own."""
    shown = _Shown(
        target,
        methods,
        g.brand,
        gateway().client_config(ProcessorAccount(target.processor_account)),
        language.current(),
        language.chosen() is not None,
        config.current().sandbox,
        clock.offset(),
        framed.current(),
    )
    # While somebody works on the template every page is drawn anew.
    before, after = (_draw if current_app.debug else _drawn)(shown)
    return f"{before}{state.sign_page(target.token)}{after}"


def _draw(shown: _Shown) -> tuple[str, str]:
    """The page before and after its form token."""
    context = pay_context(shown.target, shown.methods, prefill(shown.target), {})
    context["form_token"] = _TOKEN_GOES_HERE
    page = render_template("checkout/public_pay.html", **context)
    before, _, after = page.partition(_TOKEN_GOES_HERE)
    return before, after


_drawn = lru_cache(maxsize=PAGES_KEPT)(_draw)


def forget() -> None:
    """Draw every page anew when it is opened next."""
    _drawn.cache_clear()
