"""A restricted matter, and all that belongs to it, does not exist for somebody outside its groups.

Every staff route stands in one of the lists of tests/support/matter_routes.py: those whose address
is something of a matter, those that show lists or sums of such things, and the blueprints that have
nothing to do with matters. A new route fails the first test until somebody decides.
"""

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import select

from payments.billing import trust_actions
from payments.billing.actions import BillDetails, LineDetails, draft_bill, issue
from payments.billing.changing import change_bill
from payments.billing.models import Bill
from payments.billing.requested import TrustRequest
from payments.billing.trust_details import Terms, TrustDetails
from payments.receipts import recording
from payments.receipts.from_trust import TrustTransfer
from payments.receipts.models import Allocation, Receipt, ReceiptSource
from payments.transactions import linking
from payments.transactions.linking import Target
from payments.transactions.states import Status
from portal.access import actions as portals
from portal.access.queries import participants
from portal.clients.actions import edit_matter
from portal.clients.models import Contact, Matter
from portal.clients.standing import matter_details_of
from portal.core import db
from portal.documents import keeping, receiving, sharing, uploads
from portal.firm.actions import add_user
from portal.firm.groups import GroupDetails, add_group
from portal.firm.models import Level, User
from portal.messages import actions as messages
from tests.factories import clients
from tests.factories.billing import TODAY
from tests.factories.disputes import asked_about
from tests.factories.plans import charged_by_itself
from tests.payments.receipts.trust_desk import pay
from tests.payments.transactions.conftest import Till, add_accounts
from tests.support.cast import CHEAP_HASH, Cast, Part, Person
from tests.support.matter_routes import (
    ELSEWHERE,
    OF_A_MATTER,
    ONLY_TOTALS,
    TAKES_A_MATTER,
    WITH_MATTERS,
    WITHOUT_MATTERS,
)
from tests.support.pdfs import text_of
from tests.test_routes import routes

BY = "user:tester"
# What Ivy and Ada read, and Otto must not: the matter, its bills, and its money.
SECRET = re.compile(
    r"Secret merger|00099|\b1001\b|\b1002\b|Pat Hidden|4,321\.09|117\.31|77\.31|613\.57|519\.13"
    r"|\b2001\b|881\.19|882\.19"
    r"|902\.11|900\.00"
)
IVY = Part("Ivy Inside", "ivy@harlow.test", (Level.BILLING, Level.ACCOUNTS))
OTTO = Part("Otto Outside", "otto@harlow.test", (Level.BILLING, Level.ACCOUNTS))


@dataclass(frozen=True)
class Closed:
    """Public ids of what belongs to the restricted matter, by kind, and the people who ask."""

    ids: dict[str, str]
    ivy: Person
    otto: Person
    ada: Person


def _details(till: Till, lines: list[tuple[Matter, int]]) -> BillDetails:
    made = [LineDetails(m.id, TODAY, "Work", 1_000, cents) for m, cents in lines]
    return BillDetails(lines[0][0].client_id, till.accounts["operating"].id, made, TODAY)


def _bill(till: Till, lines: list[tuple[Matter, int]], *, issued: bool = True) -> Bill:
    with db.transaction() as session:
        bill = draft_bill(session, _details(till, lines), by=BY)
        return issue(session, bill, on=TODAY, by=BY) if issued else bill


def _changed(till: Till, lines: list[tuple[Matter, int]]) -> Bill:
    bill = _bill(till, lines)
    with db.transaction() as session:
        return change_bill(session, bill, _details(till, lines), reason="Typo", by=BY)


def _request(till: Till, matter: Matter, cents: int, *, issued: bool = True) -> TrustRequest:
    with db.transaction() as session:
        terms = Terms(cents, TODAY + timedelta(days=3_000))
        details = TrustDetails(matter.client_id, matter.id, till.accounts["trust"].id, terms)
        asked = trust_actions.draft_trust_request(session, details, by=BY)
        return trust_actions.issue(session, asked, on=TODAY, shown=1, by=BY) if issued else asked


def _cheque(till: Till, matter: Matter, cents: int) -> Receipt:
    with db.transaction() as session:
        account = till.accounts["operating"]
        money = recording.Recorded(
            ReceiptSource.CHEQUE, matter.client_id, matter.id, account, cents, TODAY, "77"
        )
        return recording.record(session, money, apply=True, expected=None, by=BY)


