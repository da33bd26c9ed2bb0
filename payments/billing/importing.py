"""Bills from a file of another system (FEATURES X7). The kind registers itself."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from payments.billing.actions import IMPORTED
from payments.billing.importing_fields import FIELDS, OPTIONS, SAMPLES
from payments.billing.importing_house import look_around, number_of
from payments.billing.importing_reading import outcome
from payments.billing.importing_writing import keep
from portal.imports.kinds import Options, Outcome, Ready, Thing, register
from portal.imports.models import ImportRun


class Bills:
    """Bills by their numbers, a row for each line. One that is here already stays as it is."""

    name = IMPORTED
    label = _("Bills")
    intro = _("A row is a line of a bill. Its matter must be among your matters before.")
    fields = FIELDS
    options = OPTIONS
    groups_by = "number"
    whole = True
    list_endpoint = "bills.index"
    samples = SAMPLES

    def counted(self, count: int, shown: str) -> str:
        """So many bills."""
        return ngettext("%(count)s bill", "%(count)s bills", count, count=shown)

    def key(self, thing: Thing) -> str:
        """Its number in the file."""
        return number_of(thing)

    def read(
        self, session: Session, things: Sequence[Thing], options: Options
    ) -> Sequence[Outcome]:
        """Which would be drafted or issued, which are here already, and which cannot be."""
        house = look_around(session, things)
        return [outcome(thing, house, options) for thing in things]

    def write(self, session: Session, ready: Sequence[Ready], by: str, run: ImportRun) -> None:
        """Keep them, with a line of the log each."""
        keep(session, [one.value for one in ready], by, run.public_id)


register(Bills())
