"""Every page about payments that staff have, for app.py to register, and what stands beside."""

from payments.transactions import alert_topics as _topics  # noqa: F401  they register themselves
from payments.transactions import emails as _emails  # noqa: F401  likewise
from payments.transactions import refund_emails as _refund_emails  # noqa: F401  likewise
from payments.transactions import reminders as _reminders  # noqa: F401  registers its job
from payments.transactions import staff, staff_disputes, staff_trust_tasks
from payments.transactions import staff_linking as _linking  # noqa: F401  registers its routes
from payments.transactions import staff_overview as _overview  # noqa: F401  likewise
from payments.transactions import stuck as _stuck  # noqa: F401  registers its look
from payments.transactions.staff_search import search_payments

BLUEPRINTS = tuple(pages.blueprint for pages in (staff, staff_disputes, staff_trust_tasks))


def show_on_other_pages() -> None:
    """Disputes beside bills and payments, and payments in the search. Called by app.py."""
    staff_disputes.show_on_other_pages()
    search_payments()
