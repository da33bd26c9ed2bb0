"""What the tests of New charge ask for again and again."""

from bs4 import Tag
from werkzeug.test import TestResponse

from payments.links import queries
from portal.core import db
from tests.support.cast import Person
from tests.support.page import Page, words

NEW_CHARGE = "/staff/online-payments/new-charge"
ACCOUNTS = "/staff/online-payments/accounts"


def card(page: Page, public_id: str) -> Tag:
    return page.one(f"#account-{public_id}")


def text(tag: Tag) -> str:
    return words(tag.get_text(" "))


def in_place(person: Person, address: str, sent: dict[str, str] | None = None) -> Page:
    """What htmx gets: a fragment, which may be a native dialog (its Close sends no form)."""
    method = "GET" if sent is None else "POST"
    headers = {"HX-Request": "true"}
    answer = person.http.open(
        address, method=method, data=sent, headers=headers, base_url=person.base_url
    )
    return Page(answer, address)


def fetched(person: Person, address: str, headers: dict[str, str]) -> TestResponse:
    return person.http.get(address, headers=headers, base_url=person.base_url)


def amounts(public_id: str) -> tuple[int, int]:
    with db.read() as session:
        (row,) = queries.linked_accounts(session, public_id)
    return row.account.link_min_cents, row.account.link_max_cents


def retire(person: Person, public_id: str, typed: str, *, status: int = 200) -> Page:
    page = person.get(f"{ACCOUNTS}/{public_id}/link/retirement")
    return person.submit(page, "Retire link", typed_name=typed, status=status)
