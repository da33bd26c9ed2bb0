"""What is done with messages, in the words of the activity log (FEATURES C13, X9).

That one was sent stands in the feed of its portal, for good; the log keeps what is gone.
"""

from flask_babel import lazy_gettext as _

from portal.core.audit import Kind, describe

describe({"message.deleted": _("Message deleted")}, {"message": Kind(_("Message"))})
