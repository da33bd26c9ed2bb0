"""Websites of the firm that may show a payment link's page."""

from urllib.parse import urlencode

from sqlalchemy import select

from payments.links.actions import add_site, choose_framing, remove_site
from payments.links.models import AccountLink
from portal.core import db

WWW, BARE = "https://www.harlow.test", "https://harlow.test"
UNLISTED = "https://harlow.test.evil.test"


def list_sites(
    link: str, *sites: str, card_on_top: bool = False, tells_amount: bool = False
) -> str:
    """Let these websites show the page of the link with this path, and choose for it; answers the
    path of the framed page."""
    token = link.rsplit("/", 1)[1]
    with db.transaction() as session:
        found = session.scalars(select(AccountLink).where(AccountLink.token == token)).one()
        for site in sites:
            add_site(session, found, site, by="system")
        choose_framing(
            session, found, card_on_top=card_on_top, tells_amount=tells_amount, by="system"
        )
    return f"/embed/{token}"


def unlist(framed: str, site: str) -> None:
    """Take a website off the list of the link with this framed page."""
    with db.transaction() as session:
        token = framed.removeprefix("/embed/")
        link = session.scalars(select(AccountLink).where(AccountLink.token == token)).one()
        remove_site(session, link, site, by="system")


def asked_by(framed: str, site: str, **hints: str) -> str:
    """The address of a framed page as the loader on this website makes it."""
    return f"{framed}?{urlencode({'site': site, **hints})}"