def _from_trust(till: Till, matter: Matter, bill: Bill) -> TrustTransfer:
    with db.transaction() as session:
        to, trust = matter.client_id, till.accounts["trust"]
        cash = recording.Recorded(ReceiptSource.CASH, to, matter.id, trust, 90_211, TODAY)
        recording.record(session, cash, apply=False, expected=None, by=BY)
    return pay(bill, 211)


def _person(part: Part, app: Flask, base_url: str) -> Person:
    with db.transaction() as session:
        add_user(
            session, email=part.email, name=part.name, levels=part.levels, password_hash=CHEAP_HASH
        )
    return Person(part, app, base_url)


def _message(matter: Matter, by: Person) -> str:
    """What somebody of the firm writes in the portal of a matter."""
    with db.transaction() as session:
        user = session.scalars(select(User).where(User.email == by.email)).one()
        sender = portals.Person(user.id, None, f"user:{user.public_id}", user.name)
        kept = session.get_one(Matter, matter.id)
        sent = messages.send(session, kept, by=sender, text="Pat Hidden", nonce="a-message-of-ivys")
        return sent.message.public_id


def _open_portal(matter: Matter, by: Person) -> str:
    """Open the portal of a matter; answers its client's place in it."""
    with db.transaction() as session:
        user = session.scalars(select(User).where(User.email == by.email)).one()
        sender = portals.Person(user.id, None, f"user:{user.public_id}", user.name)
        portals.take_part(session, session.get_one(Matter, matter.id), sender)
        return participants(session, matter.id)[0].public_id


def _papers(matter: Matter, by: Person) -> dict[str, str]:
    """A document that lies in a shared folder of a matter, as this person brought it."""
    with db.transaction() as session:
        user = session.scalars(select(User).where(User.email == by.email)).one()
        sender = portals.Person(user.id, None, f"user:{user.public_id}", user.name)
        kept = session.get_one(Matter, matter.id)
        folder = keeping.make_folder(session, kept, name="Pat Hidden", into=None, by=sender)
        share = sharing.start(session, kept, by=sender, what=folder)
        ways = {"name": "Pat Hidden.txt", "size_bytes": 5, "folder_id": folder.id}
        upload = uploads.begin(session, matter.id, by=sender, **ways)
    receiving.receive_whole(upload.public_id, sender, [b"words"])
    _upload, _file, document = receiving.finish(upload.public_id, sender)
    assert document is not None
    told = {"folder": folder.public_id, "share": share.public_id}
    return {**told, "document": document.public_id}


def restrict(matter: Matter, *members: Part) -> None:
    """Restrict a matter to a group of these people."""
    with db.transaction() as session:
        emails = [part.email for part in members]
        users = session.scalars(select(User).where(User.email.in_(emails))).all()
        group = add_group(session, GroupDetails("Deal team", "", users), by=BY)
        kept = session.get_one(Matter, matter.id)
        details = matter_details_of(session, kept)
        edit_matter(session, kept, replace(details, open_to=(group.id,)), by=BY)


@pytest.fixture
def closed(app: Flask, cast: Cast) -> Closed:
    """Cleo's lease, which everybody sees, and her secret merger, which the deal team sees."""
    till = Till(add_accounts())
    cleo = clients.contact("Cleo Vance", "cleo@client.test")
    lease = clients.matter(cleo, "Vance lease", number="00012")
    secret = clients.matter(cleo, "Secret merger", number="00099")
    bill = charged_by_itself(_bill(till, [(secret, 432_109)]))
    changed = _changed(till, [(lease, 4_000), (secret, 7_731)])
    _bill(till, [(lease, 20_000)])
    draft = _bill(till, [(secret, 1_100)], issued=False)
    transfer = _from_trust(till, secret, bill)
    request = _request(till, secret, 88_119)
    draft_request = _request(till, secret, 88_219, issued=False)
    receipt = _cheque(till, secret, 61_357)
    payment_id = till.bring_to(Status.COMPLETED, cents=51_913, name="Pat Hidden")
    payment = till.payment(payment_id).public_id
    with db.transaction() as session:
        to = Target(session.get_one(Contact, cleo.id), session.get_one(Matter, secret.id))
        linking.link(session, payment, to, apply=True, expected=None, by=BY)
        cheques = select(Allocation.public_id).where(Allocation.receipt_id == receipt.id)
        allocation = session.scalars(cheques.limit(1)).one()
    ivy, otto = (_person(part, app, cast.ada.base_url) for part in (IVY, OTTO))
    restrict(secret, IVY)
    ids = {
        **asked_about(till, payment_id),
        "client": cleo.public_id,
        "matter": secret.public_id,
        "bill": bill.public_id,
        "changed": changed.public_id,
        "draft": draft.public_id,
        "request": request.public_id,
        "draft request": draft_request.public_id,
        "receipt": receipt.public_id,
        "transfer": transfer.public_id,
        "allocation": allocation,
        "message": _message(secret, ivy),
        "participant": _open_portal(secret, ivy),
        **_papers(secret, ivy),
    }
    return Closed(ids, ivy, otto, cast.ada)


