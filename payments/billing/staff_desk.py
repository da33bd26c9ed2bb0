"""The page on which a bill is written, be it new, a draft, or issued and to be changed."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta

from flask import Response, g, request, url_for
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from payments.accounts.models import AccountKind, BankAccount
from payments.accounts.queries import bank_accounts
from payments.billing import rates
from payments.billing.choices import Choices
from payments.billing.details import BillDetails, check
from payments.billing.forms import BillForm, LineForm, TaxForm, in_page_order
from payments.billing.models import Bill
from payments.billing.quantities import plain
from payments.billing.settings import billing_settings
from payments.billing.staff_shown import title_of
from payments.billing.writing import BillChanged
from payments.money.amounts import Money
from portal.clients.access import Closed
from portal.clients.details import Problems
from portal.clients.models import Contact, Matter
from portal.clients.queries import matters_of
from portal.core import db
from portal.core.errors import Invalid
from portal.firm.brand import brand
from portal.web import language
from portal.web.fragments import page_or_fragment

Write = Callable[[Session, BillDetails, BillForm], Bill]


class Desk:
    """What stands around a bill while it is written: whose it is, and what it may name. The client
    of a draft may be another than the draft's own: that is how it gets one."""

    def __init__(
        self, session: Session, client: Contact, closed: Closed, bill: Bill | None = None
    ) -> None:
        g.brand = brand(session)
        self.client = client
        self.bill = bill
        self.issued = bill is not None and bill.number is not None
        self.currency = bill.currency if bill else g.brand.currency
        self.matters: list[Matter] = matters_of(session, client.id, closed)
        self.rates = [
            (whose, where, Money(cents, self.currency))
            for whose, where, cents in rates.in_force(session, self.matters)
        ]
        self.own_rates = rates.rates_for(session, current_user.id, self.matters)
        self.accounts: list[BankAccount] = [
            account for account in bank_accounts(session) if self._takes(account)
        ]
        self.settings = billing_settings(session)

    def _takes(self, account: BankAccount) -> bool:
        if self.bill is not None and self.issued:
            return account.id == self.bill.bank_account_id
        return account.kind == AccountKind.OPERATING and account.currency == self.currency

    @property
    def url(self) -> str:
        """Where the form is sent."""
        if self.bill is None:
            return url_for("bills.create")
        endpoint = "bills.change" if self.issued else "bills.save"
        return url_for(endpoint, public_id=self.bill.public_id)

    @property
    def back_url(self) -> str:
        """Where **Cancel** leads."""
        if self.bill is None:
            return url_for("bills.index")
        return url_for("bills.show", public_id=self.bill.public_id)

    @property
    def title(self) -> str:
        """The heading's end: which bill is written."""
        return title_of(self.bill) if self.bill else ""

    @property
    def choices(self) -> Choices:
        """The ids behind what the page offers."""
        return Choices.of(self.client, self.matters, self.accounts)

    def blank(self, matter: str) -> BillForm:
        """A new draft: one line of today on this matter, else on the client's newest one; due when
        the firm's bills are, with its usual taxes."""
        day: date = g.brand.today
        known = [one.public_id for one in self.matters]
        first = matter if matter in known else "".join(known[:1])
        return BillForm(
            account=self.accounts[0].public_id if self.accounts else "",
            due_on=(day + timedelta(days=self.settings.due_days)).isoformat(),
            note="",
            lines=[LineForm(matter=first, worked_on=day.isoformat())],
            taxes=[
                TaxForm(tax["label"], plain(tax["percent_thousandths"]))
                for tax in self.settings.taxes
            ],
        )

    def written(self, bill: Bill) -> BillForm:
        """What the bill says; of another client's matters none, as they are to be chosen anew."""
        form = BillForm.of(bill)
        if bill.client_id == self.client.id:
            return form
        only = self.matters[0].public_id if len(self.matters) == 1 else ""
        return replace(form, lines=[replace(line, matter=only) for line in form.lines])

    def page(
        self,
        form: BillForm,
        errors: Mapping[str, str] | None = None,
        status: int = 200,
        focus: str | None = None,
    ) -> Response:
        """The page; for htmx, which adds and removes lines, the form alone."""
        locale = language.current()
        return page_or_fragment(
            "billing/staff_draft.html",
            "billing/_draft.html",
            status,
            desk=self,
            form=form,
            errors=in_page_order(errors or {}),
            focus=focus,
            amounts=form.amounts(locale),
            sums=form.sums(locale),
        )

    def redrawn(self, form: BillForm) -> Response | None:
        """The page with a line more or less, or other sums, where that was pressed."""
        asked = request.form
        if "add_line" in asked:
            form = form.with_line()
            return self.page(form, focus=f"matter-{len(form.lines) - 1}")
        if "remove_line" in asked:
            return self.page(form.without_line(asked["remove_line"]), focus="add-line")
        return self.page(form) if "update_total" in asked else None

    def save(self, write: Write, done: Callable[[Bill], AnyResponse]) -> AnyResponse:
        """Write what was typed, or draw it again with what is wrong, or with a line more."""
        form = BillForm.from_request()
        if page := self.redrawn(form):
            return page
        form = form.without_blanks()
        wanted, errors = form.details(self.choices, language.current())
        try:
            if errors:  # nothing can be saved, but the rest of what is wrong is said at once
                with db.read() as session:
                    check(session, wanted, self.currency)
                return self.page(form, errors, 422)
            with db.transaction() as session:
                bill = write(session, wanted, form)
        except Problems as problems:
            return self.page(form, {**problems.errors, **errors}, 422)
        except Invalid as wrong:
            return self.page(form, {wrong.field or "lines": str(wrong)}, 422)
        except BillChanged as changed:
            # Pressed once more, it is saved: by then somebody has read that it was changed.
            again = replace(form, mark=self.bill.mark if self.bill else "")
            return self.page(again, {"lines": str(changed)}, changed.status)
        return done(bill)
