"""The sandbox in use, for its pages and its delivery job. `app.py` sets it once."""

from dataclasses import dataclass

from payments.sandbox.service import SandboxService
from payments.sandbox.webhooks import Post, Webhooks


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The service, its webhooks, and the way by which they reach the product."""

    service: SandboxService
    webhooks: Webhooks
    post: Post


_sandbox: Sandbox | None = None


def use(sandbox: Sandbox | None) -> None:
    """Run this sandbox from here on, in this process; None: there is none."""
    global _sandbox
    _sandbox = sandbox


def sandbox() -> Sandbox:
    """The sandbox in use. Raises RuntimeError where the product runs on Stripe itself."""
    if _sandbox is None:
        raise RuntimeError("no sandbox: the product runs on Stripe")
    return _sandbox
