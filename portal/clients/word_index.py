"""The index of words by which contacts and matters are found as they are typed."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Select, delete, exists, select
from sqlalchemy.orm import Session, aliased

from portal.clients.access import Closed
from portal.clients.models import ClientWord
from portal.core.words import LAST_CHAR

Word = type[ClientWord]


def hits(
    parts: Sequence[str], *, contacts: bool, matters: bool, closed: Closed, most: int
) -> Select[int, int | None]:
    """Contact and matter of the first words that begin with `parts[0]`, whose owner has words
    that begin with the other parts too. An owner may come several times."""
    statement = select(ClientWord.contact_id, ClientWord.matter_id).where(
        _begins(ClientWord, parts[0]), *closed.left_out(ClientWord.matter_id)
    )
    if not matters:
        statement = statement.where(ClientWord.matter_id.is_(None))
    if not contacts:
        statement = statement.where(ClientWord.matter_id.is_not(None))
    for part in parts[1:]:
        other = aliased(ClientWord)
        statement = statement.where(exists().where(_same_owner(other), _begins(other, part)))
    # In the order of the index, words that are typed to their end come before longer ones.
    order = (ClientWord.word, ClientWord.contact_id, ClientWord.matter_id)
    return statement.order_by(*order).limit(most)


def contacts_with(words: Sequence[str]) -> Select[int]:
    """The contacts that have each of these whole words."""
    statement = select(ClientWord.contact_id).where(
        ClientWord.word == words[0], ClientWord.matter_id.is_(None)
    )
    for word in words[1:]:
        other = aliased(ClientWord)
        statement = statement.where(exists().where(_same_owner(other), other.word == word))
    return statement


def contacts_beginning(parts: Sequence[str]) -> list[Select[int]]:
    """For each part the contacts with a word that begins so: who is in all of them is found."""
    return [
        select(ClientWord.contact_id).where(
            _begins(ClientWord, part), ClientWord.matter_id.is_(None)
        )
        for part in parts
    ]


def matters_beginning(parts: Sequence[str]) -> list[Select[int | None]]:
    """The same of matters: by their number, their name and their client's name."""
    return [
        select(ClientWord.matter_id).where(
            _begins(ClientWord, part), ClientWord.matter_id.is_not(None)
        )
        for part in parts
    ]


def keep(session: Session, contact_id: int, matter_id: int | None, wanted: Collection[str]) -> None:
    """Have exactly these words for a contact, or for a matter of this client."""
    kept = session.execute(
        select(ClientWord.id, ClientWord.word).where(
            ClientWord.contact_id == contact_id,
            ClientWord.matter_id.is_not_distinct_from(matter_id),
        )
    ).all()
    gone = [row.id for row in kept if row.word not in wanted]
    if gone:
        session.execute(delete(ClientWord).where(ClientWord.id.in_(gone)))
    new = set(wanted) - {row.word for row in kept}
    session.add_all(
        ClientWord(word=word, contact_id=contact_id, matter_id=matter_id) for word in sorted(new)
    )
    session.flush()


def _begins(owner: Word, start: str) -> ColumnElement[bool]:
    """That a word begins so: a range of the index, on both databases."""
    return (owner.word >= start) & (owner.word < start + LAST_CHAR)


def _same_owner(other: Word) -> ColumnElement[bool]:
    return (other.contact_id == ClientWord.contact_id) & (
        other.matter_id.is_not_distinct_from(ClientWord.matter_id)
    )
