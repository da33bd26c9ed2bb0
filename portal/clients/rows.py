"""What of a contact or a matter is kept in which row, and the words by which they are found."""

from portal.clients.details import ContactDetails
from portal.clients.models import Contact, ContactAddress, ContactEmail, Matter
from portal.core.words import folded, words_of
from portal.firm.addresses import checked_email

NAME_KEY_CHARS_MAX = 120


def name_key(name: str) -> str:
    """The name of a contact as it is sorted and found. One sign may fold into many letters, so it
    is cut."""
    return folded(name)[:NAME_KEY_CHARS_MAX]


def lines_of(checked: ContactDetails) -> dict[str, str | None]:
    """The columns of a contact that was checked."""
    return {
        "kind": checked.kind,
        "name": checked.name,
        "name_key": name_key(checked.name),
        "phone": checked.phone,
        "note": checked.note,
        "language": checked.language,
    }


def rows_of(checked: ContactDetails) -> dict[str, list[ContactEmail] | list[ContactAddress]]:
    """The rows of its emails and addresses, new."""
    return {
        "emails": [
            ContactEmail(
                position=place,
                address=email.address,
                address_key=checked_email(email.address),
                is_primary=email.is_primary,
            )
            for place, email in enumerate(checked.emails)
        ],
        "addresses": [
            ContactAddress(
                position=place,
                label=address.label,
                street=address.street,
                city=address.city,
                region=address.region,
                postal_code=address.postal_code,
                country=address.country,
            )
            for place, address in enumerate(checked.addresses)
        ],
    }


def contact_words(contact: Contact) -> set[str]:
    """The words by which a contact with its emails is found."""
    return words_of(contact.name, *(email.address for email in contact.emails))


def matter_words(matter: Matter, client_name: str) -> set[str]:
    """The words by which a matter is found: its client's name is one of them."""
    return words_of(matter.number, matter.name, client_name)
