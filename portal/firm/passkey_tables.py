"""What the tables of passkeys are held to, whoever the keys belong to: a challenge is taken once,
within minutes, and how often a key was used only grows."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from portal.core import clock, db
from portal.firm import passkey_ceremony as ceremony
from portal.firm.passkey_ceremony import CHALLENGE_TTL, WrongPasskey


@dataclass(frozen=True, slots=True)
class PasskeyTables:
    """The passkeys and the challenges of one kind of people, whose id stands in `owner`."""

    passkeys: Any
    challenges: Any
    owner: str

    def new_challenge(self, session: Session, purpose: str, owner_id: int | None) -> bytes:
        """What a device is to sign for this, for this owner or for whoever has a key there."""
        wall = clock.wall_time()
        too_old = self.challenges.made_at < wall - CHALLENGE_TTL
        session.execute(delete(self.challenges).where(too_old))
        challenge = ceremony.new_challenge()
        session.add(
            self.challenges(
                challenge_hash=ceremony.hashed(challenge),
                purpose=purpose,
                made_at=wall,
                used_at=None,
                **{self.owner: owner_id},
            )
        )
        session.flush()
        return challenge

    def take_challenge(self, answer: dict[str, Any], purpose: str, owner_id: int | None) -> bytes:
        """Use up the challenge that an answer names, in a transaction of its own. Raises
        `WrongPasskey` if it was not made for this, here, just now."""
        challenge = ceremony.challenge_in(answer)
        wall, table = clock.wall_time(), self.challenges
        with db.transaction() as session:
            taken = session.execute(
                update(table)
                .where(
                    table.challenge_hash == ceremony.hashed(challenge),
                    table.purpose == purpose,
                    getattr(table, self.owner).is_not_distinct_from(owner_id),
                    table.used_at.is_(None),
                    table.made_at > wall - CHALLENGE_TTL,
                )
                .values(used_at=wall)
                .returning(table.purpose)
                .execution_options(synchronize_session=False)
            ).first()
        if taken is None:
            raise WrongPasskey("the challenge is unknown, used or too old")
        return challenge

    def refuse_kept(self, session: Session, credential_id: bytes) -> None:
        """Raise `WrongPasskey` where somebody has this key already."""
        same = select(self.passkeys.id).where(self.passkeys.credential_id == credential_id)
        if session.scalar(same) is not None:
            raise WrongPasskey("this credential is kept already")

    def note_use(self, session: Session, passkey_id: int, sign_count: int) -> None:
        """Count a use. Raises `WrongPasskey` where the key was removed meanwhile, or its count has
        gone as far already: then it was copied."""
        table = self.passkeys
        counts_nothing = (table.sign_count == 0) & (sign_count == 0)
        used = session.execute(
            update(table)
            .where(table.id == passkey_id, or_(table.sign_count < sign_count, counts_nothing))
            .values(sign_count=sign_count, used_at=clock.wall_time())
            .returning(table.id)
            .execution_options(synchronize_session=False)
        ).first()
        if used is None:
            raise WrongPasskey("removed, or its count has gone as far already")
