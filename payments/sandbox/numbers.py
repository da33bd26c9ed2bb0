"""The test numbers that the sandbox honours, and no others (https://docs.stripe.com/testing)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TestCard:
    """A card number and what its bank answers; `code` and `decline_code` are Stripe's words."""

    __test__ = False

    number: str
    label: str
    code: str = ""
    decline_code: str = ""
    message: str = ""
    authenticate: bool = False
    asks_always: bool = False
    disputed: bool = False
    refund_fails: bool = False
    declines_once_stored: bool = False
    test_name: str = ""

    @property
    def declines(self) -> bool:
        """Whether a charge of this card is refused at once.

        One that `declines_once_stored` can be stored without a payment, as at Stripe, and here goes
        through in a payment that stores it too; it is refused ever after.
        """
        return bool(self.code) and not self.asks_always

    def error(self) -> dict[str, str]:
        """The refusal of its bank, as an intent keeps it."""
        return {
            "code": self.code,
            "decline_code": self.decline_code,
            "message": self.message,
            "type": "card_error",
        }


@dataclass(frozen=True, slots=True)
class TestBankAccount:
    """A bank account number and how a withdrawal ends. Without `failure_code` it goes through.

    `network_code` is the bank network's return code; `blocked_reason` is set where the
    processor refuses the account from then on.
    """

    __test__ = False

    number: str
    label: str
    failure_code: str = ""
    message: str = ""
    network_code: str = ""
    blocked_reason: str = ""
    never_settles: bool = False
    disputed: bool = False
    test_name: str = ""


@dataclass(frozen=True, slots=True)
class TestBank:
    """A made-up institution for the bank search."""

    __test__ = False

    bank_id: str
    name: str


ROUTING_NUMBER = "110000000"
MICRODEPOSIT_AMOUNTS = (32, 45)
MICRODEPOSIT_CODE = "SM11AA"
BANK_ENTERED_BY_NUMBER = "STRIPE TEST BANK"

_DECLINED = "Your card was declined."

CARDS: dict[str, TestCard] = {
    card.number: card
    for card in (
        TestCard("4242424242424242", "Card that works", test_name="pm_card_visa"),
        TestCard(
            "4000000000000002",
            "Declined card",
            "card_declined",
            "generic_decline",
            _DECLINED,
            test_name="pm_card_visa_chargeDeclined",
        ),
        TestCard(
            "4000000000009995",
            "Not enough money",
            "card_declined",
            "insufficient_funds",
            "Your card has insufficient funds.",
            test_name="pm_card_visa_chargeDeclinedInsufficientFunds",
        ),
        TestCard(
            "4000000000000069",
            "Expired card",
            "expired_card",
            "expired_card",
            "Your card has expired.",
            test_name="pm_card_chargeDeclinedExpiredCard",
        ),
        TestCard(
            "4000000000000127",
            "Wrong security code",
            "incorrect_cvc",
            "incorrect_cvc",
            "Your card's security code is incorrect.",
            test_name="pm_card_chargeDeclinedIncorrectCvc",
        ),
        TestCard(
            "4000002500003155",
            "Needs authentication",
            authenticate=True,
            test_name="pm_card_authenticationRequiredOnSetup",
        ),
        TestCard(
            "4000002760003184",
            "Asks for authentication each time, so never without its owner",
            "authentication_required",
            "authentication_required",
            "Your card was declined. This transaction requires authentication.",
            authenticate=True,
            asks_always=True,
            test_name="pm_card_authenticationRequired",
        ),
        TestCard(
            "4000000000000341",
            "Can be stored, then declines",
            "card_declined",
            "generic_decline",
            _DECLINED,
            declines_once_stored=True,
            test_name="pm_card_chargeCustomerFail",
        ),
        TestCard(
            "4000000000000259",
            "Works, then disputed",
            disputed=True,
            test_name="pm_card_createDispute",
        ),
        TestCard(
            "4000000000005126",
            "Works, but a refund fails later",
            refund_fails=True,
            test_name="pm_card_refundFail",
        ),
    )
}

BANK_ACCOUNTS: dict[str, TestBankAccount] = {
    account.number: account
    for account in (
        TestBankAccount("000123456789", "works", test_name="pm_usBankAccount_success"),
        TestBankAccount(
            "000111111113",
            "account is closed",
            "account_closed",
            "The customer's bank account has been closed.",
            "R02",
            "bank_account_closed",
            test_name="pm_usBankAccount_accountClosed",
        ),
        TestBankAccount(
            "000111111116",
            "no such account",
            "no_account",
            "The customer's bank account could not be located.",
            "R03",
            "bank_account_invalid_details",
            test_name="pm_usBankAccount_noAccount",
        ),
        TestBankAccount(
            "000222222227",
            "not enough money",
            "insufficient_funds",
            "The customer's account has insufficient funds to cover this payment.",
            "R01",
            test_name="pm_usBankAccount_insufficientFunds",
        ),
        TestBankAccount(
            "000333333335",
            "withdrawals not authorized",
            "debit_not_authorized",
            "The customer has notified their bank that this payment was unauthorized.",
            "R10",
            "debit_not_authorized",
            test_name="pm_usBankAccount_debitNotAuthorized",
        ),
        TestBankAccount(
            "000555555559",
            "works, then disputed",
            disputed=True,
            test_name="pm_usBankAccount_dispute",
        ),
        TestBankAccount(
            "000000000009",
            "stays processing",
            never_settles=True,
            test_name="pm_usBankAccount_processing",
        ),
        # Stripe names no code for this account; this one is in its list of codes and says the same.
        TestBankAccount(
            "000777777771",
            "over its weekly limit",
            "charge_exceeds_source_limit",
            "This payment exceeds the weekly payment volume limit of the bank account.",
            test_name="pm_usBankAccount_weeklyLimitExceeded",
        ),
    )
}

BANKS: dict[str, TestBank] = {
    bank.bank_id: bank
    for bank in (
        TestBank("northfield", "Northfield Test Bank"),
        TestBank("harborlight", "Harborlight Test Credit Union"),
        TestBank("prairie", "Prairie State Test Bank"),
        TestBank("summit", "Summit Test Savings"),
    )
}

CARDS_BY_TEST_NAME = {card.test_name: card for card in CARDS.values()}
BANK_ACCOUNTS_BY_TEST_NAME = {account.test_name: account for account in BANK_ACCOUNTS.values()}


def linked_account_id(bank_id: str, number: str) -> str:
    """The name under which a bank account chosen after a bank sign-in is handed over."""
    return f"fca_{bank_id}_{number}"


def linked_account(linked_id: str) -> tuple[TestBank, TestBankAccount] | None:
    """The bank and account behind such a name, or None where there is no such test account."""
    prefix, _, rest = linked_id.partition("_")
    bank_id, _, number = rest.partition("_")
    bank, account = BANKS.get(bank_id), BANK_ACCOUNTS.get(number)
    if prefix != "fca" or bank is None or account is None:
        return None
    return bank, account
