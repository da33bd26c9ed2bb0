"""The kinds of clients that files can bring; they register themselves as they are imported."""

from portal.clients.importing_contacts import Contacts
from portal.clients.importing_matters import Matters

__all__ = ["Contacts", "Matters"]
