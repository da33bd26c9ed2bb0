"""The forms of a contact and of a matter, as typed: rows come and go by submit buttons."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Self

from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from portal.clients import access, queries
from portal.clients.access import Closed
from portal.clients.choosing import Choice, read_choice, searched
from portal.clients.details import (
    ADDRESSES_MAX,
    EMAILS_MAX,
    RELATED_MAX,
    AddressDetails,
    ContactDetails,
    EmailDetails,
    MatterDetails,
    RelatedDetails,
)
from portal.clients.models import ContactKind, Matter, MatterStatus
from portal.clients.queries import CONTACT
from portal.clients.restricting import OpenTo
from portal.clients.standing import as_shown, matter_details_of
from portal.firm.models import Group, User

Sent = MultiDict[str, str]
_ADDRESS_FIELDS = ("label", "street", "city", "region", "postal_code", "country")


@dataclass(frozen=True, slots=True)
class ContactForm:
    """A contact as typed. `changed_rows`: a button added or removed a row, nothing is saved yet;
    `focus` is the field to go on with."""

    details: ContactDetails
    changed_rows: bool = False
    focus: str = ""

    @classmethod
    def of(cls, details: ContactDetails) -> Self:
        """A form with these details, and at least one row for an email."""
        return cls(replace(details, emails=details.emails or (EmailDetails("", True),)))

    @classmethod
    def read(cls, sent: Sent, country: str) -> Self:
        """What was sent, with the row added or removed that its button asks for. `country` is
        that of a new address."""
        emails = _emails(sent)
        addresses = _addresses(sent)
        changed, focus = False, ""
        if "add_email" in sent:
            emails.append(EmailDetails(""))
            changed, focus = True, f"email-{len(emails) - 1}"
        elif "remove_email" in sent:
            _remove(emails, sent["remove_email"])
            changed, focus = True, f"email-{max(len(emails) - 1, 0)}"
        elif "add_address" in sent:
            addresses.append(AddressDetails("", country=country))
            changed, focus = True, f"label-{len(addresses) - 1}"
        elif "remove_address" in sent:
            _remove(addresses, sent["remove_address"])
            changed, focus = True, "add-address"
        details = ContactDetails(
            kind=sent.get("kind", ""),
            name=sent.get("name", ""),
            phone=sent.get("phone", ""),
            note=sent.get("note", ""),
            language=sent.get("language") or None,
            emails=emails or [EmailDetails("", True)],
            addresses=addresses,
        )
        return cls(details, changed, focus)

    @property
    def primary(self) -> int:
        """The place of the primary email: the one marked, else the first."""
        marked = (place for place, one in enumerate(self.details.emails) if one.is_primary)
        return next(marked, 0)


def _emails(sent: Sent) -> list[EmailDetails]:
    primary = sent.get("primary", "0")
    typed = sent.getlist("email")[: EMAILS_MAX + 1]
    return [EmailDetails(one, str(place) == primary) for place, one in enumerate(typed)]


def _addresses(sent: Sent) -> list[AddressDetails]:
    columns = {name: sent.getlist(name) for name in _ADDRESS_FIELDS}
    count = min(len(columns["street"]), ADDRESSES_MAX + 1)
    return [
        AddressDetails(
            **{
                name: values[place] if place < len(values) else ""
                for name, values in columns.items()
            }
        )
        for place in range(count)
    ]


def _remove(rows: list[Any], place: str) -> None:
    if place.isascii() and place.isdigit() and int(place) < len(rows):
        del rows[int(place)]


@dataclass(frozen=True, slots=True)
class RelatedRow:
    """One related contact of a matter, as typed."""

    choice: Choice
    relation: str

    @property
    def is_blank(self) -> bool:
        """Whether nothing at all stands in it."""
        return not (self.choice.chosen or self.choice.typed or self.relation.strip())


@dataclass(frozen=True, slots=True)
class MatterForm:
    """A matter as typed. `unsaved`: a row came or went or **Search** was pressed, so that the form
    is only drawn again; `focus` is the field to go on with. `shown` marks the matter as it stood
    when the form was first drawn (`standing.as_shown`)."""

    number: str
    name: str = ""
    client: Choice = field(default_factory=Choice)
    status: str = MatterStatus.OPEN
    responsible: str = ""
    opened_on: str = ""
    related: Sequence[RelatedRow] = ()
    open_to: OpenTo = field(default_factory=OpenTo)
    shown: str = ""
    unsaved: bool = False
    focus: str = ""

    @classmethod
    def of(cls, session: Session, matter: Matter, closed: Closed) -> Self:
        """A matter ready to be edited."""
        client = queries.option(session, f"{CONTACT}:{matter.client.public_id}", closed)
        return cls(
            number=matter.number,
            name=matter.name,
            client=Choice(client, client.label),
            status=matter.status,
            responsible=matter.responsible.public_id if matter.responsible else "",
            opened_on=matter.opened_on.isoformat(),
            related=[
                RelatedRow(
                    Choice(queries.option(session, f"{CONTACT}:{row.contact.public_id}", closed)),
                    row.relation,
                )
                for row in queries.related_to(session, matter.id)
            ],
            open_to=OpenTo.of(access.groups_of(session, matter.id)),
            shown=as_shown(matter_details_of(session, matter)),
        )

    @classmethod
    def read(
        cls, session: Session, sent: Sent, closed: Closed, client: Choice | None = None
    ) -> Self:
        """What was sent, with the row added or removed that its button asks for. `client` is that
        of a matter that exists: it cannot be chosen again."""
        rows = [
            RelatedRow(
                read_choice(session, sent, f"related-{place}", closed, kinds=(CONTACT,)),
                sent.get(f"relation-{place}", ""),
            )
            for place in range(RELATED_MAX + 1)
            if f"relation-{place}" in sent
        ]
        unsaved, focus = True, ""
        if "add_related" in sent:
            rows.append(RelatedRow(Choice(), ""))
            focus = f"related-{len(rows) - 1}"
        elif "remove_related" in sent:
            _remove(rows, sent["remove_related"])
            focus = "add-related"
        elif "search" in sent:
            focus = sent["search"]
        else:
            unsaved = False
            rows = [row for row in rows if not row.is_blank]
        return cls(
            number=sent.get("number", ""),
            name=sent.get("name", ""),
            client=client or read_choice(session, sent, "client", closed, kinds=(CONTACT,)),
            status=sent.get("status", ""),
            responsible=sent.get("responsible", ""),
            opened_on=sent.get("opened_on", ""),
            related=rows,
            open_to=OpenTo.read(sent),
            shown=sent.get("shown", ""),
            unsaved=unsaved,
            focus=focus,
        )

    def shown_errors(self, sent: Sent) -> dict[str, str]:
        """What **Search** has to say, beside the field it was pressed for."""
        boxes = {"client": self.client}
        boxes |= {f"related-{place}": row.choice for place, row in enumerate(self.related)}
        return {
            name: box.error
            for name, box in boxes.items()
            if box.error and searched(sent, name) and not box.choices
        }

    def details(
        self, users: Sequence[User], groups: Sequence[Group] | None
    ) -> tuple[MatterDetails, dict[str, str]]:
        """The matter in our own ids, and a sentence for each field that cannot be understood.

        What could not be understood stands in it as if it were empty. `groups` are those that it
        may be restricted to, none where whoever sends the form may not restrict it.
        """
        errors: dict[str, str] = {}
        if self.client.chosen is None:
            errors["client"] = self.client.error or _("Choose the client of this matter.")
        ids = {user.public_id: user.id for user in users}
        if self.responsible and self.responsible not in ids:
            errors["responsible"] = _("Choose somebody who works at the firm.")
        opened_on = _day(self.opened_on)
        if self.opened_on.strip() and opened_on is None:
            errors["opened_on"] = _("Enter the day on which the matter was opened.")
        related: list[RelatedDetails] = []
        for place, row in enumerate(self.related):
            if row.choice.chosen is None:
                errors[f"related-{place}"] = row.choice.error or _("Choose one of your contacts.")
            # A place holder keeps the places of the others, to which their errors belong.
            chosen = row.choice.chosen
            related.append(
                RelatedDetails(chosen.contact_id if chosen else -1 - place, row.relation)
            )
        open_to, wrong = (None, {}) if groups is None else self.open_to.group_ids(groups)
        errors |= wrong
        details = MatterDetails(
            number=self.number,
            name=self.name,
            client_id=self.client.chosen.contact_id if self.client.chosen else 0,
            status=self.status,
            responsible_id=ids.get(self.responsible),
            opened_on=opened_on,
            related=related,
            open_to=open_to,
        )
        return details, errors


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        return None


def kind_options() -> list[dict[str, str]]:
    """A person or a company, to choose from."""
    return [
        {"value": ContactKind.PERSON, "label": _("Person")},
        {"value": ContactKind.COMPANY, "label": _("Company")},
    ]


def status_options() -> list[dict[str, str]]:
    """The statuses of a matter, to choose from."""
    return [
        {"value": MatterStatus.OPEN, "label": _("Open")},
        {"value": MatterStatus.PENDING, "label": _("Pending"), "hint": _("Not yet begun.")},
        {"value": MatterStatus.CLOSED, "label": _("Closed"), "hint": _("No more work is done.")},
    ]
