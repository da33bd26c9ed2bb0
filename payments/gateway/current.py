"""The gateway in use. `app.py` sets it once: Stripe, or Stripe's shape answered by the sandbox."""

from payments.gateway.protocol import PaymentGateway

_gateway: PaymentGateway | None = None


def use(gateway: PaymentGateway) -> None:
    """Send every payment through this gateway from here on, in this process."""
    global _gateway
    _gateway = gateway


def gateway() -> PaymentGateway:
    """The gateway in use. Raises RuntimeError before `use`."""
    if _gateway is None:
        raise RuntimeError("no gateway: use() was not called")
    return _gateway
