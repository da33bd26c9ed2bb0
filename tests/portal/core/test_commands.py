"""`flask check-log`: whether the activity log is as it was sealed (FEATURES X9)."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from portal.core import config, db, sealing
from portal.core.audit import AuditEntry, AuditHead
from portal.core.commands import KEY_BEFORE
from tests.support.activity_log import OTHER_KEY, by_force, write


@pytest.fixture
def check_log(app: Flask) -> Callable[..., tuple[int, str]]:
    """Run `flask check-log` with these arguments; answers its exit code and what it says."""

    def run(*arguments: str, **environ: str) -> tuple[int, str]:
        result = app.test_cli_runner().invoke(args=["check-log", *arguments], env=environ)
        return result.exit_code, result.output

    return run


CheckLog = Callable[..., tuple[int, str]]


def test_X9_check_log_says_how_far_the_log_is_sealed(check_log: CheckLog) -> None:
    write(3)
    head = sealing.seal_new_lines(config.current().secret_key)
    code, said = check_log("--at-least", str(head))
    assert code == 0
    assert f"3 lines, 3 seals. The head is {head}" in said
    assert "The activity log is as it was sealed." in said


def test_X9_check_log_fails_with_a_sentence(check_log: CheckLog) -> None:
    write(3)
    sealing.seal_new_lines(config.current().secret_key)
    by_force("UPDATE audit_entry SET subject = 'contact:9' WHERE id = 2")
    code, said = check_log()
    assert code == 1
    assert "Position 2, line 2" in said
    assert "as it was sealed" not in said


def test_X9_check_log_refuses_a_head_it_cannot_read(check_log: CheckLog) -> None:
    code, said = check_log("--at-least", "7")
    assert code == 2
    assert "must be a position, a colon and 64 hexadecimal digits" in said


def test_X9_after_a_change_of_key_the_head_is_signed_again_with_proof(check_log: CheckLog) -> None:
    write(3)
    head = sealing.seal_new_lines(OTHER_KEY)
    assert check_log()[0] == 1
    code, said = check_log("--sign-again")
    assert (code, "otherwise nothing shows" in said) == (2, True)
    code, said = check_log("--sign-again", **{KEY_BEFORE: "k" * 40})
    assert (code, "was not signed with" in said) == (1, True)
    code, said = check_log("--sign-again", **{KEY_BEFORE: OTHER_KEY})
    assert (code, f"The head is {head}" in said) == (0, True)
    assert check_log()[0] == 0
    with db.read() as session:
        assert session.scalar(
            select(AuditEntry.actor).where(AuditEntry.action == "activity_log.signed_again")
        )


def test_X9_a_rewritten_log_is_not_signed_again(check_log: CheckLog) -> None:
    write(3)
    kept = sealing.seal_new_lines(OTHER_KEY)
    by_force("UPDATE audit_entry SET subject = 'contact:9' WHERE id = 2")
    code, _said = check_log("--sign-again", "--at-least", str(kept))
    assert code == 1
    with db.read() as session:
        mac = session.scalar(select(AuditHead.mac))
    assert mac == sealing.mac_of(kept, OTHER_KEY)
