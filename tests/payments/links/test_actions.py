"""Making and retiring payment links."""

from datetime import UTC, datetime
from threading import Thread

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from payments.accounts.demo import DemoAccounts
from payments.accounts.models import AccountKind, BankAccount
from payments.links import actions, queries
from payments.links.models import AccountLink
from payments.links.sites import SITES_MAX
from portal.core import clock, db
from portal.core.audit import AuditEntry
from portal.core.errors import Conflict, Invalid

NOW = datetime(2026, 5, 3, 12, tzinfo=UTC)


def connect(account: BankAccount, problems: tuple[str, ...] = ()) -> None:
    with db.transaction() as session:
        session.execute(
            update(BankAccount)
            .where(BankAccount.id == account.id)
            .values(checked_at=NOW, checked_problems=list(problems))
        )


def link_of(account: BankAccount) -> AccountLink:
    with db.transaction() as session:
        return actions.ensure_link(session, account)


def retire(account: BankAccount, token: str, typed: str) -> AccountLink:
    with db.transaction() as session:
        link = queries.account_link(session, account.public_id, token)
        return actions.retire(session, link, by="user:ada", typed_name=typed)


def test_L5_an_account_has_one_link_for_good(kept: DemoAccounts) -> None:
    first = link_of(kept.trust)
    assert link_of(kept.trust).token == first.token
    assert link_of(kept.operating).token != first.token
    assert len(first.token) >= 32


