"""The columns of a file of matters, in which they are imported and exported (FEATURES X7)."""

from collections.abc import Mapping

from flask_babel import lazy_gettext

from portal.clients.models import MatterStatus
from portal.imports.kinds import Field

FIELDS = (
    Field(
        "number",
        lazy_gettext("Number"),
        ("matter number", "matter no", "file number", "case number", "display number", "matter id"),
        required=True,
        hint=lazy_gettext("Your own file number; it stands once."),
    ),
    Field(
        "name",
        lazy_gettext("Name"),
        ("matter name", "matter", "description", "case name", "title", "subject"),
        required=True,
    ),
    Field(
        "client",
        lazy_gettext("Client"),
        ("client name", "contact", "contact name", "customer"),
        required=True,
        hint=lazy_gettext("The client’s name. Where several have it, add their id or email."),
        instead=("client_id", "client_email"),
    ),
    Field(
        "client_id",
        lazy_gettext("Client’s id"),
        ("client id", "contact id", "client number", "client uid"),
        hint=lazy_gettext("Their id in the file of contacts."),
    ),
    Field(
        "client_email",
        lazy_gettext("Client’s email"),
        ("client email", "client email address", "email"),
    ),
    Field(
        "responsible",
        lazy_gettext("Responsible"),
        ("responsible attorney", "attorney", "responsible lawyer", "lawyer", "owner"),
        hint=lazy_gettext("The email or the name of somebody who works at the firm."),
    ),
    Field(
        "status",
        lazy_gettext("Status"),
        ("matter status", "state"),
        hint=lazy_gettext("“Open”, “Pending” or “Closed”. Without it: open."),
    ),
    Field(
        "opened",
        lazy_gettext("Opened on"),
        ("open date", "opened", "date opened", "opened date", "start date"),
        hint=lazy_gettext("Without it: the day of the import."),
    ),
    Field(
        "closed",
        lazy_gettext("Closed on"),
        ("close date", "closed", "date closed", "closed date", "end date"),
    ),
    Field(
        "groups",
        lazy_gettext("Only for these groups"),
        ("groups", "group", "restricted to"),
        hint=lazy_gettext("Their names, divided by semicolons. Without any, everybody sees it."),
    ),
    Field(
        "related",
        lazy_gettext("Related contact"),
        ("related contacts", "related to", "other party", "related"),
        hint=lazy_gettext(
            "The name or email of a contact. A further row with the same number adds another."
        ),
    ),
    Field(
        "relation",
        lazy_gettext("What they are"),
        ("relationship", "role", "relation"),
        hint=lazy_gettext("Such as “Opposing counsel”."),
    ),
)

SAMPLES: tuple[Mapping[str, str], ...] = (
    {
        "number": "00031", "name": "Duval divorce", "client": "Marguerite Duval",
        "client_id": "C-1001", "responsible": "Ada Reyes", "status": "Open",
        "opened": "2026-01-15", "related": "Étienne Duval", "relation": "Spouse",
    },
    {"number": "00031", "related": "Lucille Grant", "relation": "Opposing counsel"},
    {
        "number": "00032", "name": "Trade mark", "client": "Sunrise Bakery LLC",
        "client_id": "C-1002", "status": "Closed", "opened": "2025-03-03", "closed": "2025-11-28",
    },
)  # fmt: skip

ONCE = (
    "name",
    "client",
    "client_id",
    "client_email",
    "responsible",
    "status",
    "opened",
    "closed",
    "groups",
)
"""What further rows of a matter repeat or leave empty; related contacts add up."""

STATUSES = {
    **dict.fromkeys(("open", "active", "opened"), MatterStatus.OPEN),
    **dict.fromkeys(("pending", "prospective", "notbegun"), MatterStatus.PENDING),
    **dict.fromkeys(("closed", "archived", "done", "inactive"), MatterStatus.CLOSED),
}

FIELD_OF = {"matter-status": "status", "opened_on": "opened"}
"""The column of what a form calls otherwise."""
