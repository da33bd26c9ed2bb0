"""Who may sign in, in the terms of a SELECT: the address that is bound to a contact (FEATURES C9).

Everything that lets a client in asks these afresh, at each request. So a changed address or a
removed participant is out from the next request on, whether or not anybody ended their sessions.
"""

from sqlalchemy import ColumnElement, ScalarSelect, exists, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from portal.access.models import ClientAccount, Participant
from portal.clients.models import Contact, ContactEmail

_EMAIL = aliased(ContactEmail, name="bound_email")
_PART = aliased(Participant, name="any_part")


def bound_key(contact_id: InstrumentedAttribute[int]) -> ScalarSelect[str]:
    """The key of a contact's one address that may sign in: the primary one, else the first."""
    return (
        select(_EMAIL.address_key)
        .where(_EMAIL.contact_id == contact_id)
        .order_by(_EMAIL.is_primary.desc(), _EMAIL.position)
        .limit(1)
        .correlate_except(_EMAIL)
        .scalar_subquery()
    )


def takes_part_somewhere(contact_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """That a contact takes part in some portal now."""
    return exists().where(_PART.contact_id == contact_id, _PART.removed_at.is_(None))


def has_joined() -> list[ColumnElement[bool]]:
    """That a contact's account stands, with the address that is theirs now, in some portal."""
    return [
        ClientAccount.address_key == bound_key(ClientAccount.contact_id),
        takes_part_somewhere(ClientAccount.contact_id),
    ]


def joined_with(session: Session, address_key: str) -> list[Contact]:
    """Everybody who may sign in with this address, by name: a couple may share one."""
    return list(
        session.scalars(
            select(Contact)
            .join(ClientAccount, ClientAccount.contact_id == Contact.id)
            .where(ClientAccount.address_key == address_key, *has_joined())
            .order_by(Contact.name_key, Contact.id)
        )
    )
