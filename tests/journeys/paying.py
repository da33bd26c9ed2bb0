"""What a payer does on the pay page, step by step, as the labels say."""

import re
import secrets
import time
from collections import deque
from dataclasses import dataclass, field
from weakref import WeakSet

from playwright.sync_api import Frame, Locator, Page, Request, expect

CARD_WORKS = "4242424242424242"
CARD_DECLINED = "4000000000000002"
CARD_WITHOUT_MONEY = "4000000000009995"
CARD_ASKS = "4000002500003155"

# The server takes thirty forms a minute from one address (FEATURES P2); a review sends two.
FORMS_MAX, FORMS_SECONDS = 30, 61
PAY_FORM = re.compile(r"/(?:pay|bills|trust-requests|embed)/[^/?]+(?:\?.*)?$")

STATUS_PAGE = re.compile(r"/payments/[^/?]+(?:\?.*)?$")


@dataclass(frozen=True)
class Payer:
    """A stranger with an email address of their own, so that no other test's payment is theirs."""

    name: str = "Sol Stranger"
    email: str = field(default_factory=lambda: f"sol.{secrets.token_hex(5)}@demo.test")
    paid_for: str = "Cleo Marsh, lease review"
    reference: str = "1042"


class Pace:
    """Keeps all tests of a session, which share one address, under the limit on tries."""

    def __init__(self) -> None:
        self._sent: deque[float] = deque(maxlen=FORMS_MAX)
        self._watched: WeakSet[Page] = WeakSet()

    def watch(self, page: Page) -> None:
        """Note every form that this page sends to a pay page's address; once, as it is kept."""
        if page not in self._watched:
            self._watched.add(page)
            page.on("request", self._note)

    def _note(self, request: Request) -> None:
        if request.method == "POST" and PAY_FORM.search(request.url):
            self._sent.append(time.monotonic())

    def wait(self) -> None:
        """Come back when one more review may be asked for."""
        if len(self._sent) >= FORMS_MAX - 1:
            oldest_but_one = self._sent[1 - FORMS_MAX]
            time.sleep(max(0.0, oldest_but_one + FORMS_SECONDS - time.monotonic()))


class PayPage:
    """A pay page in a browser: in a window of its own, or in the frame of a website (`sheet`)."""

    def __init__(self, page: Page, pace: Pace, frame: Frame | None = None) -> None:
        self.page = page
        self.sheet: Page | Frame = frame or page
        self._pace = pace
        pace.watch(page)

    def open(self, url: str) -> None:
        """Follow the link, and wait until the processor's fields are drawn."""
        self.page.goto(url)
        expect(self.page.get_by_label("Card number")).to_be_visible()

    def type_words(self, payer: Payer, amount: str) -> None:
        """Everything but the way of paying."""
        for label, words in {
            "Amount": amount,
            "Your name": payer.name,
            "Email": payer.email,
            "Who is this payment for?": payer.paid_for,
            "Reference": payer.reference,
        }.items():
            if words:
                self.sheet.get_by_label(label).fill(words)

    def type_card(self, number: str) -> None:
        """A card with its expiry date, code, and billing ZIP code."""
        self.sheet.get_by_label("Card number").fill("")
        self.sheet.get_by_label("Card number").press_sequentially(number)
        self.sheet.get_by_label("Expiry date").fill("12 / 34")
        self.sheet.get_by_label("Security code").fill("123")
        self.sheet.get_by_label("ZIP code").fill("95814")

    def connect_bank(self, holder: str, account: str) -> None:
        """**Pay by eCheck**, **Select your bank**, sign in there, choose the account."""
        self.sheet.get_by_role("button", name="Pay by eCheck").click()
        self.sign_in_at_the_bank(holder, account)

    def sign_in_at_the_bank(self, holder: str, account: str) -> None:
        """The same where the bank's section is shown already."""
        bank = self.sheet.get_by_role("region", name="Pay by eCheck")
        bank.get_by_label("Name on the account").fill(holder)
        bank.get_by_role("button", name="Select your bank").click()
        dialog = self.sheet.get_by_role("dialog")
        dialog.get_by_role("button", name="Continue").click()
        dialog.get_by_label("Find your bank").fill("harbor")
        dialog.get_by_role("button", name="Harborlight Test Credit Union").click()
        dialog.get_by_role("button", name="Agree and sign in").click()
        dialog.get_by_label(re.compile(f": {account}$")).check()
        dialog.get_by_role("button", name="Connect account").click()
        expect(bank.get_by_text("Harborlight Test Credit Union, Checking")).to_be_visible()

    def press_review(self) -> None:
        """**Review payment**, whatever comes of it."""
        self._pace.wait()
        self.sheet.get_by_role("button", name="Review payment").click()

    def review(self) -> Locator:
        """**Review payment**; answers the review, whose heading has the focus."""
        self.press_review()
        heading = self.sheet.get_by_role("heading", name="Review your payment")
        expect(heading).to_be_focused()
        return self.sheet.locator("#pay-review")

    def press_submit(self) -> None:
        """**Submit payment**, whatever comes of it."""
        self.sheet.get_by_role("button", name="Submit payment").click()

    def submit(self) -> str:
        """**Submit payment**; answers the reference on the status page."""
        self.press_submit()
        self.sheet.wait_for_url(STATUS_PAGE)
        return reference_on(self.sheet)

    def pay_by_card(self, url: str, payer: Payer, amount: str, number: str = CARD_WORKS) -> str:
        """From the link to the status page; answers the reference."""
        self.open(url)
        self.type_words(payer, amount)
        self.type_card(number)
        self.review()
        return self.submit()


def reference_on(page: Page | Frame) -> str:
    """The payment's printed reference, on its status page."""
    row = page.locator(".summary-row", has_text="Reference")
    found = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", row.inner_text())
    assert found is not None, row.inner_text()
    return found.group()


def line(part: Locator, key: str) -> Locator:
    """One line of a review or receipt, by its name."""
    name = part.page.get_by_role("term").filter(has_text=re.compile(f"^{re.escape(key)}$"))
    return part.locator(".summary-row").filter(has=name)
