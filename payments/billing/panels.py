"""What other features show on a bill or trust request: panels on its page, and actions there and in
lists.

Filled in as the views of those features are registered. Receipts stand to the right of both, so
the page fetches their fragment by its endpoint's name, and an action is a link to their page.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row

from payments.billing.models import Bill
from payments.billing.requested import TrustRequest
from portal.web.permissions import Permission

Told = Bill | TrustRequest | Row[Any]
"""A bill or trust request, or its row in a list: both have what the `LISTED` of that list names."""


@dataclass(frozen=True, slots=True)
class Action:
    """A button on what `fits` takes, for users whom `needs` allows.

    `endpoint` takes `public_id` and answers a page; with `dialog` also the fragment of a dialog for
    `#task`, as components/task_dialog.html draws it. `menu_of` is the endpoint of the button in
    whose menu, behind the arrow beside it, the action stands (FEATURES L8). `listed`: in each row
    of lists too.
    """

    label: Any
    endpoint: str
    needs: Permission
    fits: Callable[[Any], bool]
    kind: str = "secondary"
    dialog: bool = False
    listed: bool = False
    menu_of: str | None = None


@dataclass(frozen=True, slots=True)
class ShownAction:
    """A button, and what stands in the menu beside it."""

    action: Action
    menu: tuple[Action, ...]


@dataclass(slots=True)
class Shown:
    """What is shown on one kind of document."""

    _panels: dict[str, Any] = field(default_factory=dict[str, Any])
    _actions: list[Action] = field(default_factory=list[Action])
    _notes: dict[str, Any] = field(default_factory=dict[str, Any])

    def add_panel(self, endpoint: str, link: Any) -> None:
        """Fetch a fragment, whose route takes `public_id`, into the page of every issued one.
        `link` are the words of the link that leads to it where no script runs."""
        self._panels.setdefault(endpoint, link)

    def panels(self) -> Mapping[str, Any]:
        """The endpoints in the order shown, each with the words of its link."""
        return self._panels

    def add_note(self, endpoint: str, link: Any) -> None:
        """The same at the top of its page: what one should know first, and nothing at all where
        there is nothing to know."""
        self._notes.setdefault(endpoint, link)

    def notes(self) -> Mapping[str, Any]:
        """The endpoints of notes, each with the words of its link."""
        return self._notes

    def add_action(self, action: Action) -> None:
        """Show a button. One that opens another's menu is added before what stands in it."""
        if all(known.endpoint != action.endpoint for known in self._actions):
            self._actions.append(action)

    def actions(
        self, told: Told, may: Callable[[Permission], bool], *, listed: bool = False
    ) -> list[ShownAction]:
        """What somebody may do with this one, in the order added but what rows of lists have
        first; with `listed`, that alone."""
        fit = [
            action
            for action in self._actions
            if (action.listed or not listed) and may(action.needs) and action.fits(told)
        ]
        fit.sort(key=lambda action: not action.listed)
        beside: dict[str | None, list[Action]] = {}
        for action in fit:
            beside.setdefault(action.menu_of, []).append(action)
        return [
            ShownAction(action, tuple(beside.get(action.endpoint, ())))
            for action in beside.get(None, [])
        ]


ON_BILLS = Shown()
ON_TRUST_REQUESTS = Shown()