@pytest.mark.both_databases
def test_L5_two_browsers_at_once_make_one_link(kept: DemoAccounts) -> None:
    made: list[str] = []
    threads = [Thread(target=lambda: made.append(link_of(kept.trust).token)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert len(set(made)) == 1


@pytest.mark.both_databases
def test_L5_the_database_refuses_a_second_live_link(kept: DemoAccounts) -> None:
    link_of(kept.trust)
    with pytest.raises(IntegrityError), db.transaction() as session:
        session.add(
            AccountLink(token="another", bank_account_id=kept.trust.id, made_at=clock.now())
        )


def test_L3_links_are_made_for_connected_accounts_only(kept: DemoAccounts) -> None:
    connect(kept.operating)
    connect(kept.escrow, ("Stripe does not know this account.",))
    with db.transaction() as session:
        actions.ensure_links(session)
    with db.read() as session:
        rows = {row.account.name: row for row in queries.linked_accounts(session)}
    assert rows["Harlow & Reyes Operating"].url is not None
    assert rows["IOLTA Trust"].link is None
    assert rows["Escrow – Henderson estate"].link is None


def test_L3_an_account_that_loses_its_connection_shows_no_link_but_keeps_it(
    kept: DemoAccounts,
) -> None:
    connect(kept.trust)
    link = link_of(kept.trust)
    connect(kept.trust, ("Stripe closed it.",))
    with db.read() as session:
        (row,) = queries.linked_accounts(session, kept.trust.public_id)
        target = queries.live_link(session, link.token)
    assert row.url is None
    assert target is not None
    assert (target.connected, target.retired) == (False, False)
    connect(kept.trust)
    with db.read() as session:
        (row,) = queries.linked_accounts(session, kept.trust.public_id)
    assert row.url == f"http://localhost:8000/pay/{link.token}"


def test_L5_retiring_ends_the_link_and_makes_the_next(kept: DemoAccounts) -> None:
    old = link_of(kept.trust)
    new = retire(kept.trust, old.token, "IOLTA Trust")
    assert new.token != old.token
    with db.read() as session:
        retired, live = (queries.live_link(session, token) for token in (old.token, new.token))
        row = session.get_one(AccountLink, old.id)
        logged = session.scalars(select(AuditEntry).where(AuditEntry.action == "link.retired"))
        entry = logged.one()
    assert retired is not None
    assert live is not None
    assert (retired.retired, live.retired) == (True, False)
    assert retired.account_id == live.account_id
    assert row.retired_by == "user:ada"
    assert entry.subject == f"bank_account:{kept.trust.public_id}"
    assert entry.detail == {"retired_link": old.id, "new_link": new.id}


@pytest.mark.parametrize("typed", ["", "IOLTA", "IOLTA Trust 2", "Harlow & Reyes Operating"])
def test_L5_nothing_is_retired_by_any_other_name(kept: DemoAccounts, typed: str) -> None:
    link = link_of(kept.trust)
    with pytest.raises(Invalid) as refused:
        retire(kept.trust, link.token, typed)
    assert refused.value.field == "typed_name"
    assert link_of(kept.trust).token == link.token


@pytest.mark.parametrize(
    "typed",
    ["Escrow – Henderson estate", "Escrow - Henderson estate", "  escrow — henderson  ESTATE "],
)
def test_L5_a_name_is_matched_as_a_keyboard_can_type_it(kept: DemoAccounts, typed: str) -> None:
    link = link_of(kept.escrow)
    assert retire(kept.escrow, link.token, typed).token != link.token


def test_L5_a_link_is_retired_once(kept: DemoAccounts) -> None:
    old = link_of(kept.trust)
    new = retire(kept.trust, old.token, "IOLTA Trust")
    with pytest.raises(Conflict):
        retire(kept.trust, old.token, "IOLTA Trust")
    assert link_of(kept.trust).token == new.token


@pytest.mark.both_databases
def test_L5_two_administrators_retiring_at_once_retire_one_link(kept: DemoAccounts) -> None:
    old = link_of(kept.trust)
    refused: list[Exception] = []

    def press() -> None:
        try:
            retire(kept.trust, old.token, "IOLTA Trust")
        except Conflict as conflict:
            refused.append(conflict)

    threads = [Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.read() as session:
        count = session.scalar(select(func.count()).select_from(AccountLink))
    assert (len(refused), count) == (3, 2)


def test_L1_a_token_that_was_never_given_out_opens_nothing(kept: DemoAccounts) -> None:
    link = link_of(kept.trust)
    with db.read() as session:
        for token in ("", link.token[:-1], link.token.swapcase(), f"{link.token} "):
            assert queries.live_link(session, token) is None


def test_L4_the_pay_page_learns_all_it_needs_from_one_row(kept: DemoAccounts) -> None:
    connect(kept.trust)
    link = link_of(kept.trust)
    with db.read() as session:
        target = queries.live_link(session, link.token)
    assert target == queries.LinkTarget(
        link_id=link.id,
        token=link.token,
        retired=False,
        account_id=kept.trust.id,
        account_public_id=kept.trust.public_id,
        account_name="IOLTA Trust",
        public_label="Harlow & Reyes – client trust account",
        kind=AccountKind.TRUST,
        currency="USD",
        processor_account="acct_sandboxtrust",
        statement_suffix="HARLOW REYES",
        link_min_cents=100,
        link_max_cents=10_000_000,
        connected=True,
        online=True,
    )


@pytest.mark.both_databases
def test_E2_two_administrators_at_once_list_a_website_once_and_twenty_at_most(
    kept: DemoAccounts,
) -> None:
    link = link_of(kept.trust)
    said: list[str] = []

    def add(number: int) -> None:
        try:
            with db.transaction() as session:
                mine = session.get_one(AccountLink, link.id)
                actions.add_site(session, mine, f"https://site{number % 24}.test", by="user:ada")
        except Invalid as refused:
            said.append(str(refused))

    threads = [Thread(target=add, args=(number,)) for number in range(48)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.read() as session:
        listed = [site.origin for site in queries.sites_of(session, link)]
    assert len(listed) == len(set(listed)) == SITES_MAX
    assert len(said) == 48 - SITES_MAX
    assert {one.split(" ", 1)[1] for one in said} == {
        "is listed already.",
        "link can stand on 20 websites at most.",
    }
