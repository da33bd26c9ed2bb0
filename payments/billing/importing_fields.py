"""The columns of a file of bills, in which they are imported and exported (FEATURES X7)."""

from flask_babel import lazy_gettext as _

from portal.imports.kinds import DAY_ORDER, Choice, Field, Option

ISSUED, DRAFTS = "issued", "drafts"
OF_THE_BILL = (
    "client",
    "issued_on",
    "due_on",
    "discount",
    "taxes",
    "total",
    "note",
    "status",
    "paid",
    "currency",
    "account",
)
"""What a bill says once: each of its rows repeats it, or leaves it out."""

NOT_WHOLLY_OWED = {
    **dict.fromkeys(
        ("paid", "paidinfull", "closed", "settled"),
        _("This bill was paid. Only what is still owed comes in."),
    ),
    **dict.fromkeys(
        ("partiallypaid", "partlypaid", "partpaid", "partialpayment", "partial", "paidinpart"),
        _("A part of this bill was paid. Bring in a bill of what is still owed."),
    ),
    **dict.fromkeys(
        ("void", "voided", "deleted", "canceled", "cancelled", "writtenoff"),
        _("This bill is void. Only what is still owed comes in."),
    ),
}
"""States of other systems, as `portal.imports.cells.word` has them, in which a bill is refused."""

NOT_ISSUED = frozenset(
    {"draft", "unapproved", "awaitingapproval", "pendingapproval", "inreview", "unissued"}
)
"""States of what no client was asked for yet: it comes as a draft."""

FIELDS = (
    Field(
        "number",
        _("Bill number"),
        ("Invoice number", "Invoice", "Invoice no", "Bill", "Bill no", "Number", "ID"),
        required=True,
        hint=_("Rows that follow each other with the same number are the lines of one bill."),
    ),
    Field(
        "client",
        _("Client"),
        ("Client name", "Contact", "Customer", "Bill to", "Client ID", "Client email"),
        hint=_("A name, email or id. Only needed where there is no matter number."),
    ),
    Field(
        "matter",
        _("Matter number"),
        ("Matter", "Matter no", "Matter ID", "File number", "Case number", "Case"),
        required=True,
        instead=("matter_name",),
    ),
    Field(
        "matter_name",
        _("Matter name"),
        ("Matter description", "Case name", "File name"),
        hint=_("With the client, where a file has no matter numbers."),
    ),
    Field(
        "issued_on",
        _("Issued"),
        ("Issue date", "Issued on", "Invoice date", "Bill date", "Date issued"),
        hint=_("Needed for bills that are imported as issued."),
    ),
    Field(
        "due_on",
        _("Due"),
        ("Due date", "Due on", "Date due", "Payment due"),
        hint=_("Without it, your firm's usual number of days after the day of issue."),
    ),
    Field(
        "worked_on",
        _("Date"),
        ("Line date", "Date of work", "Activity date", "Entry date", "Service date"),
        hint=_("The day of the work. Without it, the day of issue."),
    ),
    Field(
        "description",
        _("Description"),
        ("Line", "Item", "Activity", "Details", "Work", "Narrative", "Memo"),
        required=True,
    ),
    Field("quantity", _("Quantity"), ("Hours", "Qty", "Units"), hint=_("1 where it is left out.")),
    Field("rate", _("Rate"), ("Price", "Unit price", "Hourly rate", "Rate per hour")),
    Field(
        "amount",
        _("Amount"),
        ("Line total", "Line amount", "Fee", "Net amount", "Sum"),
        required=True,
        hint=_("What the line comes to. Needed where there is no rate."),
        instead=("rate",),
    ),
    Field("discount", _("Discount"), hint=_("Of the whole bill: 10% or 50.00.")),
    Field("taxes", _("Taxes"), ("Tax",), hint=_("Up to two, as GST 5%; QST 9.975%.")),
    Field(
        "total",
        _("Total"),
        ("Bill total", "Invoice total", "Total amount", "Amount billed"),
        hint=_("Checked where it is there: a bill whose lines come to something else is refused."),
    ),
    Field("note", _("Note"), ("Notes", "Bill note", "Terms", "Comment", "Message")),
    Field(
        "status",
        _("Status"),
        ("State", "Bill status", "Invoice status"),
        hint=_(
            "Paid and void bills are refused: only what is still owed comes in. A draft comes in "
            "as one."
        ),
    ),
    Field(
        "paid",
        _("Paid"),
        ("Amount paid", "Payments", "Paid amount"),
        hint=_("A bill that was paid in part is refused."),
    ),
    Field("currency", _("Currency")),
    Field(
        "account",
        _("Bank account"),
        ("Account", "Operating account", "Account name"),
        hint=_("The name of an operating account. Without it, your firm's first one."),
    ),
)

AS = Option(
    "as",
    _("What the bills become"),
    (
        Choice(
            DRAFTS,
            _("Drafts"),
            _("They get their numbers when you issue them. Nothing is owed before."),
        ),
        Choice(
            ISSUED,
            _("Issued, awaiting payment"),
            _(
                "They keep their numbers and are booked as owed. No client is emailed or charged. "
                "Where a second person approves bills, choose drafts: they are approved here."
            ),
        ),
    ),
    DRAFTS,
)
OPTIONS = (AS, DAY_ORDER)

SAMPLES = (
    {
        "number": "1042",
        "client": "Cleo Marsh",
        "matter": "00012",
        "issued_on": "2026-05-04",
        "due_on": "2026-06-03",
        "worked_on": "2026-04-20",
        "description": "Drafting the lease",
        "quantity": "2.5",
        "rate": "250.00",
        "amount": "625.00",
        "total": "645.00",
    },
    {
        "number": "1042",
        "matter": "00012",
        "worked_on": "2026-04-28",
        "description": "Courier",
        "quantity": "1",
        "rate": "20.00",
        "amount": "20.00",
    },
    {
        "number": "1043",
        "matter": "00017",
        "issued_on": "2026-05-04",
        "worked_on": "2026-04-30",
        "description": "Review of the will",
        "amount": "300.00",
        "discount": "10%",
        "total": "270.00",
    },
)
