"""A client sees a stored method in the portal's settings, and deletes it there (FEATURES P8)."""

import re
from collections.abc import Callable

from playwright.sync_api import expect
from sqlalchemy import select

from portal.clients.models import Matter
from portal.clients.queries import contact
from portal.core import db
from portal.web.client_sessions import COOKIE
from tests.factories import portals
from tests.journeys import office as desk_of
from tests.journeys.clients import Owed, client_with_bills, database_of
from tests.journeys.conftest import Visit
from tests.journeys.looking import look_over
from tests.journeys.paying import CARD_WORKS, PayPage
from tests.journeys.test_stored_method import BOX, send_bill
from tests.support.browser import Product


def test_P8_a_client_deletes_a_stored_method_in_the_portal(
    staff: Visit, visit: Visit, pay_page: Callable[[], PayPage], product: Product
) -> None:
    client = client_with_bills(product.var, [Owed(10, (12_000,))])
    office, paying = staff(), pay_page()
    paying.open(send_bill(office, client, product))
    paying.type_card(CARD_WORKS)
    paying.review().get_by_label(BOX).check()
    paying.submit()
    with database_of(product.var):
        with db.read() as session:
            nora = contact(session, client.public_id)
            matter = session.scalars(select(Matter).where(Matter.client_id == nora.id)).first()
        assert matter is not None
        portals.opened(matter, portals.firm_person(desk_of.ADA))
        portals.joined(nora)
        token = portals.signed_in(nora)
    page = visit()
    page.context.add_cookies(
        [{"name": COOKIE, "value": token, "domain": "localhost", "path": "/", "secure": True}]
    )

    page.goto("/portal/settings")
    page.get_by_role("link", name="Payment methods").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Payment methods")
    expect(page.get_by_role("heading", level=2).first).to_have_text(re.compile("Visa ••••.4242"))
    expect(page.get_by_text("For bills", exact=True)).to_be_visible()
    look_over(page)
    page.get_by_role("link", name="Delete Visa").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Delete Visa"))
    look_over(page)
    page.get_by_role("button", name="Delete this payment method").click()
    expect(page.get_by_text("The payment method was deleted.")).to_be_visible()
    expect(page.get_by_text("No payment methods stored")).to_be_visible()
    look_over(page)
    office.goto(f"/staff/contacts/{client.public_id}/payment-methods")
    expect(office.get_by_role("row").last.get_by_role("cell").nth(3)).not_to_have_text("–")
