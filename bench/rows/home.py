"""A client's home, with a message and a matter or fifty of them, beside R (FEATURES C16)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bench.harness.firm import STRIPE, BenchFirm, bench_firm
from bench.harness.load import request
from bench.harness.rounds import interleaved, told
from bench.harness.servers import granian
from bench.harness.table import Table
from bench.rows.pay import bare_template

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.feed.people import Person

ROUNDS = 7
COUNT = {1: 200, 8: 320}
WARM_UP = 100
MATTERS = {"one matter": 1, "fifty matters": 50}
GOAL_RATIO = 0.6


def furnish(firm: BenchFirm, name: str, matters: int) -> dict[str, str]:
    """A client who has joined, with so many portals and a new message in one; answers the header
    that their browser sends."""
    from app import create_app
    from portal.access.actions import open_portal
    from portal.access.sessions import open_session
    from portal.clients.actions import add_contact, add_matter
    from portal.clients.details import ContactDetails, EmailDetails, MatterDetails
    from portal.clients.numbering import next_matter_number
    from portal.core import db
    from portal.firm.browsers import Browser
    from portal.messages.actions import send
    from portal.web.client_sessions import COOKIE

    create_app(firm.settings(**STRIPE))
    address = f"{matters}@client.test"
    with db.transaction() as session:
        ada = _ada(session)
        details = ContactDetails(name, emails=[EmailDetails(address)])
        contact = add_contact(session, details, by=ada.actor)
        numbered = (
            MatterDetails(next_matter_number(session), f"Lease {place}", contact.id)
            for place in range(matters)
        )
        newest, *others = [add_matter(session, one, by=ada.actor) for one in numbered]
        for matter in others:
            open_portal(session, matter, ada)
        send(session, newest, by=ada, text="Dear client", nonce=address)
        _let_join(session, contact.id, address)
        token = open_session(session, contact, browser=Browser())
    db.disconnect()
    return {"Cookie": f"{COOKIE}={token}"}


def _ada(session: Session) -> Person:
    from portal.feed.people import Person
    from portal.firm.queries import user_by_email

    user = user_by_email(session, "ada@demo.test")
    assert user is not None
    return Person(user.id, None, f"user:{user.public_id}", user.name)


def _let_join(session: Session, contact_id: int, address: str) -> None:
    from portal.access.models import ClientAccount
    from portal.core import clock

    account = ClientAccount(contact_id=contact_id, address=address, address_key=address)
    account.joined_at = clock.now()
    session.add(account)
    session.flush()


def main() -> None:
    """Measure and print."""
    table = Table("Client's home")
    with bench_firm() as firm:
        headers = {name: furnish(firm, name, matters) for name, matters in MATTERS.items()}
        with granian("product", firm.given(**STRIPE)) as product:
            for name, cookie in headers.items():
                asked = request("GET", "/portal/", headers=cookie)
                page = product.ask([asked], WARM_UP).last_body.decode()
                assert "1 new message" in page, page[:500]
                table.note(f"{name}: bytes of the page", str(len(page.encode())))
                given = {"database": firm.environ["DATABASE_URL"], "page": bare_template(page)}
                with granian("bare_page", given) as bare:
                    plain = request("GET", f"/pay/{firm.link_token}")
                    bare.ask([plain], WARM_UP)
                    for n, count in COUNT.items():
                        found = interleaved(
                            {
                                "R": partial(bare.ask, [plain], count, n),
                                "product": partial(product.ask, [asked], count, n),
                            },
                            ROUNDS,
                        )
                        at = f"{name}, {n} connection{'s' if n > 1 else ''}"
                        for who, one in found.items():
                            table.note(f"{at}, {who}", told(one))
                        ratio = found["product"].per_second / found["R"].per_second
                        table.at_least(f"{at}: of R", ratio, GOAL_RATIO)
    table.show()


if __name__ == "__main__":
    main()
