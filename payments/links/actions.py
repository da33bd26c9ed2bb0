"""Making and retiring payment links."""

import re
import unicodedata

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.accounts.models import BankAccount
from payments.links import queries
from payments.links.models import AccountLink
from portal.core import audit, clock, tokens
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

    The retired address tells how to reach the firm. `typed_name` must be the account's name, so
    that nobody ends printed codes by a slip; `by` is an actor of the log. Raises `Invalid` beside
    `typed_name`, `Conflict` where somebody retired it meanwhile.
    """
    account = link.bank_account
    if _comparable(typed_name) != _comparable(account.name):
        raise Invalid(_("Type the name exactly: %(name)s", name=account.name), "typed_name")
    _lock(session, account)
    session.refresh(link, ["retired_at"])
    if link.retired_at is not None:
        raise Conflict(_("This link was retired already. The account has a new one."))
    link.retired_at, link.retired_by = clock.now(), by
    session.flush()
    following = _make(session, account)
    audit.record(
        session,
        by,
        "link.retired",
        f"bank_account:{account.public_id}",
        retired_link=link.id,
        new_link=following.id,
    )
    return following


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
