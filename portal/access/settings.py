"""How the firm keeps its client portals (FEATURES M13)."""

from sqlalchemy.orm import Session

from portal.access.models import PortalSettings
from portal.core import audit


def set_portals(session: Session, *, names_matters: bool, by: str) -> None:
    """Keep whether emails to clients may name the matter. Saving what stands changes nothing."""
    kept = session.get(PortalSettings, 1, with_for_update=True)
    if kept is None:
        kept = PortalSettings(id=1, names_matters=False)
        session.add(kept)
    if kept.names_matters == names_matters:
        return
    kept.names_matters = names_matters
    session.flush()
    audit.record(
        session, by, "portal_settings.changed", "firm", emails_name_the_matter=names_matters
    )