def test_N8_every_staff_route_says_what_it_shows_of_a_restricted_matter(app: Flask) -> None:
    endpoints = {rule.endpoint for _method, rule in routes(app, "staff")}
    listed = {*OF_A_MATTER, *WITH_MATTERS, *TAKES_A_MATTER, *ELSEWHERE}
    others = {one for one in endpoints if one.split(".")[0] not in WITHOUT_MATTERS}
    assert others - listed == set(), "decide where these belong"
    assert listed - endpoints == set(), "these are gone"


def test_N8_what_belongs_to_a_closed_matter_is_not_found(app: Flask, closed: Closed) -> None:
    for method, rule in routes(app, "staff"):
        if (kind := OF_A_MATTER.get(rule.endpoint)) is None:
            continue
        address = re.sub(r"<public_id>", closed.ids[kind], rule.rule)
        address = re.sub(r"<(?:\w+:)?(\w+)>", lambda part: closed.ids.get(part[1], "1"), address)
        data = {"csrf_token": closed.otto.csrf_token()} if method == "POST" else None
        closed.otto.ask(method, address, data=data, status=404)
        if method == "GET":
            closed.ivy.get(address)
            closed.ada.get(address)


def test_N8_no_list_sum_or_choice_names_a_closed_matter(app: Flask, closed: Closed) -> None:
    rules = {rule.endpoint: rule.rule for method, rule in routes(app, "staff") if method == "GET"}
    for endpoint, queries in WITH_MATTERS.items():
        seen: list[str] = []
        for query in queries:
            asked = {name: value.format(**closed.ids) for name, value in query.items()}
            path = rules[endpoint].replace("<public_id>", closed.ids["client"])
            address = f"{path}?{urlencode(asked)}"
            found = SECRET.findall(_read(closed.otto, address, asked))
            assert found == [], f"{address} shows {found}"
            for person in (closed.ivy, closed.ada):
                seen += SECRET.findall(_read(person, address, asked))
        assert seen or endpoint in ONLY_TOTALS, f"{endpoint} shows nothing of it to those inside"


def test_N8_totals_are_those_of_what_is_shown(closed: Closed) -> None:
    money = f"/staff/contacts/{closed.ids['client']}/money"
    otto, ivy = (person.get(money) for person in (closed.otto, closed.ivy))
    assert "Owed $200.00" in otto
    assert "Some entries are not shown to you" in otto
    assert "Some entries are not shown to you" not in ivy
    assert "Owed $200.00" not in ivy


def _read(person: Person, address: str, asked: dict[str, str]) -> str:
    """What a page tells, without what was typed into it."""
    answer = person.http.get(address, base_url=person.base_url)
    assert answer.status_code in {200, 422}, f"{address}: {answer.status_code}"
    if answer.mimetype == "application/pdf":
        return text_of(answer.get_data())
    text = re.sub(r'value="[^"]*"|href="[^"]*"', "", answer.get_data(as_text=True))
    for typed in asked.values():
        text = text.replace(f"“{typed}”", "")
    return text


def test_N8_a_form_that_names_a_closed_matter_is_answered_as_if_it_did_not_exist(
    app: Flask, closed: Closed
) -> None:
    for method, rule in routes(app, "staff"):
        if (asked := TAKES_A_MATTER.get(rule.endpoint)) is None:
            continue
        token = {"csrf_token": closed.otto.csrf_token()}
        sent = {name: value.format(**closed.ids) for name, value in asked.items()}
        unknown = dict.fromkeys(asked, "matter:unknown")
        answers: list[tuple[int, str]] = []
        for one in (sent, unknown):
            more: dict[str, Any] = (
                {"query_string": one} if method == "GET" else {"data": {**one, **token}}
            )
            page = closed.otto.ask(method, rule.rule, status=None, follow=False, **more)
            answers.append((page.status, page.text))
        assert answers[0] == answers[1], rule.rule
