"""The words of the store box, by which a payer lets the firm keep a method (FEATURES P5).

    store_text(firm, kind, method, label) -> str

`kind` is that of the bank account which receives the money ("trust" or "operating"), `label` the
method as the review page shows it ("Visa •••• 4242"). Show it beside the box word for word, and
keep what was shown with the payment: it is the proof of the consent, and of a bank account also
the standing authorization (Nacha).
"""

from flask_babel import gettext as _

from payments.accounts.models import AccountKind
from payments.gateway.results import MethodKind


def store_text(firm: str, kind: str, method: MethodKind, label: str) -> str:
    """The whole sentence of the box, in the language of the page."""
    trust = kind == AccountKind.TRUST
    told = _of_bank_account if method is MethodKind.BANK else _of_card
    return told(trust, firm=firm, method=label)


def _of_card(trust: bool, **names: str) -> str:
    if trust:
        return _(
            "Store this card (%(method)s). %(firm)s may charge it for my future bills, trust "
            "requests and payment plans, as far as they are paid into its trust account. The card "
            "is not used for its operating account. I can delete it at any time by a link that I "
            "get by email; a charge made before that stays.",
            **names,
        )
    return _(
        "Store this card (%(method)s). %(firm)s may charge it for my future bills, trust "
        "requests and payment plans, as far as they are paid into its operating account. The card "
        "is not used for its trust account. I can delete it at any time by a link that I get by "
        "email; a charge made before that stays.",
        **names,
    )


def _of_bank_account(trust: bool, **names: str) -> str:
    if trust:
        return _(
            "Store this bank account (%(method)s). I authorize %(firm)s to withdraw from it what "
            "is due on my future bills, trust requests and payment plans, as far as they are paid "
            "into its trust account, on the day of each charge or the next business day. It is "
            "not used for the firm's operating account. I can end this at any time by a link that "
            "I get by email; a withdrawal begun before that goes on.",
            **names,
        )
    return _(
        "Store this bank account (%(method)s). I authorize %(firm)s to withdraw from it what is "
        "due on my future bills, trust requests and payment plans, as far as they are paid into "
        "its operating account, on the day of each charge or the next business day. It is not used "
        "for the firm's trust account. I can end this at any time by a link that I get by email; a "
        "withdrawal begun before that goes on.",
        **names,
    )
