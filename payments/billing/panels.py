"""What other features show on a bill's page: the payments on it. Filled in by app.py.

Receipts stand to the right of bills, so the page fetches their fragment by its endpoint's name.
"""

_panels: list[str] = []


def add_bill_panel(endpoint: str) -> None:
    """Fetch a fragment, whose route takes `public_id`, into the page of every issued bill."""
    if endpoint not in _panels:
        _panels.append(endpoint)


def bill_panels() -> tuple[str, ...]:
    """The endpoints, in the order shown."""
    return tuple(_panels)
