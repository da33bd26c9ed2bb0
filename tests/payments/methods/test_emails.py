"""What whoever stores or deletes a method is told (FEATURES P5, M13)."""

from collections.abc import Callable

from tests.factories.methods import ADDRESS, Wallet, path_of
from tests.support.cast import Cast
from tests.support.outbox import Outbox

RunJobs = Callable[[], int]


def test_P5_storing_emails_whoever_paid_with_the_way_to_delete_it(
    wallet: Wallet, cast: Cast, outbox: Outbox, run_jobs: RunJobs
) -> None:
    method = wallet.stored()
    run_jobs()
    (told,) = outbox.emails
    assert told.to == ADDRESS
    assert told.subject == "Your payment method is stored with Harlow & Reyes"
    for shown in ("Visa •••• 4242", "operating account", "Harlow & Reyes – legal services"):
        assert shown in told
    assert "future bills, trust requests and payment plans" in told
    assert method.consent_text in told
    (link,) = told.links
    assert link.endswith(path_of(method))
    assert told.text.startswith(link)
    after = cast.sol.submit(cast.sol.get(link), "Delete this payment method")
    assert "was deleted" in after


def test_P5_a_method_for_trust_is_said_to_pay_into_trust_only(
    trust_wallet: Wallet, outbox: Outbox, run_jobs: RunJobs
) -> None:
    trust_wallet.stored_bank_account()
    run_jobs()
    (told,) = outbox.emails
    assert "paid into its trust account. It is used for no other account." in told
    assert "client trust account" in told
    assert "operating account. It is" not in told
    assert "Expires" not in told.text


def test_P8_deleting_is_confirmed_to_the_same_address(
    wallet: Wallet, cast: Cast, outbox: Outbox, run_jobs: RunJobs
) -> None:
    page = cast.sol.get(path_of(wallet.stored()))
    run_jobs()
    outbox.clear()
    cast.sol.submit(page, "Delete this payment method")
    cast.sol.submit(page, "Delete this payment method")
    run_jobs()
    (told,) = outbox.emails
    assert (told.to, told.subject) == (
        ADDRESS,
        "Your payment method with Harlow & Reyes was deleted",
    )
    assert "can no longer charge it" in told
    assert "Visa •••• 4242" in told


def test_M13_what_a_mail_program_shows_names_no_client_and_no_number(
    wallet: Wallet, cast: Cast, outbox: Outbox, run_jobs: RunJobs
) -> None:
    page = cast.sol.get(path_of(wallet.stored()))
    cast.sol.submit(page, "Delete this payment method")
    run_jobs()
    assert len(outbox.emails) == 2
    for told in outbox.emails:
        preheader = told.html.split('class="preheader"')[1].split("</div>")[0]
        for hidden in ("4242", "Vance", "Visa", "$"):
            assert hidden not in told.subject + preheader
        assert "Vance" not in told.text  # the payer may be somebody else (FEATURES M12)


def test_P5_an_email_that_is_sent_after_the_method_was_deleted_tells_the_truth(
    wallet: Wallet, cast: Cast, outbox: Outbox, run_jobs: RunJobs
) -> None:
    """The mail server was down, and the payer found the page by the other email."""
    page = cast.sol.get(path_of(wallet.stored()))
    cast.sol.submit(page, "Delete this payment method")
    run_jobs()
    (stored,) = [one for one in outbox.emails if "is stored" in one.subject]
    assert "It was deleted since." in stored
    assert "may charge it for future bills" not in stored.text.split("You agreed to:")[0]
    assert "You can delete it" not in stored.text
