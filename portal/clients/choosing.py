"""What a form with a combobox chose: `templates/components/combobox.html` sends it, with or without
script."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.clients import queries
from portal.clients.access import Closed
from portal.clients.queries import KINDS, ClientOption
from portal.core.errors import Missing

TYPED_CHARS_MAX = 254
CHOICES_MAX = 12


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen, or what to choose from. `error` is the sentence to show if one is needed.

    `choices` is none where nothing was looked up: the macro then draws no list to choose from.
    """

    chosen: ClientOption | None = None
    typed: str = ""
    choices: Sequence[ClientOption] | None = None
    error: str | None = None


def read_choice(
    session: Session,
    sent: Mapping[str, str],
    name: str,
    closed: Closed,
    *,
    kinds: Collection[str] = KINDS,
) -> Choice:
    """What the combobox `name` of a form stands at.

    The text typed counts where it was changed after the choice, or where **Search** was pressed;
    a text that is the whole name of one alone chooses it.
    """
    typed = sent.get(f"{name}_typed", "").replace("\0", "")[:TYPED_CHARS_MAX].strip()
    if sent.get(name) and not searched(sent, name) and typed == sent.get(f"{name}_shown", typed):
        try:
            return Choice(queries.option(session, sent[name], closed, kinds=kinds), typed)
        except Missing as gone:
            return Choice(None, typed, error=str(gone))
    if not typed:
        return Choice()
    found = queries.find_clients(session, typed, closed, limit=CHOICES_MAX, kinds=kinds)
    exact = [option for option in found if option.label == typed]
    if len(exact) == 1 and not searched(sent, name):
        return Choice(exact[0], typed)
    error = (
        _("Choose one of those found.") if found else _("Nothing was found. Try a shorter word.")
    )
    return Choice(None, typed, found, error)


def waited_for(
    choice: Choice, sent: Mapping[str, str], name: str, nobody: str
) -> tuple[str | None, int]:
    """The sentence beside a combobox that a page cannot go on without, and the page's status.

    `nobody` is said where **Continue** was pressed with nothing typed.
    """
    if searched(sent, name) or f"{name}_typed" not in sent:
        return choice.error, 200
    return choice.error or nobody, 422


def searched(sent: Mapping[str, str], name: str) -> bool:
    """Whether **Search** of this combobox was pressed, so that nothing is to be saved yet."""
    return sent.get("search") == name
