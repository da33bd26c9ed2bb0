"""States that no address leads to: what stands in a page after somebody has done something."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from playwright.sync_api import Page

from bench.screens.addresses import Walk
from bench.screens.visits import FLOW, Visit
from tests.journeys.paying import CARD_ASKS, CARD_DECLINED, CARD_WORKS, Pace

PAY, SIGN_IN = "checkout.pay", "firm_sign_in.sign_in"
ANA, BEN = "ana@demo.test", "ben@demo.test"
PASSWORD = "retainer-demo-only"
_pace = Pace()


@dataclass(frozen=True)
class Flow:
    """`screen` is where it begins, whose first address is taken; `shows` what it ends on."""

    screen: str
    shows: str
    walk: Callable[[Page, Visit], None]


def _typed(page: Page, visit: Visit) -> None:
    _pace.watch(page)
    page.goto(visit.address)
    page.locator(".sbx input[autocomplete=cc-number]").wait_for()
    for field, words in {
        "#amount": "25",
        "#name": "Sol Stranger",
        "#email": "sol@demo.test",
        "#paid_for": "Lease review",
    }.items():
        page.locator(field).fill(words)


def _card(page: Page, number: str) -> None:
    page.locator("input[autocomplete=cc-number]").press_sequentially(number)
    page.locator("input[autocomplete=cc-exp]").fill("12 / 34")
    page.locator("input[autocomplete=cc-csc]").fill("123")
    page.locator("#postal_code").fill("95814")


def _review(page: Page) -> None:
    _pace.wait()
    page.locator("#review-button").click()
    page.locator("#submit-form").wait_for()


def card_review(page: Page, visit: Visit, number: str = CARD_WORKS) -> None:
    """**Review payment** by card."""
    _typed(page, visit)
    _card(page, number)
    _review(page)


def declined(page: Page, visit: Visit) -> None:
    """**Submit payment** with a card that is declined."""
    card_review(page, visit, CARD_DECLINED)
    page.locator("#submit-form button[type=submit]").click()
    page.locator("#error-summary").wait_for()


def bank_asks(page: Page, visit: Visit) -> None:
    """**Submit payment** with a card whose bank asks."""
    card_review(page, visit, CARD_ASKS)
    page.locator("#submit-form button[type=submit]").click()
    page.locator("dialog[open]").wait_for()


def _bank(page: Page, visit: Visit) -> None:
    _typed(page, visit)
    page.locator("#pay-by-bank").click()
    page.locator("#bank-element .sbx input, #bank-element input").first.wait_for()


def bank_choice(page: Page, visit: Visit) -> None:
    """**Pay by eCheck**, **Select your bank**."""
    _bank(page, visit)
    page.locator(".sbx:visible button").first.click()
    page.locator("dialog[open]").wait_for()


def type_password(page: Page, email: str, password: str = PASSWORD) -> None:
    """Press **Sign in** at the staff door."""
    page.goto("/staff/sign-in")
    page.locator("input[type=email]").fill(email)
    page.locator("input[type=password]").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def _sign_in(page: Page, email: str) -> None:
    type_password(page, email)
    page.wait_for_url(lambda url: not url.endswith("/sign-in"))


def second_factor(page: Page, _visit: Visit) -> None:
    """Ana, who has an authenticator app, has typed her password."""
    _sign_in(page, ANA)


def authenticator(page: Page, _visit: Visit) -> None:
    """Ben is about to add an authenticator app."""
    _sign_in(page, BEN)
    page.goto("/staff/your-sign-in")
    page.get_by_role("button", name="Add an authenticator app").click()
    page.locator("#secret").wait_for()


def code(page: Page, visit: Visit) -> None:
    """A client has asked for a code."""
    page.goto(visit.address)
    page.locator("#email").fill("cleo@demo.test")
    page.locator("form:has(#email) button[type=submit]").first.click()
    page.wait_for_url("**/sign-in/code*")


FLOWS = {
    "review of a card": Flow(PAY, PAY, card_review),
    "a declined card": Flow(PAY, PAY, declined),
    "the bank's question": Flow(PAY, PAY, bank_asks),
    "choice of a bank": Flow(PAY, PAY, bank_choice),
    "a password typed": Flow(SIGN_IN, "firm_sign_in.second_factor", second_factor),
    "an app to be added": Flow(SIGN_IN, "own_sign_in.show_authenticator", authenticator),
    "a code asked for": Flow("client_sign_in.show", "client_sign_in.code", code),
}


def flows(person: str, walk: Walk) -> Iterable[Visit]:
    """Each flow from the first address of the screen where it begins."""
    for name, flow in FLOWS.items():
        for seen in walk.seen.get(flow.screen, [])[:1]:
            yield Visit(flow.shows, FLOW, person, seen.address, flow=name)
