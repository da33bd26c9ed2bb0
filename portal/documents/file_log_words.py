"""What the coming of documents, and a virus in one, are called in the activity log."""

from flask_babel import lazy_gettext as _

from portal.core.audit import Kind, describe

describe(
    {
        "document.added": _("Document added"),
        "document.version_added": _("New version of a document added"),
        "document.virus_found": _("Virus found in a document"),
    },
    {"file": Kind(_("File"))},
)
