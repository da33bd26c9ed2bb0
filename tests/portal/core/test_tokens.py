"""Form tokens: ours, of this form, and not too old; everything else is refused."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from portal.core import db, demo_clock
from portal.core.db import Database
from portal.core.tokens import ForgedToken, FormTokens, StaleToken, new_token

KEY = "k" * 40
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TYPED = {"amount": "12.50", "name": "Zoë"}


@pytest.fixture
def pay() -> FormTokens:
    return FormTokens(KEY, "pay", max_age_minutes=30)


def test_a_token_gives_back_what_was_put_in(pay: FormTokens) -> None:
    assert pay.read(pay.sign(TYPED)) == TYPED


def test_a_token_is_good_for_its_minutes_and_not_a_second_longer(pay: FormTokens) -> None:
    with time_machine.travel(NOON, tick=False) as wall:
        token = pay.sign(TYPED)
        wall.move_to(NOON + timedelta(minutes=30))
        assert pay.read(token) == TYPED
        wall.move_to(NOON + timedelta(minutes=30, seconds=1))
        with pytest.raises(StaleToken) as stale:
            pay.read(token)
    assert stale.value.payload == TYPED  # so that what was typed can be shown again


def test_a_token_follows_the_wall_and_not_the_demo_clock(
    pay: FormTokens, database: Database
) -> None:
    token = pay.sign(TYPED)
    with db.transaction() as session:
        demo_clock.advance(session, timedelta(days=5))
    assert pay.read(token) == TYPED


def test_a_token_of_another_form_or_another_key_opens_nothing(pay: FormTokens) -> None:
    others = [FormTokens(KEY, "retire", 30), FormTokens("other" * 8, "pay", 30)]
    for other in others:
        with pytest.raises(ForgedToken):
            pay.read(other.sign(TYPED))


def test_a_stale_token_that_was_changed_is_forged_and_not_stale(pay: FormTokens) -> None:
    with time_machine.travel(NOON, tick=False):
        payload, stamp, signature = pay.sign(TYPED).split(".")
        other = pay.sign({"amount": "0.01"}).split(".")[0]
    with pytest.raises(ForgedToken):
        pay.read(".".join([other, stamp, signature]))
    with pytest.raises(StaleToken):
        pay.read(".".join([payload, stamp, signature]))


@pytest.mark.parametrize("nonsense", ["", ".", "..", "a.b.c", "é", "\x00", "x" * 10_000, "W10.x.y"])
def test_nonsense_is_refused(nonsense: str, pay: FormTokens) -> None:
    with pytest.raises(ForgedToken):
        pay.read(nonsense)


def test_every_character_of_a_token_counts(pay: FormTokens) -> None:
    token = pay.sign(TYPED)
    for place in range(len(token) - 1):  # the last one holds spare bits
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises((ForgedToken, StaleToken)):
            pay.read(changed)


def test_addresses_cannot_be_guessed() -> None:
    made = {new_token() for _ in range(1_000)}
    assert len(made) == 1_000
    assert {len(token) for token in made} == {32}
