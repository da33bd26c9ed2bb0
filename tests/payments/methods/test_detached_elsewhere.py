"""Somebody detaches a stored method at the processor itself (FEATURES P8, M11)."""

from collections.abc import Callable

from payments.gateway.current import gateway
from payments.gateway.results import ProcessorAccount
from payments.methods.actions import look
from tests.factories.methods import Wallet, as_now
from tests.support.outbox import Outbox

RunJobs = Callable[[], int]


def test_P8_what_is_detached_at_the_processor_is_deleted_here_too(
    trust_wallet: Wallet, outbox: Outbox, run_jobs: RunJobs
) -> None:
    method = trust_wallet.stored()
    run_jobs()
    outbox.clear()
    gateway().detach_method(trust_wallet.at_processor, method.processor_method_id)
    run_jobs()
    now = as_now(method)
    assert (now.deleted_by, now.deleted_at is None, now.detached_at is None) == (
        "processor",
        False,
        False,
    )
    assert [told.subject for told in outbox.emails] == [
        "Your payment method with Harlow & Reyes was deleted"
    ]


def test_M11_a_hint_that_is_not_true_deletes_nothing(wallet: Wallet) -> None:
    """The processor is asked before anything is believed."""
    method = wallet.stored()
    look(wallet.at_processor, method.processor_method_id)
    assert as_now(method).deleted_at is None


def test_P8_the_same_id_on_another_account_is_another_method(
    wallet: Wallet, trust_wallet: Wallet
) -> None:
    method = wallet.stored()
    look(trust_wallet.at_processor, method.processor_method_id)
    look(ProcessorAccount("acct_unknown"), method.processor_method_id)
    assert as_now(method).deleted_at is None
