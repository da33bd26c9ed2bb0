"""The sentence by which a payer approves a bank withdrawal (Nacha; FEATURES P4)."""

from flask_babel import gettext as _

from payments.money.amounts import Money


def mandate_text(firm: str, amount: Money, method_label: str, locale: str) -> str:
    """The whole authorization, kept word for word with the payment."""
    return _(
        "I authorize %(firm)s to withdraw %(amount)s once from my bank account (%(account)s), "
        "today or on the next business day. I own this account or may use it. I can cancel only "
        "before the withdrawal begins, by contacting %(firm)s. If the withdrawal is made in error, "
        "%(firm)s may correct it.",
        firm=firm,
        amount=amount.format(locale),
        account=method_label,
    )
