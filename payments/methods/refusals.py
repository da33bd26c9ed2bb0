"""Why a method could not be stored, in words for its owner: never the code (FEATURES P7)."""

from flask_babel import gettext as _

from payments.gateway.results import MethodKind


def words(code: str, kind: MethodKind) -> str:
    """One sentence that says what happened, and what to try."""
    known = {
        "insufficient_funds": _("Your card's bank refused: there are not enough funds on it."),
        "expired_card": _("Your card has expired. Please use another card."),
        "incorrect_cvc": _("The security code (CVC) does not match your card. Please check it."),
        "invalid_cvc": _("The security code (CVC) does not match your card. Please check it."),
        "incorrect_zip": _("The postal code does not match your card. Please check it."),
        "setup_intent_authentication_failure": _(
            "Your bank could not confirm that it was you. Please try again, or use another card."
        ),
        "abandoned": _("It was not finished in time. Please try again."),
        "processing_error": _("It could not be stored. Please enter it again."),
        "processor_unavailable": _(
            "The payment service cannot be reached now. Please try again in a few minutes."
        ),
    }
    if code in known:
        return known[code]
    if kind is MethodKind.BANK:
        return _("Your bank did not let the account be stored. Your bank can tell you why.")
    return _("Your card's bank refused. Please try another card, or call the bank that issued it.")
