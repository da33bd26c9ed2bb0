"""What other features show on a client's home, fetched once the page stands (their money)."""

_panels: list[str] = []


def add_panel(endpoint: str) -> None:
    """Fetch a fragment for the client who is signed in, one for all of their matters. The endpoint
    is a client page; opened by itself it leads to a whole page, as the link does that stands in
    the panel's place without script. Called by app.py."""
    if endpoint not in _panels:
        _panels.append(endpoint)


def panels() -> tuple[str, ...]:
    """The endpoints, in the order shown."""
    return tuple(_panels)
