"""What a client types beside the processor's fields to store a method."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _

from payments.billing.details import cleaned
from payments.gateway.results import MethodKind
from payments.methods.entering import postal_code
from portal.core.errors import Invalid

NAME_CHARS_MAX = 120


@dataclass(frozen=True, slots=True)
class StoreForm:
    """The owner's name, and of a card the postal code, checked."""

    name: str
    kind: MethodKind
    postal_code: str

    @classmethod
    def read(
        cls, typed: Mapping[str, str], kinds: tuple[MethodKind, ...]
    ) -> tuple["StoreForm", dict[str, str]]:
        """The form, and a sentence for each field that is wrong."""
        kind = next((one for one in kinds if one == typed.get("method")), kinds[0])
        name = cleaned(typed.get("name", "")).replace("\n", " ")
        code, errors = "", dict[str, str]()
        if not name:
            errors["name"] = _("Enter your name.")
        elif len(name) > NAME_CHARS_MAX:
            errors["name"] = _(
                "This is too long: at most %(count)s characters.", count=NAME_CHARS_MAX
            )
        try:
            code = postal_code(typed.get("postal_code", ""), kind)
        except Invalid as wrong:
            errors["postal_code"] = str(wrong)
        if typed.get("method", kind) not in kinds:
            errors["method"] = _("This firm takes no eCheck here. Please use a card.")
        return cls(name, kind, code), errors
