"""The tabs of a contact and of a matter, and the panels on their overviews.

app.py fills in what works, so that no tab leads nowhere. Every endpoint takes `public_id`. A page
that is a tab of a contact, whichever feature it belongs to, extends
`clients/staff_contact_frame.html` with its `tab` block and passes `**contact_frame(contact)`.
"""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _

from portal.clients.models import Contact, Matter


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab: its label, and the endpoint of the page that it leads to."""

    label: Any
    endpoint: str


_contact_tabs = [Tab(_("Overview"), "contacts.show")]
_matter_tabs = [Tab(_("Overview"), "matters.show")]
_contact_panels: list[str] = []
_matter_panels: list[str] = []


def add_contact_tab(label: Any, endpoint: str) -> None:
    """Show a tab on every contact. Called by app.py, in the order shown."""
    _add(_contact_tabs, Tab(label, endpoint))


def add_matter_tab(label: Any, endpoint: str) -> None:
    """Show a tab on every matter. Called by app.py, in the order shown."""
    _add(_matter_tabs, Tab(label, endpoint))


def add_contact_panel(endpoint: str) -> None:
    """Fetch a fragment into the overview of every contact (their money), once the page stands.

    Without script the page shows no panel, so what it says must stand on a tab too.
    """
    if endpoint not in _contact_panels:
        _contact_panels.append(endpoint)


def add_matter_panel(endpoint: str) -> None:
    """Fetch a fragment into the overview of every matter, once the page stands."""
    if endpoint not in _matter_panels:
        _matter_panels.append(endpoint)


def contact_frame(contact: Contact) -> dict[str, Any]:
    """What `clients/staff_contact_frame.html` needs, for a contact loaded by `queries.contact`."""
    return {"contact": contact, "frame_tabs": tuple(_contact_tabs)}


def matter_frame(matter: Matter) -> dict[str, Any]:
    """What `clients/staff_matter_frame.html` needs, for a matter loaded by `queries.matter`."""
    return {"matter": matter, "frame_tabs": tuple(_matter_tabs)}


def contact_panels() -> tuple[str, ...]:
    """The endpoints of the panels of a contact."""
    return tuple(_contact_panels)


def matter_panels() -> tuple[str, ...]:
    """The endpoints of the panels of a matter."""
    return tuple(_matter_panels)


def _add(tabs: list[Tab], tab: Tab) -> None:
    if tab.endpoint not in {known.endpoint for known in tabs}:
        tabs.append(tab)
