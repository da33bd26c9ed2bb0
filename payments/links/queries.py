"""Reading payment links."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.orm import Session

from payments.accounts.models import AccountKind, BankAccount
from payments.accounts.queries import IN_ORDER
from payments.accounts.settings import ONLINE
from payments.links.models import AccountLink, LinkSite
from portal.core import config, db
from portal.core.errors import Missing
from portal.firm.brand import BRAND_COLUMNS, Brand, brand_of
from portal.firm.models import Firm


@dataclass(frozen=True, slots=True)
class LinkTarget:
    """What a pay page needs to know of its link and the bank account behind it.

    Amounts are cents of `currency`. A `retired` link takes no payment, nor does one whose account
    is not `connected`, nor any while the firm has turned online payments off (`online`,
    FEATURES P1).
    """

    link_id: int
    token: str
    retired: bool
    account_id: int
    account_public_id: str
    account_name: str
    public_label: str
    kind: AccountKind
    currency: str
    processor_account: str | None
    statement_suffix: str
    link_min_cents: int
    link_max_cents: int
    connected: bool
    online: bool


@dataclass(frozen=True, slots=True)
class Framing:
    """How a link's page stands on the firm's website (FEATURES E1-E3).

    `sites` are the origins that may frame it, and nobody else may. `card_on_top`: the card is taken
    on a page of its own too. `tells_amount`: the website is told how much was paid.
    """

    sites: tuple[str, ...]
    card_on_top: bool
    tells_amount: bool


_TARGET = (
    select(
        AccountLink.id.label("link_id"),
        AccountLink.token,
        AccountLink.retired_at.is_not(None).label("retired"),
        BankAccount.id.label("account_id"),
        BankAccount.public_id.label("account_public_id"),
        BankAccount.name.label("account_name"),
        BankAccount.public_label,
        BankAccount.kind,
        BankAccount.currency,
        BankAccount.processor_account,
        BankAccount.statement_suffix,
        BankAccount.link_min_cents,
        BankAccount.link_max_cents,
        and_(
            BankAccount.checked_at.is_not(None),
            func.json_array_length(BankAccount.checked_problems) == 0,
        ).label("connected"),
        ONLINE,
    )
    .join(BankAccount, BankAccount.id == AccountLink.bank_account_id)
    .where(AccountLink.token == bindparam("token"))
)
_TARGET_COLUMNS = len(_TARGET.selected_columns)
_PAY_PAGE = _TARGET.join(Firm, Firm.id == 1).add_columns(*BRAND_COLUMNS)
_FRAMED_PAGE = _PAY_PAGE.add_columns(
    AccountLink.card_on_top,
    AccountLink.tells_amount,
    # In one value: no origin holds a space.
    select(func.aggregate_strings(LinkSite.origin, " "))
    .where(LinkSite.account_link_id == AccountLink.id)
    .correlate(AccountLink)
    .scalar_subquery()
    .label("sites"),
)


def live_link(session: Session, token: str) -> LinkTarget | None:
    """The link with this token and its account, retired ones too; None for an unknown token."""
    row = session.execute(_TARGET, {"token": token}).first()
    return _target(row) if row is not None else None


def pay_page(token: str) -> tuple[LinkTarget, Brand] | None:
    """The link with this token, and the firm's face; None for an unknown token.

    One SELECT of columns: the pay page is the hottest page of all.
    """
    row = db.fetch_first(_PAY_PAGE, {"token": token})
    return (_target(row), brand_of(*row[_TARGET_COLUMNS:])) if row is not None else None


def framed_page(token: str) -> tuple[LinkTarget, Brand, Framing] | None:
    """The same with the websites that may frame it; None for an unknown token. One SELECT."""
    row = db.fetch_first(_FRAMED_PAGE, {"token": token})
    if row is None:
        return None
    face = brand_of(*row[_TARGET_COLUMNS : _TARGET_COLUMNS + len(BRAND_COLUMNS)])
    sites = tuple(sorted((row.sites or "").split()))
    return _target(row), face, Framing(sites, row.card_on_top, row.tells_amount)


def _target(row: Any) -> LinkTarget:
    return LinkTarget(
        link_id=row.link_id,
        token=row.token,
        retired=row.retired,
        account_id=row.account_id,
        account_public_id=row.account_public_id,
        account_name=row.account_name,
        public_label=row.public_label,
        kind=AccountKind(row.kind),
        currency=row.currency,
        processor_account=row.processor_account,
        statement_suffix=row.statement_suffix,
        link_min_cents=row.link_min_cents,
        link_max_cents=row.link_max_cents,
        connected=row.connected,
        online=row.online,
    )


@dataclass(frozen=True, slots=True)
class LinkedAccount:
    """A bank account as New charge lists it, with the address of its live link.

    `url` is None while the account is not connected (FEATURES L3), and for all of them while online
    payments are off (`online`, P1): then no link is shown. `sites` counts the websites that may
    show its page (E2).
    """

    account: BankAccount
    link: AccountLink | None
    online: bool
    sites: int

    @property
    def url(self) -> str | None:
        """The address to give to payers."""
        if self.link is None or not self.account.connected or not self.online:
            return None
        return pay_url(self.link.token)


def pay_url(token: str) -> str:
    """The address of a link's pay page, whole, as it is copied, printed and scanned."""
    return f"{config.current().base_url}/pay/{token}"


def linked_accounts(session: Session, public_id: str | None = None) -> list[LinkedAccount]:
    """Every bank account with its live link, or the one named: always one SELECT."""
    live = and_(AccountLink.bank_account_id == BankAccount.id, AccountLink.retired_at.is_(None))
    sites = (
        select(func.count())
        .where(LinkSite.account_link_id == AccountLink.id)
        .correlate(AccountLink)
        .scalar_subquery()
    )
    found = select(BankAccount, AccountLink, ONLINE, sites)
    statement = found.outerjoin(AccountLink, live).order_by(*IN_ORDER)
    if public_id is not None:
        statement = statement.where(BankAccount.public_id == public_id)
    rows = session.execute(statement)
    return [LinkedAccount(account, link, bool(on), count) for account, link, on, count in rows]


def sites_of(session: Session, link: AccountLink) -> list[LinkSite]:
    """The websites that may show this link's page, by name."""
    listed = select(LinkSite).where(LinkSite.account_link_id == link.id)
    return list(session.scalars(listed.order_by(LinkSite.origin)))


def account_link(session: Session, public_id: str, token: str) -> AccountLink:
    """The link with this token of this bank account, retired ones too. Raises `Missing`."""
    link = session.scalar(
        select(AccountLink)
        .join(BankAccount, BankAccount.id == AccountLink.bank_account_id)
        .where(AccountLink.token == token, BankAccount.public_id == public_id)
    )
    if link is None:
        raise Missing("There is no such link.")
    return link
