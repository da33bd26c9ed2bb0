"""Making and retiring payment links, and choosing the websites that may show one."""

import re
import unicodedata
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from payments.accounts.models import BankAccount
from payments.links import log_words as _log_words  # noqa: F401  they register themselves
from payments.links import queries, sites
from payments.links.models import AccountLink, LinkSite
from portal.core import audit, clock, config, tokens
from portal.core.errors import Conflict, Invalid


def ensure_link(session: Session, account: BankAccount) -> AccountLink:
    """The live link of a bank account, made where there is none. It never expires (FEATURES L5)."""
    _lock(session, account)
    link = session.scalar(
        select(AccountLink).where(
            AccountLink.bank_account_id == account.id, AccountLink.retired_at.is_(None)
        )
    )
    return link or _make(session, account)


def ensure_links(session: Session) -> None:
    """Give every connected account that has none its link, so that New charge can show it."""
    for row in queries.linked_accounts(session):
        if row.account.connected and row.link is None:
            ensure_link(session, row.account)


def retire(session: Session, link: AccountLink, by: str, typed_name: str) -> AccountLink:
    """End a link for good and make the account's next one, which is returned (FEATURES L5).

    The retired address tells how to reach the firm. Its websites and choices go on to the next
    one, and stay with it too, so that its words can be read there. `typed_name` must be the
    account's name, so that nobody ends printed codes by a slip; `by` is an actor of the log.
    Raises `Invalid` beside `typed_name`, `Conflict` where somebody retired it meanwhile.
    """
    account = link.bank_account
    if _comparable(typed_name) != _comparable(account.name):
        raise Invalid(_("Type the name exactly: %(name)s", name=account.name), "typed_name")
    _lock_live(session, link)
    link.retired_at, link.retired_by = clock.now(), by
    session.flush()
    following = _make(session, account)
    _hand_on(session, link, following)
    _record(session, link, by, "link.retired", retired_link=link.id, new_link=following.id)
    return following


def add_site(session: Session, link: AccountLink, typed: str, by: str) -> LinkSite:
    """Let one more website show this link's page (FEATURES E2). `by` is an actor of the log.

    Raises `Invalid` beside `site` for what is not one website, for one that is listed already, and
    for one too many; `Conflict` where the link was retired meanwhile.
    """
    settings = config.current()
    origin = sites.origin_of(typed, sandbox=settings.sandbox, own=settings.origin)
    _lock_live(session, link)
    listed = queries.sites_of(session, link)
    if origin in [site.origin for site in listed]:
        raise Invalid(_("%(site)s is listed already.", site=origin), "site")
    if len(listed) >= sites.SITES_MAX:
        raise Invalid(
            _("A link can stand on %(count)s websites at most.", count=sites.SITES_MAX), "site"
        )
    site = LinkSite(account_link_id=link.id, origin=origin, added_at=clock.now(), added_by=by)
    session.add(site)
    session.flush()
    _record(session, link, by, "link.site_added", site=origin)
    return site


def remove_site(session: Session, link: AccountLink, origin: str, by: str) -> None:
    """Let this website show the link's page no longer, from the next request on (FEATURES E2).

    Nor those of the links that the account had before, whose results stand there for ever.
    Nothing happens where it is not listed (any more). `by` is an actor of the log.
    """
    _lock_live(session, link)
    site = next((one for one in queries.sites_of(session, link) if one.origin == origin), None)
    if site is None:
        return
    links = select(AccountLink.id).where(AccountLink.bank_account_id == link.bank_account_id)
    session.execute(
        delete(LinkSite).where(LinkSite.account_link_id.in_(links), LinkSite.origin == origin)
    )
    _record(session, link, by, "link.site_removed", site=origin)


def choose_framing(
    session: Session, link: AccountLink, *, card_on_top: bool, tells_amount: bool, by: str
) -> None:
    """Say whether the card is taken on a page of its own too (FEATURES E3), and whether the
    website is told how much was paid. `by` is an actor of the log."""
    _lock_live(session, link)
    if (link.card_on_top, link.tells_amount) == (card_on_top, tells_amount):
        return
    link.card_on_top, link.tells_amount = card_on_top, tells_amount
    _record(
        session,
        link,
        by,
        "link.framing_chosen",
        card_on_secure_page=card_on_top,
        tells_amount=tells_amount,
    )


def _lock_live(session: Session, link: AccountLink) -> None:
    """One at a time on a link that is still in use. Raises `Conflict`."""
    _lock(session, link.bank_account)
    session.refresh(link)
    if link.retired_at is not None:
        raise Conflict(_("This link was retired already. The account has a new one."))


def _record(session: Session, link: AccountLink, by: str, action: str, **detail: Any) -> None:
    audit.record(session, by, action, f"bank_account:{link.bank_account.public_id}", **detail)


def _hand_on(session: Session, link: AccountLink, following: AccountLink) -> None:
    following.card_on_top, following.tells_amount = link.card_on_top, link.tells_amount
    session.add_all(
        LinkSite(
            account_link_id=following.id,
            origin=site.origin,
            added_at=site.added_at,
            added_by=site.added_by,
        )
        for site in queries.sites_of(session, link)
    )


def _lock(session: Session, account: BankAccount) -> None:
    """One at a time on an account: it must not end up with two live links, nor with none."""
    session.execute(select(BankAccount.id).where(BankAccount.id == account.id).with_for_update())


def _make(session: Session, account: BankAccount) -> AccountLink:
    link = AccountLink(
        token=tokens.new_token(),
        bank_account_id=account.id,
        made_at=clock.now(),
        retired_at=None,
        bank_account=account,
    )
    session.add(link)
    session.flush()
    return link


def _comparable(name: str) -> str:
    """A name without what a keyboard cannot tell apart: dashes, curly quotes, case, spaces."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    plain = re.sub(r"[\u2010-\u2015\u2212]", "-", plain)
    plain = re.sub(r"[\u2018\u2019]", "'", plain)
    return " ".join(plain.split())
