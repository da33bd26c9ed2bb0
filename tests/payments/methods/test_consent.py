"""The words of the store box (FEATURES P5)."""

import pytest
from flask import Flask

from payments.gateway.results import MethodKind
from payments.methods.consent import store_text

FIRM, LABEL = "Harlow & Reyes", "Visa •••• 4242"


@pytest.mark.parametrize("method", list(MethodKind))
@pytest.mark.parametrize(
    ("kind", "mine", "other"),
    [("trust", "into its trust account", "operating"), ("operating", "operating account", "trust")],
)
def test_P5_the_box_says_who_may_charge_what_for_what_and_how_to_end_it(
    method: MethodKind, kind: str, mine: str, other: str, app: Flask
) -> None:
    with app.test_request_context():
        words = store_text(FIRM, kind, method, LABEL)
    for said in (FIRM, LABEL, "future bills, trust requests and payment plans", mine):
        assert said in words
    assert f"not used for {'its' if method is MethodKind.CARD else 'the firm'}" in words
    assert f"{other} account" in words
    assert "delete it at any time" in words or "end this at any time" in words
    assert "%" not in words


def test_P4_a_bank_account_is_authorized_for_withdrawals_and_a_card_for_charges(
    app: Flask,
) -> None:
    with app.test_request_context():
        bank = store_text(FIRM, "operating", MethodKind.BANK, "Northfield Test Bank •••• 6789")
        card = store_text(FIRM, "operating", MethodKind.CARD, LABEL)
    assert "I authorize Harlow & Reyes to withdraw" in bank
    assert "authorize" not in card
