"""The processor's failure codes in words for the payer: never the code, no blame (FEATURES P7)."""

from flask_babel import gettext as _

from payments.methods import returns


def words(code: str, method: str, network_code: str | None = "") -> str:
    """One sentence that says what the payer's bank said, and what to try.

    `network_code` is the R-code of a returned eCheck, which is read where `code` says nothing.
    """
    sentences = _bank() if method == "bank" else _card()
    if code in sentences or code in _either():
        return (sentences | _either())[code]
    if method == "bank":
        for told in (network_code or "", code):
            if returns.is_known(told):
                return returns.words(told)
        return _("Your bank did not let the payment through. Your bank can tell you why.")
    return _("Your card was declined. Please try another card, or call the bank that issued it.")


def _card() -> dict[str, str]:
    return {
        "insufficient_funds": _("Your card was declined: there are not enough funds on it."),
        "expired_card": _("Your card has expired. Please use another card."),
        "incorrect_cvc": _("The security code (CVC) does not match your card. Please check it."),
        "invalid_cvc": _("The security code (CVC) does not match your card. Please check it."),
        "incorrect_zip": _("The postal code does not match your card. Please check it."),
        "lost_card": _("Your card was declined. Please try another card."),
        "stolen_card": _("Your card was declined. Please try another card."),
        "authentication_required": _(
            "Your bank asks you to approve this payment. Please try again."
        ),
        "payment_intent_authentication_failure": _(
            "Your bank could not confirm that it was you. Please try again, or use another card."
        ),
        "card_velocity_exceeded": _("Your card has reached its limit. Please try another card."),
    }


def _bank() -> dict[str, str]:
    return {
        "account_closed": _("Your bank says that this account is closed. Please use another one."),
        "no_account": _("Your bank could not find this account. Please check the numbers."),
        "debit_not_authorized": _(
            "Your bank says that this account does not allow the withdrawal. Please call your bank."
        ),
        "insufficient_funds": _("There was not enough money in the bank account."),
        "charge_exceeds_source_limit": _(
            "This payment is over the weekly limit for eCheck. Please pay by card, or call us."
        ),
    }


def _either() -> dict[str, str]:
    return {
        "processing_error": _("The payment could not be processed. Please try again in a minute."),
        "processor_unavailable": _(
            "The payment service cannot be reached now. Please try again in a few minutes."
        ),
        "method_unusable": _("This stored payment method can no longer be charged."),
        "abandoned": _("The payment was not finished in time."),
        "refunded": _("The payment was given back."),
    }
